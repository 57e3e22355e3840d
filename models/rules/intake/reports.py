"""A received table row by row: codes to units, texts to numbers, and why a row is refused.

Tables come as frames of text (`row`, then `column(place)` for each header cell). Codes are held as
whole numbers, which no division code loses anything by: none begins with a zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from models.cells import AROUND
from models.lawful import first_personal
from models.rules.intake.answers import read_answers
from models.rules.intake.codes import BY_NAME, Called, Codes, no_old_id_numbers, read_codes
from models.rules.intake.damaged import damaged_rows
from models.rules.intake.evidence import read_evidence
from models.rules.intake.figures import read_figures, same_fault
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.layout import Layout
from models.rules.intake.read_past import leave_out
from models.rules.intake.report_columns import ROW, Columns, column
from models.rules.intake.report_units import FAULTS, Known, resolve
from models.units import DIGITS, Level
from models.wording import Refusal

EVIDENCE = "evidence"
TAKEN_ROW, TAKEN_LEVEL = ":row", ":level"
"""Beside columns that are named like indicators; no indicator's id holds a colon."""

_SHOWN = 5
MOST_FAULTS = 300_000
"""Of a file whose rows are refused one by one; each is kept with its reason in two languages, a kilobyte and more."""


@dataclass(frozen=True)
class Rows:
    """What was read of a table. taken: :row, code, :level, one column an indicator, evidence.

    `code` and `:level` are null where no unit could be found. faults: row, zh, en; a row may have several. passed: rows
    that are none of a unit's and were read past, such as a total or a signature. by_name: rows whose unit was told by its
    name; worded: whether more of them could be if the names of units were known.
    """

    taken: pl.DataFrame
    faults: pl.DataFrame
    passed: int = 0
    by_name: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=BY_NAME))
    worded: bool = False


def as_numbers(columns: Columns) -> dict[str, pl.DataType]:
    """The columns of a table that are whole numbers throughout when all its rows are districts, as large files are.

    Read as numbers at once they take half the time, and no number of that size holds respondents' data.
    """
    figures = {column(place): pl.Int32() for place, _ in columns.indicators}
    return {column(columns.code): pl.Int64(), **figures}


def are_districts(part: pl.DataFrame, columns: Columns) -> bool:
    """True for a part read `as_numbers` in which every code is a district's."""
    code, digits = part[column(columns.code)], DIGITS["district"]
    if code.dtype != pl.Int64 or code.null_count():
        return False
    return bool(code.is_between(10 ** (digits - 1), 10**digits, closed="left").all())


def read_part(
    part: pl.DataFrame, columns: Columns, known: Known, layout: Layout | None = None, called: Called | None = None
) -> Rows:
    """Read some rows of a table, in text or, where `are_districts`, as numbers.

    Refusal if they hold respondents' data: then the whole file is refused.

    called: what the names of units are read by; None leaves them unread.
    """
    layout = layout or Layout()
    whole_part = part
    part, passed = leave_out(part, columns)
    faults = [_formulas(whole_part, passed, columns, layout.unvalued), _merged(part, columns, layout.merged)]
    _look_through(part, columns, known)
    values: dict[str, pl.Series] = {}
    filled: dict[str, pl.Series] = {}
    whole = part.select(pl.col(column(place)).cast(pl.Int32, strict=False) for place, _ in columns.indicators)
    for place, indicator in columns.indicators:
        if indicator.answers:
            value, is_filled, wrong = read_answers(part, columns, place)
        else:
            value, is_filled, wrong = read_figures(part, whole, columns, place, indicator)
        values[indicator.id], filled[indicator.id] = value, is_filled
        faults += wrong
    faults += _more_than_whole(part[ROW], columns, values)
    at_levels = _at_levels(filled, columns)
    codes = read_codes(part, columns, known, at_levels, called)
    no_old_id_numbers(part, columns, codes.codes, known)
    units, unknown = _units(part[ROW], codes, at_levels, columns, known)
    taken = units.rename({ROW: TAKEN_ROW, "level": TAKEN_LEVEL}).with_columns(
        value.alias(name) for name, value in values.items()
    )
    if columns.evidence is not None:
        text, wrong = read_evidence(part, columns.evidence, columns, filled)
        taken = taken.with_columns(text.alias(EVIDENCE))
        title = columns.title(columns.evidence)
        faults += [*wrong, damaged_rows(part[ROW], text, title, is_gb=layout.is_gb)]
    return Rows(taken, pl.concat([*faults, codes.faults, *unknown]), passed.len(), codes.by_name, codes.worded)


