"""A campaign's database as such: reached, set up, brought up to date, read and written; its faults in sentences."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlmodel import SQLModel

import models.tables  # noqa: F401  (all tables of ours are known by name)
from models.wording import Refusal
from tasks.campaign.giving_way import GIVES_WAY, GaveWay
from tasks.campaign.locks import EVERYTHING, LONGEST_WAIT, Writes, end_well, take_locks
from tasks.campaign.one_writer import alone
from tasks.campaign.private_files import keep_private

VERSION = "0017"

_UNDEFINED_TABLE = "42P01"
"""PostgreSQL's own number for it; its words are in the server's language."""
_WAITED = "55P03"
"""Waited too long for a lock."""

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
        _in_words(),
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
    with _in_words(), engine.connect() as connection:
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
        if isinstance(refusal.__cause__, DBAPIError) and _has_no_tables(refusal.__cause__):
            return None
        raise


@contextmanager
def _in_words() -> Iterator[None]:
    """Say what ails the database in a sentence; a URL or password never shows in it."""
    try:
        yield
    except DBAPIError as fault:
        cause = str(fault.orig)
        state = getattr(fault.orig, "sqlstate", None)
        if state == _WAITED or state in GIVES_WAY:
            raise (GaveWay if state in GIVES_WAY else Refusal)(
                "系统正忙：另有写入迟迟未结束，未作任何更改，请稍后重试；若一再如此，请查看是否有进程卡住",
                "busy: another writer has not ended in time; nothing was changed,"
                " try again shortly; if it happens again and again, see whether a process hangs",
            ) from fault
        if "full" in cause or "No space" in cause:
            raise Refusal(
                "磁盘空间不足，未作任何更改，请清理后重试", "no disk space left; nothing was changed"
            ) from fault
        if "disk I/O error" in cause:  # SQLite's own word for a full disk too, where it makes room for its index
            raise Refusal(
                "数据文件所在磁盘读写出错，未作任何更改：请查看该磁盘是否已满、是否完好，再重试",
                "the disk of the database could not be read or written; nothing was changed: see whether it is full or"
                " damaged, and try again",
            ) from fault
        if "readonly" in cause or "read-only" in cause or "unable to open database file" in cause:
            raise Refusal(
                "数据库只读或无法打开，未作任何更改：请检查数据目录（或 PUCHA_DATABASE_URL 所指的文件夹）及其中文件是否存在、"
                "归本账号所有、可读可写，所在磁盘或数据库服务是否只读",
                "the database is read-only or cannot be opened; nothing was changed: see whether the data folder (or that of"
                " PUCHA_DATABASE_URL) is there, this account owns the data folder and its files and may write them, and"
                " whether the disk or the server is read-only",
            ) from fault
        if "locked" in cause:
            raise Refusal("数据库正忙，请稍后重试", "the database is busy; try again shortly") from fault
        if "not a database" in cause:
            raise Refusal("数据库文件已损坏或不是普查数据库", "the database file is damaged, or no database") from fault
        if _has_no_tables(fault):
            raise Refusal(
                "数据库里还没有普查数据，请先执行 pucha load", "the database holds no campaign yet"
            ) from fault
        if isinstance(fault, OperationalError) and not _is_of_a_statement(fault):
            raise Refusal(
                "连不上数据库，请检查 PUCHA_DATABASE_URL 和数据库服务是否正常",
                "cannot reach the database; check PUCHA_DATABASE_URL and that the server runs",
            ) from fault
        raise


_OUR_TABLES = frozenset({"alembic_version", *SQLModel.metadata.tables})


def _has_no_tables(fault: DBAPIError) -> bool:
    """Whether a table of ours is not there. Whatever else ails a statement is a fault of the program, and said as one."""
    quoted, named = r'"(?:\w+\.)?(\w+)"', r"no such table: (?:\w+\.)?(\w+)"
    if getattr(fault.orig, "sqlstate", None) == _UNDEFINED_TABLE:
        missing = re.findall(quoted, str(fault.orig))
        return not missing or bool(_OUR_TABLES.intersection(missing))
    return bool(_OUR_TABLES.intersection(re.findall(named, str(fault.orig))))


def _is_of_a_statement(fault: DBAPIError) -> bool:
    """Whether SQLite could not make sense of a statement: it calls that operational, as it does a file that cannot be opened."""
    return getattr(fault.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
