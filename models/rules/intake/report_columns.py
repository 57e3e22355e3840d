"""Which column of a report holds what: by indicator id or Chinese title (contract, section Reports)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from models.lawful import first_personal
from models.personal import RespondentsData, is_personal_title, is_reporters_title
from models.plan.model import Indicator, Plan
from models.plan.parts import wholes
from models.rules.intake.guard import refuse_respondents
from models.text import one_line, title_key
from models.vocabulary import UNIT_ZH
from models.wording import Refusal

ROW = "row"
"""The column of a table that holds the row number in the file."""

CODE_TITLES = ("code", "区划代码", "代码", "行政区划代码", "统计用区划代码", "单位代码", "普查小区代码", "小区代码")
EVIDENCE_TITLES = ("evidence", "佐证", "佐证材料", "证明材料")
REFUSED_ROW, REFUSED_CODE, REASON_ZH, REASON_EN = "退回行号 row", "退回代码 code", "退回原因 zh", "退回原因 en"
REFUSAL_COLUMNS = (REFUSED_ROW, REFUSED_CODE, REASON_ZH, REASON_EN)
"""What a file of refused rows has beside the columns as they were sent; ignored when it is sent again."""

NAME_TITLES = (
    "单位名称",
    "区划名称",
    "行政区划名称",
    "地区名称",
    "乡镇名称",
    "村名称",
    "unit_name",
    "地区",
    "名称",
    "单位",
)
"""Columns in which an office may be named, the likeliest first: they stand for a code that is not there."""
_PLACES = (*NAME_TITLES, "小区名称", "普查小区名称", "序号")
"""Columns that help the reader of a table: looked through for respondents' data, then left out."""


@dataclass(frozen=True)
class Columns:
    """What a report's columns hold, by place in the header. `others` are left out, `unnamed` must be empty.

    code: of the codes, or of the names of units where a table has no codes. names: of the names beside the codes.
    reporters: who filled in the table, of the office's own staff; left out, and kept nowhere. parts: the columns of errors,
    each with that of what they were found in.
    """

    file: str
    titles: tuple[str, ...]
    code: int
    indicators: tuple[tuple[int, Indicator], ...]
    evidence: int | None
    others: tuple[int, ...]
    reporters: tuple[int, ...]
    unnamed: tuple[int, ...]
    parts: tuple[tuple[int, int], ...] = ()
    names: int | None = None

    def title(self, place: int) -> str:
        """The header's cell as written, or the column's number where it is empty."""
        return self.titles[place] or f"第{place + 1}列"


def column(place: int) -> str:
    """The name in a table of the column at `place` of the header."""
    return f"c{place}"


def match_columns(file: str, header: Sequence[str], plan: Plan) -> Columns:
    """Find the code, the indicators and the evidence. Refusal with every reason why the file is refused whole."""
    texts = pl.Series(header, dtype=pl.String)
    refuse_respondents(file, [1] * len(header), "", first_personal(texts))
    header = [one_line(title) for title in header]
    plain = [title_key(title) for title in header]
    names = next((plain.index(name) for name in NAME_TITLES if name in plain), None)
    code = _only(file, plain, CODE_TITLES)
    if code is None:
        code = names
    if code is None:
        raise Refusal(
            f"{file} 没有“区划代码”（或 code）一列，也没有“单位名称”；请在表头中写明",
            f"{file} has no column “code” (区划代码), nor names of units (单位名称); the header must have one",
        )
    personal = next((title for title in header if is_personal_title(title) and _of(title, plan) is None), None)
    if personal is not None:
        raise RespondentsData(
            f"{file} 有“{personal}”一列：普查对象的姓名、证件号码、电话一律不得上报，请删除该列后重报；整份文件未予保存",
            f"{file} has a column “{personal}”: names, ID numbers and phones of respondents must not be reported."
            " Remove the column; nothing of the file was kept",
        )
    evidence = _only(file, plain, EVIDENCE_TITLES)
    indicators: list[tuple[int, Indicator]] = []
    others: list[int] = []
    reporters: list[int] = []
    faults: list[Refusal] = []
    for place, title in enumerate(header):
        if place in (code, evidence) or not plain[place]:
            continue
        if plain[place] in _PLACES or title in REFUSAL_COLUMNS:
            others.append(place)
            continue
        indicator = _of(title, plan)
        if indicator is None and is_reporters_title(title):
            reporters.append(place)
            continue
        fault = _unusable(title, indicator, [known for _, known in indicators], plan)
        if fault is not None:
            faults.append(fault)
        elif indicator is not None:
            indicators.append((place, indicator))
    if faults:
        raise Refusal(
            "\n".join(f"{file}：{fault.said.zh}" for fault in faults),
            "\n".join(f"{file}: {fault.said.en}" for fault in faults),
        )
    unnamed = tuple(place for place, title in enumerate(plain) if not title)
    places = {indicator.id: place for place, indicator in indicators}
    pairs = ((places.get(errors), places.get(checked)) for errors, checked in wholes(plan).items())
    return Columns(
        file=file,
        titles=tuple(header),
        code=code,
        indicators=tuple(indicators),
        evidence=evidence,
        others=tuple(others),
        reporters=tuple(reporters),
        unnamed=unnamed,
        names=names if names != code else None,
        parts=tuple((errors, checked) for errors, checked in pairs if errors is not None and checked is not None),
    )


