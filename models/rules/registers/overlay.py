"""Rows laid over one another: what a report makes of the rows that hold.

Reports are laid in order of their as-of moments, then of arrival. Given cells replace what was known, empty ones keep it,
and those that a report names as emptied go. Whatever two keepers report has nothing to do with one another.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from models.plan.lists import Register
from models.rules.registers.frames import (
    BATCH,
    BEGINS,
    CHANGED,
    CODE,
    EMPTIED,
    NIL,
    SINCE,
    WITHDRAWN,
    WORDS,
    report_schema,
    rows_schema,
)
from models.rules.registers.keys import KEEPER, beside, identity, keeper_digits, order_of
from models.rules.registers.sorting import in_order
from models.rules.registers.words import laid_words

_TOLD = ":told"
"""Which row of the report speaks of a row that is held."""
_NEW = ":new"


def no_rows(register: Register) -> pl.DataFrame:
    """A state of which nothing was ever reported."""
    return pl.DataFrame(schema=rows_schema(register))


def overlay(
    state: pl.DataFrame, rows: pl.DataFrame, register: Register, as_of: int, batch: int, *, in_order: bool = False
) -> pl.DataFrame:
    """The state after a report of rows, none of its keys twice in it. state: `rows_schema`; rows: `report_schema`.
    in_order: whether they come in order of code and key.

    A row that is withdrawn stays, marked, until it is reported again: then it is new, with the given cells alone. One that
    nobody knows cannot be withdrawn. A nil return goes when its keeper has rows. `:changed` and `:batch` are those of the
    last report that made the row another one.
    """
    is_nil = pl.col(NIL).fill_null(False)
    if in_order and state.is_empty() and not rows.select((is_nil | pl.col(WITHDRAWN).fill_null(False)).any()).item():
        return _as_new(rows, register, as_of, batch)
    told = rows.filter(~is_nil).with_columns(keeper_digits(register).alias(KEEPER))
    held = state.filter(~pl.col(NIL)).with_columns(keeper_digits(register).alias(KEEPER))
    laid, stays = _laid(held, told, register, as_of, batch)
    nil = _nil_returns(state.filter(pl.col(NIL)), rows.filter(is_nil), register, as_of, batch)
    if nil.height:
        keeping = laid.filter(~pl.col(WITHDRAWN)).select(keeper_digits(register).alias(KEEPER)).unique()
        nil = nil.join(keeping, left_on=CODE, right_on=KEEPER, how="anti")
    return laid if stays and nil.is_empty() else merged([laid, nil], register)


def _laid(
    held: pl.DataFrame, told: pl.DataFrame, register: Register, as_of: int, batch: int
) -> tuple[pl.DataFrame, bool]:
    """The rows, and whether they stand in order."""
    by, names = identity(register), rows_schema(register).names()
    told = told.with_columns(pl.col(WITHDRAWN).fill_null(False))
    given = told.filter(~pl.col(WITHDRAWN))
    if held.is_empty():
        return _as_new(given, register, as_of, batch), False
    said = told.select(*by, pl.exclude(by).name.suffix(_NEW)).with_row_index(_TOLD)
    both = beside(held, said, by, all_rows=True)
    is_known = pl.repeat(False, told.height, dtype=pl.Boolean, eager=True).scatter(both[_TOLD].drop_nulls(), True)
    fresh = told.filter(~is_known & ~told[WITHDRAWN])
    gone, withdraws = pl.col(WITHDRAWN), pl.col(f"{WITHDRAWN}{_NEW}")
    known = pl.col(_TOLD).is_not_null()
    marks = {
        "gives": known & ~withdraws,
        "back": known & ~withdraws & gone,
        "goes": known & withdraws & ~gone,
    }
    both = both.with_columns(**{f":{name}": mark.fill_null(False) for name, mark in marks.items()})
    emptied = set(told[EMPTIED].explode().drop_nulls()) if told[EMPTIED].null_count() < told.height else set()
    others = [name for name in (CODE, *(column.id for column in register.reported)) if name not in by]
    if not held[WITHDRAWN].any():  # what comes back begins anew; of rows that are there only what is said is another
        others = [name for name in others if name in emptied or told[name].null_count() < told.height]
    cells = [_cell(name, emptied=name in emptied) for name in others]
    was = [pl.col(name).alias(f"{name}:was") for name in others]
    both = both.with_columns(*was, *cells)
    both = _with_words(both, register)
    other = [pl.col(name).ne_missing(pl.col(f"{name}:was")) for name in others]
    if WORDS in both.columns and f"{WORDS}:was" in both.columns:
        other.append(pl.col(WORDS).ne_missing(pl.col(f"{WORDS}:was")))
    differs = pl.any_horizontal(pl.col(":back"), pl.col(":goes"), *(pl.col(":gives") & one for one in other))
    both = both.with_columns(differs.alias(":differs"))
    laid = both.with_columns(
        pl.when(":back").then(pl.lit(as_of, pl.Int64)).otherwise(SINCE).alias(SINCE),
        pl.when(":differs").then(pl.lit(as_of, pl.Int64)).otherwise(CHANGED).alias(CHANGED),
        pl.when(":differs").then(pl.lit(batch, pl.Int64)).otherwise(BATCH).alias(BATCH),
        ((gone & ~pl.col(":back")) | pl.col(":goes")).alias(WITHDRAWN),
    )
    moved = CODE in others and (both[CODE] != both[f"{CODE}:was"]).any()
    return pl.concat([laid.select(names), _as_new(fresh, register, as_of, batch)]), fresh.is_empty() and not moved


def _with_words(both: pl.DataFrame, register: Register) -> pl.DataFrame:
    """How numbers are written now; most lists have no words at all."""
    new = f"{WORDS}{_NEW}"
    if both[WORDS].null_count() == both.height == both[new].null_count():
        return both
    numbers = [one.id for one in register.reported if one.type == "number" and one.id not in register.key]
    was = [f"{name}:was" for name in numbers if f"{name}:was" in both.columns]
    of_report = [f"{name}{_NEW}" for name in (*numbers, EMPTIED, BEGINS)]
    rows = both.select(WORDS, new, ":back", ":gives", *of_report, *was)
    texts = []
    for row in rows.iter_rows(named=True):
        given = {name for name in numbers if row[f"{name}{_NEW}"] is not None}
        if row[f"{BEGINS}{_NEW}"]:
            given = {name for name in given if row.get(f"{name}:was") is None}
        if row[":back"]:
            texts.append(row[new])
        elif row[":gives"]:
            texts.append(laid_words(row[WORDS], row[new], given, row[f"{EMPTIED}{_NEW}"] or ()))
        else:
            texts.append(row[WORDS])
    return both.with_columns(pl.col(WORDS).alias(f"{WORDS}:was"), pl.Series(WORDS, texts, dtype=pl.String))


def _cell(name: str, *, emptied: bool) -> pl.Expr:
    """What stands in a cell now. emptied: whether the report empties it in any row."""
    old, new = pl.col(name), pl.col(f"{name}{_NEW}")
    begins = pl.col(f"{BEGINS}{_NEW}").fill_null(False)
    kept = pl.when(begins).then(pl.coalesce(old, new)).otherwise(pl.coalesce(new, old))
    if emptied:
        named = pl.col(f"{EMPTIED}{_NEW}").list.contains(name).fill_null(False)
        kept = pl.when(named).then(pl.lit(None)).otherwise(kept)
    return pl.when(":back").then(new).when(":gives").then(kept).otherwise(old).alias(name)


def _as_new(rows: pl.DataFrame, register: Register, as_of: int, batch: int) -> pl.DataFrame:
    """Rows of a report as they stand where nothing was known of them."""
    return rows.with_columns(
        pl.lit(as_of, pl.Int64).alias(SINCE),
        pl.lit(as_of, pl.Int64).alias(CHANGED),
        pl.lit(batch, pl.Int64).alias(BATCH),
        pl.lit(False).alias(WITHDRAWN),
        pl.col(NIL).fill_null(False),
    ).select(rows_schema(register).names())


def _nil_returns(held: pl.DataFrame, told: pl.DataFrame, register: Register, as_of: int, batch: int) -> pl.DataFrame:
    """The nil returns that are known: one that is sent again says nothing new."""
    return pl.concat([held, _as_new(told.unique(CODE).join(held, on=CODE, how="anti"), register, as_of, batch)])


def told_in_order(rows: pl.DataFrame, register: Register) -> pl.DataFrame:
    """The rows of a report as they are archived: `report_schema`, in order of code and key."""
    schema = report_schema(register)
    return in_order(rows.select(schema.names()).cast(schema), order_of(register), nulls_last=True)


def merged(parts: Sequence[pl.DataFrame], register: Register) -> pl.DataFrame:
    """Rows of different keepers together, in order."""
    return in_order(pl.concat(parts), order_of(register), nulls_last=True)
