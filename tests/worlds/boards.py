"""A small province at 2020-11-05 17:00, made by hand, for the tests of the boards."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from models.status import DutyLine, PhaseStanding, Survey, UnitStanding
from models.wording import Said

ZONE = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2020, 11, 5, 17, 0, tzinfo=ZONE)
T0 = datetime(2020, 11, 1, tzinfo=ZONE)


def moment(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2020, month, day, hour, tzinfo=ZONE)


RECRUITMENT = PhaseStanding(
    "recruitment", "两员选聘", "overdue", moment(7, 4), moment(9, 19), 168, 3, 1, 4, worst_due=moment(9, 19)
)
LISTING = PhaseStanding("listing", "摸底", "closed", moment(10, 11), moment(11, 1), 172, 0, 0, 0)
REGISTRATION = PhaseStanding("registration", "入户登记", "open", moment(11, 1), moment(11, 16), 40, 132, 0, 0)
LONG_FORM = PhaseStanding(
    "long-form", "长表登记", "blocked", moment(11, 16), moment(12, 1), 0, 0, 172, 0, blocked_by=("registration",)
)
PHASES = (RECRUITMENT, LISTING, REGISTRATION, LONG_FORM)

UNCOVERED = DutyLine(
    "recruitment",
    "两员选聘",
    "every-district-covered",
    "每个普查小区至少一名普查员",
    "130102001",
    "建北街道",
    "",
    moment(9, 19),
    "unmet",
    "overdue",
    Said("无普查员的小区 = 12，应为 0", "uncovered = 12, must be 0"),
    14,
)
UNREPORTED = DutyLine(
    "registration",
    "入户登记",
    "daily-report",
    "登记日报",
    "130102002",
    "青园街道",
    "2020-11-05",
    moment(11, 6),
    "unreported",
    "due_soon",
    Said("登记日报未报", "registration_reported is not reported"),
)


def province(below: int = 2, duties: tuple[DutyLine, ...] = (UNCOVERED, UNREPORTED)) -> Survey:
    """河北省 with so many offices below it."""
    cities = tuple(UnitStanding(f"13{n:02d}", f"第{n}市", "city", PHASES) for n in range(1, below + 1))
    return Survey(
        title="第七次全国人口普查",
        as_of=AS_OF,
        standard_time=T0,
        unit=UnitStanding("13", "河北省", "province", PHASES),
        superior=("00", "全国"),
        phases=PHASES,
        below=cities,
        duties=duties,
        not_met=136 + len(duties),
        overdue=4,
        figures_as_of=moment(11, 5, 16),
    )
