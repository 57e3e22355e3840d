"""Settled periods (结转的周期): judged once when they are over, and left out of every judgement of now that follows.

Of what is met in them a count is kept, of what is not each duty with its reason, so that it is chased and shown as
before. A figure that arrives for a settled period makes it a period like any other again: see `tasks.judging.settled`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import polars as pl

from models.moments import days_around, midnight, moment_at
from models.plan.model import Plan
from models.plan.periods import period_around
from models.rules.judging.judging import SCHEMA
from models.rules.judging.tree import NAMES

LAG = timedelta(days=2)
"""For so long after its end a period stays as it is: reports of yesterday come in all day."""
REASONED = pl.Schema({**SCHEMA, "reason_zh": pl.String(), "reason_en": pl.String()})
MET = pl.Schema({"unit": pl.String(), "place": pl.Int32(), "count": pl.Int64()})
KNOWN = pl.Schema(
    {
        "indicator": NAMES,
        "unit": NAMES,
        "value": pl.Float64(),
        "reported": pl.Int64(),
        "expected": pl.Int64(),
        "as_of": pl.Int64(),
    }
)


@dataclass(frozen=True)
class Settled:
    """What is known of all periods that ended by `until` (microseconds).

    left: duties of theirs that are not met or were decided on, as judged before decisions, with their reasons; met: how
    many others there are, of each requirement (its place in the plan) at each unit; known: of the indicators of
    districts the readings that held before the oldest period that goes on.
    """

    until: int
    left: pl.DataFrame
    met: pl.DataFrame
    known: pl.DataFrame

    def at(self, units: pl.DataFrame, places: list[int]) -> Settled:
        """Of these units and requirements alone."""
        if self.left.is_empty() and self.met.is_empty():  # as before the first period is over
            return self
        here = pl.col("place").is_in(places) & pl.col("unit").is_in(units["unit"].implode())
        left = self.left if self.left.is_empty() else self.left.filter(here)
        return Settled(self.until, left, self.met.filter(here), self.known)


NOTHING = Settled(-(2**62), pl.DataFrame(schema=REASONED), pl.DataFrame(schema=MET), pl.DataFrame(schema=KNOWN))
"""Where nothing is settled yet."""


def settled_until(now: datetime, zone: tzinfo) -> datetime:
    """Up to when periods are settled at `now`: a midnight."""
    day, _ = days_around(now - LAG, "day", zone)
    return midnight(day, zone)


def oldest_start(plan: Plan, since: datetime) -> datetime:
    """When the oldest period begins that ends after `since`, begun or not; `since` where there is none before it."""
    phases = {phase.id: phase for phase in plan.phases}
    rhythms = {(phases[one.phase], rhythm) for one in plan.requirements if (rhythm := plan.rhythm(one))}
    going_on = [(phase, rhythm) for phase, rhythm in rhythms if phase.ends > since]
    starts = [period_around(max(phase.starts, since), rhythm, plan.zone).starts for phase, rhythm in going_on]
    return min([since, *starts])


def ended_between(plan: Plan, now: datetime, since: datetime | None, until: datetime) -> pl.DataFrame:
    """The periods that ended after `since` and by `until`: place, period."""
    rows = [
        (place, period.label)
        for place, one in enumerate(plan.requirements)
        if one.every
        for period in plan.periods(one, now, since)
        if period.ends <= until
    ]
    return pl.DataFrame(rows, schema={"place": pl.Int32, "period": pl.String}, orient="row")


def settle(before: Settled, verdicts: pl.DataFrame, reasons: pl.DataFrame, until: int, known: pl.DataFrame) -> Settled:
    """Settle more periods.

    verdicts: their duties as judged before decisions, SCHEMA with `decided`; reasons: unit, place, period, reason_zh,
    reason_en, of those that are not met; known: see `Settled`.
    """
    is_left = (pl.col("standing") != "met") | pl.col("decided")
    left = verdicts.filter(is_left).select(SCHEMA.names())
    left = left.join(reasons, on=["unit", "place", "period"], how="left", maintain_order="left")
    met = verdicts.filter(~is_left).group_by("unit", "place").agg(pl.len().cast(pl.Int64).alias("count"))
    both = pl.concat([before.met, met.select(MET.names())]).group_by("unit", "place").agg(pl.col("count").sum())
    return Settled(
        until,
        pl.concat([before.left, left.select(REASONED.names())]),
        both.sort("place", "unit").select(MET.names()),
        known,
    )


def since_of(settled: Settled, zone: tzinfo) -> datetime | None:
    """Periods that ended by then are not judged again; None: all are."""
    return None if settled.until == NOTHING.until else moment_at(settled.until, zone)
