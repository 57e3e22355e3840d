"""Findings (核查发现): the words that should have been said held against the ledger; too few, too many, too late.

Moments are microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from models.rules.oversight.auditing import DUTY, EVER
from models.wording import Said

Kind = Literal["missing", "extra", "late"]

_WHY = {
    "missing": Said("到时应发，台账中没有", "should have been owed and was not"),
    "late": Said("台账所记时间晚于应发时间", "owed later than it should have been"),
    "unsent": Said("应已发出而仍未发出", "should have gone out and has not"),
    "unsigned": Said("文稿未经签发即已印发", "a paper went out that nobody had signed"),
    "hurried": Said("文稿未到催签时间即催签", "a signer was reminded before the time"),
    "lies": Said("文稿待签超期，未提醒签发人", "a paper lies unsigned and its signer was not reminded"),
    "unissued": Said("文稿已签发而未印发", "a paper was signed and has not gone out"),
    "not owed": Said("当时并无此项逾期或临近事项", "nothing was owed about this duty at that time"),
    "too early": Said("早于该级时间", "before its moment"),
    "overtook": Said("上级先于本单位得知", "a superior heard before the office itself, or too soon after it"),
    "stranger": Said("收件单位不在其上级之列", "the recipient's office is not above this one"),
    "off the ladder": Said("催办阶梯上没有这一级", "no such rung on the ladder"),
}


@dataclass(frozen=True)
class Finding:
    """One word too few, too many or too late. at: when it should have been owed, or was."""

    kind: Kind
    unit: str
    requirement: str
    period: str
    rung: str
    at: int
    why: str

    @property
    def said(self) -> Said:
        return _WHY[self.why]


def missing_and_late(words: pl.DataFrame, reachable: pl.DataFrame, since: int, until: int, grace: int) -> list[Finding]:
    """Words that were never owed, or later than `grace` after they should have been; each in the window in which
    its grace is over.

    reachable: DUTY, rung: those that somebody holds a role for. A rung is not asked for where the duty was
    met, or the next of the office's own rungs fell, within the grace after it; nor above an office that waits
    for those below it.
    """
    following = words.select("spell", no=pl.col("no") - 1, next_nominal="nominal", next_own="own_run")
    overtaken = pl.when(pl.col("next_own").fill_null(False)).then("next_nominal")
    latest = pl.col("asked") + grace
    # a word that an office's silence put off is not said to it any more once somebody above has heard the next one
    told_above = pl.when("above").then("owed").fill_null(EVER).cum_min(reverse=True).over("spell")
    words = words.sort("spell", "no").with_columns(told_above=pl.when(~pl.col("above")).then(told_above))
    asked = words.join(following, on=["spell", "no"], how="left").filter(
        (latest > since)
        & (latest <= pl.min_horizontal(pl.col("end").fill_null(EVER), overtaken, "told_above", pl.lit(until)))
        & ~(pl.col("hushed") & (pl.col("above") | (pl.col("nominal") > pl.col("due"))))
    )
    asked = asked.join(reachable, on=[*DUTY, "rung"], how="semi")
    late = asked.filter(pl.col("owed") > latest)
    never = asked.filter(pl.col("owed").is_null())
    return [*_found("missing", never, "should", "missing"), *_found("late", late, "should", "late")]


def extra(
    lines: pl.DataFrame, words: pl.DataFrame, spells: pl.DataFrame, above: pl.DataFrame, grace: int
) -> list[Finding]:
    """Lines owed in the window without ground.

    lines: LEDGER, those of the window; words: `words_due`; above: unit, office: every office that may hear of a unit.
    """
    held = lines.with_row_index("line").join(spells.select(*DUTY, "spell", "begins", "end"), on=DUTY, how="left")
    inside = (pl.col("owed") >= pl.col("begins") - grace) & (pl.col("owed") <= pl.col("end").fill_null(EVER) + grace)
    grounded = (
        held.filter(inside.fill_null(False)).sort("line", "begins").unique("line", keep="last", maintain_order=True)
    )
    unfounded = lines.with_row_index("line").join(grounded, on="line", how="anti")
    found = _found("extra", unfounded, "owed", "not owed")
    rungs = words.select("spell", "rung", "nominal", "should", "above", "below_owed")
    checked = grounded.join(rungs, on=["spell", "rung"], how="left")
    off = checked.filter(pl.col("nominal").is_null())
    on = checked.filter(pl.col("nominal").is_not_null())
    early = on.filter(pl.col("owed") < pl.col("nominal"))
    overtook = on.filter(
        pl.col("above")
        & pl.col("below_owed").is_not_null()
        & (pl.col("owed") >= pl.col("nominal"))
        & (pl.col("should").is_null() | (pl.col("owed") < pl.col("should")))
    )
    strangers = on.filter(pl.col("role") != "admin").join(
        above, left_on=["unit", "to_unit"], right_on=["unit", "office"], how="anti"
    )
    return [
        *found,
        *_found("extra", off, "owed", "off the ladder"),
        *_found("extra", early, "owed", "too early"),
        *_found("extra", overtook, "owed", "overtook"),
        *_found("extra", strangers, "owed", "stranger"),
    ]


def _found(kind: Kind, rows: pl.DataFrame, moment: str, why: str) -> list[Finding]:
    chosen = rows.select(*DUTY, "rung", at=moment).unique(maintain_order=True)
    return [
        Finding(kind=kind, unit=unit, requirement=requirement, period=period, rung=rung, at=at, why=why)
        for unit, requirement, period, rung, at in chosen.iter_rows()
    ]
