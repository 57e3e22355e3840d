"""Rows that have changed since the base of a state was written (变动): one row a key, which takes the place of the base's.

Frames of changes are `changes_schema`: a row as it stands now, and AT, the place in the base of the row that it replaces, null
where the base has none. A nil return that is over is one that is withdrawn.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from operator import xor

import polars as pl

from models.plan.lists import Register
from models.rules.registers.frames import BATCH, CODE, NIL, WITHDRAWN, rows_schema
from models.rules.registers.keys import KEEPER, identity, keeper_digits, order_of
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


def perhaps_of_names(rows: pl.LazyFrame, told: pl.DataFrame, register: Register) -> pl.LazyFrame:
    """Those of some rows among which are all that a report names where they lay: they have the hash of one of its rows. Those that
    have none are hardly read."""
    return _hashed_as(rows, told, order_of(register))


def of_names(
    rows: pl.LazyFrame, told: pl.DataFrame, register: Register, perhaps: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Those of some rows that a report speaks of, and the nil returns of their keepers. told: as of `names_of`; perhaps: as of
    `perhaps_of_names`, where somebody has read them already.

    Few rows have the hash of one that is told; only they are held against the names. A row that is known under another code is
    looked for by its key alone.
    """
    by, order = identity(register), order_of(register)
    found = perhaps_of_names(rows, told, register).collect() if perhaps is None else perhaps
    if found.select(order).equals(told.select(order)) and not found[NIL].any():
        return found  # mostly each row is known, where it lay
    found = _named_so(found, names_of(told, register), register)
    if KEEPER not in by:
        return found
    known = _keyed(found, register).select(by)
    lacking = told.with_columns(keeper_digits(register).alias(KEEPER)).join(known, on=by, how="anti", nulls_equal=True)
    if lacking.is_empty():
        return found
    moved = _named_so(_hashed_as(rows, lacking, register.key).collect(), names_of(lacking, register), register)
    return pl.concat([found, moved.filter(~pl.col(NIL))])


def _hashed_as(rows: pl.LazyFrame, told: pl.DataFrame, names: Sequence[str]) -> pl.LazyFrame:
    """Those of some rows whose cells have the hash that those of one that is told have, and all nil returns."""
    plain = [name for name in names if not told.schema[name].is_nested()]
    if not plain:
        return rows
    number = reduce(xor, (pl.col(name).hash(seed) for seed, name in enumerate(plain)))
    return rows.filter(number.is_in(told.select(number).to_series().implode()) | pl.col(NIL))


def _named_so(rows: pl.DataFrame, names: pl.DataFrame, register: Register) -> pl.DataFrame:
    by = identity(register)
    keyed = _keyed(rows, register) if KEEPER in by else rows
    return keyed.join(names, on=by, how="semi", nulls_equal=True, maintain_order="left").select(pl.exclude(KEEPER))


def same_rows(before: pl.DataFrame, after: pl.DataFrame, register: Register) -> bool:
    """Whether a report brought no new row and took none, so that all lie where they lay. before, after: as of `changed`."""
    by = [*identity(register), NIL]
    return _keyed(after, register).select(by).equals(_keyed(before, register).select(by))


def changed(before: pl.DataFrame, after: pl.DataFrame, register: Register, batch: int, *, same: bool) -> pl.DataFrame:
    """What the report `batch` changed. before: the rows that it names, with AT; after: the same rows with the report; same: what
    `same_rows` says of them."""
    by, names = [*identity(register), NIL], changes_schema(register).names()
    if same:
        return after.with_columns(before[AT]).filter(pl.col(BATCH) == batch).select(names)
    known, made = _keyed(before, register), _keyed(after, register)
    made = made.filter(pl.col(BATCH) == batch)
    made = made.join(known.select(*by, AT), on=by, how="left", nulls_equal=True, maintain_order="left")
    over = before.filter(NIL).join(after.filter(NIL), on=CODE, how="anti").with_columns(pl.lit(True).alias(WITHDRAWN))
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


def columns_of(before: pl.DataFrame, after: pl.DataFrame, *, same: bool) -> frozenset[str] | None:
    """The columns in which any row stands otherwise after a report than before it; None where rows came, or nil returns went,
    which is not told column by column.

    before, after, same: as of `changed`.
    """
    if not same:
        return None
    names = (name for name in after.columns if name in before.columns)
    return frozenset(name for name in names if not before[name].equals(after[name], null_equal=True))


def laid_over(
    base: pl.DataFrame, changes: pl.DataFrame, order: Sequence[str], columns: Collection[str] | None = None
) -> pl.DataFrame:
    """The rows of a base with what has changed since, in order. base: of the areas of the changes, all of it, with AT.
    columns: those in which any of them stands otherwise than in the base (None: any column may); the others are not copied.

    Rows that stay where they are, most of them, are written over; only codes that rows come to are sorted again.
    """
    names = [name for name in base.columns if name != AT]
    known = changes.filter(pl.col(AT).is_not_null())
    places = known[AT]
    if base.height and base[AT][-1] != base.height - 1:
        places = base[AT].search_sorted(known[AT]).cast(pl.UInt32)
    over = known.select(_OVER).to_series()
    stays = ~over & (known[CODE] == base[CODE].gather(places))
    put = known.filter(stays)
    there = places.filter(stays)
    others = [name for name in names if name not in order and (columns is None or name in columns)]
    base = base.with_columns(_put(base[name], there, put[name]) for name in others)
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
