"""Readings laid out over offices: a column an indicator instead of a row a reading."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from models.plan.model import Indicator
from models.rules.judging.tree import NAMES, row_numbers


def spread(
    readings: pl.DataFrame, offices: pl.Series, indicators: Sequence[Indicator], dated: Collection[str]
) -> dict[str, dict[str, pl.Series]]:
    """Lay each indicator's readings out over `offices`: value, reported, expected and as_of for each name.

    The moment is laid out only for `dated`, where it matters.
    By row number instead of a join for each indicator, which is what makes a nation a matter of a tenth of a second.
    """
    kinds = {"value": pl.Float64(), "reported": pl.Int64(), "expected": pl.Int64(), "as_of": pl.Int64()}
    empty = {kind: pl.Series(kind, [None], dtype).new_from_index(0, len(offices)) for kind, dtype in kinds.items()}
    laid = {indicator.id: empty for indicator in indicators}
    if readings.is_empty() or offices.is_empty():
        return laid
    runs = readings["indicator"].cast(NAMES).rle().struct.unnest()
    if runs.height > runs["value"].n_unique():
        readings = readings.sort("indicator")
        runs = readings["indicator"].cast(NAMES).rle().struct.unnest()
    places, columns = row_numbers(readings["unit"], offices), {kind: readings[kind] for kind in kinds}
    start = 0
    for length, name in runs.iter_rows():
        at, own = places.slice(start, length), {kind: column.slice(start, length) for kind, column in columns.items()}
        start += length
        if name not in laid:
            continue
        if at.null_count():
            here = at.is_not_null()
            at, own = at.filter(here), {kind: column.filter(here) for kind, column in own.items()}
        laid[name] = {
            kind: empty[kind]
            if own[kind].null_count() == len(at) or (kind == "as_of" and name not in dated)
            else empty[kind].clone().scatter(at, own[kind].cast(dtype))
            for kind, dtype in kinds.items()
        }
    return laid
