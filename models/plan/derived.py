"""Derived figures: what `count_where`, `sum_where` and `is` make of the other figures of one office or district."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import polars as pl

from models.plan.model import Indicator

Figures = TypeVar("Figures", pl.DataFrame, pl.LazyFrame)


def told(name: str) -> str:
    """The column that says of a derived figure whether all that it is made of is there."""
    return f"{name}:told"


def with_derived_figure(wide: Figures, indicator: Indicator, complete: Iterable[pl.Expr]) -> Figures:
    """Figures with one that is derived from them, and in `told` whether it is told. Those before it may be derived too.

    complete: for each of those that it is made of, whether it is there.

    What cannot be computed on complete figures (a division by a reported zero) is not missing: a condition is unmet
    then and counts 0, a sum has no value, and those above that add it up have none either.
    """
    assert indicator.where is not None
    name = indicator.id
    # said once: an exact expression is long, and each time that it is named Polars takes it apart again
    raw = wide.with_columns(indicator.where.polars().cast(pl.Float64).alias(name))
    value: pl.Expr = pl.when(pl.col(name).is_finite()).then(pl.col(name))
    is_told = pl.all_horizontal(pl.lit(True), *complete) | value.is_not_null()
    if indicator.roll_up == "count_where":
        value = pl.when(value.is_null() & is_told).then(0.0).otherwise(value)
    return raw.with_columns(value.alias(name), is_told.alias(told(name)))
