"""Inhibition (architecture rule 8): an office that is late only because those below it are is told once,
in one line, and not chased; they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import polars as pl

from models.plan.model import Plan, Requirement
from models.rules.chasing.chasing import DUTY
from models.rules.chasing.policy import ROLL_UP
from models.units import LEVELS


def answered_below(plan: Plan) -> pl.DataFrame:
    """Requirements whose every figure comes from offices below that owe a requirement of their own on it, or on the rows that
    it is drawn from.

    Returns requirement, lower, of_rows (whether the lower one is about rows): a row for each such pair within one phase and
    of the same rhythm.
    """
    rows = []
    drawn: dict[str, set[str]] = {}
    for name, indicator in plan.indicators.items():
        if indicator.rows is not None:
            drawn.setdefault(indicator.rows.register, set()).add(name)
    known = [(one, plan.rhythm(one), _leaves(plan, one, drawn)) for one in plan.requirements]
    together: dict[tuple[str, object], list[tuple[int, frozenset[str], Requirement]]] = {}
    for one, rhythm, leaves in known:
        together.setdefault((one.phase, rhythm), []).append((LEVELS.index(one.judged_at), leaves, one))
    for upper, rhythm, leaves in known:
        if upper.each is not None:
            continue
        level, beside = LEVELS.index(upper.judged_at), together[upper.phase, rhythm]
        lower = [(own, other) for below, own, other in beside if below > level and leaves & own]
        covered = frozenset[str]().union(*(own for own, _ in lower))
        if leaves and leaves <= covered:
            rows += [(upper.key, other.key, other.each is not None) for _, other in lower]
    schema = {"requirement": pl.String, "lower": pl.String, "of_rows": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _leaves(plan: Plan, requirement: Requirement, drawn: Mapping[str, Collection[str]]) -> frozenset[str]:
    """What a requirement comes down to: the figures that offices report, or that are drawn from their rows. drawn: by register
    the figures that are drawn from it."""
    if requirement.each is not None:
        return frozenset(drawn.get(requirement.each.register, ()))
    names = plan.base_indicators(frozenset(requirement.met_when.names))
    # who holds a role is each office's own, whoever is below it
    return frozenset(
        name if not plan.indicators[name].is_counted else f"{requirement.judged_at}.{name}"
        for name in names
        if plan.indicators[name].where is None
    )


def late_below(
    pairs: pl.DataFrame, verdicts: pl.DataFrame, cases: pl.DataFrame, chains: Callable[[], pl.DataFrame], at: int
) -> pl.DataFrame:
    """How many duties below each case are overdue at `at`, of cases that are late for no other reason.

    pairs: `answered_below`; verdicts: of every office below those in `cases`; cases: unit, requirement,
    period, due …; chains: `tree.above`, asked for where there are any. Returns unit, requirement, period, late_below, only for cases that
    are past due and have such duties below them.
    """
    upper = cases.filter(pl.col("due") <= at).select(DUTY).join(pairs, on="requirement")
    if upper.is_empty():
        return pl.DataFrame(schema={**dict.fromkeys(DUTY, pl.String), "late_below": pl.Int64})
    under = chains().filter(pl.col("depth") > 0).join(upper.select(ancestor="unit").unique(), on="ancestor", how="semi")
    lower = upper.select(pl.col("lower").unique().cast(pl.Categorical()))
    # which rows of an office are late does not matter to the figure that is drawn from all of them
    of_rows = pairs.filter("of_rows")["lower"].unique()
    # only what is overdue below excuses the office above: what may still be met there keeps nobody from being on time
    late = (
        verdicts.join(lower, left_on="requirement", right_on="lower", how="semi")
        .filter((pl.col("standing") != "met") & ~pl.col("waived") & (pl.col("due") <= at))
        .select("unit", "period", lower=pl.col("requirement").cast(pl.String))
        .with_columns(period=pl.when(pl.col("lower").is_in(of_rows.implode())).then(pl.lit("")).otherwise("period"))
        .join(under.select("unit", "ancestor"), on="unit")
        .group_by("ancestor", "lower", "period")
        .agg(late=pl.len())
    )
    return (
        upper.join(late, left_on=["unit", "lower", "period"], right_on=["ancestor", "lower", "period"])
        .group_by(DUTY, maintain_order=True)
        .agg(late_below=pl.col("late").sum().cast(pl.Int64))
    )


def told_late(cases: pl.DataFrame, lines: pl.DataFrame, rungs: pl.DataFrame) -> pl.DataFrame:
    """The cases whose own office was told after the due moment, or whoever hears in its place: case, each once.

    cases: case, unit, policy, due …; lines: case, rung, to_unit of what was owed since then and not taken back unsent
    for another reason than that the office acknowledged; rungs: `rung_table`. A word that the next rung superseded while
    it was held told nobody, and a word to a superior alone did not tell the office.
    """
    said = lines.join(cases.select("case", "unit", "policy", "due"), on="case")
    said = said.join(rungs, left_on=["policy", "due", "rung"], right_on=["policy", "due", "id"], how="left")
    own_rung = (~pl.col("escalates") & ~pl.col("paper")).fill_null(False) | (pl.col("rung") == ROLL_UP)
    return said.filter(own_rung | (pl.col("to_unit") == pl.col("unit"))).select("case").unique()
