"""Chance that repeats: the same seed and row give the same number on every machine and version."""

from __future__ import annotations

import polars as pl

_SPAN = 1 << 32
_MIX = 0x045D9F3B


def uniform(seed: int) -> pl.Expr:
    """One number in [0, 1) a row, by the row's place in its frame.

    Integer hashing instead of a generator, so that Polars draws millions at once; two rounds of
    multiply-and-fold on 32 bits, which never leave the range of a 64-bit integer.
    """
    drawn = (pl.int_range(pl.len(), dtype=pl.Int64) + 1) * 2_654_435_761 + seed * 40_503
    drawn = drawn % _SPAN
    for _ in range(2):
        drawn = ((drawn ^ (drawn // 65_536)) * _MIX) % _SPAN
    return (drawn ^ (drawn // 65_536)) / _SPAN


def between(low: int, high: int, seed: int) -> pl.Expr:
    """A whole number from `low` to `high`, both included, a row."""
    return (low + uniform(seed) * (high - low + 1)).floor().cast(pl.Int64)


def apportion(total: int, weights: pl.Series, least: int = 0) -> pl.Series:
    """`total` in whole parts in proportion to `weights`, exactly; each part at least `least`.

    Largest remainders; of equal ones the earlier row wins. ValueError if `total` is too small for `least`.
    """
    spare = total - least * len(weights)
    if spare < 0:
        raise ValueError(f"{total} cannot be given out in {len(weights)} parts of at least {least}")
    exact = weights.cast(pl.Float64) / weights.sum() * spare
    whole = exact.floor().cast(pl.Int64)
    over = spare - int(whole.sum())
    first = (exact - whole).rank("ordinal", descending=True) <= over
    return (whole + first.cast(pl.Int64) + least).rename("share")


def first_of(condition: pl.Expr, count: int, seed: int) -> pl.Expr:
    """True in `count` of the rows for which `condition` holds, drawn by `seed`."""
    order = pl.when(condition).then(uniform(seed)).rank("ordinal")
    return (order <= count).fill_null(False)
