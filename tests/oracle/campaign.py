"""The campaign as the contract tells it: what is reported and decided, and what every pass must say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime

from oracle.chase import ROLL_UP, Chased, next_step, wants_roll_up
from oracle.duties import Duty, Line, Owes, Period, Phase, Step, periods
from oracle.hours import moment
from oracle.mail import Mail, Word
from oracle.offices import Offices
from oracle.standings import Figures, Stands, stands


class Oracle:
    """One campaign. offices: who answers to whom; phases: of the plan, in its order."""

    def __init__(self, requirements: Iterable[Owes], phases: Iterable[Phase], offices: Offices) -> None:
        self.owes = {owes.key: owes for owes in requirements}
        self.phases = {phase.id: phase for phase in phases}
        self.offices = offices
        self.figures = Figures()
        self.stands: dict[Duty, Stands] = {}
        self.due: dict[Duty, datetime] = {}
        self.period: dict[Duty, Period | None] = {}
        self.cases: dict[Duty, Chased] = {}
        self.waived: set[Duty] = set()
        self.vacancies: set[tuple[str, str]] = set()
        """(office, role) that a word was for while nobody held it."""
        self.mail = Mail({owes.key: self.phases[owes.phase].always for owes in self.owes.values()})
        self.to_come: list[tuple[datetime, Owes, Period]] = []
        self._chased_from: dict[tuple[str, datetime], datetime] = {}
        self._by_figure: dict[str, list[Duty]] = defaultdict(list)
        for owes in self.owes.values():
            if owes.every is None:
                self._begin(owes, None)
            else:
                self.to_come += [(one.starts, owes, one) for one in periods(owes.every, self.phases[owes.phase])]

    def _begin(self, owes: Owes, period: Period | None) -> None:
        for unit, level in self.offices.levels.items():
            if level != owes.level or not self.offices.within(unit, owes.within):
                continue
            duty = (unit, owes.key, period.label if period else "")
            self.period[duty] = period
            self.due[duty] = period.ends if period else self._due(owes, unit)
            self._judge(duty)
            for figure in {owes.figure, owes.over or owes.figure}:
                self._by_figure[figure].append(duty)

    def _due(self, owes: Owes, unit: str) -> datetime:
        """Of several dates on one path the earliest holds."""
        assert owes.due is not None
        return min([owes.due, *(due for office, due in owes.tightened if self.offices.within(unit, office))])

    def _judge(self, duty: Duty) -> None:
        owes = self.owes[duty[1]]
        self.stands[duty] = stands(owes, duty[0], self.period[duty], self.figures, self.offices)

    # ---- what happens

    def report(self, unit: str, figure: str, value: int, as_of: datetime) -> None:
        """A figure of an office or a district."""
        self.figures.report(unit, figure, value, as_of)
        office = self.offices.districts.get(unit, unit)
        for duty in self._by_figure[figure]:
            if self.offices.within(office, duty[0]):
                self._judge(duty)

    def acknowledge(self, duty: Duty, now: datetime, until: datetime) -> None:
        """Whoever acknowledges has heard, whether the word was sent or not; nobody above hears later for that."""
        case = self.cases[duty]
        case.quiet, case.acknowledged = until, case.acknowledged or now
        if case.at_step >= 0 and case.heard is None and not self.owes[duty[1]].steps[case.at_step].above:
            case.heard = now
        self.mail.take_back(duty, own=True)

    def waive(self, duty: Duty) -> None:
        self.waived.add(duty)
        self._close(duty)

    def extend(self, duty: Duty, until: datetime) -> None:
        self.due[duty] = until
        self._close(duty)

    def _close(self, duty: Duty) -> None:
        self.mail.take_back(duty)
        self.mail.forget(duty)
        self.cases.pop(duty, None)

    # ---- what must follow

    def watch(self, now: datetime) -> dict[str, list[list[Line]]]:
        """One pass: who gets which messages, each a sorted list of lines."""
        self.owe(now)
        arrived, said = self.mail.deliver(now)
        for duty, rung in said:
            case = self.cases[duty]
            at_step = self.owes[duty[1]].steps[case.at_step].id if case.at_step >= 0 else None
            if at_step == rung and case.heard is None:
                case.heard = now
        return arrived

    def owe(self, now: datetime) -> list[Line]:
        """The first half of a pass: open and close cases, and let rungs fire; returns a line for each person."""
        self.pass_time(now)
        open_now = {duty for duty in self.stands if not self.is_met(duty) and duty not in self.waived}
        for duty in [duty for duty in self.cases if duty not in open_now]:
            self._close(duty)
        for duty in open_now:
            if duty not in self.cases and now >= self.chased_from(duty):
                self.cases[duty] = Chased(self.due[duty])
        late = {duty for duty in open_now if self.due[duty] <= now}
        words = []
        for duty, case in sorted(self.cases.items()):
            owes = self.owes[duty[1]]
            only_below = self._only_below(owes, duty, late, now)
            step = next_step(owes, case, only_below, now)
            if step is not None:
                self.mail.take_back(duty)
            elif wants_roll_up(owes, case, only_below, now):
                step = ROLL_UP
            if step is not None:
                told = self._words(duty, case, step, now)
                words += told
                if now >= case.due and (not step.above or any(word.own for word in told)):
                    case.told_late = True
        self.mail.gather(words)
        return [(*word.duty, word.rung) for word in words]

    def pass_time(self, now: datetime) -> None:
        """Periods that have begun by now make their duties."""
        for one in [one for one in self.to_come if one[0] <= now]:
            self.to_come.remove(one)
            self._begin(one[1], one[2])

    def is_met(self, duty: Duty) -> bool:
        return self.stands[duty].standing == "met"

    def chased_from(self, duty: Duty) -> datetime:
        """The first rung before the due moment, or that moment."""
        due, key = self.due[duty], duty[1]
        if (key, due) not in self._chased_from:
            before = [moment(due, step) for step in self.owes[key].steps if step.days < 0]
            self._chased_from[key, due] = min([*before[:1], due])
        return self._chased_from[key, due]

    def timing(self, duty: Duty, now: datetime) -> str:
        """A met duty is never overdue; one is due soon from its first rung before the due moment."""
        if self.is_met(duty) or now < self.chased_from(duty):
            return "not_due"
        return "overdue" if now >= self.due[duty] else "due_soon"

    def _words(self, duty: Duty, case: Chased, step: Step, now: datetime) -> list[Word]:
        """To everybody of a rung, but not to the office itself while it has acknowledged."""
        silent = case.quiet is not None and now < case.quiet
        found = []
        for office, role in self.offices.told(duty[0], step):
            own = office == duty[0]
            if not (own and silent):
                found.append(Word(self.offices.contacts[office, role], role, duty, step.id, own, case.due))
        self.vacancies |= {one for one in self.offices.vacant(duty[0], step) if not (one[0] == duty[0] and silent)}
        return found

    def _only_below(self, owes: Owes, duty: Duty, late: set[Duty], now: datetime) -> bool:
        """An office that is late while those below it are late with the same figure gets one roll-up line."""
        if owes.answered_by is None or self.cases[duty].due > now:
            return False
        return any((unit, owes.answered_by, duty[2]) in late for unit in self.offices.below[duty[0]])

    def phase_stands(self, phase: Phase, now: datetime) -> tuple[str, str, int, int, int, int]:
        """State, exit, and how many are met, unmet, unreported and overdue: lateness counts whatever the state.

        Those waived are left out.
        """
        mine = [duty for duty in self.stands if self.owes[duty[1]].phase == phase.id and duty not in self.waived]
        overdue = sum(self.timing(duty, now) == "overdue" for duty in mine)
        passed = self._is_passed(phase, now)
        if now < phase.starts:
            state = "planned"
        elif phase.after is not None and not self._is_passed(self.phases[phase.after], now):
            state = "blocked"
        elif passed:
            state = "closed"
        else:
            state = "overdue" if overdue else "open"
        how = Counter(self.stands[duty].standing for duty in mine)
        return state, "passed" if passed else "open", how["met"], how["unmet"], how["unreported"], overdue

    def _is_passed(self, phase: Phase, now: datetime) -> bool:
        """Every requirement is met or waived; of one that is owed every day, and of nothing, that is said at the end."""
        mine = [duty for duty in self.stands if self.owes[duty[1]].phase == phase.id]
        periodic = any(owes.every for owes in self.owes.values() if owes.phase == phase.id)
        if now < phase.ends and (periodic or not mine):
            return False
        return all(self.is_met(duty) or duty in self.waived for duty in mine)
