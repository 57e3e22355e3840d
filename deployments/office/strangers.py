"""Strangers stay outside (外来请求): on every port of ours, requests that another web page makes, or under another name.

A page of anybody's, open in a clerk's browser, can send requests to this machine. The browser says from which page
(Origin, Sec-Fetch-Site) and under which name (Host) they come; a name of somebody's own that points to this machine is
as foreign as a page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from typing import Any

from models.wording import Said

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")
_FOREIGN = Said(
    "请求来自别的网页或以别的名称发来，已拒绝。请用 pucha 给出的地址；其他名称须先写入 PUCHA_ALLOWED_HOSTS。",
    "Refused: the request comes from another page or under another name. Use the address that pucha gives; any other"
    " name must stand in PUCHA_ALLOWED_HOSTS.",
)


def own_hosts(port: int, named: Collection[str]) -> frozenset[str]:
    """What a Host header may say: this machine's own names with the port, and those that the office named."""
    return frozenset((*(f"{name}:{port}" for name in OWN_NAMES), *named, *(OWN_NAMES if port == 80 else ())))


def own_origins(port: int, named: Collection[str]) -> frozenset[str]:
    """The pages that may ask: ours, and those under the names that the office named, which a proxy may serve with TLS."""
    return frozenset((*(f"http://{host}" for host in own_hosts(port, ())), *(f"https://{name}" for name in named)))


def without_strangers(app: App, hosts: frozenset[str]) -> App:
    """`app`, which never sees a foreign request. hosts: see own_hosts."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not _is_foreign(scope, hosts):
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await _refuse(send)

    return guarded


def _is_foreign(scope: Scope, hosts: frozenset[str]) -> bool:
    host, origin, site = (_values(scope["headers"], name) for name in (b"host", b"origin", b"sec-fetch-site"))
    if len(host) != 1 or host[0] not in hosts:
        return True
    if len(origin) > 1 or any(one.partition("://")[2] != host[0] for one in origin):
        return True
    return site in (["cross-site"], ["same-site"]) and not _is_followed_link(scope)


def _is_followed_link(scope: Scope) -> bool:
    """Somebody follows a link to a page of ours, in a window of its own: all that a foreign page may bring about."""
    ways = [_values(scope["headers"], name) for name in (b"sec-fetch-mode", b"sec-fetch-dest")]
    return scope["type"] == "http" and scope["method"] == "GET" and ways == [["navigate"], ["document"]]


def _values(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    return [value.decode("latin-1").strip().lower() for name, value in headers if name.lower() == wanted]


async def _refuse(send: Send) -> None:
    body = f"{_FOREIGN.zh}\n{_FOREIGN.en}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
