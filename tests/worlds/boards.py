"""A small province at 2020-11-05 17:00, made by hand, for the tests of the boards."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from models.status import DutyStatus, PhaseStatus, SetStatus, Status, UnitStatus
from models.wording import Said

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2020, 11, 5, 17, 0, tzinfo=ZONE)
T0 = datetime(2020, 11, 1, tzinfo=ZONE)


def moment(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2020, month, day, hour, tzinfo=ZONE)


RECRUITMENT = PhaseStatus(
    id="recruitment",
    title="两员选聘",
    state="overdue",
    starts=moment(7, 4),
    ends=moment(9, 19),
    met=168,
    unmet=3,
    unreported=1,
    overdue=4,
    worst_due=moment(9, 19),
    unreported_due=1,
)
LISTING = PhaseStatus(
    id="listing",
    title="摸底",
    state="closed",
    starts=moment(10, 11),
    ends=moment(11, 1),
    met=172,
    unmet=0,
    unreported=0,
    overdue=0,
)
REGISTRATION = PhaseStatus(
    id="registration",
    title="入户登记",
    state="open",
    starts=moment(11, 1),
    ends=moment(11, 16),
    met=40,
    unmet=132,
    unreported=0,
    overdue=0,
)
LONG_FORM = PhaseStatus(
    id="long-form",
    title="长表登记",
    state="blocked",
    starts=moment(11, 16),
    ends=moment(12, 1),
    met=0,
    unmet=0,
    unreported=172,
    overdue=0,
    blocked_by=("registration",),
    waits_for=("入户登记",),
)
PHASES = (RECRUITMENT, LISTING, REGISTRATION, LONG_FORM)

UNCOVERED = DutyStatus(
    phase="recruitment",
    phase_title="两员选聘",
    requirement="every-district-covered",
    title="每个普查小区至少一名普查员",
    unit="130102001",
    unit_name="建北街道",
    period="",
    due=moment(9, 19),
    standing="unmet",
    timing="overdue",
    reason=Said("无普查员的小区 = 12，应为 0", "uncovered = 12, must be 0"),
    no=14,
)
UNREPORTED = DutyStatus(
    phase="registration",
    phase_title="入户登记",
    requirement="daily-report",
    title="登记日报",
    unit="130102002",
    unit_name="青园街道",
    period="2020-11-05",
    period_text=Said("11月5日", "5 Nov"),
    due=moment(11, 6),
    standing="unreported",
    timing="due_soon",
    reason=Said("登记日报未报", "registration_reported is not reported"),
)


def province(below: int = 2, duties: tuple[DutyStatus, ...] = (UNCOVERED, UNREPORTED)) -> Status:
    """河北省 with so many offices below it."""
    cities = tuple(UnitStatus(f"13{n:02d}", f"第{n}市", "city", PHASES) for n in range(1, below + 1))
    return Status(
        title="第七次全国人口普查",
        as_of=AS_OF,
        standard_time=T0,
        unit=UnitStatus("13", "河北省", "province", PHASES),
        superior=("00", "全国"),
        phases=PHASES,
        below=cities,
        duties=duties,
        not_met=136 + len(duties),
        overdue=4,
        figures_as_of=moment(11, 5, 16),
    )


def with_every_name(text: str) -> Status:
    """The province, in which every name and title is `text`, as somebody may write it into a file."""

    def phase(one: PhaseStatus) -> PhaseStatus:
        return replace(one, title=text, waits_for=tuple(text for _ in one.waits_for))

    whole = province()
    below = tuple(replace(unit, name=text, phases=tuple(map(phase, unit.phases))) for unit in whole.below)
    duties = tuple(
        replace(duty, unit_name=text, title=text, phase_title=text, reason=Said(text, text)) for duty in whole.duties
    )
    return replace(
        whole,
        title=text,
        unit=replace(whole.unit, name=text, phases=tuple(map(phase, whole.unit.phases))),
        superior=("00", text),
        phases=tuple(map(phase, whole.phases)),
        below=below,
        duties=duties,
        sets=(SetStatus(id="three", title=text, met=1, owed=2),),
    )
