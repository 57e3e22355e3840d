"""How far each case has come on its ladder (architecture, rules 5, 6, 8 and 12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from oracle.duties import Owes, Step
from oracle.hours import earliest, moment, moments


@dataclass
class Chased:
    """A duty that somebody is after: how far the ladder has come, and when that was heard."""

    due: datetime
    at_step: int = -1
    told_late: bool = False
    """Its own office, or whoever hears for it, was told after the due moment."""
    heard: datetime | None = None
    quiet: datetime | None = None
    acknowledged: datetime | None = None
    waiting_below: bool = False


ROLL_UP = Step("roll-up", 0, False, ("unit.owner",))
"""One line to an office that is late only because those below it are."""


def wants_roll_up(owes: Owes, case: Chased, only_below: bool, now: datetime) -> bool:
    """Whether the roll-up line goes to its owner, as no rung of the ladder tells the office from the due moment on.

    Contract, Decided where it was open, 3. While the office has acknowledged, nothing is repeated to it (5).
    """
    by_ladder = any(not step.above and moment(case.due, step) >= case.due for step in owes.steps)
    silent = case.quiet is not None and now < case.quiet
    return only_below and not silent and not case.told_late and not by_ladder


def next_step(owes: Owes, case: Chased, only_below: bool, now: datetime) -> Step | None:
    """The step that the case takes now, if any. only_below: late only because those below it are."""
    silent = case.quiet is not None and now < case.quiet
    if case.waiting_below and not only_below:
        case.waiting_below = False
        if case.heard is not None:
            case.heard = now
    falls = moments(case.due, owes.steps)
    ahead = [n for n in range(case.at_step + 1, len(falls)) if falls[n] <= now]
    if not ahead:
        return None
    at_step, heard = case.at_step, case.heard
    if silent:
        above = [n for n in ahead if owes.steps[n].above]
        passed = ahead[: ahead.index(above[0])] if above else ahead
        if not above or (passed and at_step >= 0 and heard is None):
            return None
        if passed:  # what the office would have been told it counts as having heard
            assert case.acknowledged is not None
            at_step = passed[-1]
            heard = max(falls[at_step], case.acknowledged, heard or case.acknowledged)
        ahead = ahead[len(passed) :]
    chosen = ahead[0]
    while not owes.steps[chosen].above and chosen + 1 in ahead and not owes.steps[chosen + 1].above:
        chosen += 1
    step = owes.steps[chosen]
    if only_below and step.above:
        case.waiting_below = True
        return None
    if only_below and case.told_late:
        return None
    if at_step >= 0 and (step.above or owes.steps[at_step].above):
        if heard is None:
            return None
        if step.above and now < earliest(owes.steps[at_step], step, heard, falls[at_step], falls[chosen]):
            return None
    case.at_step, case.heard = chosen, None
    if case.acknowledged is not None and case.quiet is not None:
        if not step.above and case.quiet > falls[chosen]:
            case.heard = max(falls[chosen], case.acknowledged)
        if not silent:
            case.acknowledged = None
    return step
