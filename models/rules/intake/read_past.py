"""Rows of a table that are none of a unit's (不作为数据的行): read past, counted, and looked through for respondents' data.

Totals, signatures and notes below the table; units of measurement and the numbers of its columns just under the header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

import polars as pl

from models.asides import DAY, NOTE, TOTAL
from models.cells import AROUND
from models.lawful import first_personal
from models.personal import is_signed
from models.plan.lists import Column
from models.plan.model import Indicator
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.report_columns import ROW, Header, column, is_unit_of
from models.text import title_key
from models.vocabulary import UNIT_ZH
from models.wording import Refusal

_IN_ORDER = re.compile("[甲乙丙丁戊己庚辛A-Za-z]|栏次|栏号|[0-9—-]")
"""Where a code would stand. One of two digits is a province's."""
_COLUMN_NUMBER = re.compile("[0-9]{1,2}")
_OF_MEASURE = re.compile("单位|计量单位|单位[:：]|[—-]")
_MULTIPLE = re.compile(r"单位[:：]?\s*[（(]?\s*((?:百|千|万|十万|百万|千万|亿)[元人户栋件套])")
_CODE = "^(?:[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}|[0-9]{15})$"
_UNDER_HEADER = 3
"""Rows below the header among which units of measurement and the numbers of columns may stand."""
_FIRST = ":first"
"""Beside columns that are named like places; none of theirs holds a colon."""


def leave_out(part: pl.DataFrame, columns: Header) -> tuple[pl.DataFrame, pl.Series]:
    """The rows of units, and the numbers of those that were read past. Empty rows are neither.

    A signature is of the office's own staff: a phone in it is none of a respondent's, an ID number is. A total may have as
    many digits as a phone. Refusal for a row that measures figures otherwise than the plan.
    """
    code = part[column(columns.code)]
    # in a long list one code stands in many rows
    if code.dtype == pl.Int64 or code.rle().struct.field("value").str.contains("^[0-9]{2,}$").fill_null(False).all():
        return part, pl.Series(ROW, [], dtype=pl.Int64)
    cells = [_bare(name) for name in part.columns if name != ROW]
    filled = part.with_columns(pl.coalesce(cells).alias(_FIRST)).filter(pl.col(_FIRST).is_not_null())
    is_plain = pl.col(column(columns.code)).str.contains(_CODE).fill_null(False)
    # with a code and nothing that is signed it is a unit's row; of a large file hardly one is left to be looked at
    is_row = is_plain if columns.worded else is_plain & ~pl.col(_FIRST).str.contains("[:：]")
    odd = filled.filter(~is_row)
    signed = pl.Series([is_signed(first) for first in odd[_FIRST]], dtype=pl.Boolean)
    measured = odd[ROW].is_in(_under_header(filled.head(_UNDER_HEADER), columns).implode())
    asides = _is_total(odd, columns) | _is_noted(odd, columns) | measured
    _refuse_asides(odd, columns, signed, asides & ~signed)
    passed = odd.filter(signed | asides)[ROW]
    return filled.filter(~pl.col(ROW).is_in(passed.implode())).drop(_FIRST), passed


def _refuse_asides(rows: pl.DataFrame, columns: Header, signed: pl.Series, others: pl.Series) -> None:
    """Refuse respondents' data in rows that are read past."""
    figures = {place for place, _ in columns.figures}
    for of_staff, found in ((True, rows.filter(signed)), (False, rows.filter(others))):
        for place, title in enumerate(columns.titles):
            phones = not of_staff and place not in figures
            refuse_respondents(columns.file, found[ROW], title, first_personal(found[column(place)], phones=phones))


def _is_noted(rows: pl.DataFrame, columns: Header) -> pl.Series:
    """True for a note without figures, and for a day by itself."""
    figures = [place for place, _ in columns.figures if place != columns.code]
    notes = rows[_FIRST].str.contains(NOTE) & (_is_alone(rows) if columns.worded else _is_empty(rows, figures))
    return notes | (rows[_FIRST].str.contains(DAY) & _is_alone(rows))


