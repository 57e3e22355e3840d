"""两员培训."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas import State

from flows._form import AsOf, Rehearse, UnitCode, spoken
from flows._run import run_phase

TITLE = spoken("两员培训", "training")


@flow(
    name=TITLE,
    description=spoken("两员是否都已培训、考核合格、持证上岗。", "Staff trained, examined and certified?"),
    persist_result=False,
)
def training(unit: UnitCode, as_of: AsOf = None, rehearse: Rehearse = False) -> State[None]:
    """Follow the training: who is trained, examined and certified, counted in persons and never in attendances?"""
    return run_phase("training", TITLE, unit, as_of, rehearse)
