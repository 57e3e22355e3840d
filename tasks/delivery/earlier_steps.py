"""Earlier steps of a notice, read from its history: since when it was kept, and when it was first sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from sqlalchemy import Connection, bindparam, text

from models.moments import moment_at
from tasks.delivery.attempts import Desk


def held_since(desk: Desk, connection: Connection, notice: int, *, always: bool) -> datetime | None:
    """When a notice could first have gone out by its hours, and was kept; None where it never was."""
    query = (
        "SELECT at FROM transitions WHERE notice_id = :id AND was IS NOT NULL AND state IN ('held', 'retry', 'unknown')"
        " ORDER BY id"
    )
    for at in connection.execute(text(query), {"id": notice}).scalars():
        moment = moment_at(at, desk.texts.plan.zone)
        if desk.may_go(moment, always) <= moment:
            return moment
    return None


def first_sendings(connection: Connection, repeats: Sequence[int], zone: tzinfo | None) -> dict[int, datetime]:
    """When each of these notices, which may have arrived, was taken up for the sending of which nobody knows."""
    if not repeats:
        return {}
    query = text(
        "SELECT t.notice_id, MAX(t.at) AS at FROM transitions t WHERE t.notice_id IN :ids AND t.state = 'sending'"
        " AND t.id < (SELECT MIN(u.id) FROM transitions u WHERE u.notice_id = t.notice_id AND u.state = 'unknown')"
        " GROUP BY t.notice_id"
    ).bindparams(bindparam("ids", expanding=True))
    return {row.notice_id: moment_at(row.at, zone) for row in connection.execute(query, {"ids": list(repeats)})}