def _bare(name: str) -> pl.Expr:
    return pl.col(name).str.strip_chars(AROUND).replace("", None)


def _is_empty(rows: pl.DataFrame, places: list[int]) -> pl.Series:
    return rows.select(
        pl.all_horizontal(pl.lit(True), *(_bare(column(place)).is_null() for place in places))
    ).to_series()


def _is_alone(rows: pl.DataFrame) -> pl.Series:
    """True for a row in which one cell is filled."""
    names = [name for name in rows.columns if name not in (ROW, _FIRST)]
    return rows.select(pl.sum_horizontal(_bare(name).is_not_null() for name in names) == 1).to_series()


def _is_total(rows: pl.DataFrame, columns: Header) -> pl.Series:
    """True where a total is named and no unit: the code is missing, or says itself that the row is a total."""
    code = _bare(column(columns.code))
    named = [column(place) for place in (*columns.others, *columns.unnamed, *columns.worded)]
    says_so = [_bare(name).str.contains(TOTAL).fill_null(False) for name in named]
    beside = code.is_null() & pl.any_horizontal(pl.lit(False), *says_so)
    in_place = code.str.contains(TOTAL) & ~code.str.contains("[0-9]{2}")
    return rows.select(in_place.fill_null(False) | beside).to_series()


def _under_header(rows: pl.DataFrame, columns: Header) -> pl.Series:
    """The numbers of the rows that say in which units the columns are, or number them: 甲 乙 1 2."""
    found = []
    for row in rows.iter_rows(named=True):
        figures = [(indicator, (row[column(place)] or "").strip(AROUND)) for place, indicator in columns.figures]
        code = (row[column(columns.code)] or "").strip(AROUND)
        given = [(indicator, cell) for indicator, cell in figures if cell]
        if given and (_measures(code, given, columns) or _numbers(code, [cell for _, cell in figures])):
            found.append(row[ROW])
    return pl.Series(found, dtype=pl.Int64)


def _measures(code: str, given: list[tuple[Indicator | Column, str]], columns: Header) -> bool:
    """Refusal where a figure would be in a multiple of the unit that the plan asks for."""
    if code and not _OF_MEASURE.fullmatch(code):
        return False
    texts = [(indicator, title_key(cell).strip("()")) for indicator, cell in given]
    if any(re.search("[0-9]", text) for _, text in texts):
        return False
    for indicator, text in texts:
        if _is_multiple(text, indicator):
            raise _other_unit(columns.file, indicator, text)
    return all(is_unit_of(text, indicator.unit) for indicator, text in texts)


def _numbers(code: str, cells: list[str]) -> bool:
    """True for a row in which columns are numbered: nothing but letters of order, and numbers that go up by one."""
    if not _IN_ORDER.fullmatch(code) or not all(map(_COLUMN_NUMBER.fullmatch, cells)):
        return False
    numbers = [int(cell) for cell in [code, *cells] if cell.isdecimal()]
    return all(later - earlier == 1 for earlier, later in pairwise(numbers))


def refuse_other_units(file: str, over: Iterable[str], columns: Header) -> None:
    """Refusal where the lines over a header say 单位：万元 and a column is in 元: every figure would be taken for less."""
    for text in over:
        said = _MULTIPLE.search(text)
        for _, indicator in columns.figures if said else ():
            if said and _is_multiple(said[1], indicator):
                raise _other_unit(file, indicator, said[1])


def _is_multiple(text: str, indicator: Indicator | Column) -> bool:
    own = UNIT_ZH.get(indicator.unit or "")
    return own is not None and re.fullmatch(rf"(?:百|千|万|十万|百万|千万|亿){re.escape(own)}", text) is not None


def _other_unit(file: str, indicator: Indicator | Column, text: str) -> Refusal:
    own = UNIT_ZH[indicator.unit or ""]
    return Refusal(
        f"{file} 注明单位为{text}，而“{indicator.title}”按{own}上报，请换算为{own}并改正单位后再报",
        f"{file} says that its figures are in {text}, but “{indicator.title}” is reported in {indicator.unit};"
        " convert the figures, mend the unit and report again",
    )
