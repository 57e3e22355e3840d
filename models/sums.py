"""Sums of figures that people wrote in decimals: exact, as on paper, however many there are.

0.1 added up ten times is 0.9999999999999999 in binary fractions. So figures are added as whole numbers of their last
decimal place, and only the sum is a fraction again.
"""

from __future__ import annotations

import polars as pl

MOST_PLACES = 9
_WHOLE = 4.0e18
"""What whole numbers of 64 bits hold, with room to spare."""
SIGNIFICANT = 15
"""Digits that are kept of what no whole number of decimals holds, such as thirds: the next ones are noise."""


def decimal_places(figures: pl.Series) -> int | None:
    """How many places after the point the figures were written with; None if with more than are added exactly.

    A whole number divided by a power of ten is the very fraction that stands for the decimal, so nothing is guessed.
    """
    if not figures.dtype.is_float():
        return 0
    most = float(figures.abs().sum())
    for places in range(MOST_PLACES + 1):
        scale = 10.0**places
        if most * scale >= _WHOLE:
            return None
        # by a column and not by a number: Polars divides by a number by multiplying with its inverse
        if ((figures * scale).round() / pl.repeat(scale, len(figures), eager=True) == figures).all():
            return places
    return None


def sum_of(name: str, places: int | None) -> pl.Expr:
    """The sum of a column, Float64. places: of all its figures, as `decimal_places` has them."""
    if places is None:
        return pl.col(name).cast(pl.Float64).sum().round_sig_figs(SIGNIFICANT)
    return _wholes(name, places) / (pl.len() * 0 + 10.0**places)


def mean_of(name: str, places: int | None) -> pl.Expr:
    """The mean of the figures that are there, in one division of whole numbers."""
    if places is None:
        return (pl.col(name).cast(pl.Float64).sum() / pl.col(name).count()).round_sig_figs(SIGNIFICANT)
    return _wholes(name, places) / (pl.col(name).count() * 10.0**places)


def _wholes(name: str, places: int) -> pl.Expr:
    """The sum of a column in units of its last decimal place; a sum of whole numbers is exact up to 2^53 as it is."""
    if places == 0:
        return pl.col(name).cast(pl.Float64).sum()
    return (pl.col(name) * 10.0**places).round().cast(pl.Int64).sum()
