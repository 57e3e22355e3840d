"""Offices that came of a merger or a split in mid-campaign: what was owed of periods before is not owed by them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from models.plan.model import Requirement


def since_they_came(
    verdicts: pl.DataFrame, newcomers: pl.DataFrame, requirements: Sequence[Requirement]
) -> pl.DataFrame:
    """The verdicts without those of periods that were over when an office came to be.

    verdicts: unit, place, period, due …; newcomers: unit, since. requirements: of the plan, by their places.
    """
    periodic = [place for place, requirement in enumerate(requirements) if requirement.every]
    if newcomers.is_empty() or not periodic:
        return verdicts
    came = verdicts.join(newcomers.select("unit", "since"), on="unit", how="left", maintain_order="left")
    over = (pl.col("due") <= pl.col("since")) & pl.col("place").is_in(periodic)
    return came.filter(~over.fill_null(False)).drop("since")
