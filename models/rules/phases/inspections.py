"""Inspections (督导检查): where one is to go to every office of a level, who has not been visited yet is known by name.

A row that says so (`covers`) names the inspection; whoever of that level answers to the inspecting office, directly or through
others, is owed a visit. It is made by filling in the row that stands there for it, or by any row of the inspecting office about
the same office. What was found is a finding of an inspection, which the same office has registered.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.rules.phases.given import DOUBTS, ROW, Given
from models.rules.registers.frames import CODE, NIL, WITHDRAWN
from models.units import LEVELS

INSPECTIONS, FINDINGS = "inspections", "findings"
REGISTERS = (INSPECTIONS, FINDINGS)
_NAME, _VISITED, _COVERS, _DUE = "inspection", "visited", "covers", "due"
COLUMNS = {INSPECTIONS: (_NAME, _VISITED, _COVERS, _DUE), FINDINGS: ()}


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


def doubts(given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
    """Findings of an inspection that the office which found them has not registered: DOUBTS."""
    inspections = given.plan.registers.get(INSPECTIONS)
    named = given.plan.registers[register].key
    if register != FINDINGS or inspections is None or not {CODE, _NAME} <= {*inspections.key} & {*named}:
        return pl.DataFrame(schema=DOUBTS)
    living = given.rows[INSPECTIONS].filter(~pl.col(NIL), ~pl.col(WITHDRAWN))
    return told.join(living, on=[CODE, _NAME], how="anti", maintain_order="left").select(
        ROW,
        zh=pl.format("{} 没有登记督导“{}”，请核对“督导编号”，或先登记该次督导", CODE, _NAME),
        en=pl.format("{} has registered no inspection “{}”; check it, or register that inspection", CODE, _NAME),
    )


def _answering(units: pl.DataFrame) -> pl.DataFrame:
    """Every office with each that answers to it, directly or through others: code, level, visited."""
    step = units.select("level", pl.col("superior").alias(CODE), visited="unit").drop_nulls(CODE)
    higher, found = units.select(pl.col("unit").alias(CODE), "superior").drop_nulls(), []
    for _ in LEVELS:
        found.append(step)
        step = step.join(higher, on=CODE).select("level", pl.col("superior").alias(CODE), _VISITED)
    return pl.concat(found)
