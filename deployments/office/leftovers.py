"""What a server that was killed left behind: runs that seem to run, and starts that were missed."""

from __future__ import annotations

from datetime import UTC, datetime


def clear_leftovers() -> int:
    """Mark runs that died with the last server as crashed, and drop starts that were missed; says how many.

    Both would do harm: a dead run holds the one place of the watch for ever, and missed starts would all
    start at once. Nothing is lost, since the next pass catches up by interval. Call before anything runs.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterExpectedStartTime,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType
    from prefect.states import Crashed

    under_way = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    dead = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=under_way)))
    missed = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        expected_start_time=FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)),
    )
    cleared = 0
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_run_filter=dead, limit=200):
            client.set_flow_run_state(run.id, Crashed(message="the server stopped while this ran"), force=True)
            cleared += 1
        for run in client.read_flow_runs(flow_run_filter=missed, limit=200):
            client.delete_flow_run(run.id)
            cleared += 1
    return cleared
