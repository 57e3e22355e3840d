"""Rows that have changed since the base of a state was written (变动): one row a key, which takes the place of the base's.

Frames of changes are `changes_schema`: a row as it stands now, and AT, the place in the base of the row that it replaces, null
where the base has none. A nil return that is over is one that is withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from models.plan.lists import Register
from models.rules.registers.frames import BATCH, CODE, NIL, WITHDRAWN, rows_schema
from models.rules.registers.keys import KEEPER, identity, keeper_digits
from models.rules.registers.sorting import in_order

AT = ":at"
_OVER = pl.col(NIL) & pl.col(WITHDRAWN)


def changes_schema(register: Register) -> pl.Schema:
    """The columns of changes, in order."""
    return pl.Schema({**rows_schema(register), AT: pl.UInt32()})


def names_of(told: pl.DataFrame, register: Register) -> pl.DataFrame:
    """What names the rows that a report speaks of, and the nil returns of their keepers: the columns of `identity`.

    told: rows with the code and the key, none of them a nil return.
    """
    by = identity(register)
    keyed = told.select(CODE, *(name for name in register.key if name != CODE)).with_columns(
        keeper_digits(register).alias(KEEPER)
    )
    keepers = keyed.select(pl.col(KEEPER).unique(maintain_order=True))
    of_nil = keepers.select(
        pl.col(KEEPER).alias(name) if name in (CODE, KEEPER) else pl.lit(None, keyed.schema[name]).alias(name)
        for name in by
    )
    return pl.concat([keyed.select(by), of_nil])


def of_names(rows: pl.LazyFrame, names: pl.DataFrame, register: Register) -> pl.LazyFrame:
    """Those of some rows that are named so."""
    by = identity(register)
    keyed = rows.with_columns(keeper_digits(register).alias(KEEPER)) if KEEPER in by else rows
    return keyed.join(names.lazy(), on=by, how="semi", nulls_equal=True).select(pl.exclude(KEEPER))


def changed(before: pl.DataFrame, after: pl.DataFrame, register: Register, batch: int) -> pl.DataFrame:
    """What the report `batch` changed. before: the rows that it names, with AT; after: the same rows with the report."""
    by = [*identity(register), NIL]
    known, made = _keyed(before, register), _keyed(after, register)
    if made.select(by).equals(known.select(by)):  # no new row among them: they lie where they lay
        made = made.with_columns(known[AT]).filter(pl.col(BATCH) == batch)
    else:
        made = made.filter(pl.col(BATCH) == batch)
        made = made.join(known.select(*by, AT), on=by, how="left", nulls_equal=True, maintain_order="left")
    over = before.filter(NIL).join(after.filter(NIL), on=CODE, how="anti").with_columns(pl.lit(True).alias(WITHDRAWN))
    names = changes_schema(register).names()
    return pl.concat([made.select(names), over.select(names)]) if over.height else made.select(names)


def newest(changes: Sequence[pl.DataFrame], register: Register) -> pl.DataFrame:
    """Changes of the same areas, the oldest first, laid together."""
    parts = [one for one in changes if one.height]
    if not parts:
        return pl.DataFrame(schema=changes_schema(register))
    if len(parts) == 1:
        return parts[0]
    by = [*identity(register), NIL]
    stacked = _keyed(pl.concat(reversed(parts)), register)
    return stacked.unique(by, keep="first", maintain_order=True).select(changes_schema(register).names())


def still_there(changes: pl.DataFrame) -> pl.DataFrame:
    """Without nil returns that are over."""
    return changes.filter(~_OVER)


def _keyed(rows: pl.DataFrame, register: Register) -> pl.DataFrame:
    return rows.with_columns(keeper_digits(register).alias(KEEPER))


def laid_over(base: pl.DataFrame, changes: pl.DataFrame, order: Sequence[str]) -> pl.DataFrame:
    """The rows of a base with what has changed since, in order. base: of the areas of the changes, all of it, with AT.

    Rows that stay where they are, most of them, are written over; only codes that rows come to are sorted again.
    """
    names = [name for name in base.columns if name != AT]
    known = changes.filter(pl.col(AT).is_not_null())
    places = base[AT].search_sorted(known[AT]).cast(pl.UInt32)
    over = known.select(_OVER).to_series()
    stays = ~over & (known[CODE] == base[CODE].gather(places))
    put = known.filter(stays)
    there = places.filter(stays)
    base = base.with_columns(_put(base[name], there, put[name]) for name in names if name not in order)
    new = pl.concat([known.filter(~over & ~stays), changes.filter(pl.col(AT).is_null() & ~_OVER)]).select(names)
    left = places.filter(~stays)
    if left.len():
        base = base.filter(pl.repeat(True, base.height, dtype=pl.Boolean, eager=True).scatter(left, False))
    base = base.select(names)
    if new.is_empty():
        return base
    again = base[CODE].is_in(new[CODE].unique().implode())
    both = in_order(pl.concat([base.filter(again), new]), order, nulls_last=True)
    return base.filter(~again).merge_sorted(both, key=CODE)


def _put(column: pl.Series, places: pl.Series, values: pl.Series) -> pl.Series:
    """A column with some of its cells replaced."""
    if not column.dtype.is_nested():
        return column.scatter(places, values)
    rows = pl.int_range(0, len(column), dtype=pl.UInt32, eager=True)
    found = pl.int_range(len(column), len(column) + len(values), dtype=pl.UInt32, eager=True)
    return pl.concat([column, values]).gather(rows.scatter(places, found))
