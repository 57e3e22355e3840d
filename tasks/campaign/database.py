"""A campaign's database as such: reached, set up, brought up to date, read and written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from models.wording import Refusal
from tasks.campaign.database_faults import has_no_tables, in_words
from tasks.campaign.locks import EVERYTHING, LONGEST_WAIT, Writes, end_well, take_locks
from tasks.campaign.one_writer import alone
from tasks.campaign.private_files import keep_private

VERSION = "0018"

_ON_THE_LINE = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""PostgreSQL: seconds (and milliseconds) after which a server that has vanished from the network is given up."""


FileIdentity = tuple[int, int]
"""Device and inode."""


class NoCampaign(Refusal):
    """There is no campaign yet where one is asked for: no database, or one without our tables."""


def open_database(address: str, home: Path, *, create: bool) -> Engine:
    """Open the database of the campaign in `home`; with `create` make it, or bring an older one up to date, first.

    Refusal where it cannot be reached, or is of another version than this program; NoCampaign where there is none.
    """
    url = _read_url(address)
    if create or home.exists():
        keep_private(home)
    if url.get_backend_name() == "sqlite":
        if not create and url.database and not Path(url.database).exists():
            raise NoCampaign(
                f"{home} 中还没有普查数据，请先执行 pucha load",
                f"there is no campaign in {home} yet; run pucha load first",
            )
        engine = create_engine(url, connect_args={"timeout": 60})
        _set_up_sqlite(engine)
    else:
        engine = create_engine(url, pool_pre_ping=True, connect_args=_ON_THE_LINE)
    _check_version(engine, create)
    return engine


def database_file(engine: Engine) -> Path | None:
    """The file of an SQLite database; None for a server."""
    name = engine.url.database if engine.dialect.name == "sqlite" else None
    return Path(name) if name else None


def file_identity(file: Path) -> FileIdentity | None:
    """What tells a file from another one that was put in its place; None where there is no file."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def writing(engine: Engine, writes: Writes = EVERYTHING, wait: int = LONGEST_WAIT) -> Iterator[Connection]:
    """One transaction, rolled back if anything goes wrong inside. Whoever may not write what it writes waits.

    writes: for PostgreSQL; in SQLite every other writer waits. wait: seconds; Refusal after that.
    """
    with (
        in_words(),
        alone(engine.url.database if engine.dialect.name == "sqlite" else None),
        engine.connect() as connection,
    ):
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        take_locks(connection, writes, wait)
        yield connection
        end_well(connection)
        try:
            connection.commit()
        except BaseException:
            connection.invalidate()  # otherwise it goes back to the pool with the transaction open, and the lock
            raise


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read with, closed at once afterwards."""
    with in_words(), engine.connect() as connection:
        yield connection


def snapshot(connection: Connection) -> None:
    """From here on a connection that has just begun sees one moment, whatever others write meanwhile."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    else:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


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
        # what was answered, owed, leased or sent is on the disk before anybody hears of it: a lease that a power cut takes
        # back is a message sent twice without a word (NORMAL syncs at a checkpoint only)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-65536")


def _check_version(engine: Engine, create: bool) -> None:
    found = _version(engine)
    if found == VERSION:
        return
    if found is not None and found > VERSION:
        raise Refusal(
            f"数据库版本 {found} 比本程序（{VERSION}）新，请升级程序后再用",
            f"the database is of version {found}, newer than this program ({VERSION}); update the program",
        )
    if create:
        from tasks.campaign.migrate import upgrade

        with writing(engine) as connection:
            upgrade(connection)
        return
    if found is None:
        raise NoCampaign(
            "数据库里还没有普查数据，请先执行 pucha load",
            "the database holds no campaign yet; run pucha load first",
        )
    raise Refusal(
        f"数据库版本 {found} 比本程序（{VERSION}）旧，请备份后重新执行 pucha load 完成升级",
        f"the database is of version {found}, older than this program ({VERSION}); back it up and run pucha load again",
    )


def _version(engine: Engine) -> str | None:
    try:
        with reading(engine) as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except Refusal as refusal:
        if isinstance(refusal.__cause__, DBAPIError) and has_no_tables(refusal.__cause__):
            return None
        raise
