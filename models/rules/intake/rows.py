"""A received table of rows of a register (登记册): units, cells, and why a row is refused by itself.

What is taken of a table has `:row` and `:level` beside the columns of `models.rules.registers.frames.report_schema`: the
unit's code as text, and each of the register's reported columns, null where nothing is given. What more makes a row
wrong, beside the rows that hold already, is said by `row_faults`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from models.plan.lists import Column
from models.rules.intake.cells import Cells, Reading, read_column
from models.rules.intake.codes import Called, no_old_id_numbers, read_codes
from models.rules.intake.figures import same_fault
from models.rules.intake.gathering import TAKEN_LEVEL, TAKEN_ROW, Rows, look_through
from models.rules.intake.layout import Layout
from models.rules.intake.layout_faults import merged_cells, without_results
from models.rules.intake.read_past import leave_out
from models.rules.intake.register_columns import RowColumns
from models.rules.intake.report_columns import ROW, Header
from models.rules.intake.report_units import Known, resolve
from models.rules.intake.withdrawn import read_withdrawn
from models.rules.registers.frames import BEGINS, CODE, EMPTIED, NIL, WITHDRAWN, WORDS, kind_of
from models.rules.registers.keys import keeper_of
from models.rules.registers.words import words_of
from models.units import LEVEL_ZH, Level


def read_rows(
    part: pl.DataFrame, columns: RowColumns, by: Reading, layout: Layout | None = None, called: Called | None = None
) -> Rows:
    """Read some rows of a table. Refusal if they hold respondents' data: then the whole file is refused.

    called: what the names of units are read by; None leaves them unread.
    """
    layout = layout or Layout()
    register, whole_part = columns.register, part
    part, passed = leave_out(part, columns)
    rows = part[ROW]
    faults = [without_results(whole_part, passed, columns, layout.unvalued), merged_cells(part, columns, layout.merged)]
    look_through(part, columns, by.known)
    cells = {asked.id: read_column(part, columns, place, asked, by) for place, asked in columns.cells}
    for one in cells.values():
        faults += one.faults
    withdrawn, wrong = read_withdrawn(part, columns, columns.withdrawn)
    faults += wrong
    levels: tuple[Level, ...] = tuple(dict.fromkeys((*register.rows_at, *register.kept_by)))
    asked = {level: pl.repeat(True, part.height, dtype=pl.Boolean, eager=True) for level in levels}

    def stays(old: str, new: str) -> bool:
        # a row goes on under the code of the whole if it is known by the same keeper and key as before
        return CODE not in register.key and keeper_of(old, register) == keeper_of(new, register)

    codes = read_codes(part, columns, by.known, asked, called, stays=stays)
    no_old_id_numbers(part, columns, codes.codes, by.known)
    placed = pl.DataFrame({ROW: rows, "code": codes.codes, "digits": codes.digits})
    units, unknown = resolve(placed, {}, by.known, levels)
    own = {one.id: cells[one.id].values if one.id in cells else _nothing(one, part.height) for one in register.reported}
    filled = _any([one.filled for one in cells.values()], part.height)
    for name in (column.id for column in register.reported if column.optional):
        own[name] = own[name].zip_with(own[name].is_not_null() | ~filled, _no_text(part.height))
    taken = units.select(
        pl.col(ROW).alias(TAKEN_ROW),
        pl.col("code").cast(pl.String).alias(CODE),
        pl.col("level").alias(TAKEN_LEVEL),
        *(values.alias(name) for name, values in own.items()),
        withdrawn.alias(WITHDRAWN),
        (~filled & ~withdrawn).alias(NIL),
        emptied_columns(_dashed(cells), part.height).alias(EMPTIED),
        pl.lit(False).alias(BEGINS),
        words_of(rows, [one.written for name, one in cells.items() if name not in register.key]).alias(WORDS),
    )
    faults += [*_without_key(taken, columns, cells), *_inexact_keys(columns, cells)]
    faults += out_of_scope(taken, columns, columns.cells, by.known)
    faults += _of_other_levels(taken, columns)
    return Rows(
        taken,
        pl.concat([*faults, codes.faults, *unknown]),
        passed=passed.len(),
        by_name=codes.by_name,
        worded=codes.worded,
        by_former=codes.by_former,
    )


def _nothing(one: Column, height: int) -> pl.Series:
    return pl.Series(one.id, [None], dtype=kind_of(one)).new_from_index(0, height)


def _no_text(height: int) -> pl.Series:
    """What stands in an optional part of a key that nobody filled in: rows are told apart by it, and null is like nothing."""
    return pl.Series([""], dtype=pl.String).new_from_index(0, height)


def _any(series: Iterable[pl.Series], height: int) -> pl.Series:
    found = pl.repeat(False, height, dtype=pl.Boolean, eager=True)
    for one in series:
        found = found | one
    return found


def _dashed(cells: Mapping[str, Cells]) -> dict[str, pl.Series]:
    return {name: one.emptied for name, one in cells.items() if one.emptied.any()}


def emptied_columns(dashed: Mapping[str, pl.Series], height: int) -> pl.Series:
    """The columns whose cells were emptied, null where none was. dashed: by column, in which rows."""
    if not dashed:
        return pl.Series(EMPTIED, [None], dtype=pl.List(pl.String)).new_from_index(0, height)
    frame = pl.DataFrame(dict(dashed))
    names = pl.concat_list([pl.when(name).then(pl.lit(name)) for name in dashed]).list.drop_nulls()
    return frame.select(pl.when(pl.any_horizontal(pl.all())).then(names)).to_series()


def _without_key(taken: pl.DataFrame, columns: RowColumns, cells: Mapping[str, Cells]) -> list[pl.DataFrame]:
    """Rows with nothing, or a dash, in a cell of their key; a nil return has no key."""
    faults = []
    for name in columns.register.key:
        place = columns.place_of(name)
        if name == CODE or place is None or columns.register.columns[name].optional:
            continue
        title = columns.title(place)
        empty = ~cells[name].filled | cells[name].emptied
        faults.append(
            same_fault(
                taken.filter(empty & ~taken[NIL])[TAKEN_ROW],
                f"“{title}”不能为空：每一行都靠它辨认",
                f"“{title}” must not be empty: the row is known by it",
            )
        )
    return faults


def _inexact_keys(columns: RowColumns, cells: Mapping[str, Cells]) -> list[pl.DataFrame]:
    """Rows with a number that may be several in a cell of their key."""
    faults = []
    for name in columns.register.key:
        place = columns.place_of(name)
        if place is None or name not in cells:
            continue
        several = cells[name].written.filter(pl.col("least") != pl.col("most"))[ROW]
        title = columns.title(place)
        faults.append(
            same_fault(
                several,
                f"“{title}”是辨认一行的依据，请填确数，不带余、近、约等字",
                f"a row is known by “{title}”; give it exactly, without 余, 近, 约 or the like",
            )
        )
    return faults


def out_of_scope(
    taken: pl.DataFrame, columns: Header, cells: Iterable[tuple[int, Column]], known: Known
) -> list[pl.DataFrame]:
    """Rows that fill a column, or name a value, that an overlay added for others than them. taken: code, :row, columns."""
    faults = []
    for place, one in cells:
        title = columns.title(place)
        if one.scope is not None:
            rows = taken.filter(pl.col(one.id).is_not_null() & ~_is_below(one.scope, known))
            faults.append(
                same_fault(
                    rows[TAKEN_ROW],
                    f"“{title}”只用于 {one.scope} 及其下级，请留空",
                    f"“{title}” is for {one.scope} and below alone; leave it empty",
                )
            )
        for value, scope in one.scopes.items():
            named = pl.col(one.id).list.contains(value) if one.several else pl.col(one.id) == value
            rows = taken.filter(named.fill_null(False) & ~_is_below(scope, known))
            shown = one.values.get(value, value)
            faults.append(
                same_fault(
                    rows[TAKEN_ROW],
                    f"“{title}”的“{shown}”只用于 {scope} 及其下级，请改填别的一项",
                    f"“{value}” in “{title}” is for {scope} and below alone; give another value",
                )
            )
    return faults


def _is_below(scope: str, known: Known) -> pl.Expr:
    """True for a row whose unit is not known: another fault says so. scope: as the plan wrote it down, whatever code it has now."""
    code = pl.col(CODE).cast(pl.String)
    return pl.any_horizontal(code.str.starts_with(one) for one in known.former.became(scope)).fill_null(True)


def _of_other_levels(taken: pl.DataFrame, columns: RowColumns) -> list[pl.DataFrame]:
    """Rows whose unit is of none of the levels that the register's rows may be of; a nil return is of a keeper's."""
    register = columns.register
    faults = []
    for is_nil, levels in ((False, register.rows_at), (True, register.kept_by)):
        odd = taken.filter((pl.col(NIL) == is_nil) & ~pl.col(TAKEN_LEVEL).is_in(list(levels)))
        listed = _levels(levels)
        what = (
            ("零报告应填", "a nil return has")
            if is_nil
            else (f"“{register.title}”的行应填", f"a row of {register.id} has")
        )
        faults.append(
            same_fault(
                odd[TAKEN_ROW],
                f"{what[0]}{listed[0]}的代码，本行不是，请核对",
                f"{what[1]} the code of a {listed[1]}; this one is of another level",
            )
        )
    return faults


def _levels(levels: Sequence[Level]) -> tuple[str, str]:
    return "、".join(LEVEL_ZH[level] for level in levels), " or ".join(levels)
