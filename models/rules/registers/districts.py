"""Districts (普查小区) as a register: their latest figures and whatever else they are asked for.

A *state* has one row a district in code order: code (a whole number of 15 digits), code:known (when it was first heard of,
microseconds UTC), `:changed` (when it last stood in a report), and for each reported column its latest value, null where
none was ever reported. Only where a district was withdrawn there is `:withdrawn`: true while it is, false once it has come
back, null where it never was; code:known is then the moment since which that is so. The state of a period has the figures of
that period alone, and code:seen, null for districts that stand in no report of it. Rows of a report have code, columns, and
`:withdrawn` where it withdraws any, `:emptied` (names of columns) where it empties cells. Only where a cell of a district was
ever emptied there is `:cleared`, true from then on, in its state.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from models.plan.lists import Register
from models.rules.registers.frames import BATCH, CHANGED, CODE, EMPTIED, NIL, SINCE, WITHDRAWN, WORDS, kind_of

KNOWN, SEEN, CLEARED = "code:known", "code:seen", ":cleared"
MARKS = frozenset({CODE, KNOWN, CHANGED, WITHDRAWN, EMPTIED, CLEARED})
"""The columns of a state, and of rows, that are no cells."""
_NAMES = pl.List(pl.String())


def empty_state() -> pl.DataFrame:
    """No district known."""
    return pl.DataFrame(schema={CODE: pl.Int64, KNOWN: pl.Int64, CHANGED: pl.Int64})


def overlay(state: pl.DataFrame, rows: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """The state after a report: its figures hold where it has any, and its districts are known from `as_of` on.

    rows: code and columns, one row a district in code order. Reports that withdraw districts or empty cells, or of districts
    of which that is known, come in the order of their moments.
    """
    if EMPTIED in rows.columns or CLEARED in state.columns:
        laid = overlay(state.drop(CLEARED, strict=False), rows.drop(EMPTIED, strict=False), as_of)
        return _with_emptied(laid, state, rows)
    if WITHDRAWN in rows.columns or WITHDRAWN in state.columns:
        return _with_withdrawn(state, rows, as_of)
    given = [name for name in rows.columns if name != CODE]
    moment = pl.lit(as_of, pl.Int64)
    if state.is_empty():
        return rows.select(CODE, moment.alias(KNOWN), moment.alias(CHANGED), *given)
    if CHANGED not in state.columns:  # a file of an earlier version
        state = state.with_columns(pl.lit(None, pl.Int64).alias(CHANGED))
    if state[CODE].equals(rows[CODE]):
        newer = [
            rows[name] if name not in state.columns else pl.coalesce(rows[name], name).alias(name) for name in given
        ]
        known, changed = (
            pl.min_horizontal(KNOWN, moment).alias(KNOWN),
            pl.max_horizontal(CHANGED, moment).alias(CHANGED),
        )
        return state.with_columns(*newer, known, changed)
    both = _beside(state, rows.with_columns(moment.alias(KNOWN)))
    newer = [pl.coalesce(f"{name}:new", name).alias(name) for name in given if name in state.columns]
    known = pl.min_horizontal(KNOWN, f"{KNOWN}:new").alias(KNOWN)
    changed = pl.max_horizontal(CHANGED, f"{KNOWN}:new").alias(CHANGED)
    names = [*state.columns, *(name for name in given if name not in state.columns)]
    return both.with_columns(known, changed, *newer).select(names).sort(CODE)


def _beside(state: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    return state.join(rows, on=CODE, how="full", coalesce=True, suffix=":new")


def _with_withdrawn(state: pl.DataFrame, rows: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """The same where districts are, or were, withdrawn. Nobody can withdraw one that is not there."""
    state, rows = (_with_marks(frame) for frame in (state, rows))
    there = state.filter(~gone()).select(CODE)
    rows = pl.concat([rows.filter(~gone()), rows.filter(gone()).join(there, on=CODE, how="semi")])
    given = [name for name in rows.columns if name not in MARKS]
    empty = [pl.lit(None, rows.schema[name]).alias(name) for name in given if name not in state.columns]
    both = _beside(
        state.with_columns(empty), rows.drop(KNOWN, CHANGED).with_columns(pl.lit(as_of, pl.Int64).alias(":at"))
    )
    told = pl.col(":at").is_not_null()
    goes = told & pl.col(f"{WITHDRAWN}:new").fill_null(False)
    back = told & ~goes & gone()
    cells = [
        pl.when(back)
        .then(f"{name}:new" if name in given else None)
        .when(goes)
        .then(name)
        .otherwise(pl.coalesce(f"{name}:new", name) if name in given else pl.col(name))
        .alias(name)
        for name in [*state.columns, *(name for name in given if name not in state.columns)]
        if name not in MARKS
    ]
    return both.select(
        CODE,
        pl.when(goes | back).then(":at").otherwise(pl.min_horizontal(KNOWN, ":at")).alias(KNOWN),
        pl.max_horizontal(CHANGED, ":at").alias(CHANGED),
        pl.when(goes).then(True).when(back).then(False).otherwise(WITHDRAWN).alias(WITHDRAWN),
        *cells,
    ).sort(CODE)


def _with_emptied(laid: pl.DataFrame, state: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The state `laid` without the cells that the rows empty, and with the mark of every district that ever had one emptied."""
    marks = state.select(CODE, CLEARED) if CLEARED in state.columns else state.select(CODE).clear()
    told = alive(rows) if EMPTIED in rows.columns else rows.clear().with_columns(pl.lit(None, _NAMES).alias(EMPTIED))
    told = told.select(CODE, EMPTIED).filter(pl.col(EMPTIED).is_not_null())
    names = [name for name in told[EMPTIED].explode().unique(maintain_order=True) if name in laid.columns]
    both = laid.join(told, on=CODE, how="left", maintain_order="left").join(
        marks, on=CODE, how="left", maintain_order="left"
    )
    empties = {name: pl.col(EMPTIED).list.contains(name).fill_null(False) for name in names}
    cells = [pl.when(~here).then(name).alias(name) for name, here in empties.items()]
    before = pl.col(CLEARED) if CLEARED in both.columns else pl.lit(None, pl.Boolean)
    cleared = pl.when(pl.col(EMPTIED).is_not_null()).then(True).otherwise(before).alias(CLEARED)
    return both.with_columns(*cells, cleared).drop(EMPTIED)


