"""What ails the database, in sentences: by the database's own number for a fault, never by words in its message.

A message names columns and, on PostgreSQL, the cells of a row, so that any word may stand in it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import SQLModel

import models.tables  # noqa: F401  (all tables of ours are known by name)
from models.wording import Refusal, Said
from tasks.campaign.giving_way import GIVES_WAY, GaveWay

_BUSY = Said(
    "系统正忙：另有写入迟迟未结束，未作任何更改，请稍后重试；若一再如此，请查看是否有进程卡住",
    "busy: another writer has not ended in time; nothing was changed,"
    " try again shortly; if it happens again and again, see whether a process hangs",
)
_FULL = Said("磁盘空间不足，未作任何更改，请清理后重试", "no disk space left; nothing was changed")
_DISK = Said(
    "数据文件所在磁盘读写出错，未作任何更改：请查看该磁盘是否已满、是否完好，再重试",
    "the disk of the database could not be read or written; nothing was changed: see whether it is full or"
    " damaged, and try again",
)
_READ_ONLY = Said(
    "数据库只读或无法打开，未作任何更改：请检查数据目录（或 PUCHA_DATABASE_URL 所指的文件夹）及其中文件是否存在、"
    "归本账号所有、可读可写，所在磁盘或数据库服务是否只读",
    "the database is read-only or cannot be opened; nothing was changed: see whether the data folder (or that of"
    " PUCHA_DATABASE_URL) is there, this account owns the data folder and its files and may write them, and"
    " whether the disk or the server is read-only",
)
_LOCKED = Said("数据库正忙，请稍后重试", "the database is busy; try again shortly")
_DAMAGED = Said("数据库文件已损坏或不是普查数据库", "the database file is damaged, or no database")
_NO_CAMPAIGN = Said("数据库里还没有普查数据，请先执行 pucha load", "the database holds no campaign yet")
_UNREACHABLE = Said(
    "连不上数据库，请检查 PUCHA_DATABASE_URL 和数据库服务是否正常",
    "cannot reach the database; check PUCHA_DATABASE_URL and that the server runs",
)

_UNDEFINED_TABLE = "42P01"
"""PostgreSQL's own number for it; its words are in the server's language."""
_OF_POSTGRESQL = {
    "55P03": _BUSY,  # waited too long for a lock
    "53100": _FULL,
    "58030": _DISK,
    "25006": _READ_ONLY,
}
_OF_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _DISK,  # its word for a full disk too, where it makes room for its index
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _READ_ONLY,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
}
_OUR_TABLES = frozenset({"alembic_version", *SQLModel.metadata.tables})


@contextmanager
def in_words() -> Iterator[None]:
    """Say what ails the database in a sentence; a URL or password never shows in it.

    Raises Refusal, GaveWay where the transaction was taken back for another's sake, and the fault itself where it is one of
    the statement: that is a fault of the program, and said as one.
    """
    try:
        yield
    except DBAPIError as fault:
        if _state(fault) in GIVES_WAY:
            raise GaveWay(*_BUSY) from fault
        said = _sentence(fault)
        if said is None:
            raise
        raise Refusal(*said) from fault


def has_no_tables(fault: DBAPIError) -> bool:
    """Whether a table of ours is not there."""
    quoted, named = r'"(?:\w+\.)?(\w+)"', r"^no such table: (?:\w+\.)?(\w+)$"
    if _state(fault) == _UNDEFINED_TABLE:
        missing = re.findall(quoted, str(fault.orig))
        return not missing or bool(_OUR_TABLES.intersection(missing))
    if _number(fault) != sqlite3.SQLITE_ERROR:
        return False
    return bool(_OUR_TABLES.intersection(re.findall(named, str(fault.orig))))


def _sentence(fault: DBAPIError) -> Said | None:
    """None where a statement is at fault, not the database."""
    state, number = _state(fault), _number(fault)
    if state in _OF_POSTGRESQL:
        return _OF_POSTGRESQL[state]
    if number in _OF_SQLITE:
        return _OF_SQLITE[number]
    if has_no_tables(fault):
        return _NO_CAMPAIGN
    # SQLite calls a statement that it can make no sense of operational, too
    if isinstance(fault, OperationalError) and number != sqlite3.SQLITE_ERROR:
        return _UNREACHABLE
    return None


def _state(fault: DBAPIError) -> str | None:
    """PostgreSQL's five signs for a fault, None where the server never spoke."""
    return getattr(fault.orig, "sqlstate", None)


def _number(fault: DBAPIError) -> int | None:
    """SQLite's number for a kind of fault; what it adds about the kind stands in the higher bits."""
    number = getattr(fault.orig, "sqlite_errorcode", None)
    return None if number is None else number & 0xFF
