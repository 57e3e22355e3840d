"""Inhibition (architecture rule 8): an office that is late only because those below it are is told once,
in one line, and not chased; they are."""

from __future__ import annotations

import polars as pl

from models.plan import Plan
from models.units import LEVELS


def answered_below(plan: Plan) -> pl.DataFrame:
    """Requirements whose every figure comes from offices below that owe a requirement of their own on it.

    Returns requirement, lower: a row for each such pair within one phase.
    """
    rows = []
    for upper in plan.requirements:
        leaves = _leaves(plan, upper.met_when.names)
        lower = [
            other
            for other in plan.requirements
            if other.phase == upper.phase
            and LEVELS.index(other.judged_at) > LEVELS.index(upper.judged_at)
            and leaves & _leaves(plan, other.met_when.names)
        ]
        covered = frozenset().union(*(_leaves(plan, other.met_when.names) for other in lower))
        if leaves and leaves <= covered:
            rows += [(upper.key, other.key) for other in lower]
    return pl.DataFrame(rows, schema={"requirement": pl.String, "lower": pl.String}, orient="row")


def _leaves(plan: Plan, names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for name in plan.base_indicators(frozenset(names)) if plan.indicators[name].where is None)


def roll_ups(plan: Plan, verdicts: pl.DataFrame, duties: pl.DataFrame, chains: pl.DataFrame) -> pl.DataFrame:
    """Of `duties` (unit, requirement, period, not met) those that only wait for offices below.

    verdicts: every duty in question. Returns unit, requirement, period, late_below (how many duties
    below are not met).
    """
    pairs = answered_below(plan)
    upper = duties.select("unit", "requirement", "period").join(pairs, on="requirement")
    not_met = verdicts.filter((pl.col("standing") != "met") & ~pl.col("waived")).select(
        "unit", lower=pl.col("requirement").cast(pl.String)
    )
    not_met = not_met.join(pairs.select("lower").unique(), on="lower", how="semi")
    under = not_met.join(chains.filter(pl.col("depth") > 0).select("unit", "ancestor"), on="unit").select(
        "lower", pl.col("ancestor").alias("unit")
    )
    return (
        upper.join(under.group_by("unit", "lower").agg(late=pl.len()), on=["unit", "lower"])
        .group_by("unit", "requirement", "period", maintain_order=True)
        .agg(late_below=pl.col("late").sum().cast(pl.Int64))
    )
