"""Columns of what figures with words allow (原样的数), beside those of figures.

A frame of figures has, for each that words stand behind, `name:least` and `name:most` (infinite where there is no limit),
`name:above` and `name:below` (not the end itself), `name:loose`, true where words stand behind it, and `name:written`, as
the office itself wrote it. They are null or false where nothing was written with words, and not there where nobody did.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from models.plan.model import Indicator
from models.rules.judging.tree import NAMES
from models.sums import SIGNIFICANT

WRITTEN = pl.Schema(
    {
        "indicator": NAMES,
        "unit": NAMES,
        "as_of": pl.Int64(),
        "written": pl.String(),
        "least": pl.Float64(),
        "most": pl.Float64(),
        "above": pl.Boolean(),
        "below": pl.Boolean(),
    }
)
"""Figures with words or a unit: how each was written, and from where to where it may lie."""
NO_WORDS = pl.DataFrame(schema=WRITTEN)


def least(name: str) -> str:
    """The column of the least that a figure may be."""
    return f"{name}:least"


def most(name: str) -> str:
    """The column of the most that a figure may be."""
    return f"{name}:most"


def above(name: str) -> str:
    """The column that is true where a figure is more than its least."""
    return f"{name}:above"


def below(name: str) -> str:
    """The column that is true where a figure is less than its most."""
    return f"{name}:below"


def loose(name: str) -> str:
    """The column that is true where words stand behind a figure."""
    return f"{name}:loose"


def written(name: str) -> str:
    """The column of how an office wrote its own figure; null where it gave a plain number."""
    return f"{name}:written"


def bounds(name: str) -> tuple[str, str, str, str, str]:
    """The columns of what a figure allows."""
    return least(name), most(name), above(name), below(name), loose(name)


def are_loose(frame: pl.DataFrame, names: Iterable[str]) -> bool:
    """Whether words stand behind any of these figures at any office."""
    columns = frame.columns
    return any(loose(name) in columns for name in names)


def laid_with_words(
    wide: pl.DataFrame, readings: pl.DataFrame, written_: pl.DataFrame, indicators: Iterable[Indicator]
) -> pl.DataFrame:
    """Offices with the readings that they reported, and what those of them that have words allow.

    wide: unit and each indicator's own figure; readings: `rollup.Offices.placed`; written_: WRITTEN.
    """
    for name in sorted({one.id for one in indicators}.intersection(written_["indicator"].cast(pl.String).unique())):
        own = written_.filter(pl.col("indicator") == name).drop("indicator")
        held = readings.filter(pl.col("indicator") == name).select(pl.col("unit").cast(NAMES), "as_of", "row")
        own = own.join(held, on=["unit", "as_of"]).drop("unit", "as_of")
        if own.is_empty():
            continue
        own = own.with_columns(pl.lit(True).alias(loose(name))).rename(
            {
                "written": written(name),
                "least": least(name),
                "most": most(name),
                "above": above(name),
                "below": below(name),
            }
        )
        rows = wide.with_row_index("row")
        wide = rows.join(own, on="row", how="left", maintain_order="left").drop("row")
    return wide


def gathered_bounds(name: str, roll_up: str, at: str) -> list[pl.Expr]:
    """What a figure of several offices allows, of those of theirs. at: the column of their moments, where the last counts."""
    low, high = pl.coalesce(least(name), name), pl.coalesce(most(name), name)
    opens, closes = pl.col(above(name)).fill_null(False), pl.col(below(name)).fill_null(False)
    some = pl.col(loose(name)).fill_null(False).any().alias(loose(name))
    never = pl.lit(False)
    if roll_up == "min":
        ends = (low.min(), high.min(), never, never)
    elif roll_up == "max":
        ends = (low.max(), high.max(), never, never)
    elif roll_up == "mean":
        ends = (_mean(low), _mean(high), opens.any(), closes.any())
    elif roll_up == "last":
        ends = (_last(low, name, at), _last(high, name, at), _last(opens, name, at), _last(closes, name, at))
    elif roll_up == "count":
        exact = pl.col(name).count().cast(pl.Float64)
        ends = (exact, exact, never, never)
    else:
        ends = (
            low.sum().round_sig_figs(SIGNIFICANT),
            high.sum().round_sig_figs(SIGNIFICANT),
            opens.any(),
            closes.any(),
        )
    return [end.alias(column) for end, column in zip((*ends, some), bounds(name), strict=True)]


def _mean(values: pl.Expr) -> pl.Expr:
    return (values.sum() / values.count()).round_sig_figs(SIGNIFICANT)


def _last(values: pl.Expr, name: str, at: str) -> pl.Expr:
    return values.filter(pl.col(name).is_not_null()).sort_by(pl.col(at).filter(pl.col(name).is_not_null())).last()
