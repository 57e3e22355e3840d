"""The campaign's database: opening it, and reading what is known as frames. One read or write each."""

from __future__ import annotations

import gc
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, ProgrammingError

from models.calendar.working_time import Calendar
from models.moments import micros
from models.plan.expressions import trust
from models.plan.files import reread
from models.plan.model import Plan
from models.rules.judging.tree import NAMES
from models.wording import Refusal
from tasks.campaign.calendars import load_calendar
from tasks.campaign.secrets import Keeper, open_keeper
from tasks.campaign.settings import Settings

VERSION = "0001"
_CHUNK = 50_000

_LOCK = 0x70756368
"""PostgreSQL advisory lock of a campaign: "puch"."""


_ON_THE_LINE = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""PostgreSQL: seconds (and milliseconds) after which a server that has vanished from the network is given up."""


@dataclass
class Store:
    """One campaign's database and the folder that belongs to it. Never held open while a message is sent."""

    engine: Engine
    home: Path
    settings: Settings
    _plan: tuple[int, Plan] | None = field(default=None, repr=False)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @cached_property
    def keeper(self) -> Keeper:
        key = self.settings.key
        return open_keeper(self.home, key.get_secret_value() if key else None)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One exclusive transaction: a second writer waits. Rolled back if anything goes wrong inside."""
        with _in_words(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            yield connection
            try:
                connection.commit()
            except BaseException:
                connection.invalidate()  # otherwise it goes back to the pool with the transaction open, and the lock
                raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with, closed at once afterwards."""
        with _in_words(), self.engine.connect() as connection:
            yield connection

    def frame(
        self, query: str, schema: dict[str, Any], connection: Connection | None = None, **values: Any
    ) -> pl.DataFrame:
        """The answer to a query as a frame with exactly the columns of `schema`."""
        if connection is None:
            with self.reading() as own:
                rows = own.execute(text(query), values).fetchall()
        else:
            rows = connection.execute(text(query), values).fetchall()
        columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
        return pl.DataFrame(
            [
                pl.Series(name, column, dtype=kind, strict=False)
                for (name, kind), column in zip(schema.items(), columns, strict=True)
            ]
        )

    def plan(self) -> Plan:
        """The plan in force. Refusal where nothing was loaded yet."""
        with self.reading() as connection:
            row = connection.execute(text("SELECT loaded_at, sources, leaves, proof FROM campaign")).first()
        if row is None:
            raise Refusal(
                "本库还没有普查方案，请先执行 pucha load --plan 方案 --units 单位表",
                "this database holds no campaign yet; run pucha load --plan F --units F first",
            )
        if self._plan is None or self._plan[0] != row.loaded_at:
            trust(row.proof)
            sources = [(item["name"], item["text"]) for item in json.loads(row.sources)]
            self._plan = (row.loaded_at, reread(sources, json.loads(row.leaves)))
        return self._plan[1]

    def calendar(self) -> Calendar:
        """The working calendar of the plan in force, with what this office imported."""
        return load_calendar(self.plan().calendar, self.home)

    def units(self, levels: Collection[str] | None = None, connection: Connection | None = None) -> pl.DataFrame:
        """Offices: unit, name, level, superior, in code order; only those of `levels` where given."""
        schema = {"unit": pl.String, "name": pl.String, "level": pl.String, "superior": pl.String}
        query = "SELECT code, name, level, superior FROM units"
        if levels is not None:
            listed = ", ".join(f"'{level}'" for level in sorted(levels) if level.isalpha())
            query += f" WHERE level IN ({listed})"
        return self.frame(f"{query} ORDER BY code", schema, connection)

    def unit(self, code: str) -> tuple[str, str, str] | None:
        """(code, name, level) of one office, or None."""
        with self.reading() as connection:
            row = connection.execute(
                text("SELECT code, name, level FROM units WHERE code = :code"), {"code": code}
            ).first()
        return (row.code, row.name, row.level) if row else None

    def superior(self, code: str) -> tuple[str, str, str] | None:
        """(code, name, level) of the office that `code` answers to on the business line, or None."""
        query = "SELECT s.code, s.name, s.level FROM units u JOIN units s ON s.code = u.superior WHERE u.code = :code"
        with self.reading() as connection:
            row = connection.execute(text(query), {"code": code}).first()
        return (row.code, row.name, row.level) if row else None

    def further_superiors(self) -> pl.DataFrame:
        """Superiors beside the primary one: unit, superior, line."""
        schema = {"unit": pl.String, "superior": pl.String, "line": pl.String}
        return self.frame("SELECT code, superior, line FROM superiors ORDER BY code, superior, line", schema)

    def contacts(self) -> pl.DataFrame:
        """Who holds which role, each person once: unit, role, person, place (the order in the file). No channels."""
        schema = {"unit": pl.String, "role": pl.String, "person": pl.String, "place": pl.Int64}
        query = "SELECT unit, role, person, MIN(place) FROM contacts GROUP BY unit, role, person ORDER BY unit, role, 4"
        return self.frame(query, schema)

    def exits(self) -> set[tuple[str, str]]:
        """Phase exits that a person signed: (unit, phase)."""
        with self.reading() as connection:
            return {(row.unit, row.phase) for row in connection.execute(text("SELECT unit, phase FROM exits"))}

    def readings(self, names: Collection[str], until: datetime) -> pl.DataFrame:
        """The reading that holds for each indicator and unit at `until`: the latest one not later than that.

        Returns indicator, unit (both categorical), value, reported, expected, as_of, in order of indicator and unit.
        """
        return last_of_each(self.reading_history(names, None, until))

    def reading_history(self, names: Collection[str], since: datetime | None, until: datetime) -> pl.DataFrame:
        """Every reading from `since` (the beginning for None) up to and including `until`.

        Columns as for `readings`, in order of indicator, unit and moment; of several for one moment the last holds.
        """
        listed = ", ".join(f"'{name}'" for name in sorted(names) if name.replace("_", "").isalnum())
        query = (
            "SELECT indicator, unit, value, reported, expected, as_of FROM readings"
            f" WHERE indicator IN ({listed or 'NULL'}) AND as_of >= {micros(since) if since else -(2**62)}"
            f" AND as_of <= {micros(until)} ORDER BY indicator, unit, as_of, batch"
        )
        schema = {
            "indicator": NAMES,
            "unit": NAMES,
            "value": pl.Float64,
            "reported": pl.Int64,
            "expected": pl.Int64,
            "as_of": pl.Int64,
        }
        # each database has an order of its own for text; ours is by code point
        return self._many(query, schema).sort("indicator", maintain_order=True)

    def _many(self, query: str, schema: dict[str, Any]) -> pl.DataFrame:
        """The answer to a query over millions of rows. Rows come in chunks, so that few of them are Python objects
        at a time, and without the garbage collector, which would look through all of them again and again."""
        parts = [pl.DataFrame(schema=schema)]
        with _in_words(), self.engine.connect() as connection, _without_collector():
            cursor = connection.connection.cursor()
            try:
                cursor.execute(query)
                while rows := cursor.fetchmany(_CHUNK):
                    columns = zip(*rows, strict=True)
                    parts.append(
                        pl.DataFrame(
                            [
                                pl.Series(name, column, dtype=kind, strict=False)
                                for (name, kind), column in zip(schema.items(), columns, strict=True)
                            ]
                        )
                    )
            finally:
                cursor.close()
        return pl.concat(parts)

    def decisions(self) -> pl.DataFrame:
        """What people decided on duties: unit, requirement, period, waived, extended_to (the latest)."""
        schema = {
            "unit": pl.String,
            "requirement": pl.String,
            "period": pl.String,
            "kind": pl.String,
            "until": pl.Int64,
        }
        rows = self.frame(
            "SELECT unit, requirement, period, kind, until FROM decisions WHERE kind IN ('waive', 'extend') ORDER BY id",
            schema,
        )
        return rows.group_by("unit", "requirement", "period", maintain_order=True).agg(
            waived=(pl.col("kind") == "waive").any(),
            extended_to=pl.col("until").filter(pl.col("kind") == "extend").last(),
        )


