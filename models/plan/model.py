"""Plan (工作进度安排): what offices owe, by when, and who hears of it. Frozen; read from YAML by `files.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from typing import Literal

from models.calendar.working_time import OfficeHours, Offset
from models.plan.cadence import Cadence
from models.plan.expressions import Expression
from models.plan.lists import Beside, Each, Register, RowFigure
from models.plan.periods import Period, Recurrence, Rhythm, period_around
from models.units import Level

RollUp = Literal[
    "sum",
    "count",
    "gaps",
    "virtual",
    "villages",
    "min",
    "max",
    "mean",
    "last",
    "count_where",
    "sum_where",
    "least_of",
    "most_of",
    "is",
    "holders",
]
FROM_CODES = frozenset({"count", "gaps", "virtual", "villages"})
"""Of districts what the product counts by their codes alone: how many are known, how many do not follow the number before, how
many are virtual, in how many villages there is one that is not. Every report brings it, and none gives it."""
About = Literal["work", "people"]
WorkKind = Literal["due", "done", "open", "checked", "errors"]
"""Counts of an office's own work on forms and records (`work:`): to be filled, filled, not looked into, sampled, faulty."""
WHOSE = ("unit", "superior", "government")
"""Before the role that a rung tells: superior.leader."""
HOLDERS = "holders_"
"""With this before a role that the plan declares: how many hold it."""

Act = Literal["waive", "extend", "ack", "sign-exit", "return", "retire"]
BINDING: frozenset[Act] = frozenset({"waive", "extend", "sign-exit", "retire"})
"""Acts that end, or put off, what an office owes, or take away what is kept of it: they go by a one-time code."""


@dataclass(frozen=True)
class Authority:
    """权限: whose role each act asks for, as a rung writes it; an act that is not listed goes by its default.

    codes: whether acts that bind ask for a one-time code.
    """

    roles: Mapping[str, str] = field(default_factory=dict)
    codes: bool = True

    def role_for(self, act: Act) -> str | None:
        """The role that an act asks for; None where any contact of the unit itself may do it."""
        return self.roles.get(act) or (None if act == "ack" else "superior.leader")

    def asks_code(self, act: Act) -> bool:
        return self.codes and act in BINDING


@dataclass(frozen=True)
class Indicator:
    """指标: something that is reported at `level`, or derived there (`where`), and rolled up from it.

    about: people are never ranked and never a goal. published: by whom a figure about people was made known, which is then no result
    of this census. answers: reported as 是 or 否 (1 or 0), no number.
    evidence: what may stand in the column 佐证 beside a figure of it; empty where any reference may. rows: how it is drawn
    from the rows of a register; `roll_up` says what becomes of it above its level. `is` in `roll_up`: `where` holds at every
    level, over that level's own figures; `holders`: how many contacts an office has in a role, at every level its own.
    beside: what it is shown with.
    """

    id: str
    title: str
    level: Level
    roll_up: RollUp
    where: Expression | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    decimals: int | None = None
    rank: bool = False
    about: About = "work"
    published: str | None = None
    work: WorkKind | None = None
    answers: bool = False
    evidence: tuple[str, ...] = ()
    source: str | None = None
    rows: RowFigure | None = None
    beside: tuple[Beside, ...] = ()

    @property
    def is_counted(self) -> bool:
        """True for one that the product counts itself, from the contacts: nobody reports it."""
        return self.roll_up == "holders"

    @property
    def is_reported(self) -> bool:
        """True for one that offices report as a figure."""
        return self.where is None and self.rows is None and not self.is_counted


@dataclass(frozen=True)
class Rung:
    """One step of a ladder: who hears of a duty, how long before or after it is due."""

    id: str
    at: Offset
    to: tuple[str, ...]
    draft: str | None = None
    signed_by: str | None = None
    if_unknown: Literal["resend", "leave"] = "resend"

    @property
    def escalates(self) -> bool:
        """True if anyone beyond the office itself hears of it."""
        return any(not target.startswith("unit.") for target in self.to)

    @property
    def makes_paper(self) -> bool:
        """True for a rung that ends in a paper for a person, never in a message by itself."""
        return self.draft is not None or self.signed_by is not None


