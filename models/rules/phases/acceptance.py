"""Acceptance (质量验收): one district of every township is drawn for each stage, and another one after a round that failed.

The lot can be drawn again by anybody: of the township's districts that one is checked whose text
`census/stage/round/township/district` has the least SHA-256 digest, written in hexadecimal. Virtual districts (numbers from
900) have no map and are not drawn. Nothing is drawn before a stage is to be checked, so that nobody knows beforehand where.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from hashlib import sha256

import polars as pl

from models.plan.lists import DISTRICTS, Register
from models.plan.row_expressions import Clock
from models.rules.phases.given import Given
from models.rules.registers.computed import with_computed
from models.rules.registers.frames import CODE, NIL, WITHDRAWN
from models.units import DIGITS, FIRST_VIRTUAL

ACCEPTANCE = "acceptance"
REGISTERS = (ACCEPTANCE, DISTRICTS)
_STAGE, _ROUND, _DRAWN, _VERDICT, _REWORK = "stage", "round", "drawn", "verdict", "rework"
CHECKED_FROM: Mapping[str, tuple[str, timedelta]] = {
    "listing": ("listing", timedelta(days=3)),
    "short-form": ("registration", timedelta(0)),
}
"""From when a stage is checked: so long before the end of a phase. 湘潭岳塘, 温州瓯江口 2020: 摸底 10-29 to 10-31; 德阳 2020: 短表 11-16 to 11-20."""
_TOWNSHIP = "township"


def expected_rows(given: Given) -> Mapping[str, pl.DataFrame]:
    """The districts that are to be checked and were not drawn yet: stage, code, round, drawn."""
    register = given.plan.registers.get(ACCEPTANCE)
    if register is None or not _is_drawn(register):
        return {}
    stages = [stage for stage in register.columns[_STAGE].values if _is_open(stage, given)]
    if not stages:
        return {}
    wanted = _wanted(stages, given.rows[ACCEPTANCE], register, given)
    # read only where somebody is still to be drawn
    drawn = [] if wanted.is_empty() else list(_draw(wanted, given))
    schema = {_STAGE: pl.String, CODE: pl.String, _ROUND: pl.Float64, _DRAWN: pl.Boolean}
    return {ACCEPTANCE: pl.DataFrame(drawn, schema=schema, orient="row").sort(_STAGE, CODE)}


def draw(census: str, stage: str, number: int, districts: Iterable[str]) -> str:
    """Which of a township's districts is checked in a round."""
    return min(districts, key=lambda code: _lot(f"{census}/{stage}/{number}/{code[: DIGITS['township']]}/{code}"))


def _lot(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _is_drawn(register: Register) -> bool:
    """Whether the register is that of the base plan: a stage, a district and a round name a row, and the lot marks it."""
    drawn = register.columns.get(_DRAWN)
    return set(register.key) == {_STAGE, CODE, _ROUND} and drawn is not None and drawn.given


def _is_open(stage: str, given: Given) -> bool:
    phase_id, before = CHECKED_FROM.get(stage, ("", timedelta(0)))
    phase = given.plan.phase(phase_id)
    return phase is not None and given.now >= phase.ends - before


def _wanted(stages: list[str], rows: pl.DataFrame, register: Register, given: Given) -> pl.DataFrame:
    """The townships of which a district is still to be drawn: township, stage, round."""
    townships = given.units.filter(pl.col("level") == "township").select(pl.col("unit").alias(_TOWNSHIP))
    clock = Clock(given.now.astimezone(given.plan.zone), given.plan.standard_time, given.affiliation)
    checked = with_computed(rows.filter(~pl.col(NIL) & pl.col(_DRAWN).fill_null(False)), register, clock)
    last = (
        checked.with_columns(pl.col(CODE).str.head(DIGITS["township"]).alias(_TOWNSHIP))
        .sort(_ROUND)
        .unique([_TOWNSHIP, _STAGE], keep="last", maintain_order=True)
        .select(_TOWNSHIP, _STAGE, _ROUND, _VERDICT)
    )
    asked = townships.join(pl.DataFrame({_STAGE: stages}), how="cross").join(last, on=[_TOWNSHIP, _STAGE], how="left")
    asked = asked.filter(pl.col(_ROUND).is_null() | (pl.col(_VERDICT) == _REWORK))
    return asked.select(_TOWNSHIP, _STAGE, (pl.col(_ROUND).fill_null(0) + 1).cast(pl.Int64).alias(_ROUND))


def _draw(wanted: pl.DataFrame, given: Given) -> Iterator[tuple[str, str, int, bool]]:
    number = pl.col(CODE).str.slice(DIGITS["village"]).cast(pl.Int64, strict=False)
    districts = given.rows[DISTRICTS].filter(~pl.col(WITHDRAWN), number < FIRST_VIRTUAL).select(CODE)
    districts = districts.with_columns(pl.col(CODE).str.head(DIGITS["township"]).alias(_TOWNSHIP))
    there = districts.join(wanted, on=_TOWNSHIP, how="semi").group_by(_TOWNSHIP).agg(CODE)
    for _, stage, round_, codes in wanted.join(there, on=_TOWNSHIP, how="inner").iter_rows():
        yield stage, draw(given.plan.census, stage, round_, codes), round_, True