def open_store(settings: Settings, *, create: bool = False) -> Store:
    """Open the campaign's database; with `create` make it, or bring an older one up to date, first.

    Refusal where it cannot be reached, or is of another version than this program.
    """
    url = _read_url(settings.database)
    if create:
        settings.home.mkdir(parents=True, exist_ok=True)
    if url.get_backend_name() == "sqlite":
        if not create and url.database and not Path(url.database).exists():
            raise Refusal(
                f"{settings.home} 中还没有普查数据，请先执行 pucha load",
                f"there is no campaign in {settings.home} yet; run pucha load first",
            )
        engine = create_engine(url, connect_args={"timeout": 60})
        _set_up_sqlite(engine)
    else:
        engine = create_engine(url, pool_pre_ping=True, connect_args=_ON_THE_LINE)
    store = Store(engine, settings.home, settings)
    _check_version(store, create)
    return store


def _read_url(text: str) -> URL:
    """The database's address; PostgreSQL always through psycopg. Refusal for any other kind, without the address."""
    try:
        url = make_url(text)
        kind = url.get_backend_name()
    except (ArgumentError, ValueError):
        kind = ""
    if kind == "sqlite":
        return url
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise Refusal(
        "PUCHA_DATABASE_URL 写法有误，应写作 postgresql+psycopg://用户:密码@主机/库名 或 sqlite:///路径",
        "PUCHA_DATABASE_URL cannot be read; write postgresql+psycopg://user:password@host/name or sqlite:///path",
    ) from None


