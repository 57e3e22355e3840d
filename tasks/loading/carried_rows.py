"""Districts and rows of registers under new codes: reports of before told again, in the transaction of a change of divisions.

What is to be written is worked out before, while others may still report; where somebody has by the time that the transaction
begins, it is worked out again (`is_stale`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

import polars as pl
from sqlalchemy import Connection, func
from sqlmodel import col, select

from models.moments import micros
from models.plan.lists import DISTRICTS, Register
from models.plan.model import Plan
from models.plan.periods import Rhythm, period_around
from models.rules.loading.carried_rows import (
    Moves,
    moved_districts,
    moved_rows,
    recoded_districts,
    recoded_rows,
    withdrawn_districts,
)
from models.rules.registers.districts import CLEARED, KNOWN, alive, empty_state
from models.rules.registers.districts import overlay as overlay_districts
from models.rules.registers.frames import CHANGED, CODE, WITHDRAWN
from models.rules.registers.keys import area_of, keeper_digits, of_province, provinces_of
from models.rules.registers.overlay import overlay, told_in_order
from models.tables import Batch
from models.units import DIGITS
from tasks.archive.drafts import Write
from tasks.archive.place import REPORTS, Archive
from tasks.audit_trail import records
from tasks.audit_trail.tied_readings import READING
from tasks.registers.archived import (
    Archived,
    archive_name,
    archived_districts,
    archived_reports,
    read_districts,
    read_rows,
    shared_prefix,
    write_report,
    write_rows,
)
from tasks.registers.districts import HeldDistricts
from tasks.registers.rows import HeldRows, open_rows
from tasks.registers.states import Held, Overlaid, open_state, state_name

_TO_TOWNSHIP = 10**6
_FEW = 300
"""So many reports of districts are told again one by one: a second or two of work."""


@dataclass(frozen=True)
class Recoded:
    """A report of before under new codes. name: of its file; rows: as its register keeps them."""

    as_of: int
    name: str
    rows: pl.DataFrame


@dataclass(frozen=True)
class CarriedRegister:
    """What is to be written of one register. areas: those whose state changes, None for all of `provinces`."""

    register: Register | None
    told: Sequence[Recoded]
    provinces: Sequence[str]
    areas: Sequence[str] | None
    count: int
    left: int

    @property
    def id(self) -> str:
        return DISTRICTS if self.register is None else self.register.id

    @property
    def held(self) -> Held:
        return HeldDistricts() if self.register is None else HeldRows(self.register)

    @property
    def files(self) -> set[str]:
        """The names of all files that are written."""
        last = self.told[-1].name
        return {f"{REPORTS}/{one.name}" for one in self.told} | {state_name(last, one) for one in self.provinces}


@dataclass(frozen=True)
class CarriedRows:
    """What is to be written of all registers. newest: the last report that was known when it was worked out."""

    registers: Sequence[CarriedRegister] = ()
    newest: int = 0

    @property
    def files(self) -> set[str]:
        return set[str]().union(*(one.files for one in self.registers))

    def is_stale(self, connection: Connection) -> bool:
        """Whether somebody has reported since."""
        return self.newest != newest_report(connection)

    def count(self, *, districts: bool) -> int:
        """How many districts, or rows of other registers, are under another code, or name another one, afterwards."""
        return sum(one.count for one in self.registers if (one.register is None) == districts)

    @property
    def left(self) -> int:
        return sum(one.left for one in self.registers)


def newest_report(connection: Connection) -> int:
    """The number of the last report that was taken in."""
    return int(connection.execute(select(func.coalesce(func.max(col(Batch.id)), 0))).scalar_one())


def anything_archived(connection: Connection) -> bool:
    """Whether districts or rows of any register were ever reported."""
    kept = select(col(Batch.id)).where(col(Batch.archive).is_not(None))
    return (
        connection.execute(kept.where(col(Batch.districts) | (col(Batch.register) != "")).limit(1)).first() is not None
    )


def rows_to_carry(
    connection: Connection, archive: Archive, plan: Plan, pairs: pl.DataFrame, since: datetime
) -> CarriedRows:
    """Work out what is to be written. pairs: old, new, parts, joined; since: from when the change counts."""
    moves = Moves.of(pairs)
    if not moves.goes:
        return CarriedRows((), newest_report(connection))
    found = [_districts(connection, archive, plan, moves, since)]
    found += [
        _rows(connection, archive, register, moves, since)
        for register in plan.registers.values()
        if not register.built_in
    ]
    return CarriedRows(tuple(one for one in found if one is not None), newest_report(connection))


def _districts(
    connection: Connection, archive: Archive, plan: Plan, moves: Moves, since: datetime
) -> CarriedRegister | None:
    olds = pl.Series([int(code) for code in moves.townships], dtype=pl.Int64)
    places = pl.Series(
        sorted({*olds, *(int(now[:9]) for now in moves.goes.values() if len(now) >= DIGITS["township"])})
    )
    if olds.is_empty():
        return None
    cities = sorted({str(code)[: DIGITS["city"]] for code in places})
    provinces = sorted({city[: DIGITS["province"]] for city in cities})
    states = [open_state(connection, archive, HeldDistricts(), one, cities).rows for one in provinces]
    here = (pl.col(CODE) // _TO_TOWNSHIP).is_in(places.implode())
    state = pl.concat(states, how="diagonal_relaxed").filter(here)
    going, left = moved_districts(state, moves)
    if going.is_empty():
        return None
    prefix = shared_prefix(places)
    reports = [one for one in archived_districts(connection) if one.may_speak_of(shared_prefix(olds))]
    listed = list(_of_districts(archive, reports, olds, going, _first_apart(plan, since)))
    until = max(micros(since), *(one.as_of for one in reports))
    listed.append((until, withdrawn_districts(state, going)))
    told = [
        Recoded(as_of, archive_name(as_of, prefix, _digest(as_of, place)), rows)
        for place, (as_of, rows) in enumerate(listed)
    ]
    return CarriedRegister(None, told, provinces, cities, count=going.height, left=left)


def _first_apart(plan: Plan, since: datetime) -> int | None:
    """From when reports of districts are told again one by one, however many they are: the beginning of the month in which the change falls, so that
    what was reported in each period that goes on is known. None where nothing is owed by periods."""
    rhythms = plan.rhythms()
    if not rhythms:
        return None
    # a period up to a cut-off may reach back into the month before
    all_of_them: list[Rhythm] = ["month", *rhythms]
    first = min(period_around(since, rhythm, plan.zone).starts for rhythm in all_of_them)
    return micros(first)


def _of_districts(
    archive: Archive, reports: Sequence[Archived], townships: pl.Series, going: pl.DataFrame, first: int | None
) -> list[tuple[int, pl.DataFrame]]:
    """What reports said of districts that go elsewhere, under their new codes; of many those of before `first` as one."""
    base, at, apart = empty_state(), None, []
    few = len(reports) <= _FEW
    for archived in reports:
        rows = recoded_districts(read_districts(archive, archived, None, townships), going)
        if rows.is_empty():
            continue
        if not few and (first is None or archived.as_of < first):
            base, at = overlay_districts(base, rows, archived.as_of), archived.as_of
        else:
            apart.append((archived.as_of, rows))
    marks = [name for name in (KNOWN, CHANGED, WITHDRAWN, CLEARED) if name in base.columns]
    together = alive(base).drop(marks)
    return [*([(at, together)] if at is not None and together.height else []), *apart]


def _rows(
    connection: Connection, archive: Archive, register: Register, moves: Moves, since: datetime
) -> CarriedRegister | None:
    reports = archived_reports(connection, register.id)
    if not reports:
        return None
    codes = {*moves.goes, *moves.goes.values()}
    provinces = sorted({code[: DIGITS["province"]] for code in codes})
    wide = any(column.type == "code" for column in register.reported) or "province" in register.kept_by
    areas = None if wide else sorted({code[: DIGITS["city"]] for code in codes})
    state = pl.concat([open_rows(connection, archive, register, one, areas).rows for one in provinces])
    moved = moved_rows(state, register, moves)
    listed = []
    keepers = (
        moved.renamed.select(keeper_digits(register)).to_series()
        if CODE in moved.renamed.columns
        else moved.renamed.to_series(0)
    )
    touched = pl.concat([keepers, pl.Series(moved.nil, dtype=pl.String)]).unique().sort()
    prefix = shared_prefix(touched) if touched.len() else ""
    for archived in reports:
        if touched.len() and archived.may_speak_of(prefix):
            rows = recoded_rows(read_rows(archive, archived, register, prefix), register, moved, moves)
            if rows.height:
                listed.append((archived.as_of, rows))
    if moved.rows.height:
        listed.append((max(micros(since), *(one.as_of for one in reports)), moved.rows))
    if not listed:
        return None
    told = [
        Recoded(as_of, archive_name(as_of, shared_prefix(rows[CODE].sort()), _digest(as_of, place)), rows)
        for place, (as_of, rows) in enumerate(listed)
    ]
    provinces = sorted({one for report in told for one in provinces_of(report.rows)})
    return CarriedRegister(register, told, provinces, areas, count=moved.count, left=moved.left)


def _digest(as_of: int, place: int) -> str:
    return sha256(f"{as_of} {place}".encode()).hexdigest()


@dataclass
class Written:
    """What was written within the transaction, and is to be put into the archive. overlaid: with the report behind each."""

    overlaid: list[tuple[Overlaid, int]] = field(default_factory=list)


def write_carried(
    connection: Connection,
    archive: Archive,
    carried: CarriedRows,
    write: Write,
    add_batch: Callable[..., int],
    now: datetime,
) -> Written:
    """Write reports and states, and add the reports to the database, each with its record. add_batch: adds one of theirs."""
    done = Written()
    for one in carried.registers:
        # before the reports are known to the database: a state that is made again must not ask for their files
        states = [open_state(connection, archive, one.held, province, one.areas) for province in one.provinces]
        batches = [
            _write_report(connection, archive, one, report, write=write, add_batch=add_batch, now=now)
            for report in one.told
        ]
        for state in states:
            rows = state.rows
            for report, batch in zip(one.told, batches, strict=True):
                rows = _laid(one, rows, report, batch, state.province)
            until = max(report.as_of for report in one.told)
            done.overlaid.append((state.replaced(archive, one.told[-1].name, rows, until, write), batches[-1]))
    return done


def _laid(one: CarriedRegister, state: pl.DataFrame, report: Recoded, batch: int, province: str) -> pl.DataFrame:
    if one.register is None:
        in_order = report.rows.filter(pl.col(CODE).cast(pl.String).str.starts_with(province))
        return overlay_districts(state, in_order, report.as_of) if in_order.height else state
    rows = of_province(report.rows, province)
    return overlay(state, rows, one.register, report.as_of, batch) if rows.height else state


def _write_report(
    connection: Connection,
    archive: Archive,
    one: CarriedRegister,
    report: Recoded,
    write: Write,
    add_batch: Callable[..., int],
    now: datetime,
) -> int:
    draft, about = archive.draft(f"{REPORTS}/{report.name}"), {"as_of": str(report.as_of), "register": one.id}
    if one.register is None:
        written = write(write_report, draft, report.rows, about)
        areas = ""
    else:
        written = write(write_rows, draft, one.register, told_in_order(report.rows, one.register), about)
        areas = " ".join(report.rows.select(area_of()).to_series().unique().sort())
    batch = add_batch(
        connection,
        as_of=report.as_of,
        accepted=report.rows.height,
        rejected=0,
        archive=report.name,
        districts=one.register is None,
        register="" if one.register is None else one.id,
        areas=areas,
    )
    written.result()
    kept = None if one.register is None else draft
    records.record_report(connection, batch, pl.DataFrame(schema=READING), now, rows=kept)
    return batch
