"""Doubts about a plan: what is no fault, but what its planner would rather know before it is in force."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from models.plan import Plan, Requirement
from models.planning.draft import Places
from models.planning.layers import Fault
from models.rules.working_time import Calendar, rung_moment
from models.wording import Said


def doubts(plan: Plan, places: Places, calendar: Calendar) -> list[Fault]:
    """Due dates on a day off, phases that start before their predecessor ends, requirements that nothing
    reports, ladders that tell nobody, years without an official calendar. In order of file and line."""
    found = [*_phases(plan, places), *_requirements(plan, places, calendar), *_years(plan, places, calendar)]
    return sorted(set(found))


def _phases(plan: Plan, places: Places) -> Iterator[Fault]:
    for phase in plan.phases:
        for name in phase.after:
            before = plan.phase(name)
            if before and phase.starts < before.ends:
                said = Said(
                    f"“{phase.title}”{phase.starts:%m-%d} 开始时，前一阶段“{before.title}”要到 {_last_day(before.ends):%m-%d} 才结束",
                    f"“{phase.id}” starts on {phase.starts:%m-%d}, before “{before.id}” ends on {_last_day(before.ends):%m-%d}",
                )
                yield Fault(*places["phase", phase.id], said)


def _requirements(plan: Plan, places: Places, calendar: Calendar) -> Iterator[Fault]:
    for requirement in plan.requirements:
        place = places["requirement", requirement.key]
        if not requirement.met_when.names:
            said = Said(
                f"“{requirement.title}”的条件里没有指标，没有报表能使它达标",
                f"“{requirement.key}” names no indicator: nothing reports it",
            )
            yield Fault(*place, said)
        ladder = plan.ladders.get(requirement.ladder or "")
        if ladder is None or not any(rung.to for rung in ladder.rungs):
            said = Said(
                f"“{requirement.title}”的催办阶梯不通知任何人", f"the ladder of “{requirement.key}” tells nobody"
            )
            yield Fault(*place, said)
        for scope, due in requirement.dues:
            where = places.get(("tightening", f"{requirement.key}@{scope or ''}"), place)
            yield from _day_off(requirement, due, where, calendar)


def _day_off(requirement: Requirement, due: datetime, place: tuple[str, int], calendar: Calendar) -> Iterator[Fault]:
    day = _last_day(due)
    if not calendar.is_working_day(day.date()):
        said = Said(
            f"“{requirement.title}”的期限 {day:%Y-%m-%d} 不是工作日",
            f"“{requirement.key}” is due on {day:%Y-%m-%d}, a day off",
        )
        yield Fault(*place, said)


def _years(plan: Plan, places: Places, calendar: Calendar) -> Iterator[Fault]:
    """One doubt for each year without an official calendar on which a rung's day depends."""
    told: set[int] = set()
    for requirement in plan.requirements:
        ladder = plan.ladders.get(requirement.ladder or "")
        for _, due in requirement.dues:
            days = [
                rung_moment(due, rung.at, calendar, plan.office_hours, plan.zone).date()
                for rung in (ladder.rungs if ladder else ())
            ]
            for doubt in calendar.doubts(days):
                if doubt.year not in told:
                    told.add(doubt.year)
                    yield Fault(*places["requirement", requirement.key], doubt.said)


def _last_day(end: datetime) -> datetime:
    """The day that a moment ends, or in which it falls."""
    return end - timedelta(microseconds=1)
