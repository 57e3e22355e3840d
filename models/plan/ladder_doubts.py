"""Doubts about ladders (催办阶梯的疑点): rungs that fall on other days, or at another time, than whoever wrote them meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from models.calendar.working_time import Calendar, rung_moment
from models.plan.draft import Places
from models.plan.layers import Fault
from models.plan.model import Plan, Requirement, Rung
from models.wording import Said

_INSTANT = timedelta(microseconds=1)


def ladder_doubts(plan: Plan, places: Places, calendar: Calendar) -> Iterator[Fault]:
    """Working days in a phase on duty round the clock, and rungs that could only fire before their period begins."""
    yield from _working_days(plan, places)
    for requirement in plan.requirements:
        if requirement.every is not None:
            yield from _before_the_period(plan, requirement, places, calendar)


def _working_days(plan: Plan, places: Places) -> Iterator[Fault]:
    """Once a phase and ladder: a rung in working days waits there for the office to open, over weekends and holidays."""
    named: set[tuple[str, str]] = set()
    for requirement in plan.requirements:
        phase, ladder = plan.phase(requirement.phase), plan.ladders.get(requirement.ladder or "")
        working = [rung for rung in ladder.rungs if rung.at.working] if ladder else []
        if phase is None or ladder is None or phase.hours != "always" or not working:
            continue
        if (phase.id, ladder.id) in named:
            continue
        named.add((phase.id, ladder.id))
        rungs = ", ".join(f"{rung.id} ({rung.at})" for rung in working)
        said = Said(
            f"“{phase.title}”昼夜值班（hours: always），而催办阶梯“{ladder.id}”的"
            f"{'、'.join(f'“{rung.id}”（{rung.at}）' for rung in working)}按工作日计，休息日不催；要按天计请写 d",
            f"“{phase.id}” is on duty round the clock (hours: always), but {rungs} of the ladder “{ladder.id}” count in"
            " working days and wait over days off; write d to count every day",
        )
        yield Fault(*places["requirement", requirement.key], said)


def _before_the_period(plan: Plan, requirement: Requirement, places: Places, calendar: Calendar) -> Iterator[Fault]:
    phase, ladder = plan.phase(requirement.phase), plan.ladders.get(requirement.ladder or "")
    if phase is None or ladder is None:
        return
    periods = plan.periods(requirement, phase.ends)

    def too_early(rung: Rung) -> bool:
        # at the cut-off before is early enough: what comes after it begins a microsecond later
        return all(
            rung_moment(period.due, rung.at, calendar, plan.office_hours, plan.zone) < period.starts - _INSTANT
            for period in periods
        )

    again = "cut-off" if requirement.every == "cadence" else requirement.every
    for rung in ladder.rungs if periods else ():
        if too_early(rung):
            said = Said(
                f"“{requirement.title}”逐期上报，“{rung.id}”（{rung.at}）落在每期开始之前，到不了这一级，请改近或去掉",
                f"“{requirement.key}” is owed every {again}, and “{rung.id}” ({rung.at}) falls before each"
                " period begins: bring it nearer, or leave it out",
            )
            yield Fault(*places["requirement", requirement.key], said)
