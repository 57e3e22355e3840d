"""Readings laid out over offices: a column an indicator instead of a row a reading."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from models.plan.model import Indicator
from models.rules.judging.tree import NAMES

_FEW = 64
"""An indicator's readings may stand in so many runs, as those of several periods do; more are sorted first."""


def spread(
    readings: pl.DataFrame, height: int, indicators: Sequence[Indicator], dated: Collection[str]
) -> dict[str, dict[str, pl.Series]]:
    """Lay each indicator's readings out over `height` rows of offices: value, reported, expected and as_of for each name.

    readings: `Offices.placed`, those of an indicator in a few runs. The moment is laid out only for `dated`, where it matters.
    By row number instead of a join for each indicator, which is what makes a nation a matter of a tenth of a second.
    """
    kinds = {"value": pl.Float64(), "reported": pl.Int64(), "expected": pl.Int64(), "as_of": pl.Int64()}
    empty = {kind: pl.Series(kind, [None], dtype).new_from_index(0, height) for kind, dtype in kinds.items()}
    laid = {indicator.id: dict(empty) for indicator in indicators}
    if readings.is_empty() or not height:
        return laid
    runs = readings["indicator"].cast(NAMES).rle().struct.unnest()
    if runs.height > _FEW * runs["value"].n_unique():
        readings = readings.sort("indicator")
        runs = readings["indicator"].cast(NAMES).rle().struct.unnest()
    rows, columns, start = readings["row"], {kind: readings[kind] for kind in kinds}, 0
    for length, name in runs.iter_rows():
        first, start = start, start + length
        if name not in laid:
            continue
        at, own = rows.slice(first, length), {kind: column.slice(first, length) for kind, column in columns.items()}
        if at.null_count():
            here = at.is_not_null()
            at, own = at.filter(here), {kind: column.filter(here) for kind, column in own.items()}
        for kind, dtype in kinds.items():
            if own[kind].null_count() == len(at) or (kind == "as_of" and name not in dated):
                continue
            onto = laid[name][kind]
            laid[name][kind] = (onto.clone() if onto is empty[kind] else onto).scatter(at, own[kind].cast(dtype))
    return laid
