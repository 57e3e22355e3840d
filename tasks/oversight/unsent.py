"""Unsent (待发): words that should have gone out and have not, and those that something holds.

Those that a throttle or a broken channel keeps are held, and do not count as unsent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

_READY = (
    " FROM notices n LEFT JOIN channels x ON x.address = n.address"
    " WHERE n.settled_at IS NULL AND n.state <> 'sending' AND n.created_at < :at"
    " AND COALESCE(n.next_try, n.not_before) + :grace <= :at"
    " AND COALESCE(x.free_at, 0) <= :at AND COALESCE(x.aside_until, 0) <= :at"
)


def unsent(connection: Connection, at: int, grace: int) -> Sequence[Any]:
    """Lines that were to go out more than `grace` before `at`: unit, requirement, period, rung, ready_since."""
    query = (
        "SELECT c.unit, c.requirement, c.period, l.rung, w.ready_since FROM notice_lines l"
        f" JOIN (SELECT n.id, COALESCE(n.next_try, n.not_before) AS ready_since{_READY}) w ON w.id = l.notice_id"
        " JOIN cases c ON c.id = l.case_id WHERE l.state = 'live' ORDER BY l.id"
    )
    return connection.execute(text(query), {"at": at, "grace": grace}).all()


def oldest_unsent(connection: Connection, at: int, grace: int) -> tuple[int, int | None]:
    """How many notices were to go out more than `grace` before `at` and have not, and since when the first could have."""
    query = f"SELECT COUNT(*) AS notices, MIN(COALESCE(n.next_try, n.not_before)) AS since{_READY}"
    row = connection.execute(text(query), {"at": at, "grace": grace}).one()
    return int(row.notices), row.since


def oldest_held(connection: Connection, at: int) -> tuple[int, int | None]:
    """How many notices owed by `at` wait for an hour or a channel, and since when the first of them was owed."""
    query = (
        "SELECT COUNT(*) AS notices, MIN(n.created_at) AS since FROM notices n"
        " WHERE n.settled_at IS NULL AND n.state <> 'sending' AND n.created_at <= :at"
    )
    row = connection.execute(text(query), {"at": at}).one()
    return int(row.notices), row.since
