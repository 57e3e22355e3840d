"""What holds before a report of rows comes in, and what it makes of it.

Of most provinces only the rows that the report names are looked up, and written as changes. All rows of the areas that it
speaks of are read, and written again, where it is late, names a whole list, has a nil return or rows kept by a
province, where changes have grown to a share of the base, and where files cannot be read: `open_rows` says so and makes
them again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import polars as pl
from sqlalchemy import Connection

from models.plan.lists import Register
from models.rules.registers.changes import (
    AT,
    changed,
    changes_schema,
    columns_of,
    newest,
    of_names,
    perhaps_of_names,
    same_rows,
    still_there,
)
from models.rules.registers.frames import CODE, NIL, rows_schema
from models.rules.registers.kept_files import KeptFiles, written_again
from models.rules.registers.keys import apart, areas_of, keeper_digits, order_of
from models.rules.registers.overlay import overlay
from models.rules.registers.sorting import in_order
from models.units import DIGITS
from tasks.archive.drafts import Write
from tasks.archive.place import Archive
from tasks.registers.archived import UNREADABLE, begins_with, scan_as, shared_prefix
from tasks.registers.rows import HeldRows, RowState, open_rows, read_changes
from tasks.registers.states import Overlaid, changes_name, columns_changed, kept_states, write_changes


@dataclass(frozen=True)
class Kept:
    """What the database says of a province. until: the moment of the newest report in it."""

    files: KeptFiles
    until: int


@dataclass(frozen=True)
class Changing:
    """A report that changes rows: its moment, its file's name, and the columns in which it does so (None: any may)."""

    as_of: int
    report: str
    columns: frozenset[str] | None


