"""Rows in the order of several columns, sooner than sorting by all of them at once: where their places in order fit into one
number a row, that is sorted instead.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

_MANY = 20_000
"""Fewer rows are sorted in no time however it is done."""
_MOST = 2**62
_EXACT = 2**53
"""Beyond it a float has no number of its own for each whole one."""


def in_order(rows: pl.DataFrame, order: Sequence[str], *, nulls_last: bool) -> pl.DataFrame:
    """Rows sorted by the columns of `order`; those that share all of them in no particular order."""
    if rows.height < _MANY:
        return rows.sort(order, nulls_last=nulls_last)
    if rows[order[0]].is_sorted() and _stands_in(rows, order):
        return rows
    packed = _packed(rows, order, nulls_last)
    if packed is None:
        return rows.sort(order, nulls_last=nulls_last)
    return rows if packed.is_sorted() else rows[packed.arg_sort()]


def _stands_in(rows: pl.DataFrame, order: Sequence[str]) -> bool:
    """Whether rows without an empty cell there stand in this order: much sooner known than they are sorted again."""
    behind = pl.lit(False)
    for name in reversed(order):
        before, own = pl.col(name).shift(1), pl.col(name)
        behind = (own < before) | ((own == before) & behind)
    return not rows.select(behind.slice(1).fill_null(True).any()).item()


def _packed(rows: pl.DataFrame, order: Sequence[str], nulls_last: bool) -> pl.Series | None:
    """A number for each row in whose order they come; None where there is none that is large enough."""
    packed, many = pl.repeat(0, rows.height, dtype=pl.Int64, eager=True), 1
    for name in order:
        found = _places(rows[name])
        if found is None or many * (found[1] + 1) >= _MOST:
            return None
        places, most = found
        if places.null_count():
            places = places.fill_null(most) if nulls_last else (places + 1).fill_null(0)
            most += 1
        packed, many = packed * most + places, many * most
    return packed


def _places(values: pl.Series) -> tuple[pl.Series, int] | None:
    """The place of each value among the others, from 0, and how many places there are; null for null. None where that is
    not soon found."""
    if values.null_count() == len(values):
        return pl.Series([None], dtype=pl.Int64).new_from_index(0, len(values)), 1
    if values.dtype == pl.String:
        return _places_of_texts(values)
    if values.dtype.is_float():
        whole = values.cast(pl.Int64, strict=False)
        if not (values == whole).all() or (values.abs() > _EXACT).any():
            return None
        values = whole
    elif not (values.dtype.is_integer() or values.dtype.is_temporal() or values.dtype == pl.Boolean):
        return None
    numbers = values.to_physical().cast(pl.Int64, strict=False)
    least, most = numbers.min(), numbers.max()
    if not isinstance(least, int) or not isinstance(most, int) or numbers.null_count() > values.null_count():
        return None
    return numbers - least, most - least + 1


def _places_of_texts(texts: pl.Series) -> tuple[pl.Series, int]:
    if not texts.null_count() and texts.is_sorted():
        places = texts.rle_id().cast(pl.Int64)
        return places, int(places[-1]) + 1
    numbers = texts.cast(pl.Categorical(pl.Categories.random())).to_physical()
    first = numbers.arg_unique()
    known = pl.DataFrame({"number": numbers.gather(first), "text": texts.gather(first)}).drop_nulls("number")
    ranks = known["text"].rank("dense").cast(pl.Int64) - 1
    highest = known["number"].max()
    of_number = pl.Series([None], dtype=pl.Int64).new_from_index(0, int(highest) + 1 if isinstance(highest, int) else 1)
    return of_number.scatter(known["number"], ranks).gather(numbers), known.height
