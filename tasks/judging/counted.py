"""What the product counts itself (在岗人数): how many contacts hold each role that a plan asks for, as readings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import polars as pl

from models.moments import micros
from models.plan.model import HOLDERS, Plan, Requirement
from models.rules.registers.figures import NO_READINGS, READINGS
from models.rules.registers.holders import holders


def counted_behind(plan: Plan, requirements: Iterable[Requirement]) -> list[str]:
    """The counts that these requirements rest on, in order."""
    return sorted({name for one in requirements for name in plan.behind[one.key] if plan.indicators[name].is_counted})


def counted_readings(
    contacts: Callable[[], pl.DataFrame],
    plan: Plan,
    requirements: Sequence[Requirement],
    units: pl.DataFrame,
    now: datetime,
) -> pl.DataFrame:
    """For every office of `units` each count that these requirements rest on, by the contacts of today: `READINGS`."""
    found = [NO_READINGS]
    for name in counted_behind(plan, requirements):
        counts = holders(contacts(), units, name.removeprefix(HOLDERS))
        one = pl.lit(1, pl.Int64)
        found.append(
            counts.select(
                "value",
                indicator=pl.lit(name).cast(READINGS["indicator"]),
                unit=pl.col("unit").cast(READINGS["unit"]),
                reported=one,
                expected=one,
                as_of=pl.lit(micros(now), pl.Int64),
            ).select(READINGS.names())
        )
    return pl.concat(found)
