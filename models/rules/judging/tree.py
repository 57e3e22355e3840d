"""Who is below whom. Frames of units have the columns unit, name, level, superior (null at the top)."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

NAMES = pl.Categorical()
"""Units and indicators of readings: a few thousand names in millions of rows, each kept once."""
Ranges = tuple[tuple[str, str], ...]
"""Runs of codes in order: the first code of each, and the one that comes after it and is not in it."""
_AFTER_ALL = "z"
LONGEST_CHAIN = 1_000
"""Ends a walk that data without circles ends by itself; `circles` finds those."""


def row_numbers(wanted: pl.Series, among: pl.Series) -> pl.Series:
    """The row of each of `wanted` in `among` (no name twice there), null for one that is not there."""
    # both are held until both have their numbers, which last only as long as some column has the name
    named = [names.cast(NAMES) for names in (wanted, among)]
    asked, there = (names.to_physical() for names in named)
    highest = max(_highest(asked), _highest(there))
    row_of = pl.Series([None], dtype=pl.UInt32).new_from_index(0, highest + 1)
    return row_of.scatter(there, pl.int_range(len(among), dtype=pl.UInt32, eager=True)).gather(asked)


def _highest(numbers: pl.Series) -> int:
    found = numbers.max()
    return found if isinstance(found, int) else 0


def above(units: pl.DataFrame) -> pl.DataFrame:
    """Every pair of a unit and an office that it answers to, itself included.

    Returns unit, ancestor, depth (0 for itself). Follows the business line in `superior`.
    """
    codes, superiors = units["unit"], units["superior"]
    next_row = row_numbers(superiors, codes)
    row = at = pl.int_range(len(codes), dtype=pl.UInt32, eager=True)
    pairs = [units.select("unit", ancestor="unit", depth=pl.lit(0, pl.Int16))]
    for depth in range(1, LONGEST_CHAIN):
        ancestor = superiors.gather(at)
        is_owed = ancestor.is_not_null()
        if not is_owed.any():
            break
        row, at, ancestor = row.filter(is_owed), next_row.gather(at.filter(is_owed)), ancestor.filter(is_owed)
        step = pl.DataFrame([codes.gather(row), ancestor.alias("ancestor")])
        pairs.append(step.with_columns(depth=pl.lit(depth, pl.Int16)))
        row, at = row.filter(at.is_not_null()), at.drop_nulls()
    return pl.concat(pairs)


def below(units: pl.DataFrame, unit: str) -> pl.DataFrame:
    """The rows of `units` for `unit` and everything below it, in the order of `units`."""
    if _answers_to_nobody_else(units, unit):
        return units
    up = row_numbers(units["superior"], units["unit"])
    inside = units["unit"] == unit
    found = inside.sum()
    for _ in range(LONGEST_CHAIN):
        inside = inside | inside.gather(up).fill_null(False)
        before, found = found, inside.sum()
        if found == before:
            break
        if found == units.height:
            return units
    return units.filter(inside)


def _answers_to_nobody_else(units: pl.DataFrame, unit: str) -> bool:
    """Whether `unit` is the only one of `units` that answers to none of them: then each is below it, since none goes round in a
    circle. That is told sooner than who is below whom."""
    if units.is_empty() or units["unit"][0] != unit:  # units stand in code order, whoever is above all first
        return False
    superiors = units["superior"]
    tops = units["unit"].filter(superiors.is_null() | ~superiors.is_in(units["unit"].implode()))
    return len(tops) == 1 and tops[0] == unit


def ranges_below(units: pl.DataFrame, unit: str) -> Ranges:
    """The runs of codes that hold `unit` and everything below it, and of loaded units nothing else.

    units: all of the provinces that it deals with. A code between two of its own, or after them in its province, belongs
    to it too: that of an office that exists no more.
    """
    codes, own = units["unit"].sort(), below(units, unit)
    if own.height == units.height > 0:
        return ((codes[0], codes[-1][:2] + _AFTER_ALL),)
    inside = codes.is_in(own["unit"].implode())
    runs = pl.DataFrame([codes, inside.alias("inside")]).with_columns(run=pl.col("inside").rle_id())
    firsts = runs.group_by("run", maintain_order=True).agg(pl.col("unit", "inside").first(), last=pl.col("unit").last())
    # nothing is known of the provinces between two of its own
    end = pl.min_horizontal(pl.col("unit").shift(-1, fill_value=_AFTER_ALL), pl.col("last").str.head(2) + _AFTER_ALL)
    ends = firsts.with_columns(end=end).filter("inside")
    found = tuple(ends.select("unit", "end").iter_rows())
    # no office of that code: by its digits
    return found or ((unit, unit + _AFTER_ALL),)


def ranges_of(provinces: Collection[str] | None) -> Ranges | None:
    """The runs of codes of whole provinces; None for None, which stands for all."""
    return None if provinces is None else tuple((one, one + _AFTER_ALL) for one in sorted(provinces))


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
