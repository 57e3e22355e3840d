"""Boundaries (接边): both sides of a boundary have to say that they agree on it, and the one that has not answered is late.

Each side keeps a row of its own, which names the other. Where one side has a row and the other never had one, the other
owes its own: it stands there as pending, and is the other's duty.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.plan.lists import Register
from models.rules.phases.given import DOUBTS, ROW, Given
from models.rules.registers.frames import CODE, NIL, WITHDRAWN

BOUNDARIES = "boundaries"
REGISTERS = (BOUNDARIES,)
_NEIGHBOUR, _STATE, _PENDING, _AGREED, _DISPUTED = "neighbour", "state", "pending", "agreed", "disputed"


def expected_rows(given: Given) -> Mapping[str, pl.DataFrame]:
    """The other side of every boundary that only one side has spoken of: code, neighbour, and state where it has one.

    Nothing is expected of a neighbour that is not loaded, nor of one of a level that keeps no such list.
    """
    register, rows = given.plan.registers.get(BOUNDARIES), given.rows.get(BOUNDARIES)
    if register is None or rows is None or not _has_two_sides(register):
        return {}
    keepers = given.units.filter(pl.col("level").is_in(register.kept_by)).select(pl.col("unit").alias(CODE))
    told = rows.filter(~pl.col(NIL), ~pl.col(WITHDRAWN), pl.col(CODE) != pl.col(_NEIGHBOUR))
    owed = told.select(pl.col(_NEIGHBOUR).alias(CODE), pl.col(CODE).alias(_NEIGHBOUR)).unique()
    owed = owed.join(rows, on=[CODE, _NEIGHBOUR], how="anti").join(keepers, on=CODE, how="semi")
    state = register.columns.get(_STATE)
    if state is not None and _PENDING in state.values:
        owed = owed.with_columns(pl.lit(_PENDING).alias(_STATE))
    return {BOUNDARIES: owed.sort(CODE, _NEIGHBOUR)}


def doubts(given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
    """Where one side says that a boundary is agreed on while the other says that it is disputed, and units that are their own
    neighbours: DOUBTS."""
    asked, rows = given.plan.registers[register], given.rows[register]
    state = asked.columns.get(_STATE)
    if not _has_two_sides(asked):
        return pl.DataFrame(schema=DOUBTS)
    itself = told.filter(pl.col(CODE) == pl.col(_NEIGHBOUR)).select(
        ROW,
        zh=pl.lit("本行的相邻单位就是本单位，请核对"),
        en=pl.lit("the row names the office itself as its neighbour; check it"),
    )
    if state is None or not {_AGREED, _DISPUTED} <= set(state.values):
        return itself
    disputed = rows.filter(~pl.col(NIL), ~pl.col(WITHDRAWN), pl.col(_STATE) == _DISPUTED)
    others = disputed.select(pl.col(CODE).alias(_NEIGHBOUR), pl.col(_NEIGHBOUR).alias(CODE))
    odd = told.filter(pl.col(_STATE) == _AGREED).join(others, on=[CODE, _NEIGHBOUR], how="semi")
    here, there = state.values[_AGREED], state.values[_DISPUTED]
    return pl.concat(
        [
            itself,
            odd.select(
                ROW,
                zh=pl.format(f"本行为“{here}”，而 {{}} 登记的是“{there}”，请与其核对", _NEIGHBOUR),
                en=pl.format(f"{_AGREED} here, while {{}} says {_DISPUTED}; check it with them", _NEIGHBOUR),
            ),
        ]
    )


def _has_two_sides(register: Register) -> bool:
    """Whether a row is named by its own code and its neighbour's, and so has another side."""
    neighbour = register.columns.get(_NEIGHBOUR)
    return set(register.key) == {CODE, _NEIGHBOUR} and neighbour is not None and neighbour.type == "code"
