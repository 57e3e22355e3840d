"""The Prefect server that the workers of several machines share (共用的 Prefect 服务): asked over HTTP, without Prefect.

Where it is, and what opens it, stands in PREFECT_API_URL and PREFECT_API_AUTH_STRING, as for Prefect's own programs.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx

from deployments.office.access import authorization, prefect_settings
from models.wording import Refusal, Said

_SECONDS = 10.0


@dataclass(frozen=True)
class SharedServer:
    """Where a server answers. authorization: "" where it wants none; certificate: of an authority of the office's own."""

    api: str
    authorization: str = ""
    certificate: str | None = None

    @contextmanager
    def asking(self) -> Iterator[httpx.Client]:
        """A client for its API, with a token against forged requests where the server hands them out."""
        headers = {"Authorization": self.authorization} if self.authorization else {}
        trusted: Any = self.certificate or True
        with httpx.Client(
            base_url=f"{self.api}/", headers=headers, timeout=_SECONDS, trust_env=False, verify=trusted
        ) as client:
            own = str(uuid.uuid4())
            token = client.get("csrf-token", params={"client": own})
            if token.status_code == 200:
                client.headers.update({"Prefect-Csrf-Client": own, "Prefect-Csrf-Token": token.json()["token"]})
            yield client


def shared_server(home: Path) -> SharedServer | None:
    """The server that PREFECT_API_URL names, for an office with that data folder; None where it names none."""
    given = prefect_settings(home)
    api, access = given.get("PREFECT_API_URL"), given.get("PREFECT_API_AUTH_STRING")
    if not api:
        return None
    opened = authorization(access) if access else ""
    return SharedServer(api.rstrip("/"), opened, given.get("PREFECT_API_SSL_CERT_FILE"))


def check_server(server: SharedServer) -> list[Said]:
    """What the server lacks, as far as it tells. Refusal where nothing can be deployed to it."""
    try:
        with server.asking() as client:
            said = client.get("admin/version")
            if said.status_code in (401, 403):
                raise Refusal(
                    "Prefect 服务不接受访问口令：PREFECT_API_AUTH_STRING 应与服务端的 PREFECT_SERVER_API_AUTH_STRING 相同",
                    "the Prefect server does not take the access string: PREFECT_API_AUTH_STRING must be the server's"
                    " PREFECT_SERVER_API_AUTH_STRING",
                )
            running = _version_in(said)
            _check_version(running)
            return _lacking(client.get("admin/settings").raise_for_status().json())
    except (httpx.HTTPError, OSError) as fault:
        kind = type(fault).__name__
        raise Refusal(
            f"PREFECT_API_URL 所指的 Prefect 服务没有应答（{kind}）：请先启动服务，核对地址、端口和证书",
            f"no Prefect server answers at PREFECT_API_URL ({kind}): start it, and check address, port and certificate",
        ) from None


def _version_in(answer: httpx.Response) -> str:
    try:
        found = answer.json() if answer.status_code == 200 else None
    except ValueError:
        found = None
    if not isinstance(found, str):
        raise Refusal(
            "PREFECT_API_URL 所指的不是 Prefect 服务的接口：地址应以 /api 结尾",
            "PREFECT_API_URL does not lead to the API of a Prefect server: the address must end with /api",
        )
    return found


def _check_version(running: str) -> None:
    own = version("prefect")
    if running.split(".")[:2] != own.split(".")[:2]:
        raise Refusal(
            f"Prefect 服务为 {running} 版，本机为 {own} 版：请让服务、各台机器都用 requirements.lock 里的版本",
            f"the Prefect server is of version {running}, this machine has {own}: use that of requirements.lock"
            " everywhere",
        )


def _lacking(settings: Any) -> list[Said]:
    """What the server's settings, as it tells them (secrets blotted out), want for work on several machines."""
    own = settings.get("server") or {}
    concurrency, services, api = (own.get(name) or {} for name in ("concurrency", "services", "api"))
    doubts = []
    if str(concurrency.get("lease_storage", "")).endswith(".memory"):
        doubts.append(
            Said(
                "服务端的位置记录只在内存里：服务和机器一同中断后，位置永远空不出来，此后的巡查全被取消。请设"
                " PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE=prefect.server.concurrency.lease_storage.filesystem 后重启服务",
                "the server keeps in memory who holds which place: where it dies together with a machine, the place is"
                " never free again and every later pass is cancelled. Set"
                " PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE=prefect.server.concurrency.lease_storage.filesystem, and"
                " start it again",
            )
        )
    for name, variable in (("triggers", "TRIGGERS"), ("repossessor", "REPOSSESSOR"), ("scheduler", "SCHEDULER")):
        if (services.get(name) or {}).get("enabled") is False:
            doubts.append(
                Said(
                    f"服务端关闭了 {name}，中断的运行清不掉或流程不会按时运行。请去掉"
                    f" PREFECT_SERVER_SERVICES_{variable}_ENABLED=false 后重启服务",
                    f"the server runs without its {name}: dead runs are not ended, or nothing runs in time. Remove"
                    f" PREFECT_SERVER_SERVICES_{variable}_ENABLED=false, and start it again",
                )
            )
    if not api.get("auth_string"):
        doubts.append(
            Said(
                "服务端没有访问口令，能连上它的人都能在各台机器上执行命令。请设 PREFECT_SERVER_API_AUTH_STRING 后重启服务",
                "the server asks for no access string: whoever reaches it can run commands on every machine. Set"
                " PREFECT_SERVER_API_AUTH_STRING, and start it again",
            )
        )
    if api.get("csrf_protection_enabled") is False:
        doubts.append(
            Said(
                "服务端没有跨站保护，同事浏览器里的任何网页都能代为操作。请设"
                " PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED=true 后重启服务",
                "the server is not protected against forged requests: any page in a colleague's browser can act. Set"
                " PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED=true, and start it again",
            )
        )
    return doubts