@dataclass(frozen=True)
class Before:
    """What holds before a report. named: of the provinces in `kept`, the rows that it names, with AT; states: the areas that
    it speaks of in the others."""

    register: Register
    named: pl.DataFrame
    kept: Mapping[str, Kept]
    states: Mapping[str, RowState]

    @property
    def rows(self) -> pl.DataFrame:
        """`rows_schema`, as they hold now."""
        return self._with_named([state.rows for state in self.states.values()])

    def at(self, connection: Connection, archive: Archive, as_of: int) -> pl.DataFrame:
        """The rows as they stood at `as_of`, the report's moment, after all reports up to and including it."""
        return self._with_named([state.at(connection, archive, as_of) for state in self.states.values()])

    def _with_named(self, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
        return pl.concat([self.named.drop(AT), *parts])

    def with_report(
        self,
        connection: Connection,
        archive: Archive,
        rows: pl.DataFrame,
        as_of: int,
        batch: int,
        report: str,
        write: Write,
    ) -> list[Overlaid]:
        """What the report makes of it, written through `write`: of each province of its rows.

        rows: `report_schema`, in order. Where reports as of later have been taken in, they are laid over it again. report: the
        name of its file.
        """
        told = apart(rows)
        done = [
            self.states[province].with_report(
                connection=connection,
                archive=archive,
                rows=own,
                as_of=as_of,
                batch=batch,
                report=report,
                write=write,
            )
            for province, own in told.items()
            if province in self.states
        ]
        named = [own for province, own in told.items() if province in self.kept]
        if named:
            after = overlay(self.named.drop(AT), pl.concat(named), self.register, as_of, batch)
            same = same_rows(self.named, after, self.register)
            changes = changed(self.named, after, self.register, batch, same=same)
            columns = columns_of(self.named, after, same=same)
            touched = {province: self.kept[province] for province in told if province in self.kept}
            changing = Changing(as_of, report, columns)
            done += _written(archive, self.register, touched, changes, by=changing, write=write)
        return done


def open_before(
    connection: Connection,
    archive: Archive,
    register: Register,
    rows: pl.DataFrame,
    as_of: int,
    *,
    but: int | None = None,
    whole: bool = False,
) -> Before:
    """What holds before these rows of a report as of `as_of`. but: its own number, if it has one. whole: they are all that
    their keepers have.

    rows: code, the columns of the key, NIL. Refusal if something has to be made again and the archive lacks a report.
    """
    own = apart(rows.select(CODE, *(name for name in register.key if name != CODE), NIL))
    by_name = {} if whole else _named_in(connection, archive, register, own, as_of)
    again = written_again(
        {province: one.files for province, one in by_name.items()}, {one: own[one].height for one in by_name}
    )
    named, kept, states = [pl.DataFrame(schema=changes_schema(register))], {}, {}
    looked_up = [province for province in own if province in by_name and province not in again]
    perhaps = _perhaps_named(archive, register, [(own[one], by_name[one].files) for one in looked_up])
    for province, told in own.items():
        found = None
        if province in looked_up:
            found = _named(archive, register, told, by_name[province].files, perhaps.get(province, {}))
        if found is not None:
            kept[province] = by_name[province]
            named.append(found)
            continue
        areas = None if province in again and by_name[province].files.changes else areas_of(told, register)
        states[province] = open_rows(connection, archive, register, province, areas, but=but)
    return Before(register, pl.concat(named), kept, states)


def _named_in(
    connection: Connection, archive: Archive, register: Register, rows: Mapping[str, pl.DataFrame], as_of: int
) -> dict[str, Kept]:
    """The provinces whose rows may be looked up by name, and how many rows their bases have."""
    found = {}
    for province, row in kept_states(connection, register.id, rows).items():
        told = rows[province]
        lowest = told.select(keeper_digits(register).str.len_bytes().min()).item()
        if row.until <= as_of and lowest >= DIGITS["city"] and not told[NIL].any():
            with suppress(*UNREADABLE):
                files = KeptFiles.read(row.files)
                found[province] = Kept(_counted(archive, files), row.until)
    return found


def _counted(archive: Archive, files: KeptFiles) -> KeptFiles:
    """With the rows of each base: a file of before there were changes does not say how many it has."""
    rows = {
        name: int(pl.scan_parquet(archive.path_of(name), glob=False).select(pl.len()).collect().item())
        for name in files.bases
        if name not in files.rows
    }
    return replace(files, rows={**files.rows, **rows}) if rows else files


def _lying_in(told: pl.DataFrame, register: Register, files: KeptFiles) -> tuple[KeptFiles, str]:
    """The files of the areas that rows of a province speak of, and what all their keepers' codes begin with."""
    keepers = told.select(keeper_digits(register).unique().sort()).to_series()
    return files.within(set(keepers.str.head(DIGITS["city"]))), shared_prefix(keepers)


def _scan(archive: Archive, register: Register, base: str, prefix: str) -> pl.LazyFrame:
    scan = scan_as(archive.path_of(base), rows_schema(register), numbered=AT)
    return scan.filter(begins_with(prefix)) if len(prefix) > DIGITS["province"] else scan


def _perhaps_named(
    archive: Archive, register: Register, provinces: Sequence[tuple[pl.DataFrame, KeptFiles]]
) -> dict[str, dict[str, pl.DataFrame]]:
    """By province and base the rows that may be named, of all provinces at once: one after another they wait for each other's
    beginnings and ends. Nothing where one cannot be read: then each is read by itself. provinces: of each its rows and its files."""
    scans = dict[tuple[str, str], pl.LazyFrame]()
    with suppress(*UNREADABLE):
        for told, files in provinces:
            here, prefix = _lying_in(told, register, files)
            for base in here.bases:
                scan = _scan(archive, register, base, prefix)
                scans[told[CODE][0][: DIGITS["province"]], base] = perhaps_of_names(scan, told, register)
        found = dict[str, dict[str, pl.DataFrame]]()
        for (province, base), rows in zip(scans, pl.collect_all(scans.values()), strict=True):
            found.setdefault(province, {})[base] = rows
        return found
    return {}


def _named(
    archive: Archive, register: Register, told: pl.DataFrame, files: KeptFiles, perhaps: Mapping[str, pl.DataFrame]
) -> pl.DataFrame | None:
    """The rows of a province that a report names, with the nil returns of their keepers: `changes_schema`. None where a file
    cannot be read. perhaps: by base those that may be among them, where they have been read."""
    held = HeldRows(register)
    here, prefix = _lying_in(told, register, files)
    with suppress(*UNREADABLE):
        parts = []
        for base in sorted(here.bases):
            found = of_names(_scan(archive, register, base, prefix), told, register, perhaps.get(base))
            parts.append(found.filter(held.within(here.of_base(base))))
        if here.changes:
            since = read_changes(archive, register, here)
            parts.append(of_names(since.lazy(), told, register))
            return still_there(newest(parts, register))
        return pl.concat(parts) if parts else None
    return None


def _written(
    archive: Archive,
    register: Register,
    kept: Mapping[str, Kept],
    changes: pl.DataFrame,
    *,
    by: Changing,
    write: Write,
) -> list[Overlaid]:
    """The changes of all provinces, with those of before that are laid together with them, in one file."""
    name, held, columns = changes_name(by.report), HeldRows(register), by.columns
    by_province, parts, overlaid = apart(changes), [], []
    for province, before in kept.items():
        files = before.files
        if province in by_province:
            own = by_province[province]
            together = files.laid_together(own.height)
            laid = newest([read_changes(archive, register, files, together), own], register) if together else own
            before_it = columns_changed(archive, together) if columns is not None else None
            columns = columns | before_it if columns is not None and before_it is not None else None
            parts.append(laid)
            files = files.changed(held.areas_in(own), together, name, laid.height)
        overlaid.append(
            Overlaid(
                register=register.id,
                province=province,
                files=files,
                new=name if name in files.changes else None,
                overtaken=frozenset(before.files.names - files.names),
                until=max(before.until, by.as_of),
            )
        )
    if parts:
        rows = in_order(pl.concat(parts), order_of(register), nulls_last=True)
        write(write_changes, archive.draft(name), rows, columns)
    return overlaid
