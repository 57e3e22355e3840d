"""Working days, office hours and the moments of rungs (architecture, rule 10; contract, Moments)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache

from oracle.duties import Step

DAYS_OFF = {date(2020, 10, day) for day in range(1, 9)}
DAYS_WORKED = {date(2020, 9, 27), date(2020, 10, 10)}
OPENS, CLOSES = time(8, 30), time(17, 30)


def is_worked(day: date) -> bool:
    return day in DAYS_WORKED or (day.weekday() < 5 and day not in DAYS_OFF)


def opening_on_or_after(day: date) -> datetime:
    while not is_worked(day):
        day += timedelta(days=1)
    return datetime.combine(day, OPENS)


def after_working_days(day: date, count: int) -> datetime:
    one = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += one
        while not is_worked(day):
            day += one
    return opening_on_or_after(day)


def may_go(moment: datetime, always: bool, leads: bool) -> bool:
    """Whether a word of a phase may go now: in office hours, or at any hour; to leaders and heads not in quiet hours.

    Contract, Decided where it was open, 2: quiet hours are those from 21:00 to 07:00.
    """
    if leads and not time(7) <= moment.time() < time(21):
        return False
    return always or (is_worked(moment.date()) and OPENS <= moment.time() < CLOSES)


def worked_between(first: date, last: date) -> int:
    return sum(is_worked(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


@cache
def moment(due: datetime, step: Step) -> datetime:
    """When a rung is owed: so many days from the due moment, or at an opening so many working days from its date."""
    if step.working:
        return after_working_days(due.date(), step.days)
    return due + timedelta(days=step.days)


def moments(due: datetime, steps: tuple[Step, ...]) -> list[datetime]:
    """Of every rung, none before the one below it."""
    found = [moment(due, step) for step in steps]
    for place in range(1, len(found)):
        found[place] = max(found[place], found[place - 1])
    return found


def earliest(lower: Step, upper: Step, heard: datetime, below: datetime, own: datetime) -> datetime:
    """The step above keeps its distance from the one below, counted from when that was heard if that was late.

    However small the lateness: in days that very span, from or to working days the working days between
    (contract, Decided where it was open, 1).
    """
    if heard <= below:
        return own
    if not lower.working and not upper.working:
        return heard + (own - below)
    falls = after_working_days(heard.date(), worked_between(below.date(), own.date()))
    return falls if falls >= heard else opening_on_or_after(heard.date() + timedelta(days=1))
