"""Which column of a report holds what: by indicator id or Chinese title (contract, section Reports)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import polars as pl

from models.lawful import first_personal
from models.personal import RespondentsData, is_personal_title, is_reporters_title
from models.plan.lists import DISTRICTS, Column, Register
from models.plan.model import Indicator, Plan
from models.plan.parts import wholes
from models.rules.intake.dates import Dated
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.unusable_columns import refuse_columns, unusable
from models.text import one_line, title_key
from models.vocabulary import UNIT_ZH
from models.wording import Refusal

ROW = "row"
"""The column of a table that holds the row number in the file."""

CODE_TITLES = ("code", "区划代码", "代码", "行政区划代码", "统计用区划代码", "单位代码", "普查小区代码", "小区代码")
WITHDRAWN_TITLES = ("withdrawn", "撤销", "是否撤销")
EVIDENCE_TITLES = ("evidence", "佐证", "佐证材料", "证明材料")
REFUSED_ROW, REFUSED_CODE, REASON_ZH, REASON_EN = "退回行号 row", "退回代码 code", "退回原因 zh", "退回原因 en"
REFUSED_KEY = "退回主键 key"
REFUSAL_COLUMNS = (REFUSED_ROW, REFUSED_CODE, REFUSED_KEY, REASON_ZH, REASON_EN)
"""What a file of refused rows has beside the columns as they were sent; ignored when it is sent again."""

NOT_FILLED = "（不填）"
"""Behind the title of a column that a form has for whoever fills it in, and that is not read."""
NOT_FILLED_EN = " (leave as it is)"
OWED_TITLES = (f"应办事项{NOT_FILLED}", f"owed{NOT_FILLED_EN}")
MARK_TITLES = (f"校对码{NOT_FILLED}", f"mark{NOT_FILLED_EN}")
"""Of a form (填报表): what is owed of a row, and by which letters it is known whether a cell was changed (`form_rows`)."""

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


_NOT_FILLED_KEYS = tuple(title_key(one) for one in (NOT_FILLED, NOT_FILLED_EN))


@dataclass(frozen=True, kw_only=True)
class Header:
    """What every table has, by place in the header. `others` are left out, `unnamed` must be empty.

    code: of the codes, or of the names of units where a table has no codes. names: of the names beside the codes.
    reporters: who filled in the table, of the office's own staff; left out, and kept nowhere.
    """

    file: str
    titles: tuple[str, ...]
    code: int
    others: tuple[int, ...]
    reporters: tuple[int, ...]
    unnamed: tuple[int, ...]
    names: int | None = None

    def title(self, place: int) -> str:
        """The header's cell as written, or the column's number where it is empty."""
        return self.titles[place] or f"第{place + 1}列"

    @property
    def figures(self) -> tuple[tuple[int, Indicator | Column], ...]:
        """The columns of numbers."""
        raise NotImplementedError

    @property
    def used(self) -> tuple[int, ...]:
        """The places of the columns that are read, without the code's."""
        raise NotImplementedError

    @property
    def references(self) -> tuple[int, ...]:
        """The places of columns of words that stand beside figures."""
        return ()

    @property
    def worded(self) -> tuple[int, ...]:
        """The places of columns that are read in which a row of a unit may hold words of its own."""
        return ()


@dataclass(frozen=True, kw_only=True)
class Columns(Header):
    """What a report of figures holds. parts: the columns of errors, each with that of what they were found in.

    cells: what else the plan asks of districts. withdrawn: of 是 where a district is no more. dashes: whether a dash empties
    a cell of a district. dated: what their dates are read by. apart: whether these are the districts of a workbook that brings
    figures of offices on another sheet.
    """

    indicators: tuple[tuple[int, Indicator], ...]
    evidence: int | None
    dated: Dated
    parts: tuple[tuple[int, int], ...] = ()
    cells: tuple[tuple[int, Column], ...] = ()
    withdrawn: int | None = None
    dashes: bool = False
    apart: bool = False

    @property
    def figures(self) -> tuple[tuple[int, Indicator | Column], ...]:
        return (*self.indicators, *((place, column) for place, column in self.cells if column.type == "number"))

    @property
    def used(self) -> tuple[int, ...]:
        places = (place for place, _ in (*self.indicators, *self.cells))
        return (*places, *([] if self.withdrawn is None else [self.withdrawn]))

    @property
    def worded(self) -> tuple[int, ...]:
        return tuple(place for place, column in self.cells if column.type != "number")

    @property
    def references(self) -> tuple[int, ...]:
        return () if self.evidence is None else (self.evidence,)


