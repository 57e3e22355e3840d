"""The rows of registers as they stand now, or stood at a moment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Connection
from sqlmodel import col, select

from models.moments import micros
from models.plan.lists import Register
from models.rules.registers.districts import as_rows
from models.rules.registers.frames import CODE, MARKS, rows_schema
from models.rules.registers.kept_files import KeptFiles
from models.tables import Batch, RegisterState
from tasks.archive.address import open_archive
from tasks.archive.place import Archive
from tasks.campaign.store import Store
from tasks.registers.archived import UNREADABLE, Archived, archived_reports
from tasks.registers.districts import districts_until
from tasks.registers.rows import HeldRows, rows_at, rows_out_of
from tasks.registers.states import kept_states, read_files

_FEW = 2
"""Provinces, each of which looks into a file of changes for itself."""


def rows_of(
    store: Store,
    register: Register,
    until: datetime,
    provinces: Collection[str] | None = None,
    columns: Collection[str] | None = None,
    known_by: datetime | None = None,
    states: Sequence[RegisterState] | None = None,
) -> pl.DataFrame:
    """The rows of a register as they stood at `until`, in order of code and key: `rows_schema`, withdrawn ones and nil
    returns among them, marked.

    provinces: those whose rows matter (None: all). states: what the database said of these, where somebody has read it
    already (`states_of`). columns: of the register's own, those that matter (None: all). known_by: without the reports
    that were taken in later (None: with all; the register of districts has them always). Refusal where a state has to be
    made again, or the past is asked for, and the archive lacks a report.
    """
    known = rows_schema(register).names()
    names = [name for name in known if columns is None or name in (CODE, *MARKS, *columns)]
    archive, moment = open_archive(store), micros(until)
    if states is not None and known_by is None and all(kept.until <= moment for kept in states):
        with _unless_overtaken(False):
            held = _held(register, many=len(states) > _FEW)
            parts = [read_files(archive, held, KeptFiles.read(kept.files), columns=names) for kept in states]
            return pl.concat([pl.DataFrame(schema=rows_schema(register)).select(names), *parts])
    for last in (False, False, True):
        # a report that comes in meanwhile may overtake the files that were about to be read
        with store.one_moment() as connection, _unless_overtaken(last):
            late = _received_after(connection, register, known_by)
            states = _kept(connection, register, provinces)
            held = _held(register, many=len(states) > _FEW)
            parts = [
                _as_known(connection, archive, register, late, province=kept.province, moment=moment).select(names)
                if any(one.may_speak_of(kept.province) for one in late)
                else read_files(archive, held, KeptFiles.read(kept.files), columns=names)
                if kept.until <= moment and not last
                else _laid_over(connection, archive, register, kept.province, moment).select(names)
                for kept in states
            ]
            return pl.concat([pl.DataFrame(schema=rows_schema(register)).select(names), *parts])
    raise AssertionError("the last time nothing is let pass")


def states_of(store: Store, provinces: Collection[str] | None = None) -> dict[str, list[RegisterState]]:
    """What the database says of the rows of these provinces (None: all) as they hold, of all registers at once: by register,
    in the order of provinces."""
    query = select(RegisterState).order_by(col(RegisterState.register), col(RegisterState.province))
    if provinces is not None:
        query = query.where(col(RegisterState.province).in_(sorted(provinces)))
    found: dict[str, list[RegisterState]] = {}
    with store.reading() as connection:
        for row in connection.execute(query).mappings():
            found.setdefault(row["register"], []).append(RegisterState(**row))
    return found


def _unless_overtaken(last: bool) -> AbstractContextManager[None]:
    return nullcontext() if last else suppress(*UNREADABLE)


class DistrictsAsRows(HeldRows):
    """Districts as they are held, read as the rows of any register."""

    def scan(self, file: Path) -> pl.LazyFrame:
        return as_rows(pl.scan_parquet(file, glob=False), self.register)


def _kept(connection: Connection, register: Register, provinces: Collection[str] | None) -> list[RegisterState]:
    """What the database says of each province, in their order."""
    return list(kept_states(connection, register.id, provinces).values())


def _received_after(connection: Connection, register: Register, known_by: datetime | None) -> list[Archived]:
    """The reports of a register that were taken in after a moment; none for None."""
    if known_by is None or register.built_in:
        return []
    later = select(Batch.id).where(col(Batch.register).in_([register.id]), col(Batch.received_at) > micros(known_by))
    numbers = set(connection.execute(later).scalars())
    return [one for one in archived_reports(connection, register.id) if one.batch in numbers]


def _as_known(
    connection: Connection,
    archive: Archive,
    register: Register,
    late: Collection[Archived],
    *,
    province: str,
    moment: int,
) -> pl.DataFrame:
    """What stood at a moment as it was known before the reports `late` came in."""
    reports = [
        one
        for one in archived_reports(connection, register.id)
        if one.as_of <= moment and one not in late and one.may_speak_of(province)
    ]
    return rows_out_of(archive, register, reports, province)


def _held(register: Register, *, many: bool) -> HeldRows:
    """How the rows that hold are read. many: of so many provinces that a file of changes, which they share, is read once."""
    kind = DistrictsAsRows if register.built_in else HeldRows
    return kind(register, {} if many else None)


def _laid_over(
    connection: Connection, archive: Archive, register: Register, province: str, moment: int
) -> pl.DataFrame:
    """What stood at a moment, out of the archive where it has changed since; the state is made again where it must be."""
    if register.built_in:
        districts = districts_until(connection, archive, province, moment)
        return as_rows(districts.lazy(), register).collect()
    return rows_at(connection, archive, register, province, areas=None, as_of=moment)
