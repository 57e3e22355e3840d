"""What the product counts itself (在岗人数): how many contacts hold each role that a plan asks for, as readings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from models.moments import micros
from models.plan.model import HOLDERS, Plan, Requirement
from models.rules.registers.figures import READINGS
from models.rules.registers.holders import holders
from tasks.campaign.store import Store


def counted_readings(
    store: Store, plan: Plan, requirements: Sequence[Requirement], units: pl.DataFrame, now: datetime
) -> pl.DataFrame:
    """For every office of `units` each count that these requirements rest on, by the contacts of today: `READINGS`."""
    names = sorted({name for one in requirements for name in plan.behind[one.key] if plan.indicators[name].is_counted})
    found = [pl.DataFrame(schema=READINGS)]
    contacts = store.contacts(set(units["unit"].str.head(2))) if names else pl.DataFrame()
    for name in names:
        counts = holders(contacts, units, name.removeprefix(HOLDERS))
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
