"""What became of one row: every report that made it another one, and who sent it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection
from sqlmodel import col, select

from models.moments import micros
from models.plan.lists import Register
from models.rules.registers.districts import as_rows, empty_state
from models.rules.registers.districts import overlay as overlay_districts
from models.rules.registers.frames import CODE, NIL, WITHDRAWN
from models.rules.registers.keys import keeper_digits, keeper_of, key_text
from models.rules.registers.overlay import no_rows, overlay
from models.tables import Batch
from models.units import DIGITS, is_code
from tasks.archive.address import open_archive
from tasks.archive.place import Archive
from tasks.campaign.store import Store
from tasks.registers.archived import Archived, archived_districts, archived_reports, read_districts, read_rows

Cells = Mapping[str, Any]
"""Values by the ids of columns; moments in UTC."""


@dataclass(frozen=True)
class RowChange:
    """One report that changed a row, as of microseconds UTC.

    was, now: the cells that it changed, `code` among them where the row moved to another one; of a row that was not there
    before `was` is empty, and of one that it withdrew `now` is.
    """

    as_of: int
    by: str
    batch: int
    was: Cells
    now: Cells


def history_of(
    store: Store, register: Register, key: str, unit: str | None = None, until: datetime | None = None
) -> list[RowChange]:
    """What became of a row up to `until` (None: to this day), in the order in which reports hold; nothing where none speaks of it.

    key: as `key_text` writes it. unit: where the key lacks the code, the row's keeper or an office below it. Refusal if the
    archive lacks a report.
    """
    code = _code_in(register, key)
    archive = open_archive(store)
    with store.one_moment() as connection:
        if register.built_in:
            states = _of_district(connection, archive, register, key)
        else:
            keeper = keeper_of(code or unit or "", register)
            states = _of_row(connection, archive, register, keeper, key_text(register, store.zone) == key)
        changes = []
        before: Cells | None = None
        for archived, now in states:
            if now != before and (until is None or archived.as_of <= micros(until)):
                changes.append((archived, before, now))
                before = now
        authors = _authors(connection, [archived.batch for archived, _, _ in changes])
    return [
        RowChange(archived.as_of, authors[archived.batch], archived.batch, *_changed(was, now, register))
        for archived, was, now in changes
    ]


def _code_in(register: Register, key: str) -> str | None:
    """The code in a key; None where it has none, or a `/` of its own leaves open which part it is."""
    parts = key.split("/")
    if register.key[0] == CODE:
        found = parts[0]
    elif CODE in register.key and len(parts) == len(register.key):
        found = parts[register.key.index(CODE)]
    else:
        return None
    return found if is_code(found) else None


def _of_row(
    connection: Connection, archive: Archive, register: Register, keeper: str, which: pl.Expr
) -> Iterator[tuple[Archived, Cells | None]]:
    """The row's cells after each report of its keeper's that speaks of it; None while it is not there."""
    state = no_rows(register)
    for archived in archived_reports(connection, register.id):
        if archived.may_speak_of(keeper):
            rows = read_rows(archive, archived, register, keeper)
            rows = rows.filter(~pl.col(NIL).fill_null(False), keeper_digits(register).str.starts_with(keeper), which)
            if rows.height:
                state = overlay(state, rows, register, archived.as_of, archived.batch)
                yield archived, _cells(state, register)


def _of_district(
    connection: Connection, archive: Archive, register: Register, code: str
) -> Iterator[tuple[Archived, Cells | None]]:
    if len(code) != DIGITS["district"] or not is_code(code):
        return
    state, township = empty_state(), pl.Series([int(code[: DIGITS["township"]])])
    for archived in archived_districts(connection):
        if archived.may_speak_of(code):
            rows = read_districts(archive, archived, None, township).filter(pl.col(CODE) == int(code))
            if rows.height:
                state = overlay_districts(state, rows, archived.as_of)
                yield archived, _cells(as_rows(state.lazy(), register).collect(), register)


def _cells(state: pl.DataFrame, register: Register) -> Cells | None:
    live = state.filter(~pl.col(WITHDRAWN))
    if live.is_empty():
        return None
    return live.select(CODE, *(column.id for column in register.reported)).row(0, named=True)


def _changed(was: Cells | None, now: Cells | None, register: Register) -> tuple[Cells, Cells]:
    if was is None or now is None:
        return _said(was, register), _said(now, register)
    names = [name for name in now if now[name] != was[name]]
    return {name: was[name] for name in names}, {name: now[name] for name in names}


def _said(cells: Cells | None, register: Register) -> Cells:
    """All that stands in a row."""
    if cells is None:
        return {}
    return {column.id: cells[column.id] for column in register.reported if cells[column.id] is not None}


def _authors(connection: Connection, batches: list[int]) -> dict[int, str]:
    found = connection.execute(select(Batch.id, Batch.author).where(col(Batch.id).in_(batches)))
    return {row.id: row.author for row in found}
