"""Duties over rows of registers among the verdicts: with warnings, and with due moments that are not the rows' own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl

from models.calendar.working_time import Calendar
from models.moments import moment_at
from models.plan.model import Plan, Requirement
from models.rules.judging.judging import SCHEMA, STANDINGS, Judgement, warns_from
from models.rules.judging.offices import Offices
from models.rules.registers.duties import RowDuties

DutiesOf = Callable[[Requirement], RowDuties]
"""The duties of a requirement over rows."""


def with_duties_over_rows(
    judgement: Judgement,
    plan: Plan,
    offices: Offices,
    duties_of: DutiesOf,
    calendar: Calendar,
    requirements: Sequence[Requirement],
) -> Judgement:
    """A judgement with the duties over rows too. offices: those whose duties matter; requirements: others are passed over."""
    asked = {one.key for one in requirements if one.each is not None}
    over_rows = [(no, one) for no, one in enumerate(plan.requirements) if one.key in asked]
    if not over_rows:
        return judgement
    rows = {requirement.key: duties_of(requirement) for _, requirement in over_rows}
    found = [(place, rows[requirement.key].verdicts) for place, requirement in over_rows]
    verdicts = _as_verdicts(_in_one(found), plan, offices.units, calendar)
    return replace(judgement, verdicts=pl.concat([judgement.verdicts, verdicts]), rows=rows)


def _in_one(found: Sequence[tuple[int, pl.DataFrame]]) -> pl.DataFrame:
    """The verdicts on duties over rows (unit, period, standing, due) of several requirements, with their places."""
    places = pl.Series("place", [place for place, _ in found], pl.Int32)
    heights = pl.Series("height", [one.height for _, one in found], pl.UInt32)
    each = pl.DataFrame([places, heights]).select(pl.col("place").repeat_by("height")).to_series()
    return pl.concat([one for _, one in found]).with_columns(each.explode(empty_as_null=False).alias("place"))


def _as_verdicts(found: pl.DataFrame, plan: Plan, units: pl.DataFrame, calendar: Calendar) -> pl.DataFrame:
    """Verdicts on duties over rows (unit, period, standing, due, place) of `units`, with all that a verdict has."""
    here = found.join(units.select("unit"), on="unit", how="semi", maintain_order="left")
    keys = pl.Series([one.key for one in plan.requirements], dtype=pl.String).cast(pl.Categorical())
    return here.with_columns(
        keys.gather(here["place"]).alias("requirement"),
        pl.col("standing").cast(STANDINGS),
        _warned(here, plan, calendar).alias("warns"),
    ).select(SCHEMA.names())


def _warned(duties: pl.DataFrame, plan: Plan, calendar: Calendar) -> pl.Series:
    """From when duties (place, due) are due soon; null where they are never due."""
    no_of = {name: no for no, name in enumerate(plan.ladders)}
    ladders = list(plan.ladders.values())
    of_place = pl.Series([no_of.get(one.ladder or "") for one in plan.requirements], dtype=pl.Int32)
    chased = pl.DataFrame([of_place.gather(duties["place"]).alias("ladder"), duties["due"].alias("due")])
    warned = [
        (no, due, warns_from(plan, ladders[no], moment_at(due, plan.zone), calendar))
        for no, due in chased.unique().iter_rows()
        if no is not None and due is not None and ladders[no].warns_from is not None
    ]
    schema = {"ladder": pl.Int32, "due": pl.Int64, "warns": pl.Int64}
    known = pl.DataFrame(warned, schema=schema, orient="row")
    return chased.join(known, on=["ladder", "due"], how="left", maintain_order="left").select(
        pl.coalesce("warns", "due")
    )["warns"]


def with_dues_of_cases(verdicts: pl.DataFrame, cases: pl.DataFrame, plan: Plan, calendar: Calendar) -> pl.DataFrame:
    """Verdicts with the due moments of open cases in place of the rows' own: a case keeps that with which it opened.

    cases: unit, requirement, period, due, of requirements over rows. `with_timing` comes after it.
    """
    held = cases.select("unit", pl.col("requirement").cast(pl.Categorical()), "period", held="due")
    found = verdicts.join(held, on=["unit", "requirement", "period"], how="left", maintain_order="left")
    moved = found.with_row_index("row").filter(pl.col("held").is_not_null())
    if moved.is_empty():
        return verdicts
    again = moved.select("place", due="held")
    due = verdicts["due"].scatter(moved["row"], again["due"])
    warns = verdicts["warns"].scatter(moved["row"], _warned(again, plan, calendar))
    return verdicts.with_columns(due.alias("due"), warns.alias("warns"))
