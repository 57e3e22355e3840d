"""Records: what became of notices, written down for those that are still ours. Retries come from here alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, text

from models.moments import micros
from models.rules.delivery.delivering import (
    OUTAGE_PATIENCE,
    OUTAGE_PAUSE,
    Health,
    Reach,
    State,
    Step,
    health_after,
    next_step,
)
from tasks.audit_trail import records
from tasks.channels import Outcome
from tasks.delivery.attempts import Desk, Leased, Sent, tried_text
from tasks.delivery.channel_health import read_health, write_health
from tasks.delivery.fallback import go_up
from tasks.delivery.ledger import Move, note_moves
from tasks.delivery.routes import rate_for

_THROTTLED = timedelta(minutes=1)
"""How long a channel rests whose provider said "too many" without saying for how long."""
_TOO_MANY = ("429", "throttled")


@dataclass(frozen=True)
class Recorded:
    """accepted and failed: notices; lost: results that came too late, because somebody else had taken over."""

    accepted: int = 0
    failed: int = 0
    lost: int = 0

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(self.accepted + other.accepted, self.failed + other.failed, self.lost + other.lost)


def record(desk: Desk, sent: Sequence[Sent], reach: Reach, now: datetime) -> Recorded:
    """Write down what became of these notices, in one transaction.

    A sender whose lease was taken over may not record: the ledger belongs to whoever holds the lease now.
    """
    if not sent:
        return Recorded()
    with desk.store.writing() as connection:
        ours = _still_ours(connection, sent)
        turn = _Turn(desk, connection, ours, reach, now)
        for one in ours:
            turn.note(one)
        turn.write()
    return Recorded(turn.accepted, turn.failed, len(sent) - len(ours))


def _still_ours(connection: Connection, sent: Sequence[Sent]) -> list[Sent]:
    query = text("SELECT id, lease FROM notices WHERE state = 'sending' AND id IN :ids").bindparams(
        bindparam("ids", expanding=True)
    )
    held = {row.id: row.lease for row in connection.execute(query, {"ids": [one.notice.id for one in sent]})}
    return [one for one in sent if held.get(one.notice.id) == one.notice.token]


class _Turn:
    """One turn at the ledger inside its transaction."""

    def __init__(self, desk: Desk, connection: Connection, sent: Sequence[Sent], reach: Reach, now: datetime) -> None:
        self.desk, self.connection, self.reach, self.now, self.at = desk, connection, reach, now, micros(now)
        self.accepted = self.failed = 0
        self.health = read_health(connection, {one.notice.way.address: one.notice.way.shown for one in sent})
        self.updates: list[dict[str, Any]] = []
        self.moves: list[Move] = []
        self.lost: dict[int, str] = {}
        self.told: list[int] = []

    def note(self, sent: Sent) -> None:
        """Decide what follows for one notice and its channel."""
        notice, outcome = sent.notice, sent.outcome
        if outcome is None:
            self._not_sent(sent)
            return
        health = self._spend(notice, outcome)
        outage = outcome.code == "connect" and self.reach.is_outage
        if not outage:
            health = health_after(
                health=health,
                ended=outcome.state,
                at=self.at,
                code=outcome.code,
                error=outcome.detail or None,
                throttled_for=_throttled_for(outcome),
            )
        self.health[notice.way.address] = health
        step, tried = self._follow(notice, outcome, outage)
        self.accepted += step.state == "accepted"
        self.failed += step.state != "accepted"
        if step.state in ("accepted", "unknown"):
            self.told += sent.lines
        if step.given_up:
            self.lost[notice.id] = outcome.code or outcome.state
        self._update(
            notice,
            step.state,
            code=outcome.code,
            error=outcome.detail or None,
            settled=step.settled,
            next_try=self._next_try(notice, step),
            repeat=step.repeat or notice.repeat,
            tried=tried,
            text_of=sent.text if step.state == "accepted" else None,
        )
        self.moves.append((notice.id, "sending", step.state, _reason(notice, outcome)))

    def _follow(self, notice: Leased, outcome: Outcome, outage: bool) -> tuple[Step, Any]:
        """What follows an attempt, and what is now known of this notice's attempts."""
        waited = timedelta(microseconds=self.at - notice.created_at)
        if outage and waited < OUTAGE_PATIENCE:
            return Step("retry", settled=False, wait=OUTAGE_PAUSE, repeat=notice.repeat), notice.tried
        if outcome.state == "accepted":
            return next_step("accepted", 0, 1, others=False, resend=False), notice.tried
        tried = notice.tried.after(notice.way.address, outcome.state)
        step = next_step(
            outcome.state,
            tried.count,
            self.desk.settings.most_attempts,
            others=notice.others,
            resend=notice.resend,
            retry_after=outcome.retry_after,
        )
        return step, tried

    def _spend(self, notice: Leased, outcome: Outcome) -> Health:
        """Count the messages that really went out from now, which is not before they arrived."""
        health, rate = self.health[notice.way.address], rate_for(notice.way.shown)
        if rate is None:
            return health
        now_spent = rate.settle(health.spent, notice.reserved, self.at, outcome.parts)
        free = max(rate.free_at(now_spent, self.at), health.free_at or 0)
        return replace(health, spent=now_spent, free_at=free if free > self.at else None)

    def _next_try(self, notice: Leased, step: Step) -> int | None:
        if step.wait is None:
            return None
        return micros(self.desk.may_go(self.now + step.wait, notice.always))

    def _not_sent(self, sent: Sent) -> None:
        """Taken up, but not tried: back to where it was, or ended because nothing is left to say."""
        notice = sent.notice
        if sent.ends is not None:
            state: State = "unknown" if notice.repeat else sent.ends
            self._update(notice, state, error=sent.why, settled=True, attempts=-1)
            self.moves.append((notice.id, "sending", state, sent.why))
            return
        pause = micros(self.desk.may_go(self.now + OUTAGE_PAUSE, notice.always)) if sent.why else None
        state = notice.was
        if pause is not None and state == "planned":
            state = "held"
        self._update(notice, state, attempts=-1, not_before=pause, next_try=pause or self.at, error=sent.why)
        self.moves.append((notice.id, "sending", state, sent.why))

    def _update(
        self,
        notice: Leased,
        state: State,
        *,
        code: str | None = None,
        error: str | None = None,
        settled: bool = False,
        next_try: int | None = None,
        repeat: bool | None = None,
        tried: Any = None,
        text_of: str | None = None,
        attempts: int = 0,
        not_before: int | None = None,
    ) -> None:
        self.updates.append(
            {
                "id": notice.id,
                "token": notice.token,
                "state": state,
                "code": code,
                "error": error,
                "settled": self.at if settled else None,
                "next": None if settled else next_try,
                "repeat": notice.repeat if repeat is None else repeat,
                "tried": tried_text(tried or notice.tried),
                "sent": text_of,
                "attempts": notice.attempts + attempts,
                "not_before": not_before,
            }
        )

    def write(self) -> None:
        """Keep all that was decided."""
        note_moves(self.connection, self.moves, self.at)
        if self.updates:
            self.connection.execute(
                text(
                    "UPDATE notices SET state = :state, code = :code, error = :error, settled_at = :settled, next_try = :next,"
                    " repeat = :repeat, tried = :tried, sent_text = :sent, attempts = :attempts, lease = NULL,"
                    " lease_until = NULL, address = NULL, not_before = COALESCE(:not_before, not_before)"
                    " WHERE id = :id AND lease = :token"
                ),
                self.updates,
            )
        write_health(self.connection, self.health.values())
        self._told()
        go_up(self.desk, self.connection, self.lost, self.now)
        records.record_notices(self.connection, self.now)

    def _told(self) -> None:
        """A line that was withdrawn while it was on its way has been told all the same."""
        if self.told:
            self.connection.execute(
                text(
                    "UPDATE notice_lines SET state = 'live', ended_at = NULL, ended_why = NULL WHERE id IN :ids AND state <> 'live'"
                ).bindparams(bindparam("ids", expanding=True)),
                {"ids": self.told},
            )


def _throttled_for(outcome: Outcome) -> timedelta | None:
    """How long the channel is to rest, where the provider said "later"; None for anything else."""
    if outcome.state != "retry" or (outcome.retry_after is None and outcome.code not in _TOO_MANY):
        return None
    return timedelta(seconds=outcome.retry_after) if outcome.retry_after else _THROTTLED


def _reason(notice: Leased, outcome: Outcome) -> str:
    """Over which channel, with which answer."""
    parts = [notice.way.shown, *(part for part in (outcome.code, outcome.detail) if part)]
    return " ".join(parts)
