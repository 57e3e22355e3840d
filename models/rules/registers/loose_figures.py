"""What figures drawn from rows allow, where numbers of the rows have words (原样的数)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

import polars as pl

from models.plan.lists import Register
from models.plan.model import Indicator
from models.rules.registers.words import WITHOUT_LIMIT, have_words, tried

_KEY = ["indicator", "unit", "as_of"]
LOOSE = pl.Schema(
    {
        "indicator": pl.Categorical(),
        "unit": pl.Categorical(),
        "as_of": pl.Int64(),
        "least": pl.Float64(),
        "most": pl.Float64(),
    }
)
"""What a figure allows that may be several; an end without limit is infinite."""
_LARGE = WITHOUT_LIMIT / 2
"""What is larger than that came of a number without limit."""


def loose_figures(
    rows: pl.DataFrame,
    indicators: Sequence[Indicator],
    register: Register,
    drawn: Callable[..., pl.DataFrame],
) -> pl.DataFrame:
    """indicator, unit, as_of, least, most of those figures that may be several; an end without limit is infinite.

    rows: of the register; indicators: drawn from it; drawn: `row_readings` of them, which takes other `rows` in the place of these.
    """
    if not have_words(rows):
        return pl.DataFrame(schema=LOOSE)
    figures = [one.rows for one in indicators if one.rows is not None]
    asked = {name for one in figures for name in (one.column, *(one.where.names if one.where else ())) if name}
    each = [drawn(rows=one) for one in tried(rows, register, asked, beside=False)]
    ends = pl.concat(each).group_by(_KEY).agg(least=pl.col("value").min(), most=pl.col("value").max())
    return ends.filter(pl.col("least") < pl.col("most")).select(
        *_KEY,
        least=pl.when(pl.col("least") <= -_LARGE).then(pl.lit(-inf)).otherwise("least"),
        most=pl.when(pl.col("most") >= _LARGE).then(pl.lit(inf)).otherwise("most"),
    )
