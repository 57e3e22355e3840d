"""Rows of a register that a plan declares: what holds of them, what held, and what one more report makes of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
from sqlalchemy import Connection

from models.plan.lists import Register
from models.rules.registers.changes import AT, changes_schema, laid_over, newest
from models.rules.registers.frames import CHANGED, CODE, rows_schema
from models.rules.registers.kept_files import KeptFiles
from models.rules.registers.keys import AREA, KEEPER, area_of, beginnings, keeper_digits, order_of
from models.rules.registers.overlay import merged, no_rows, overlay
from tasks.archive.drafts import Write
from tasks.archive.place import Archive
from tasks.registers.archived import Archived, archived_reports, read_rows, scan_as, shared_prefix
from tasks.registers.states import Overlaid, State, columns_changed, open_state


@dataclass(frozen=True)
class HeldRows:
    """How rows are held: as `rows_schema` says.

    changes: files of changes that were read as a whole, by name, for whoever reads province after province (None: of each area
    alone).
    """

    register: Register
    changes: dict[str, pl.DataFrame] | None = field(default=None, compare=False, repr=False)

    @property
    def id(self) -> str:
        return self.register.id

    def none(self) -> pl.DataFrame:
        return no_rows(self.register)

    def area(self) -> pl.Expr:
        return area_of()

    def areas_in(self, rows: pl.DataFrame) -> list[str]:
        return beginnings(rows, AREA)

    def within(self, areas: Collection[str]) -> pl.Expr:
        code = pl.col(CODE)
        return (code >= min(areas)) & (code < f"{max(areas)}~") & area_of().is_in(list(areas))

    def read(self, archive: Archive, files: KeptFiles, columns: Collection[str]) -> pl.DataFrame:
        wanted, within = list(columns) or rows_schema(self.register).names(), self.within(files.areas)
        if not files.changes:
            (base,) = files.bases
            scan = self.scan(archive.path_of(base))
            if base not in files.rows:
                return scan.filter(within).select(wanted).collect()
            return self._lying_in(files.areas, scan.select(list(dict.fromkeys([*wanted, CODE]))).collect()).select(
                wanted
            )
        order = order_of(self.register)
        names = list(dict.fromkeys([*wanted, *order]))
        changes = newest([self.changes_in(archive, files, name) for name in files.changes], self.register)
        base_rows = pl.DataFrame(schema=changes_schema(self.register)).select(*names, AT)
        for base in files.bases:
            scan = scan_as(archive.path_of(base), rows_schema(self.register), numbered=AT).select(*names, AT)
            known = base in files.rows
            base_rows = self._lying_in(files.areas, scan.collect()) if known else scan.filter(within).collect()
        others = columns_changed(archive, files.changes)
        return laid_over(base_rows, changes, order, others).select(wanted)

    def _lying_in(self, areas: Collection[str], rows: pl.DataFrame) -> pl.DataFrame:
        """Those of a file's rows that lie in these areas: mostly all, which is sooner seen than each is looked at."""
        ends = (end for area in areas for end in (area, f"{area}~" if len(area) == AREA else f"{area} "))
        places = rows[CODE].search_sorted(pl.Series(list(ends), dtype=pl.String), side="left").cast(pl.Int64)
        inside = (places.gather_every(2, 1) - places.gather_every(2)).sum()
        return rows if inside == rows.height else rows.filter(self.within(areas))

    def changes_in(self, archive: Archive, files: KeptFiles, name: str) -> pl.DataFrame:
        """What a file of changes has of these areas."""
        areas = [area for area, layers in files.areas.items() if name in layers.changes]
        if self.changes is None:
            return scan_as(archive.path_of(name), changes_schema(self.register)).filter(self.within(areas)).collect()
        if name not in self.changes:
            self.changes[name] = scan_as(archive.path_of(name), changes_schema(self.register)).collect()
        every = self.changes[name]
        first, last = (every[CODE].search_sorted(end, side="left") for end in (min(areas), f"{max(areas)}~"))
        return every.slice(first, last - first).filter(self.within(areas))

    def scan(self, file: Path) -> pl.LazyFrame:
        """A file of rows, with the columns that a state has."""
        return scan_as(file, rows_schema(self.register))

    def in_order(self, parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
        # one code's rows are in one file alone, and stand there in the order of their keys
        return pl.concat(parts).sort(CODE, maintain_order=True)

    def made_again(self, connection: Connection, archive: Archive, province: str, but: int | None) -> pl.DataFrame:
        reports = [one for one in archived_reports(connection, self.id, but) if one.may_speak_of(province)]
        return _laid_over(archive, self.register, no_rows(self.register), reports, province)

    def files_before(
        self, connection: Connection, _archive: Archive, province: str, but: int | None
    ) -> Mapping[str, str] | None:
        return None if any(one.may_speak_of(province) for one in archived_reports(connection, self.id, but)) else {}


def read_changes(
    archive: Archive, register: Register, files: KeptFiles, names: Collection[str] | None = None
) -> pl.DataFrame:
    """What has changed in these areas since their base was written: `changes_schema`. names: of the files that matter, if not all.

    OSError or PolarsError where one cannot be read.
    """
    held = HeldRows(register)
    return newest(
        [held.changes_in(archive, files, name) for name in (files.changes if names is None else names)], register
    )


@dataclass(frozen=True)
class RowState:
    """The rows of some areas of a province as they hold. but: a report that is just coming in, as if it were not there yet."""

    register: Register
    state: State
    but: int | None = None

    @property
    def rows(self) -> pl.DataFrame:
        """`rows_schema`, in order."""
        return self.state.rows

    @property
    def until(self) -> int:
        """The moment of the newest report in the province, microseconds UTC; the beginning of time where there is none."""
        return self.state.until

    def at(self, connection: Connection, archive: Archive, as_of: int) -> pl.DataFrame:
        """The rows as they stood at `as_of`, after all reports up to and including it."""
        own = self.rows.with_columns(keeper_digits(self.register).alias(KEEPER))
        # what has not changed since stood there then as it stands now
        keepers = own.filter(pl.col(CHANGED) > as_of)[KEEPER].unique().sort()
        if keepers.is_empty():
            return self.rows
        others = own.filter(~pl.col(KEEPER).is_in(keepers.implode())).drop(KEEPER)
        prefix = shared_prefix(keepers)
        reports = [
            one
            for one in archived_reports(connection, self.register.id, self.but)
            if one.as_of <= as_of and one.may_speak_of(prefix)
        ]
        theirs = _laid_over(archive, self.register, no_rows(self.register), reports, prefix)
        theirs = theirs.filter(keeper_digits(self.register).is_in(keepers.implode()))
        if self.state.areas is not None:
            theirs = theirs.filter(area_of().is_in(sorted(self.state.areas)))
        return merged([others, theirs], self.register)

    def with_report(
        self,
        connection: Connection,
        archive: Archive,
        rows: pl.DataFrame,
        as_of: int,
        batch: int,
        report: str,
        write: Write,
    ) -> Overlaid:
        """The state with a report of this province laid over it, written through `write`; `areas_of` its rows are open.

        rows: `report_schema`, in order. Where reports as of later have been taken in, they are laid over it again. report: the name of
        its file.
        """
        later: list[Archived] = []
        if self.until > as_of or self.state.remade is not None:
            prefix = shared_prefix(rows.select(keeper_digits(self.register)).to_series().sort())
            later = [
                one
                for one in archived_reports(connection, self.register.id, batch)
                if one.as_of > as_of and one.may_speak_of(prefix)
            ]
        if not later:
            laid = overlay(self.rows, rows, self.register, as_of, batch, in_order=True)
            return self.state.replaced(archive, report, laid, as_of, write)
        inside = _of_keepers(self.register, prefix)
        there = RowState(self.register, self._inside(inside), batch).at(connection, archive, as_of)
        laid = overlay(there, rows, self.register, as_of, batch)
        laid = _laid_over(archive, self.register, laid, later, prefix)
        whole = merged([self.rows.filter(~inside), laid], self.register)
        return self.state.replaced(archive, report, whole, as_of, write)

    def _inside(self, inside: pl.Expr) -> State:
        return replace(self.state, rows=self.rows.filter(inside))


def open_rows(
    connection: Connection,
    archive: Archive,
    register: Register,
    province: str,
    areas: Collection[str] | None,
    but: int | None = None,
) -> RowState:
    """The rows of some areas of a province (None: all) as they hold now. but: the number of a report that is just coming in.

    Refusal if they have to be made again and the archive lacks a report.
    """
    held = HeldRows(register)
    return RowState(register, open_state(connection, archive, held, province, areas, but=but), but)


def rows_at(
    connection: Connection,
    archive: Archive,
    register: Register,
    province: str,
    areas: Collection[str] | None,
    as_of: int,
    but: int | None = None,
) -> pl.DataFrame:
    """The rows of some areas of a province (None: all) as they stood at `as_of`: `rows_schema`."""
    return open_rows(connection, archive, register, province, areas, but=but).at(connection, archive, as_of)


def rows_out_of(archive: Archive, register: Register, reports: Sequence[Archived], province: str) -> pl.DataFrame:
    """The rows of a province as these reports alone, in their order, say them: `rows_schema`."""
    return _laid_over(archive, register, no_rows(register), reports, province)


def _of_keepers(register: Register, prefix: str) -> pl.Expr:
    """Rows whose keeper's code begins so: what other keepers report has nothing to do with them."""
    return keeper_digits(register).str.starts_with(prefix)


def _laid_over(
    archive: Archive, register: Register, state: pl.DataFrame, reports: Sequence[Archived], prefix: str
) -> pl.DataFrame:
    """The state of the keepers whose codes begin with `prefix` after these reports, which come in their order."""
    for archived in reports:
        rows = read_rows(archive, archived, register, prefix).filter(_of_keepers(register, prefix))
        if rows.height:
            state = overlay(state, rows, register, archived.as_of, archived.batch)
    return state
