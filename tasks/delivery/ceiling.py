"""The ceiling of a day, held against the ledger: what each reader has had today, and until when more of it waits.

Senders take notices up one after the other (`tasks.delivery.leases`), and each sees what those before it took, so two at
once give nobody more than one does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, text
from sqlmodel import col, select

from models.calendar.working_time import opening
from models.moments import micros, micros_in
from models.rules.delivery.ceiling import day_around, has_room, is_beyond, is_overdue, room_left
from models.rules.delivery.entries import Line
from models.tables import Notice
from models.wording import Said
from tasks.delivery.attempts import ADMIN, Desk

WHY = Said("每日上限", "daily ceiling")
"""How every reason begins for which a notice waits for the next day."""

_HAD = text(
    "SELECT n.id, n.person, n.any_hour FROM notices n WHERE n.person IN :persons AND n.id >= :first AND n.role <> 'admin'"
    " AND ((n.settled_at IS NULL AND (n.state IN ('sending', 'unknown') OR n.lease_until > :at)) OR (n.settled_at >= :begins AND n.settled_at < :ends"
    " AND n.state IN ('accepted', 'unknown')))"
).bindparams(bindparam("persons", expanding=True))
_CREATED = text("SELECT created_at FROM notices WHERE id >= :place ORDER BY id LIMIT 1")
_LONGEST = timedelta(days=14)
"""What was owed longer ago than that and goes out today is not looked for: nothing waits half as long."""
_NEAR = 1_000
_SAID = text(
    "SELECT DISTINCT l.notice_id, l.kind, c.policy FROM notice_lines l JOIN cases c ON c.id = l.case_id"
    " WHERE l.notice_id IN :notices AND l.state = 'live'"
).bindparams(bindparam("notices", expanding=True))
_NEW = text(
    "SELECT 1 FROM notice_lines l WHERE l.notice_id = :notice AND l.state = 'live' AND NOT EXISTS (SELECT 1 FROM notice_lines o"
    " JOIN notices m ON m.id = o.notice_id WHERE o.case_id = l.case_id AND o.person = l.person AND o.notice_id <> l.notice_id"
    " AND o.state = 'live' AND (m.state IN ('accepted', 'sending', 'unknown') OR m.lease IS NOT NULL)) LIMIT 1"
)


class Ceiling:
    """What the readers of some notices have had on the day of `now`, their own in hand included, and what may still go."""

    def __init__(self, desk: Desk, connection: Connection, notices: Sequence[Any], now: datetime) -> None:
        self._desk, self._connection, self._now = desk, connection, now
        self._most = desk.settings.messages_a_day
        self._had: dict[str, set[int]] = defaultdict(set)
        self._any_hour: set[int] = set()
        self._beyond: dict[int, bool] = {}
        if self._most is None:
            return
        persons = sorted({one.person for one in notices if one.person and one.role != ADMIN})
        begins, ends = (micros(moment) for moment in day_around(now, desk.texts.plan.zone))
        if not persons:
            return
        values = {"persons": persons, "begins": begins, "ends": ends, "at": micros(now)}
        values["first"] = first_since(connection, begins)
        for notice, person, any_hour in connection.execute(_HAD, values):
            self._had[person].add(notice)
            if any_hour:
                self._any_hour.add(notice)

    def wait_of(self, notice: Any, lines: Sequence[Line]) -> tuple[int, str] | None:
        """Until when a notice waits for the ceiling's sake, and why; None where it may go."""
        if self._most is None or notice.role == ADMIN or is_beyond(*_kinds(lines)):
            return None
        others = self._had[notice.person] - {notice.id}
        if room_left(len(others), self._most) > 1:
            return None
        had = len(others - self._exempt(others))
        if has_room(had, self._most, pressing=self._is_pressing(notice, lines, had)):
            return None
        plan = self._desk.texts.plan
        _, tomorrow = day_around(self._now, plan.zone)
        until = micros(opening(self._desk.calendar, plan.office_hours, tomorrow.date(), plan.zone))
        return until, self._said(had, until)

    def note(self, notice: Any, lines: Sequence[Line]) -> None:
        """A notice goes out now."""
        self._had[notice.person].add(notice.id)
        self._beyond[notice.id] = notice.role == ADMIN or is_beyond(*_kinds(lines))

    def _is_pressing(self, notice: Any, lines: Sequence[Line], had: int) -> bool:
        """Whether something in it is overdue, or its reader has heard nothing of it; asked only where that decides."""
        if had == 0 or room_left(had, self._most or 0) != 1:
            return False
        return is_overdue(lines, self._now) or self._connection.execute(_NEW, {"notice": notice.id}).first() is not None

    def _exempt(self, notices: set[int]) -> set[int]:
        """Those of `notices` that are beyond the ceiling."""
        unknown = sorted(notices - self._beyond.keys())
        if unknown:
            kinds: Mapping[int, set[str]] = defaultdict(set)
            policies: Mapping[int, set[int]] = defaultdict(set)
            for notice, kind, policy in self._connection.execute(_SAID, {"notices": unknown}):
                kinds[notice].add(kind)
                policies[notice].add(policy)
            of_any_hour = self._desk.texts.always(
                self._connection, set().union(*(policies[one] for one in unknown if one in self._any_hour))
            )
            for one in unknown:
                self._beyond[one] = is_beyond(not of_any_hour.isdisjoint(policies[one]), kinds[one])
        return {one for one in notices if self._beyond[one]}

    def _said(self, had: int, until: int) -> str:
        when, last = self._desk.clock(until), room_left(had, self._most or 0)
        kept = (
            Said("，最后一份留给逾期和新事项", ", the last is kept for what is overdue or new")
            if last
            else Said("", "")
        )
        return self._desk.said(
            f"{WHY.zh}：今日已发{had}份{kept.zh}，{when} 起汇总发出",
            f"{WHY.en}: {had} sent today{kept.en}, all else in one summary at {when}",
        )


def first_since(connection: Connection, day: int) -> int:
    """From which number on notices may have gone out on a day that begins at `day`: whoever has had hundreds before is not
    asked for all of them."""
    low, high = 1, int(connection.execute(select(func.coalesce(func.max(col(Notice.id)), 0))).scalar_one())
    while high - low > _NEAR:
        middle = (low + high) // 2
        created = connection.execute(_CREATED, {"place": middle}).scalar()
        if created is not None and created < day - micros_in(_LONGEST):
            low = middle
        else:
            high = middle
    return low


def _kinds(lines: Sequence[Line]) -> tuple[bool, set[str]]:
    return any(line.always for line in lines), {line.kind for line in lines}
