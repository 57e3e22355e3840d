"""Which figures may not be shown because a person could be recognised in them (统计法实施条例 art. 29).

Births or deaths fewer than `lawful.SMALL_CELL` are not shown below county. What is derived from births or deaths
(a sum, a rate, a count of the places without any) gives them away, so it is treated alike: it is not shown where it
is itself below that number, or where one of the births or deaths that it is made of is. Nor may one be worked out:

* from a total: where the plan asks for them at a level above as well, they are shown there and nowhere below;
* from the figure of a place that has one township, which is that township's, nor from the total above it;
* from a least, a most, a latest or a mean one, which is that of few places;
* from two answers of different days: `told_apart`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from models.lawful import SMALL_CELL, counts_births_or_deaths, is_below_county
from models.people import counts_people
from models.plan.model import Indicator, Plan
from models.rules.judging.offices import Offices
from models.rules.judging.rollup import figures
from models.units import LEVELS, Level

ALONE = ":alone"
"""Beside the figures of births or deaths of a county and above: true for an office with one township below it."""
_OF_FEW = frozenset({"min", "max", "mean", "last"})


def births_and_deaths(plan: Plan, names: Collection[str]) -> frozenset[str]:
    """Of `names`, and of what they are derived from, the indicators of births or deaths."""
    made_of = plan.base_indicators(frozenset(names))
    return frozenset(name for name in made_of if _may_be_of_them(plan.indicators[name]))


def _may_be_of_them(one: Indicator) -> bool:
    """True for an indicator of births or deaths, and for one about people of which no word says whom it counts.

    That somebody has looked into births is no number of them.
    """
    if one.answers:
        return False
    if counts_births_or_deaths(one.id, one.title):
        return True
    return one.about == "people" and one.where is None and counts_people(one.id, one.title) is None


def with_lone_townships(
    wide: pl.DataFrame, readings: pl.DataFrame, offices: Offices, plan: Plan, level: Level
) -> pl.DataFrame:
    """Figures of offices of `level`, with `ALONE` and, above county, what each of births or deaths gives away.

    wide, readings: as `rollup.figures` answers with and takes them.
    """
    if is_below_county(level):
        return wide
    wide = wide.with_columns(_has_one_township(offices, level).alias(ALONE))
    asked = [name for name in wide.columns if name in plan.indicators and _is_asked_of_counties(plan, name, level)]
    if not asked:
        return wide
    counties = figures(readings, offices, plan, asked, "county")
    counties = counties.with_columns(_has_one_township(offices, "county").alias(ALONE))
    pairs = offices.rows_below("county", level)
    for name in asked:
        hidden = counties.select((pl.col(ALONE) & (pl.col(name) < SMALL_CELL)).fill_null(False)).to_series()
        over = pairs.filter(hidden.gather(pairs["row"]))["above"]
        wide = wide.with_columns(pl.int_range(pl.len()).is_in(over.implode()).alias(_gives_away(name)))
    return wide


def _has_one_township(offices: Offices, level: Level) -> pl.Expr:
    counts = offices.below("township", level).group_by("ancestor").len()
    return pl.col("unit").is_in(counts.filter(pl.col("len") == 1)["ancestor"].implode())


def _gives_away(name: str) -> str:
    """The column that is true where a county below has one township, and a small cell which this total would tell."""
    return f"{name}:gives_away"


def _is_asked_of_counties(plan: Plan, name: str, level: Level) -> bool:
    """True for births or deaths that counties owe as well as the offices of `level`, above them."""
    indicator = plan.indicators[name]
    if LEVELS.index(level) >= LEVELS.index("county") or LEVELS.index(indicator.level) < LEVELS.index("county"):
        return False
    if not _may_be_of_them(indicator):
        return False
    return any(name in plan.behind[one.key] for one in plan.requirements if one.judged_at == "county")


def small_cells(plan: Plan, names: Collection[str], level: Level) -> dict[str, pl.Expr]:
    """Births and deaths among and behind `names`, and what of `names` is made of them: where each may not be shown.

    Over the columns of `rollup.figures`, those of `births_and_deaths` and `ALONE` among them. What is not reported is
    not small.
    """
    made_of_them = {name for name in names if births_and_deaths(plan, [name])}
    each = sorted(births_and_deaths(plan, names) | made_of_them)
    return {name: _may_not_be_shown(plan, plan.indicators[name], level).fill_null(False) for name in each}


def is_hidden(plan: Plan, name: str, level: Level) -> pl.Expr:
    """True where there is a figure of indicator `name` at an office of `level` that may not be shown, else false."""
    small = small_cells(plan, [name], level).values()
    return pl.col(name).is_not_null() & pl.any_horizontal(pl.lit(False), *small)


def told_apart(values: Iterable[float]) -> frozenset[float]:
    """Which of the values that a figure took may be shown, beside each other and without telling of one or two people.

    values: in the order in which they arrived, so that one that was shown stays so whatever comes after it.
    """
    told: set[float] = set()
    for value in values:
        if value >= SMALL_CELL and all(value == other or abs(value - other) >= SMALL_CELL for other in told):
            told.add(value)
    return frozenset(told)


def _may_not_be_shown(plan: Plan, indicator: Indicator, level: Level) -> pl.Expr:
    small = pl.col(indicator.id) < SMALL_CELL
    if is_below_county(level):
        return pl.col(indicator.id).is_not_null() if _asked_above(plan, indicator, level) else small
    if indicator.roll_up in _OF_FEW and is_below_county(indicator.level):
        return small
    if _is_asked_of_counties(plan, indicator.id, level):
        return (small & pl.col(ALONE)) | pl.col(_gives_away(indicator.id))
    return small & pl.col(ALONE)


def _asked_above(plan: Plan, indicator: Indicator, level: Level) -> bool:
    """True where offices above `level` owe something that is judged on the same births or deaths."""
    own = births_and_deaths(plan, [indicator.id])
    above = (one for one in plan.requirements if LEVELS.index(one.judged_at) < LEVELS.index(level))
    return any(not own.isdisjoint(plan.behind[one.key]) for one in above)
