"""方案内其他阶段: any phase of the plan that has no flow file of its own."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas import State

from flows._form import AsOf, PhaseName, Rehearse, UnitCode, spoken
from flows._run import run_phase


@flow(
    name=spoken("方案内其他阶段", "other phases of the plan"),
    description=spoken(
        "方案里写明、没有专门流程的阶段，如宣传、试点、户口整顿、编码、质量抽查。",
        "Phases that the plan names and that have no flow of their own, such as publicity or coding.",
    ),
    persist_result=False,
)
def plan_phase(phase: PhaseName, unit: UnitCode, as_of: AsOf = None, rehearse: Rehearse = False) -> State[None]:
    """Take the turn of a phase that derives nothing of its own."""
    return run_phase(phase, None, unit, as_of, rehearse)
