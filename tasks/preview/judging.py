"""Judging ahead of time: while nothing is reported any more, and no row turns, one judgement holds for every moment.

What changes is which periods have begun, and what is due.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

import polars as pl

from models.moments import micros, moment_at
from models.plan.model import Plan
from models.rules.judging.judging import with_timing
from tasks.campaign.store import Store
from tasks.judging.judge import InHand, Judged, judge_all

_BEGUN = {"place": pl.Int32, "period": pl.String, "begins": pl.Int64}


class StillJudge:
    """Judges as `tasks.judging.judge.judge_all` does, at any moment up to `until`, of which nothing later is known.

    changes: the moments at which anything else may be found: those of figures and rows that are in the database under a later
    one, and those at which a row turns by the passing of time. One judgement holds from each of them to the next.
    """

    def __init__(self, until: datetime, changes: Collection[int]) -> None:
        self._until, self._changes = until, sorted(changes)
        self._whole: dict[frozenset[str] | None, tuple[datetime, Judged, pl.DataFrame]] = {}
        self._in_hand: dict[tuple[str | None, frozenset[str] | None], InHand] = {}

    def __call__(self, store: Store, scope: str | None, now: datetime, phases: Collection[str] | None = None) -> Judged:
        asked, ends = None if phases is None else frozenset(phases), self._holds_until(now)
        if asked not in self._whole or self._whole[asked][0] != ends:
            in_hand = self._in_hand.setdefault((scope, asked), InHand())
            judged = judge_all(store, scope, ends, phases, in_hand=in_hand)
            self._whole[asked] = ends, judged, beginnings(judged.plan, ends)
        _, judged, periods = self._whole[asked]
        later = periods.filter(pl.col("begins") > micros(now)).drop("begins")
        begun = judged.verdicts.join(later, on=["place", "period"], how="anti", maintain_order="left")
        return replace(judged, judgement=judged.judgement.but(with_timing(begun, now)))

    def _holds_until(self, now: datetime) -> datetime:
        """The last moment at which everything is still found as at `now`."""
        place = bisect_right(self._changes, micros(now))
        if place == len(self._changes):
            return max(now, self._until)
        return min(moment_at(self._changes[place] - 1, now.tzinfo), self._until)


def beginnings(plan: Plan, until: datetime) -> pl.DataFrame:
    """When each period of each requirement begins, of those up to `until`: place, period, begins."""
    rows = [
        (place, period.label, micros(period.starts))
        for place, requirement in enumerate(plan.requirements)
        if requirement.every
        for period in plan.periods(requirement, until)
    ]
    return pl.DataFrame(rows, schema=_BEGUN, orient="row")
