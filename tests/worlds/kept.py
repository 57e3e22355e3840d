"""A campaign at the point from which the tests of a file begin: brought there once, and copied for each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from standins.loop import Received
from standins.webhook import JsonSink
from worlds.campaign import Campaign, copy_campaign
from worlds.databases import Shared

World = TypeVar("World")


@dataclass(frozen=True)
class Kept:
    """The campaign, closed, the receiver of its people, which stays, and what had arrived there by then."""

    campaign: Campaign
    sink: JsonSink
    arrived: tuple[Received, ...]
    shared: Shared

    @contextmanager
    def copied(self, folder: Path, world: Callable[[Campaign, JsonSink], World]) -> Iterator[World]:
        """A copy in `folder` of which nothing reaches the others: a `Desk`, a `Chase`. One at a time, for the sink is one."""
        self.sink.start_over(self.arrived)
        campaign = copy_campaign(self.campaign, self.shared, folder)
        try:
            yield world(campaign, self.sink)
        finally:
            campaign.store.engine.dispose()


def keep(campaign: Campaign, sink: JsonSink, shared: Shared) -> Kept:
    """Close a campaign that was made in `shared`, so that it can be copied."""
    campaign.store.engine.dispose()
    return Kept(campaign, sink, tuple(sink.accepted), shared)
