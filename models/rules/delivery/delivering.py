"""Delivering (送达): the states of a notice, and which channel it takes.

Architecture rules 7, 15. Moments are microseconds. Channels go by their address, a keyed hash that
tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from models.rules.delivery.channel_condition import Condition, Ended

State = Literal["planned", "held", "sending", "accepted", "refused", "retry", "unknown", "superseded", "withdrawn"]

TRIES_A_CHANNEL = 3
"""Passing failures of one notice over one channel after which the person's next channel is tried first."""


@dataclass(frozen=True)
class Tried:
    """What became of a notice over each channel so far: passing failures by address, and who refused it for good."""

    failures: Mapping[str, int] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()

    def after(self, address: str, ended: Ended) -> Tried:
        """With one more failure."""
        if ended == "refused":
            return replace(self, refused=self.refused | {address})
        return replace(self, failures={**self.failures, address: self.failures.get(address, 0) + 1})

    @property
    def count(self) -> int:
        """Passing failures in all."""
        return sum(self.failures.values())


@dataclass(frozen=True)
class Take:
    """Send over this channel."""

    address: str


@dataclass(frozen=True)
class Wait:
    """Wait for this channel until then: it is throttled, or set aside."""

    address: str
    until: int
    why: Literal["throttled", "aside"]


@dataclass(frozen=True)
class GiveUp:
    """No channel is left. no-channel: the person has none; dead: each refused this notice, or refuses everything."""

    code: Literal["no-channel", "dead"]


def choose(channels: Sequence[Condition], tried: Tried, at: int, most: int) -> Take | Wait | GiveUp:
    """The channel that a notice takes now, of the person's channels in their order.

    A channel that is set aside is passed over for the next one; where it is the last, the notice waits for
    it, unless it refuses everything or has failed `most` times in a row: then waiting is no use. A throttled
    channel is waited for: the message will arrive, and a second channel is not for that.
    """
    if not channels:
        return GiveUp("no-channel")
    waits = []
    # a channel that keeps failing over this notice goes behind the others, but stays the last resort
    for channel in sorted(channels, key=lambda one: tried.failures.get(one.address, 0) >= TRIES_A_CHANNEL):
        if channel.address in tried.refused:
            continue
        if channel.is_aside(at):
            # waiting for a channel that takes nothing would be silence: it is better to go up at once
            if not channel.refuses and channel.failures < most:
                waits.append(Wait(channel.address, channel.aside_until or at, "aside"))
            continue
        if channel.is_throttled(at):
            return Wait(channel.address, channel.free_at or at, "throttled")
        return Take(channel.address)
    return min(waits, key=lambda wait: wait.until, default=GiveUp("dead"))


def notice_number(notice_id: int) -> str:
    """The number that a notice carries in every message and listing."""
    return f"N{notice_id:08d}"
