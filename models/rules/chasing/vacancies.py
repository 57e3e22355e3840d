"""Offices whose role a ladder needs and nobody holds, or whose every channel is dead (联系人空缺).

What the administrator hears of one by one as rungs fire, asked of all duties at once, before it matters. Moments are
microseconds.
"""

from __future__ import annotations

import polars as pl

from models.rules.chasing.recipients import OWNER, Fits, at_offices
from models.rules.judging.tree import LONGEST_CHAIN
from models.units import ROLES

OFFICE = ["unit", "role"]


def asked_of(
    duties: pl.DataFrame,
    rungs: pl.DataFrame,
    targets: pl.DataFrame,
    superiors: pl.DataFrame,
    governments: pl.DataFrame,
    now: int,
) -> pl.DataFrame:
    """Every office and role that the ladders of these duties address, duty by duty.

    duties: unit, place (the requirement's, by which rungs and targets know its ladder), due (null: its first period has yet
    to begin), begins (when that is), chased (False for one that is met or waived). rungs: as `rung_table` gives them;
    targets: as `targets_of` does.

    Returns unit, role (superior.ROLE at an office that has no superior here), asks (whose duty it is), place, due, at and rung
    of the first rung that would tell it, null where the duty is met. A rung that has passed tells at once.
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
    return at_offices(asked, superiors, governments).select(
        "place",
        "due",
        "at",
        "rung",
        asks=pl.col("unit"),
        unit=pl.coalesce("to_unit", "unit"),
        role=pl.when(nobody_above).then(pl.lit("superior.") + pl.col("role")).otherwise("role"),
    )


def needed(asked: pl.DataFrame) -> pl.DataFrame:
    """Every office and role of `asked_of`, once: unit, role, at, place and rung of the first rung that would tell it, null
    where all that would is met; duties: how many would."""
    return (
        asked.sort("at", nulls_last=True, maintain_order=True)
        .with_columns(
            duties=pl.struct("asks", "place", "due").filter(pl.col("at").is_not_null()).n_unique().over(OFFICE)
        )
        .unique(OFFICE, keep="first", maintain_order=True)
        .select(*OFFICE, "at", pl.when(pl.col("at").is_not_null()).then("place").alias("place"), "rung", "duties")
    )


def unanswered(
    asked: pl.DataFrame, contacts: pl.DataFrame, requirements: list[str], fits: Fits
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What of `asked` is to be held against which of `contacts`, where some answer for a part alone.

    requirements: their keys, in the order of the plan. Of an office and role whose every holder answers for a part, only what
    none of them answers for stays, and it has no holder; where nothing of that kind is left, all of it stays.
    """
    limited = contacts.group_by(OFFICE).agg(parts=(pl.col("only_for") != "").all()).filter("parts").select(OFFICE)
    if limited.is_empty():
        return asked, contacts
    numbered = asked.with_row_index(_ROW)
    partly = numbered.join(limited, on=OFFICE, how="semi")
    keys = pl.Series(requirements, dtype=pl.String)
    hits = partly.select(_ROW, *OFFICE, of="asks", requirement=keys.gather(partly["place"]), period=pl.lit(""))
    hits = hits.join(contacts.select(*OFFICE, "only_for"), on=OFFICE).rename({"unit": "office", "of": "unit"})
    answered = fits(hits).select(_ROW).unique()
    left = partly.join(answered, on=_ROW, how="anti")
    vacant = left.select(OFFICE).unique()
    kept = numbered.join(answered.join(numbered, on=_ROW).join(vacant, on=OFFICE, how="semi"), on=_ROW, how="anti")
    return kept.drop(_ROW), contacts.join(vacant, on=OFFICE, how="anti", maintain_order="left")


_ROW = ":asked"
_ASKED = ["unit", "place", "due", "whose", "role", "at", "rung"]


def vacancies(needs: pl.DataFrame, holders: pl.DataFrame, superiors: pl.DataFrame) -> pl.DataFrame:
    """Those of `needs` that nobody can be reached in, the first to matter first.

    holders: unit, role, dead (True for a person none of whose channels works). Returns the columns of `needs` with dead
    (True where somebody holds the role), told and told_as: the office and role that hears instead, null for nobody.
    """
    held = holders.group_by(OFFICE).agg(dead=pl.col("dead").all())
    open_ = needs.join(held, on=OFFICE, how="left", maintain_order="left").filter(pl.col("dead").fill_null(True))
    found = open_.with_columns(dead=pl.col("dead").is_not_null())
    return (
        found.join(_told(found, held, superiors), on=OFFICE, how="left", maintain_order="left")
        .sort("at", *OFFICE, nulls_last=True)
        .select(*needs.columns, "dead", "told", "told_as")
    )


def _told(found: pl.DataFrame, held: pl.DataFrame, superiors: pl.DataFrame) -> pl.DataFrame:
    """unit, role, told, told_as: the office's own owner in place of a role that the plan declares or of whoever is on duty,
    else the nearest superior where somebody can be reached."""
    primary = superiors.unique("unit", keep="first", maintain_order=True).select(told="unit", above="superior")
    reached = held.filter(~pl.col("dead")).select("unit", "role")
    seeking = found.select(*OFFICE, told="unit")
    answers = [seeking.with_columns(told_as="role").clear()]
    for step in range(LONGEST_CHAIN):
        # in its own office nobody can be reached in the role itself
        for told_as in (_OTHERWISE,) if step == 0 else (pl.col("role"), _OTHERWISE):
            wanted = seeking.with_columns(told_as=told_as)
            answered = wanted.join(reached, left_on=["told", "told_as"], right_on=OFFICE, how="semi")
            answers.append(answered)
            seeking = seeking.join(answered, on=OFFICE, how="anti")
        seeking = seeking.join(primary, on="told").select(*OFFICE, told="above")
        if seeking.is_empty():
            break
    return pl.concat(answers)


_OTHERWISE = pl.when(~pl.col("role").is_in(ROLES) & ~pl.col("role").str.contains(".", literal=True)).then(pl.lit(OWNER))
"""Who stands in for a role that the plan declares, and for whoever is on duty; nobody for owner, leader and head."""
