"""One sending from a test that is not asynchronous, over channels opened for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tasks.channels import Gateways, Message, OpenChannels, Outcome

NOTICE = Message(
    "N00000123",
    "入户登记逾期提醒",
    "红旗街道办事处：短表登记应于2020年11月15日24时前完成。\n尚有12个普查小区未开始，请核实。",
)


def deliver(
    url: str,
    message: Message = NOTICE,
    gateway: str = "http://127.0.0.1:1",
    timeout: float = 5.0,
    clock: Callable[[], float] = time.time,
) -> Outcome:
    """The outcome of sending `message` once to `url`, with all three gateways at `gateway`."""
    [outcome] = deliver_all([(url, message)], gateway, timeout, clock)
    return outcome


def deliver_all(
    sendings: list[tuple[str, Message]],
    gateway: str = "http://127.0.0.1:1",
    timeout: float = 5.0,
    clock: Callable[[], float] = time.time,
) -> list[Outcome]:
    """The outcomes of several sendings at once over one transport."""

    async def all_of_them() -> list[Outcome]:
        async with OpenChannels(Gateways(gateway, gateway, gateway), timeout, clock) as channels:
            return await asyncio.gather(*(channels.send(url, message) for url, message in sendings))

    return asyncio.run(all_of_them())
