"""One transport over several small connection pools.

httpcore looks at each of its connections for every request: with 64 of them that costs three times the
request itself. On one loopback sink and one core, one pool of 64 gave 340 requests a second at 64 in
flight, 16 pools of 4 gave 1 200. And it asks each idle one whether the other side has hung up, for which
anyio looks up both ends' addresses every time: `_Line` asks the socket alone.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import httpcore
import httpx

POOLS = 16
EACH = 4
LINES = POOLS * EACH
"""Requests that can be under way at once."""

_IDLE_SECONDS = 4.0
"""Shorter than the 5 s after which common servers drop an idle connection: a request that meets the drop
cannot be told from one that was lost after arriving."""


class SmallPools(httpx.AsyncBaseTransport):
    """Gives each request to the pool with the fewest under way."""

    def __init__(self, verify: ssl.SSLContext) -> None:
        self._pools = [_Pool(verify) for _ in range(POOLS)]
        self._under_way = [0] * POOLS

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        chosen = min(range(POOLS), key=self._under_way.__getitem__)
        self._under_way[chosen] += 1
        try:
            response = await self._pools[chosen].handle_async_request(request)
        except BaseException:  # a cancelled request gives its place back too
            self._under_way[chosen] -= 1
            raise

        def give_back() -> None:
            self._under_way[chosen] -= 1

        response.stream = _Counted(response.stream, give_back)
        return response

    async def aclose(self) -> None:
        for pool in self._pools:
            await pool.aclose()


class _Pool(httpx.AsyncHTTPTransport):
    """A few connections, each of them a `_Line`."""

    def __init__(self, verify: ssl.SSLContext) -> None:
        super().__init__(verify=verify)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=verify,
            max_connections=EACH,
            max_keepalive_connections=EACH,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=_Lines(),
        )


class _Lines(httpcore.AsyncNetworkBackend):
    """Connects as httpcore does, and hands out lines."""

    def __init__(self) -> None:
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _Line(await self._backend.connect_tcp(host, port, timeout, local_address, socket_options))

    async def sleep(self, seconds: float) -> None:
        await self._backend.sleep(seconds)


class _Line(httpcore.AsyncNetworkStream):
    """A connection that tells at little cost whether something, or the end, waits to be read."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._socket: socket.socket | None = stream.get_extra_info("socket")

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return _Line(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._is_readable() if info == "is_readable" else self._stream.get_extra_info(info)

    def _is_readable(self) -> bool:
        if self._socket is None or self._socket.fileno() < 0:
            return True
        waiting = select.poll()
        waiting.register(self._socket.fileno(), select.POLLIN)
        return bool(waiting.poll(0))


class _Counted(httpx.AsyncByteStream):
    """A response's body that says once when it is done with."""

    def __init__(self, body: httpx.SyncByteStream | httpx.AsyncByteStream, done: Callable[[], None]) -> None:
        assert isinstance(body, httpx.AsyncByteStream)
        self._body = body
        self._done: Callable[[], None] | None = done

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            yield chunk

    async def aclose(self) -> None:
        done, self._done = self._done, None
        try:
            await self._body.aclose()
        finally:
            if done:
                done()
