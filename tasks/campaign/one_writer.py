"""One writer at a time on an SQLite file, commit and checkpoint included; and which versions of SQLite need that."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from models.wording import Refusal, Said

_WAITS = 60.0
_PAUSE = 0.005
_MENDED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""By branch the first versions without the WAL-reset bug (sqlite.org/wal.html#walresetbug); it came with 3.7.0."""


def loses_commits(version: tuple[int, int, int]) -> bool:
    """Whether an SQLite of this version may lose what was committed, where two write or checkpoint at one instant."""
    if version < (3, 7, 0) or version >= _MENDED[-1]:
        return False
    return not any(version[:2] == mended[:2] and version >= mended for mended in _MENDED)


def doubt_of_sqlite() -> Said | None:
    """A word about the SQLite that this Python was built with, where it is of such a version."""
    found = sqlite3.sqlite_version_info[:3]
    if not loses_commits((found[0], found[1], found[2])):
        return None
    version = sqlite3.sqlite_version
    return Said(
        f"SQLite {version} 有已公布的缺陷（WAL-reset，极少见，可能丢失数据），本程序已使各进程轮流写入以避开；请择时升级到 3.51.3 以上",
        f"SQLite {version} has the published WAL-reset bug (rare, may lose data); our processes write in turns to avoid it;"
        " update to 3.51.3 or later",
    )


@contextmanager
def alone(file: str | None) -> Iterator[None]:
    """Be the only one of our processes and threads that writes to an SQLite file; None: nothing to wait for.

    SQLite itself lets one checkpoint while another commits, which is where the bug lies. Refusal after a minute.
    """
    if not file or file == ":memory:" or sys.platform == "win32":
        yield
        return
    import fcntl

    try:
        handle = os.open(f"{file}-writer", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:
        yield  # a folder that cannot be written: SQLite says so in its own words
        return
    try:
        until = time.monotonic() + _WAITS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise Refusal("数据库正忙，请稍后重试", "the database is busy; try again shortly") from None
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(handle)
