"""Which figures may not be shown because a person could be recognised in them (统计法实施条例 art. 29).

Births or deaths fewer than `lawful.SMALL_CELL` are not shown below county. What is derived from births or deaths
(a sum, a rate, a count of the places without any) gives them away, so it is treated alike: it is not shown where it
is itself below that number, or where one of the births or deaths that it is made of is, or is not known.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from models.lawful import SMALL_CELL, counts_births_or_deaths, is_below_county
from models.plan.model import Plan
from models.units import Level


def births_and_deaths(plan: Plan, names: Iterable[str], level: Level) -> frozenset[str]:
    """Of `names`, and of what they are derived from, the indicators of births or deaths; none from the county up."""
    if not is_below_county(level):
        return frozenset()
    made_of = plan.base_indicators(frozenset(names))
    return frozenset(name for name in made_of if counts_births_or_deaths(name, plan.indicators[name].title))


def is_small_cell(plan: Plan, name: str, level: Level) -> pl.Expr:
    """True where the figure of indicator `name` at an office of `level` may not be shown, else false.

    Over the columns of `rollup.figures`, those of `births_and_deaths` among them. What is not reported is not small.
    """
    counted = births_and_deaths(plan, [name], level)
    if not counted:
        return pl.lit(False)
    enough = pl.all_horizontal(pl.col(column) >= SMALL_CELL for column in sorted({name, *counted}))
    return pl.col(name).is_not_null() & ~enough.fill_null(False)