@dataclass(frozen=True)
class Ladder:
    """催办阶梯: rungs in the order in which they fire."""

    id: str
    rungs: tuple[Rung, ...]

    @property
    def warns_from(self) -> Offset | None:
        """The first rung before the due moment: from there on a duty is due soon."""
        return next((rung.at for rung in self.rungs if rung.at.is_before), None)


@dataclass(frozen=True)
class Comparison:
    """两个来源比对: two figures that should agree; where they do not, that somebody has looked into it.

    within: how far they may differ and still agree, as the plan writes it; share: the same as a part of the larger
    figure, None where a number is meant. looked: the indicator that says that somebody has.
    """

    left: str
    right: str
    within: str
    share: float | None
    looked: str

    @property
    def names(self) -> tuple[str, str]:
        return self.left, self.right


@dataclass(frozen=True)
class Comparator:
    """参照数: what the figure of a condition is held against besides its limit, such as a national average."""

    value: float
    title: str


@dataclass(frozen=True)
class Requirement:
    """要求: a condition that every office of a level must meet. `key` is unique in the plan.

    dues: (unit or None, moment); of those that cover a unit the earliest holds there, see `due_at`.
    Empty when the requirement is periodic (`every`; of a cadence it is that of the phase, see `Plan.rhythm`). verify: the two sources where that is what is asked for; then
    `met_when` says that they agree.
    shows: further figures of the office that are told with it and decide nothing.
    scope: the unit at and below which it is owed, None for everyone. default_due: no source says when it is due.
    each: what makes a duty each of the rows of a register; `met_when` is then `rows_decide()`, and `judged_at` the level of
    the keepers whose rows these are, or with `owed_by`, where an office of any level may owe it, the lowest of `kept_by`.
    """

    phase: str
    id: str
    title: str
    judged_at: Level
    met_when: Expression
    dues: tuple[tuple[str | None, datetime], ...] = ()
    every: Recurrence | None = None
    ladder: str | None = None
    no: int | None = None
    scope: str | None = None
    source: str | None = None
    verify: Comparison | None = None
    compare: Comparator | None = None
    shows: tuple[str, ...] = ()
    default_due: bool = False
    each: Each | None = None

    @property
    def key(self) -> str:
        return f"{self.phase}.{self.id}"

    @property
    def condition(self) -> str:
        """What is asked for, as the plan writes it."""
        if self.each is not None:
            return self.each.met_when.text
        if self.verify is None:
            return self.met_when.text
        return f"verify: [{self.verify.left}, {self.verify.right}], within: {self.verify.within}"


def covers(scope: str | None, unit: str | None) -> bool:
    """True if `unit` is `scope` or, by its code, below it. None is the whole country."""
    return scope is None or (unit is not None and unit.startswith(scope))


def due_at(dues: Iterable[tuple[str | None, datetime]], unit: str | None) -> datetime | None:
    """The due moment that holds at `unit`: the earliest of those that cover it by code, None if none does."""
    return min((due for scope, due in dues if covers(scope, unit)), default=None)


@dataclass(frozen=True)
class Phase:
    """阶段: a stretch of the census with its requirements. starts inclusive, ends exclusive.

    default_dates: no source says when it starts and ends.
    """

    id: str
    title: str
    starts: datetime
    ends: datetime
    after: tuple[str, ...] = ()
    cadence: Cadence | None = None
    hours: Literal["office", "always"] = "office"
    requirements: tuple[Requirement, ...] = ()
    source: str | None = None
    default_dates: bool = False


