"""Deliver a digest to every township of the nation, over a sink on loopback, and what the same sends cost without a ledger.

An ordinary morning's digest has four lines, the worst one that there can be forty: every duty of the plan at once.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from deployments.bench.campaigns import databases, nation, sink
from deployments.bench.measure import once, peak_gib, row, tell
from models.moments import read_moment
from tasks.campaign.store import Store
from tasks.channels import Gateways, Message, OpenChannels
from tasks.chasing.passes import owe
from tasks.delivery.deliver import deliver

MORNINGS = (("four lines each", "2020-07-20T09:00"), ("forty lines each", "2020-10-20T09:00"))
BARE = 5_000


def main() -> None:
    rows: list[dict[str, Any]] = []
    for name, server in databases():
        for lines, moment in MORNINGS:
            with tempfile.TemporaryDirectory() as folder, sink() as channel:
                store = nation(Path(folder), channel, server, figures=False)
                rows += _morning(f"{name}, {lines}", store, channel, moment)
                store.engine.dispose()
    tell(rows)


def _morning(name: str, store: Store, channel: str, moment: str) -> list[dict[str, Any]]:
    """Owe and deliver everything that is owed first at `moment`, with no figures reported."""
    bare, _ = once(lambda: asyncio.run(_bare(channel)))
    now = read_moment(moment, store.plan().zone)
    planning, owed = once(lambda: owe(store, None, now))
    before = peak_gib()
    sending, sent = once(lambda: deliver(store, store.settings, lambda: now))
    rate, floor = sent.delivered / sending, BARE / bare
    return [
        row(f"{name}: plan {owed.owed} digests from {owed.opened} new cases", f"{planning:.1f} s"),
        row(
            f"{name}: deliver {sent.delivered} digests",
            f"{rate:.0f} a second",
            floor=f"{floor:.0f} a second without a ledger",
            ratio=floor / rate,
            bound="≥ 500 a second",
            met=rate >= 500,
        ),
        row(f"{name}: memory that delivery adds to {before:.2f} GiB", f"{peak_gib() - before:.2f} GiB"),
    ]


async def _bare(channel: str) -> None:
    """The same sends with nothing planned, leased or recorded."""
    async with OpenChannels(
        Gateways("http://127.0.0.1:9", "http://127.0.0.1:9", "http://127.0.0.1:9"), 10.0
    ) as channels:
        for start in range(0, BARE, 50):
            await asyncio.gather(
                *(
                    channels.send(f"{channel}/{n}", Message(f"N{n:08d}", "测速", "正文"))
                    for n in range(start, start + 50)
                )
            )


if __name__ == "__main__":
    main()