def gather(file: str, parts: Iterable[Rows]) -> Rows:
    """All parts of a table together: one row a code, in code order, and every reason why others were refused.

    Refusal of the whole file for more than MOST_FAULTS of them, before they fill the memory: it is of another table.
    """
    read, passed, faulty = [], 0, 0
    for part in parts:
        faulty += part.faults.height
        _refuse_faulty(file, faulty)
        read.append(part)
        passed += part.passed
    taken = pl.concat((part.taken for part in read), how="vertical_relaxed")
    if not taken["code"].is_sorted():
        taken = taken.sort("code", nulls_last=False)
    code = pl.col("code")
    twice = taken.filter((code == code.shift(1)) | (code == code.shift(-1)))
    faults = pl.concat(part.faults for part in read)
    _refuse_faulty(file, faulty + twice.height)
    if twice.height:
        first = pl.col(TAKEN_ROW).sort().head(_SHOWN).cast(pl.String)
        others = twice.group_by("code").agg(zh=first.str.join("、"), en=first.str.join(", "))
        listed = twice.join(others, on="code").select(
            pl.col(TAKEN_ROW).alias(ROW),
            zh=pl.format("同一单位在本文件中出现多次（第 {} 行），请只留一行", "zh"),
            en=pl.format("the unit stands in this file more than once (rows {}); keep one row", "en"),
        )
        faults = pl.concat([faults, listed])
    if faults.height:
        taken = taken.join(
            faults.select(pl.col(ROW).unique()), left_on=TAKEN_ROW, right_on=ROW, how="anti", maintain_order="left"
        )
    return Rows(
        taken,
        faults,
        passed=passed,
        by_name=pl.concat(part.by_name for part in read).join(taken, left_on=ROW, right_on=TAKEN_ROW, how="semi"),
        worded=any(part.worded for part in read),
    )


def _refuse_faulty(file: str, faults: int) -> None:
    if faults > MOST_FAULTS:
        raise Refusal(
            f"{file} 中有误的行超过 {MOST_FAULTS} 处，整份退回：请核对是否报错了表、区划代码一列是否正确，再重新上报",
            f"{file} has more than {MOST_FAULTS} faults and is refused whole: see whether it is the right table and"
            " its column of codes the right one",
        )


def reasons(faults: pl.DataFrame) -> pl.DataFrame:
    """One row for each refused row: row, zh, en with every reason, in row order."""
    joined = (
        pl.col("zh").unique(maintain_order=True).str.join("；"),
        pl.col("en").unique(maintain_order=True).str.join("; "),
    )
    return faults.group_by(ROW).agg(*joined).sort(ROW)


def _look_through(part: pl.DataFrame, columns: Columns, known: Known) -> None:
    """Refuse respondents' data in the cells that are not numbers; `read_figures` and `_codes` see to theirs."""
    townships = known.townships
    for place in (*columns.others, *columns.unnamed, *([] if columns.evidence is None else [columns.evidence])):
        texts = part[column(place)]
        found = first_personal(texts, townships=townships)
        refuse_respondents(columns.file, part[ROW], columns.title(place), found)
    for place in columns.reporters:
        texts = part[column(place)]
        refuse_respondents(columns.file, part[ROW], columns.title(place), first_personal(texts, phones=False))
    for place in columns.unnamed:
        stray = part.filter(pl.col(column(place)).str.strip_chars(AROUND) != "")
        if stray.height:
            row = stray[ROW][0]
            raise Refusal(
                f"{columns.file} 第 {row} 行第 {place + 1} 列有内容，但该列没有列名；请补上列名或删除该列",
                f"{columns.file}, row {row}: column {place + 1} holds something but has no title; name it or remove it",
            )


