"""Long lists in order: the same as sorting by all columns at once, whatever stands in them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from math import inf, nan
from typing import Any

import polars as pl
import pytest

from models.rules.registers.sorting import in_order

ROWS = 25_000
DRAWN: dict[str, tuple[Any, Callable[[random.Random], Any]]] = {
    "codes of few offices": (pl.String, lambda by: f"1301{by.randrange(40):02}{by.choice(['', '001', '002001'])}"),
    "texts of every row's own": (pl.String, lambda by: by.choice("甲乙ab") + str(by.randrange(10**9))),
    "whole numbers": (pl.Float64, lambda by: float(by.randrange(-50, 5_000))),
    "numbers with a fraction": (pl.Float64, lambda by: by.randrange(1_000) / 8),
    "numbers beyond what a float counts by ones": (pl.Float64, lambda by: float(by.randrange(2**60))),
    "numbers without an end": (pl.Float64, lambda by: by.choice([inf, -inf, nan, 1.0, 2.0])),
    "numbers far apart": (pl.Int64, lambda by: by.choice([-(2**62), 0, 2**62]) + by.randrange(9)),
    "days": (pl.Date, lambda by: date(2020, 11, 1) + timedelta(by.randrange(60))),
    "moments": (
        pl.Datetime("us", "UTC"),
        lambda by: datetime(2020, 11, 1, tzinfo=UTC) + timedelta(0, by.randrange(99)),
    ),
    "answers": (pl.Boolean, lambda by: by.random() < 0.5),
    "nothing at all": (pl.String, lambda by: None),
}


def column(of: str, by: random.Random, empty: float) -> pl.Series:
    kind, draw = DRAWN[of]
    return pl.Series([None if by.random() < empty else draw(by) for _ in range(ROWS)], dtype=kind)


@pytest.mark.parametrize("nulls_last", [False, True])
@pytest.mark.parametrize("empty", [0.0, 0.1])
@pytest.mark.parametrize("second", list(DRAWN))
def test_rows_come_in_the_order_of_all_columns_whatever_stands_in_them(
    second: str, empty: float, nulls_last: bool
) -> None:
    by = random.Random(f"{second} {empty}")
    rows = pl.DataFrame(
        {"code": column("codes of few offices", by, empty), "key": column(second, by, empty), "last": range(ROWS)}
    )
    order = ["code", "key", "last"]
    assert in_order(rows, order, nulls_last=nulls_last).equals(rows.sort(order, nulls_last=nulls_last))


def test_rows_that_stand_in_order_are_left_where_they_are() -> None:
    rows = pl.DataFrame({"code": [f"1301{place // 10:06}" for place in range(ROWS)], "row": range(ROWS)})
    assert in_order(rows, ["code", "row"], nulls_last=True) is rows