def _with_marks(frame: pl.DataFrame) -> pl.DataFrame:
    marks = {KNOWN: pl.Int64, CHANGED: pl.Int64, WITHDRAWN: pl.Boolean}
    return frame.with_columns(
        pl.lit(None, kind).alias(name) for name, kind in marks.items() if name not in frame.columns
    )


def gone() -> pl.Expr:
    """Districts that are withdrawn, in a state; that a report withdraws, in its rows."""
    return pl.col(WITHDRAWN).fill_null(False)


def alive(frame: pl.DataFrame) -> pl.DataFrame:
    """The districts that there are, or that a report tells of without withdrawing them."""
    return frame.filter(~gone()) if WITHDRAWN in frame.columns else frame


def have_lives(frame: pl.DataFrame) -> bool:
    """Whether any of these districts was ever withdrawn, or a cell of it emptied, or is by these rows: then only reports in their
    order tell what was."""
    return any(
        frame[name].null_count() < frame.height for name in (WITHDRAWN, EMPTIED, CLEARED) if name in frame.columns
    )


def open_columns(state: pl.DataFrame, latest: pl.DataFrame) -> list[str]:
    """Columns with cells that are null in `state` and not in `latest`, a later state of at least its districts."""
    names = [name for name in latest.columns if name not in MARKS]
    now = state.select(CODE).join(latest, on=CODE, how="left", maintain_order="left")
    return [
        name
        for name in names
        if (now[name].is_not_null() & (state[name].is_null() if name in state.columns else True)).any()
    ]


def fill_from(state: pl.DataFrame, older: pl.DataFrame) -> pl.DataFrame:
    """The state with its empty cells taken from an older report. No district is added."""
    both = state.join(older, on=CODE, how="left", suffix=":old", maintain_order="left")
    names = [name for name in older.columns if name != CODE and name in state.columns]
    filled = [pl.coalesce(name, f"{name}:old").alias(name) for name in names]
    return both.with_columns(filled).drop(f"{name}:old" for name in names)


def seen(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a report with the mark that their districts stand in it."""
    return rows.with_columns(pl.lit(1.0).alias(SEEN))


def begun(districts: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """The state in which a period begins: these districts, and not a figure of theirs."""
    nothing = (pl.lit(None, pl.Float64).alias(name) for name in (*names, SEEN))
    return districts.select(name for name in districts.columns if name in MARKS).with_columns(nothing)


def as_rows(state: pl.LazyFrame, register: Register) -> pl.LazyFrame:
    """A state of districts as `rows_schema` has the rows of any register; no report is named in `:batch`."""
    have = state.collect_schema()

    def column(name: str, kind: pl.DataType, of: str | None = None) -> pl.Expr:
        own = of or name
        return (pl.col(own).cast(kind, strict=False) if own in have else pl.lit(None, kind)).alias(name)

    return state.select(
        column(CODE, pl.String()),
        *(column(one.id, kind_of(one)) for one in register.reported),
        column(SINCE, pl.Int64(), KNOWN),
        column(CHANGED, pl.Int64()),
        pl.lit(None, pl.Int64).alias(BATCH),
        column(WITHDRAWN, pl.Boolean()).fill_null(False),
        pl.lit(False).alias(NIL),
        pl.lit(None, pl.String).alias(WORDS),
    )