def _more_than_whole(rows: pl.Series, columns: Columns, values: Mapping[str, pl.Series]) -> list[pl.DataFrame]:
    """Rows in which more errors were found than there was to check."""
    named = dict(columns.indicators)
    faults = []
    for part, whole in columns.parts:
        errors, checked = columns.title(part), columns.title(whole)
        above = (values[named[part].id] > values[named[whole].id]).fill_null(False)
        faults.append(
            same_fault(
                rows.filter(above),
                f"“{errors}”多于“{checked}”，差错不会多于被查数，请核对这两列",
                f"“{errors}” is more than “{checked}”, in which the errors were found; check the two columns",
            )
        )
    return faults


def _formulas(part: pl.DataFrame, passed: pl.Series, columns: Columns, unvalued: pl.DataFrame) -> pl.DataFrame:
    """Formulas without a result in rows of the part that were not read past, some of which hold nothing else."""
    used = [columns.code, *(place for place, _ in columns.indicators)]
    of_units = part.select(ROW).filter(~pl.col(ROW).is_in(passed.implode()))
    found = unvalued.filter(pl.col("place").is_in(used)).join(of_units, on=ROW, how="semi")
    return found.select(
        ROW,
        zh=pl.format("{} 单元格的公式没有计算结果，请用 Excel 或 WPS 打开、保存后再报", "cell"),
        en=pl.format(
            "the formula in {} has no result; open the file in Excel or WPS, save it and report again", "cell"
        ),
    )


def _merged(part: pl.DataFrame, columns: Columns, merged: pl.DataFrame) -> pl.DataFrame:
    """Rows with cells merged down a column that is read, or across two such columns: only the first of them has a value.

    Merged names of places, which only help the reader, lose nothing.
    """
    figures = [place for place, _ in columns.indicators] + ([] if columns.evidence is None else [columns.evidence])
    read = [columns.code, *figures]
    found = [pl.DataFrame(schema=FAULTS)]
    for cells, top, bottom, left, right in merged.iter_rows():
        covered = [place for place in read if left <= place <= right]
        if covered and (bottom > top or len(covered) > 1):
            rows = part.filter(pl.col(ROW).is_between(top, bottom))[ROW]
            zh = f"{cells} 是合并单元格，请取消合并，每行一个单位、每格一个数"
            en = f"the cells {cells} are merged; unmerge them, with one unit a row and one figure a cell"
            found.append(same_fault(rows, zh, en))
    return pl.concat(found)


def _at_levels(filled: Mapping[str, pl.Series], columns: Columns) -> dict[Level, pl.Series]:
    """For each level at which a column is reported whether a row fills one of them."""
    cells: dict[Level, list[pl.Series]] = {}
    for _, indicator in columns.indicators:
        cells.setdefault(indicator.level, []).append(filled[indicator.id])
    return {level: _any(series) for level, series in cells.items()}


def _units(
    rows: pl.Series, codes: Codes, at_levels: Mapping[Level, pl.Series], columns: Columns, known: Known
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """row, code and level of the unit of each row, both null where there is none; and the faults."""
    titles: dict[Level, list[str]] = {}
    for place, indicator in columns.indicators:
        titles.setdefault(indicator.level, []).append(columns.title(place))
    frame = pl.DataFrame({ROW: rows, "code": codes.codes, "digits": codes.digits})
    frame = frame.with_columns(series.alias(level) for level, series in at_levels.items())
    return resolve(frame, {level: _listed(names) for level, names in titles.items()}, known)


def _any(series: Iterable[pl.Series]) -> pl.Series:
    first, *others = series
    for other in others:
        first = first | other
    return first


def _listed(titles: Sequence[str]) -> str:
    shown = "、".join(titles[:3])
    return f"{shown}等" if len(titles) > 3 else shown
