"""What holds of a register, kept as files beside the archive so that history need not be read again.

Which file holds which area (the first four digits of a code, or the two of what is coded at a province) stands in the
database, a row a register and province, written in the transaction that takes in a report: so a reader sees one moment, a
crash leaves nothing half visible, and provinces are taken in side by side. A file that is missing or damaged is made again
from the archived reports of its province.
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

from models.tables import RegisterState
from tasks.archive.drafts import Write, whole
from tasks.archive.place import STATES, Archive
from tasks.campaign.reading_columns import BEGINNING
from tasks.registers.archived import write_parquet

LOG = logging.getLogger(__name__)


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

    def within(self, areas: Collection[str]) -> pl.Expr:
        """Rows of these areas, such that a file need not be read whole."""
        ...

    def scan(self, file: Path) -> pl.LazyFrame:
        """A file of rows, with the columns that a state has."""
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
    """The state of a province with a report in it: which file holds which area, which are new, which nobody needs now.

    until: the moment of the newest report in it.
    """

    register: str
    province: str
    files: Mapping[str, str]
    new: str
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
    files: Mapping[str, str]
    until: int = BEGINNING
    remade: pl.DataFrame | None = None

    def replaced(self, archive: Archive, report: str, rows: pl.DataFrame, as_of: int, write: Write) -> Overlaid:
        """The state with these rows in its areas, written through `write` as one more file. report: the file's name."""
        if self.remade is not None and self.areas is not None:
            others = self.remade.filter(~self.held.area().is_in(sorted(self.areas)))
            rows = self.held.in_order([others, rows])
        name = state_name(report, self.province)
        write(_write_part, archive.draft(name), rows)
        kept = {area: file for area, file in self.files.items() if self.areas is not None and area not in self.areas}
        files = {**kept, **dict.fromkeys(areas_in(rows, self.held), name)}
        overtaken = frozenset(self.files.values()) - set(files.values())
        return Overlaid(self.held.id, self.province, files, new=name, overtaken=overtaken, until=max(self.until, as_of))


def state_name(report: str, province: str) -> str:
    """The file of what a report, by its own file's name, makes of a province."""
    return f"{STATES}/{PurePath(report).stem}-{province}.parquet"


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
    files = dict(json.loads(row.files)) if row is not None else held.files_before(connection, archive, province, but)
    until = BEGINNING if row is None else row.until
    for _ in range(2):  # what this machine kept may be damaged where the archive is not
        try:
            if files is not None:
                rows = read_files(archive, held, files, asked)
                return State(held, province, rows, asked, files=files, until=until)
        except (OSError, pl.exceptions.PolarsError):
            LOG.warning("the rows of register %s in province %s cannot be read", held.id, province)
            for name in set(files.values()) if files else ():
                archive.read_again(name)
    remade = held.made_again(connection, archive, province, but)
    wanted = remade if asked is None else remade.filter(held.area().is_in(sorted(asked)))
    return State(held, province, wanted, asked, files={}, until=until, remade=remade)


def kept_state(connection: Connection, register: str, province: str) -> RegisterState | None:
    """What the database says of a register in a province; None where nothing was reported there."""
    of_it = (col(RegisterState.register) == register, col(RegisterState.province) == province)
    row = connection.execute(select(RegisterState).where(*of_it)).mappings().first()
    return None if row is None else RegisterState(**row)


def save_state(connection: Connection, overlaid: Overlaid, batch: int) -> None:
    """Let the database say so, in the transaction that takes the report in."""
    files = json.dumps(dict(sorted(overlaid.files.items())))
    of_it = (col(RegisterState.register) == overlaid.register, col(RegisterState.province) == overlaid.province)
    connection.execute(delete(RegisterState).where(*of_it))
    row = {"register": overlaid.register, "province": overlaid.province, "batch": batch, "until": overlaid.until}
    connection.execute(insert(RegisterState).values(**row, files=files))


def read_files(
    archive: Archive,
    held: Held,
    files: Mapping[str, str],
    areas: Collection[str] | None = None,
    columns: Collection[str] = (),
) -> pl.DataFrame:
    """The rows of some areas (None: all) out of the files that hold them. columns: those that matter, if not all.

    OSError or PolarsError where a file cannot be read.
    """
    wanted: dict[str, list[str]] = {}
    for area in files if areas is None else sorted(areas):
        if area in files:
            wanted.setdefault(files[area], []).append(area)
    parts = [_part(archive.path_of(name), held, within, columns) for name, within in wanted.items()]
    if not parts:
        return held.none().select(columns) if columns else held.none()
    return parts[0] if len(parts) == 1 else held.in_order(parts)


def _part(file: Path, held: Held, areas: list[str], columns: Collection[str]) -> pl.DataFrame:
    scan = held.scan(file).filter(held.within(areas))
    return (scan.select(columns) if columns else scan).collect()


def _write_part(draft: Path, rows: pl.DataFrame) -> None:
    with whole(draft) as temporary:
        write_parquet(rows, temporary)


def areas_in(rows: pl.DataFrame, held: Held) -> list[str]:
    """The areas that rows lie in, in order."""
    return rows.select(held.area().alias("area")).to_series().unique().sort().to_list()
