"""区划绘图."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas import State

from flows._form import AsOf, Rehearse, UnitCode, spoken
from flows._run import run_phase

TITLE = spoken("区划绘图", "zoning")


@flow(
    name=TITLE,
    description=spoken(
        "普查区、普查小区是否划清，边界是否确认，小区图是否齐全。",
        "Areas and districts: drawn, agreed with every neighbour, each with its map?",
    ),
    persist_result=False,
)
def zoning(unit: UnitCode, as_of: AsOf = None, rehearse: Rehearse = False) -> State[None]:
    """Follow the drawing of areas and districts: which boundaries are not agreed, which districts have no map?"""
    return run_phase("zoning", TITLE, unit, as_of, rehearse)
