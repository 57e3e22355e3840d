"""Where the audit trail ended, kept outside the database: a day's last head in a line of `trail-heads.jsonl`.

Whoever may do everything with the database can write another trail, whole in itself; its heads would not be these.
The file lies in the data folder of each machine that writes, and holds only what that machine wrote.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path

from sqlalchemy import Connection
from sqlmodel import col, select

from models.moments import moment_at
from models.tables import TrailHead, TrailRecord
from tasks.campaign.on_disk import put_in_place

LOG = logging.getLogger(__name__)
FILE = "trail-heads.jsonl"
WRITTEN = "trail written"
"""Stands in a connection's `info` where its transaction appends to the trail."""


@dataclass(frozen=True)
class Head:
    """The last record of the trail as it once was. at: its moment, in microseconds."""

    at: int
    records: int
    hash: str

    @property
    def day(self) -> str:
        return moment_at(self.at, UTC).date().isoformat()


@dataclass(frozen=True)
class Grown:
    """The head that a transaction leaves, and whether the trail still holds the last head that was kept."""

    head: Head
    goes_on: bool


def grown(connection: Connection, home: Path) -> Grown | None:
    """What is to be kept once this transaction is over; None where the trail is empty."""
    head = head_now(connection)
    if head is None:
        return None
    return Grown(head, all(holds(connection, one) for one in read_heads(home)[-1:]))


def head_now(connection: Connection) -> Head | None:
    """Where the trail ends; None where it is empty."""
    end = connection.execute(select(TrailHead.records, TrailHead.hash)).first()
    if end is None or end.records == 0:
        return None
    at = connection.execute(select(TrailRecord.at).where(col(TrailRecord.id) == end.records)).scalar()
    return Head(at or 0, end.records, end.hash)


def holds(connection: Connection, head: Head) -> bool:
    """True if the trail has that record with that hash, or one that begins like it.

    The database compares: what somebody wrote there may be no text that could be read.
    """
    same = (col(TrailRecord.id) == head.records, col(TrailRecord.hash).startswith(head.hash))
    return connection.execute(select(TrailRecord.id).where(*same)).first() is not None


def read_heads(home: Path) -> list[Head]:
    """The heads that this machine has kept, oldest first; a line that cannot be read is left out."""
    try:
        lines = (home / FILE).read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    found = []
    for line in lines:
        try:
            data = json.loads(line)
            found.append(Head(int(data["at"]), int(data["records"]), str(data["hash"])))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def keep_head(home: Path, now: Grown) -> None:
    """Keep a head, in place of an earlier one of its day that it goes on from. What was kept is never taken back.

    A head that cannot be written is left out: the act that it stands for is done.
    """
    try:
        with _alone(home):
            kept = read_heads(home)
            if kept and kept[-1].records >= now.head.records:
                return  # another process was later; or the trail was cut, which these heads shall show
            if kept and now.goes_on and kept[-1].day == now.head.day:
                kept.pop()
            part = home / f".{FILE}.part"
            part.write_text("".join(json.dumps(asdict(head)) + "\n" for head in [*kept, now.head]), encoding="ascii")
            part.chmod(0o600)
            put_in_place(part, home / FILE)
    except OSError as fault:
        LOG.warning("the head of the audit trail could not be kept: %s", fault.strerror)


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One process at a time."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    handle = os.open(home / f".{FILE}.lock", os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(handle, "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
