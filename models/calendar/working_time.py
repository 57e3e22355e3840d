"""Working time (工作日与办公时间): which days count, when an office is open, at what moment a rung falls.

Working days follow the State Council's yearly notice with its make-up days (调休). A year without one is
given to the caller as a doubt and never guessed: there only Saturdays and Sundays are off.
All moments are aware; results are in the zone that is passed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import total_ordering
from itertools import pairwise
from typing import Literal

from models.text import look_alike
from models.wording import Refusal, Said

YearStatus = Literal["official", "estimated", "missing"]

_SATURDAY = 5
_ONE_DAY = timedelta(days=1)
_HOURS = re.compile(r"(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})")
_OFFSET = re.compile(r"([+-]\d{1,4})(d|wd|h|min)")
OffsetUnit = Literal["d", "wd", "h", "min"]
_LENGTHS: Mapping[OffsetUnit, timedelta] = {
    "d": timedelta(days=1),
    "wd": timedelta(days=1),
    "h": timedelta(hours=1),
    "min": timedelta(minutes=1),
}


@dataclass(frozen=True, order=True)
class YearDoubt:
    """A year whose working days are not officially known. `said` is the warning for whoever relies on one."""

    year: int
    status: Literal["estimated", "missing"]

    @property
    def said(self) -> Said:
        if self.status == "estimated":
            return Said(
                f"{self.year}年的工作日系预排，以国务院办公厅正式通知为准",
                f"the working days of {self.year} are an estimate; the official notice may move them",
            )
        return Said(
            f"{self.year}年的放假安排尚未导入，工作日暂按周一至周五推算，待通知印发后请及时导入",
            f"no official calendar for {self.year} has been imported; until then only weekends count as off",
        )


def agrees_with_weekend(day: date, works: bool) -> bool:
    """True if a day that is worked, or not, is no exception: Monday to Friday worked, the rest off."""
    return works == (day.weekday() < _SATURDAY)


@dataclass(frozen=True)
class Calendar:
    """工作日历. exceptions: True is a make-up working day, False a holiday; all else goes by the weekend.

    closures: days on which this office is closed whatever the country does (地方性放假).
    """

    name: str
    exceptions: Mapping[date, bool]
    official_years: frozenset[int]
    estimated_years: frozenset[int] = frozenset()
    closures: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        if day in self.closures:
            return False
        return self.exceptions.get(day, day.weekday() < _SATURDAY)

    def status(self, year: int) -> YearStatus:
        if year in self.official_years:
            return "official"
        return "estimated" if year in self.estimated_years else "missing"

    def add_working_days(self, day: date, count: int) -> date:
        """The working day `count` after `day`, or before it if negative; for 0 `day` itself, off or not."""
        step = _ONE_DAY if count > 0 else -_ONE_DAY
        for _ in range(abs(count)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """Working days in (first, last]; reversed, minus those in [last, first).

        So add_working_days(first, n) is always n away, and from `first` to a working day it leads back there.
        """
        if last < first:
            return -self._count(last, first)
        return self._count(first + _ONE_DAY, last + _ONE_DAY)

    def doubts(self, days: Iterable[date]) -> list[YearDoubt]:
        """The years among `days` that are estimated or missing, oldest first."""
        found = []
        for year in sorted({day.year for day in days}):
            status = self.status(year)
            if status != "official":
                found.append(YearDoubt(year, status))
        return found

    def _count(self, start: date, end: date) -> int:
        """Working days in [start, end)."""
        return sum(self.is_working_day(start + timedelta(days=n)) for n in range((end - start).days))


@dataclass(frozen=True)
class OfficeHours:
    """办公时间: `opens` belongs to it, `closes` does not. breaks: the hours in between that do not (午休), in order."""

    opens: time
    closes: time
    breaks: tuple[tuple[time, time], ...] = ()

    @classmethod
    def parse(cls, text: str) -> OfficeHours:
        """Read "08:30-17:30" or "08:30-12:00,14:00-17:30". Refusal if a stretch has no length or they are out of order."""
        spans = [_span(part, text) for part in text.split(",")]
        for (_, closes), (opens, _) in pairwise(spans):
            if opens <= closes:
                raise Refusal(
                    f"办公时间 {text!r} 的各段重叠、相接或先后颠倒，上午下午应分开写作 08:30-12:00,14:00-17:30",
                    f"the stretches of the office hours {text!r} overlap, touch or are out of order;"
                    " write 08:30-12:00,14:00-17:30",
                )
        breaks = tuple((closes, opens) for (_, closes), (opens, _) in pairwise(spans))
        return cls(spans[0][0], spans[-1][1], breaks)

    @property
    def spans(self) -> tuple[tuple[time, time], ...]:
        """The stretches in which the office is open, in order."""
        opens = (self.opens, *(ends for _, ends in self.breaks))
        closes = (*(begins for begins, _ in self.breaks), self.closes)
        return tuple(zip(opens, closes, strict=True))

    @property
    def length(self) -> timedelta:
        """How long the office is open on a day."""
        day = date.min
        each = (datetime.combine(day, closes) - datetime.combine(day, opens) for opens, closes in self.spans)
        return sum(each, timedelta())

    def next_open(self, clock: time) -> time | None:
        """The first time of the day, not before `clock`, at which the office is open; None once it has closed."""
        return next((max(opens, clock) for opens, closes in self.spans if clock < closes), None)

    def __str__(self) -> str:
        return ",".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in self.spans)


def _span(part: str, text: str) -> tuple[time, time]:
    found = _HOURS.fullmatch(part.strip())
    if found is None:
        raise Refusal(
            f"办公时间 {text!r} 无法读懂，应写作 08:30-17:30，有午休的写作 08:30-12:00,14:00-17:30{look_alike(text).zh}",
            f"the office hours {text!r} cannot be read; write 08:30-17:30, with a break"
            f" 08:30-12:00,14:00-17:30{look_alike(text).en}",
        )
    opens, closes = _clock(found[1]), _clock(found[2])
    if closes <= opens:
        raise Refusal(
            f"办公时间 {text!r} 的下班时间不晚于上班时间，应写作 08:30-17:30{look_alike(text).zh}",
            f"the office hours {text!r} close before they open; write 08:30-17:30{look_alike(text).en}",
        )
    return opens, closes


@total_ordering
@dataclass(frozen=True)
class Offset:
    """How far from the due moment a rung fires: calendar days, working days, or hours and minutes of the clock.

    Offsets compare by their length, a working day being as long as any other, and of the same length those in working days
    come last. Between working days and the rest that is the order in a week without days off (-7d < -5wd, +1d < +1wd, +23h
    < +1wd); a holiday can turn it round.
    """

    count: int
    unit: OffsetUnit

    @classmethod
    def parse(cls, text: str) -> Offset:
        """Read "-7d", "+0d", "+1wd", "-1h" or "+30min". Refusal for anything else, "+0wd" too: it would say two things."""
        found = _OFFSET.fullmatch(text.strip())
        if found is None:
            raise Refusal(
                f"时距 {text!r} 无法读懂，应写作 -7d（提前七天）、+0d（到期之时）、+1wd（一个工作日后）、-1h（提前一小时）"
                f"或 +30min（三十分钟后）{look_alike(text).zh}",
                f"the offset {text!r} cannot be read; write -7d, +0d, +1wd, -1h or +30min{look_alike(text).en}",
            )
        count, unit = int(found[1]), found[2]
        if unit == "wd" and count == 0:
            raise Refusal(
                f"时距 {text!r} 含义不明，到期之时请写 +0d，下一工作日请写 +1wd",
                f"the offset {text!r} is not clear; write +0d for the due moment or +1wd for the day after",
            )
        return cls(count, unit)  # type: ignore[arg-type]

    @property
    def working(self) -> bool:
        """True for one that goes by the calendar."""
        return self.unit == "wd"

    @property
    def is_before(self) -> bool:
        """True for one that comes before the due moment."""
        return self.count < 0

    def __lt__(self, other: Offset) -> bool:
        return self._length < other._length

    @property
    def _length(self) -> tuple[timedelta, bool]:
        return self.count * _LENGTHS[self.unit], self.working

    def after(self, moment: datetime) -> datetime:
        """The moment so far from another, of one that does not go by the calendar: in days the same time of the day, else
        by the clock that runs on where the hour is changed."""
        span = self.count * _LENGTHS[self.unit]
        if self.unit == "d":
            return moment + span
        return (moment.astimezone(UTC) + span).astimezone(moment.tzinfo)

    def __str__(self) -> str:
        return f"{self.count:+d}{self.unit}"


def opening(calendar: Calendar, hours: OfficeHours, day: date, zone: tzinfo) -> datetime:
    """The moment at which the office opens on `day`, or on the first working day after it if that is off."""
    if not calendar.is_working_day(day):
        day = calendar.add_working_days(day, 1)
    return datetime.combine(day, hours.opens, tzinfo=zone)


def sendable(calendar: Calendar, hours: OfficeHours, moment: datetime, zone: tzinfo, always: bool) -> datetime:
    """The first moment, not before `moment`, at which a notice may go out.

    That is `moment` itself inside office hours, or at any hour where the phase is on duty round the clock.
    """
    local = _in_zone(moment, zone)
    if always:
        return moment
    day, clock = local.date(), local.time()
    if not calendar.is_working_day(day):
        return opening(calendar, hours, day, zone)
    opens = hours.next_open(clock)
    if opens is None:
        return opening(calendar, hours, day + _ONE_DAY, zone)
    return moment if opens == clock else datetime.combine(day, opens, tzinfo=zone)


def held_too_long(calendar: Calendar, since: datetime, zone: tzinfo, always: bool) -> datetime:
    """From when on what could not go out since `since` has been held for too long: a working day, or 24 hours where
    the phase is on duty round the clock."""
    local = _in_zone(since, zone)
    if always:
        return local + _ONE_DAY
    return datetime.combine(calendar.add_working_days(local.date(), 1), local.time(), tzinfo=zone)


def rung_moment(due: datetime, offset: Offset, calendar: Calendar, hours: OfficeHours, zone: tzinfo) -> datetime:
    """From when on a rung's notice is owed: -7d is exactly seven days before the due moment, -1h an hour, +0d that moment,
    +1wd the opening of office hours one working day after the date on which it falls in `zone`.

    A due day ends at 24:00, so the date of a duty due by the end of 5 August is 6 August.
    """
    local = _in_zone(due, zone)
    if not offset.working:
        return offset.after(local)
    return opening(calendar, hours, calendar.add_working_days(local.date(), offset.count), zone)


def after_late(
    fired: datetime,
    earlier_nominal: datetime,
    later_nominal: datetime,
    in_working_days: bool,
    calendar: Calendar,
    hours: OfficeHours,
    zone: tzinfo,
) -> datetime:
    """When the next rung falls after the one before it fired late, at `fired`: it keeps its distance.

    Between two rungs in days the distance is the time between their nominal moments; where either counts in
    working days (`in_working_days`) it is the working days between their dates, and it ends at an opening, never
    before `fired`.
    """
    start, below, nominal = (_in_zone(moment, zone) for moment in (fired, earlier_nominal, later_nominal))
    if not in_working_days:
        return start + max(nominal - below, timedelta())
    distance = max(calendar.working_days_between(below.date(), nominal.date()), 0)
    falls = opening(calendar, hours, calendar.add_working_days(start.date(), distance), zone)
    if falls >= start:
        return falls
    return opening(calendar, hours, start.date() + _ONE_DAY, zone)


def _clock(text: str) -> time:
    hour, minute = (int(part) for part in text.split(":"))
    if hour > 23 or minute > 59:
        raise Refusal(f"没有 {text} 这个时刻", f"there is no time {text}")
    return time(hour, minute)


def _in_zone(moment: datetime, zone: tzinfo) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"the moment {moment.isoformat()} has no time zone")
    return moment.astimezone(zone)
