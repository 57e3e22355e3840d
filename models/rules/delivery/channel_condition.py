"""Channels' conditions (渠道状况): how a channel fares after each answer, and when it is set aside.

Architecture rules 7, 11. Moments are microseconds. Channels go by their address, a keyed hash that tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, Protocol

from models.moments import micros_in

Ended = Literal["accepted", "refused", "retry", "unknown"]

BACK_OFF = (1, 2, 5, 15, 30, 60, 120, 240)
"""Minutes, longer each time: until a notice that came to nothing is tried again, and a channel that was set aside."""
FAILURES_TO_SET_ASIDE = 3
"""Failures in a row after which a channel is set aside."""
LONGEST_ASIDE = 60
"""Minutes after which a channel that was set aside is tried again at the latest."""
SILENCE = 3
"""Channels that cannot be reached, none having answered, from which on the fault is taken to be on our side."""
UNREACHED = "connect"
"""The code of an attempt for which not even a connection was made."""

_THROTTLED = timedelta(minutes=1)
"""How long a channel rests whose provider said "too many" without saying for how long."""
_TOO_MANY = ("429", "throttled")


class Answer(Protocol):
    """How one sending ended, as `tasks.channels.Outcome` has it. parts: messages that it cost, for the throttle.

    retry_after: seconds that the provider asked to wait.
    """

    @property
    def state(self) -> Ended: ...
    @property
    def code(self) -> str | None: ...
    @property
    def detail(self) -> str: ...
    @property
    def retry_after(self) -> float | None: ...
    @property
    def parts(self) -> int: ...


@dataclass(frozen=True)
class Condition:
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

    def word(self, at: int) -> Literal["aside", "failing", "throttled", "ok", "unused"]:
        """The condition in one word."""
        if self.is_aside(at):
            return "aside"
        if self.failures:
            return "failing"
        if self.is_throttled(at):
            return "throttled"
        return "unused" if self.last_success is None else "ok"


def condition_after(condition: Condition, answer: Answer, at: int) -> Condition:
    """How a channel fares after an answer. "Later" is no failure: the channel rests, and nobody counts it."""
    code, error = answer.code, answer.detail or None
    if answer.state == "accepted":
        return replace(condition, failures=0, refuses=False, last_success=at, code=None, error=None, aside_until=None)
    rest = _asked_to_rest(answer)
    if rest is not None:
        return replace(condition, free_at=max(condition.free_at or 0, at + micros_in(rest)), code=code, error=error)
    failures = condition.failures + 1
    return replace(
        condition,
        failures=failures,
        refuses=answer.state == "refused",
        last_failure=at,
        code=code,
        error=error,
        aside_until=_aside_until(failures, at),
    )


def _asked_to_rest(answer: Answer) -> timedelta | None:
    """How long the channel is to rest, where the provider said "later"; None for anything else."""
    if answer.state != "retry" or (answer.retry_after is None and answer.code not in _TOO_MANY):
        return None
    return timedelta(seconds=answer.retry_after) if answer.retry_after else _THROTTLED


def _aside_until(failures: int, at: int) -> int | None:
    if failures < FAILURES_TO_SET_ASIDE:
        return None
    minutes = BACK_OFF[min(failures - FAILURES_TO_SET_ASIDE, len(BACK_OFF) - 1)]
    # a provider that comes back after a day is to be found within the hour, however long its channel has failed
    return at + micros_in(timedelta(minutes=min(minutes, LONGEST_ASIDE)))


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
