"""What a screen, a table or a paper shows of one unit at one moment: plain frozen values, no frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from models.units import Level
from models.wording import Said

Standing = Literal["met", "unmet", "unreported"]
Timing = Literal["not_due", "due_soon", "overdue"]
PhaseState = Literal["planned", "blocked", "open", "overdue", "closed"]
Exit = Literal["open", "passed", "signed"]

PHASE_STATE: dict[PhaseState, Said] = {
    "planned": Said("未开始", "planned"),
    "blocked": Said("前置工作未完成", "blocked"),
    "open": Said("进行中", "open"),
    "overdue": Said("有逾期", "overdue"),
    "closed": Said("已达标", "closed"),
}
STANDING: dict[Standing, Said] = {
    "met": Said("已达标", "met"),
    "unmet": Said("未达标", "unmet"),
    "unreported": Said("未报", "unreported"),
}
TIMING: dict[Timing, Said] = {
    "not_due": Said("未到期", "not due"),
    "due_soon": Said("即将到期", "due soon"),
    "overdue": Said("逾期", "overdue"),
}


NO_PERIOD = Said("", "")


@dataclass(frozen=True)
class PhaseStatus:
    """One phase at one unit, everything below it included.

    State and lateness are two facts: overdue counts what is late whatever the state. unreported_due: those of
    the unreported whose moment has passed; overdue_by_default: those overdue at a date that no source says.
    worst_due: the oldest due moment overdue. blocked_by, waits_for: ids
    and titles of the predecessors whose gate is not passed there. exit: "signed" once a person has signed it.
    """

    id: str
    title: str
    state: PhaseState
    starts: datetime
    ends: datetime
    met: int
    unmet: int
    unreported: int
    overdue: int
    waived: int = 0
    worst_due: datetime | None = None
    blocked_by: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    exit: Exit = "open"
    unreported_due: int = 0
    overdue_by_default: int = 0

    @property
    def owed(self) -> int:
        """All duties of the phase, waived ones left out."""
        return self.met + self.not_met

    @property
    def not_met(self) -> int:
        """What is left to be done, due or not."""
        return self.unmet + self.unreported


@dataclass(frozen=True)
class UnitStatus:
    """One office and how each phase stands at and below it."""

    code: str
    name: str
    level: Level
    phases: tuple[PhaseStatus, ...]


@dataclass(frozen=True)
class Missed:
    """How many reports an office had missed by a cut-off, that one among them."""

    in_a_row: int
    in_all: int


@dataclass(frozen=True)
class DutyStatus:
    """One duty as people read it. `reason` names the figures in both languages; empty for a met duty.

    period, period_text: the label of its period, and how people say it. by_default: its date is a default setting of
    the plan's, which no source says. missed: where it is a report that was due at a cut-off and did not come. due: None for a row of a register that no date says is due.
    """

    phase: str
    phase_title: str
    requirement: str
    title: str
    unit: str
    unit_name: str
    period: str
    due: datetime | None
    standing: Standing
    timing: Timing
    reason: Said
    no: int | None = None
    waived: bool = False
    by_default: bool = False
    period_text: Said = NO_PERIOD
    missed: Missed | None = None

    @property
    def late_by_default(self) -> bool:
        return self.by_default and self.timing == "overdue"


@dataclass(frozen=True)
class SetStatus:
    """A named set such as 三落实 at a unit: how many units below owe it and how many have met all of it."""

    id: str
    title: str
    met: int
    owed: int


@dataclass(frozen=True)
class Status:
    """Where a unit and all below it stand at `as_of`.

    phases: totals at `unit`, in plan order. below: the units that answer to it, in code order.
    duties: those asked for, most urgent first (all of them: each made when it is read); not_met and overdue count all of them, listed
    or not.
    figures_as_of: the moment of the newest figure used, None if nothing was ever reported.
    """

    title: str
    as_of: datetime
    standard_time: datetime
    unit: UnitStatus
    superior: tuple[str, str] | None
    phases: tuple[PhaseStatus, ...]
    below: tuple[UnitStatus, ...]
    duties: Sequence[DutyStatus]
    not_met: int
    overdue: int
    figures_as_of: datetime | None = None
    sets: tuple[SetStatus, ...] = ()


@dataclass(frozen=True)
class RequirementStatus:
    """One requirement over all units that owe it; `example` is the most urgent duty that is not met."""

    key: str
    title: str
    phase_title: str
    met: int
    unmet: int
    unreported: int
    overdue: int
    example: DutyStatus | None
