"""Opens channels by their address and sends over them, on one shared HTTP client."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from types import TracebackType
from typing import Self

import httpx

from tasks.channels.address import mask
from tasks.channels.exchange import Gateways, Line
from tasks.channels.faults import outcome
from tasks.channels.log_guard import quiet
from tasks.channels.message import Channel, ChannelError, Message, Outcome
from tasks.channels.pools import LINES, SmallPools
from tasks.channels.registry import kind_of

log = logging.getLogger(__name__)

THREADS = 16
_KEPT_OPEN = 4096
"""Channels remembered; each is small, and the nation has 44 000."""


@cache
def _trust() -> ssl.SSLContext:
    """Whom we trust, read once: that takes longer than a pass that finds nothing to send."""
    return httpx.create_ssl_context()


class Switchboard:
    """Send messages over any channel: `async with Switchboard(gateways) as board: await board.send(…)`.

    timeout: seconds for each step of a sending; one sending ends within three times that.
    clock: the real time in seconds since 1970. Providers refuse a signature that is an hour off, so it is
    the caller's clock of the world, not the clock of a pass that is run as of another day.
    """

    def __init__(self, gateways: Gateways, timeout: float = 10.0, clock: Callable[[], float] = time.time) -> None:
        self._gateways = gateways
        self._timeout = timeout
        self._clock = clock
        self._line: Line | None = None

    async def __aenter__(self) -> Self:
        context = _trust()
        timeout = httpx.Timeout(self._timeout, connect=self._timeout / 2)
        with quiet():
            client = httpx.AsyncClient(
                # As a mount, it gives way to the proxies that the environment names.
                mounts={"all://": SmallPools(context)},
                verify=context,
                timeout=timeout,
                follow_redirects=False,
                headers={"user-agent": "Pucha", "accept-encoding": "identity"},
            )
        self._line = Line(
            client=client,
            gateways=self._gateways,
            timeout=self._timeout,
            clock=self._clock,
            slots=asyncio.Semaphore(LINES),
            threads=ThreadPoolExecutor(THREADS, thread_name_prefix="pucha-channel"),
            thread_slots=asyncio.Semaphore(THREADS),
        )
        self._channel = lru_cache(_KEPT_OPEN)(self._open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        line, self._line = self._line, None
        if line:
            line.threads.shutdown(wait=False, cancel_futures=True)
            with quiet():
                await line.client.aclose()

    async def send(self, url: str, message: Message) -> Outcome:
        """Send `message` once to the channel at `url`; every fault of the other side is an Outcome.

        An address that has become unusable since it was loaded is `refused` with the code `address`.
        """
        if self._line is None:
            raise RuntimeError("a switchboard is used inside `async with`")
        with quiet():
            try:
                return await self._channel(url).send(message)
            except ChannelError as error:
                return outcome("address", message.lang, note=error.said.in_language(message.lang))
            except Exception as error:  # noqa: BLE001
                # One channel's bug must not stop the others. Its text may hold the address: name the type.
                log.error("channel %s failed with %s", mask(url), type(error).__name__)
                return outcome("internal", message.lang, note=type(error).__name__)

    def _open(self, url: str) -> Channel:
        assert self._line is not None
        return kind_of(url).open(url, self._line)
