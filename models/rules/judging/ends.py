"""Arithmetic by ends (按两端计算): sums, differences, products and quotients of numbers that may be several.

It never allows too little. Series of one row an office; null where there is no number. The margins are those of
`models.plan.exactness`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import inf

import polars as pl

from models.plan.exactness import FINEST, NOISE, SHARE


@dataclass(frozen=True)
class Allowed:
    """Numbers by their ends. above, below: not the end itself. value: as it is without words; size: the largest number that
    went into it."""

    value: pl.Series
    least: pl.Series
    most: pl.Series
    above: pl.Series
    below: pl.Series
    size: pl.Series

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True)
class Truth:
    """Whether a condition holds for all values that are allowed, and whether for none; neither where that is open."""

    yes: pl.Series
    no: pl.Series

    def opposite(self) -> Truth:
        return Truth(self.no, self.yes)


def always(value: bool, height: int) -> pl.Series:
    return pl.repeat(value, height, dtype=pl.Boolean, eager=True)


def constant(value: float | None, height: int) -> pl.Series:
    return pl.Series([value], dtype=pl.Float64).new_from_index(0, height)


def exact(value: pl.Series) -> Allowed:
    """Numbers that are what they are."""
    return closed(value=value, low=value, high=value)


def closed(value: pl.Series, low: pl.Series, high: pl.Series) -> Allowed:
    """Numbers whose ends are among their values."""
    never = always(False, len(value))
    return Allowed(value=value, least=low, most=high, above=never, below=never, size=value.abs())


def anything(value: pl.Series) -> Allowed:
    """Numbers of which nothing is known; null where `value` is."""
    none = constant(None, len(value))
    low, high = (where(value.is_not_null(), constant(end, len(value)), none) for end in (-inf, inf))
    return closed(value=value, low=low, high=high)


def where(mask: pl.Series, then: pl.Series, otherwise: pl.Series) -> pl.Series:
    return then.zip_with(mask.fill_null(False), otherwise)


def either(mask: pl.Series, then: Allowed, otherwise: Allowed) -> Allowed:
    names = [field.name for field in fields(Allowed)]
    return Allowed(**{name: where(mask, getattr(then, name), getattr(otherwise, name)) for name in names})


def margin_of(sizes: pl.Series) -> pl.Series:
    """As `exactness` has it; nothing where no number can be told."""
    known = where(sizes.is_finite(), sizes, constant(0.0, len(sizes)))
    share, fixed = known * (SHARE / 2), known * NOISE + FINEST
    return where(share < fixed, share, fixed)


def negative(one: Allowed) -> Allowed:
    return Allowed(value=-one.value, least=-one.most, most=-one.least, above=one.below, below=one.above, size=one.size)


def sum_of(one: Allowed, other: Allowed) -> Allowed:
    return Allowed(
        value=one.value + other.value,
        least=one.least + other.least,
        most=one.most + other.most,
        above=one.above | other.above,
        below=one.below | other.below,
        size=one.size + other.size,
    )


def product(one: Allowed, other: Allowed) -> Allowed:
    """An end is none of the values where all corners that come to it are open."""
    corners = []
    for end, is_open in ((one.least, one.above), (one.most, one.below)):
        for other_end, other_open in ((other.least, other.above), (other.most, other.below)):
            # nothing times any number, however large, is nothing
            nothing = ((end == 0) & ~is_open) | ((other_end == 0) & ~other_open)
            corners.append(((end * other_end).fill_nan(0.0), (is_open | other_open) & ~nothing))
    low = high = corners[0][0]
    for corner, _ in corners[1:]:
        low, high = where(corner < low, corner, low), where(corner > high, corner, high)
    above = below = always(True, len(one))
    for corner, is_open in corners:
        above, below = above & (is_open | (corner != low)), below & (is_open | (corner != high))
    return Allowed(
        value=one.value * other.value,
        least=low,
        most=high,
        above=above.fill_null(False),
        below=below.fill_null(False),
        size=one.size * other.size,
    )


def quotient(one: Allowed, other: Allowed) -> Allowed:
    """Any number where the divisor may be nothing, and none where it is."""
    is_nothing = (other.least == 0) & (other.most == 0)
    holds_nothing = ((other.least < 0) & (other.most >= 0)) | ((other.least == 0) & ~other.above) | (other.most == 0)
    by = where(is_nothing, constant(None, len(one)), other.value)
    turned = Allowed(
        value=1 / by,
        least=1 / other.most,
        most=1 / other.least,
        above=other.below | other.most.is_infinite(),
        below=other.above,
        size=1 / by.abs(),
    )
    found, open_ = product(one, turned), anything(by)
    return Allowed(
        value=one.value / by,
        least=where(holds_nothing, open_.least, found.least),
        most=where(holds_nothing, open_.most, found.most),
        above=found.above & ~holds_nothing,
        below=found.below & ~holds_nothing,
        size=one.size * other.size / (by * by),
    )


def absolute(one: Allowed) -> Allowed:
    turned, nothing = negative(one), constant(0.0, len(one))
    positive, larger = one.least >= 0, one.most >= turned.most
    is_negative = one.most <= 0
    return Allowed(
        value=one.value.abs(),
        least=where(positive, one.least, where(is_negative, turned.least, nothing)),
        most=where(larger, one.most, turned.most),
        above=where(positive, one.above, where(is_negative, turned.above, always(False, len(one)))),
        below=where(larger, one.below, turned.below) & (one.most != turned.most),
        size=one.size,
    )


def outermost(parts: Sequence[Allowed], *, smallest: bool) -> Allowed:
    """The smallest, or the largest, of several numbers."""
    found = parts[0]
    for part in parts[1:]:
        value, low, high = (
            where((a < b) if smallest else (a > b), a, b)
            for a, b in ((found.value, part.value), (found.least, part.least), (found.most, part.most))
        )
        found = closed(value=value, low=low, high=high)
    return found


def rounded(inner: Allowed, kind: str, places: int) -> Allowed:
    """Rounding (Floor, Ceil, Round) never turns an order over, so the ends are rounded; what lies beside one may come to it."""
    margin, shift = margin_of(2.0 * inner.size), 10.0**places

    def turned(value: pl.Series) -> pl.Series:
        if kind == "Floor":
            return (value + margin).floor()
        if kind == "Ceil":
            return (value - margin).ceil()
        whole: pl.Series = ((value.abs() + margin) * shift + 0.5).floor()
        found: pl.Series = value.sign() * whole / shift
        return found

    return closed(value=turned(inner.value), low=turned(inner.least), high=turned(inner.most))


def compared(one: Allowed, operator: str, other: Allowed) -> Truth:
    """How numbers compare: by what is left between them."""
    gap, margin = sum_of(one, negative(other)), margin_of(one.size + other.size)
    low_meets, high_meets = gap.least.abs() <= margin, gap.most.abs() <= margin
    over = (gap.least > margin) | (low_meets & gap.above)
    under = (gap.most < -margin) | (high_meets & gap.below)
    yes, no = {
        ">": (over, gap.most <= margin),
        "<": (under, gap.least >= -margin),
        ">=": (gap.least >= -margin, under),
        "<=": (gap.most <= margin, over),
        "=": (low_meets & high_meets, over | under),
        "<>": (over | under, low_meets & high_meets),
    }[operator]
    return Truth(yes.fill_null(False), no.fill_null(False))
