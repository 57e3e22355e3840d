"""Readings (读数) in the database: added in bulk, never changed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import polars as pl
from sqlalchemy import Connection

from tasks.campaign.frames import insert_frame, read_frame

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
_COLUMNS = ("indicator", "unit", "as_of", "batch", "value", "reported", "expected", "evidence")
_UNITS_A_QUERY = 500


def add_readings(connection: Connection, readings: pl.DataFrame, batch: int) -> None:
    """Add the readings of one batch. readings: READING, of `tasks.audit_trail.ties`."""
    rows = readings.with_columns(pl.lit(batch, pl.Int64).alias("batch"))
    insert_frame(connection, "readings", rows.select(_COLUMNS), many=None)


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
    query = (
        "SELECT indicator, unit, as_of, value, reported, expected, batch FROM readings"
        " WHERE indicator IN :indicators AND as_of >= :since AND as_of <= :until"
    )
    values = {"indicators": sorted(indicators), "since": since, "until": 2**62 if until is None else until}
    schema: dict[str, Any] = {**HELD, "unit": pl.String, "batch": pl.Int64}
    if units is None:
        found = read_frame(connection, query, schema, **values)
    else:
        query += " AND unit IN :units"
        parts = (read_frame(connection, query, schema, **values, units=codes) for codes in _portions(units))
        found = pl.concat([pl.DataFrame(schema=schema), *parts])
    latest = found.sort("batch").unique(["indicator", "unit", "as_of"], keep="last")
    return latest.select(*HELD.names()).cast({"unit": pl.Int64})


def _portions(units: pl.Series) -> list[list[str]]:
    codes = units.cast(pl.String).to_list()
    return [codes[start : start + _UNITS_A_QUERY] for start in range(0, len(codes), _UNITS_A_QUERY)]
