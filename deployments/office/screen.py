"""The Prefect server as an office uses it: nothing leaves the machine, and /board leads to the board.

Prefect's pages ask a firm outside for settings of their usage statistics even when statistics are off; a
content security policy keeps the browser from asking anyone but this server.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from html import escape
from typing import Any

import httpx

from deployments.office.server import HOST, INSTANCE_HEADER
from models.units import NATION, is_code
from models.wording import Lang, Refusal, Said
from tasks.boards import board_key
from tasks.campaign.offices import top_office
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_POLICY = "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'"
_UNPUBLISHED = """<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="3"><meta name="color-scheme" content="light dark">
<title>{title}</title><body style="font-family:sans-serif;margin:3em"><h1>{title}</h1><p>{sentence}</p><p><a href="/">Prefect</a></p>"""


def serve_screen(port: int, instance: str) -> None:
    """Run the server until SIGTERM."""
    import uvicorn
    from prefect.server.api.server import create_app

    app = guarded(create_app(final=True), instance)
    uvicorn.run(app, host=HOST, port=port, log_level="warning", timeout_keep_alive=5, timeout_graceful_shutdown=3)


def guarded(prefect: App, instance: str) -> App:
    """Prefect's application with our headers on every answer and with /board and /board/CODE added."""
    own_headers = [(b"content-security-policy", _POLICY.encode()), (INSTANCE_HEADER.encode(), instance.encode())]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_ours(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *own_headers]
            await send(message)

        if scope["type"] != "http":
            await prefect(scope, receive, send)
        elif scope["path"] == "/board" or scope["path"].startswith("/board/"):
            await _lead_to_board(prefect, scope["path"].removeprefix("/board").strip("/"), send_ours)
        else:
            await prefect(scope, receive, send_ours)

    return app


async def _lead_to_board(prefect: App, code: str, send: Send) -> None:
    """Redirect to the newest page under the board's key; a page that tries again while there is none."""
    settings = Settings()
    wanted = code if is_code(code) else _top(settings)
    asked = {"artifacts": {"key": {"any_": [board_key(wanted)]}}, "limit": 1}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=prefect), base_url=f"http://{HOST}") as client:
        found = (await client.post("/api/artifacts/latest/filter", json=asked)).json()
    if found:
        address = f"/v2/artifacts/artifact/{found[0]['latest_id']}"
        headers = [(b"location", address.encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 307, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    body = _unpublished(settings.lang).encode()
    await send(
        {"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/html; charset=utf-8")]}
    )
    await send({"type": "http.response.body", "body": body})


def _top(settings: Settings) -> str:
    try:
        return top_office(open_store(settings)) or NATION
    except Refusal:
        return NATION


def _unpublished(lang: Lang) -> str:
    title = Said("看板尚未发布", "The board is not published yet")
    sentence = Said(
        "第一遍巡查完成后自动发布，本页会自动打开它。还没有装载普查方案的，请先执行 pucha load。",
        "The first pass publishes it, and this page opens it by itself. Where no campaign is loaded yet, run pucha load first.",
    )
    return _UNPUBLISHED.format(title=escape(title.in_language(lang)), sentence=escape(sentence.in_language(lang)))
