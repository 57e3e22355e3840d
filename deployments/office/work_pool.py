"""A Prefect work pool (工作池) that does an office's work on several machines: what is deployed to it. Imports Prefect.

Nothing is pulled to where a run is: every machine has the program, and finds a flow by its dotted entrypoint. What is
deployed here bears the tag OURS, and only what bears it is ever removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, GlobalConcurrencyLimitUpdate, WorkPoolCreate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    WorkPoolFilter,
    WorkPoolFilterName,
)
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions, StateType
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.workers.process import ProcessWorker

from deployments.office.automations import dead_runs, run_again, set_anew
from deployments.office.catalogue import NO_ROUTINE, OURS, ROUTINES, Routine, defaults_of, flow_names, load_flow
from deployments.office.server import HEARTBEAT_SECONDS, SILENT_RUN_SECONDS
from flows._form import LANG, spoken

_BY_PROVINCE = ("watch", "publish")
"""What each province can have of its own: an inbox, the ledger's notices and the audit are one for all."""
_NATION_TOO = timedelta(minutes=30)
"""How often passes and boards are for everybody where each province has its own; `pucha health` waits for 45 minutes."""
_ORIGIN = datetime(2020, 1, 1, tzinfo=UTC)
"""From where intervals are counted, so that deploying anew moves nothing."""
BOARDS = spoken("看板", "boards")
"""The queue behind that of reminders."""
_AT_ONCE = 200
_UNDER_WAY = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)


@dataclass(frozen=True)
class Deployed:
    """What a deploying did. kind: the pool's type; freed: places that nobody held."""

    kind: str
    made: tuple[str, ...]
    removed: tuple[str, ...]
    freed: int


@dataclass(frozen=True)
class Wanted:
    """A deployment to be. after: how far its interval is moved, so that not all begin at once."""

    flow: Any
    routine: Routine
    name: str
    tags: tuple[str, ...]
    parameters: dict[str, Any]
    every: timedelta | None
    after: timedelta = timedelta(0)


def deploy(pool: str, parameters: dict[str, Any], provinces: Sequence[tuple[str, str]], board: str) -> Deployed:
    """Deploy every flow to a pool, and remove what an earlier deploying left there that is wanted no more.

    parameters: what the run forms begin with; provinces: (code, name) of those that have deployments of their own;
    board: a sentence for the descriptions. Prefect's own faults where the server refuses.
    """
    with get_client(sync_client=True) as client:
        kind = _pool(client, pool)
        _boards_queue(client, pool)
        made = {
            _create(client, pool, one, board): f"{one.flow.name}/{one.name}" for one in wanted(parameters, provinces)
        }
        removed = []
        for found in _ours(client, pool):
            if found.id not in made:
                client.delete_deployment(found.id)
                removed.append(found.name)
        freed = sum(_free(client, found) for found in _ours(client, pool))
    silent_for = timedelta(seconds=SILENT_RUN_SECONDS)
    set_anew(dead_runs(silent_for), run_again(silent_for))
    return Deployed(kind, tuple(made.values()), tuple(removed), freed)


def _pool(client: SyncPrefectClient, name: str) -> str:
    """The type of the pool; one of processes is made where there is none."""
    try:
        return client.read_work_pool(name).type
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        made = WorkPoolCreate(name=name, type=ProcessWorker.type, base_job_template=template)
        return client.create_work_pool(made).type


def _boards_queue(client: SyncPrefectClient, pool: str) -> None:
    """The queue behind that of reminders: one run of it at a time, so that boards fill no machine."""
    try:
        client.create_work_queue(BOARDS, concurrency_limit=1, work_pool_name=pool)
    except ObjectAlreadyExists:
        return


def wanted(parameters: dict[str, Any], provinces: Sequence[tuple[str, str]]) -> Iterator[Wanted]:
    """Every deployment that is to be in a pool. See `deploy`."""
    for name in flow_names():
        flow, routine = load_flow(name), ROUTINES.get(name, NO_ROUTINE)
        apart = provinces if name in _BY_PROVINCE else ()
        begins = defaults_of(flow, routine, parameters) | ({"apart": True} if name == "watch" else {})
        every = _NATION_TOO if apart else routine.in_pool
        yield Wanted(flow, routine, name=flow.name, tags=(flow.name,), parameters=begins, every=every)
        own = _NATION_TOO if routine.behind else routine.in_pool
        for place, (code, title) in enumerate(apart, start=1):
            yield Wanted(
                flow,
                routine,
                name=f"{flow.name}·{title}",
                tags=(flow.name, title),
                parameters=begins | {"unit": code},
                every=own,
                after=(own or timedelta(0)) * place / (len(apart) + 1),
            )


def _create(client: SyncPrefectClient, pool: str, one: Wanted, board: str) -> Any:
    """Make a deployment, or bring the one of its name up to date; its id."""
    schedule = IntervalSchedule(interval=one.every, anchor_date=_ORIGIN + one.after) if one.every else None
    strategy = ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
    return client.create_deployment(
        flow_id=client.create_flow_from_name(one.flow.name),
        name=one.name,
        description=f"{one.flow.description}\n\n{board}",
        tags=[*one.tags, OURS],
        parameters=one.parameters,
        schedules=[DeploymentScheduleCreate(schedule=schedule, active=True)] if schedule else [],
        concurrency_limit=1 if one.routine.one_at_a_time else None,
        concurrency_options=strategy if one.routine.one_at_a_time else None,
        work_pool_name=pool,
        work_queue_name=BOARDS if one.routine.behind else "default",
        # dotted, and nothing pulled: a folder of whoever deployed is on no other machine
        entrypoint=f"{one.flow.fn.__module__}.{one.flow.fn.__name__}",
        pull_steps=[],
        parameter_openapi_schema=one.flow.parameters.model_dump(exclude_unset=True),
        enforce_parameter_schema=True,
        job_variables={"env": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS), "PUCHA_LANG": LANG}},
    )


def _ours(client: SyncPrefectClient, pool: str) -> list[DeploymentResponse]:
    """What was deployed to the pool from here."""
    tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=[OURS]))
    there = WorkPoolFilter(name=WorkPoolFilterName(any_=[pool]))
    found: list[DeploymentResponse] = []
    while True:
        some = client.read_deployments(
            deployment_filter=tagged, work_pool_filter=there, limit=_AT_ONCE, offset=len(found)
        )
        found += some
        if len(some) < _AT_ONCE:
            return found


def _free(client: SyncPrefectClient, deployment: DeploymentResponse) -> bool:
    """Give a deployment's place back where it is taken and no run is under way. Whether it was so."""
    limit = deployment.global_concurrency_limit
    if limit is None or not limit.active_slots:
        return False
    own = DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id]))
    under_way = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(_UNDER_WAY))))
    if client.read_flow_runs(flow_run_filter=under_way, deployment_filter=own, limit=1):
        return False
    client.update_global_concurrency_limit(limit.name, GlobalConcurrencyLimitUpdate(active_slots=0))
    return True
