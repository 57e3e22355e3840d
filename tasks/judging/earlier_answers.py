"""What a figure would tell beside its earlier answers (两次答复之差): of 30 births yesterday and 31 today, one child.

Every value that a report brought was, or may have been, answered with; the later one of two that are too near to each
other is not shown. Only what was answered outside the campaign's own readings (a file, a screen) cannot be known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from models.lawful import is_below_county
from models.moments import micros
from models.plan.model import Indicator, Requirement
from models.plan.periods import Period
from models.rules.judging.rollup import stored_level
from models.rules.judging.small_cells import ALONE, births_and_deaths, told_apart
from tasks.campaign.kept_readings import every_reading
from tasks.campaign.reading_columns import Asked
from tasks.campaign.store import Store
from tasks.judging.judge import Judged

_ARRIVED = ("unit", "as_of", "batch", "value")


def tells_by_difference(
    store: Store, judged: Judged, requirement: Requirement, row: Mapping[str, Any], *, period: Period | None, last: int
) -> frozenset[str]:
    """The indicators behind `requirement` whose figure in `row` would tell of one or two births or deaths by that.

    row: the office's figures as `Judgement.figures_of` has them, as of `last`; those of one period for a periodic duty.
    """
    if not (is_below_county(requirement.judged_at) or row.get(ALONE)):
        return frozenset()
    within = (micros(period.starts), micros(period.ends) - 1) if period else (-(2**62), 2**62)
    names = requirement.met_when.names
    near = set()
    for name in births_and_deaths(judged.plan, names):
        indicator = judged.plan.indicators[name]
        if row[name] is None or indicator.where is not None:
            continue
        values = _values(store, judged, indicator, row["unit"], within=within, last=last)
        if row[name] not in told_apart(values):
            near.add(name)
    return frozenset(name for name in names if near & births_and_deaths(judged.plan, [name]))


def _values(
    store: Store, judged: Judged, indicator: Indicator, unit: str, within: tuple[int, int], last: int
) -> Iterator[float]:
    """What the office's figure was as of each reading, in the order of their arrival, up to those that hold now.

    A figure as of a later day counts too if it arrived before: whoever asks may have asked for that day.
    """
    level = judged.units.filter(pl.col("unit") == unit)["level"][0]
    places = judged.chains.filter(pl.col("ancestor") == unit).select("unit")
    stored = judged.units.filter(pl.col("level") == stored_level(indicator, level))
    behind = stored.join(places, on="unit", how="semi")["unit"].to_list()
    with store.one_moment() as connection:
        found = every_reading(connection, Asked([indicator.id], *within, units=behind), _ARRIVED)
    arrived = found.sort("batch", "as_of")
    newest = arrived.filter(pl.col("as_of") <= last)["batch"].max()
    if newest is None:
        return
    held: dict[str, dict[int, float | None]] = {place: {} for place in behind}
    for place, as_of, _, value in arrived.filter(pl.col("batch") <= newest).iter_rows():
        held[place][as_of] = value
        then = [_latest(readings, as_of) for readings in held.values()]
        known = [one for one in then if one is not None]
        if len(known) == len(behind):
            yield sum(known) if indicator.roll_up == "sum" else known[-1]


def _latest(readings: Mapping[int, float | None], at: int) -> float | None:
    """The value of the latest of an office's readings that is not later than `at`."""
    moments = [moment for moment in readings if moment <= at]
    return readings[max(moments)] if moments else None
