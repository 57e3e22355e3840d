"""`pucha up` and `pucha run` as processes: what they refuse, and what they leave behind."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest
from worlds.office import Office, children_of, free_port, give_tables, is_alive, pucha, start_office


def gone(pids: set[int], seconds: float = 90.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(is_alive(pid) for pid in pids):
            return True
        time.sleep(0.2)
    return False


def test_a_port_in_use_is_refused_with_its_number_and_the_cure(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = pucha(tmp_path / "home", "up", "--port", str(port))
    assert refused.returncode == 2
    assert f"端口 {port} 已被占用" in refused.stderr
    assert f"--port {port + 1}" in refused.stderr
    assert not (tmp_path / "home" / "server.json").exists()


def test_one_data_folder_is_served_once(office: Office):
    refused = pucha(office.home, "up", "--port", str(free_port()))
    assert refused.returncode == 2
    assert f"{office.url}/board" in refused.stderr


def test_the_screen_names_its_own_port_and_lets_nothing_out(office: Office):
    answer = httpx.get(f"{office.url}/ui-settings", trust_env=False)
    assert answer.json()["api_url"] == "/api"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    settings = httpx.get(f"{office.url}/api/admin/settings", headers=office.headers, trust_env=False).json()
    assert settings["server"]["analytics_enabled"] is False
    assert str(office.home) in settings["home"]


def test_a_demonstration_is_announced_once_the_board_of_its_own_place_is_there(tmp_path: Path):
    """Its place answers to others that are among the offices too, and none of theirs is published."""
    running = start_office(tmp_path, command=("demo", "tengzhou"))
    try:
        entrance, _, ticket = running.link.partition("#")
        key = httpx.post(f"{running.url}/enter", json={"ticket": ticket}, trust_env=False).json()["key"]
        asked = {"Accept": "application/json", "Authorization": f"Basic {key}"}
        board = httpx.get(entrance, headers=asked, timeout=60, trust_env=False)
    finally:
        running.end()

    assert entrance == f"{running.url}/board/370481"
    assert board.status_code == 200
    assert board.json()["address"].startswith("/v2/artifacts/artifact/")


@pytest.fixture(scope="module")
def spare(loaded: Path, office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an office of its own, for tests that stop and kill."""
    home = shutil.copytree(loaded, tmp_path_factory.mktemp("spare") / "home")
    give_tables(home, office)
    return home


def test_a_killed_server_leaves_nothing_running_and_the_next_start_heals_what_it_left(spare: Path):
    running = start_office(spare)
    try:
        (first,) = running.runs("巡查催办")
        until = time.monotonic() + 60
        while running.state(first["id"]) in ("SCHEDULED", "PENDING") and time.monotonic() < until:
            time.sleep(0.1)
        below = children_of(running.process.pid)
    finally:
        running.end(signal.SIGKILL)
    assert len(below) >= 3, "server, flows, and a run"
    assert gone(below), "the children of a killed parent end by themselves"
    assert (spare / "server.json").exists(), "a killed server cannot clear its state file away"

    again = start_office(spare)
    try:
        assert again.ended(first["id"])["state_type"] in ("CRASHED", "COMPLETED", "FAILED")
        (newest,) = [run for run in again.runs("巡查催办") if run["id"] != first["id"]]
        assert again.ended(newest["id"])["state_name"] in ("已巡查", "有未送达"), "a dead run holds no place"
        paused = [one["name"] for one in again.api("deployments/filter") if one["paused"]]
        run = again.start("摸底", unit="99")
        until = time.monotonic() + 60
        while again.state(run) in ("SCHEDULED", "PENDING") and time.monotonic() < until:
            time.sleep(0.1)
        below = children_of(again.process.pid)
    finally:
        began = time.monotonic()
        code = again.end(signal.SIGTERM)
    assert code == 0
    assert time.monotonic() - began < 45
    assert paused == []
    assert gone(below), "SIGTERM leaves no process behind"
    assert not (spare / "server.json").exists()


def test_pucha_run_without_a_server_starts_one_and_stops_it(spare: Path):
    done = pucha(spare, "run", "listing", "--unit", "99", "--as-of", "2020-11-05T17:00", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["run"]["state"] == "已达标"
    assert answer["run"]["url"] is None, "a server that is gone has no address"
    assert not (spare / "server.json").exists()
    left = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and str(spare) in environment_of(entry)]
    assert left == []


def environment_of(entry: Path) -> str:
    try:
        return (entry / "environ").read_text(errors="replace")
    except OSError:
        return ""
