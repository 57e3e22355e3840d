"""Rows of a register as frames: the columns that every register has, and the kinds of those that its plan gives it.

A *state* is one row a key in order of code and key: `code` (text, without padding; whole numbers in the register of
districts), a column for each of the register's that is not computed, null for an empty cell, and the marks below.
`with_offices` adds what expressions know beside that.
"""

from __future__ import annotations

import polars as pl

from models.plan.lists import Column, Register

CODE = "code"
SINCE, CHANGED = ":since", ":changed"
"""As of when a row was first heard of, and last changed: microseconds UTC. No column's id holds a colon."""
BATCH = ":batch"
"""The report that last made the row what it is."""
WITHDRAWN = ":withdrawn"
NIL = ":nil"
"""True for a nil return (零报告): its code is the keeper's own, and every other cell is null."""
EMPTIED = ":emptied"
"""In the rows of a report alone: the columns whose cells were emptied with a dash."""
BEGINS = ":begins"
"""In the rows of a report alone: the cells are what a row begins with, and replace none that somebody has filled."""
WORDS = ":words"
"""How numbers of the row were written that have words or a unit, null where none has: see `models.rules.registers.words`."""
MARKS = {
    SINCE: pl.Int64(),
    CHANGED: pl.Int64(),
    BATCH: pl.Int64(),
    WITHDRAWN: pl.Boolean(),
    NIL: pl.Boolean(),
    WORDS: pl.String(),
}

_KINDS: dict[str, pl.DataType] = {
    "text": pl.String(),
    "number": pl.Float64(),
    "date": pl.Date(),
    "moment": pl.Datetime("us", "UTC"),
    "code": pl.String(),
    "yes_no": pl.Boolean(),
    "one_of": pl.String(),
}


def kind_of(column: Column) -> pl.DataType:
    """How the cells of a column are held; those of a `one_of` by the ids of their values."""
    held = _KINDS[column.type]
    return pl.List(held) if column.several else held


def rows_schema(register: Register) -> pl.Schema:
    """The columns of a state, in order."""
    own = {column.id: kind_of(column) for column in register.reported}
    return pl.Schema({CODE: pl.String(), **own, **MARKS})


def report_schema(register: Register) -> pl.Schema:
    """The columns of the rows of a report as they are archived: those cells that it gives, and what it withdraws."""
    own = {column.id: kind_of(column) for column in register.reported}
    return pl.Schema(
        {
            CODE: pl.String(),
            **own,
            WITHDRAWN: pl.Boolean(),
            NIL: pl.Boolean(),
            EMPTIED: pl.List(pl.String()),
            BEGINS: pl.Boolean(),
            WORDS: pl.String(),
        }
    )
