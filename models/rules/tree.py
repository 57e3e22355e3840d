"""Who is below whom. Frames of units have the columns unit, name, level, superior (null at the top)."""

from __future__ import annotations

import polars as pl

LONGEST_CHAIN = 1_000
"""Ends a walk that data without circles ends by itself; `circles` finds those."""


def above(units: pl.DataFrame) -> pl.DataFrame:
    """Every pair of a unit and an office that it answers to, itself included.

    Returns unit, ancestor, depth (0 for itself). Follows the business line in `superior`.
    """
    superiors = units.select("unit", "superior").filter(pl.col("superior").is_not_null())
    step = units.select("unit", ancestor="unit", depth=pl.lit(0, pl.Int16))
    pairs = [step]
    for depth in range(1, LONGEST_CHAIN):
        step = (
            step.join(superiors, left_on="ancestor", right_on="unit", how="inner")
            .select("unit", ancestor="superior", depth=pl.lit(depth, pl.Int16))
        )  # fmt: skip
        if step.is_empty():
            break
        pairs.append(step)
    return pl.concat(pairs)


def below(units: pl.DataFrame, unit: str) -> pl.DataFrame:
    """The rows of `units` for `unit` and everything below it, in the order of `units`."""
    children = units.select("unit", "superior")
    found = [children.filter(pl.col("unit") == unit).select("unit")]
    for _ in range(LONGEST_CHAIN):
        step = children.join(found[-1], left_on="superior", right_on="unit", how="semi").select("unit")
        if step.is_empty():
            break
        found.append(step)
    return units.join(pl.concat(found), on="unit", how="semi")


def covered(units: pl.DataFrame, scope: str) -> pl.Series:
    """The units at and below `scope`: by command where it is among `units`, else by code (a county's own database
    holds nothing of its province)."""
    if scope in units["unit"]:
        return below(units, scope)["unit"]
    return units["unit"].filter(units["unit"].str.starts_with(scope))


def circles(units: pl.DataFrame) -> list[str]:
    """Units that answer to themselves by some way, in code order."""
    superior = dict(units.filter(pl.col("superior").is_not_null()).select("unit", "superior").iter_rows())
    safe: set[str] = set()
    caught: set[str] = set()
    for start in superior:
        way: list[str] = []
        seen: set[str] = set()
        unit: str | None = start
        while unit is not None and unit not in safe and unit not in seen:
            seen.add(unit)
            way.append(unit)
            unit = superior.get(unit)
        if unit is not None and unit in seen:
            caught.update(way[way.index(unit) :])
        safe.update(way)
    return sorted(caught)
