"""The processes that `pucha up` and `pucha run` start: the server, the runner of the flows, one run of a flow.

Each imports Prefect for itself, so that the commands need not. Each ends when the pipe at its input closes,
which happens when the process that started it is gone, however it went.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tasks.campaign.private_files import PRIVATE

LAST_SECONDS = 20.0
POLL_SECONDS = 3.0
"""How long a run that somebody asked for may wait before it is noticed."""


def main(arguments: list[str]) -> None:
    """server PORT INSTANCE | flows READY-FILE WANTED | run FLOW PARAMETERS RESULT-FILE."""
    role, *rest = arguments
    os.umask(PRIVATE)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _serve(role, rest)
    finally:
        if _ORPHANED.is_set():
            _end_all()


def _serve(role: str, rest: list[str]) -> None:
    if role == "server":
        from deployments.office.screen import serve_screen

        serve_screen(int(rest[0]), rest[1])
    elif role == "flows":
        serve_flows(Path(rest[0]), json.loads(rest[1]))
    elif role == "run":
        run_flow(rest[0], json.loads(rest[1]), Path(rest[2]))
    else:
        raise SystemExit(f"no such process: {role}")


_ORPHANED = threading.Event()


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    _ORPHANED.set()
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(LAST_SECONDS)
    _end_all()


def _end_all() -> None:
    """End this process with everything that it started: a run without its server would go on asking for it."""
    if os.name == "posix" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def serve_flows(ready: Path, asked: dict[str, Any]) -> None:
    """Deploy every flow and run what is due, until SIGTERM. Writes `ready` when all of them are deployed.

    asked: parameters (defaults of the run forms), scheduled (whether the routines run by themselves), first
    (runs to start: flow, parameters, after how many seconds), before (runs to be over before `ready` is written: flow,
    parameters), board (a sentence with a link, for the descriptions).
    """
    import asyncio

    from prefect.client.orchestration import get_client
    from prefect.client.schemas import State
    from prefect.runner import Runner
    from prefect.states import Scheduled

    from deployments.office.catalogue import deployments, load_flow
    from deployments.office.leftovers import clear_leftovers

    runner = Runner(name="pucha", pause_on_shutdown=False, limit=2, query_seconds=POLL_SECONDS)
    clear_leftovers()
    found = deployments(asked["parameters"], scheduled=asked["scheduled"], board=asked["board"])
    ids = {deployment.name: asyncio.run(runner.aadd_deployment(deployment)) for deployment in found}
    with get_client(sync_client=True) as client:
        for name, parameters, delay in asked["first"]:
            due: State[Any] = Scheduled(scheduled_time=datetime.now(UTC) + timedelta(seconds=delay))
            client.create_flow_run_from_deployment(ids[load_flow(name).name], parameters=parameters, state=due)
    for name, parameters in asked["before"]:
        load_flow(name)(**parameters, return_state=True)
    _watch_over()
    ready.write_text(str(len(found)), encoding="utf-8")
    asyncio.run(runner.start())


def _watch_over() -> None:
    """Make the automations by which Prefect itself notices dead runs, and that no pass, or no audit, ended in time."""
    from deployments.office.automations import dead_runs, set_anew, set_automations
    from deployments.office.server import SILENT_RUN_SECONDS
    from deployments.office.supervision import alarm_to_call
    from tasks.campaign.settings import Settings

    set_anew(dead_runs(timedelta(seconds=SILENT_RUN_SECONDS)))
    called = alarm_to_call()
    if called is None:
        return

    settings = Settings()
    watch, audit = (timedelta(minutes=one) for one in (settings.health_watch_minutes, settings.health_audit_minutes))
    set_automations(*called, watch, audit)


def run_flow(name: str, parameters: dict[str, Any], result: Path) -> None:
    """Run one flow here and now, and write how it ended to `result`: run, name, state, type, message."""
    from prefect.client.orchestration import get_client

    from deployments.office.catalogue import load_flow

    state = load_flow(name)(**parameters, return_state=True)
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(state.state_details.flow_run_id)
    ended = {
        "id": str(run.id),
        "name": run.name,
        "state": state.name,
        "type": state.type.value,
        "message": state.message,
    }
    result.write_text(json.dumps(ended, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
