"""Preview (预告): every notice that would go out up to a moment if nothing else were reported.

The chase itself runs ahead of time on a private copy of the campaign, at the moments at which it has something to
do; what it owes goes through the ledger's own delivery, with nobody at the other end. So the preview is what the
watch will do, and no second opinion of it; the campaign is only read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from models.moments import micros, moment_at
from models.rules.preview.preview import MOST_LOOKS, Day, Peak, PersonDays, by_day, next_look, peaks, person_days
from models.tables import Notice
from models.units import NATION
from models.wording import Refusal, Said
from tasks.campaign.store import Store
from tasks.chasing.passes import owe
from tasks.chasing.set_aside import Aside
from tasks.delivery.routes import rate_for
from tasks.preview.accepting import Accepting
from tasks.preview.copy import private_copy
from tasks.preview.judging import StillJudge
from tasks.preview.lists import SentNotice, list_sent, sent_lines, sent_notices
from tasks.preview.moments import Followers, dated_later, known_moments
from tasks.preview.turning import turning_points

Progress = Callable[[float], None]
"""Hears how much of the way is done, from 0 to 1."""


@dataclass(frozen=True)
class Preview:
    """What would go out from `start` up to, not including, `until`.

    looks: times at which the watch would have something to do; a_day: messages a person and working day; notices: the first of them, in order of time;
    left_out: how many more there are; held: owed by then, but going out later; failed: what nobody could be told.
    """

    start: datetime
    until: datetime
    looks: int
    days: tuple[Day, ...]
    a_day: PersonDays | None
    peaks: tuple[Peak, ...]
    notices: tuple[SentNotice, ...]
    left_out: int
    held: int
    failed: int
    warnings: tuple[Said, ...]


def preview(
    store: Store, scope: str | None, start: datetime, until: datetime, limit: int, progress: Progress
) -> Preview:
    """Go ahead from `start` to `until`; list at most `limit` notices (0: all).

    scope: as of the watch: only what is owed at and below this unit. Refusal where `until` is not after
    `start`, or the way is longer than one preview takes.
    """
    if until <= start:
        raise Refusal(
            f"预告止于 {until:%Y-%m-%d %H:%M}，不晚于起始时刻 {start:%Y-%m-%d %H:%M}，请把 --until 改晚",
            f"the preview ends at {until:%Y-%m-%d %H:%M}, not after its start {start:%Y-%m-%d %H:%M}; set a later --until",
        )
    with private_copy(store, start, until) as copy:
        walk = _Walk(copy, None if scope == NATION else scope, start, until)
        walk.go(progress)
        return walk.found(limit)


class _Walk:
    """The watch's way through a private copy, from one moment with something to do to the next."""

    def __init__(self, copy: Store, scope: str | None, start: datetime, until: datetime) -> None:
        self.copy, self.scope, self.start, self.until = copy, scope, start, until
        self.zone = copy.plan().zone
        turning = turning_points(copy, copy.plan(), self.scope, start, until)
        self.changes = turning.union(dated_later(copy, start, until))
        self.judges = StillJudge(until, self.changes)
        self.followers = Followers(copy)
        self.mail = Accepting(copy, self.followers)
        self.looks = 0
        self.asides: dict[tuple[str, str], Aside] = {}

    def go(self, progress: Progress) -> None:
        begin, end = micros(self.start), micros(self.until)
        known = known_moments(
            copy=self.copy,
            scope=self.scope,
            start=self.start,
            until=self.until,
            changes=self.changes,
            judges=self.judges,
        )
        deciding = {next_look(moment) for moment in known}
        self._check_length(deciding)
        deciding.add(begin)
        sending: set[int] = set()
        while (at := min(deciding | sending, default=end)) < end:
            if self.looks == MOST_LOOKS:
                raise _too_long(self._moment(at))
            progress((at - begin) / (end - begin))
            self._look(at, decide=at in deciding)
            deciding |= {next_look(max(moment, at + 1)) for moment in self.followers.deciding(at)}
            deciding = {moment for moment in deciding if moment > at}
            sending = {next_look(max(moment, at + 1)) for moment in self.followers.sending(at)}
        progress(1.0)

    def _look(self, at: int, decide: bool) -> None:
        """One pass; where nothing can have changed but the hour, only what is unsent goes out."""
        self.looks += 1
        now = self._moment(at)
        if decide:
            self.asides |= {
                (one.phase, one.unit): one for one in owe(self.copy, self.scope, now, judges=self.judges).aside
            }
        self.mail.deliver(now)

    def _check_length(self, known: set[int]) -> None:
        ahead = sorted(moment for moment in known if moment < micros(self.until))
        if len(ahead) >= MOST_LOOKS:
            raise _too_long(self._moment(ahead[MOST_LOOKS - 1]))

    def _moment(self, at: int) -> datetime:
        return moment_at(at, self.zone)

    def found(self, limit: int) -> Preview:
        """What the way has shown, with at most `limit` notices listed (0: all)."""
        sent = sent_notices(self.copy, self.mail.gone, self.scope)
        lines = sent_lines(self.copy, sent)
        wanted = sent["notice"].to_list()[: limit or None]
        return Preview(
            start=self.start,
            until=self.until,
            looks=self.looks,
            days=by_day(sent, lines, self.zone),
            a_day=person_days(sent, self.copy.calendar().is_working_day, self.zone),
            peaks=peaks(sent, _rate_of),
            notices=list_sent(self.copy, sent, wanted),
            left_out=sent.height - len(wanted),
            held=self._count_held(),
            failed=self.mail.given_up,
            warnings=(*self.mail.warnings, *(one.said for one in self.asides.values())),
        )

    def _count_held(self) -> int:
        left = (col(Notice.settled_at).is_(None), col(Notice.created_at) < micros(self.until))
        with self.copy.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(Notice).where(*left)).scalar_one())


def _rate_of(channel: str) -> int | None:
    rate = rate_for(channel)
    return rate.most if rate else None


def _too_long(reached: datetime) -> Refusal:
    return Refusal(
        f"预告过长：到 {reached:%Y-%m-%d} 已需巡查 {MOST_LOOKS} 次，请把 --until 提前到这一天或更早，或用 --unit 缩小范围",
        f"the preview is too long: {MOST_LOOKS} looks lead to {reached:%Y-%m-%d}; set --until to that day or an earlier one,"
        " or take a smaller --unit",
    )
