"""Files that may belong to nobody: named in the database before they are written, or when they are overtaken.

So what a killed intake leaves is known by name, and only that is ever removed: never a file merely because this database,
perhaps restored from a backup, does not speak of it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import PurePath

from sqlalchemy import Connection, insert, select
from sqlmodel import col

from models.moments import micros, micros_in
from models.rules.registers.kept_files import KeptFiles
from models.tables import Batch, LooseFile, RegisterState
from tasks.archive.place import REPORTS, Archive
from tasks.campaign.frames import delete_rows

_UNTOUCHED = timedelta(days=1)
"""Nobody writes at one report for so long."""


def add_loose(connection: Connection, names: Collection[str], at: datetime) -> None:
    """These files are about to be written, by an intake that may die, or are needed no more."""
    no_longer_loose(connection, names)
    if names:
        connection.execute(insert(LooseFile), [{"name": name, "at": micros(at)} for name in sorted(names)])


def no_longer_loose(connection: Connection, names: Collection[str]) -> None:
    """A row speaks of them now, or nobody wrote them."""
    delete_rows(connection, LooseFile, [{"name": name} for name in sorted(names)])


def sweep(connection: Connection, archive: Archive, at: datetime) -> None:
    """Remove what has been loose for a day and is named by no row."""
    old = select(col(LooseFile.name)).where(col(LooseFile.at) < micros(at) - micros_in(_UNTOUCHED))
    loose = set(connection.execute(old).scalars())
    if loose:
        archive.remove(connection, loose - _named(connection, loose))
        no_longer_loose(connection, loose)


def _named(connection: Connection, loose: Collection[str]) -> set[str]:
    """The files that a row names, of those in question."""
    reports = [PurePath(name).name for name in loose if name.startswith(f"{REPORTS}/")]
    kept = connection.execute(select(col(Batch.archive)).where(col(Batch.archive).in_(reports))).scalars()
    states = connection.execute(select(col(RegisterState.files))).scalars()
    return {f"{REPORTS}/{name}" for name in kept} | set[str]().union(*(KeptFiles.read(files).names for files in states))
