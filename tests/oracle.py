"""What a campaign must say to whom and when: the contract's words as plain Python, duty by duty.

Written independently of the engine: it imports nothing of the product and knows the days off of autumn 2020 by
heart. A test tells it the same facts as the product (what was reported and decided) and asks after every pass
which messages must have arrived, if every message that may go is accepted at once. What the administrator
hears is left out. Moments are naive, in the plan's zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache

DAYS_OFF = {date(2020, 10, day) for day in range(1, 9)}
DAYS_WORKED = {date(2020, 9, 27), date(2020, 10, 10)}
OPENS, CLOSES = time(8, 30), time(17, 30)
Duty = tuple[str, str, str]
"""Unit, requirement (phase.id), period (the day, or empty)."""
Line = tuple[str, str, str, str]
"""Unit, requirement, period, rung."""


@dataclass(frozen=True)
class Step:
    """One rung: after how many days (or working days) who hears."""

    id: str
    days: int
    working: bool
    to: tuple[str, ...]

    @property
    def above(self) -> bool:
        return any(not target.startswith("unit.") for target in self.to)


@dataclass(frozen=True)
class Owes:
    """A requirement. figure: the indicator; at: the level that reports it; at_least: the sum that is enough.

    due: None for one that is owed every day. answered_by: the requirement below that the same figure answers.
    """

    phase: str
    id: str
    level: str
    figure: str
    at: str
    at_least: int
    due: datetime | None
    steps: tuple[Step, ...]
    always: bool = False
    answered_by: str | None = None

    @property
    def key(self) -> str:
        return f"{self.phase}.{self.id}"


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


@dataclass
class Message:
    """Something that waits for a person's hour."""

    person: str
    lines: list[tuple[Duty, str, bool, bool]] = field(default_factory=list)
    """Duty, rung, whether the late office's own people hear it, and whether its reader is a leader or a head."""


def is_worked(day: date) -> bool:
    return day in DAYS_WORKED or (day.weekday() < 5 and day not in DAYS_OFF)


def opening_on_or_after(day: date) -> datetime:
    while not is_worked(day):
        day += timedelta(days=1)
    return datetime.combine(day, OPENS)


def after_working_days(day: date, count: int) -> datetime:
    one = timedelta(days=1 if count > 0 else -1)
    for _ in range(abs(count)):
        day += one
        while not is_worked(day):
            day += one
    return opening_on_or_after(day)


def may_go_now(moment: datetime, always: bool, leads: bool) -> bool:
    """Leaders and heads are left alone from 21:00 to 07:00."""
    return may_go(moment, always) == moment and not (leads and not time(7) <= moment.time() < time(21))


def may_go(moment: datetime, always: bool) -> datetime:
    if always or (is_worked(moment.date()) and OPENS <= moment.time() < CLOSES):
        return moment
    if is_worked(moment.date()) and moment.time() < OPENS:
        return datetime.combine(moment.date(), OPENS)
    return opening_on_or_after(moment.date() + timedelta(days=1))


