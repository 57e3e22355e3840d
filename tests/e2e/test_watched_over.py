"""An `up` is watched over: by itself, and by Prefect's automations, both of which are not the watch."""

from __future__ import annotations

import json
import os
import signal
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
from standins.webhook import JsonSink
from worlds.office import Office, children_of, give_tables, load_census, pucha, start_office

WATCH_MINUTES = "0.2"
"""Twelve seconds without a pass are too many here; the next one would come in a quarter of an hour."""


def until(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.25)
    return False


def flows_process(office: Office) -> int:
    (found,) = [
        pid
        for pid in children_of(office.process.pid)
        if b"deployments.office.processes\0flows\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    return found


def failing(answer: httpx.Response) -> list[str]:
    return [one["name"] for one in answer.json()["checks"] if one["state"] == "failing"]


def run_that_died(office: Office, deployment: str, *, begun: bool) -> str:
    """A run whose process is gone, before it began or after its first sign of life, so that nobody says that it ended."""
    (found,) = office.api("deployments/filter", deployments={"name": {"any_": [deployment]}})
    run = str(office.asked("POST", f"deployments/{found['id']}/create_flow_run", {})["id"])
    for state in ("PENDING", "RUNNING")[: 1 + begun]:  # before the runner looks, which it does every three seconds
        set_to = office.asked("POST", f"flow_runs/{run}/set_state", {"state": {"type": state}})
        assert set_to["status"] == "ACCEPT", set_to
    if not begun:
        return run
    sign = {
        "event": "prefect.flow-run.heartbeat",
        "occurred": datetime.now(UTC).isoformat(),
        "id": str(uuid.uuid4()),
        "resource": {"prefect.resource.id": f"prefect.flow-run.{run}"},
    }
    sent = httpx.post(f"{office.url}/api/events", json=[sign], headers=office.headers, timeout=60, trust_env=False)
    assert sent.status_code == 204
    return run


def test_a_watch_that_stands_still_and_flows_that_die_are_noticed_and_told(office: Office, tmp_path: Path):
    load_census(tmp_path / "home", tmp_path, reported=False)
    give_tables(tmp_path / "home", office)
    with JsonSink() as sink:
        watched = start_office(
            tmp_path / "home", PUCHA_HEALTH_WATCH_MINUTES=WATCH_MINUTES, PUCHA_ADMIN_CHANNEL=sink.json_url("admin")
        )
        try:
            port = json.loads((tmp_path / "home" / "server.json").read_text(encoding="utf-8"))["health"]

            def health() -> httpx.Response:
                url = f"http://127.0.0.1:{port}/health"
                return httpx.get(url, headers=watched.headers, timeout=20, trust_env=False, verify=False)

            def told() -> list[str]:
                return [message.text for message in sink.accepted]

            assert until(lambda: health().status_code == 200), "the first pass has ended"
            since = time.monotonic()
            dead = {run_that_died(watched, "收取报表", begun=True), run_that_died(watched, "核查", begun=False)}
            for _ in range(2):
                assert watched.ended(watched.start("收取报表"))["state_type"] == "CANCELLED", "its place is taken"
            assert until(lambda: "runs" in failing(health())), "a routine is cancelled again and again"
            assert until(lambda: health().status_code == 503), "and then none for twelve seconds"
            assert until(lambda: "watch" in failing(health()))
            assert until(lambda: health().json()["alarms"] >= 1), "Prefect's own automation fires"
            assert until(lambda: any("巡查已停" in one for one in told()))
            assert any("收取报表接连被取消" in one for one in told())

            left = 120 - (time.monotonic() - since)
            assert until(lambda: {watched.state(run) for run in dead} == {"CRASHED"}, left), "within two minutes"
            assert watched.ended(watched.start("收取报表"))["state_name"] == "无新报表", "and the next one runs"
            assert until(lambda: failing(health()) == ["watch"])
            before = len(told())

            os.kill(flows_process(watched), signal.SIGKILL)
            assert watched.process.wait(60) == 2, "a service manager starts it again"
            assert "流程已意外停止" in told()[before]
            assert len(told()) == before + 1, "the watch was told of before"
        finally:
            watched.end(signal.SIGKILL)


def test_an_audit_that_finds_nothing_has_its_page_too(office: Office):
    run = office.ended(office.start("核查"))
    assert (run["state_name"], run["state_type"]) == ("已核查", "COMPLETED")
    assert (office.page("audit") or "").startswith("# 核查结果\n\n**已核查 ")


def test_an_audit_that_finds_something_ends_red_and_lists_it(office: Office, tmp_path: Path):
    contacts = tmp_path / "contacts.csv"
    contacts.write_text("unit,role,name,channel\n990101001,owner,经办人,json://127.0.0.1:1/nobody\n", encoding="utf-8")
    assert pucha(office.home, "load", "--contacts", str(contacts)).returncode == 0
    run = office.ended(office.start("核查", since="2020-10-30T00:00:00", as_of="2020-11-02T12:00:00"))
    assert (run["state_name"], run["state_type"]) == ("有出入", "FAILED")
    assert "应发未发" in run["state"]["message"]
    assert "| 应发未发 | 第1乡 | 公告张贴 | 到期提醒（overdue） | 2020-10-31 00:00 |" in (office.page("audit") or "")