def is_of_districts(columns: Header) -> bool:
    """True for a table of which every column is one of the register of districts."""
    return isinstance(columns, Columns) and all(one.level == "district" for _, one in columns.indicators)


def speaks_of_no_district(columns: Header) -> bool:
    """True for a table of figures of which no column is one of the register of districts."""
    return (
        isinstance(columns, Columns)
        and not columns.cells
        and columns.withdrawn is None
        and all(one.level != "district" for _, one in columns.indicators)
    )


def column(place: int) -> str:
    """The name in a table of the column at `place` of the header."""
    return f"c{place}"


def read_header(file: str, header: Sequence[str], own: Callable[[str], bool]) -> tuple[Header, tuple[int, ...]]:
    """What stands in a header beside the columns that are asked for, and the places of all that may be one of those.

    own: whether a title is that of a column that is asked for. Refusal where there is no column of codes, or one asks for
    respondents' data.
    """
    refuse_respondents(file, [1] * len(header), "", first_personal(pl.Series(header, dtype=pl.String)))
    header = [one_line(title) for title in header]
    plain = [title_key(title) for title in header]
    asked = [own(title) for title in header]
    free = [name if not is_asked else "" for name, is_asked in zip(plain, asked, strict=True)]
    names = next((free.index(name) for name in NAME_TITLES if name in free), None)
    code = only_place(file, free, CODE_TITLES)
    if code is None:
        code = names
    if code is None:
        raise Refusal(
            f"{file} 没有“区划代码”（或 code）一列，也没有“单位名称”；请在表头中写明",
            f"{file} has no column “code” (区划代码), nor names of units (单位名称); the header must have one",
        )
    personal = next(
        (title for title, own in zip(header, asked, strict=True) if is_personal_title(title) and not own), None
    )
    if personal is not None:
        raise RespondentsData(
            f"{file} 有“{personal}”一列：普查对象的姓名、证件号码、电话一律不得上报，请删除该列后重报；整份文件未予保存",
            f"{file} has a column “{personal}”: names, ID numbers and phones of respondents must not be reported."
            " Remove the column; nothing of the file was kept",
        )
    others = [
        place
        for place, name in enumerate(free)
        if name in _PLACES or header[place] in REFUSAL_COLUMNS or (name and is_not_filled(name))
    ]
    reporters = [place for place, title in enumerate(header) if not asked[place] and is_reporters_title(title)]
    left_out = {code, *others, *reporters}
    return Header(
        file=file,
        titles=tuple(header),
        code=code,
        others=tuple(place for place in others if place != code),
        reporters=tuple(place for place in reporters if place != code),
        unnamed=tuple(place for place, title in enumerate(plain) if not title),
        names=names if names != code else None,
    ), tuple(place for place, title in enumerate(plain) if title and place not in left_out)


def match_columns(file: str, header: Sequence[str], plan: Plan) -> Columns:
    """Find the code, the indicators and the evidence. Refusal with every reason why the file is refused whole."""
    found, places = read_header(file, header, lambda title: is_figure(title, plan))
    plain = [title_key(title) for title in found.titles]
    evidence = only_place(file, plain, EVIDENCE_TITLES)
    withdrawn = only_place(file, plain, WITHDRAWN_TITLES) if DISTRICTS in plan.registers else None
    indicators: list[tuple[int, Indicator]] = []
    cells: list[tuple[int, Column]] = []
    faults: list[Refusal] = []
    for place in places:
        if place in (evidence, withdrawn):
            continue
        title = found.titles[place]
        indicator, column = figure_of(title, plan), _of_districts(title, plan)
        if indicator is None and column is not None and column not in [known for _, known in cells]:
            cells.append((place, column))
            continue
        fault = unusable(title, indicator, [known for _, known in indicators], plan)
        if fault is not None:
            faults.append(fault)
        elif indicator is not None:
            indicators.append((place, indicator))
    refuse_columns(file, faults)
    at = {indicator.id: place for place, indicator in indicators}
    pairs = ((at.get(errors), at.get(checked)) for errors, checked in wholes(plan).items())
    return Columns(
        **vars(found),
        indicators=tuple(indicators),
        evidence=evidence,
        dated=Dated(plan.standard_time, plan.zone),
        parts=tuple((errors, checked) for errors, checked in pairs if errors is not None and checked is not None),
        cells=tuple(cells),
        withdrawn=withdrawn,
        dashes=DISTRICTS in plan.registers,
    )


