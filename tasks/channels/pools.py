"""One transport over several small connection pools.

httpcore looks at each of its connections for every request: with 64 of them that costs three times the
request itself. On one loopback sink and one core, one pool of 64 gave 340 requests a second at 64 in
flight, 16 pools of 4 gave 1 200.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable

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
        limits = httpx.Limits(max_connections=EACH, max_keepalive_connections=EACH, keepalive_expiry=_IDLE_SECONDS)
        self._pools = [httpx.AsyncHTTPTransport(verify=verify, limits=limits) for _ in range(POOLS)]
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