@dataclass(frozen=True)
class NamedSet:
    """A set of requirements that offices call by one name, such as 三落实."""

    id: str
    title: str
    requirements: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """One census as it is to be run. All moments are aware and in the plan's zone.

    roles: those that it declares beside owner, leader and head, each with its title.
    """

    census: str
    title: str
    standard_time: datetime
    zone: tzinfo
    zone_name: str
    calendar: str
    office_hours: OfficeHours
    indicators: Mapping[str, Indicator]
    ladders: Mapping[str, Ladder]
    phases: tuple[Phase, ...]
    sets: tuple[NamedSet, ...] = ()
    overlay_units: tuple[str, ...] = ()
    authority: Authority = field(default_factory=Authority)
    registers: Mapping[str, Register] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    _requirements: tuple[Requirement, ...] = field(default=(), repr=False)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Every requirement, phase by phase."""
        return self._requirements

    def phase(self, phase_id: str) -> Phase | None:
        return next((phase for phase in self.phases if phase.id == phase_id), None)

    def find_requirements(self, text: str) -> list[Requirement]:
        """Requirements that `text` may mean: a key (phase.id), an id, or a schedule number."""
        return [
            requirement
            for requirement in self.requirements
            if text in (requirement.key, requirement.id) or (requirement.no is not None and text == str(requirement.no))
        ]

    @cached_property
    def behind(self) -> Mapping[str, frozenset[str]]:
        """What each requirement, by its key, is judged on: its indicators and everything that they are derived from."""
        return {
            r.key: self.base_indicators(frozenset(r.met_when.names) | ({r.verify.looked} if r.verify else frozenset()))
            for r in self.requirements
        }

    def base_indicators(self, names: frozenset[str]) -> frozenset[str]:
        """`names` and everything that they are derived from."""
        found: set[str] = set()
        left = list(names)
        while left:
            name = left.pop()
            if name in found:
                continue
            found.add(name)
            where = self.indicators[name].where
            left.extend(where.names if where else ())
        return frozenset(found)

    def is_default(self, requirement: Requirement, period: str, due: datetime) -> bool:
        """True where a duty is due at the plan's own setting: its date has no source, and nobody gave it another."""
        if not requirement.default_due:
            return False
        if requirement.every:
            phase, rhythm = self.phase(requirement.phase), self.rhythm(requirement)
            assert phase is not None
            assert rhythm is not None
            whole = period_around(due - timedelta(microseconds=1), rhythm, self.zone)
            return (period, due) in [(one.label, one.due) for one in (whole, whole.cut_at(phase.ends))]
        first = requirement.dues[0][1] if requirement.dues else None
        return [moment for _, moment in requirement.dues if moment == due] == [first]

    def rhythm(self, requirement: Requirement) -> Rhythm | None:
        """What makes the periods of a requirement; None for one that is owed once."""
        if requirement.every != "cadence":
            return requirement.every
        phase = self.phase(requirement.phase)
        assert phase is not None
        assert phase.cadence is not None
        return phase.cadence

    def rhythms(self, requirements: Iterable[Requirement] | None = None) -> list[Rhythm]:
        """What makes the periods of these requirements (None: of all), each once."""
        chosen = self.requirements if requirements is None else requirements
        return list(dict.fromkeys(rhythm for one in chosen if (rhythm := self.rhythm(one)) is not None))

    def periods(self, requirement: Requirement, now: datetime, since: datetime | None = None) -> list[Period]:
        """The periods of a periodic requirement that have begun by `now`, oldest first; only those that end after `since`.

        One that would outlast its phase ends with it, and is due then.
        """
        phase, rhythm = self.phase(requirement.phase), self.rhythm(requirement)
        assert phase is not None
        assert rhythm is not None
        found = []
        first = phase.starts if since is None else max(phase.starts, since)
        period = period_around(first, rhythm, self.zone)
        while period.starts < phase.ends and period.starts <= now:
            following = period_around(period.ends, rhythm, self.zone)
            period = period.cut_at(phase.ends) if period.due > phase.ends else period
            if since is None or period.ends > since:
                found.append(period)
            period = following
        return found
