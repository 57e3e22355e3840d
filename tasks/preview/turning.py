"""Moments at which rows begin, or cease, to fulfil a condition by the passing of time alone: a meeting that was to be held
at half past ten, a shift that ends at eight in the evening, a paper that is in force from Monday."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from models.moments import micros, moment_at
from models.plan.clock_bound import INSTANT, registers_by_the_clock, turning_terms
from models.plan.lists import Register
from models.plan.model import Plan
from models.plan.periods import period_around
from models.rules.judging.kept_answers import Rests, TurningMoments, rests_of_duties, rests_of_figure
from models.rules.judging.tree import below
from models.tables import Batch
from models.units import DIGITS
from tasks.campaign.store import Store
from tasks.judging.part import Part
from tasks.judging.rows import Rows
from tasks.judging.rows_in_hand import Kept


def turning_points(copy: Store, plan: Plan, scope: str | None, start: datetime, until: datetime) -> set[int]:
    """Moments from `start` to `until` (microseconds) at which something may change of a row as it stands by then.

    Of `held <= now` the moment itself, of `held < now` the next instant, of `formed <= today` the beginning of that day; where
    what day it is matters in any other way, every midnight. Of a list without rows nothing turns. scope: as of the preview.
    """
    first, last = micros(start), micros(until)
    found, every_day = set[int](), False
    for moment, registers in _looked_at(copy, plan, start, until).items():
        rows = Rows(copy, plan, moment, copy.provinces_with(scope), part=_part(copy, scope))
        for kept, register, rests in _asked(rows, plan, registers, moment):
            if not kept.rows.is_empty():
                found.update(TurningMoments(kept.rows, register, moment, plan, kept.affiliation).moments(rests))
                every_day |= bool(rests.day)
    within = {at for at in found if first <= at <= last}
    return within.union(_days(plan, start, until)) if every_day else within


def _looked_at(copy: Store, plan: Plan, start: datetime, until: datetime) -> dict[datetime, set[str]]:
    """When rows are looked at, and of which registers: at the start, and where a report is in the database under a moment
    that is still to come."""
    asked = registers_by_the_clock(plan)
    found = {start: set(asked)}
    for name in sorted(asked):
        for moment in _reports_between(copy, plan.registers[name], start, until):
            found.setdefault(moment, set()).add(name)
    return found


def _asked(
    rows: Rows, plan: Plan, registers: Collection[str], moment: datetime
) -> Iterator[tuple[Kept, Register, Rests]]:
    """The rows on which each duty, and each figure behind one, is judged that asks for the clock, and how it asks."""
    terms = turning_terms(plan)
    behind = frozenset[str]().union(*(plan.behind[one.key] for one in plan.requirements))

    def otherwise(register: Register) -> Rests:
        """Of what is another one each moment no more is known than which moments of its rows matter."""
        turning = [one for term in terms.get(register.id, ()) for one in (term, ("shift", term, INSTANT))]
        return Rests(day=f"{moment:%Y-%m-%d}", turning=tuple(turning))

    for requirement in plan.requirements:
        if requirement.each is not None and requirement.each.register in registers:
            register = plan.registers[requirement.each.register]
            rests = rests_of_duties(plan, requirement, moment) or otherwise(register)
            if rests != Rests(people=rests.people):
                yield rows.of(requirement), register, rests
    for indicator in (plan.indicators[name] for name in sorted(behind)):
        if indicator.rows is not None and indicator.rows.register in registers:
            register = plan.registers[indicator.rows.register]
            rests = rests_of_figure(plan, indicator, moment) or otherwise(register)
            if rests != Rests(people=rests.people):
                yield rows.drawn_from(indicator), register, rests


def _part(copy: Store, scope: str | None) -> Part | None:
    """The offices that are asked about, as the judging has them."""
    if scope is None or len(scope) == DIGITS["province"]:
        return None
    return Part.of(below(copy.units(), scope), scope)


def _brings(register: Register) -> ColumnElement[bool]:
    """Which reports bring rows of a list."""
    return col(Batch.districts).is_(True) if register.built_in else col(Batch.register) == register.id


def _days(plan: Plan, start: datetime, until: datetime) -> Iterator[int]:
    """The beginnings of the days after `start` up to `until`."""
    day = period_around(start, "day", plan.zone)
    while day.ends <= until:
        yield micros(day.ends)
        day = period_around(day.ends, "day", plan.zone)


def _reports_between(copy: Store, register: Register, start: datetime, until: datetime) -> list[datetime]:
    """The moments of reports that are in the database under one that is still to come."""
    query = (
        select(Batch.as_of)
        .where(_brings(register), col(Batch.as_of) > micros(start), col(Batch.as_of) <= micros(until))
        .distinct()
    )
    with copy.reading() as connection:
        return [moment_at(at, until.tzinfo) for at in sorted(connection.execute(query).scalars())]
