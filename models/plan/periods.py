"""Periods (期): the days, weeks and months in which something is owed anew, or the time up to each cut-off (报告时限) of a
phase's cadence, and the names of what is known within one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from models.moments import Every, days_around, midnight
from models.plan.cadence import Cadence, spoken_cut_off
from models.wording import Said

Rhythm = Every | Cadence
"""What makes the periods of a requirement: the calendar, or the cut-offs of its phase."""
Recurrence = Every | Literal["cadence"]
"""What `every` may say."""
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Period:
    """A day, week (from Monday) or month, or the time after one cut-off and up to the next: readings from `starts` up to, not
    including, `ends` count for it.

    due: where a day ends, or the cut-off itself, as of which a reading still counts.
    """

    rhythm: Rhythm
    label: str
    starts: datetime
    ends: datetime
    due: datetime

    def cut_at(self, moment: datetime) -> Period:
        """The same where its phase ends at `moment`, within it: what is due then has that for its cut-off."""
        if isinstance(self.rhythm, Cadence):
            return _up_to(self.rhythm, self.starts, moment)
        return replace(self, ends=moment, due=moment)


def period_around(moment: datetime, rhythm: Rhythm, zone: tzinfo) -> Period:
    """The period in which `moment` falls. Its label is the first day, the month, or the cut-off."""
    if isinstance(rhythm, Cadence):
        return _around_cut_off(moment, rhythm, zone)
    first, following = days_around(moment, rhythm, zone)
    label = f"{first:%Y-%m}" if rhythm == "month" else first.isoformat()
    ends = midnight(following, zone)
    return Period(rhythm, label, midnight(first, zone), ends, ends)


def _around_cut_off(moment: datetime, cadence: Cadence, zone: tzinfo) -> Period:
    if moment < cadence.starts:
        # of what was reported before the phase nothing counts in it
        before = period_around(moment, "day", zone)
        return replace(before, rhythm=cadence, ends=min(before.ends, cadence.starts))
    # moments are whole microseconds: after a cut-off is from the next one on
    at = moment if moment > cadence.starts else moment + _INSTANT
    cut_off = cadence.cut_off_from(at, zone)
    before_it = cadence.cut_off_before(cut_off, zone)
    return _up_to(cadence, cadence.starts if before_it is None else before_it + _INSTANT, cut_off)


def _up_to(cadence: Cadence, starts: datetime, cut_off: datetime) -> Period:
    return Period(cadence, f"{cut_off:%Y-%m-%dT%H:%M}", starts, cut_off + _INSTANT, cut_off)


def spoken_period(label: str, every: Recurrence | None) -> Said:
    """A period as people say it: 8月3日, 8月3日至8月9日, 2020年8月, 8月3日17时; its label where that is none of ours."""
    if not label:
        return Said("", "")
    if every == "cadence":
        try:
            return spoken_cut_off(label)
        except ValueError:
            return Said(label, label)
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


def within_period(indicator: str, rhythm: Rhythm | Literal[""]) -> str:
    """The name under which a reading is kept that counts only what districts reported since their period began.

    The reading under the indicator's own name counts the latest figure of every district, however old.
    """
    return f"{indicator}{OF_PERIOD}{rhythm}"
