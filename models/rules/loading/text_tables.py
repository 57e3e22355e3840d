"""Text tables of offices: columns by any of their names, and every fault of a file told at once.

A table is a frame of text columns with the column `row`, the row number in the file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Any

import polars as pl

from models.asides import is_aside
from models.cells import cleaned, tidy
from models.former_codes import FormerCodes, split_up
from models.lawful import first_personal
from models.personal import PERSONAL, Personal, RespondentsData
from models.text import title_key
from models.unit_names import UnitNames, several, unknown
from models.units import readings_of_code
from models.wording import Refusal, Said

MOST_SHOWN = 20
CODES = frozenset({"code", "unit", "superior", "old", "new"})
_IN_POWERS = re.compile(r"[0-9.]+[Ee]\+?[0-9]+")
_CODE_LIKE = "^(?:[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$"
"""Nothing of a person has as many digits; a nation's codes need not be looked at one by one."""
_WORDS = re.compile("[^0-9]")
_FOR_READERS = frozenset({"序号", "编号", "备注", "no", "no."})
"""Columns that help the reader of a table; they are looked through, and left out."""
_SECRET = frozenset({"channel"})
"""Columns that may hold the number of a phone: a channel leads to somebody, and is never shown."""


class Faults:
    """Gathers the faults of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[tuple[int, Said]] = []

    def add(self, row: int, zh: str, en: str) -> None:
        self.note(row, Said(zh, en))

    def note(self, row: int, said: Said) -> None:
        self.found.append((row, said))

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


class Offices:
    """The offices that a file may speak of, by code and by name; those that it did name, and those of which it gave a code of
    before (`former`). units: as `read_units` gives them."""

    def __init__(self, units: pl.DataFrame, former: FormerCodes | None = None) -> None:
        self._units, self._former = units, former or FormerCodes()
        self._codes = frozenset(units["unit"])
        self.by_name: dict[str, str] = {}
        self.by_former: dict[str, str] = {}

    @cached_property
    def _names(self) -> UnitNames:
        return UnitNames.of(self._units)

    def known(self, written: str, row: int, faults: Faults) -> str | None:
        """The office that a code, padded or not, or a name means; None after noting that there is none, or several."""
        found = next((one for one in readings_of_code(written) if one in self._codes), None)
        if found is not None:
            return found
        before = next((one for one in readings_of_code(written) if one in self._former.old), None)
        if before is not None:
            return self._of_before(before, row, faults)
        if _IN_POWERS.fullmatch(written):
            faults.add(
                row,
                f"代码 {written} 成了科学计数法，位数可能已丢失，请将该列设为文本后重新导出",
                f"the code {written} was turned into a power of ten and may have lost digits; make the column text",
            )
            return None
        if not _WORDS.search(written):
            faults.add(row, f"没有单位 {written}，请核对代码", f"there is no unit {written}; check the code")
            return None
        meant = self._names.meant(written)
        if len(meant) != 1:
            said = several(meant) if meant else unknown(self._names.near(written))
            faults.add(row, f"“{written}”：{said.zh}", f"“{written}”: {said.en}")
            return None
        self.by_name[meant[0].code] = meant[0].name
        return meant[0].code

    def _of_before(self, code: str, row: int, faults: Faults) -> str | None:
        """The office that has another code since divisions were changed; None after noting that it was split, or is gone."""
        became = [one for one in self._former.became(code) if one in self._codes]
        if len(became) == 1:
            self.by_former[code] = became[0]
            return became[0]
        said = (
            split_up(code, became)
            if became
            else Said(f"没有单位 {code}，请核对代码", f"there is no unit {code}; check it")
        )
        faults.add(row, said.zh, said.en)
        return None


def named_columns(
    table: pl.DataFrame,
    names: Mapping[str, tuple[str, ...]],
    needed: Iterable[str],
    file: str,
    beside: Collection[str] = (),
) -> list[dict[str, Any]]:
    """The rows with the columns under their own names; cells cleaned, "" where empty. Refusal for data of a respondent.

    `CODES` are read as reports read them: 12 in full-width figures, '12 and ="12" are 12. Totals, signatures and notes
    below the table are read past, as is a column of numbers or remarks.
    """
    table = _of_rows(table, file)
    places: dict[str, str] = {}
    titles = pl.Series([column for column in table.columns if column != "row"], dtype=pl.String)
    _refuse_respondents(file, "表头 header", titles, pl.Series([1] * len(titles)))
    for column in table.columns:
        if column == "row":
            continue
        plain = title_key(column)
        own = next((key for key, spellings in names.items() if plain in spellings), None)
        if own is None and plain in (*_FOR_READERS, *beside):
            _refuse_respondents(file, column, table[column].fill_null(""), table["row"])
            continue
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


def _of_rows(table: pl.DataFrame, file: str) -> pl.DataFrame:
    """The table without the lines that are no rows of it. Those of the office's own staff may hold a phone, but no more."""
    titles = [column for column in table.columns if column != "row"]
    first = table.select(pl.coalesce(titles).fill_null("")).to_series()
    is_no_row = pl.Series([is_aside(text) for text in first], dtype=pl.Boolean)
    asides = table.filter(is_no_row)
    for title in titles:
        found = first_personal(asides[title], phones=False)
        _refuse_found(file, title, found, asides["row"])
    return table.filter(~is_no_row)


def _refuse_respondents(file: str, key: str, texts: pl.Series, rows: pl.Series) -> None:
    found = first_personal(texts.set(texts.str.contains(_CODE_LIKE).fill_null(False), ""))
    _refuse_found(file, key, found, rows)


def _refuse_found(file: str, key: str, found: tuple[int, Personal] | None, rows: pl.Series) -> None:
    if found is not None:
        said = PERSONAL[found[1]]
        raise RespondentsData(
            f"{file} 第 {rows[found[0]]} 行的 {key} 含有{said.zh}，个人信息一律不得录入，请删去后再装载",
            f"{file}, row {rows[found[0]]}: {key} holds {said.en}, which must not be entered; take it out",
        )
