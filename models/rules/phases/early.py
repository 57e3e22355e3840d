"""Early registration (提前登记): a township that registers before the standard time stands on the list of its province.

登记工作细则: the smallest unit is a township; the province asks, the national office approves. A township whose districts have
registered households before the standard time, and that nobody has put there, stands there as a row without an approval, which
the province owes.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.plan.lists import DISTRICTS
from models.rules.phases.given import Given
from models.rules.registers.frames import CODE, NIL, WITHDRAWN
from models.units import DIGITS

EARLY = "early"
REGISTERS = (EARLY, DISTRICTS)
_REGISTERED, _FROM = "households_registered", "listing"
COLUMNS = {DISTRICTS: (_REGISTERED,)}


def expected_rows(given: Given) -> Mapping[str, pl.DataFrame]:
    """Townships that have begun and are on no list: code. Nobody begins before the phase in which dwellings are listed does."""
    register, phase = given.plan.registers.get(EARLY), given.plan.phase(_FROM)
    if register is None or phase is None or register.key != (CODE,):
        return {}
    if not phase.starts <= given.now < given.plan.standard_time:
        return {}
    districts = given.rows[DISTRICTS]
    if _REGISTERED not in districts.columns:
        return {}
    begun = districts.filter(~pl.col(WITHDRAWN), pl.col(_REGISTERED) > 0)
    townships = begun.select(pl.col(CODE).str.head(DIGITS["township"])).unique()
    listed = given.rows[EARLY].filter(~pl.col(NIL), ~pl.col(WITHDRAWN))
    townships = townships.join(given.units.select(pl.col("unit").alias(CODE)), on=CODE, how="semi")
    return {EARLY: townships.join(listed, on=CODE, how="anti").sort(CODE)}
