"""Figures at national size for the bench: readings of every township, a register of 6.8 million districts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from deployments.demo.synthetic.chance import apportion, between, uniform
from deployments.demo.synthetic.places import SAMPLES

NATIONAL_DISTRICTS = 6_800_000
NATIONAL_UNITS = SAMPLES / "units-national-townships.csv.gz"
_VILLAGE_SIZE = 11


def national_units() -> pl.DataFrame:
    """The real divisions of the country down to the township, containers included: code, name."""
    return pl.read_csv(NATIONAL_UNITS, schema_overrides={"code": pl.String})


def townships() -> pl.DataFrame:
    """The 41 352 townships: code."""
    return national_units().filter(pl.col("code").str.len_chars() == 9).select("code")


def national_districts(into: Path, rows: int = NATIONAL_DISTRICTS, seed: int = 2020) -> Path:
    """Write a register of `rows` synthetic districts with eight columns as CSV; returns its path.

    Villages are invented, eleven districts each, under the real townships. Written province by province, so
    that memory stays that of the largest one.
    """
    into.mkdir(parents=True, exist_ok=True)
    target = into / "synthetic-national-district-register.csv"
    drawn = townships()
    weights = drawn.select(0.4 + uniform(seed) ** 2).to_series()
    drawn = drawn.with_columns(_count=apportion(rows, weights, least=1), _province=pl.col("code").str.head(2))
    with target.open("wb") as file:
        for number, part in enumerate(drawn.partition_by("_province", maintain_order=True)):
            _districts(part, seed + 10 * number).write_csv(file, include_header=number == 0)
    return target


def _districts(part: pl.DataFrame, seed: int) -> pl.DataFrame:
    place = pl.int_ranges(0, pl.col("_count")).alias("place")
    rows = part.select("code", place).explode("place", empty_as_null=False)
    village = (pl.col("place") // _VILLAGE_SIZE + 1).cast(pl.String).str.zfill(3)
    district = (pl.col("place") % _VILLAGE_SIZE + 1).cast(pl.String).str.zfill(3)
    dwellings = between(55, 105, seed)
    rows = rows.select(code=pl.concat_str("code", village, district), dwellings=dwellings)
    return rows.select(
        "code",
        district_map=pl.lit(1, pl.Int64),
        buildings=between(2, 80, seed + 1),
        enumerators=pl.when(uniform(seed + 2) < 0.004).then(0).otherwise(between(1, 2, seed + 3)),
        enumerator_load=pl.lit(1, pl.Int64),
        dwellings="dwellings",
        dwellings_listed=pl.when(uniform(seed + 4) < 0.02)
        .then(pl.col("dwellings") // 2)
        .otherwise(pl.col("dwellings")),
        households_due=(pl.col("dwellings") * 9) // 10,
    )


def national_readings(indicators: Sequence[str], seed: int = 2020, missing: float = 0.01) -> pl.DataFrame:
    """One row a township: code and a figure for each of `indicators`, 0 to 99; a share of them is null."""
    figures = []
    for number, name in enumerate(indicators):
        figure = between(0, 99, seed + 2 * number)
        figures.append(pl.when(uniform(seed + 2 * number + 1) >= missing).then(figure).alias(name))
    return townships().select("code", *figures)
