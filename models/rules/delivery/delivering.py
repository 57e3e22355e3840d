"""Delivering (送达): which channel a notice takes, what follows an attempt, when a channel is set aside.

Architecture rules 7, 11, 15. Moments are microseconds. Channels go by their address, a keyed hash that
tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from models.moments import micros_in

State = Literal["planned", "held", "sending", "accepted", "refused", "retry", "unknown", "superseded", "withdrawn"]
Ended = Literal["accepted", "refused", "retry", "unknown"]

BACK_OFF = (1, 2, 5, 15, 30, 60, 120, 240)
"""Minutes to wait after the first, second … attempt of a notice that came to nothing."""
TRIES_A_CHANNEL = 3
"""Passing failures of one notice over one channel after which the person's next channel is tried first."""
FAILURES_TO_SET_ASIDE = 3
"""Failures in a row after which a channel is set aside."""
LONGEST_ASIDE = 60
"""Minutes after which a channel that was set aside is tried again at the latest."""
MOST_LEASES = 24
"""Attempts whose sender died after which a notice is given up: it may be what kills them."""
SILENCE = 3
"""Channels that cannot be reached, none having answered, from which on the fault is taken to be on our side."""
OUTAGE_PATIENCE = timedelta(days=3)
"""How long a notice waits out an outage of our own before its attempts count; a weekend and a day."""
OUTAGE_PAUSE = timedelta(minutes=5)

_MINUTE = 60_000_000


@dataclass(frozen=True)
class Health:
    """How one channel fares.

    failures: in a row; refuses: the last of them was a permanent refusal. aside_until: set aside until then;
    free_at: its throttle lets the next message through then; spent: moments at which messages count.
    """

    address: str
    shown: str
    failures: int = 0
    refuses: bool = False
    last_success: int | None = None
    last_failure: int | None = None
    code: str | None = None
    error: str | None = None
    aside_until: int | None = None
    free_at: int | None = None
    spent: tuple[int, ...] = ()

    def is_aside(self, at: int) -> bool:
        return self.aside_until is not None and self.aside_until > at

    def is_throttled(self, at: int) -> bool:
        return self.free_at is not None and self.free_at > at


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


def choose(channels: Sequence[Health], tried: Tried, at: int, most: int) -> Take | Wait | GiveUp:
    """The channel that a notice takes now, of the person's channels in their order.

    A channel that is set aside is passed over for the next one; where it is the last, the notice waits for
    it, unless it refuses everything or has failed `most` times in a row: then waiting is no use. A throttled
    channel is waited for: the message will arrive, and a second channel is not for that.
    """
    if not channels:
        return GiveUp("no-channel")
    waits = []
    for channel in sorted(channels, key=lambda one: tried.failures.get(one.address, 0) >= TRIES_A_CHANNEL):
        if channel.address in tried.refused:
            continue
        if channel.is_aside(at):
            if not channel.refuses and channel.failures < most:
                waits.append(Wait(channel.address, channel.aside_until or at, "aside"))
            continue
        if channel.is_throttled(at):
            return Wait(channel.address, channel.free_at or at, "throttled")
        return Take(channel.address)
    return min(waits, key=lambda wait: wait.until, default=GiveUp("dead"))


@dataclass(frozen=True)
class Step:
    """What follows an attempt. settled: for good; wait: until the ledger tries again; repeat: marked 可能重复 then.

    given_up: nobody was reached, so a superior and the administrator must hear of it (architecture rule 7).
    """

    state: State
    settled: bool
    wait: timedelta | None = None
    repeat: bool = False
    given_up: bool = False


def next_step(
    ended: Ended, failures: int, most: int, *, others: bool, resend: bool, retry_after: float | None = None
) -> Step:
    """What follows an attempt that ended so.

    failures: passing ones of this notice, this one included; others: another channel may still take it;
    resend: a message of unknown fate is sent again (`if_unknown`), marked; else it is left.
    """
    if ended == "accepted":
        return Step("accepted", settled=True)
    if ended == "refused":
        if others:
            return Step("retry", settled=False, wait=timedelta())
        return Step("refused", settled=True, given_up=True)
    if ended == "unknown" and not resend:
        return Step("unknown", settled=True)
    if failures >= most:
        if ended == "unknown":
            return Step("unknown", settled=True, repeat=True, given_up=True)
        return Step("refused", settled=True, given_up=True)
    return Step(ended, settled=False, wait=_pause(failures, retry_after), repeat=ended == "unknown")


def _pause(failures: int, retry_after: float | None) -> timedelta:
    if retry_after is not None:
        return max(timedelta(seconds=retry_after), timedelta(seconds=1))
    return timedelta(minutes=BACK_OFF[min(max(failures, 1), len(BACK_OFF)) - 1])


def after_death(leases: int, resend: bool) -> Step:
    """What follows when a sender died over a notice: it may have arrived, and no channel is to blame."""
    if not resend:
        return Step("unknown", settled=True)
    if leases >= MOST_LEASES:
        return Step("unknown", settled=True, repeat=True, given_up=True)
    return Step("unknown", settled=False, wait=timedelta(), repeat=True)


def health_after(
    health: Health, ended: Ended, at: int, code: str | None, error: str | None, throttled_for: timedelta | None = None
) -> Health:
    """How a channel fares after an attempt. throttled_for: the provider said "later", which is no failure."""
    if ended == "accepted":
        return replace(health, failures=0, refuses=False, last_success=at, code=None, error=None, aside_until=None)
    if throttled_for is not None:
        until = at + micros_in(throttled_for)
        return replace(health, free_at=max(health.free_at or 0, until), code=code, error=error)
    failures = health.failures + 1
    aside = None
    if failures >= FAILURES_TO_SET_ASIDE:
        minutes = BACK_OFF[min(failures - FAILURES_TO_SET_ASIDE, len(BACK_OFF) - 1)]
        aside = at + min(minutes, LONGEST_ASIDE) * _MINUTE
    return replace(
        health,
        failures=failures,
        refuses=ended == "refused",
        last_failure=at,
        code=code,
        error=error,
        aside_until=aside,
    )


@dataclass(frozen=True)
class Reach:
    """What one pass has seen of the world: whether anybody answered, and which channels could not be reached."""

    answered: bool = False
    unreachable: frozenset[str] = frozenset()

    def after(self, address: str, reached: bool) -> Reach:
        if self.answered or reached:
            return Reach(answered=True)
        return Reach(unreachable=self.unreachable | {address})

    @property
    def is_outage(self) -> bool:
        """True when nobody at all can be reached: then the fault is ours, and no notice or channel is blamed."""
        return not self.answered and len(self.unreachable) >= SILENCE


def notice_number(notice_id: int) -> str:
    """The number that a notice carries in every message and listing."""
    return f"N{notice_id:08d}"
