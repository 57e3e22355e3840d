"""Moments at which rows begin, or cease, to fulfil a condition by the passing of time alone: a meeting that was to be held
at half past ten, a shift that ends at eight in the evening."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from models.moments import micros, moment_at
from models.plan.clock_bound import registers_by_the_clock, turning_terms
from models.plan.lists import Register
from models.plan.model import Plan
from models.plan.periods import period_around
from models.plan.row_expressions import Clock
from models.rules.judging.kept_answers import moments_of
from models.rules.judging.tree import above
from models.rules.registers.offices import with_offices
from models.tables import Batch, RegisterState
from tasks.campaign.store import Store
from tasks.registers.current import rows_of


def turning_points(copy: Store, plan: Plan, scope: str | None, start: datetime, until: datetime) -> set[int]:
    """Moments from `start` to `until` (microseconds) at which something may change of a row as it stands by then.

    Where what day it is matters to rows of a list, every midnight. A moment and the next instant: `held <= now` turns with the
    one, `held < now` with the other. Of a list without rows nothing turns. scope: as of the preview.
    """
    lists = {name for name in registers_by_the_clock(plan) if _has_rows(copy, plan.registers[name])}
    if not lists:
        return set()
    asked = {name: terms for name, terms in turning_terms(plan).items() if name in lists}
    provinces = copy.provinces_with(scope)
    units = copy.units(provinces=provinces)
    chains = above(units)
    found: set[int] = set()
    for name, terms in asked.items():
        register = plan.registers[name]
        for moment in (start, *_reports_between(copy, register, start, until)):
            rows = with_offices(rows_of(copy, register, moment, provinces), register, units, chains)
            found.update(moments_of(rows, register, terms, Clock(moment.astimezone(plan.zone), plan.standard_time)))
    within = {at for one in found for at in (one, one + 1) if micros(start) <= at <= micros(until)}
    return within.union(_days(plan, start, until))


def _has_rows(copy: Store, register: Register) -> bool:
    """Whether anybody has ever sent anything of a list."""
    kept = select(col(RegisterState.province)).where(col(RegisterState.register) == register.id)
    with copy.reading() as connection:
        if connection.execute(kept.limit(1)).first() is not None:
            return True
        return connection.execute(select(col(Batch.id)).where(_brings(register)).limit(1)).first() is not None


def _brings(register: Register) -> ColumnElement[bool]:
    """Which reports bring rows of a list."""
    return col(Batch.districts).is_(True) if register.built_in else col(Batch.register) == register.id


def _days(plan: Plan, start: datetime, until: datetime) -> Iterator[int]:
    """The beginnings of the days after `start` up to `until`."""
    day = period_around(start, "day", plan.zone)
    while day.ends <= until:
        yield micros(day.ends)
        day = period_around(day.ends, "day", plan.zone)


def _reports_between(copy: Store, register: Register, start: datetime, until: datetime) -> Sequence[datetime]:
    """The moments of reports that are in the database under one that is still to come."""
    query = (
        select(Batch.as_of)
        .where(_brings(register), col(Batch.as_of) > micros(start), col(Batch.as_of) <= micros(until))
        .distinct()
    )
    with copy.reading() as connection:
        return [moment_at(at, until.tzinfo) for at in sorted(connection.execute(query).scalars())]
