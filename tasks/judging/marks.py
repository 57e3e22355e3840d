"""What tells whether a page of some office would show anything new; see `models.rules.judging.marks`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from hashlib import sha256

import polars as pl

from models.moments import count_down
from models.rules.judging.marks import mark_phases
from models.units import NATION
from tasks.judging.status import Statuses, with_predecessors

Mark = Callable[[str, str | None], str]
"""The mark of a unit's status of one phase, or (None) of all phases."""


def marks_of(statuses: Statuses, units: Collection[str]) -> Mark:
    """The marks of `units`, all worked out at once. Two that are equal are of pages that read the same, but for the
    minute; none is the same on two days, so that no page is ever older than a day."""
    judged, plan = statuses.judged, statuses.judged.plan
    groups = judged.chains.filter(pl.col("ancestor").is_in(list(units))).select("unit", "ancestor")
    if NATION in units:
        groups = pl.concat([groups, judged.units.select("unit", ancestor=pl.lit(NATION))])
    found = mark_phases(judged.judgement, plan, groups, statuses.as_of)
    newest = {unit: statuses.figures_as_of(unit) for unit in units}
    names = judged.units.select(pl.struct(pl.all()).hash().bitwise_xor()).item()
    # titles, sources and notes of a plan stand on pages too: with another plan all of them are new
    beside = (_clock(statuses), sorted(statuses.exits), statuses.superior, names, statuses.plan_loaded_at)

    def mark(unit: str, phase: str | None) -> str:
        phases = [one.id for one in plan.phases] if phase is None else with_predecessors(plan, phase)
        shown = [found.get((unit, one)) for one in phases]
        return sha256(repr((unit, phases, shown, newest[unit], beside)).encode()).hexdigest()

    return mark


def _clock(statuses: Statuses) -> tuple[object, ...]:
    """What a page says by the clock alone."""
    plan, now = statuses.judged.plan, statuses.as_of
    begun_and_over = [(now >= phase.starts, now >= phase.ends) for phase in plan.phases]
    return f"{now.astimezone(plan.zone):%Y-%m-%d}", count_down(plan.standard_time, now, "en"), begun_and_over
