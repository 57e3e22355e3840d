"""Computed columns (计算栏): what the plan works out from a row's other cells."""

from __future__ import annotations

from typing import TypeVar

import polars as pl

from models.plan.lists import Register
from models.plan.row_expressions import Clock

Rows = TypeVar("Rows", pl.DataFrame, pl.LazyFrame)


def with_computed(rows: Rows, register: Register, clock: Clock) -> Rows:
    """Rows (`with_offices`) with the register's computed columns, each after those that it is made of."""
    for column in register.computed:
        assert column.computed is not None
        rows = rows.with_columns(column.computed.polars(clock).alias(column.id))
    return rows
