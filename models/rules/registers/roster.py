"""The roster (值班表): which seats of an office are on duty at a moment.

A shift runs from `starts` up to `ends`, which is not in it: one that ends at midnight leaves the office to the next. Shifts
that overlap are on duty together; in a hole nobody is.
"""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from models.rules.registers.frames import CODE, NIL, WITHDRAWN


def seats_on_duty(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """rows: of the register, as `frames` has them. Returns unit, seat, each once."""
    moment = pl.lit(at.astimezone(UTC)).cast(pl.Datetime("us", "UTC"))
    now = rows.filter(~pl.col(NIL), ~pl.col(WITHDRAWN), pl.col("starts") <= moment, pl.col("ends") > moment)
    return now.select(unit=CODE, seat=pl.col("seat").cast(pl.Int64)).drop_nulls().unique(maintain_order=True)
