"""Columns of readings (读数列段): Parquet in a row of the database, of one province, never changed once it is written."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import IO

import polars as pl
from sqlalchemy import ColumnElement, Connection
from sqlmodel import col

from models.rules.judging.tree import NAMES
from models.tables import ReadingColumns
from tasks.campaign.frames import add_row

KEPT = pl.Schema(
    {
        "indicator": NAMES,
        "unit": NAMES,
        "as_of": pl.Int64(),
        "batch": pl.Int64(),
        "value": pl.Float64(),
        "reported": pl.Int64(),
        "expected": pl.Int64(),
        "evidence": pl.String(),
    }
)
ORDER = ("indicator", "unit", "as_of", "batch")
"""In which readings stand in columns; of several for one indicator, unit and moment the last holds."""
BEGINNING, END = -(2**62), 2**62
UNREADABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, TypeError)
"""What damaged bytes bring about; SQLite may hold a text in their place."""
_ROW_GROUP = 50_000
"""A part of an indicator's rows is found without reading the rest."""


class DamagedColumnsError(Exception):
    """Columns that cannot be read. number: that of their row; None for those of what holds now."""

    def __init__(self, province: str, number: int | None = None) -> None:
        super().__init__(f"columns {number or 'of what holds'} of province {province} cannot be read")
        self.province, self.number = province, number


@dataclass(frozen=True)
class Asked:
    """Which readings: from `since` up to and including `until`, in microseconds; None for all indicators, units, provinces.

    batches: the first and the last report that matter; but: reports that are left out, as if they had never come.
    """

    names: Collection[str] | None = None
    since: int = BEGINNING
    until: int = END
    units: Collection[str] | None = None
    provinces: Collection[str] | None = None
    batches: tuple[int, int] = (BEGINNING, END)
    but: Collection[int] = ()

    @property
    def in_provinces(self) -> frozenset[str] | None:
        """The provinces in which they may lie."""
        if self.provinces is None:
            return None if self.units is None else frozenset(map(province_of, self.units))
        return frozenset(self.provinces)

    def rows(self) -> list[pl.Expr]:
        """What a row is asked to be, wherever it stands."""
        found = [*_between("as_of", self.since, self.until), *_between("batch", *self.batches)]
        if self.names is not None:
            found.append(pl.col("indicator").is_in(sorted(self.names)))
        if self.units is not None:
            found.append(pl.col("unit").is_in(sorted(self.units)))
        if self.but:
            found.append(~pl.col("batch").is_in(sorted(self.but)))
        return found or [pl.lit(True)]  # of what is asked for by nothing Polars keeps no row

    def columns(self) -> list[ColumnElement[bool]]:
        """Which columns may hold such rows."""
        found = [
            col(ReadingColumns.first_as_of) <= self.until,
            col(ReadingColumns.last_as_of) >= self.since,
            col(ReadingColumns.first_batch) <= self.batches[1],
            col(ReadingColumns.last_batch) >= self.batches[0],
        ]
        if self.in_provinces is not None:
            found.append(col(ReadingColumns.province).in_(sorted(self.in_provinces)))
        return found


def _between(column: str, first: int, last: int) -> list[pl.Expr]:
    """What asks nothing of a row is left out: to answer it takes a third of the time of reading some columns."""
    asks = ((first > BEGINNING, pl.col(column) >= first), (last < END, pl.col(column) <= last))
    return [asked for is_asked, asked in asks if is_asked]


def province_of(unit: str) -> str:
    """The first two digits of a unit's code."""
    return unit[:2]


def add_columns(connection: Connection, readings: pl.DataFrame, *, pending: bool) -> None:
    """Keep readings as columns, those of each province by themselves. readings: KEPT, in any order."""
    provinces = readings.with_columns(province=pl.col("unit").cast(pl.String).str.head(2))
    for (province,), part in provinces.partition_by("province", as_dict=True, include_key=False).items():
        add_row(
            connection,
            ReadingColumns,
            province=str(province),
            pending=pending,
            first_as_of=part["as_of"].min(),
            last_as_of=part["as_of"].max(),
            first_batch=part["batch"].min(),
            last_batch=part["batch"].max(),
            rows=part.height,
            data=parquet(part.sort(ORDER)),
        )


def parquet(readings: pl.DataFrame) -> bytes:
    """Readings as a file's bytes."""
    out = io.BytesIO()
    readings.write_parquet(out, compression="zstd", row_group_size=_ROW_GROUP)
    return out.getvalue()


def read_parquet(data: Sequence[bytes], asked: Asked, names: Sequence[str]) -> pl.DataFrame:
    """The readings asked for of some columns, in the order of each: those called `names`. One of UNREADABLE where the bytes are none of ours."""
    files: list[IO[bytes]] = [io.BytesIO(one) for one in data]
    scan = pl.scan_parquet(files).cast({name: KEPT[name] for name in names})
    return scan.filter(asked.rows()).select(names).collect()
