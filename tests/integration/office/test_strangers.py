"""Strangers at the doors: which requests reach an application of ours, and which are turned away before it sees them."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from deployments.office.strangers import Message, Receive, Scope, Send, own_hosts, own_origins, without_strangers

HOSTS = own_hosts(4200, ("board.example.gov.cn", "10.0.0.7:8443"))
FOLLOWED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


async def inside(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"inside"})


def answer(method: str = "GET", **headers: str) -> int:
    """The code that a request gets, from this machine's own name unless it says another."""

    async def ask() -> int:
        transport = httpx.ASGITransport(app=without_strangers(inside, HOSTS))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:4200") as client:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            return (await client.request(method, "/any", headers=given)).status_code

    return asyncio.run(ask())


@pytest.mark.parametrize("host", ["127.0.0.1:4200", "localhost:4200", "LOCALHOST:4200", "[::1]:4200", "10.0.0.7:8443"])
def test_a_request_under_our_own_names_comes_in(host: str):
    assert answer(Host=host) == 200
    assert answer("POST", Host=host, Origin=f"http://{host}", Sec_Fetch_Site="same-origin") == 200


def test_a_name_that_a_proxy_serves_with_tls_comes_in_where_the_office_has_named_it():
    assert answer("POST", Host="board.example.gov.cn", Origin="https://board.example.gov.cn") == 200
    assert answer(Host="other.example.gov.cn") == 403


@pytest.mark.parametrize(
    "host", ["evil.example:4200", "127.0.0.1.evil.example:4200", "127.0.0.1:4201", "127.0.0.1", "", "0.0.0.0:4200"]
)
def test_a_name_of_somebody_elses_that_points_here_is_turned_away(host: str):
    assert answer(Host=host) == 403


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1:9999",
        "http://localhost:4200",
        "http://127.0.0.1",
        "http://127.0.0.1:4200.evil.example",
        "null",
        "",
        "file://",
    ],
)
def test_another_page_is_turned_away_whatever_it_asks(origin: str):
    assert [answer(method, Origin=origin) for method in ("GET", "POST", "OPTIONS")] == [403] * 3


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_page_may_lead_here_and_neither_embed_nor_frame_nor_post(site: str):
    followed = {name: site if name == "Sec-Fetch-Site" else value for name, value in FOLLOWED.items()}
    assert answer(**followed) == 200
    assert answer("POST", **followed) == 403
    assert answer(**(followed | {"Sec-Fetch-Dest": "iframe"})) == 403
    assert answer(Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors", Sec_Fetch_Dest="image") == 403
    assert answer(Sec_Fetch_Site=site) == 403


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_page_and_a_typed_address_come_in(site: str):
    assert answer(Sec_Fetch_Site=site) == 200


def test_two_hosts_or_two_origins_are_turned_away():
    assert turned_away("http", [(b"host", b"127.0.0.1:4200"), (b"host", b"evil.example")])
    assert turned_away("http", [(b"host", b"127.0.0.1:4200"), *[(b"origin", b"http://127.0.0.1:4200")] * 2])
    assert turned_away("http", [])


def test_a_socket_of_another_page_is_shut_before_it_opens():
    own = [(b"host", b"127.0.0.1:4200"), (b"origin", b"http://127.0.0.1:4200")]
    assert not turned_away("websocket", own)
    assert turned_away("websocket", [own[0], (b"origin", b"http://127.0.0.1:9999")])
    assert turned_away("websocket", [(b"host", b"evil.example")])


def turned_away(kind: str, headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the application never saw a request; it is then answered 403, or its socket closed."""
    sent: list[Message] = []
    seen: list[Any] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(
        without_strangers(app, HOSTS)({"type": kind, "method": "GET", "headers": headers}, receive, send)  # type: ignore[arg-type]
    )
    assert bool(seen) != bool(sent)
    if sent:
        assert sent[0].get("status") == 403 or sent[0]["type"] == "websocket.close"
    return not seen


def test_a_proxied_name_may_ask_with_tls_and_nothing_else_from_outside_may():
    assert own_origins(4200, ("board.example.gov.cn",)) == {
        "http://127.0.0.1:4200",
        "http://localhost:4200",
        "http://[::1]:4200",
        "https://board.example.gov.cn",
    }
