"""The roster (值班表): a hole between two shifts of an office is a shift that nobody has taken.

In a phase that is on duty round the clock (`hours: always`) such a hole stands there as a row from its beginning to its end
without a seat, which the office fills in. Before an office's first shift and after its last there is none: what has not been
rostered yet is not missing.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.plan.lists import ROSTER
from models.plan.roles import is_roster
from models.rules.phases.given import DOUBTS, ROW, Given
from models.rules.registers.frames import CODE, NIL, WITHDRAWN

REGISTERS = (ROSTER,)
_KIND = pl.Datetime("us", "UTC")


def expected_rows(given: Given) -> Mapping[str, pl.DataFrame]:
    """The holes that nobody has spoken of: code, starts, ends."""
    register, rows = given.plan.registers.get(ROSTER), given.rows.get(ROSTER)
    if register is None or rows is None or not is_roster(register):
        return {}
    found = [_holes(rows).clear()]
    for phase in given.plan.phases:
        if phase.hours == "always":
            begins, ends = (
                pl.lit(moment).dt.convert_time_zone("UTC").cast(_KIND) for moment in (phase.starts, phase.ends)
            )
            within = _holes(rows).with_columns(
                starts=pl.max_horizontal("starts", begins), ends=pl.min_horizontal("ends", ends)
            )
            found.append(within.filter(pl.col("starts") < pl.col("ends")))
    owed = pl.concat(found).unique().join(rows, on=[CODE, "starts"], how="anti")
    return {ROSTER: owed.sort(CODE, "starts")}


def doubts(given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
    """Shifts that begin before another one of the office is over, and those of a seat that no contact has: DOUBTS."""
    if not is_roster(given.plan.registers[register]):
        return pl.DataFrame(schema=DOUBTS)
    found = [_overlaps(given, register, told)]
    if given.contacts is not None:
        found.append(_of_nobody(told, given.contacts()))
    return pl.concat(found)


def _of_nobody(told: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Shifts that the office's owner would hear of, because nobody among its contacts has that seat."""
    seats = contacts.select(pl.col("unit").alias(CODE), pl.col("seat").cast(pl.Float64)).drop_nulls("seat").unique()
    taken = told.filter(pl.col("seat").is_not_null()).with_columns(
        pl.col(CODE).cast(pl.String), pl.col("seat").cast(pl.Float64)
    )
    lost = taken.join(seats, on=[CODE, "seat"], how="anti", maintain_order="left")
    number = pl.col("seat").cast(pl.Int64)
    return lost.select(
        ROW,
        zh=pl.format("本单位联系人中没有值班号 {}，轮到时改通知经办人；请核对，或在联系人表的“值班号”一栏补填", number),
        en=pl.format(
            "no contact of the office has seat {}, so that its owner hears instead; check it, or fill in the column seat of"
            " the contacts",
            number,
        ),
    )


def _overlaps(given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
    shifts = _shifts(given.rows[register])
    begins, ends = pl.col("starts"), pl.col("ends")
    into_one_before = begins < ends.cum_max().shift().over(CODE)
    into_the_next = begins.shift(-1).over(CODE) < ends
    overlapping = shifts.filter(into_one_before | into_the_next).select(CODE, "starts")
    return told.join(overlapping, on=[CODE, "starts"], how="semi", maintain_order="left").select(
        ROW,
        zh=pl.lit("与本单位另一班次时间重叠，请核对起止时间"),
        en=pl.lit("it overlaps another shift of the office; check from when to when it is"),
    )


def _shifts(rows: pl.DataFrame) -> pl.DataFrame:
    """Shifts that somebody has taken, in order of offices and beginnings."""
    taken = pl.col("seat").is_not_null() & (pl.col("ends") > pl.col("starts"))
    return rows.filter(~pl.col(NIL), ~pl.col(WITHDRAWN), taken).sort(CODE, "starts")


def _holes(rows: pl.DataFrame) -> pl.DataFrame:
    """From where to where nobody is on duty between two shifts of an office: code, starts, ends."""
    covered = pl.col("ends").cum_max().shift().over(CODE)
    return _shifts(rows).select(CODE, starts=covered, ends="starts").filter(pl.col("starts") < pl.col("ends"))
