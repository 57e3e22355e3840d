"""Which duties are judged on the same figures, and which of these in one frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from models.plan.model import Plan, Requirement
from models.plan.periods import Period
from models.rules.judging.offices import Offices
from models.units import Level

Group = tuple[Period | None, Level, tuple[Requirement, ...]]
"""Requirements that are judged at one level in one period (None: those that have none)."""
Word = tuple[Period | None, Level, tuple[str, ...]]
"""The same by the keys of the requirements."""
_AT_ONCE = 100_000
"""So many offices, each as often as it has periods, are judged in one frame."""


def groups_of(
    plan: Plan, requirements: Sequence[Requirement], now: datetime, since: datetime | None
) -> Iterable[Group]:
    """Requirements that can be judged on the same figures: same level, same period. since: periods that ended by then are left
    out."""
    groups: dict[tuple[Period | None, Level], list[Requirement]] = {}
    for requirement in requirements:
        periods: list[Period | None] = [None] if requirement.every is None else [*plan.periods(requirement, now, since)]
        for period in periods:
            groups.setdefault((period, requirement.judged_at), []).append(requirement)
    for (period, level), group in groups.items():
        yield period, level, tuple(group)


def word_of(group: Group) -> Word:
    """The name under which a group is kept."""
    period, level, requirements = group
    return period, level, tuple(one.key for one in requirements)


def is_over(period: Period | None, now: datetime) -> bool:
    """Whether nothing that is reported from now on counts in the period."""
    return period is not None and period.ends <= now


def at_once(
    groups: Iterable[Group], offices: Offices
) -> Iterable[tuple[Level, tuple[Requirement, ...], list[Period | None]]]:
    """The same requirements with all of their periods, or as many as make a frame of some size: to judge few offices takes as long
    as there are frames, and hardly longer where these have more rows."""
    alike: dict[tuple[Level, tuple[str, ...]], tuple[tuple[Requirement, ...], list[Period | None]]] = {}
    for group in groups:
        period, level, requirements = group
        alike.setdefault(word_of(group)[1:], (requirements, []))[1].append(period)
    for (level, _), (requirements, periods) in alike.items():
        most = max(1, _AT_ONCE // max(1, len(offices.once(level))))
        for start in range(0, len(periods), most):
            yield level, requirements, periods[start : start + most]