def _of_districts(title: str, plan: Plan) -> Column | None:
    """What the plan asks of districts beside figures, by a column's title; None for all else, and for what is worked out."""
    if DISTRICTS not in plan.registers:
        return None
    found = column_of(title, plan.registers[DISTRICTS])
    return None if found is None or found.id in plan.indicators or found.computed is not None else found


def column_of(title: str, register: Register) -> Column | None:
    """The column of a register that a title means: by its id, or by its title if only one has it."""
    plain = title_key(title)
    by_id = next((one for name, one in register.columns.items() if title_key(name) == plain), None)
    if by_id is not None:
        return by_id
    titled = [one for one in register.columns.values() if is_named(plain, title_key(one.title), one.unit)]
    return titled[0] if len(titled) == 1 else None


def is_figure(title: str, plan: Plan) -> bool:
    """True for a title that means an indicator, or what districts are asked for, and nothing that every table has."""
    if title_key(title) in (*CODE_TITLES, *EVIDENCE_TITLES, *_PLACES):
        return False
    return figure_of(title, plan) is not None or _of_districts(title, plan) is not None


def is_beside(title: str) -> bool:
    """True for a title of what a table may have beside its own columns: a code, a name, the reasons of a refusal."""
    plain = title_key(title)
    if not plain or plain in (*CODE_TITLES, *_PLACES) or is_not_filled(title):
        return True
    return title in REFUSAL_COLUMNS or is_reporters_title(title)


def is_not_filled(title: str) -> bool:
    """True for a title of what a form says, and nobody reports."""
    return title_key(title).endswith(_NOT_FILLED_KEYS)


def place_in(header: Sequence[str], titles: Collection[str]) -> int | None:
    """Where the first column with one of these titles stands."""
    keys = {title_key(title) for title in titles}
    return next((place for place, title in enumerate(header) if title_key(title) in keys), None)


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


def is_named(plain: str, name: str, unit: str | None) -> bool:
    """True for a title that is the name itself, or with its unit behind it: 专题会议（次）."""
    if plain == name or plain.endswith(_NOT_FILLED_KEYS):
        return plain == name
    return plain.startswith(f"{name}(") and plain.endswith(")") and is_unit_of(plain[len(name) + 1 : -1], unit)


def is_unit_of(text: str, unit: str | None) -> bool:
    """True for the indicator's own unit. 万元 is not 元; a unit that we have no word for is as the office calls it."""
    if text == (unit or "").lower():
        return True
    known = UNIT_ZH.get(unit or "")
    return text == known if known else len(text) <= 3 and not re.search("[百千万亿%‰]", text)


def only_place(file: str, plain: Sequence[str], names: Sequence[str]) -> int | None:
    """The place of the one column that has one of `names`."""
    found = [place for place, title in enumerate(plain) if title in names]
    if len(found) > 1:
        listed = "、".join(plain[place] for place in found)
        raise Refusal(
            f"{file} 有 {len(found)} 列意思相同（{listed}），请只留一列",
            f"{file} has {len(found)} columns that mean the same ({listed}); keep one",
        )
    return found[0] if found else None


def figure_of(title: str, plan: Plan) -> Indicator | None:
    """The indicator that a title means: its id, or its Chinese title if only one has it."""
    plain = title_key(title)
    if plain in plan.indicators:
        return plan.indicators[plain]
    titled = [one for one in plan.indicators.values() if is_named(plain, title_key(one.title), one.unit)]
    return titled[0] if len(titled) == 1 else None