def names_a_code(title: str) -> bool:
    """True for the title of a column of codes, in a report or in a table of offices and contacts."""
    return title_key(title) in (*CODE_TITLES, "unit")


def names_a_unit(title: str) -> bool:
    """True for the title of a column of names of units."""
    return title_key(title) in NAME_TITLES


def header_place(rows: Sequence[Sequence[str]]) -> int:
    """Which of the first rows of a table is its header: the first with a column of codes, below a title perhaps; else the
    first with names of units beside something else; else the first of all.
    """
    with_codes = (place for place, row in enumerate(rows) if any(map(names_a_code, row)))
    with_names = (place for place, row in enumerate(rows) if any(map(names_a_unit, row)) and sum(map(bool, row)) > 1)
    return next(with_codes, next(with_names, 0))


def _named(plain: str, name: str, unit: str | None) -> bool:
    """True for a title that is the name itself, or with its unit behind it: 专题会议（次）."""
    return plain == name or (
        plain.startswith(f"{name}(") and plain.endswith(")") and is_unit_of(plain[len(name) + 1 : -1], unit)
    )


def is_unit_of(text: str, unit: str | None) -> bool:
    """True for the indicator's own unit. 万元 is not 元; a unit that we have no word for is as the office calls it."""
    if text == (unit or "").lower():
        return True
    known = UNIT_ZH.get(unit or "")
    return text == known if known else len(text) <= 3 and not re.search("[百千万亿%‰]", text)


def _only(file: str, plain: Sequence[str], names: Sequence[str]) -> int | None:
    """The place of the one column that has one of `names`."""
    found = [place for place, title in enumerate(plain) if title in names]
    if len(found) > 1:
        listed = "、".join(plain[place] for place in found)
        raise Refusal(
            f"{file} 有 {len(found)} 列意思相同（{listed}），请只留一列",
            f"{file} has {len(found)} columns that mean the same ({listed}); keep one",
        )
    return found[0] if found else None


def _of(title: str, plan: Plan) -> Indicator | None:
    """The indicator that a title means: its id, or its Chinese title if only one has it."""
    plain = title_key(title)
    if plain in plan.indicators:
        return plan.indicators[plain]
    titled = [one for one in plan.indicators.values() if _named(plain, title_key(one.title), one.unit)]
    return titled[0] if len(titled) == 1 else None


def _unusable(title: str, indicator: Indicator | None, before: Sequence[Indicator], plan: Plan) -> Refusal | None:
    """Why a column cannot be taken in; None if it can."""
    if indicator is None:
        return _unknown(title, plan)
    if indicator in before:
        return Refusal(
            f"“{title}”与另一列是同一指标（{indicator.id}），请只留一列",
            f"“{title}” is the same indicator as another column ({indicator.id}); keep one",
        )
    if indicator.where is not None:
        return Refusal(
            f"“{title}”由系统按“{indicator.where.text}”推算，不能上报，请删除该列",
            f"“{title}” is derived from “{indicator.where.text}” and cannot be reported; remove the column",
        )
    if indicator.level == "district" and indicator.roll_up == "count":
        return Refusal(
            f"“{title}”按普查小区的行数计数，不能上报，请删除该列",
            f"“{title}” is the number of district rows and cannot be reported; remove the column",
        )
    return None


def _unknown(title: str, plan: Plan) -> Refusal:
    shown = title if len(title) <= 40 else f"{title[:40]}…"
    named = {indicator.title: indicator.id for indicator in plan.indicators.values()}
    same = [indicator.id for indicator in plan.indicators.values() if title_key(indicator.title) == title_key(title)]
    if same:
        listed = "、".join(same)
        return Refusal(
            f"有 {len(same)} 项指标都叫“{shown}”，请改用指标代号（{listed}）",
            f"{len(same)} indicators are called “{shown}”; use the id instead ({listed})",
        )
    near = get_close_matches(title, named, 2, 0.5) + get_close_matches(title_key(title), plan.indicators, 2, 0.6)
    near = [f"{name}（{named[name]}）" if name in named else name for name in near]
    if near:
        listed = "、".join(near)
        return Refusal(
            f"不认识“{shown}”一列，是否为 {listed}；不需要的列请删除",
            f"unknown column “{shown}”; did you mean {listed}? Remove columns that are not asked for",
        )
    return Refusal(
        f"不认识“{shown}”一列，列名应为指标名称或代号；不需要的列请删除",
        f"unknown column “{shown}”: a column must be an indicator's id or title; remove columns that are not asked for",
    )
