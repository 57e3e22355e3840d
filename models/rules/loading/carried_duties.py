"""What is chased and was decided, under new codes (催办件、决定随转).

An office that has another code keeps everything, what is over too. Where offices merged, of two open cases of one duty the
one that got further goes on; a decision or a signed exit holds for the new office where all that it came from had one.
Where an office was split, its open cases and what was decided of its duties go to each part.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

DUTY = ["requirement", "period"]
_ROWS = pl.Schema({"id": pl.Int64, "new": pl.String})
_CLOSED = pl.Schema({"id": pl.Int64, "closed_as": pl.String})


@dataclass(frozen=True)
class Carried:
    """Rows, by their ids, that are of another code now, those of which that code gets a copy, and those left behind.

    recoded, copied: id, new. closed: id, closed_as ("merged", "split"), of cases alone. left: ids.
    """

    recoded: pl.DataFrame
    copied: pl.DataFrame
    closed: pl.DataFrame
    left: tuple[int, ...] = ()


def is_newcomer() -> pl.Expr:
    """Of pairs: whether the new office is another than the old one was, so that periods of before are none of its own."""
    return (pl.col("joined") > 1) | ((pl.col("parts") > 1) & (pl.col("old") != pl.col("new")))


def carried_cases(cases: pl.DataFrame, pairs: pl.DataFrame, since: int, periodic: Collection[str]) -> Carried:
    """cases: id, unit, requirement, period, due, rung, closed (whether it is), of the old codes. pairs: old, new, parts,
    joined. since: from when the change counts; periodic: requirements that are owed anew each period.

    What was open of a period that was over by then ends with a merger or a split: it was owed by offices that are no more.
    """
    mine = cases.join(pairs, left_on="unit", right_on="old").with_columns(old="unit")
    plain = (pl.col("parts") == 1) & (pl.col("joined") == 1)
    moved = mine.filter(plain)
    others = mine.filter(~plain & ~pl.col("closed"))
    over = (
        is_newcomer()
        & pl.col("requirement").is_in(sorted(periodic))
        & (pl.col("period") != "")
        & (pl.col("due") <= since)
    )
    going = others.filter(~over).sort(["rung", "due", "id"], descending=[True, False, False], maintain_order=True)
    first = going.unique(["new", *DUTY], keep="first", maintain_order=True)
    stay = first.filter(pl.col("old") == pl.col("new"))["id"]
    away = first.filter(pl.col("old") != pl.col("new"))
    recoded = away.filter(pl.col("parts") == 1)
    ended = others.filter(~pl.col("id").is_in(stay.implode()) & ~pl.col("id").is_in(recoded["id"].implode()))
    closed = ended.group_by("id").agg(
        closed_as=pl.when((pl.col("parts") > 1).any()).then(pl.lit("split")).otherwise(pl.lit("merged"))
    )
    return Carried(
        pl.concat([moved.select("id", "new"), recoded.select("id", "new")]).cast(_ROWS).sort("id"),
        away.filter(pl.col("parts") > 1).select("id", "new").cast(_ROWS).sort("id", "new"),
        closed.cast(_CLOSED).sort("id"),
    )


def carried_decisions(decisions: pl.DataFrame, pairs: pl.DataFrame) -> Carried:
    """decisions: id, unit, requirement, period, kind, until (of an extension). pairs as above.

    A merged office is free of a duty where all that it came from were, and has the earliest of their extensions where all
    of them had one or were free.
    """
    binding = decisions.filter(pl.col("kind").is_in(["waive", "extend"]))
    of_each = (
        binding.sort("id")
        .group_by("unit", *DUTY)
        .agg(
            waived=(pl.col("kind") == "waive").any(),
            until=pl.col("until").filter(pl.col("kind") == "extend").last(),
            waiver=pl.col("id").filter(pl.col("kind") == "waive").last(),
            extension=pl.col("id").filter(pl.col("kind") == "extend").last(),
        )
    )
    free = pl.col("waived").all()
    of_new = (
        of_each.join(pairs.filter(pl.col("joined") > 1), left_on="unit", right_on="old")
        .group_by("new", *DUTY)
        .agg(
            whole=pl.len() == pl.col("joined").first(),
            kept=(pl.col("unit") == pl.col("new")).any(),
            ids=pl.concat_list(pl.col("waiver", "extension")).explode().drop_nulls(),
            id=pl.when(free)
            .then(pl.col("waiver").max())
            .otherwise(
                pl.col("extension").filter(~pl.col("waived")).sort_by(pl.col("until").filter(~pl.col("waived"))).first()
            ),
        )
    )
    held = of_each.select("unit", *DUTY, own=pl.coalesce(pl.when("waived").then("waiver"), "extension"))
    of_new = of_new.join(held, left_on=["new", *DUTY], right_on=["unit", *DUTY], how="left")
    together = of_new.filter("whole").filter(pl.col("id").ne_missing(pl.col("own")))
    return _carried(decisions, binding, together, of_new.filter(~pl.col("whole")), pairs)


def carried_exits(exits: pl.DataFrame, pairs: pl.DataFrame) -> Carried:
    """exits: id, unit, phase, at. pairs as above. A merged office has left a phase where all that it came from had."""
    of_new = (
        exits.join(pairs.filter(pl.col("joined") > 1), left_on="unit", right_on="old")
        .sort("at", "id")
        .group_by("new", "phase")
        .agg(
            whole=pl.len() == pl.col("joined").first(),
            kept=(pl.col("unit") == pl.col("new")).any(),
            ids=pl.col("id"),
            id=pl.col("id").last(),
        )
    )
    return _carried(
        exits, exits, of_new.filter(pl.col("whole") & ~pl.col("kept")), of_new.filter(~pl.col("whole")), pairs
    )


def _carried(
    every: pl.DataFrame, binding: pl.DataFrame, together: pl.DataFrame, apart: pl.DataFrame, pairs: pl.DataFrame
) -> Carried:
    plain = (pl.col("parts") == 1) & (pl.col("joined") == 1)
    parts = (pl.col("parts") > 1) & (pl.col("joined") == 1) & (pl.col("old") != pl.col("new"))
    recoded = every.join(pairs.filter(plain), left_on="unit", right_on="old").select("id", "new")
    copies = binding.join(
        pairs.filter(parts),
        left_on="unit",
        right_on="old",
    ).select("id", "new")
    return Carried(
        recoded.cast(_ROWS).sort("id"),
        pl.concat([copies.cast(_ROWS), together.select("id", "new").cast(_ROWS)]).sort("id", "new"),
        pl.DataFrame(schema=_CLOSED),
        tuple(sorted(apart.explode("ids")["ids"].cast(pl.Int64).to_list())),
    )
