"""Leases: which notices a sender takes up, most urgent first, and what is not taken for which reason.

Who takes a notice up keeps other senders from it for a moment; only what it then begins (`tasks.delivery.beginnings`) may
have arrived when it dies.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from models.moments import micros, micros_in
from models.rules.delivery.channel_condition import Condition
from models.rules.delivery.delivering import GiveUp, State, Take, Wait, choose
from models.rules.delivery.entries import Line
from models.rules.delivery.outcomes import Attempt
from models.rules.delivery.throttling import messages_for
from models.tables import Notice, NoticeLine
from tasks.campaign.locks import LEDGER
from tasks.delivery.attempts import ADMIN, Desk, Held, Leased, Settled, Way, resends
from tasks.delivery.ceiling import Ceiling
from tasks.delivery.channel_condition import read_conditions, write_conditions
from tasks.delivery.earlier_steps import first_sendings, held_since
from tasks.delivery.fallback import go_up
from tasks.delivery.hours import hour_of
from tasks.delivery.ledger import attempt_of, hold, lease, settle
from tasks.delivery.routes import limits_for, rate_for, ways_of
from tasks.delivery.texts import Head

LOG = logging.getLogger(__name__)

_READY = (
    "SELECT n.id, n.unit, n.role, n.person, n.state, n.attempts, n.repeat, n.always, n.any_hour, n.created_at, n.address, n.tried,"
    " u.name AS office, u.level, s.name AS superior"
    " FROM notices n LEFT JOIN channels c ON c.address = n.address LEFT JOIN units u ON u.code = n.unit"
    " LEFT JOIN units s ON s.code = u.superior"
    " WHERE n.settled_at IS NULL AND n.created_at <= :at AND (n.any_hour OR :open)"
    " AND ((n.state IN ('planned', 'held') AND n.not_before <= :at)"
    " OR (n.state IN ('retry', 'unknown') AND n.next_try <= :at))"
    " AND (n.lease IS NULL OR n.lease_until <= :at)"
    " AND (c.address IS NULL OR (COALESCE(c.free_at, 0) <= :at AND COALESCE(c.aside_until, 0) <= :at))"
    "{share} ORDER BY n.urgency DESC, n.turn, n.id LIMIT :most{lock}"
)
_LOCK_OF = {"sqlite": "", "postgresql": " FOR UPDATE OF n SKIP LOCKED"}
"""By `notices_ready` the most urgent stand first, and a taking costs what it takes instead of a look through all that
wait. PostgreSQL leaves out what a pass that has not ended yet adds lines to or takes back."""
HELD_FOR = timedelta(seconds=30)
"""For so long nobody else takes up what a sender holds and has not begun, unless it says that it lives."""


def ready_from(connection: Connection) -> set[int]:
    """From when each unsent notice that no sender has begun may be taken, as `take` sees it today; in microseconds."""
    query = (
        "SELECT DISTINCT CASE WHEN n.state IN ('planned', 'held') THEN n.not_before ELSE n.next_try END AS at,"
        " COALESCE(c.free_at, 0), COALESCE(c.aside_until, 0), COALESCE(n.lease_until, 0) FROM notices n"
        " LEFT JOIN channels c ON c.address = n.address WHERE n.settled_at IS NULL AND n.state <> 'sending'"
    )
    return {max(row) for row in connection.execute(text(query)) if row.at is not None}


@dataclass(frozen=True)
class Taken:
    """What one taking came to. examined: 0 when nothing is left to take up now."""

    examined: int = 0
    leased: Sequence[Leased] = ()
    given_up: int = 0


def take(desk: Desk, now: datetime, most: int, share: str = "") -> Taken:
    """Take up to `most` notices that may go out now, under a token of our own; hold or give up the others.

    share: a further condition on notices `n` (`Share.condition`). One transaction. What is throttled, quiet or set aside is held with its reason and next moment.
    """
    with desk.store.writing(LEDGER) as connection:
        values = {"at": micros(now), "most": most, "open": desk.may_go(now, always=False) <= now}
        ready = text(_READY.format(share=share, lock=_LOCK_OF[connection.dialect.name]))
        rows = connection.execute(ready, values).all()
        if not rows:
            return Taken()
        taking = _Taking(desk, connection, now, rows)
        for row in rows:
            taking.decide(row)
        taking.write()
        lost = {one.id: one.code for one in taking.settled if one.code}
        go_up(desk, connection, lost, now)
        return Taken(len(rows), taking.leased, len(lost))


class _Taking:
    """What is decided of the notices that may go out now, one after the other, inside one transaction."""

    def __init__(self, desk: Desk, connection: Connection, now: datetime, rows: Sequence[Any]) -> None:
        self.desk, self.connection, self.now, self.at = desk, connection, now, micros(now)
        self.open = desk.may_go(now, always=False) <= now
        self.token = secrets.token_hex(8)
        self.lines = desk.texts.lines(connection, [row.id for row in rows])
        self.ways = ways_of(desk, connection, rows, now)
        self.ceiling = Ceiling(desk, connection, rows, now)
        self.conditions = read_conditions(
            connection, {way.address: way.shown for ways in self.ways.values() for way in ways}
        )
        self.first_sent = first_sendings(connection, [row.id for row in rows if row.repeat], now.tzinfo)
        self.changed: set[str] = set()
        self.leased: list[Leased] = []
        self.held: list[Held] = []
        self.settled: list[Settled] = []

    def decide(self, row: Any) -> None:
        """Lease a notice, let it wait, or end it."""
        try:
            decided = self._untold(row) if row.id in self.desk.texts.unreadable else self._decide(row)
        except DBAPIError:
            raise
        except Exception as fault:  # noqa: BLE001
            # what one notice raises is its own end; its text may hold anything: name the type
            LOG.error("notice %s cannot be taken up: %s", row.id, type(fault).__name__)
            decided = self._untold(row)
        if isinstance(decided, Leased):
            self.leased.append(decided)
        elif isinstance(decided, Held):
            self.held.append(decided)
        else:
            self.settled.append(decided)

    def _decide(self, row: Any) -> Leased | Held | Settled:
        desk, lines, ways = self.desk, self.lines.get(row.id, []), self.ways[row.id]
        if row.repeat:
            lines = list(resends(desk.settings, lines))
        if not lines:
            return self._nothing_left(row)
        # before a channel is chosen: nothing of a throttle is set aside for somebody who is not to be disturbed
        hour = hour_of(desk, lines, ways, self.now)
        if hour is not None:
            # an hour that comes is waited for, however long nobody watched by day; one that never comes, or at which no
            # pass ever looks, is given up within office hours, when the next one can be told
            wait = self._hold if hour.comes and not self.open else self._wait
            return wait(row, hour.why, None, hour.until, not_before=hour.until)
        above = self.ceiling.wait_of(row, lines)
        if above is not None:
            until, why = above
            return self._hold(row, why, None, until, not_before=until)
        attempt = attempt_of(row, row.attempts + 1, resend=bool(resends(desk.settings, lines)))
        conditions = [self.conditions[way.address] for way in ways]
        choice = choose(conditions, attempt.tried, self.at, desk.settings.most_attempts)
        if isinstance(choice, GiveUp):
            return self._give_up(row, choice, ways)
        if isinstance(choice, Wait):
            return self._wait_for(row, choice)
        return self._lease(row, choice, lines, ways, attempt)

    def _lease(
        self, row: Any, choice: Take, lines: Sequence[Line], ways: Sequence[Way], attempt: Attempt
    ) -> Leased | Held | Settled:
        way = next(one for one in ways if one.address == choice.address)
        reserved = self._reserve(way, min(len(lines), self.desk.settings.lines_a_message))
        if isinstance(reserved, Wait):
            return self._wait_for(row, reserved)
        others = any(one.address != way.address and one.address not in attempt.tried.refused for one in ways)
        head = Head(
            id=row.id,
            office=row.office or row.unit,
            level=row.level or "",
            role=row.role,
            superior=row.superior,
            at=self.first_sent.get(row.id, self.now),
        )
        self.ceiling.note(row, lines)
        return Leased(
            id=row.id,
            token=self.token,
            was=row.state,
            head=head,
            lines=tuple(lines),
            way=way,
            others=others,
            attempt=attempt,
            reserved=reserved,
        )

    def _reserve(self, way: Way, lines: int) -> tuple[int, ...] | Wait:
        """Set the messages of a notice aside with the channel's throttle, or say when there is room."""
        rate, condition = rate_for(way.shown), self.conditions[way.address]
        if rate is None:
            return ()
        cost = messages_for(lines, limits_for(way.shown).max_bytes)
        if rate.room(condition.spent, self.at) < cost:
            until = rate.free_at(condition.spent, self.at, cost)
            self._put(replace(condition, free_at=until))
            return Wait(way.address, until, "throttled")
        spent = rate.spend(condition.spent, self.at, cost)
        self._put(replace(condition, spent=spent))
        return spent[-cost:]

    def _put(self, condition: Condition) -> None:
        self.conditions[condition.address] = condition
        self.changed.add(condition.address)

    def _nothing_left(self, row: Any) -> Settled:
        """Every line was withdrawn, or is not to be sent a second time."""
        desk = self.desk
        if row.repeat:
            reason = desk.said("前次发送结果不明，按设置不再重发", "its fate is not known, and it is not sent again")
            return Settled(row.id, row.state, "unknown", reason)
        return Settled(row.id, row.state, "withdrawn", desk.said("已无待发事项", "nothing left to say"))

    def _untold(self, row: Any) -> Settled:
        """It cannot be worded, or its reader's row not be read: others hear of it in its place."""
        state: State = "unknown" if row.state == "unknown" else "refused"
        return Settled(row.id, row.state, state, self.desk.said("通知文本无法生成", "no text can be made"), "text")

    def _give_up(self, row: Any, choice: GiveUp, ways: Sequence[Way]) -> Settled:
        """Nobody can be reached: it goes up (architecture rule 7)."""
        last = next((self.conditions[way.address] for way in ways if self.conditions[way.address].code), None)
        code = (last.code if last else None) or choice.code
        zh, en = "没有联系渠道", "there is no channel"
        if choice.code == "dead":
            zh, en = "各渠道均无法送达", "no channel works"
        detail = f"（{last.shown} {last.error or last.code}）" if last else ""
        state: State = "unknown" if row.state == "unknown" else "refused"
        return Settled(row.id, row.state, state, self.desk.said(zh + detail, en + detail), code)

    def _is_overheld(self, row: Any) -> bool:
        """Whether it could have gone out a working day ago, by its hours, and has been kept ever since."""
        if self.at - row.created_at < micros_in(timedelta(days=1)):
            return False
        since = held_since(self.desk, self.connection, row.id, always=bool(row.always))
        return since is not None and self.now >= self.desk.held_too_long(since, bool(row.always))

    def _wait_for(self, row: Any, wait: Wait) -> Held | Settled:
        desk, when, shown = self.desk, self.desk.clock(wait.until), self.conditions[wait.address].shown
        reason = desk.said(f"渠道 {shown} 限速，{when} 起再发", f"{shown} is throttled until {when}")
        if wait.why == "aside":
            reason = desk.said(f"渠道 {shown} 暂停使用至 {when}", f"{shown} is set aside until {when}")
        return self._wait(row, reason, wait.address, wait.until)

    def _wait(
        self, row: Any, reason: str, address: str | None, until: int, not_before: int | None = None
    ) -> Held | Settled:
        """Let it wait; what has been held for too long is given up, so that somebody else hears of it."""
        if row.role != ADMIN and self._is_overheld(row):
            zh, en = f"超过一个工作日未能发出（{reason}），改报上级", f"held for more than a working day ({reason})"
            ends: State = "unknown" if row.state == "unknown" else "refused"
            return Settled(row.id, row.state, ends, self.desk.said(zh, en), "held")
        return self._hold(row, reason, address, until, not_before)

    def _hold(self, row: Any, reason: str, address: str | None, until: int, not_before: int | None = None) -> Held:
        state: State = "held" if row.state in ("planned", "held") else row.state
        # a notice that waits for one thing after the other has said so once; a retry says what it waits for by itself
        known = row.state != "planned" and row.address is not None
        return Held(
            id=row.id,
            was=row.state,
            state=state,
            reason=reason,
            next_try=until,
            address=address,
            not_before=not_before,
            silent=known or state != "held",
        )

    def write(self) -> None:
        """Keep all that was decided."""
        lease(self.connection, [one.id for one in self.leased], self.token, micros(self.now + HELD_FOR))
        hold(self.connection, self.held, self.at)
        settle(self.connection, self.settled, self.at)
        write_conditions(self.connection, (self.conditions[address] for address in self.changed))


def still_meant(desk: Desk, notice: Leased) -> tuple[bool, frozenset[int], State | None]:
    """A look at the ledger just before sending: is it ours still, which lines, and what withdrew the others."""
    with desk.store.reading() as connection:
        held = connection.execute(select(Notice.state, Notice.lease).where(col(Notice.id) == notice.id)).one_or_none()
        if held is None or held.state != "sending" or held.lease != notice.token:
            return False, frozenset(), None
        rows = connection.execute(
            select(NoticeLine.id, NoticeLine.state).where(col(NoticeLine.notice_id) == notice.id)
        ).all()
    live = frozenset(row.id for row in rows if row.state == "live")
    ended = next((row.state for row in rows if row.state != "live"), None)
    return True, live, ended
