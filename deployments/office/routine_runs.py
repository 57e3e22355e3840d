"""Routines that were cancelled instead of run (例行运行): as Prefect's API tells it, asked over HTTP and without Prefect.

Where a place is held by a run that is dead, Prefect cancels every later one without a word, and nobody is chased. Each
deployment has a place of its own: those of one province may be cancelled while all others run.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Any

import httpx

from deployments.office.catalogue import ROUTINES
from deployments.office.shared_server import SharedServer
from models.rules.oversight.health import HealthCheck
from models.wording import COMMA, Said

_ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
_LOOKED_AT = 200
"""Runs of one routine, the newest: of 31 provinces, those of an hour and a half."""
_IN_A_ROW = 2
"""Cancelled once, a routine may have met a longer run or somebody who cancelled it; twice, its place is not given up."""


def check_routine_runs(server: SharedServer) -> HealthCheck:
    """Whether the newest ended runs of each deployed routine were run, or cancelled."""
    try:
        cancelled = _cancelled(server)
    except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError):
        unknown = Said("例行流程的运行记录读取不到", "the runs of the routines cannot be read")
        return HealthCheck("runs", "warning", unknown)
    if not cancelled:
        return HealthCheck("runs", "ok", Said("例行流程均正常运行", "the routines are run, and none is cancelled"))
    stuck = [name for name, times in cancelled.items() if times >= _IN_A_ROW]
    if stuck:
        zh, en = _listed(stuck)
        again = Said(
            f"{zh}接连被取消，没有执行：前面中断的运行占着位置，不会自行空出。用 pucha up 的请重新启动；用工作池的请再执行一次"
            " pucha deploy，空占的位置随即空出",
            f"{en}: cancelled again and again instead of run, since a run that died holds the place. Start pucha up"
            " again; with a work pool run pucha deploy again, which frees places that nobody holds",
        )
        return HealthCheck("runs", "failing", again)
    zh, en = _listed(list(cancelled))
    once = Said(
        f"最近一次{zh}未执行即被取消：前一次仍占着位置，或有人取消。正常时两分钟内自行恢复",
        f"the last run of {en} was cancelled instead of run: an earlier one holds its place, or somebody cancelled it."
        " This heals by itself within two minutes",
    )
    return HealthCheck("runs", "warning", once)


def _listed(names: list[Said]) -> tuple[str, str]:
    distinct = dict.fromkeys(names)
    return (
        COMMA.in_language("zh").join(name.zh for name in distinct),
        COMMA.in_language("en").join(name.en for name in distinct),
    )


def _cancelled(server: SharedServer) -> dict[Said, int]:
    """The routines, of those that run one at a time, with how many of their newest ended runs in a row were cancelled:
    of the worst of their deployments."""
    found: dict[Said, int] = {}
    with server.asking() as client:
        for routine in ROUTINES.values():
            if not routine.one_at_a_time:
                continue
            wanted = {
                "flows": {"name": {"any_": list(routine.name)}},
                "flow_runs": {"state": {"type": {"any_": _ENDED}}},
                "sort": "END_TIME_DESC",
                "limit": _LOOKED_AT,
            }
            newest = client.post("flow_runs/filter", json=wanted).raise_for_status().json()
            times = max(map(_cancelled_in_a_row, _by_deployment(newest)), default=0)
            if times:
                found[routine.name] = times
    return found


def _by_deployment(runs: list[Any]) -> list[list[str]]:
    """The types of the runs' states, in the order given, apart for each deployment."""
    apart: dict[Any, list[str]] = {}
    for run in runs:
        apart.setdefault(run["deployment_id"], []).append(run["state_type"])
    return list(apart.values())


def _cancelled_in_a_row(states: list[str]) -> int:
    return len(list(takewhile(lambda state: state == "CANCELLED", states)))
