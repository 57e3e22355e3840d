"""Who looks whether an `up` runs: the watchman, its endpoint, and what Prefect's automations must call."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from deployments.console import now, say
from deployments.office.access import access_string, authorization
from deployments.office.server import Address, answers, prefect_home, read_announced
from deployments.office.shared_server import SharedServer, shared_server
from tasks.campaign.database import FileIdentity, file_identity

if TYPE_CHECKING:
    from deployments.office.health_endpoint import Post
    from deployments.office.watchman import Watchman
    from models.rules.oversight.health import HealthCheck
    from tasks.campaign.settings import Settings

_URL, _TOKEN = "OFFICE_ALARM_URL", "OFFICE_ALARM_TOKEN"


@dataclass
class Parts:
    """The processes of an `up`. flows: how the flows' process ended, None while it runs; None before it starts."""

    server: Address
    home: Path
    flows: Callable[[], int | None] | None = field(default=None)
    _database: FileIdentity | None = field(default=None)

    def __post_init__(self) -> None:
        self._database = file_identity(self._database_file)

    @property
    def _database_file(self) -> Path:
        """Prefect's own; None is known of it where the office keeps Prefect's records elsewhere."""
        return prefect_home(self.home) / "prefect.db"

    def checks(self) -> list[HealthCheck]:
        """Whether the server answers and the flows run, and run what is due."""
        from deployments.office.routine_runs import check_routine_runs
        from models.rules.oversight.health import HealthCheck
        from models.wording import Said

        if self._database and file_identity(self._database_file) != self._database:
            gone = Said(
                "Prefect 的数据库文件已被移走或换过，请重新启动 pucha up",
                "the file of Prefect's database was removed or replaced; start pucha up again",
            )
            server = HealthCheck("server", "failing", gone)
        elif answers(self.server):
            server = HealthCheck("server", "ok", Said("Prefect 服务应答正常", "the Prefect server answers"))
        else:
            server = HealthCheck(
                "server", "failing", Said("Prefect 服务没有应答", "the Prefect server does not answer")
            )
        if self.flows is None:
            flows = HealthCheck("flows", "warning", Said("流程正在启动", "the flows are starting"))
        elif self.flows() is None:
            flows = HealthCheck("flows", "ok", Said("流程正在运行", "the flows run"))
        else:
            flows = HealthCheck(
                "flows", "failing", Said("流程已意外停止，不再巡查", "the flows have stopped: no more passes")
            )
        if server.state == "failing":
            return [server, flows]
        own = SharedServer(self.server.api, authorization(access_string(self.home)))
        return [server, flows, check_routine_runs(own)]


@dataclass(frozen=True)
class Supervised:
    """An `up` with its watchman (值守)."""

    watchman: Watchman
    post: Post

    def as_environment(self) -> dict[str, str]:
        """What the flows' process must know to make Prefect call us; not in its arguments, which anyone can list."""
        return {_URL: self.post.alarm, _TOKEN: self.post.token}


@contextlib.contextmanager
def supervised(settings: Settings, parts: Parts, port: int | None) -> Iterator[Supervised]:
    """Keep a watchman on an `up` until this ends, and answer on `port` (a free one for None)."""
    from deployments.office.health_endpoint import health_endpoint
    from deployments.office.watchman import Watchman

    def warn(sentence: str) -> None:
        say(sentence, err=True)

    with Watchman(settings, now, parts.checks, warn) as watchman, health_endpoint(watchman, port) as post:
        yield Supervised(watchman, post)


def checks_of_up(home: Path) -> list[HealthCheck]:
    """What the `up` of this data folder says of its server, flows and their runs.

    Where none was started, or it was stopped, what the Prefect of PREFECT_API_URL says, whose work pools the office's
    workers serve; nothing where there is none.
    """
    from models.rules.oversight.health import HealthCheck
    from models.wording import Said

    address = read_announced(home)
    if address is None or address.health is None:
        return _checks_of_workers(home)
    try:
        headers = {"Authorization": authorization(access_string(home))}
        answer = httpx.get(address.health_url, headers=headers, timeout=15.0, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        gone = Said(
            "pucha up 未经正常停止而中断，值守进程没有应答", "pucha up ended without being stopped; it does not answer"
        )
        return [HealthCheck("server", "failing", gone)]
    return [
        HealthCheck(one["name"], one["state"], Said(one["zh"], one["en"]))
        for one in answer["checks"]
        if one["name"] in ("server", "flows", "runs")
    ]


def _checks_of_workers(home: Path) -> list[HealthCheck]:
    from deployments.office.pool_workers import check_pool_workers
    from deployments.office.routine_runs import check_routine_runs

    server = shared_server(home)
    if server is None:
        return []
    checks = check_pool_workers(server, now())
    return checks if checks[0].state == "failing" else [*checks, check_routine_runs(server)]


def alarm_to_call() -> tuple[str, str] | None:
    """The address and token that this process was given for Prefect's automations; None where no watchman is."""
    url, token = os.environ.get(_URL), os.environ.get(_TOKEN)
    return (url, token) if url and token else None
