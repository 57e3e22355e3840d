"""Opens channels by their address and sends over them, on one transport for all."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from types import TracebackType
from typing import Self

from tasks.channels.address import mask
from tasks.channels.apprise_pool import ApprisePool
from tasks.channels.begun import attempt
from tasks.channels.clients import Clients
from tasks.channels.exchange import Gateways, Transport
from tasks.channels.faults import bounded, outcome
from tasks.channels.log_guard import unlogged
from tasks.channels.message import Channel, ChannelError, Message, Outcome
from tasks.channels.registry import check_host, kind_of

log = logging.getLogger(__name__)

LONGEST_WAIT = 3600.0
"""Seconds that a provider may make us wait, where the office has set no other bound."""
_KEPT_OPEN = 4096
"""Channels remembered; each is small, and the nation has 44 000."""


class OpenChannels:
    """Send messages over any channel: `async with OpenChannels(gateways) as channels: await channels.send(…)`.

    timeout: seconds for each step of a sending; one sending ends within three times that.
    clock: the real time in seconds since 1970. Providers refuse a signature that is an hour off, so it is
    the caller's clock of the world, not the clock of a pass that is run as of another day.
    longest_wait: seconds that a provider may make us wait; a longer wait counts as this one, and is said.
    """

    def __init__(
        self,
        gateways: Gateways,
        timeout: float = 10.0,
        clock: Callable[[], float] = time.time,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        self._gateways = gateways
        self._timeout = timeout
        self._clock = clock
        self._longest_wait = longest_wait
        self._transport: Transport | None = None

    async def __aenter__(self) -> Self:
        with unlogged():
            clients = Clients(self._timeout)
        self._transport = Transport(
            clients=clients,
            gateways=self._gateways,
            timeout=self._timeout,
            clock=self._clock,
            processes=ApprisePool(),
        )
        self._channel = lru_cache(_KEPT_OPEN)(self._open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        transport, self._transport = self._transport, None
        if transport:
            transport.processes.close()
            with unlogged():
                await transport.clients.aclose()

    async def send(self, url: str, message: Message) -> Outcome:
        """Send `message` once to the channel at `url`; every fault of it, or of the other side, is an Outcome.

        An address that has become unusable since it was loaded, or whose host is not allowed any more, is `refused` with the code `address`. Whatever
        else a channel raises is `unknown` only where a part of the message may have left.
        """
        if self._transport is None:
            raise RuntimeError("channels are opened inside `async with`")
        with unlogged(), attempt() as made:
            try:
                return bounded(await self._channel(url).send(message), message.lang, self._longest_wait)
            except ChannelError as error:
                return outcome("address", message.lang, note=error.said.in_language(message.lang))
            except Exception as error:  # noqa: BLE001
                # One channel's bug must not stop the others. Its text may hold the address: name the type.
                log.error("channel %s failed with %s", mask(url), type(error).__name__)
                return outcome("internal" if made.begun else "unmade", message.lang, note=type(error).__name__)

    def _open(self, url: str) -> Channel:
        assert self._transport is not None
        check_host(url, self._gateways.hosts)
        return kind_of(url).open(url, self._transport)
