"""What holds of a register, kept as files beside the archive so that history need not be read again.

Which files hold which area (the first four digits of a code, or the two of what is coded at a province) stands in the
database, a row a register and province (`models.rules.registers.kept_files`), written in the transaction that takes in a
report: so a reader sees one moment, a crash leaves nothing half visible, and provinces are taken in side by side. A file that
is missing or damaged is made again from the archived reports of its province.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Protocol

import polars as pl
from sqlalchemy import Connection, delete, insert
from sqlmodel import col, select

from models.rules.registers.kept_files import KeptFiles
from models.tables import RegisterState
from tasks.archive.drafts import Write, whole
from tasks.archive.place import STATES, Archive
from tasks.campaign.reading_columns import BEGINNING
from tasks.registers.archived import UNREADABLE, write_parquet

LOG = logging.getLogger(__name__)
_ROW_GROUP = 5_000
"""Of changes: a province is read out of those of the nation without most of the others."""
_COLUMNS = "columns"
"""What a file of changes says of itself: in which columns a row of it stands otherwise than before it."""


class Held(Protocol):
    """How the rows of one register are held: as what columns, and how reports are laid over one another."""

    @property
    def id(self) -> str:
        """The register's."""
        ...

    def none(self) -> pl.DataFrame:
        """A state without a row."""
        ...

    def area(self) -> pl.Expr:
        """The area that a row lies in, as text."""
        ...

    def areas_in(self, rows: pl.DataFrame) -> list[str]:
        """The areas that rows lie in, in order."""
        ...

    def within(self, areas: Collection[str]) -> pl.Expr:
        """Rows of these areas, such that a file need not be read whole."""
        ...

    def read(self, archive: Archive, files: KeptFiles, columns: Collection[str]) -> pl.DataFrame:
        """The rows of areas that have the same base, or none yet, in order. columns: those that matter, if not all."""
        ...

    def in_order(self, parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
        """Rows of different files together, in order."""
        ...

    def made_again(self, connection: Connection, archive: Archive, province: str, but: int | None) -> pl.DataFrame:
        """All archived reports of a province laid over one another, without the one whose number is `but`."""
        ...

    def files_before(
        self, connection: Connection, archive: Archive, province: str, but: int | None
    ) -> Mapping[str, str] | None:
        """The files of a province of which the database has no row; None where they have to be made again."""
        ...


@dataclass(frozen=True)
class Overlaid:
    """The state of a province with a report in it: which files hold which area, which one is new (None: nothing has
    changed), which the province needs no more.

    until: the moment of the newest report in it.
    """

    register: str
    province: str
    files: KeptFiles
    new: str | None
    overtaken: frozenset[str]
    until: int


@dataclass(frozen=True)
class State:
    """The state of a province before a report.

    rows: of `areas` (None: all of them), in order. until: the moment of the newest report in it, the beginning of time where there
    is none. remade: all rows of the province, where the state had to be made again and no file holds any of it.
    """

    held: Held
    province: str
    rows: pl.DataFrame
    areas: frozenset[str] | None
    files: KeptFiles
    until: int = BEGINNING
    remade: pl.DataFrame | None = None

    def replaced(self, archive: Archive, report: str, rows: pl.DataFrame, as_of: int, write: Write) -> Overlaid:
        """The state with these rows in its areas, written through `write` as one more file. report: the file's name."""
        if self.remade is not None and self.areas is not None:
            others = self.remade.filter(~self.held.area().is_in(sorted(self.areas)))
            rows = self.held.in_order([others, rows])
        name = state_name(report, self.province)
        write(_write_part, archive.draft(name), rows)
        files = self.files.rewritten(self.areas, self.held.areas_in(rows), name, rows.height)
        overtaken = frozenset(self.files.names - files.names)
        return Overlaid(self.held.id, self.province, files, new=name, overtaken=overtaken, until=max(self.until, as_of))


def state_name(report: str, province: str) -> str:
    """The file of what a report, by its own file's name, makes of a province."""
    return f"{STATES}/{PurePath(report).stem}-{province}.parquet"


def changes_name(report: str) -> str:
    """The file of what a report changes, in all provinces that it does not write again."""
    return state_name(report, "changes")


def state_names(report: str, provinces: Collection[str]) -> set[str]:
    """All files that a report of rows in these provinces may write beside its own."""
    return {changes_name(report), *(state_name(report, one) for one in provinces)}


def open_state(
    connection: Connection,
    archive: Archive,
    held: Held,
    province: str,
    areas: Collection[str] | None,
    but: int | None = None,
) -> State:
    """The state of some areas of a province (None: all) as the database says, or made again where no file can be had.

    but: the number of a report that is just coming in. Refusal if the archive lacks a report that is needed for that.
    """
    row = kept_state(connection, held.id, province)
    asked = None if areas is None else frozenset(areas)
    files = KeptFiles.read(row.files) if row is not None else _before(connection, archive, held, province, but)
    until = BEGINNING if row is None else row.until
    for _ in range(2):  # what this machine kept may be damaged where the archive is not
        try:
            if files is not None:
                rows = read_files(archive, held, files, asked)
                return State(held, province, rows, asked, files=files, until=until)
        except UNREADABLE:
            for name in files.names if files else ():
                archive.read_again(name)
    if files is not None:
        LOG.warning(
            "rows of register %s in province %s cannot be read, and are made again from the reports", held.id, province
        )
    remade = held.made_again(connection, archive, province, but)
    wanted = remade if asked is None else remade.filter(held.area().is_in(sorted(asked)))
    return State(held, province, wanted, asked, files=KeptFiles({}), until=until, remade=remade)


def _before(connection: Connection, archive: Archive, held: Held, province: str, but: int | None) -> KeptFiles | None:
    files = held.files_before(connection, archive, province, but)
    return None if files is None else KeptFiles.of(files)


def kept_state(connection: Connection, register: str, province: str) -> RegisterState | None:
    """What the database says of a register in a province; None where nothing was reported there."""
    return kept_states(connection, register, [province]).get(province)


def kept_states(
    connection: Connection, register: str, provinces: Collection[str] | None = None
) -> dict[str, RegisterState]:
    """The same of several provinces (None: all that have anything), in their order."""
    query = select(RegisterState).where(col(RegisterState.register).in_([register]))
    rows = connection.execute(query.order_by(col(RegisterState.province))).mappings()
    return {row["province"]: RegisterState(**row) for row in rows if provinces is None or row["province"] in provinces}


def save_states(connection: Connection, overlaid: Collection[Overlaid], batch: int) -> None:
    """Let the database say so, in the transaction that takes the report `batch` in."""
    for register in {one.register for one in overlaid}:
        provinces = [one.province for one in overlaid if one.register == register]
        of_it = (col(RegisterState.register) == register, col(RegisterState.province).in_(provinces))
        connection.execute(delete(RegisterState).where(*of_it))
    rows = [
        {
            "register": one.register,
            "province": one.province,
            "batch": batch,
            "until": one.until,
            "files": one.files.text,
        }
        for one in overlaid
    ]
    if rows:
        connection.execute(insert(RegisterState), rows)


def needed_by_none(connection: Connection, overlaid: Collection[Overlaid]) -> set[str]:
    """The overtaken files that no other province needs either, once `save_states` has been."""
    left = set[str]().union(*(one.overtaken for one in overlaid))
    for register in {one.register for one in overlaid} if left else ():
        for row in kept_states(connection, register).values():
            left -= KeptFiles.read(row.files).names
    return left


def read_files(
    archive: Archive,
    held: Held,
    files: KeptFiles,
    areas: Collection[str] | None = None,
    columns: Collection[str] = (),
) -> pl.DataFrame:
    """The rows of some areas (None: all) out of the files that hold them. columns: those that matter, if not all.

    OSError or PolarsError where a file cannot be read.
    """
    wanted: dict[str | None, list[str]] = {}
    here = files.within(areas)
    for area, layers in sorted(here.areas.items()):
        wanted.setdefault(layers.base, []).append(area)
    parts = [held.read(archive, here.within(within), columns) for within in wanted.values()]
    if not parts:
        return held.none().select(columns) if columns else held.none()
    return parts[0] if len(parts) == 1 else held.in_order(parts)


def _write_part(draft: Path, rows: pl.DataFrame) -> None:
    with whole(draft) as temporary:
        write_parquet(rows, temporary)


def write_changes(draft: Path, rows: pl.DataFrame, columns: Collection[str] | None) -> None:
    """Write a file of changes, in order. columns: those in which any row of a base stands otherwise now (None: any may)."""
    about = None if columns is None else {_COLUMNS: json.dumps(sorted(columns))}
    with whole(draft) as temporary:
        write_parquet(rows, temporary, about, row_group=_ROW_GROUP)


def columns_changed(archive: Archive, names: Collection[str]) -> frozenset[str] | None:
    """The columns in which files of changes have rows stand otherwise than the bases do; None where one does not say.

    OSError or PolarsError where one cannot be read.
    """
    found = frozenset[str]()
    for name in names:
        told = pl.read_parquet_metadata(archive.path_of(name)).get(_COLUMNS)
        if told is None:
            return None
        found |= frozenset(json.loads(told))
    return found
