"""The due moments of open cases over rows: a case keeps that with which it opened, whatever its rows have said since."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import polars as pl

from models.moments import micros
from models.rules.judging.judged_rows import with_dues_of_cases
from models.rules.judging.judging import with_timing
from models.rules.judging.tree import ranges_of
from tasks.campaign.frames import in_ranges
from tasks.campaign.store import Store
from tasks.judging.judge import Judged

_CASES = {"unit": pl.String, "requirement": pl.String, "period": pl.String, "due": pl.Int64}


def as_chased(store: Store, judged: Judged, at: datetime) -> Judged:
    """A judgement at `at` in which each duty over rows with a case that was open then is due when that is."""
    if not judged.judgement.rows:
        return judged
    provinces = store.provinces_with(judged.scope)
    cases = store.frame(
        "SELECT unit, requirement, period, due FROM cases WHERE opened_at <= :at AND (closed_at IS NULL OR closed_at > :at)"
        f" AND requirement IN :keys AND {in_ranges('unit', ranges_of(provinces))} ORDER BY id",
        _CASES,
        at=micros(at),
        keys=list(judged.judgement.rows),
    )
    if cases.is_empty():
        return judged
    held = cases.unique(["unit", "requirement", "period"], keep="last")
    moved = with_dues_of_cases(judged.verdicts.drop("timing"), held, judged.plan, store.calendar())
    return replace(judged, judgement=judged.judgement.but(with_timing(moved, at)))
