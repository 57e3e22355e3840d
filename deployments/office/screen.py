"""The Prefect server as an office uses it: strangers stay outside, nothing leaves the machine, /board leads to the board.

Prefect's pages ask a firm outside for settings of their usage statistics even when statistics are off; a
content security policy keeps the browser from asking anyone but this server.
"""

from __future__ import annotations

import json
import time
from typing import Any

import httpx

from deployments.office.access import Tickets, access_string, encoded
from deployments.office.entrance import entrance_page
from deployments.office.server import HOST, INSTANCE_HEADER, prefect_home
from deployments.office.strangers import App, Message, Receive, Scope, Send, own_hosts, without_strangers
from models.units import NATION, is_code
from models.wording import Refusal
from tasks.boards import UNWRITTEN, board_key
from tasks.campaign.offices import top_office
from tasks.campaign.private_files import tighten
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store

_POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; object-src 'none'; base-uri 'self';"
    " form-action 'self'; frame-ancestors 'none'"
)
_MOST_BYTES = 4_096
_CLIENT = "pucha-board"
"""As what /board is known to Prefect's protection against forged requests."""


def serve_screen(port: int, instance: str) -> None:
    """Run the server until SIGTERM."""
    import uvicorn
    from prefect.server.api.server import create_app

    settings = Settings()
    hosts = own_hosts(port, settings.named_hosts)
    app = without_strangers(office_app(create_app(final=True), settings, instance), hosts)
    tighten(prefect_home(settings.home))  # the copies of its own pages have the modes of where they were installed
    uvicorn.run(app, host=HOST, port=port, log_level="warning", timeout_keep_alive=5, timeout_graceful_shutdown=3)


def office_app(prefect: App, settings: Settings, instance: str) -> App:
    """Prefect's application with our headers on every answer; /board, /board/CODE and /enter are ours."""
    own_headers = [
        (b"content-security-policy", _POLICY.encode()),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (INSTANCE_HEADER.encode(), instance.encode()),
    ]
    access = access_string(settings.home)
    tickets = Tickets(access, instance)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_ours(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *own_headers]
            await send(message)

        if scope["type"] != "http":
            await prefect(scope, receive, send)
        elif scope["path"] == "/enter" and scope["method"] == "POST":
            await _answer(send_ours, *await _enter(receive, tickets, access))
        elif scope["method"] in ("GET", "HEAD") and (scope["path"] == "/board" or scope["path"].startswith("/board/")):
            await _answer(send_ours, *await _board(prefect, scope, settings))
        else:
            await prefect(scope, receive, send_ours)

    return app


async def _enter(receive: Receive, tickets: Tickets, access: str) -> tuple[int, str, str]:
    """Give what opens Prefect's pages in exchange for a ticket."""
    taken = b""
    while True:
        message = await receive()
        taken += message.get("body", b"")
        if not message.get("more_body") or len(taken) > _MOST_BYTES:
            break
    try:
        ticket = str(json.loads(taken[:_MOST_BYTES])["ticket"])
    except (ValueError, KeyError, TypeError, RecursionError):
        ticket = ""
    if not tickets.take(ticket, time.time()):
        return _as_json(403, {"error": "this link was used before, or is none of this server's"})
    return _as_json(200, {"key": encoded(access)})


async def _board(prefect: App, scope: Scope, settings: Settings) -> tuple[int, str, str]:
    """The entrance; to its own question, the address of the newest page under the board's key, as Prefect gives it to
    whoever brings the access string."""
    headers = {name.lower(): value for name, value in scope["headers"]}
    if headers.get(b"accept") != b"application/json":
        return 200, "text/html; charset=utf-8", entrance_page(settings.lang)
    code = scope["path"].removeprefix("/board").strip("/")
    wanted = {"artifacts": {"key": {"any_": [board_key(code if is_code(code) else _top(settings))]}}, "limit": 1}
    carried = {b"Authorization": headers.get(b"authorization", b"")}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=prefect), base_url=f"http://{HOST}/api", headers=carried
    ) as client:
        token = await client.get("csrf-token", params={"client": _CLIENT})
        if token.status_code == 401:
            return _as_json(401, {"error": "the access string is needed"})
        carried = {b"Prefect-Csrf-Client": _CLIENT.encode(), b"Prefect-Csrf-Token": token.json()["token"].encode()}
        found = (await client.post("artifacts/latest/filter", json=wanted, headers=carried)).json()
    if not found or found[0]["data"] == UNWRITTEN:
        return _as_json(404, {"error": "no board"})
    return _as_json(200, {"address": f"/v2/artifacts/artifact/{found[0]['latest_id']}"})


def _as_json(status: int, data: dict[str, Any]) -> tuple[int, str, str]:
    return status, "application/json", json.dumps(data)


async def _answer(send: Send, status: int, kind: str, body: str) -> None:
    headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


def _top(settings: Settings) -> str:
    try:
        return top_office(open_store(settings)) or NATION
    except Refusal:
        return NATION
