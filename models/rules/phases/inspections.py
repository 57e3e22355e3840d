"""Inspections (督导检查): where one is to go to every office of a level, who has not been visited yet is known by name.

A row that says so (`covers`) names the inspection; whoever of that level answers to the inspecting office, directly or through
others, is owed a visit. It is made by filling in the row that stands there for it, or by any row of the inspecting office about
the same office.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.rules.phases.given import Given
from models.rules.registers.frames import CODE, NIL, WITHDRAWN
from models.units import LEVELS

INSPECTIONS = "inspections"
REGISTERS = (INSPECTIONS,)
_NAME, _VISITED, _COVERS, _DUE = "inspection", "visited", "covers", "due"


def expected_rows(given: Given) -> Mapping[str, pl.DataFrame]:
    """The visits that an inspection of every office of a level still lacks: code, inspection, visited, due."""
    register, rows = given.plan.registers.get(INSPECTIONS), given.rows.get(INSPECTIONS)
    if register is None or rows is None:
        return {}
    covers = register.columns.get(_COVERS)
    if set(register.key) != {CODE, _NAME} or covers is None or not {_VISITED, _DUE} <= set(register.columns):
        return {}
    living = rows.filter(~pl.col(NIL), ~pl.col(WITHDRAWN))
    rounds = living.drop_nulls(_COVERS).select(CODE, _NAME, level=_COVERS, due=_DUE)
    if rounds.is_empty():
        return {}
    owed = rounds.join(_answering(given.units), on=[CODE, "level"]).join(living, on=[CODE, _VISITED], how="anti")
    visit = pl.concat_str(pl.col(_NAME), pl.lit("-"), pl.col(_VISITED)).alias(_NAME)
    owed = owed.unique([CODE, _VISITED], keep="first", maintain_order=True).select(CODE, visit, _VISITED, _DUE)
    return {INSPECTIONS: owed.sort(CODE, _NAME)}


def _answering(units: pl.DataFrame) -> pl.DataFrame:
    """Every office with each that answers to it, directly or through others: code, level, visited."""
    step = units.select("level", pl.col("superior").alias(CODE), visited="unit").drop_nulls(CODE)
    higher, found = units.select(pl.col("unit").alias(CODE), "superior").drop_nulls(), []
    for _ in LEVELS:
        found.append(step)
        step = step.join(higher, on=CODE).select("level", pl.col("superior").alias(CODE), _VISITED)
    return pl.concat(found)
