"""Whether anybody works for the office's work pools (工作进程): as Prefect's API tells it, asked over HTTP and without Prefect.

A pool that nobody works for runs nothing, and says nothing: its runs wait, and are neither late nor cancelled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from deployments.office.catalogue import OURS
from deployments.office.shared_server import SharedServer
from models.rules.oversight.health import HealthCheck
from models.wording import COMMA, Said

_MOST = 200
_OF_A_PROXY = 500
"""From here on it is the proxy that answers, for a server that does not."""
_WITHIN = timedelta(days=1)
"""A worker that was not heard of for longer was taken out of service."""
_OF_PREFECTS_MAKING = re.compile(r"\w+ [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+")
"""What a worker is called that was given no name: anew at each start, so that it never comes back."""


@dataclass(frozen=True)
class _Pool:
    """A pool that we deploy to. silent: names of workers that were heard of within a day, and are not now."""

    name: str
    is_paused: bool
    at_work: int
    silent: tuple[str, ...]


def worker_start(pool: str) -> str:
    """What starts a worker: under its machine's name, by which it is missed, and no more runs at once than a machine bears."""
    return f'prefect worker start --pool {pool} --limit 4 --name "$(hostname)"'


def check_pool_workers(server: SharedServer, now: datetime) -> list[HealthCheck]:
    """Whether the server answers, and whether each pool that we deploy to has somebody who works for it."""
    try:
        pools = _pools(server, now)
    except httpx.HTTPStatusError as fault:
        return [_server_failing(fault.response.status_code)]
    except (httpx.HTTPError, OSError):
        return [_server_failing(None)]
    except (ValueError, KeyError, TypeError):
        return [_server_failing(0)]
    answers = HealthCheck("server", "ok", Said("Prefect 服务应答正常", "the Prefect server answers"))
    return [answers, _workers(pools)]


def _server_failing(status: int | None) -> HealthCheck:
    if status is None or status >= _OF_A_PROXY:
        said = Said(
            "PREFECT_API_URL 所指的 Prefect 服务没有应答：例行流程都不运行，通知没有人发",
            "the Prefect server of PREFECT_API_URL does not answer: no routine runs, and nobody is told anything",
        )
    elif status in (401, 403):
        said = Said(
            "Prefect 服务不接受访问口令：PREFECT_API_AUTH_STRING 应与服务端的相同",
            "the Prefect server does not take the access string of PREFECT_API_AUTH_STRING",
        )
    else:
        said = Said(
            "PREFECT_API_URL 所指的服务答非所问：请核对地址和服务端日志",
            "what answers at PREFECT_API_URL is not as a Prefect server does: check the address and the server's log",
        )
    return HealthCheck("server", "failing", said)


def _workers(pools: list[_Pool]) -> HealthCheck:
    if not pools:
        none = Said(
            "还没有部署到工作池：请执行 pucha deploy --pool NAME",
            "nothing is deployed to a work pool: run pucha deploy --pool NAME",
        )
        return HealthCheck("workers", "failing", none)
    for pool in pools:
        if pool.is_paused:
            paused = Said(
                f"工作池 {pool.name} 已暂停，例行流程都不运行：请在 Prefect 的 Work Pools 页面恢复",
                f"the work pool {pool.name} is paused and no routine runs: resume it on Prefect's page Work Pools",
            )
            return HealthCheck("workers", "failing", paused)
        if not pool.at_work:
            idle = Said(
                f"工作池 {pool.name} 没有工作进程，例行流程都不运行。各台机器上执行：{worker_start(pool.name)}",
                f"nobody works for the work pool {pool.name} and no routine runs. On every machine run:"
                f" {worker_start(pool.name)}",
            )
            return HealthCheck("workers", "failing", idle)
    at_work, silent = sum(pool.at_work for pool in pools), [name for pool in pools for name in pool.silent]
    said = Said(f"有 {at_work} 个工作进程", f"{at_work} at work")
    if not silent:
        return HealthCheck("workers", "ok", said)
    zh, en = (COMMA.in_language(lang).join(silent) for lang in ("zh", "en"))
    return HealthCheck(
        "workers", "warning", Said(f"{said.zh}；近一天还在、现在没有应答：{zh}", f"{said.en}; silent since today: {en}")
    )


def _pools(server: SharedServer, now: datetime) -> list[_Pool]:
    """The pools that anything of ours is deployed to, in the order of their names."""
    with server.asking() as client:
        wanted = {"deployments": {"tags": {"all_": [OURS]}}, "limit": _MOST}
        names = sorted(
            {one["work_pool_name"] for one in _asked(client, "deployments", wanted) if one["work_pool_name"]}
        )
        return [_pool(client, name, now) for name in names]


def _pool(client: httpx.Client, name: str, now: datetime) -> _Pool:
    paused = client.get(f"work_pools/{name}").raise_for_status().json()["is_paused"]
    workers = _asked(client, f"work_pools/{name}/workers", {"limit": _MOST})
    silent = [one["name"] for one in workers if one["status"] != "ONLINE" and _is_missed(one, now)]
    return _Pool(name, bool(paused), sum(one["status"] == "ONLINE" for one in workers), tuple(sorted(silent)))


def _asked(client: httpx.Client, what: str, wanted: dict[str, Any]) -> list[Any]:
    return list(client.post(f"{what}/filter", json=wanted).raise_for_status().json())


def _is_missed(worker: dict[str, Any], now: datetime) -> bool:
    heard = worker["last_heartbeat_time"]
    if not heard or _OF_PREFECTS_MAKING.fullmatch(worker["name"]):
        return False
    return now - datetime.fromisoformat(heard.replace("Z", "+00:00")) < _WITHIN