def worked_between(first: date, last: date) -> int:
    return sum(is_worked(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


@cache
def moment(due: datetime, step: Step) -> datetime:
    if step.working:
        return after_working_days(due.date(), step.days)
    return due + timedelta(days=step.days)


ROLL_UP = Step("roll-up", 0, False, ("unit.owner",))


class Oracle:
    """The campaign as the contract tells it.

    superiors: the office above each, None at the top; contacts: who holds which role where; days: on which the
    daily requirements are owed.
    """

    def __init__(
        self,
        requirements: Iterable[Owes],
        superiors: Mapping[str, str | None],
        levels: Mapping[str, str],
        contacts: Mapping[tuple[str, str], str],
        days: Iterable[date],
    ) -> None:
        self.owes = {owes.key: owes for owes in requirements}
        self.superiors, self.levels, self.contacts = superiors, levels, contacts
        self.days = sorted(days)
        self.below: dict[str, set[str]] = {unit: set() for unit in superiors}
        for unit in superiors:
            over = superiors[unit]
            while over is not None:
                self.below[over].add(unit)
                over = superiors[over]
        self.figures: dict[tuple[str, str], int] = {}
        self.daily: dict[tuple[str, str, date], int] = {}
        self.met: dict[Duty, bool] = {}
        self.due: dict[Duty, datetime] = {}
        self.chased_from: dict[Duty, datetime] = {}
        self.cases: dict[Duty, Chased] = {}
        self.waiting: list[Message] = []
        self.waived: set[Duty] = set()
        for owes in self.owes.values():
            if owes.due is not None:
                self._begin(owes, "", owes.due)

    def _begin(self, owes: Owes, period: str, due: datetime) -> None:
        for unit, level in self.levels.items():
            if level == owes.level:
                duty = (unit, owes.key, period)
                self.met[duty] = self._is_met(owes, unit, period)
                self._set_due(duty, due)

    def _set_due(self, duty: Duty, due: datetime) -> None:
        self.due[duty] = due
        before = [moment(due, step) for step in self.owes[duty[1]].steps if step.days < 0]
        self.chased_from[duty] = min([*before[:1], due])

    # ---- what happens

    def report(self, unit: str, figure: str, value: int, day: date) -> None:
        self.figures[unit, figure] = value
        self.daily[unit, figure, day] = value
        concerned = {unit, *(over for over in self.below if unit in self.below[over])}
        for duty in [duty for duty in self.met if duty[0] in concerned and self.owes[duty[1]].figure == figure]:
            self.met[duty] = self._is_met(self.owes[duty[1]], duty[0], duty[2])

    def acknowledge(self, duty: Duty, now: datetime, until: datetime) -> None:
        """Whoever acknowledges has heard, whether the word was sent or not; nobody above hears later for that."""
        case = self.cases[duty]
        case.quiet, case.acknowledged = until, case.acknowledged or now
        if case.at_step >= 0 and case.heard is None and not self.owes[duty[1]].steps[case.at_step].above:
            case.heard = now
        self._take_back(duty, own=True)

    def waive(self, duty: Duty) -> None:
        self.waived.add(duty)
        self._close(duty)

    def extend(self, duty: Duty, until: datetime) -> None:
        self._set_due(duty, until)
        self._close(duty)

    # ---- what must follow

    def watch(self, now: datetime) -> dict[str, list[list[Line]]]:
        """One pass: who gets which messages, each a sorted list of lines."""
        while self.days and datetime.combine(self.days[0], time()) <= now:
            day = self.days.pop(0)
            for owes in self.owes.values():
                if owes.due is None:
                    self._begin(owes, day.isoformat(), datetime.combine(day + timedelta(days=1), time()))
        open_now = {duty for duty, met in self.met.items() if not met and duty not in self.waived}
        for duty in [duty for duty in self.cases if duty not in open_now]:
            self._close(duty)
        for duty in open_now:
            if duty not in self.cases and now >= self.chased_from[duty]:
                self.cases[duty] = Chased(self.due[duty])
        late = {duty for duty in open_now if self.due[duty] <= now}
        owed: list[tuple[Duty, str, str, bool, bool]] = []
        for duty, case in sorted(self.cases.items()):
            step = self._next_step(duty, case, late, now)
            silent = case.quiet is not None and now < case.quiet
            if step is None and not silent and self._wants_roll_up(duty, case, late, now):
                step = ROLL_UP
            if step is not None:
                told = [
                    (person, own, leads) for person, own, leads in self._persons(duty, step) if not (own and silent)
                ]
                owed += [(duty, step.id, person, own, leads) for person, own, leads in told]
                if now >= case.due and (not step.above or any(own for _, own, _ in told)):
                    case.told_late = True
        self._gather(owed, now)
        return self._deliver(now)

    def _is_met(self, owes: Owes, unit: str, period: str) -> bool:
        behind = [unit] if owes.at == owes.level else [u for u in self.below[unit] if self.levels[u] == owes.at]
        if period:
            values = [self.daily.get((u, owes.figure, date.fromisoformat(period))) for u in behind]
        else:
            values = [self.figures.get((u, owes.figure)) for u in behind]
        known = [value for value in values if value is not None]
        return len(known) == len(values) and sum(known) >= owes.at_least

    def _next_step(self, duty: Duty, case: Chased, late: set[Duty], now: datetime) -> Step | None:
        """The step that the case takes now, if any."""
        owes = self.owes[duty[1]]
        silent = case.quiet is not None and now < case.quiet
        only_below = self._only_below(owes, duty, late, now)
        if case.waiting_below and not only_below:
            case.waiting_below = False
            if case.heard is not None:
                case.heard = now
        moments = [moment(case.due, step) for step in owes.steps]
        for place in range(1, len(moments)):
            moments[place] = max(moments[place], moments[place - 1])
        ahead = [n for n in range(case.at_step + 1, len(moments)) if moments[n] <= now]
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
                heard = max(moments[at_step], case.acknowledged, heard or case.acknowledged)
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
            below, own = moments[at_step], moments[chosen]
            if step.above and now < self._earliest(owes.steps[at_step], step, heard, below, own):
                return None
        self._take_back(duty)
        case.at_step, case.heard = chosen, None
        if case.acknowledged is not None and case.quiet is not None:
            if not step.above and case.quiet > moments[chosen]:
                case.heard = max(moments[chosen], case.acknowledged)
            if not silent:
                case.acknowledged = None
        return step

    def _earliest(self, lower: Step, step: Step, heard: datetime, below: datetime, own: datetime) -> datetime:
        """The step above keeps its distance from the one below, counted from when that was heard if that was late.

        However small the lateness: in days that very span, from or to working days the working days between.
        """
        if heard <= below:
            return own
        if not lower.working and not step.working:
            return heard + (own - below)
        falls = after_working_days(heard.date(), worked_between(below.date(), own.date()))
        return falls if falls >= heard else opening_on_or_after(heard.date() + timedelta(days=1))

    def _only_below(self, owes: Owes, duty: Duty, late: set[Duty], now: datetime) -> bool:
        if owes.answered_by is None or self.cases[duty].due > now:
            return False
        return any((unit, owes.answered_by, duty[2]) in late for unit in self.below[duty[0]])

    def _wants_roll_up(self, duty: Duty, case: Chased, late: set[Duty], now: datetime) -> bool:
        """Whether its owner gets the roll-up line because no rung tells its own office from the due moment on."""
        owes = self.owes[duty[1]]
        told_by_ladder = any(not step.above and moment(case.due, step) >= case.due for step in owes.steps)
        return self._only_below(owes, duty, late, now) and not case.told_late and not told_by_ladder

    def _persons(self, duty: Duty, step: Step) -> list[tuple[str, bool, bool]]:
        """Who hears of a step, each once, whether as one of the late office itself, and whether as a leader or head."""
        found: dict[str, tuple[bool, bool]] = {}
        for target in step.to:
            whose, role = target.split(".")
            office = duty[0] if whose == "unit" else self.superiors[duty[0]]
            while office is not None and (office, role) not in self.contacts:
                office = self.superiors[office]
            if office is not None:
                found.setdefault(self.contacts[office, role], (office == duty[0], role in ("leader", "head")))
        return [(person, own, leads) for person, (own, leads) in found.items()]

    def _gather(self, owed: list[tuple[Duty, str, str, bool, bool]], now: datetime) -> None:
        """One message to one person, whatever the phases' hours."""
        for duty, rung, person, own, leads in owed:
            message = next((m for m in self.waiting if m.person == person), None)
            if message is None:
                message = Message(person)
                self.waiting.append(message)
            message.lines.append((duty, rung, own, leads))

    def _may_leave(self, message: Message, now: datetime) -> bool:
        """With the first of its lines that may go all go."""
        return any(may_go_now(now, self.owes[duty[1]].always, leads) for duty, _, _, leads in message.lines)

    def _deliver(self, now: datetime) -> dict[str, list[list[Line]]]:
        arrived: dict[str, list[list[Line]]] = {}
        for message in [m for m in self.waiting if self._may_leave(m, now)]:
            self.waiting.remove(message)
            arrived.setdefault(message.person, []).append(sorted((*duty, rung) for duty, rung, *_ in message.lines))
            for duty, rung, *_ in message.lines:
                case = self.cases[duty]
                if case.at_step >= 0 and self.owes[duty[1]].steps[case.at_step].id == rung and case.heard is None:
                    case.heard = now
        return arrived

    def _take_back(self, duty: Duty, *, own: bool = False) -> None:
        """Take back what is unsent about a duty; with `own` only what its own office was to hear."""
        for message in self.waiting:
            message.lines = [line for line in message.lines if line[0] != duty or (own and not line[2])]
        self.waiting = [message for message in self.waiting if message.lines]

    def _close(self, duty: Duty) -> None:
        self._take_back(duty)
        self.cases.pop(duty, None)
