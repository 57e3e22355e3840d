"""普查准备."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas import State

from flows._form import AsOf, Rehearse, UnitCode, spoken
from flows._run import run_phase

TITLE = spoken("普查准备", "preparation")


@flow(
    name=TITLE,
    description=spoken(
        "机构、机制、经费、物资、办公场所、会议是否落实，谁还差什么。",
        "Offices, papers, money, goods, rooms and meetings: what each office still lacks.",
    ),
    persist_result=False,
)
def preparation(unit: UnitCode, as_of: AsOf = None, rehearse: Rehearse = False) -> State[None]:
    """Follow the preparations: are office, mechanism, money, goods, rooms and meetings in place, and who still lacks what?"""
    return run_phase("preparation", TITLE, unit, as_of, rehearse)
