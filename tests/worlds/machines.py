"""Several machines that share one campaign, as folders of this one: a Prefect server, workers, one PostgreSQL, one archive."""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from worlds.office import LOOPBACK, children_of, free_port

ACCESS = "pucha:of-several-machines"
POOL = "pucha"
START_SECONDS = 180.0


def until(true: Callable[[], Any], seconds: float, what: str) -> float:
    """Wait until something is so; says after how many seconds it was."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if true():
            return time.monotonic() - began
        time.sleep(0.25)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything that it started at once, as a machine that loses power does."""
    for pid in (*children_of(process.pid), process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait(10)


@dataclass
class Machines:
    """One database server for the campaign and for Prefect; machines by name, each a folder with a data folder in it.

    campaign, prefect: databases; settings: PUCHA_… that all machines share.
    """

    folder: Path
    campaign: str
    prefect: str
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def environment(self, machine: str) -> dict[str, str]:
        """A shell on a machine that works or deploys, as docs/operations.md sets it up."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PUCHA_", "PREFECT_"))}
        root = str(Path(__file__).parents[2])
        shared = {
            "PUCHA_HOME": str(self.home(machine)),
            "PUCHA_DATABASE_URL": self.campaign,
            "PREFECT_HOME": str(self.folder / machine / "prefect"),
            "PREFECT_API_URL": self.api,
            "PREFECT_API_AUTH_STRING": ACCESS,
            "PREFECT_WORKER_QUERY_SECONDS": "2",  # ten by default
            "NO_PROXY": "127.0.0.1",
        }
        return kept | {"PYTHONPATH": root} | shared | self.settings

    def home(self, machine: str) -> Path:
        """A machine's data folder, of which it shares nothing with another."""
        made = self.folder / machine / "data"
        made.mkdir(parents=True, exist_ok=True)
        return made

    def pucha(self, machine: str, *arguments: str, seconds: float = 240.0) -> str:
        """What a command prints on a machine; it must find nothing wrong."""
        done = subprocess.run(
            [sys.executable, "-m", "deployments.cli", *arguments],
            env=self.environment(machine),
            cwd=self.home(machine).parent,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    def start_server(self) -> subprocess.Popen[bytes]:
        """The Prefect server that all share, without waiting for it; as deployments/machines/server.env has it."""
        own = {
            "PREFECT_HOME": str(self.folder / "server"),
            "PREFECT_API_DATABASE_CONNECTION_URL": self.prefect,
            "PREFECT_SERVER_API_AUTH_STRING": ACCESS,
        }
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PUCHA_", "PREFECT_"))}
        return self._start(
            ["-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)],
            kept | server_settings() | own,
            "server",
        )

    def start_worker(self, machine: str) -> subprocess.Popen[bytes]:
        """A worker in a machine's own folder."""
        self.home(machine)
        arguments = ["-m", "prefect", "worker", "start", "--pool", POOL, "--name", machine, "--type", "process"]
        return self._start(arguments, self.environment(machine), machine)

    def _start(self, arguments: list[str], env: dict[str, str], name: str) -> subprocess.Popen[bytes]:
        where = self.folder / name
        where.mkdir(exist_ok=True)
        with (where / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env=env,
                cwd=where,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def answers(self) -> bool:
        """Whether the server does."""
        with contextlib.suppress(httpx.HTTPError):
            return LOOPBACK.get(f"{self.api}/health").status_code == 200
        return False

    def asked(self, path: str, **body: Any) -> Any:
        """What the server answers to a question with a body."""
        headers = {"Authorization": f"Basic {base64.b64encode(ACCESS.encode()).decode()}"}
        token = LOOPBACK.get(f"{self.api}/csrf-token", params={"client": "test"}, headers=headers)
        headers |= {"Prefect-Csrf-Client": "test", "Prefect-Csrf-Token": token.raise_for_status().json()["token"]}
        return LOOPBACK.post(f"{self.api}/{path}", json=body, headers=headers).raise_for_status().json()

    def start(self, *deployments: str) -> None:
        """Press Run on the pages of deployments."""
        found = {one["name"]: one["id"] for one in self.asked("deployments/filter", limit=200)}
        for name in deployments:
            self.asked(f"deployments/{found[name]}/create_flow_run")

    def running_of(self, deployment: str) -> list[str]:
        """Which runs of a deployment are under way."""
        wanted = {
            "deployments": {"name": {"any_": [deployment]}},
            "flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}},
        }
        return [run["id"] for run in self.asked("flow_runs/filter", **wanted)]


@contextlib.contextmanager
def machines(folder: Path, campaign: str, prefect: str, **settings: str) -> Iterator[Machines]:
    """Machines that are all gone at the end. The server is being started already."""
    made = Machines(folder, campaign, prefect, settings)
    try:
        yield made
    finally:
        for process in made.running:
            if process.poll() is None:
                kill(process)


def server_settings() -> dict[str, str]:
    """What the server of several machines is told, by the file that an office takes over."""
    file = Path(__file__).parents[2] / "deployments" / "machines" / "server.env"
    lines = (line.partition("=") for line in file.read_text(encoding="utf-8").splitlines() if "=" in line)
    return {name: value for name, _, value in lines if not name.startswith("#")}
