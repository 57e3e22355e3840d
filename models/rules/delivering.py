"""What follows an attempt to deliver a notice (architecture rule 11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

State = Literal["planned", "held", "sending", "accepted", "refused", "retry", "unknown", "superseded", "withdrawn"]
FINAL: frozenset[State] = frozenset({"accepted", "refused", "superseded", "withdrawn"})
_BACK_OFF = (1, 2, 5, 15, 30, 60, 120, 240)
"""Minutes to wait after the first, second … attempt that came to nothing."""


@dataclass(frozen=True)
class Attempt:
    """How one attempt ended; `count` includes it."""

    state: Literal["accepted", "refused", "retry", "unknown"]
    count: int
    retry_after: float | None = None


@dataclass(frozen=True)
class Step:
    """The state that a notice goes into. wait: until the ledger tries again; repeat: mark it 可能重复 then."""

    state: State
    settled: bool
    wait: timedelta | None = None
    repeat: bool = False


def next_step(attempt: Attempt, most: int, resend_unknown: bool) -> Step:
    """Accepted and refused are final. Others are tried again with growing pauses until `most` attempts are
    spent; then they are given up as refused. An unknown one is sent again, marked, or left, as its rung says."""
    if attempt.state in ("accepted", "refused"):
        return Step(attempt.state, settled=True)
    if attempt.state == "unknown" and not resend_unknown:
        return Step("unknown", settled=True)
    unknown = attempt.state == "unknown"
    if attempt.count >= most:
        return Step("unknown" if unknown else "refused", settled=True, repeat=unknown)
    pause = timedelta(minutes=_BACK_OFF[min(attempt.count, len(_BACK_OFF)) - 1])
    if attempt.retry_after is not None:
        pause = max(timedelta(seconds=attempt.retry_after), timedelta(seconds=1))
    return Step(attempt.state, settled=False, wait=pause, repeat=unknown)
