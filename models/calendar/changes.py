"""What a changed calendar moves: the days themselves, and the rungs that were reckoned with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from models.calendar.working_time import Calendar, OfficeHours, Offset, rung_moment


@dataclass(frozen=True, order=True)
class DayChange:
    """A day that was worked and is no longer (`works` False), or the other way round."""

    day: date
    works: bool


@dataclass(frozen=True)
class Reckoned:
    """A moment that was reckoned from a due moment. `what` is for the caller to know it by."""

    what: str
    due: datetime
    offset: Offset


@dataclass(frozen=True)
class Move:
    """A rung that falls at another moment under the new calendar."""

    what: str
    was: datetime
    now: datetime


def changed_days(old: Calendar, new: Calendar) -> list[DayChange]:
    """The days that one calendar works and the other does not, oldest first."""
    candidates = {*old.exceptions, *new.exceptions, *old.closures, *new.closures}
    return [
        DayChange(day, new.is_working_day(day))
        for day in sorted(candidates)
        if old.is_working_day(day) != new.is_working_day(day)
    ]


def preview(old: Calendar, new: Calendar, moments: Iterable[Reckoned], hours: OfficeHours, zone: tzinfo) -> list[Move]:
    """The moments that move if `new` takes the place of `old`, in the order given."""
    moves = []
    for moment in moments:
        was, now = (rung_moment(moment.due, moment.offset, calendar, hours, zone) for calendar in (old, new))
        if was != now:
            moves.append(Move(moment.what, was, now))
    return moves