def _set_up_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-65536")


def _check_version(store: Store, create: bool) -> None:
    found = _version(store)
    if found == VERSION:
        return
    if found is not None and found > VERSION:
        raise Refusal(
            f"数据库版本 {found} 比本程序（{VERSION}）新，请升级程序后再用",
            f"the database is of version {found}, newer than this program ({VERSION}); update the program",
        )
    if create:
        from tasks.campaign.migrate import upgrade

        upgrade(store.engine)
        return
    if found is None:
        raise Refusal(
            "数据库里还没有普查数据，请先执行 pucha load",
            "the database holds no campaign yet; run pucha load first",
        )
    raise Refusal(
        f"数据库版本 {found} 比本程序（{VERSION}）旧，请备份后重新执行 pucha load 完成升级",
        f"the database is of version {found}, older than this program ({VERSION}); back it up and run pucha load again",
    )


def _version(store: Store) -> str | None:
    try:
        with store.reading() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except Refusal as refusal:
        if isinstance(refusal.__cause__, ProgrammingError) or "no such table" in str(refusal.__cause__):
            return None
        raise


def last_of_each(readings: pl.DataFrame) -> pl.DataFrame:
    """Of readings in order of indicator, unit and moment the last one of each indicator and unit."""
    same = (pl.col("indicator") == pl.col("indicator").shift(-1)) & (pl.col("unit") == pl.col("unit").shift(-1))
    return readings.filter(~same.fill_null(False))


@contextmanager
def _without_collector() -> Iterator[None]:
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


@contextmanager
def _in_words() -> Iterator[None]:
    """Say what ails the database in a sentence; a URL or password never shows in it."""
    try:
        yield
    except DBAPIError as fault:
        cause = str(fault.orig)
        if "full" in cause or "No space" in cause:
            raise Refusal(
                "磁盘空间不足，未作任何更改，请清理后重试", "no disk space left; nothing was changed"
            ) from fault
        if "locked" in cause:
            raise Refusal("数据库正忙，请稍后重试", "the database is busy; try again shortly") from fault
        if "not a database" in cause:
            raise Refusal("数据库文件已损坏或不是普查数据库", "the database file is damaged, or no database") from fault
        if isinstance(fault, OperationalError) and "no such table" not in cause:
            raise Refusal(
                "连不上数据库，请检查 PUCHA_DATABASE_URL 和数据库服务是否正常",
                "cannot reach the database; check PUCHA_DATABASE_URL and that the server runs",
            ) from fault
        if isinstance(fault, ProgrammingError) or "no such table" in cause:
            raise Refusal(
                "数据库里还没有普查数据，请先执行 pucha load", "the database holds no campaign yet"
            ) from fault
        raise
