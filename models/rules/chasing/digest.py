"""Digests: lines for one person in one pass become one notice, worst first (architecture rule 9)."""

from __future__ import annotations

import polars as pl

from models.rules.chasing.recipients import ADMIN_ROLE

DAY = 86_400_000_000
_RANK = {"superior": 4, "paper": 4, "unsigned": 4, "issued": 4, "vacancy": 3, "overdue": 3, "roll-up": 2, "reminder": 1}


def kind_of_line(at: int) -> pl.Expr:
    """What a line is to its reader: vacancy, paper, roll-up, superior, overdue or reminder.

    Of columns role, paper, late_below, unit, to_unit, escalates, own (true where the rung names that role of the office
    itself) and due. Whoever is told about another office, be it in place of one that nobody holds, is told as its superior;
    so is the government at the top, whose office is the one that is late.
    """
    return (
        pl.when(pl.col("role") == ADMIN_ROLE)
        .then(pl.lit("vacancy"))
        .when(pl.col("paper"))
        .then(pl.lit("paper"))
        .when(pl.col("to_unit") != pl.col("unit"))
        .then(pl.lit("superior"))
        .when(pl.col("late_below").is_not_null())
        .then(pl.lit("roll-up"))
        .when(pl.col("escalates") & ~pl.col("own").fill_null(False))
        .then(pl.lit("superior"))
        .when(pl.col("due") <= at)
        .then(pl.lit("overdue"))
        .otherwise(pl.lit("reminder"))
    )


def gather_notices(lines: pl.DataFrame, unsent: pl.DataFrame, moments: pl.DataFrame, at: int) -> pl.DataFrame:
    """Gather lines into notices.

    lines: person, policy, kind, due …; unsent: notice, person: those notices that can take more lines;
    moments: policy, always, not_before. Nobody gets two messages because phases keep different hours: what may go
    now takes along what would wait for the office to open. Returns `lines` with always, not_before, urgency, group
    (one a notice) and notice (the id of an unsent one, null for a new one), grouped by notice, worst first.
    """
    rank = pl.col("kind").replace_strict(_RANK, default=1, return_dtype=pl.Int64)
    days_late = ((at - pl.col("due")) // DAY).clip(0, 999)
    joined = unsent.unique("person", keep="first", maintain_order=True)
    return (
        lines.join(moments, on="policy", how="left", maintain_order="left")
        .with_columns(urgency=rank * 1000 + days_late)
        .sort("urgency", descending=True, maintain_order=True)
        .join(joined, on="person", how="left", maintain_order="left")
        .with_columns(
            group=pl.col("person").rank("dense"),
            always=pl.col("always").any().over("person"),
            urgency=pl.col("urgency").max().over("person"),
            not_before=pl.col("not_before").min().over("person"),
        )
    )
