"""A problem list (问题清单) at national size: rows of every county, coded at its townships, and changes of their states."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from deployments.demo.synthetic.chance import apportion, between, first_of, uniform
from deployments.demo.synthetic.national import townships
from models.units import DIGITS

NATIONAL_PROBLEMS = 2_300_000
_KINDS = ("逻辑问题", "户籍漏登错登", "低龄漏登错登", "难点卡点")
_LISTS = 12


def national_problems(
    rows: int = NATIONAL_PROBLEMS, seed: int = 2020, among: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Synthetic problems as counties report them, titles as header; each county numbers its own rows from 1. among: units
    with their `code`, whose townships alone have any (None: those of the nation)."""
    drawn = townships() if among is None else among.filter(pl.col("code").str.len_bytes() == DIGITS["township"])
    counts = apportion(rows, drawn.select(0.2 + uniform(seed) ** 3).to_series())
    coded = drawn.with_columns(_count=counts).filter(pl.col("_count") > 0)
    each = coded.select("code", place=pl.int_ranges(0, pl.col("_count"))).explode("place", empty_as_null=False)
    number = pl.int_range(1, pl.len() + 1).over(pl.col("code").str.head(6))
    kind = between(0, len(_KINDS) - 1, seed + 1)
    return each.select(
        区划代码="code",
        清单批次=pl.format("清单{}", between(1, _LISTS, seed + 2)),
        序号=number,
        类别=kind.replace_strict(dict(enumerate(_KINDS)), return_dtype=pl.String),
        办理期限=pl.date(2020, 11, 16) + pl.duration(days=between(0, 40, seed + 3)),
        办理状态=pl.lit("已接收"),
    )


def changes_of_state(problems: pl.DataFrame, count: int, seed: int = 2020) -> pl.DataFrame:
    """`count` of those rows, drawn by chance, which have been assigned: their keys and the state that follows."""
    drawn = problems.filter(first_of(pl.lit(True), count, seed + 7))
    return drawn.select("区划代码", "清单批次", "序号", 办理状态=pl.lit("已分解"))


def write(table: pl.DataFrame, file: Path) -> Path:
    """The table as CSV; its path."""
    table.write_csv(file)
    return file
