"""Which figures may not be shown because a person could be recognised in them (统计法实施条例 art. 29).

Births or deaths fewer than `lawful.SMALL_CELL` are not shown below county. What is derived from births or deaths
(a sum, a rate, a count of the places without any) gives them away, so it is treated alike: it is not shown where it
is itself below that number, or where one of the births or deaths that it is made of is.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from models.lawful import SMALL_CELL, counts_births_or_deaths, is_below_county
from models.plan.model import Plan
from models.units import Level


def births_and_deaths(plan: Plan, names: Collection[str], level: Level) -> frozenset[str]:
    """Of `names`, and of what they are derived from, the indicators of births or deaths; none from the county up."""
    if not is_below_county(level):
        return frozenset()
    made_of = plan.base_indicators(frozenset(names))
    return frozenset(name for name in made_of if counts_births_or_deaths(name, plan.indicators[name].title))


def small_cells(plan: Plan, names: Collection[str], level: Level) -> dict[str, pl.Expr]:
    """Births and deaths among and behind `names`, and what of `names` is made of them: where each is a small cell.

    Over the columns of `rollup.figures`, those of `births_and_deaths` among them. What is not reported is not small.
    """
    made_of_them = (name for name in names if births_and_deaths(plan, [name], level))
    each = births_and_deaths(plan, names, level).union(made_of_them)
    return {name: (pl.col(name) < SMALL_CELL).fill_null(False) for name in sorted(each)}


def is_hidden(plan: Plan, name: str, level: Level) -> pl.Expr:
    """True where there is a figure of indicator `name` at an office of `level` that may not be shown, else false."""
    small = small_cells(plan, [name], level).values()
    return pl.col(name).is_not_null() & pl.any_horizontal(pl.lit(False), *small)
