"""A small web page or endpoint of our own: how an application is served on loopback, by a thread, within bounds.

One request a connection. Whoever says nothing is hung up on, and so is whoever comes on top of those that are
being answered. Nothing is logged: a prober that asks every second would fill the disk.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from uvicorn.protocols.http.h11_impl import H11Protocol

from deployments.office.strangers import App, own_hosts, without_strangers

HOST = "127.0.0.1"
REQUEST_SECONDS = 5.0
"""For a request to be there, head and body."""
ANSWER_SECONDS = 20.0
"""For a connection from its first moment to its last."""
_LEAVE_SECONDS = 2
"""For those that are being answered when the serving ends."""


def new_app() -> FastAPI:
    """An application with no pages but those that are added to it, each at its own path alone."""
    return FastAPI(openapi_url=None, redirect_slashes=False)


async def read_at_most(request: Request, most: int) -> bytes:
    """The first `most` bytes of what is sent, so that the sender can finish, and no more than is sensible."""
    taken = bytearray()
    async for part in request.stream():
        taken += part
        if len(taken) >= most:
            break
    return bytes(taken[:most])


@contextmanager
def serving(app: FastAPI, port: int, at_once: int, named: Collection[str] = ()) -> Iterator[int]:
    """Answer on `port` (0: a free one) until this ends; gives the port. OSError where it is taken.

    Strangers get no answer; named: further hosts under which it is reached, see Settings.named_hosts.
    """
    with socket.create_server((HOST, port)) as listening:
        hosts = own_hosts(int(listening.getsockname()[1]), named)
        server = uvicorn.Server(_config(without_strangers(app, hosts), at_once))
        thread = threading.Thread(target=server.run, args=([listening],), name="web", daemon=True)
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(2 * _LEAVE_SECONDS)


def _config(app: App, at_once: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        http=_bounded(at_once),
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        headers=[("Server", "pucha"), ("Connection", "close")],
        timeout_graceful_shutdown=_LEAVE_SECONDS,
    )


def _bounded(at_once: int) -> type[H11Protocol]:
    """uvicorn's HTTP/1.1, which waits for ever for a first byte and answers 503 to whoever comes on top."""

    class Bounded(H11Protocol):
        bounds: tuple[asyncio.TimerHandle, ...] = ()

        def connection_made(self, transport: Any) -> None:
            if len(self.connections) >= at_once:
                self.transport = transport
                transport.close()
                return
            super().connection_made(transport)
            self.bounds = (
                self.loop.call_later(REQUEST_SECONDS, self.hang_up_on_silence),
                self.loop.call_later(ANSWER_SECONDS, transport.abort),
            )

        def connection_lost(self, exc: Exception | None) -> None:
            for bound in self.bounds:
                bound.cancel()
            super().connection_lost(exc)

        def hang_up_on_silence(self) -> None:
            if self.cycle is None or self.cycle.more_body:
                self.transport.abort()

    return Bounded
