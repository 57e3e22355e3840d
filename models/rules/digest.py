"""Digests: lines for one person in one pass become one notice, worst first (architecture rule 9)."""

from __future__ import annotations

import polars as pl

DAY = 86_400_000_000
_RANK = {"superior": 4, "paper": 4, "vacancy": 3, "overdue": 3, "roll-up": 2, "reminder": 1}


def gather_notices(lines: pl.DataFrame, waiting: pl.DataFrame, moments: pl.DataFrame, at: int) -> pl.DataFrame:
    """Gather lines into notices.

    lines: person, policy, kind, due …; waiting: notice, person, always: unsent notices that can take more
    lines; moments: policy, always, not_before. Lines that may go at any hour do not wait for those bound
    to office hours. Returns `lines` with always, not_before, urgency, group (one a notice) and notice (the
    id of a waiting one, null for a new one), grouped by notice, worst first.
    """
    rank = pl.col("kind").replace_strict(_RANK, default=1, return_dtype=pl.Int64)
    days_late = ((at - pl.col("due")) // DAY).clip(0, 999)
    held = waiting.unique(["person", "always"], keep="first", maintain_order=True)
    return (
        lines.join(moments, on="policy", how="left", maintain_order="left")
        .with_columns(urgency=rank * 1000 + days_late)
        .sort("urgency", descending=True, maintain_order=True)
        .join(held, on=["person", "always"], how="left", maintain_order="left")
        .with_columns(
            group=pl.struct("person", "always").rank("dense"), urgency=pl.col("urgency").max().over("person", "always")
        )
    )
