"""Readings (读数) in the database: added in bulk, never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain
from typing import Any

import polars as pl
from sqlalchemy import BindParameter, Connection, bindparam, text
from sqlalchemy.exc import DatabaseError

READINGS = pl.Schema(
    {
        "indicator": pl.String,
        "unit": pl.String,
        "as_of": pl.Int64,
        "value": pl.Float64,
        "reported": pl.Int64,
        "expected": pl.Int64,
        "evidence": pl.String,
    }
)
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
_ROWS_A_STATEMENT = 120


def add_readings(connection: Connection, readings: pl.DataFrame, batch: int) -> None:
    """Add the readings of one batch. readings: READINGS.

    Rows go to the driver as they are: a campaign's daily reports are millions of them.
    """
    rows = readings.select(pl.col(name) if name != "batch" else pl.lit(batch).alias(name) for name in _COLUMNS)
    listed = ", ".join(_COLUMNS)
    if connection.dialect.name != "postgresql":
        _insert(connection, f"INSERT INTO readings ({listed}) VALUES ", rows.rows())
        return
    _copy(connection, f"COPY readings ({listed}) FROM STDIN", rows)


def _insert(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    """Many rows a statement, as many as the oldest SQLite takes: half the time of one a statement."""
    one = f"({', '.join('?' for _ in _COLUMNS)})"
    portions = [rows[start : start + _ROWS_A_STATEMENT] for start in range(0, len(rows), _ROWS_A_STATEMENT)]
    whole = [tuple(chain.from_iterable(portion)) for portion in portions if len(portion) == _ROWS_A_STATEMENT]
    if whole:
        connection.exec_driver_sql(statement + ", ".join([one] * _ROWS_A_STATEMENT), whole)
    if portions and len(portions[-1]) < _ROWS_A_STATEMENT:
        connection.exec_driver_sql(statement + one, portions[-1])


def _copy(connection: Connection, statement: str, rows: pl.DataFrame) -> None:
    import psycopg  # half a second that an office with SQLite need not wait

    cursor: Any = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for row in rows.iter_rows():
                copy.write_row(row)
    except psycopg.Error as fault:
        raise DatabaseError(statement, None, fault) from fault
    finally:
        cursor.close()


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
        "SELECT indicator, unit, as_of, batch, value, reported, expected FROM readings"
        " WHERE indicator IN :indicators AND as_of >= :since AND as_of <= :until"
    )
    values: dict[str, Any] = {
        "indicators": sorted(indicators),
        "since": since,
        "until": 2**62 if until is None else until,
    }
    rows: list[Any] = []
    for listed in _portions(units):
        statement = text(query + (" AND unit IN :units" if listed is not None else ""))
        chosen: list[BindParameter[Any]] = [bindparam("indicators", expanding=True)]
        if listed is not None:
            values["units"] = listed
            chosen.append(bindparam("units", expanding=True))
        rows += connection.execute(statement.bindparams(*chosen), values).fetchall()
    columns = ["indicator", "unit", "as_of", "batch", "value", "reported", "expected"]
    kinds = [pl.String, pl.String, pl.Int64, pl.Int64, pl.Float64, pl.Int64, pl.Int64]
    found = pl.DataFrame([tuple(row) for row in rows], schema=dict(zip(columns, kinds, strict=True)), orient="row")
    latest = found.sort("batch").unique(["indicator", "unit", "as_of"], keep="last")
    return latest.select(*HELD.names()).cast({"unit": pl.Int64})


def _portions(units: pl.Series | None) -> Iterable[list[str] | None]:
    if units is None:
        return [None]
    codes = units.cast(pl.String).to_list()
    return [codes[start : start + _UNITS_A_QUERY] for start in range(0, len(codes), _UNITS_A_QUERY)]
