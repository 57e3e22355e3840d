"""Rows of a register as programs and people read them: key, code, cells, since when, changed when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

import polars as pl

from models.moments import moment_at
from models.plan.lists import Column, Register
from models.rules.registers.frames import CHANGED, CODE, SINCE, WORDS
from models.rules.registers.keys import key_text
from models.rules.registers.words import in_words
from models.wording import COMMA, Lang, Said

KEY = ":key"
HIDDEN_CELLS = ":hidden"
"""Beside rows: the columns whose cell there may not be shown (`rules.judging.small_rows`)."""
Cell = str | float | int | bool | list[str] | None
"""A day as 2020-11-20, a moment with its offset, a number without a fraction as a whole one; null for an empty cell."""
_EXACT = 2**53
"""Up to here a number without a fraction is certainly a whole one."""


@dataclass(frozen=True)
class ShownRow:
    """One row. cells: by the ids of the register's columns, computed ones among them; since, changed: microseconds.

    hidden: the columns whose cell is not shown, and null here. written: the numbers that have words, as they were written.
    """

    key: str
    code: str
    cells: dict[str, Cell]
    since: int
    changed: int
    hidden: tuple[str, ...] = ()
    written: Mapping[str, str] = field(default_factory=dict)


def shown_rows(rows: pl.DataFrame, register: Register, zone: tzinfo) -> Iterator[ShownRow]:
    """Rows in their order. rows: `rows_schema` with the computed columns (`with_computed`), HIDDEN_CELLS perhaps."""
    keyed = with_keys(rows, register, zone)
    for row in keyed.iter_rows(named=True):
        yield ShownRow(
            key=row[KEY],
            code=row[CODE],
            cells={name: shown_cell(row[name], zone) for name in register.columns if name in row},
            since=row[SINCE],
            changed=row[CHANGED],
            hidden=tuple(row.get(HIDDEN_CELLS, ())),
            written={name: text for name, text in in_words(row.get(WORDS)).items() if row.get(name) is not None},
        )


def with_keys(rows: pl.DataFrame, register: Register, zone: tzinfo) -> pl.DataFrame:
    """Add to rows their KEY as text, its parts joined by `/`."""
    return rows.with_columns(key_text(register, zone).fill_null("").alias(KEY))


def in_json(row: ShownRow, zone: tzinfo) -> dict[str, Any]:
    """A row as JSON has it everywhere."""
    found = {
        "key": row.key,
        "code": row.code,
        "cells": row.cells,
        "since": moment_at(row.since, zone).isoformat(),
        "changed": moment_at(row.changed, zone).isoformat(),
    }
    if row.written:
        found["written"] = dict(row.written)
    return {**found, "hidden": True} if row.hidden else found


def shown_cell(value: object, zone: tzinfo) -> Cell:
    """A cell of a frame as it is shown."""
    match value:
        case datetime():
            return value.astimezone(zone).isoformat()
        case date():
            return value.isoformat()
        case float():
            return int(value) if value.is_integer() and abs(value) < _EXACT else value
        case list():
            return [str(one) for one in value]
        case None | str() | bool() | int():
            return value
        case _:
            return str(value)


def said_cell(column: Column, value: Cell, lang: Lang) -> str:
    """A shown cell as an office writes it: 核实中, 是, 2020-11-20 17:00; a dash for an empty one."""
    if value is None or value == "":  # a part of a key that may be empty is a text
        return "—"
    if isinstance(value, bool):
        return (Said("是", "yes") if value else Said("否", "no")).in_language(lang)
    if column.type == "moment" and isinstance(value, str):
        at = datetime.fromisoformat(value)
        return f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"
    each = value if isinstance(value, list) else [str(value)]
    named = [column.values.get(one, one) if lang == "zh" else one for one in each]
    return COMMA.in_language(lang).join(named)


def columns_filled(rows: pl.DataFrame, register: Register) -> Sequence[Column]:
    """The columns of a register in which some row has a cell: those of the key first, then in the order of the plan."""
    own = [register.columns[name] for name in register.key if name != CODE]
    others = (column for column in register.columns.values() if column not in own)
    filled = (one for one in others if one.id in rows.columns and rows[one.id].null_count() < rows.height)
    return [*own, *filled]
