"""入户登记."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas import State

from flows._form import AsOf, Rehearse, UnitCode, spoken
from flows._run import run_phase

TITLE = spoken("入户登记", "registration")


@flow(
    name=TITLE,
    description=spoken(
        "逐户登记进展：谁没有开始，谁可能做不完，谁的数据要核实。",
        "Door to door: who has not started, who will not finish, whose figures should be checked.",
    ),
    persist_result=False,
)
def registration(unit: UnitCode, as_of: AsOf = None, rehearse: Rehearse = False) -> State[None]:
    """Follow the doors knocked on: who has not started, who will not finish, whose figures ask to be checked?"""
    return run_phase("registration", TITLE, unit, as_of, rehearse)
