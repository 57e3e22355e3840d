"""Duties over rows of registers among the verdicts: with warnings, and with due moments that are not the rows' own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from models.calendar.working_time import Calendar
from models.moments import moment_at
from models.plan.model import Plan, Requirement
from models.rules.judging.judging import SCHEMA, STANDINGS, Judgement, warns_from
from models.rules.judging.rollup import Offices
from models.rules.registers.duties import Known, judge_rows


@dataclass(frozen=True, eq=False)
class Kept:
    """The rows of a register, each with its office (`placed`), and every office whose they may be: units, chains.
    contacts: who may answer for them, where that is asked."""

    rows: pl.DataFrame
    units: pl.DataFrame
    chains: pl.DataFrame
    contacts: pl.DataFrame | None = None


KeptOf = Callable[[Requirement], Kept]
"""The rows that a requirement over rows is judged on."""


def with_duties_over_rows(
    judgement: Judgement,
    plan: Plan,
    offices: Offices,
    kept_of: KeptOf,
    calendar: Calendar,
    now: datetime,
    requirements: Sequence[Requirement],
) -> Judgement:
    """A judgement with the duties over rows too. offices: those whose duties matter; requirements: others are passed over."""
    verdicts, rows = [judgement.verdicts], {}
    place_of = {requirement.key: place for place, requirement in enumerate(plan.requirements)}
    for requirement in requirements:
        if requirement.each is None:
            continue
        kept = kept_of(requirement)
        rows[requirement.key] = judge_rows(
            rows=kept.rows,
            requirement=requirement,
            plan=plan,
            units=kept.units,
            chains=kept.chains,
            now=now,
            known=Known(kept.contacts, offices.covered_by),
        )
        found = rows[requirement.key].verdicts.join(offices.units, on="unit", how="semi", maintain_order="left")
        verdicts.append(_as_verdicts(found, plan, requirement, place_of[requirement.key], calendar))
    return replace(judgement, verdicts=pl.concat(verdicts), rows=rows) if rows else judgement


def _as_verdicts(
    found: pl.DataFrame, plan: Plan, requirement: Requirement, place: int, calendar: Calendar
) -> pl.DataFrame:
    """Verdicts on duties over rows (unit, period, standing, due) with all that a verdict has."""
    return found.select(
        "unit",
        "period",
        "due",
        requirement=pl.lit(requirement.key).cast(pl.Categorical()),
        place=pl.lit(place, pl.Int32),
        standing=pl.col("standing").cast(STANDINGS),
        warns=_warned(found["due"], plan, requirement, calendar),
    ).select(SCHEMA.names())


def _warned(dues: pl.Series, plan: Plan, requirement: Requirement, calendar: Calendar) -> pl.Series:
    """From when duties that are due at `dues` are due soon; null where that is."""
    ladder = plan.ladders.get(requirement.ladder or "")
    if ladder is None or ladder.warns_from is None or not len(dues):
        return dues
    moments = dues.drop_nulls().unique()
    warns = [warns_from(plan, ladder, moment_at(due, plan.zone), calendar) for due in moments]
    return dues.replace_strict(moments, pl.Series(warns, dtype=pl.Int64), default=None, return_dtype=pl.Int64)


def with_dues_of_cases(verdicts: pl.DataFrame, cases: pl.DataFrame, plan: Plan, calendar: Calendar) -> pl.DataFrame:
    """Verdicts with the due moments of open cases in place of the rows' own: a case keeps that with which it opened.

    cases: unit, requirement, period, due, of requirements over rows. `with_timing` comes after it.
    """
    held = cases.select("unit", pl.col("requirement").cast(pl.Categorical()), "period", held="due")
    found = verdicts.join(held, on=["unit", "requirement", "period"], how="left", maintain_order="left")
    moved = found.with_row_index("row").filter(pl.col("held").is_not_null())
    if moved.is_empty():
        return verdicts
    due, warns = verdicts["due"], verdicts["warns"]
    for key, part in moved.partition_by("place", as_dict=True).items():
        requirement = plan.requirements[int(str(key[0]))]
        due = due.scatter(part["row"], part["held"])
        warns = warns.scatter(part["row"], _warned(part["held"], plan, requirement, calendar))
    return verdicts.with_columns(due.alias("due"), warns.alias("warns"))
