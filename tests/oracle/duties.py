"""What a plan owes: phases, requirements, the periods that each makes, and who hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

Duty = tuple[str, str, str]
"""Unit, requirement (phase.id), period (its label, or empty)."""
Line = tuple[str, str, str, str]
"""Unit, requirement, period, rung."""
Every = Literal["day", "week", "month"]


@dataclass(frozen=True)
class Step:
    """One rung: after how many days (or working days) who hears."""

    id: str
    days: int
    working: bool
    to: tuple[str, ...]

    @property
    def above(self) -> bool:
        return any(not target.startswith("unit.") for target in self.to)


@dataclass(frozen=True)
class Phase:
    """A phase from its first moment to the moment that ends it. always: notices go at any hour."""

    id: str
    starts: datetime
    ends: datetime
    always: bool = False
    after: str | None = None


@dataclass(frozen=True)
class Owes:
    """A requirement: `figure` over those of level `at` at or below the office is at least `at_least`.

    over: the denominator, if any. taken: the figures of all of them summed up (and divided); or how many of them have
    `figure / over` of 1 at least; or the sum of `figure / over` of each. due or every: one moment, or a duty each
    period. answered_by: the requirement below that the same figure answers. within: the office at and below which
    alone it is owed. tightened: the due moment at and below an office, as overlays say.
    """

    phase: str
    id: str
    level: str
    figure: str
    at: str
    at_least: int
    due: datetime | None
    steps: tuple[Step, ...]
    every: Every | None = None
    over: str | None = None
    taken: Literal["sum", "count", "shares"] = "sum"
    answered_by: str | None = None
    within: str | None = None
    tightened: tuple[tuple[str, datetime], ...] = ()

    @property
    def key(self) -> str:
        return f"{self.phase}.{self.id}"


@dataclass(frozen=True)
class Period:
    """From `starts` up to `ends` its readings count; it is due at its end, or at the phase's if that is earlier."""

    label: str
    starts: datetime
    ends: datetime


def periods(every: Every, phase: Phase) -> Iterator[Period]:
    """From the one in which the phase starts to the one in which it ends."""
    starts = _begin(every, phase.starts)
    while starts < phase.ends:
        ends = _begin(every, starts + timedelta(days={"day": 1, "week": 7, "month": 31}[every]))
        label = f"{starts:%Y-%m}" if every == "month" else f"{starts:%Y-%m-%d}"
        yield Period(label, starts, min(ends, phase.ends))
        starts = ends


def _begin(every: Every, moment: datetime) -> datetime:
    """The midnight with which the day, the week from Monday or the month of a moment begins."""
    day = moment.date()
    if every == "week":
        day -= timedelta(days=day.weekday())
    elif every == "month":
        day = day.replace(day=1)
    return datetime.combine(day, time())
