"""One sending from a test that is not asynchronous, over a switchboard of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tasks.channels import Gateways, Message, Outcome, Switchboard

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
    """The outcomes of several sendings at once over one switchboard."""

    async def all_of_them() -> list[Outcome]:
        async with Switchboard(Gateways(gateway, gateway, gateway), timeout, clock) as board:
            return await asyncio.gather(*(board.send(url, message) for url, message in sendings))

    return asyncio.run(all_of_them())
