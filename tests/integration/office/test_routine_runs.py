"""Routines that were cancelled instead of run, as Prefect's API tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response

from deployments.office.routine_runs import check_routine_runs
from deployments.office.server import Address
from deployments.office.shared_server import SharedServer
from deployments.office.supervision import Parts
from deployments.office.web import serving
from models.rules.oversight.health import HealthCheck

STRING = "Basic cHVjaGE6YWJj"


@contextmanager
def prefect(ended: dict[str, str], *, token: bool = True) -> Iterator[str]:
    """The address of an API that knows the newest ended runs of each flow, to whoever brings the access string and, where
    it hands out tokens against forged requests, one of these.

    ended: name of the flow → types of their states, the newest first; a deployment of its own behind each comma.
    """
    app = FastAPI()

    @app.get("/api/csrf-token")
    async def csrf_token(client: str) -> Any:
        return {"token": f"for {client}"} if token else Response(status_code=422)

    @app.post("/api/flow_runs/filter")
    async def runs(request: Request) -> Any:
        carried = request.headers
        forged = carried.get("Prefect-Csrf-Token") != f"for {carried.get('Prefect-Csrf-Client')}"
        if carried.get("Authorization") != STRING or (token and forged):
            return Response(status_code=401)
        asked = await request.json()
        known = [ended[name] for name in asked["flows"]["name"]["any_"] if name in ended]
        return [
            {"deployment_id": place, "state_type": state}
            for place, states in enumerate("".join(known).split(","))
            for state in states.split()
        ]

    with serving(app, 0, 16) as port:
        yield f"http://127.0.0.1:{port}/api"


def check(api: str, opened: str = STRING) -> HealthCheck:
    return check_routine_runs(SharedServer(api, opened))


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED", "CRASHED", "COMPLETED CANCELLED CANCELLED"])
def test_a_routine_that_ran_is_in_order_however_it_ended(state: str):
    with prefect({"巡查催办": state, "核查": "COMPLETED"}) as api:
        assert check(api).state == "ok"


@pytest.mark.parametrize("name", ["巡查催办", "watch"])
@pytest.mark.parametrize("token", [True, False])
def test_a_pass_that_was_cancelled_instead_of_run_is_a_warning_and_named(name: str, token: bool):
    with prefect({name: "CANCELLED COMPLETED", "收取报表": "CANCELLED", "核查": "COMPLETED"}, token=token) as api:
        found = check(api)
    assert (found.name, found.state) == ("runs", "warning")
    assert "最近一次收取报表、巡查催办未执行即被取消" in found.said.zh
    assert "the last run of take in reports, watch was cancelled" in found.said.en


def test_passes_that_are_cancelled_one_after_another_are_failing_and_the_cure_is_named():
    with prefect({"巡查催办": "CANCELLED CANCELLED COMPLETED", "收取报表": "CANCELLED"}) as api:
        found = check(api)
    assert (found.name, found.state) == ("runs", "failing")
    assert found.said.zh.startswith("巡查催办接连被取消，没有执行")
    assert "pucha deploy" in found.said.zh and "pucha deploy" in found.said.en


def test_one_province_whose_passes_are_cancelled_is_seen_among_others_that_run():
    with prefect({"巡查催办": "COMPLETED COMPLETED,CANCELLED CANCELLED,FAILED"}) as api:
        assert check(api).state == "failing"


def test_a_phase_that_somebody_cancelled_is_nobodys_trouble():
    with prefect({"方案内其他阶段": "CANCELLED CANCELLED"}) as api:
        assert check(api).state == "ok"


def test_runs_that_cannot_be_read_are_a_warning():
    with prefect({}) as api:
        assert check(api, "").state == "warning"
    assert check(api).state == "warning"


@pytest.mark.parametrize("what", ["removed", "replaced"])
def test_prefects_own_database_removed_or_replaced_under_a_running_up_is_failing(tmp_path: Path, what: str):
    file = tmp_path / "prefect" / "prefect.db"
    file.parent.mkdir()
    file.write_bytes(b"")
    parts = Parts(Address(port=1, instance="one", pid=1), tmp_path)
    other = file.with_name("other.db")
    other.write_bytes(b"")
    file.unlink() if what == "removed" else other.replace(file)
    found = {one.name: one for one in parts.checks()}
    assert found["server"].state == "failing"
    assert "数据库文件已被移走或换过" in found["server"].said.zh
