"""Whether anybody works for the office's work pools, as Prefect's API tells of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response

from deployments.office.pool_workers import check_pool_workers
from deployments.office.shared_server import SharedServer
from deployments.office.supervision import checks_of_up
from deployments.office.web import serving
from models.rules.oversight.health import HealthCheck

STRING = "Basic cHVjaGE6YWJj"
NOW = datetime(2020, 11, 5, 12, 0, tzinfo=UTC)


def worker(name: str, status: str = "ONLINE", heard: str | None = "2020-11-05T11:59:40Z") -> dict[str, Any]:
    return {"name": name, "status": status, "last_heartbeat_time": heard}


@contextmanager
def prefect(
    *workers: dict[str, Any], pools: Sequence[str] = ("pucha",), paused: bool = False, ended: str = "COMPLETED"
) -> Iterator[str]:
    """The address of an API with deployments of ours in `pools`, for which `workers` are known, to whoever brings the string.

    ended: the type of the newest run of the watch, as often as it came.
    """
    app = FastAPI()

    def opened(request: Request) -> bool:
        return request.headers.get("Authorization") == STRING

    @app.post("/api/deployments/filter")
    async def deployments(request: Request) -> Any:
        if not opened(request):
            return Response(status_code=401)
        assert (await request.json())["deployments"] == {"tags": {"all_": ["pucha"]}}
        return [{"work_pool_name": name} for name in (*pools, None)]

    @app.get("/api/work_pools/{name}")
    async def pool(name: str) -> Any:
        return {"name": name, "is_paused": paused}

    @app.post("/api/work_pools/{name}/workers/filter")
    async def of_pool(name: str) -> Any:
        return list(workers)

    @app.post("/api/flow_runs/filter")
    async def runs(request: Request) -> Any:
        named = (await request.json())["flows"]["name"]["any_"]
        return [{"deployment_id": 1, "state_type": one} for one in ended.split() if "巡查催办" in named]

    with serving(app, 0, 16) as port:
        yield f"http://127.0.0.1:{port}/api"


def check(api: str, opened: str = STRING) -> list[HealthCheck]:
    return check_pool_workers(SharedServer(api, opened), NOW)


def states(checks: list[HealthCheck]) -> list[tuple[str, str]]:
    return [(one.name, one.state) for one in checks]


def test_a_pool_with_a_worker_is_in_order():
    with prefect(worker("first"), worker("second")) as api:
        found = check(api)
    assert states(found) == [("server", "ok"), ("workers", "ok")]
    assert (found[1].said.zh, found[1].said.en) == ("有 2 个工作进程", "2 at work")


@pytest.mark.parametrize("workers", [[], [worker("first", "OFFLINE")]])
def test_a_pool_that_nobody_works_for_is_failing_and_the_command_is_named(workers: list[dict[str, Any]]):
    with prefect(*workers) as api:
        _, found = check(api)
    assert (found.name, found.state) == ("workers", "failing")
    started = 'prefect worker start --pool pucha --limit 4 --name "$(hostname)"'
    assert started in found.said.zh and started in found.said.en


def test_a_paused_pool_is_failing_whoever_works_for_it():
    with prefect(worker("first"), paused=True) as api:
        _, found = check(api)
    assert (found.name, found.state) == ("workers", "failing")
    assert "已暂停" in found.said.zh


def test_where_nothing_was_deployed_yet_the_command_is_named():
    with prefect(worker("first"), pools=()) as api:
        _, found = check(api)
    assert (found.name, found.state) == ("workers", "failing")
    assert "pucha deploy" in found.said.zh and "pucha deploy" in found.said.en


def test_a_worker_that_fell_silent_within_a_day_is_a_warning_and_named():
    with prefect(worker("first"), worker("second", "OFFLINE", "2020-11-04T12:00:01Z")) as api:
        _, found = check(api)
    assert (found.name, found.state) == ("workers", "warning")
    assert found.said.zh.endswith("现在没有应答：second")


@pytest.mark.parametrize(
    "gone",
    [
        worker("second", "OFFLINE", "2020-11-04T12:00:00Z"),
        worker("second", "OFFLINE", None),
        worker("ProcessWorker 0f2b8a1c-3c11-4f0e-9a52-2d1f6a3e7b10", "OFFLINE"),
    ],
    ids=["a day ago", "never", "named anew at each start"],
)
def test_a_worker_that_will_not_come_back_is_not_missed(gone: dict[str, Any]):
    with prefect(worker("first"), gone) as api:
        assert states(check(api)) == [("server", "ok"), ("workers", "ok")]


def test_a_server_that_does_not_answer_or_refuses_us_is_failing():
    with prefect(worker("first")) as api:
        (refused,) = check(api, "Basic other")
    (gone,) = check(api)
    assert (refused.name, refused.state) == (gone.name, gone.state) == ("server", "failing")
    assert "PREFECT_API_AUTH_STRING" in refused.said.zh
    assert "没有应答" in gone.said.zh


def test_a_proxy_that_answers_for_a_server_which_is_gone_is_told_as_such():
    app = FastAPI()

    @app.post("/api/deployments/filter")
    async def deployments() -> Any:
        return Response(status_code=502)

    with serving(app, 0, 16) as port:
        (found,) = check(f"http://127.0.0.1:{port}/api")
    assert (found.name, found.state) == ("server", "failing")
    assert "没有应答" in found.said.zh


def test_what_answers_and_is_no_prefect_server_is_failing():
    app = FastAPI()

    @app.post("/api/deployments/filter")
    async def deployments() -> Any:
        return {"detail": "welcome"}

    with serving(app, 0, 16) as port:
        (found,) = check(f"http://127.0.0.1:{port}/api")
    assert (found.name, found.state) == ("server", "failing")
    assert "核对地址" in found.said.zh


def test_where_no_up_runs_the_prefect_of_the_offices_workers_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert checks_of_up(tmp_path) == []
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "pucha:abc")
    with prefect(worker("first"), ended="CANCELLED CANCELLED") as api:
        monkeypatch.setenv("PREFECT_API_URL", api)
        assert states(checks_of_up(tmp_path)) == [("server", "ok"), ("workers", "ok"), ("runs", "failing")]
    assert states(checks_of_up(tmp_path)) == [("server", "failing")]
