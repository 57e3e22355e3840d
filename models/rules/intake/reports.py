"""A received table row by row: codes to units, texts to numbers, and why a row is refused.

Tables come as frames of text (`row`, then `column(place)` for each header cell). Codes are held as
whole numbers, which no division code loses anything by: none begins with a zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from models.cells import AROUND
from models.rules.intake.answers import read_answers
from models.rules.intake.cells import DASHES, Cells, Reading, bare_cells, read_cells
from models.rules.intake.codes import Called, Codes, no_old_id_numbers, read_codes
from models.rules.intake.damaged import damaged_rows
from models.rules.intake.evidence import read_evidence
from models.rules.intake.figures import read_figures, same_fault
from models.rules.intake.gathering import TAKEN_LEVEL, TAKEN_ROW, Rows, look_through
from models.rules.intake.layout import Layout
from models.rules.intake.layout_faults import merged_cells, without_results
from models.rules.intake.read_past import leave_out
from models.rules.intake.report_columns import ROW, Columns, column
from models.rules.intake.report_units import Known, resolve
from models.rules.intake.rows import emptied_columns, out_of_scope
from models.rules.intake.with_words import WITH_WORDS
from models.rules.intake.withdrawn import read_withdrawn
from models.rules.registers.frames import EMPTIED, WITHDRAWN
from models.units import DIGITS, Level

EVIDENCE = "evidence"


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
    faults = [without_results(whole_part, passed, columns, layout.unvalued), merged_cells(part, columns, layout.merged)]
    look_through(part, columns, known)
    values: dict[str, pl.Series] = {}
    filled: dict[str, pl.Series] = {}
    dashed, part = _dashed_figures(part, columns)
    written = [pl.DataFrame(schema=WITH_WORDS)]
    whole = part.select(pl.col(column(place)).cast(pl.Int32, strict=False) for place, _ in columns.indicators)
    for place, indicator in columns.indicators:
        if indicator.answers:
            value, is_filled, wrong = read_answers(part, columns, place)
        else:
            read = read_figures(part, whole, columns, place, indicator)
            value, is_filled, wrong = read.values, read.filled, read.faults
            written.append(read.written)
        values[indicator.id] = value
        filled[indicator.id] = is_filled | dashed[indicator.id] if indicator.id in dashed else is_filled
        faults += wrong
    faults += _more_than_whole(part[ROW], columns, values)
    cells, wrong = _cells_of_districts(part, columns, known, is_gb=layout.is_gb)
    faults += wrong
    filled |= {name: one.filled for name, one in cells.items()}
    dashed |= {name: one.emptied for name, one in cells.items() if one.emptied.any()}
    withdrawn, wrong = read_withdrawn(part, columns, columns.withdrawn)
    faults += wrong
    at_levels = _at_levels({**filled, WITHDRAWN: withdrawn}, columns)
    codes = read_codes(part, columns, known, at_levels, called)
    no_old_id_numbers(part, columns, codes.codes, known)
    units, unknown = _units(part[ROW], codes, at_levels, columns, known)
    taken = units.rename({ROW: TAKEN_ROW, "level": TAKEN_LEVEL}).with_columns(
        value.alias(name) for name, value in (values | {name: one.values for name, one in cells.items()}).items()
    )
    faults += out_of_scope(taken, columns, columns.cells, known)
    if columns.withdrawn is not None:
        taken = taken.with_columns(withdrawn.alias(WITHDRAWN))
    if dashed:
        taken = taken.with_columns(emptied_columns(dashed, part.height).alias(EMPTIED))
    if columns.evidence is not None:
        text, wrong = read_evidence(part, columns.evidence, columns, filled)
        taken = taken.with_columns(text.alias(EVIDENCE))
        title = columns.title(columns.evidence)
        faults += [*wrong, damaged_rows(part[ROW], text, title, is_gb=layout.is_gb)]
    return Rows(
        taken,
        pl.concat([*faults, codes.faults, *unknown]),
        passed=passed.len(),
        by_name=codes.by_name,
        worded=codes.worded,
        by_former=codes.by_former,
        written=pl.concat(written),
    )


def _dashed_figures(part: pl.DataFrame, columns: Columns) -> tuple[dict[str, pl.Series], pl.DataFrame]:
    """By indicator, which figures of districts are to be empty from now on; and the rows without those dashes."""
    dashed: dict[str, pl.Series] = {}
    for place, indicator in columns.indicators if columns.dashes else ():
        own = part[column(place)]
        if indicator.level != "district" or own.dtype != pl.String:
            continue
        is_dash = own.str.strip_chars(AROUND).is_in(list(DASHES)).fill_null(False)
        if is_dash.any():
            dashed[indicator.id] = is_dash
            part = part.with_columns(pl.when(~is_dash).then(own).alias(column(place)))
    return dashed, part


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


def _cells_of_districts(
    part: pl.DataFrame, columns: Columns, known: Known, *, is_gb: bool
) -> tuple[dict[str, Cells], list[pl.DataFrame]]:
    """What districts are asked for beside figures, and the faults in it."""
    by = Reading(known, columns.dated, is_gb)
    bare = bare_cells(part, (place for place, _ in columns.cells))
    cells = {one.id: read_cells(bare, columns, place, one, by) for place, one in columns.cells}
    faults = [fault for one in cells.values() for fault in one.faults]
    return cells, faults


def _at_levels(filled: Mapping[str, pl.Series], columns: Columns) -> dict[Level, pl.Series]:
    """For each level at which a column is reported whether a row fills one of them."""
    cells: dict[Level, list[pl.Series]] = {}
    for _, indicator in columns.indicators:
        cells.setdefault(indicator.level, []).append(filled[indicator.id])
    for name in _names_of_districts(columns):
        cells.setdefault("district", []).append(filled[name])
    return {level: _any(series) for level, series in cells.items()}


def _units(
    rows: pl.Series, codes: Codes, at_levels: Mapping[Level, pl.Series], columns: Columns, known: Known
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """row, code and level of the unit of each row, both null where there is none; and the faults."""
    titles: dict[Level, list[str]] = {}
    for place, indicator in columns.indicators:
        titles.setdefault(indicator.level, []).append(columns.title(place))
    for place in _names_of_districts(columns).values():
        titles.setdefault("district", []).append(columns.title(place))
    frame = pl.DataFrame({ROW: rows, "code": codes.codes, "digits": codes.digits})
    frame = frame.with_columns(series.alias(level) for level, series in at_levels.items())
    return resolve(frame, {level: _listed(names) for level, names in titles.items()}, known)


def _names_of_districts(columns: Columns) -> dict[str, int]:
    """The columns that only districts fill, and where they stand."""
    names = {one.id: place for place, one in columns.cells}
    return names if columns.withdrawn is None else {**names, WITHDRAWN: columns.withdrawn}


def _any(series: Iterable[pl.Series]) -> pl.Series:
    first, *others = series
    for other in others:
        first = first | other
    return first


def _listed(titles: Sequence[str]) -> str:
    shown = "、".join(titles[:3])
    return f"{shown}等" if len(titles) > 3 else shown
