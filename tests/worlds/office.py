"""An office as its people have it: the command, the server that `pucha up` runs, its API."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

START_SECONDS = 240.0
ANSWER_SECONDS = 180.0
"""For how long the server may owe an answer: a machine that has just installed everything may be writing still."""
LOOPBACK = httpx.Client(timeout=60, trust_env=False, verify=False, limits=httpx.Limits(max_keepalive_connections=0))
"""A connection for each question, without the root certificates, which take longer to read than an answer."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path, lang: str = "zh") -> dict[str, str]:
    """A shell in which nothing is set but the data folder and the language."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PUCHA_", "PREFECT_"))}
    return kept | {"PUCHA_HOME": str(home), "PUCHA_LANG": lang}


def pucha(home: Path, *arguments: str, lang: str = "zh", seconds: float = 240.0) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "deployments.cli", *arguments],
        env=environment(home, lang),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def children_of(pid: int) -> set[int]:
    """Every living process below `pid`, by Linux's own table."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    found: set[int] = set()
    while True:
        more = {child for child, parent in parents.items() if parent in found | {pid}} - found
        if not more:
            return found
        found |= more


def is_alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@dataclass
class Office:
    """A running `pucha up`."""

    home: Path
    port: int
    process: subprocess.Popen[str]
    link: str = ""

    @cached_property
    def headers(self) -> dict[str, str]:
        """What opens the server's API: the access string of the data folder, and a token against forged requests."""
        access = (self.home / "access.key").read_text(encoding="utf-8").strip()
        carried = {"Authorization": f"Basic {base64.b64encode(access.encode()).decode()}"}
        client = str(uuid.uuid4())
        asked = f"{self.url}/api/csrf-token?client={client}"
        token = httpx.get(asked, headers=carried, timeout=60, trust_env=False).raise_for_status().json()["token"]
        return carried | {"Prefect-Csrf-Token": token, "Prefect-Csrf-Client": client}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the server answers, asked again while its SQLite is busy (5xx) or it is silent, as Prefect's clients do."""
        until = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                answer = LOOPBACK.request(method, f"{self.url}/api/{path}", json=body, headers=self.headers)
            except httpx.TimeoutException as silence:
                if time.monotonic() > until:
                    raise AssertionError(f"no answer to {path} within {ANSWER_SECONDS:.0f} s") from silence
                continue
            except httpx.TransportError as gone:
                raise AssertionError(self.last_words()) from gone
            if not answer.is_server_error or time.monotonic() > until:
                answer.raise_for_status()
                return answer.json() if answer.content else None
            time.sleep(0.5)

    def last_words(self) -> str:
        """What `up` said before it ended, and what its logs end with: why nobody answers any more."""
        logs = sorted((self.home / "prefect").glob("*.log"))
        ends = [f"{log.name}: …{log.read_text(encoding='utf-8', errors='replace')[-1_500:]}" for log in logs]
        with contextlib.suppress(subprocess.TimeoutExpired):
            ends.insert(
                0, f"up ended with {self.process.wait(15)}: {self.process.stdout.read() if self.process.stdout else ''}"
            )
        return "\n".join(ends)

    def api(self, path: str, **body: Any) -> Any:
        """What the server answers to a question with a body."""
        return self.asked("POST", path, body)

    def removed(self, path: str) -> None:
        """Remove what stands at a path."""
        httpx.delete(f"{self.url}/api/{path}", headers=self.headers, timeout=60, trust_env=False).raise_for_status()

    def runs(self, flow: str) -> list[dict[str, Any]]:
        """Runs of a flow that somebody started, the newest first; not those that are only scheduled."""
        found = self.api("flow_runs/filter", sort="START_TIME_DESC", limit=200, flows={"name": {"any_": [flow]}})
        return [run for run in found if not run["auto_scheduled"]]

    def state(self, run: str) -> str:
        """The type of a run's state."""
        return str(self.asked("GET", f"flow_runs/{run}")["state_type"])

    def start(self, deployment: str, **parameters: Any) -> str:
        """Press Run on a deployment's page; says which run."""
        (found,) = self.api("deployments/filter", deployments={"name": {"any_": [deployment]}})
        once = str(uuid.uuid4())
        begun = self.api(f"deployments/{found['id']}/create_flow_run", parameters=parameters, idempotency_key=once)
        return str(begun["id"])

    def ended(self, run: str, seconds: float = 240.0) -> dict[str, Any]:
        """The run once it has ended."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found: dict[str, Any] = self.asked("GET", f"flow_runs/{run}")
            if found["state_type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
                return found
            time.sleep(0.5)
        raise AssertionError(f"run {run} has not ended after {seconds} s")

    def page(self, key: str) -> str | None:
        """The text of the artifact under a key."""
        found = self.api("artifacts/latest/filter", artifacts={"key": {"any_": [key]}}, limit=1)
        return found[0]["data"] if found else None

    def address(self, key: str) -> str:
        """Where the screen shows the artifact under a key."""
        (found,) = self.api("artifacts/latest/filter", artifacts={"key": {"any_": [key]}}, limit=1)
        return f"{self.url}/v2/artifacts/artifact/{found['latest_id']}"

    def end(self, number: int = signal.SIGTERM, seconds: float = 120.0) -> int:
        """Send a signal; says how `up` exited."""
        self.process.send_signal(number)
        return self.process.wait(seconds)


def start_office(home: Path, port: int | None = None, command: Sequence[str] = ("up",), **settings: str) -> Office:
    """`pucha up`, or another command that serves, once it says that it runs. settings: PUCHA_… beside the usual."""
    chosen = port or free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "deployments.cli", *command, "--port", str(chosen)],
        env=environment(home) | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    said = []
    began = time.monotonic()
    for line in process.stdout:
        said.append(line)
        if "/board" in line and "#" in line:
            return Office(home, chosen, process, link=line.split()[-1])
        assert time.monotonic() - began < START_SECONDS
    raise AssertionError("pucha up ended: " + "".join(said))


def give_tables(home: Path, served: Office) -> None:
    """Lay Prefect's database as its first start makes it, with its tables and nothing in them, into a data folder.

    Making them takes the server eight seconds; `served` has made its own, in a real first start.
    """
    target = home / "prefect" / "prefect.db"
    target.parent.mkdir()
    with (
        closing(sqlite3.connect(served.home / "prefect" / "prefect.db")) as made,
        closing(sqlite3.connect(target)) as new,
    ):
        made.backup(new)
        tables = new.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'alembic_version'")
        for (table,) in tables.fetchall():
            new.execute(f'DELETE FROM "{table}"')
        new.commit()


def load_census(home: Path, folder: Path, *, reported: bool = True) -> None:
    """Load the census and its reports, or nothing reported yet, through the product's own commands."""
    from worlds import census, plans

    plan = folder / "plan.yaml"
    plan.write_text(plans.EVERY_PHASE, encoding="utf-8")
    loaded = pucha(home, "load", "--plan", str(plan), "--units", str(census.write_units(folder)))
    assert loaded.returncode == 0, loaded.stderr
    for report in census.write_reports(folder) if reported else ():
        taken = pucha(home, "report", str(report), "--as-of", "2020-11-05T16:00", "--by", "试验", "--json")
        assert json.loads(taken.stdout)["rejected"] == 0, taken.stderr
