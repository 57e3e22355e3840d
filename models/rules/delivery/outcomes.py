"""Outcomes (结果): what becomes of a notice, its channel and the channel's throttle when an attempt is over.

Architecture rules 7, 11, 15. An attempt ends in one of three ways: a provider answered, nothing was sent after
all, or the sender died over it. What follows is decided by `what_follows` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.moments import micros, micros_in
from models.rules.delivery.channel_condition import BACK_OFF, UNREACHED, Answer, Condition, Reach, condition_after
from models.rules.delivery.delivering import State, Tried
from models.rules.delivery.throttling import Rate

MOST_LEASES = 24
"""Attempts whose sender died after which a notice is given up: it may be what kills them."""
OUTAGE_PATIENCE = timedelta(days=3)
"""How long a notice waits out an outage of our own before its attempts count; a weekend and a day."""
OUTAGE_PAUSE = timedelta(minutes=5)

_AT_ONCE = timedelta()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is known of a notice when an attempt at it ends.

    leases: how often a sender took it up, this time included; always: it may go out at any hour; repeat: an
    earlier message may have arrived; resend: one of unknown fate is sent again (`if_unknown`), marked; else left.
    """

    leases: int
    repeat: bool
    always: bool
    resend: bool
    created_at: int
    tried: Tried


@dataclass(frozen=True, slots=True)
class Answered:
    """A provider answered over a channel that was in this condition.

    rate: the channel's throttle; reserved: the moments that it gave the messages; others: another channel may
    still take the notice; reach: what the pass has seen of the world.
    """

    answer: Answer
    condition: Condition
    rate: Rate | None
    reserved: tuple[int, ...]
    others: bool
    reach: Reach

    @property
    def is_our_outage(self) -> bool:
        return self.answer.code == UNREACHED and self.reach.is_outage


@dataclass(frozen=True, slots=True)
class Untried:
    """It was taken up from state `was`, but not sent, for the reason `why`.

    ends: the state into which its withdrawn lines put it, where they did so before it was sent.
    """

    was: State
    why: str | None = None
    ends: State | None = None


@dataclass(frozen=True, slots=True)
class Died:
    """The sender died over it: it may have arrived, and no channel is to blame."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What follows an attempt, for the notice and its channel.

    next_try: None where the notice is settled for good; not_before: a new one, or None; repeat: marked 可能重复
    from now on; given_up: nobody was reached, so a superior and the administrator must hear of it
    (architecture rule 7); leases, tried: what now counts; condition: of the channel, None where it stays as it was.
    """

    state: State
    next_try: int | None
    repeat: bool
    leases: int
    tried: Tried
    not_before: int | None = None
    given_up: bool = False
    condition: Condition | None = None

    @property
    def is_settled(self) -> bool:
        return self.next_try is None

    @property
    def may_have_arrived(self) -> bool:
        return self.state in ("accepted", "unknown")


def what_follows(
    attempt: Attempt,
    ending: Answered | Untried | Died,
    now: datetime,
    *,
    most: int,
    may_go: Callable[[datetime, bool], datetime],
) -> Aftermath:
    """What becomes of a notice and its channel, now that an attempt is over.

    most: passing failures after which a notice is given up; may_go: the first moment, not before the given
    one, at which a notice may go out, `always` or within office hours.
    """
    at = micros(now)
    if isinstance(ending, Untried):
        return _put_back(attempt, ending, at, micros(may_go(now + OUTAGE_PAUSE, attempt.always)))
    if isinstance(ending, Died):
        step, tried, condition = _after_death(attempt), attempt.tried, None
    else:
        step, tried = _after_answer(attempt, ending, most, at)
        condition = _condition_after(ending, at)
    return Aftermath(
        state=step.state,
        next_try=None if step.wait is None else micros(may_go(now + step.wait, attempt.always)),
        repeat=attempt.repeat or step.repeat,
        leases=attempt.leases,
        tried=tried,
        given_up=step.given_up,
        condition=condition,
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """Into which state, and how long until the next try. wait: None where there is none."""

    state: State
    wait: timedelta | None = None
    repeat: bool = False
    given_up: bool = False


def _after_answer(attempt: Attempt, ending: Answered, most: int, at: int) -> tuple[_Step, Tried]:
    """What follows, and what is now known of the notice's attempts."""
    waited = at - attempt.created_at
    if ending.is_our_outage and waited < micros_in(OUTAGE_PATIENCE):
        return _Step("retry", OUTAGE_PAUSE), attempt.tried
    if ending.answer.state == "accepted":
        return _Step("accepted"), attempt.tried
    tried = attempt.tried.after(ending.condition.address, ending.answer.state)
    return _after_failure(ending, tried.count, most, resend=attempt.resend), tried


def _after_failure(ending: Answered, failures: int, most: int, *, resend: bool) -> _Step:
    """failures: passing ones of this notice, this one included."""
    ended = ending.answer.state
    if ended == "refused":
        # what one channel will never take, another may: until all have refused, the reader is not given up
        return _Step("retry", _AT_ONCE) if ending.others else _Step("refused", given_up=True)
    if ended == "unknown" and not resend:
        return _Step("unknown")
    if failures >= most:
        # what may have arrived is never called refused, though it is given up all the same
        return _Step("unknown" if ended == "unknown" else "refused", repeat=ended == "unknown", given_up=True)
    return _Step(ended, _pause(failures, ending.answer.retry_after), repeat=ended == "unknown")


def _pause(failures: int, retry_after: float | None) -> timedelta:
    if retry_after is not None:
        return max(timedelta(seconds=retry_after), timedelta(seconds=1))
    return timedelta(minutes=BACK_OFF[min(max(failures, 1), len(BACK_OFF)) - 1])


def _after_death(attempt: Attempt) -> _Step:
    if not attempt.resend:
        return _Step("unknown", repeat=True)
    if attempt.leases >= MOST_LEASES:
        return _Step("unknown", repeat=True, given_up=True)
    return _Step("unknown", _AT_ONCE, repeat=True)


def _put_back(attempt: Attempt, ending: Untried, at: int, later: int) -> Aftermath:
    """Back to where it was, or ended because nothing is left to say. What was not sent is no attempt."""
    back = Aftermath(
        state=ending.was,
        next_try=at,
        repeat=attempt.repeat,
        leases=attempt.leases - 1,
        tried=attempt.tried,
    )
    if ending.ends is not None:
        # an earlier message may have arrived: that its lines were withdrawn since does not unsay it
        return replace(back, state="unknown" if attempt.repeat else ending.ends, next_try=None)
    if ending.why is None:
        return back
    return replace(back, state="held" if ending.was == "planned" else ending.was, next_try=later, not_before=later)


def _condition_after(ending: Answered, at: int) -> Condition:
    condition = _spend(ending, at)
    return condition if ending.is_our_outage else condition_after(condition, ending.answer, at)


def _spend(ending: Answered, at: int) -> Condition:
    """Count the messages that really went out from now, which is not before they arrived."""
    condition, rate = ending.condition, ending.rate
    if rate is None:
        return condition
    spent = rate.settle(condition.spent, ending.reserved, at, ending.answer.parts)
    free = max(rate.free_at(spent, at), condition.free_at or 0)
    return replace(condition, spent=spent, free_at=free if free > at else None)
