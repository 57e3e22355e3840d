"""A private copy of a campaign, to be changed at will: an SQLite file in the system's folder for such things.

It holds no channel that anybody could be reached over, is readable by its owner alone, and goes when it is
left. One whose program was killed is removed by the next preview.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, event
from sqlmodel import SQLModel

from models.moments import micros
from models.plan.districts_known import with_counts_of_districts
from models.rules.judging.periods import PeriodNames, last_of_each
from models.wording import Refusal
from tasks.campaign.frames import insert_frame, table_parts
from tasks.campaign.store import Store, open_store
from tasks.delivery.ledger import let_go

PREFIX = "pucha-preview-"
_LOCK = "lock"
_EVER = datetime.max.replace(tzinfo=UTC)
_YOUNG = 60.0
"""Seconds for which a folder without a holder is left alone: it may just be being made."""
_NOT_NEEDED = frozenset(
    {
        "archive_seal",
        "archived_parts",
        "audit",
        "audit_head",
        "codes",
        "heartbeats",
        "latest_readings",
        "loose_files",
        "plan_versions",
        "reading_columns",
        "reading_states",
        "readings",
        "transitions",
    }
)
"""Tables that the chase does not decide by, or whose rows are read otherwise."""


class _Asked(NamedTuple):
    """Of which indicators and offices readings are asked for; None: of all."""

    names: frozenset[str]
    provinces: frozenset[str] | None
    units: frozenset[str] | None

    @classmethod
    def of(cls, names: Collection[str], provinces: Collection[str] | None, units: Collection[str] | None) -> _Asked:
        return cls(frozenset(names), *(None if one is None else frozenset(one) for one in (provinces, units)))


@dataclass
class StillStore(Store):
    """A store to which nothing is reported and nobody added any more: units, people and figures are read once."""

    keeps_heads = False
    campaign: Store | None = field(default=None, repr=False)
    """Whose copy it is."""
    _units: dict[frozenset[str] | None, pl.DataFrame] = field(default_factory=dict, repr=False)
    _people: pl.DataFrame | None = field(default=None, repr=False)
    _figures: dict[_Asked, pl.DataFrame] = field(default_factory=dict, repr=False)
    _held: dict[_Asked, tuple[datetime, pl.DataFrame, pl.DataFrame]] = field(default_factory=dict, repr=False)

    @property
    def archived_in(self) -> Store:
        return self.campaign or self

    def inside(self, _connection: Connection) -> Store:
        """What is read once here serves every pass."""
        return self

    def units(
        self,
        levels: Collection[str] | None = None,
        connection: Connection | None = None,
        provinces: Collection[str] | None = None,  # noqa: ARG002 (what is kept here is of all of them)
    ) -> pl.DataFrame:
        asked = None if levels is None else frozenset(levels)
        if asked not in self._units:
            self._units[asked] = super().units(levels, connection)
        return self._units[asked]

    def contacts(self, provinces: Collection[str] | None = None) -> pl.DataFrame:  # noqa: ARG002 (as above)
        if self._people is None:
            self._people = super().contacts()
        return self._people

    def readings(
        self,
        names: Collection[str],
        until: datetime,
        provinces: Collection[str] | None = None,
        units: Collection[str] | None = None,
    ) -> pl.DataFrame:
        """What held when it was first asked for, and what is dated later laid over it: moment by moment there is little."""
        asked = _Asked.of(names, provinces, units)
        if asked not in self._held:
            later = super().reading_history(names, until + timedelta(microseconds=1), _EVER, provinces, units)
            self._held[asked] = until, super().readings(names, until, provinces, units), later
        first, held, later = self._held[asked]
        if until < first:
            return super().readings(names, until, provinces, units)
        newer = later.filter(pl.col("as_of") <= micros(until))
        if newer.is_empty():
            return held
        return last_of_each(pl.concat([held, newer]).sort("indicator", "unit", "as_of", maintain_order=True))

    def reading_history(
        self,
        names: Collection[str],
        since: datetime | None,
        until: datetime,
        provinces: Collection[str] | None = None,
        units: Collection[str] | None = None,
        told: Callable[[pl.DataFrame, int], bool] | None = None,  # noqa: ARG002
    ) -> pl.DataFrame:
        """All of them, whatever would be enough: they are read once."""
        asked = _Asked.of(names, provinces, units)
        if asked not in self._figures:
            self._figures[asked] = super().reading_history(names, None, _EVER, provinces, units)
        inside = pl.col("as_of") <= micros(until)
        return self._figures[asked].filter(inside if since is None else inside & (pl.col("as_of") >= micros(since)))

    def reading_states(
        self,
        until: datetime,  # noqa: ARG002
        provinces: Collection[str] | None = None,  # noqa: ARG002
    ) -> str | None:
        """Nobody keeps what is judged ahead, and what was kept of the campaign is of the present."""
        return None


@contextmanager
def private_copy(store: Store, start: datetime, until: datetime) -> Iterator[Store]:
    """The campaign as it stands, with what is needed to go on from `start` up to `until`; gone on leaving.

    The campaign itself is only read, and not held up. Its folder serves the copy for calendars and texts,
    which nothing here writes. Refusal where there is no room for the copy.
    """
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        _sweep(folder.stat().st_mtime)
        with _held(folder):
            yield from _lent(store, folder / "pucha.db", start, until)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lent(store: Store, file: Path, start: datetime, until: datetime) -> Iterator[Store]:
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        copy = _copied(store, file, start, until)
    except (sqlite3.Error, OSError) as fault:
        raise Refusal(
            f"临时文件夹 {tempfile.gettempdir()} 放不下预告用的副本，请清理后重试（或用 TMPDIR 另指一处）",
            f"the copy for the preview does not fit into {tempfile.gettempdir()}; make room, or set TMPDIR",
        ) from fault
    try:
        yield copy
    finally:
        copy.engine.dispose()


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Show the next previews that somebody is in this folder, until it is left or its program dies."""
    if sys.platform == "win32":
        yield  # files in use cannot be removed there, so nobody can sweep it away
        return
    import fcntl

    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep(made: float) -> None:
    """Remove what killed previews of this user left behind: folders whose lock nobody holds.

    made: when the folder of this preview was, by the disk's own clock.
    """
    if sys.platform == "win32":
        return
    import fcntl

    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            about = folder.stat()
            if about.st_uid != os.getuid() or made - about.st_mtime < _YOUNG:
                continue
            with (folder / _LOCK).open() as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # held by a preview that runs, or gone meanwhile


