"""Marks (印记) of what a judgement would show of offices: equal as long as a page of it would read the same.

They are made of what pages are drawn from, before any of it is put into words: so that nothing is worded, drawn or sent
where nothing is new. The minute does not count; how long something is overdue counts as it is worded, in days or hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from models.moments import micros, micros_in
from models.plan.model import Phase, Plan
from models.rules.judging.judging import Judgement

_HOUR, _DAY = micros_in(timedelta(hours=1)), micros_in(timedelta(days=1))


def mark_phases(judgement: Judgement, plan: Plan, groups: pl.DataFrame, now: datetime) -> dict[tuple[str, str], str]:
    """What there is to show of each group's duties in each phase, as one text: {(group, phase id): mark}.

    judgement: with timing and waived. groups: unit, ancestor; a unit may be in several groups.
    """
    parts = [
        part.with_columns(phase=pl.lit(phase.id))
        for phase in plan.phases
        for part in (_of_duties(judgement.verdicts, plan, phase, now), *_of_figures(judgement, plan, phase))
    ]
    marks = (
        pl.concat(parts)
        .join(groups, on="unit")
        .group_by("ancestor", "phase")
        .agg(pl.col("mark").bitwise_xor(), pl.len().alias("rows"))
    )
    return {(group, phase): f"{mark:x}-{rows}" for group, phase, mark, rows in marks.iter_rows()}


def _of_duties(verdicts: pl.DataFrame, plan: Plan, phase: Phase, now: datetime) -> pl.DataFrame:
    """unit, mark: how each duty of a phase stands."""
    places = [place for place, one in enumerate(plan.requirements) if one.phase == phase.id]
    late = pl.lit(micros(now)) - pl.col("due")
    lasting = pl.when(late >= _DAY).then(late // _DAY * 24).otherwise(late // _HOUR)
    shown = (
        "unit",
        "place",
        "period",
        "due",
        "waived",
        pl.col("standing").to_physical(),
        pl.col("timing").to_physical(),
        pl.when(pl.col("timing") == "overdue").then(lasting).alias("lasting"),
    )
    return verdicts.filter(pl.col("place").is_in(places)).select("unit", mark=pl.struct(*shown).hash())


def _of_figures(judgement: Judgement, plan: Plan, phase: Phase) -> Iterator[pl.DataFrame]:
    """unit, mark: the figures that the duties of a phase are judged on and explained with."""
    own = {requirement.key for requirement in phase.requirements}
    for (key, period), figures in judgement.figures.items():
        if key not in own:
            continue
        names = plan.behind[key]
        columns = [column for column in figures.columns if column.split(":")[0] in names]
        whose = (pl.lit(key).alias("requirement"), pl.lit(period).alias("period"))
        yield figures.select("unit", mark=pl.struct("unit", *whose, *columns).hash())
