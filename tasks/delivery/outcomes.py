"""Outcomes (结果): what became of notices, written down for those that are still ours. Retries come from here alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlmodel import col, select

from models.moments import micros
from models.rules.delivery.channel_condition import Condition, Reach
from models.rules.delivery.outcomes import Answered, Untried, what_follows
from models.tables import Notice
from tasks.audit_trail import records
from tasks.campaign.locks import LEDGER
from tasks.channels import Outcome
from tasks.delivery.attempts import Desk, EndedAttempt, Leased, Sent
from tasks.delivery.channel_condition import read_conditions, write_conditions
from tasks.delivery.fallback import go_up
from tasks.delivery.ledger import end_attempts, keep_as_told
from tasks.delivery.routes import rate_for


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
    with desk.store.writing(LEDGER) as connection:
        return write_down(desk, connection, sent, reach, now)


def write_down(desk: Desk, connection: Connection, sent: Sequence[Sent], reach: Reach, now: datetime) -> Recorded:
    """The same inside a transaction that has little left to do."""
    ours = _still_ours(connection, sent)
    conditions = read_conditions(connection, {one.notice.way.address: one.notice.way.shown for one in ours})
    ended = [_end(desk, one, conditions, reach, now) for one in ours]
    end_attempts(connection, ended, micros(now))
    write_conditions(connection, conditions.values())
    keep_as_told(connection, _told(ours, ended))
    go_up(desk, connection, _given_up(ours, ended), now)
    records.record_notices(connection, now)
    accepted = sum(one.after.state == "accepted" for one in ended)
    answered = sum(isinstance(one.ending, Outcome) for one in ours)
    return Recorded(accepted, answered - accepted, len(sent) - len(ours))


def _still_ours(connection: Connection, sent: Sequence[Sent]) -> list[Sent]:
    asked = col(Notice.id).in_([one.notice.id for one in sent])
    query = select(Notice.id, Notice.lease).where(col(Notice.state) == "sending", asked)
    held = {row.id: row.lease for row in connection.execute(query)}
    return [one for one in sent if held.get(one.notice.id) == one.notice.token]


def _end(desk: Desk, sent: Sent, conditions: dict[str, Condition], reach: Reach, now: datetime) -> EndedAttempt:
    """What follows one attempt. The next over the same channel starts from the condition that this one leaves."""
    notice, ending = sent.notice, sent.ending
    after = what_follows(
        notice.attempt,
        ending if isinstance(ending, Untried) else _answered(notice, ending, conditions[notice.way.address], reach),
        now,
        most=desk.settings.most_attempts,
        may_go=desk.may_go,
    )
    if after.condition is not None:
        conditions[notice.way.address] = after.condition
    if isinstance(ending, Untried):
        return EndedAttempt(notice.id, notice.token, after, error=ending.why, reason=ending.why)
    return EndedAttempt(
        notice=notice.id,
        token=notice.token,
        after=after,
        code=ending.code,
        error=ending.detail or None,
        reason=" ".join(part for part in (notice.way.shown, ending.code, ending.detail) if part),
        sent_text=sent.text if after.state == "accepted" else None,
    )


def _answered(notice: Leased, outcome: Outcome, condition: Condition, reach: Reach) -> Answered:
    return Answered(
        answer=outcome,
        condition=condition,
        rate=rate_for(notice.way.shown),
        reserved=notice.reserved,
        others=notice.others,
        reach=reach,
    )


def _told(sent: Sequence[Sent], ended: Sequence[EndedAttempt]) -> list[int]:
    """The lines that their reader has, or may have."""
    pairs = zip(sent, ended, strict=True)
    return [line for one, end in pairs if end.after.may_have_arrived for line in one.lines]


def _given_up(sent: Sequence[Sent], ended: Sequence[EndedAttempt]) -> dict[int, str]:
    """Notices that nobody could be told, with the code of their last failure."""
    return {
        end.notice: one.ending.code or one.ending.state
        for one, end in zip(sent, ended, strict=True)
        if end.after.given_up and isinstance(one.ending, Outcome)
    }
