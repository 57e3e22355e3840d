"""What is deployed: every public flow, with its schedule; the one place that both `pucha up` and `pucha deploy` follow.

A flow is found by its file: flows/zoning.py holds the flow `zoning`. A phase of the plan runs through the
flow of its name if there is one, else through the flow for plan-only phases.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import flows
from models.wording import Said

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment

PLAN_PHASE = "plan_phase"
OURS = "pucha"
"""The tag of everything that `pucha deploy` deploys."""


@dataclass(frozen=True)
class Routine:
    """A flow that serves the whole office rather than one phase. `every`: how often it runs by itself.

    name: that of the flow, to know its runs by without loading it; everyone: it is for all offices unless somebody
    names one. in_pool: how often it runs by itself where workers of a work pool share the work; behind: it waits there
    for whatever reminds somebody.
    """

    name: Said
    every: timedelta | None = None
    in_pool: timedelta | None = None
    one_at_a_time: bool = False
    everyone: bool = False
    behind: bool = False


_QUARTER, _HOUR = timedelta(minutes=15), timedelta(hours=1)
ROUTINES = {
    "intake": Routine(Said("收取报表", "take in reports"), _QUARTER, _QUARTER, one_at_a_time=True),
    "audit": Routine(Said("核查", "audit"), _HOUR, _HOUR, one_at_a_time=True, everyone=True),
    "watch": Routine(Said("巡查催办", "watch"), _QUARTER, _QUARTER, one_at_a_time=True, everyone=True),
    "deliver": Routine(
        Said("发送通知", "deliver notices"), in_pool=timedelta(minutes=5), one_at_a_time=True, everyone=True
    ),
    "publish": Routine(
        Said("发布看板", "publish boards"), in_pool=_QUARTER, one_at_a_time=True, everyone=True, behind=True
    ),
    PLAN_PHASE: Routine(Said("方案内其他阶段", "other phases of the plan")),
}

NO_ROUTINE = Routine(Said("", ""))


def flow_names() -> list[str]:
    """Every public flow, by its file's name."""
    return sorted(found.name for found in pkgutil.iter_modules(flows.__path__) if not found.name.startswith("_"))


def flow_of(phase: str) -> tuple[str, dict[str, Any]]:
    """The flow that runs a phase of the plan, and the parameters that choose the phase."""
    name = phase.replace("-", "_")
    if name in flow_names() and name not in ROUTINES:
        return name, {}
    return PLAN_PHASE, {"phase": phase}


def load_flow(name: str) -> Any:
    """The flow itself; imports Prefect."""
    return getattr(importlib.import_module(f"flows.{name}"), name)


def deployments(parameters: dict[str, Any], *, scheduled: bool, board: str) -> list[RunnerDeployment]:
    """A deployment a flow. parameters: defaults, given to those flows that know them. board: a sentence with a link."""
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
    from prefect.types.entrypoint import EntrypointType

    found = []
    for name in flow_names():
        flow, routine = load_flow(name), ROUTINES.get(name, NO_ROUTINE)
        limit = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
        found.append(
            flow.to_deployment(
                name=flow.name,
                description=f"{flow.description}\n\n{board}",
                tags=[flow.name],
                parameters=defaults_of(flow, routine, parameters),
                interval=routine.every if scheduled else None,
                concurrency_limit=limit if routine.one_at_a_time else None,
                # dotted: a path would load the file as a top-level module and hide our packages
                entrypoint_type=EntrypointType.MODULE_PATH,
            )
        )
    return found


def defaults_of(flow: Any, routine: Routine, parameters: dict[str, Any]) -> dict[str, Any]:
    """Those of `parameters` that a flow's form begins with: what it knows, and no office where it is for all."""
    known = set(flow.parameters.properties) - ({"unit"} if routine.everyone else set())
    return {key: value for key, value in parameters.items() if key in known}
