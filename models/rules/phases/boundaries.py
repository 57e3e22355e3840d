"""Boundaries (接边): both sides of a boundary have to say that they agree on it, and the one that has not answered is late.

Each side keeps a row of its own, which names the other. Where one side has a row and the other never had one, the other
owes its own: it stands there as pending, and is the other's duty.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.plan.lists import Register
from models.rules.phases.given import Given
from models.rules.registers.frames import CODE, NIL, WITHDRAWN

BOUNDARIES = "boundaries"
REGISTERS = (BOUNDARIES,)
_NEIGHBOUR, _STATE, _PENDING = "neighbour", "state", "pending"


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


def _has_two_sides(register: Register) -> bool:
    """Whether a row is named by its own code and its neighbour's, and so has another side."""
    neighbour = register.columns.get(_NEIGHBOUR)
    return set(register.key) == {CODE, _NEIGHBOUR} and neighbour is not None and neighbour.type == "code"
