"""Several small HTTP clients, each with one connection, lent for one request at a time.

A client looks at every connection of its pool for every request: one client with 64 connections sends a
quarter of what 64 clients with one each do.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import httpx

AT_ONCE = 64
"""Requests, and so connections, that can be under way at once."""

_ONE_CONNECTION = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=4.0)
"""Kept for less than the 5 s after which common servers drop an idle connection: a request that meets the
drop cannot be told from one that was lost after arriving."""


class Clients:
    """Lends the client that was given back last, or a new one while all others are lent.

    timeout: seconds for sending and for each wait for an answer; half of that for connecting.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = httpx.Timeout(timeout, connect=timeout / 2)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._made: list[httpx.AsyncClient] = []
        self._free = [self._make()]  # at once, so that a proxy named wrongly stops a pass before it sends

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client for one request; waits while all are lent."""
        async with self._slots:
            client = self._free.pop() if self._free else self._make()
            try:
                yield client
            finally:
                self._free.append(client)

    async def aclose(self) -> None:
        for client in self._made:
            await client.aclose()

    def _make(self) -> httpx.AsyncClient:
        """A client of its own; it takes the proxies that the environment names, and follows no redirect."""
        client = httpx.AsyncClient(
            verify=_trust(),
            limits=_ONE_CONNECTION,
            timeout=self._timeout,
            follow_redirects=False,
            headers={"user-agent": "Pucha", "accept-encoding": "identity"},
        )
        self._made.append(client)
        return client


def _trust() -> ssl.SSLContext:
    return _trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _trusted(file: str | None, folder: str | None) -> ssl.SSLContext:
    """Whom we trust, read once: that takes longer than a pass that finds nothing to send."""
    if file or folder:
        return ssl.create_default_context(cafile=file, capath=folder)
    return httpx.create_ssl_context(trust_env=False)
