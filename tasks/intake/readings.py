"""Readings (读数) that reports bring: added in bulk, never changed."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl
from sqlalchemy import Connection

from models.units import DIGITS
from tasks.campaign.folding import MANY
from tasks.campaign.frames import insert_frame
from tasks.campaign.kept_readings import every_reading
from tasks.campaign.reading_columns import END, KEPT, Asked, add_columns
from tasks.campaign.reading_states import another_state

HELD = pl.Schema(
    {
        "indicator": pl.String,
        "unit": pl.Int64,
        "as_of": pl.Int64,
        "value": pl.Float64,
        "reported": pl.Int64,
        "expected": pl.Int64,
    }
)


def add_readings(connection: Connection, readings: pl.DataFrame, batch: int) -> None:
    """Add the readings of one batch: many as columns at once, few as rows. readings: READING, of `tasks.audit_trail.tied_readings`."""
    kept = readings.with_columns(pl.lit(batch, pl.Int64).alias("batch")).select(KEPT.names())
    if kept.height >= MANY:
        add_columns(connection, kept.cast(KEPT), pending=True)
    else:
        insert_frame(connection, "readings", kept, many=None)
    another_state(connection, set(kept["unit"].cast(pl.String).str.head(DIGITS["province"])))


def held_readings(
    connection: Connection,
    indicators: Collection[str],
    since: int,
    until: int | None = None,
    units: pl.Series | None = None,
) -> pl.DataFrame:
    """The readings as of `since` or later (not later than `until`) that hold: HELD, one for each moment.

    units: codes, as numbers, of the only units that matter.
    """
    codes = None if units is None else units.cast(pl.String).to_list()
    asked = Asked(frozenset(indicators), since, END if until is None else until, codes)
    latest = every_reading(connection, asked).unique(["indicator", "unit", "as_of"], keep="last")
    return latest.select(HELD.names()).cast({"indicator": pl.String, "unit": pl.String}).cast({"unit": pl.Int64})
