"""The Prefect server of one office: a child process with a database of its own, stopped with its children."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from deployments.office.access import access_string, prefect_settings
from deployments.office.strangers import own_origins
from models.wording import Refusal
from tasks.campaign.settings import Settings

HOST = "127.0.0.1"
INSTANCE_HEADER = "pucha-instance"
START_SECONDS = 180.0
HEARTBEAT_SECONDS = 30
"""How often a run says that it lives, as often as Prefect lets it."""
SILENT_RUN_SECONDS = 90
"""A run that was not heard of for so long is dead."""
RUNS_KEPT_SECONDS = 190 * 86_400
"""Records of runs are kept for half a year and a little; boards belong to no run and stay."""
_GROUP = os.name == "posix"
_OF_ANOTHER_PREFECT = frozenset(("PREFECT_API_KEY", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH"))
"""What a shell may hold for some other server and would lead our flows to it."""
_UNLESS_SET = {
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(RUNS_KEPT_SECONDS),
    # an event for every page and every step, kept for a week and shown nowhere that an office looks: ten times what runs take
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    # in memory, a place held by a run that died with the server would stay taken for ever
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": str(HEARTBEAT_SECONDS),
}
"""How we run Prefect where the office has set nothing else."""


@dataclass(frozen=True)
class Address:
    """Where a running server answers. `instance` tells it from any other server on the same port.

    health: the port of the health endpoint, None where there is none. unit: of whom the board is that is shown first; None for
    the top office.
    """

    port: int
    instance: str
    pid: int
    health: int | None = None
    unit: str | None = None

    @property
    def ui(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.ui}/api"

    @property
    def board(self) -> str:
        return f"{self.ui}{board_path(self.unit)}"

    @property
    def health_url(self) -> str:
        return f"http://{HOST}:{self.health}/health"


@dataclass(frozen=True)
class RunningServer:
    """A server that we started. ended: how its process ended, None while it runs."""

    address: Address
    ended: Callable[[], int | None]


def board_path(unit: str | None) -> str:
    """Where the board of an office is entered, on whatever server; the top office's for None."""
    return f"/board/{unit}" if unit else "/board"


def prefect_home(home: Path) -> Path:
    """Prefect's own folder and database, beside the campaign's and apart from it."""
    return home.absolute() / "prefect"


def environment(settings: Settings, port: int) -> dict[str, str]:
    """The environment of every process that belongs to the server on `port`.

    What the office has set for Prefect is kept, but for what makes this server ours and keeps strangers out.
    Nothing is reported to anyone outside. Refusal where the access string cannot be used.
    """
    home = settings.home
    kept = {key: value for key, value in os.environ.items() if key not in _OF_ANOTHER_PREFECT}
    given = {key: value for key, value in prefect_settings(home).items() if key not in _OF_ANOTHER_PREFECT}
    bypass = ",".join(filter(None, [kept.get("NO_PROXY") or kept.get("no_proxy"), HOST, "localhost"]))
    own, access = prefect_home(home), access_string(home)
    return (
        kept
        | _UNLESS_SET
        | given
        | {
            "PUCHA_HOME": str(home.absolute()),
            "PREFECT_HOME": str(own),
            "PREFECT_API_URL": f"http://{HOST}:{port}/api",
            "PREFECT_SERVER_API_HOST": HOST,
            "PREFECT_SERVER_API_PORT": str(port),
            "PREFECT_SERVER_UI_API_URL": "/api",
            "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(own / "ui"),
            "PREFECT_SERVER_API_AUTH_STRING": access,
            "PREFECT_API_AUTH_STRING": access,
            "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
            "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "true",
            "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": ",".join(sorted(own_origins(port, settings.named_hosts))),
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
            "DO_NOT_TRACK": "1",
            "NO_PROXY": bypass,
            "no_proxy": bypass,
            "PYTHONUNBUFFERED": "1",
        }
    )


def is_free(port: int) -> bool:
    """True if nobody listens on `port` of this machine."""
    with socket.socket() as probe:
        if _GROUP:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def find_running(home: Path) -> Address | None:
    """The server that `pucha up` runs for this data folder; None if there is none, or only a file it left behind."""
    address = read_announced(home)
    return address if address is not None and answers(address) else None


def read_announced(home: Path) -> Address | None:
    """What `pucha up` last announced for this data folder, whether it still runs or was killed."""
    try:
        return Address(**json.loads(_state_file(home).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


@contextlib.contextmanager
def server(settings: Settings, port: int, progress: Callable[[float], None]) -> Iterator[RunningServer]:
    """A Prefect server on `port`, healthy when this begins and gone when it ends.

    progress: called about four times a second with the seconds waited so far. Refusal if it does not start.
    """
    own, env = prefect_home(settings.home), environment(settings, port)
    own.mkdir(exist_ok=True)
    instance = uuid.uuid4().hex
    log = own / "server.log"
    with child("server", [str(port), instance], env, log) as process:
        address = Address(port, instance, os.getpid())
        _await(address, process, progress, log)
        yield RunningServer(address, process.poll)


@contextlib.contextmanager
def announced(home: Path, address: Address) -> Iterator[None]:
    """Tell `pucha run` where the server is, for as long as it runs."""
    file = _state_file(home)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(asdict(address)), encoding="utf-8")
    draft.replace(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


@contextlib.contextmanager
def child(
    role: str, arguments: Sequence[str], env: dict[str, str], log: Path, patience: float = 25.0
) -> Iterator[subprocess.Popen[bytes]]:
    """One process of ours (see deployments/office/processes.py), stopped at the end with everything it started.

    It runs in a session of its own, so that Ctrl-C reaches us alone; its input is a pipe from us, and it
    ends by itself when that closes, however we end.
    """
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "deployments.office.processes", role, *arguments],
            env=env,
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=_GROUP,
        )
    try:
        yield process
    finally:
        _stop(process, patience)


def _stop(process: subprocess.Popen[bytes], patience: float) -> None:
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    if _GROUP:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    if process.stdin:
        process.stdin.close()
    process.wait()


def _await(address: Address, process: subprocess.Popen[bytes], progress: Callable[[float], None], log: Path) -> None:
    began = time.monotonic()
    while not answers(address):
        waited = time.monotonic() - began
        if process.poll() is not None or waited > START_SECONDS:
            raise Refusal(
                f"Prefect 服务没有启动成功，原因见 {log}",
                f"the Prefect server did not start; see {log}",
            )
        progress(waited)
        time.sleep(0.25)


def answers(address: Address) -> bool:
    """True if the server at the address is healthy, and is the one meant."""
    try:
        # plain HTTP on loopback, asked every two seconds for as long as `up` runs: reading the world's root
        # certificates for each question took 34 ms, the question itself takes two
        answer = httpx.get(f"{address.api}/health", timeout=5.0, trust_env=False, verify=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and answer.headers.get(INSTANCE_HEADER) == address.instance


def _state_file(home: Path) -> Path:
    return home.absolute() / "server.json"
