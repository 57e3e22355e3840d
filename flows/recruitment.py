"""两员选聘."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas import State

from flows._form import AsOf, Rehearse, UnitCode, spoken
from flows._run import run_phase

TITLE = spoken("两员选聘", "recruitment")


@flow(
    name=TITLE,
    description=spoken(
        "普查指导员、普查员是否配齐，有没有无人负责的小区。",
        "Instructors and enumerators: enough of them, and no district without one?",
    ),
    persist_result=False,
)
def recruitment(unit: UnitCode, as_of: AsOf = None, rehearse: Rehearse = False) -> State[None]:
    """Follow the recruiting of both kinds of staff (两员): is every district covered, not only the head count reached?"""
    return run_phase("recruitment", TITLE, unit, as_of, rehearse)
