"""What the boards say: fixed words, moments and delays, in Chinese with English beside it."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.moments import lasting
from models.status import PhaseState, PhaseStatus
from models.vocabulary import state_word
from models.wording import Lang, Said

BOARD = Said("进度看板", "progress board")
OVERDUE_LIST = Said("逾期清单", "overdue list")
CALENDAR = Said("普查日程", "census calendar")
DUTY_TABLE = Said("事项总表", "all duties not met")
UNIT = Said("单位", "office")
PHASE = Said("阶段", "phase")
STATE = Said("状态", "state")
PERIOD = Said("起止", "from – to")
MET_OF_OWED = Said("已达标/应达标", "met/owed")
UNMET = Said("未达标", "not met")
UNREPORTED_DUE = Said("未报（已到期）", "unreported, due")
UNREPORTED_LATER = Said("未报（未到期）", "unreported, not due")
OVERDUE = Said("逾期", "overdue")
WORST = Said("最长逾期", "longest delay")
OVERDUE_PHASES = Said("有逾期的阶段", "phases with overdue duties")
REQUIREMENT = Said("要求", "requirement")
DUE = Said("应于", "due")
DELAY = Said("逾期", "late by")
REASON = Said("原因", "reason")
SITUATION = Said("情况", "standing")
TOTAL = Said("合计", "all")
NONE = Said("无", "none")

STATE_ORDER: tuple[PhaseState, ...] = ("overdue", "blocked", "open", "planned", "closed")


def at(moment: datetime) -> str:
    """A moment in full: 2020-11-05 17:00."""
    return f"{moment:%Y-%m-%d %H:%M}"


def short_at(moment: datetime) -> str:
    """A moment without its year: 11-05 17:00."""
    return f"{moment:%m-%d %H:%M}"


def due_day(moment: datetime | None) -> str:
    """A due moment as offices write it: a day that ends at 24:00 goes by its name; a dash where no day is set."""
    if moment is None:
        return "—"
    whole_day = moment.time() == moment.min.time()
    day = moment - timedelta(days=1) if whole_day else moment
    return f"{day:%Y-%m-%d}" if whole_day else f"{day:%Y-%m-%d %H:%M}"


def span(starts: datetime, ends: datetime) -> str:
    """From its first day to its last: 2020-11-01—11-15."""
    last = ends - timedelta(seconds=1)
    return f"{starts:%Y-%m-%d}—{last:%m-%d}" if last.year == starts.year else f"{starts:%Y-%m-%d}—{last:%Y-%m-%d}"


def field_word(phase: PhaseStatus, as_of: datetime, lang: Lang) -> str:
    """What a field of a picture has room for, its colour telling the state: 逾期12天 whatever the state, else 待前置."""
    if phase.worst_due is not None:
        if as_of - phase.worst_due < timedelta(hours=1):
            return Said("刚逾期", "just late").in_language(lang)
        late = lasting(as_of - phase.worst_due, lang)
        return Said(f"逾期{late}", f"late {late}").in_language(lang)
    if phase.owed and phase.state == "blocked":
        return Said("待前置", "blocked").in_language(lang)
    return state_word(phase).in_language(lang)


def share(met: int, owed: int, lang: Lang) -> str:
    """Duties met of those owed, short enough for a field of a picture: 168/172, 165.2/165.4万."""
    if not owed:
        return "—"
    if owed < 100_000:
        return f"{met}/{owed}"
    return Said(f"{met / 1e4:.1f}/{owed / 1e4:.1f}万", f"{met / 1e3:.0f}k/{owed / 1e3:.0f}k").in_language(lang)
