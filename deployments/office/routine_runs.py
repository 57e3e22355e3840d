"""Routines that were cancelled instead of run (例行运行): as Prefect's API tells it, asked over HTTP and without Prefect.

Where a place is held by a run that is dead, Prefect cancels every later one without a word, and nobody is chased.
"""

from __future__ import annotations

import uuid

import httpx

from deployments.office.catalogue import ROUTINES
from models.rules.oversight.health import HealthCheck
from models.wording import COMMA, Said

_ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
_SECONDS = 10.0


def check_routine_runs(api: str, authorization: str) -> HealthCheck:
    """Whether the newest ended run of each routine was run, or cancelled. authorization: "" where the server wants none."""
    try:
        names = _cancelled(api, {"Authorization": authorization} if authorization else {})
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        unknown = Said("例行流程的运行记录读取不到", "the runs of the routines cannot be read")
        return HealthCheck("runs", "warning", unknown)
    if not names:
        return HealthCheck("runs", "ok", Said("例行流程均正常运行", "the routines are run, and none is cancelled"))
    zh, en = (COMMA.in_language(lang).join(name.in_language(lang) for name in names) for lang in ("zh", "en"))
    cancelled = Said(
        f"最近一次{zh}未执行即被取消：前一次仍占着位置，或有人取消。正常时两分钟内自行恢复",
        f"the last run of {en} was cancelled instead of run: an earlier one holds its place, or somebody cancelled it."
        " This heals by itself within two minutes",
    )
    return HealthCheck("runs", "failing", cancelled)


def _cancelled(api: str, headers: dict[str, str]) -> list[Said]:
    """The routines, of those that run one at a time, whose newest ended run was cancelled."""
    with httpx.Client(headers=headers, timeout=_SECONDS, trust_env=False) as client:
        own = str(uuid.uuid4())
        token = client.get(f"{api}/csrf-token", params={"client": own})
        if token.status_code == 200:
            client.headers.update({"Prefect-Csrf-Client": own, "Prefect-Csrf-Token": token.json()["token"]})
        found = []
        for routine in ROUTINES.values():
            if not routine.one_at_a_time:
                continue
            wanted = {
                "flows": {"name": {"any_": list(routine.name)}},
                "flow_runs": {"state": {"type": {"any_": _ENDED}}},
                "sort": "END_TIME_DESC",
                "limit": 1,
            }
            newest = client.post(f"{api}/flow_runs/filter", json=wanted).raise_for_status().json()
            if newest and newest[0]["state_type"] == "CANCELLED":
                found.append(routine.name)
    return found
