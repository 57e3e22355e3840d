"""Moments at which rows begin, or cease, to fulfil a condition by the passing of time alone: a meeting that was to be held
at half past ten, a shift that ends at eight in the evening."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import polars as pl
from sqlmodel import col, select

from models.moments import micros, moment_at
from models.plan.clock_bound import turning_terms
from models.plan.lists import Register
from models.plan.model import Plan
from models.plan.row_expressions import Clock
from models.plan.row_kinds import Term
from models.plan.row_terms import MOMENT, polars_of
from models.rules.judging.tree import above
from models.rules.registers.computed import with_computed
from models.rules.registers.frames import NIL, WITHDRAWN
from models.rules.registers.offices import with_offices
from models.tables import Batch
from tasks.campaign.store import Store
from tasks.registers.current import rows_of


def turning_points(copy: Store, plan: Plan, scope: str | None, start: datetime, until: datetime) -> set[int]:
    """Moments from `start` to `until` (microseconds) at which something may change of a row as it stands by then.

    A moment and the next instant: `held <= now` turns with the one, `held < now` with the other. scope: as of the preview.
    """
    asked = turning_terms(plan)
    if not asked:
        return set()
    provinces = copy.provinces_with(scope)
    units = copy.units(provinces=provinces)
    chains = above(units)
    found: set[int] = set()
    for name, terms in asked.items():
        register = plan.registers[name]
        for moment in (start, *_reports_between(copy, register, start, until)):
            rows = with_offices(rows_of(copy, register, moment, provinces), register, units, chains)
            found |= _turning(rows, register, terms, Clock(moment.astimezone(plan.zone), plan.standard_time))
    return {at for one in found for at in (one, one + 1) if micros(start) <= at <= micros(until)}


def _reports_between(copy: Store, register: Register, start: datetime, until: datetime) -> Sequence[datetime]:
    """The moments of reports that are in the database under one that is still to come."""
    own = col(Batch.districts).is_(True) if register.built_in else col(Batch.register) == register.id
    query = (
        select(Batch.as_of).where(own, col(Batch.as_of) > micros(start), col(Batch.as_of) <= micros(until)).distinct()
    )
    with copy.reading() as connection:
        return [moment_at(at, until.tzinfo) for at in sorted(connection.execute(query).scalars())]


def _turning(rows: pl.DataFrame, register: Register, terms: Collection[Term], clock: Clock) -> set[int]:
    """The values of `terms` over the rows that hold."""
    live = with_computed(rows.filter(~pl.col(WITHDRAWN) & ~pl.col(NIL)), register, clock)
    values = (live.select(polars_of(term, clock).cast(MOMENT).alias("at"))["at"] for term in terms)
    return {int(at) for value in values for at in value.drop_nulls().unique().dt.epoch("us")}
