"""Text tables of offices: columns by any of their names, and every fault of a file told at once.

A table is a frame of text columns with the column `row`, the row number in the file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import polars as pl

from models.cells import cleaned, tidy
from models.lawful import first_personal
from models.personal import PERSONAL, RespondentsData
from models.units import readings_of_code
from models.wording import Refusal, Said

MOST_SHOWN = 20
CODES = frozenset({"code", "unit", "superior"})
_IN_POWERS = re.compile(r"[0-9.]+[Ee]\+?[0-9]+")
_CODE_LIKE = "^(?:[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$"
"""Nothing of a person has as many digits; a nation's codes need not be looked at one by one."""
_SECRET = frozenset({"channel"})
"""Columns that may hold the number of a phone: a channel leads to somebody, and is never shown."""


class Faults:
    """Gathers the faults of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[tuple[int, Said]] = []

    def add(self, row: int, zh: str, en: str) -> None:
        self.found.append((row, Said(zh, en)))

    def raise_any(self) -> None:
        if not self.found:
            return
        shown = sorted(self.found)[:MOST_SHOWN]
        more = len(self.found) - len(shown)
        zh = [f"{self.file} 第 {row} 行：{said.zh}" for row, said in shown]
        en = [f"{self.file}, row {row}: {said.en}" for row, said in shown]
        if more:
            zh.append(f"另有 {more} 处")
            en.append(f"and {more} more")
        raise Refusal("\n".join(zh), "\n".join(en))


def known_unit(code: str, known: Collection[str], row: int, faults: Faults) -> str | None:
    """The one of `known` that a code, padded or not, means; None after noting that there is none."""
    found = next((one for one in readings_of_code(code) if one in known), None)
    if found is None and _IN_POWERS.fullmatch(code):
        faults.add(
            row,
            f"代码 {code} 成了科学计数法，位数可能已丢失，请将该列设为文本后重新导出",
            f"the code {code} was turned into a power of ten and may have lost digits; make the column text",
        )
    elif found is None:
        faults.add(row, f"没有单位 {code}，请核对代码", f"there is no unit {code}; check the code")
    return found


def named_columns(
    table: pl.DataFrame, names: Mapping[str, tuple[str, ...]], needed: Iterable[str], file: str
) -> list[dict[str, Any]]:
    """The rows with the columns under their own names; cells cleaned, "" where empty. Refusal for data of a respondent.

    `CODES` are read as reports read them: 12 in full-width figures, '12 and ="12" are 12.
    """
    places: dict[str, str] = {}
    titles = pl.Series([column for column in table.columns if column != "row"], dtype=pl.String)
    _refuse_respondents(file, "表头 header", titles, pl.Series([1] * len(titles)))
    for column in table.columns:
        if column == "row":
            continue
        plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", column)).strip("*").lower()
        own = next((key for key, spellings in names.items() if plain in spellings), None)
        if own is None:
            listed = "、".join(names)
            raise Refusal(
                f"{file}：不认识“{column}”一栏，可用：{listed}",
                f"{file}: unknown column “{column}”; here may stand: {', '.join(names)}",
            )
        if own in places:
            raise Refusal(
                f"{file}：“{places[own]}”和“{column}”两栏是一回事，请只保留一栏",
                f"{file}: the columns “{places[own]}” and “{column}” mean the same; keep one",
            )
        places[own] = column
    lacking = [key for key in needed if key not in places]
    if lacking:
        raise Refusal(f"{file}：缺少 {'、'.join(lacking)} 一栏", f"{file}: the column {', '.join(lacking)} is missing")
    chosen = {}
    for key in names:
        text = table[places[key]] if key in places else pl.Series([None] * table.height, dtype=pl.String)
        chosen[key] = (tidy(text).str.replace(r"\.0+$", "") if key in CODES else cleaned(text)).fill_null("").alias(key)
        if key not in _SECRET:
            _refuse_respondents(file, key, chosen[key], table["row"])
    return table.select("row", **chosen).to_dicts()


def _refuse_respondents(file: str, key: str, texts: pl.Series, rows: pl.Series) -> None:
    found = first_personal(texts.set(texts.str.contains(_CODE_LIKE).fill_null(False), ""))
    if found is not None:
        said = PERSONAL[found[1]]
        raise RespondentsData(
            f"{file} 第 {rows[found[0]]} 行的 {key} 含有{said.zh}，个人信息一律不得录入，请删去后再装载",
            f"{file}, row {rows[found[0]]}: {key} holds {said.en}, which must not be entered; take it out",
        )
