"""Sums of decimals: held against Python's own decimals."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.sums import decimal_places, sum_of


def total(figures: list[float | None]) -> float:
    column = pl.Series("a", figures, dtype=pl.Float64)
    return float(column.to_frame().select(sum_of("a", decimal_places(column)))["a"][0])


@pytest.mark.parametrize(
    ("figures", "whole"),
    [
        ([0.1] * 10, 1.0),
        ([0.1, 0.2, None], 0.3),
        ([1.1, -1.1, 0.3], 0.3),
        ([123456.78] * 44_000, 5432098320.0),
        ([0.07] * 44_000, 3080.0),
        ([1e13, 0.25], 10000000000000.25),
        ([1 / 3] * 3, 1.0),
        ([None], 0.0),
    ],
)
def test_a_sum_is_what_it_is_on_paper(figures: list[float | None], whole: float) -> None:
    assert total(figures) == whole


@pytest.mark.parametrize(
    ("figures", "places"),
    [([1.0, 2.0], 0), ([1.5, 2.0], 1), ([0.07, 12345.1], 2), ([1e-9], 9), ([1e-10], None), ([1e18, 0.5], None)],
)
def test_the_places_are_those_that_the_figures_were_written_with(figures: list[float], places: int | None) -> None:
    assert decimal_places(pl.Series(figures)) == places


def test_the_sums_of_several_offices_are_each_exact() -> None:
    paid = pl.DataFrame({"office": [1, 1, 2, 2, 2], "a": [0.1, 0.2, 31.3, 8999968.65, -9999999.95]})

    added = paid.group_by("office", maintain_order=True).agg(sum_of("a", decimal_places(paid["a"])))

    assert added["a"].to_list() == [0.3, -1000000.0]


_amounts = st.decimals(min_value=-(10**7), max_value=10**7, places=2, allow_nan=False, allow_infinity=False)


@settings(max_examples=100, deadline=None)
@given(st.lists(_amounts, max_size=60))
def test_every_sum_of_amounts_agrees_with_decimals(amounts: list[Decimal]) -> None:
    assert total([float(amount) for amount in amounts]) == float(sum(amounts, Decimal(0)))
