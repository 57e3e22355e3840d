"""Beginnings: which of the notices that a sender holds go out next, written down before any of them leaves.

Taking up (`tasks.delivery.leases`) and beginning are two steps, so that a sender that dies leaves in doubt only what it had
begun. What it held besides is free again in half a minute, and nothing about it says that it may have arrived.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, select
from sqlmodel import col

from models.moments import micros
from models.rules.delivery.outcomes import OUTAGE_PAUSE
from models.tables import Notice
from tasks.campaign.locks import LEDGER
from tasks.delivery.attempts import Desk, Held, Leased
from tasks.delivery.leases import HELD_FOR
from tasks.delivery.ledger import begin, free, hold, keep_leased

_NEW = ("planned", "held")


@dataclass(frozen=True)
class Begun:
    """Of the notices that were to begin: those that may leave now, and those that the sender no longer holds.

    In neither is what a pass is changing at this moment: it is asked for again.
    """

    begun: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()


def begin_now(desk: Desk, notices: Sequence[Leased], now: datetime) -> Begun:
    """Begin these, in a transaction of its own."""
    if not notices:
        return Begun()
    with desk.store.writing(LEDGER) as connection:
        return begin_these(desk, connection, notices, now)


def begin_these(desk: Desk, connection: Connection, notices: Sequence[Leased], now: datetime) -> Begun:
    """Begin those that are still ours and may still go out; the others are let go."""
    at, is_open = micros(now), desk.may_go(now, always=False) <= now
    rows = _rows(connection, notices)
    ours = [one for one in notices if one.id in rows and _is_ours(rows[one.id], one)]
    # an answer to an earlier commit that did not arrive: it has begun already
    fresh = [one for one in ours if rows[one.id].state != "sending"]
    may_go = [one for one in fresh if _may_go(rows[one.id], one, at, is_open)]
    begin(connection, may_go, micros(now + timedelta(minutes=desk.settings.lease_minutes)), at)
    late = {one.id for one in fresh} - {one.id for one in may_go}
    free(connection, sorted(late))
    begun = {one.id for one in ours} - late
    return Begun(frozenset(begun), frozenset(rows) - begun)


def give_back(desk: Desk, notices: Sequence[tuple[Leased, str | None]], now: datetime) -> None:
    """Let go of notices that were not begun; one with a reason waits for a while, with that reason."""
    if not notices:
        return
    later = now + OUTAGE_PAUSE
    with desk.store.writing(LEDGER) as connection:
        rows = _rows(connection, [one for one, _ in notices])
        ours = [(one, why) for one, why in notices if one.id in rows and _is_unbegun(rows[one.id], one)]
        put_off = [_put_off(desk, rows[one.id], why, later) for one, why in ours if why is not None]
        hold(connection, put_off, micros(now))
        free(connection, [one.id for one, why in ours if why is None])


def stay(desk: Desk, notices: Sequence[Leased], now: datetime) -> None:
    """The sender of these lives, and still holds what has not begun."""
    if not notices:
        return
    with desk.store.writing(LEDGER) as connection:
        rows = _rows(connection, notices)
        ours = [one.id for one in notices if one.id in rows and _is_unbegun(rows[one.id], one)]
        keep_leased(connection, ours, micros(now + HELD_FOR))


def _rows(connection: Connection, notices: Sequence[Leased]) -> dict[int, Any]:
    """These as the ledger has them, and nobody changes them meanwhile. Left out: what a pass is changing at this moment,
    for which a sender, who holds the ledger, may not wait."""
    due = case((col(Notice.state).in_(_NEW), col(Notice.not_before)), else_=col(Notice.next_try))
    query = select(col(Notice.id), col(Notice.state), col(Notice.lease), col(Notice.any_hour), due.label("due")).where(
        col(Notice.id).in_([one.id for one in notices])
    )
    locked = query.order_by(col(Notice.id)).with_for_update(skip_locked=True)
    return {row.id: row for row in connection.execute(locked)}


def _is_ours(row: Any, notice: Leased) -> bool:
    return bool(row.lease == notice.token)


def _is_unbegun(row: Any, notice: Leased) -> bool:
    return _is_ours(row, notice) and row.state != "sending"


def _may_go(row: Any, notice: Leased, at: int, is_open: bool) -> bool:
    """Whether it still may, as when it was taken up: meanwhile the office may have closed."""
    return row.state == notice.was and row.due <= at and (is_open or bool(row.any_hour))


def _put_off(desk: Desk, row: Any, why: str, later: datetime) -> Held:
    until = micros(desk.may_go(later, bool(row.any_hour)))
    is_new = row.state in _NEW
    return Held(
        id=row.id,
        was=row.state,
        state="held" if is_new else row.state,
        reason=why,
        next_try=until,
        not_before=until,
        silent=not is_new,
    )
