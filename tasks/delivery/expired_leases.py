"""Before a pass sends: leases of dead senders end, and what is bound to office hours waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from models.moments import micros
from models.rules.delivery.entries import Line
from models.rules.delivery.outcomes import Died, what_follows
from models.tables import Notice
from tasks.campaign.locks import LEDGER
from tasks.delivery.attempts import Desk, EndedAttempt, resends
from tasks.delivery.fallback import go_up
from tasks.delivery.hours import outside_hours
from tasks.delivery.ledger import attempt_of, end_attempts, free_unbegun, hold_until_opening

_AT_ONCE = 1000


def expire(desk: Desk, now: datetime) -> int:
    """Leases that ran out: their senders died, so the messages may or may not have arrived.

    What is not to be sent twice is left; the others may be sent again, marked. What they had not begun is simply free.
    Returns how many were given up.
    """
    at = micros(now)
    with desk.store.writing(LEDGER) as connection:
        free_unbegun(connection, at)
    given_up = 0
    over = select(Notice).where(
        col(Notice.settled_at).is_(None), col(Notice.state) == "sending", col(Notice.lease_until) <= at
    )
    while True:
        with desk.store.writing(LEDGER) as connection:
            rows = connection.execute(over.order_by(col(Notice.id)).limit(_AT_ONCE)).all()
            if not rows:
                return given_up
            lines = desk.texts.lines(connection, [row.id for row in rows])
            ended = [_end(desk, row, lines.get(row.id, []), now) for row in rows]
            end_attempts(connection, ended, at)
            lost = {one.notice: "died" for one in ended if one.after.given_up}
            go_up(desk, connection, lost, now)
            given_up += len(lost)


def _end(desk: Desk, row: Any, lines: Sequence[Line], now: datetime) -> EndedAttempt:
    attempt = attempt_of(row, row.attempts, resend=bool(resends(desk.settings, lines)))
    after = what_follows(attempt, Died(), now, most=desk.settings.most_attempts, may_go=desk.may_go)
    reason = desk.said("发送进程中断，是否送达不明", "its sender died; it may have arrived")
    return EndedAttempt(row.id, row.lease, after, code=row.code, error=reason, reason=reason)


def hold_outside_hours(desk: Desk, now: datetime) -> None:
    """Outside office hours, what is bound to them waits for the next opening, whenever it was owed."""
    opening = desk.may_go(now, always=False)
    if opening <= now:
        return
    with desk.store.writing(LEDGER) as connection:
        hold_until_opening(connection, micros(opening), outside_hours(desk, micros(opening)), micros(now))
