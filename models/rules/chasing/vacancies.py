"""Offices whose role a ladder needs and nobody holds, or whose every channel is dead (联系人空缺).

What the administrator hears of one by one as rungs fire, asked of all duties at once, before it matters. Moments are
microseconds.
"""

from __future__ import annotations

import polars as pl

from models.rules.chasing.recipients import at_offices
from models.rules.judging.tree import LONGEST_CHAIN

OFFICE = ["unit", "role"]


def needed(
    duties: pl.DataFrame,
    rungs: pl.DataFrame,
    targets: pl.DataFrame,
    superiors: pl.DataFrame,
    governments: pl.DataFrame,
    now: int,
) -> pl.DataFrame:
    """Every office and role that the ladders of these duties address.

    duties: unit, place (the requirement's, by which rungs and targets know its ladder), due (null: its first period has yet
    to begin), begins (when that is), chased (False for one that is met or waived). rungs: as `rung_table` gives them;
    targets: as `targets_of` does.

    Returns unit, role (superior.ROLE at an office that has no superior here), at, place and rung of the first rung that
    would tell it, null where all that would is met; duties: how many would. A rung that has passed tells at once.
    """
    aims = rungs.select("policy", "due", "no", rung="id", nominal="nominal").join(targets, on=["policy", "no"])
    first = (
        aims.with_columns(at=pl.max_horizontal("nominal", pl.lit(now)))
        .sort("at", "no")
        .unique(["policy", "due", "whose", "role"], keep="first", maintain_order=True)
        .select("due", "whose", "role", "at", "rung", place="policy")
    )
    later = targets.select("whose", "role", place="policy").unique()
    begun = duties.filter(pl.col("due").is_not_null()).join(first, on=["place", "due"])
    unbegun = duties.filter(pl.col("due").is_null()).join(later, on="place")
    asked = pl.concat(
        [
            begun.with_columns(at=pl.when("chased").then("at"), rung=pl.when("chased").then("rung")).select(_ASKED),
            unbegun.with_columns(at=pl.col("begins"), rung=pl.lit(None, pl.String)).select(_ASKED),
        ]
    )
    nobody_above = pl.col("to_unit").is_null()
    return (
        at_offices(asked, superiors, governments)
        .with_columns(
            asks=pl.col("unit"),
            unit=pl.coalesce("to_unit", "unit"),
            role=pl.when(nobody_above).then(pl.lit("superior.") + pl.col("role")).otherwise("role"),
        )
        .sort("at", nulls_last=True, maintain_order=True)
        .with_columns(
            duties=pl.struct("asks", "place", "due").filter(pl.col("at").is_not_null()).n_unique().over(OFFICE)
        )
        .unique(OFFICE, keep="first", maintain_order=True)
        .select(*OFFICE, "at", pl.when(pl.col("at").is_not_null()).then("place").alias("place"), "rung", "duties")
    )


_ASKED = ["unit", "place", "due", "whose", "role", "at", "rung"]


def vacancies(needs: pl.DataFrame, holders: pl.DataFrame, superiors: pl.DataFrame) -> pl.DataFrame:
    """Those of `needs` that nobody can be reached in, the first to matter first.

    holders: unit, role, dead (True for a person none of whose channels works). Returns the columns of `needs` with dead
    (True where somebody holds the role) and told: the superior whose holder hears instead, null for nobody.
    """
    held = holders.group_by(OFFICE).agg(dead=pl.col("dead").all())
    open_ = needs.join(held, on=OFFICE, how="left", maintain_order="left").filter(pl.col("dead").fill_null(True))
    found = open_.with_columns(dead=pl.col("dead").is_not_null())
    return (
        found.join(_told(found, held, superiors), on=OFFICE, how="left", maintain_order="left")
        .sort("at", *OFFICE, nulls_last=True)
        .select(*needs.columns, "dead", "told")
    )


def _told(found: pl.DataFrame, held: pl.DataFrame, superiors: pl.DataFrame) -> pl.DataFrame:
    """unit, role, told: the nearest superior in whose role somebody can be reached."""
    primary = superiors.unique("unit", keep="first", maintain_order=True).select(told="unit", above="superior")
    reached = held.filter(~pl.col("dead")).select("role", told="unit")
    seeking = found.select(*OFFICE, told="unit")
    answers = [seeking.clear()]
    for _ in range(LONGEST_CHAIN):
        seeking = seeking.join(primary, on="told").select(*OFFICE, told="above")
        answers.append(seeking.join(reached, on=["role", "told"], how="semi"))
        seeking = seeking.join(reached, on=["role", "told"], how="anti")
        if seeking.is_empty():
            break
    return pl.concat(answers)
