"""Periods (期): the days, weeks and months in which something is owed anew, and the names of what is known within one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from models.moments import Every, days_around, midnight
from models.wording import Said


@dataclass(frozen=True)
class Period:
    """A day, week (from Monday) or month: readings from `starts` up to, not including, `ends` count for it."""

    every: Every
    label: str
    starts: datetime
    ends: datetime


def period_around(moment: datetime, every: Every, zone: tzinfo) -> Period:
    """The day, week or month in which `moment` falls. Its label is the first day, or the month."""
    first, following = days_around(moment, every, zone)
    label = f"{first:%Y-%m}" if every == "month" else first.isoformat()
    return Period(every, label, midnight(first, zone), midnight(following, zone))


def spoken_period(label: str, every: Every | None) -> Said:
    """A period as people say it: 8月3日, 8月3日至8月9日, 2020年8月; its label where that is none of ours."""
    if not label:
        return Said("", "")
    if every == "month":
        return Said(f"{label[:4]}年{int(label[5:7])}月", label)
    try:
        first = date.fromisoformat(label)
    except ValueError:
        return Said(label, label)
    day = Said(f"{first.month}月{first.day}日", f"{first.day} {first:%b}")
    if every != "week":
        return day
    last = first + timedelta(days=6)
    return Said(f"{day.zh}至{last.month}月{last.day}日", f"{day.en} to {last.day} {last:%b}")


OF_PERIOD = "@"
"""Stands in the names of readings that count a period alone."""


def within_period(indicator: str, every: Every) -> str:
    """The name under which a reading is kept that counts only what districts reported since their period began.

    The reading under the indicator's own name counts the latest figure of every district, however old.
    """
    return f"{indicator}{OF_PERIOD}{every}"
