"""Derived figures: what `count_where`, `sum_where` and `is` make of the other figures of one office or district."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from models.plan.model import Indicator


def told(name: str) -> str:
    """The column that says of a derived figure whether all that it is made of is there."""
    return f"{name}:told"


def derived_figure(indicator: Indicator, complete: Iterable[pl.Expr]) -> list[pl.Expr]:
    """A derived figure, and whether it is told, over columns of the figures that it is made of, derived ones before it.

    complete: for each of those, whether it is there.

    What cannot be computed on complete figures (a division by a reported zero) is not missing: a condition is unmet
    then and counts 0, a sum has no value, and those above that add it up have none either.
    """
    assert indicator.where is not None
    raw = indicator.where.polars().cast(pl.Float64)
    value = pl.when(raw.is_finite()).then(raw).otherwise(None)
    is_told = pl.all_horizontal(pl.lit(True), *complete) | value.is_not_null()
    if indicator.roll_up == "count_where":
        value = pl.when(value.is_null() & is_told).then(0.0).otherwise(value)
    return [value.alias(indicator.id), is_told.alias(told(indicator.id))]
