"""Staff (两员): whoever works in one township is on no other list of the county, and comes for somebody who left on a day.

How long a post stood empty is told by two rows: that of who left, and that of who came. The day of the former is put beside
the latter, unless the office has filled it in.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.rules.phases.given import DOUBTS, ROW, Given
from models.rules.registers.frames import CODE, NIL, WITHDRAWN

STAFF = "staff"
REGISTERS = (STAFF,)
_STAFF, _DEPARTED, _REPLACES, _VACATED = "staff", "departed", "replaces", "vacated"
COLUMNS = {STAFF: (_STAFF, _DEPARTED, _REPLACES, _VACATED)}


def expected_rows(given: Given) -> Mapping[str, pl.DataFrame]:
    """Of everybody who came for somebody else the day on which that one left: code, staff, vacated."""
    register, rows = given.plan.registers.get(STAFF), given.rows.get(STAFF)
    if register is None or rows is None or set(register.key) != {CODE, _STAFF}:
        return {}
    if not {_DEPARTED, _REPLACES, _VACATED} <= set(register.columns):
        return {}
    living = rows.filter(~pl.col(NIL), ~pl.col(WITHDRAWN))
    came = living.filter(pl.col(_VACATED).is_null()).drop_nulls(_REPLACES).select(CODE, _STAFF, _REPLACES)
    left = living.drop_nulls(_DEPARTED).select(CODE, replaces=_STAFF, vacated=_DEPARTED)
    return {STAFF: came.join(left, on=[CODE, _REPLACES]).select(CODE, _STAFF, _VACATED).sort(CODE, _STAFF)}


def doubts(given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
    """Numbers that stand on the list of another office of the same county too, departed in neither: DOUBTS."""
    asked = given.plan.registers[register]
    if not {CODE, _STAFF} <= set(asked.key) or _DEPARTED not in asked.columns:
        return pl.DataFrame(schema=DOUBTS)
    county = given.units.select(pl.col("unit").alias(CODE), county="superior")
    serving = given.rows[register].filter(~pl.col(NIL), ~pl.col(WITHDRAWN), pl.col(_DEPARTED).is_null())
    others = serving.select(CODE, _STAFF).join(county, on=CODE).select("county", _STAFF, other=CODE)
    here = told.select(ROW, CODE, _STAFF).join(serving.select(CODE, _STAFF), on=[CODE, _STAFF], how="semi")
    twice = here.join(county, on=CODE).join(others, on=["county", _STAFF]).filter(pl.col("other") != pl.col(CODE))
    return (
        twice.group_by(ROW, _STAFF, maintain_order=True)
        .agg(pl.col("other").min())
        .select(
            ROW,
            zh=pl.format("编号 {} 在 {} 的名单上也有；是同一人的请只留一处，各自编号的不必改", _STAFF, "other"),
            en=pl.format(
                "number {} stands on the list of {} too; keep one if it is the same person, leave it if each office numbers"
                " its own",
                _STAFF,
                "other",
            ),
        )
    )
