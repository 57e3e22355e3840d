"""Missed reports (漏报): at how many cut-offs an office owed a report and had sent none, in a row and in all."""

from __future__ import annotations

import polars as pl

from models.moments import moment_at
from models.plan.model import Plan
from models.vocabulary import times_missed

MISSED = pl.Schema(
    {"place": pl.Int32(), "unit": pl.String(), "period": pl.String(), "in_a_row": pl.UInt32(), "in_all": pl.UInt32()}
)
_OFFICE = ["place", "unit"]


def missed(plan: Plan, verdicts: pl.DataFrame, duties: pl.DataFrame) -> pl.DataFrame:
    """How many reports were missed up to and with each of `duties` that is one of them: MISSED.

    verdicts: of all that is known, with `timing`; those of what was over before an office came to be are not among them, and
    do not count. What was waived, or given more time, is not missed.
    """
    of_cadence = [place for place, one in enumerate(plan.requirements) if one.every == "cadence"]
    is_missing = pl.col("place").is_in(of_cadence) & (pl.col("standing") == "unreported")
    asked = duties.filter(is_missing)
    if asked.is_empty():
        return pl.DataFrame(schema=MISSED)
    late = verdicts.filter(is_missing & (pl.col("timing") == "overdue")).join(
        asked.select(_OFFICE).unique(), on=_OFFICE, how="semi"
    )
    counted = late.join(_numbered(plan, late), on=["place", "period"]).sort(*_OFFICE, "no")
    follows = (pl.col("no") - pl.col("no").shift(1).over(_OFFICE) == 1).fill_null(False)
    first = pl.when(~follows).then("no").forward_fill().over(_OFFICE)
    counted = counted.with_columns(
        in_a_row=(pl.col("no") - first + 1).cast(pl.UInt32),
        in_all=pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over(_OFFICE),
    )
    return counted.select(MISSED.names()).join(asked.select(*_OFFICE, "period"), on=[*_OFFICE, "period"], how="semi")


def _numbered(plan: Plan, late: pl.DataFrame) -> pl.DataFrame:
    """The periods behind these duties in their order, those that everybody met among them: place, period, no."""
    rows = [
        (place, period.label, no)
        for place, last in late.group_by("place").agg(pl.col("due").max()).iter_rows()
        for no, period in enumerate(plan.periods(plan.requirements[place], moment_at(last, plan.zone)))
    ]
    return pl.DataFrame(rows, schema={"place": pl.Int32, "period": pl.String, "no": pl.Int64}, orient="row")


def with_missed(explained: pl.DataFrame) -> pl.DataFrame:
    """Reasons that go on with how many reports were missed. explained: reason_zh, reason_en, in_a_row, in_all."""
    if explained["in_all"].null_count() == explained.height:
        return explained
    is_one, times = pl.col("in_all").is_not_null(), times_missed("{}", "{}")
    return explained.with_columns(
        reason_zh=pl.when(is_one)
        .then(pl.format("{}，" + times.zh, "reason_zh", "in_a_row", "in_all"))
        .otherwise("reason_zh"),
        reason_en=pl.when(is_one)
        .then(pl.format("{}, " + times.en, "reason_en", "in_a_row", "in_all"))
        .otherwise("reason_en"),
    )
