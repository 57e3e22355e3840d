"""Which cells of a register's rows may not be shown, because a person could be recognised in them (统计法实施条例 art. 29).

A row is of less than a county where its code is, or where it is one of several of its code. There a number of births or
deaths is not shown if it is below `lawful.SMALL_CELL`, nor what is computed from such a number. Nor may one be worked out:

* from a total: where a figure is drawn from the column, it is shown, and the cells it is made of are not;
* from two answers: a number that was changed since the row was first heard of, or corrected as of that very moment.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

import polars as pl

from models.lawful import SMALL_CELL, counts_births_or_deaths
from models.plan.lists import Column, Register
from models.plan.model import Plan
from models.rules.judging.small_cells import births_and_deaths, small_cells
from models.rules.registers.frames import CHANGED, CODE, SINCE
from models.rules.registers.shown import HIDDEN_CELLS
from models.units import DIGITS

_CORRECTED = ":corrected"


def without_small_cells(
    rows: pl.DataFrame, register: Register, plan: Plan, corrected: pl.Series | None = None
) -> pl.DataFrame:
    """Rows whose cells that may not be shown are empty, with `HIDDEN_CELLS`.

    rows: `rows_schema` with the computed columns, or some of these columns. corrected: which of them were corrected as of
    the moment at which they were first heard of; where nobody looked (None) no number of births or deaths is shown.
    """
    looked = pl.repeat(True, rows.height, eager=True) if corrected is None else corrected
    return _without(rows.with_columns(looked.alias(_CORRECTED)), register, plan).drop(_CORRECTED)


def _without(rows: pl.DataFrame, register: Register, plan: Plan) -> pl.DataFrame:
    small = {name: own for name, own in _small(register, plan).items() if name in rows.columns}
    if not small:
        return rows.with_columns(pl.lit([], pl.List(pl.String)).alias(HIDDEN_CELLS))
    named = [pl.when(own).then(pl.lit(name)) for name, own in small.items()]
    return rows.with_columns(
        *(pl.when(~own).then(pl.col(name)).alias(name) for name, own in small.items()),
        pl.concat_list(named).list.drop_nulls().alias(HIDDEN_CELLS),
    )


def small_in_history(register: Register, plan: Plan, key: str | None = None) -> frozenset[str]:
    """The reported columns of a row whose cells are not shown beside one another: births and deaths of less than a county.

    key: the row's, as text; None for any row.
    """
    if key is not None and register.key == (CODE,) and len(key) <= DIGITS["county"]:
        return frozenset()
    return frozenset(one.id for one in register.reported if _counts_births_or_deaths(one, register, plan))


def _small(register: Register, plan: Plan) -> dict[str, pl.Expr]:
    """For each column that may hold one: where its cell is there and may not be shown, true or false."""
    found = {
        column.id: _of_part(register) & _is_told_by(column, register, plan)
        for column in register.reported
        if _counts_births_or_deaths(column, register, plan)
    }
    for column in register.computed:
        assert column.computed is not None
        behind = [found[name] for name in column.computed.names if name in found]
        if not behind:
            continue
        own = _of_part(register) & (pl.col(column.id) < SMALL_CELL) if column.type == "number" else pl.lit(False)
        found[column.id] = reduce(or_, behind, own)
    return {name: (small & pl.col(name).is_not_null()).fill_null(False) for name, small in found.items()}


def _counts_births_or_deaths(column: Column, register: Register, plan: Plan) -> bool:
    if column.type != "number":
        return False
    if register.built_in and column.id in plan.indicators:
        return bool(births_and_deaths(plan, [column.id]))
    return counts_births_or_deaths(column.id, column.title)


def _of_part(register: Register) -> pl.Expr:
    """True for a row that is of less than a whole county."""
    if register.key != (CODE,):
        return pl.lit(True)
    return pl.col(CODE).str.len_bytes() > DIGITS["county"]


def _is_told_by(column: Column, register: Register, plan: Plan) -> pl.Expr:
    """True where the number itself is small, or would tell a small one beside another that is shown."""
    if _is_drawn_from(column, register, plan):
        return pl.lit(True)
    if register.built_in and column.id in plan.indicators:
        small = small_cells(plan, [column.id], "district")[column.id]
    else:
        small = pl.col(column.id) < SMALL_CELL
    return small | (pl.col(CHANGED) != pl.col(SINCE)) | pl.col(_CORRECTED)


def _is_drawn_from(column: Column, register: Register, plan: Plan) -> bool:
    """True where an indicator sums the column."""
    figures = (one.rows for one in plan.indicators.values())
    return any(
        one is not None and one.register == register.id and one.kind == "sum" and one.column == column.id
        for one in figures
    )
