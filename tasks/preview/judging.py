"""Judging ahead of time: while nothing is reported any more, one judgement holds for every moment up to the last.

What changes is which periods have begun, and what is due.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import polars as pl

from models.moments import micros
from models.plan.clock_bound import goes_by_the_clock
from models.plan.model import Plan
from models.rules.judging.judging import with_timing
from tasks.campaign.store import Store
from tasks.judging.judge import Judged, judge_all, of_phases

_BEGUN = {"place": pl.Int32, "period": pl.String, "begins": pl.Int64}


class StillJudge:
    """Judges as `tasks.judging.judge.judge_all` does, at any moment up to `until`, of which nothing later is known.

    dated: moments of figures that are in the database under a later one; until the last of them has come,
    each moment is judged anew. Where conditions over rows ask what day it is, each moment is.
    """

    def __init__(self, until: datetime, dated: Collection[int]) -> None:
        self._until, self._still_from = until, max(dated, default=None)
        self._whole: dict[frozenset[str] | None, tuple[Judged, pl.DataFrame]] = {}

    def __call__(self, store: Store, scope: str | None, now: datetime, phases: Collection[str] | None = None) -> Judged:
        moves_on = self._still_from is not None and micros(now) < self._still_from
        if moves_on or goes_by_the_clock(store.plan(), of_phases(store.plan(), phases)):
            return judge_all(store, scope, now, phases)
        asked = None if phases is None else frozenset(phases)
        if asked not in self._whole:
            judged = judge_all(store, scope, self._until, phases)
            self._whole[asked] = judged, beginnings(judged.plan, self._until)
        judged, periods = self._whole[asked]
        later = periods.filter(pl.col("begins") > micros(now)).drop("begins")
        begun = judged.verdicts.join(later, on=["place", "period"], how="anti", maintain_order="left")
        return replace(judged, judgement=judged.judgement.but(with_timing(begun, now)))


def beginnings(plan: Plan, until: datetime) -> pl.DataFrame:
    """When each period of each requirement begins, of those up to `until`: place, period, begins."""
    rows = [
        (place, period.label, micros(period.starts))
        for place, requirement in enumerate(plan.requirements)
        if requirement.every
        for period in plan.periods(requirement, until)
    ]
    return pl.DataFrame(rows, schema=_BEGUN, orient="row")