def _copied(store: Store, file: Path, start: datetime, until: datetime) -> Store:
    if store.is_sqlite:
        _back_up(store, file)
    url = f"sqlite:///{file}"
    # `database` is worked out once and kept, so a copy of the settings would otherwise still name the campaign
    settings = store.settings.model_copy(update={"database_url": SecretStr(url), "database": url})
    opened = open_store(settings, create=not store.is_sqlite)
    _never_wait_for_the_disk(opened.engine)
    copy = StillStore(opened.engine, opened.home, settings, campaign=store)
    if copy.engine.url.database != str(file):
        raise ValueError("the preview would have worked on the campaign itself")
    if not store.is_sqlite:
        _copy_tables(store, copy)
        _copy_readings(store, copy, start, until)
    with copy.writing() as connection:
        let_go(connection, micros(start))
    return copy


def _never_wait_for_the_disk(engine: Engine) -> None:
    """What is thrown away afterwards need not survive a power cut."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    engine.dispose()


def _back_up(store: Store, file: Path) -> None:
    """SQLite's own backup: one moment of the campaign, without holding up its writers."""
    target = sqlite3.connect(file)
    try:
        with store.reading() as connection:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            source.backup(target)
        target.execute("PRAGMA secure_delete=ON")
        target.execute("UPDATE contacts SET channel = x''")
        target.commit()
    finally:
        target.close()


def _copy_tables(store: Store, copy: Store) -> None:
    """Table by table, as of one moment, some rows at a time; nobody's channel."""
    with store.one_moment() as source, copy.writing() as target:
        # guards let a paper's cases in while it is a draft alone; here they come after it was settled
        for (guard,) in target.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
            target.exec_driver_sql(f"DROP TRIGGER {guard}")
        for table in SQLModel.metadata.sorted_tables:
            if table.name in _NOT_NEEDED:
                continue
            for part in table_parts(source, table):
                insert_frame(target, table.name, _as_copied(table.name, part))


def _as_copied(table: str, part: pl.DataFrame) -> pl.DataFrame:
    """Rows of a table without what the copy must not have, or has no use for."""
    if table == "contacts":
        return part.with_columns(channel=b"")
    if table == "batches":
        # the rows of registers are read from the archive, which the copy shares: figures are not
        return part.filter((pl.col("register") != "") | pl.col("districts").cast(pl.Boolean))
    return part


def _copy_readings(store: Store, copy: Store, start: datetime, until: datetime) -> None:
    """The figures that the passes to come will judge by: the last ones, those of periods, and those dated later."""
    plan = store.plan()
    judged_once = {name for one in plan.requirements if not one.every for name in plan.behind[one.key]}
    of_periods = PeriodNames.of(plan, plan.requirements)
    names = with_counts_of_districts(plan, judged_once) | of_periods.districts
    parts = [store.readings(names, start), store.reading_history(names, start, until)]
    periods = [period for one in plan.requirements if one.every for period in plan.periods(one, until)]
    if periods:
        first = min(period.starts for period in periods)
        parts.append(store.readings(of_periods.districts, first - timedelta(microseconds=1)))
        parts.append(store.reading_history(of_periods.all, first, until))
    found = pl.concat(parts).unique(["indicator", "as_of", "unit"], keep="last").with_columns(batch=pl.lit(1, pl.Int64))
    with copy.writing() as connection:
        insert_frame(connection, "readings", found)
