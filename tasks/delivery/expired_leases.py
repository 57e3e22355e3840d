"""Before a pass sends: leases of dead senders end, and what is bound to office hours waits for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text

from models.moments import micros
from models.rules.delivery.delivering import after_death
from tasks.delivery.attempts import Desk, resends
from tasks.delivery.fallback import go_up
from tasks.delivery.ledger import Move, note_moves


def expire(desk: Desk, now: datetime) -> int:
    """Leases that ran out: their senders died, so the messages may or may not have arrived.

    What is not to be sent twice is left; the others may be sent again, marked. Returns how many were given up.
    """
    at = micros(now)
    query = text(
        "SELECT id, attempts FROM notices WHERE state = 'sending' AND lease_until <= :at ORDER BY id LIMIT 1000"
    )
    given_up = 0
    while True:
        with desk.store.writing() as connection:
            rows = connection.execute(query, {"at": at}).all()
            if not rows:
                return given_up
            lines = desk.texts.lines(connection, [row.id for row in rows])
            lost = {}
            updates: list[dict[str, Any]] = []
            moves: list[Move] = []
            for row in rows:
                step = after_death(row.attempts, bool(resends(desk.settings, lines.get(row.id, []))))
                reason = desk.said("发送进程中断，是否送达不明", "its sender died; it may have arrived")
                updates.append(
                    {
                        "id": row.id,
                        "settled": at if step.settled else None,
                        "next": None if step.settled else at,
                        "yes": True,
                        "error": reason,
                    }
                )
                moves.append((row.id, "sending", "unknown", reason))
                if step.given_up:
                    lost[row.id] = "died"
            connection.execute(
                text(
                    "UPDATE notices SET state = 'unknown', lease = NULL, lease_until = NULL, address = NULL, next_try = :next,"
                    " settled_at = :settled, repeat = :yes, error = :error WHERE id = :id"
                ),
                updates,
            )
            note_moves(connection, moves, at)
            go_up(desk, connection, lost, now)
            given_up += len(lost)


def hold_outside_hours(desk: Desk, now: datetime) -> None:
    """Outside office hours, what is bound to them waits for the next opening, whenever it was owed."""
    opening = desk.may_go(now, always=False)
    if opening <= now:
        return
    reason = desk.said(
        f"非办公时间，{desk.clock(micros(opening))}起发出", f"held for office hours, {desk.clock(micros(opening))}"
    )
    values = {"at": micros(now), "opening": micros(opening), "reason": reason}
    bound = "settled_at IS NULL AND NOT always AND created_at <= :at"
    with desk.store.writing() as connection:
        early = f"{bound} AND state IN ('planned', 'held') AND not_before < :opening"
        connection.execute(
            text(
                "INSERT INTO transitions (notice_id, at, was, state, reason)"
                f" SELECT id, :at, state, 'held', :reason FROM notices WHERE {early}"
            ),
            values,
        )
        connection.execute(text(f"UPDATE notices SET state = 'held', not_before = :opening WHERE {early}"), values)
        connection.execute(
            text(
                f"UPDATE notices SET next_try = :opening WHERE {bound} AND state IN ('retry', 'unknown') AND next_try < :opening"
            ),
            values,
        )
