"""Moments (时刻) on the machine's clock: microseconds, zones, days, and a moment that a person typed (ADR 4).

Frames and the database hold a moment as whole microseconds since 1970 in UTC. Zones and the arithmetic of days are
pendulum's; every moment that leaves this module is a plain datetime, because pendulum's own loses a zone that
is not pendulum's as soon as one counts on from it. What a plan writes (T-73d) is read by `models/plan/dates.py`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

import pendulum

from models.wording import Lang, Refusal, Said

SECOND = 1_000_000
"""Microseconds."""
FIRST_YEAR, LAST_YEAR = 1950, 2200
Every = Literal["day", "week", "month"]

_WRITTEN = re.compile(r"\d{4}-?\d{2}-?\d{2}([T ]\d{2}.*)?")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(?![\d.])")
_MIDNIGHT = re.compile(r"([T ])24:00(?::00)?")
"""The end of a day; 13:24:00 is none."""


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970 in UTC."""
    return round(moment.timestamp() * SECOND)


def micros_in(span: timedelta) -> int:
    """Whole microseconds in a span."""
    return span // timedelta(microseconds=1)


def moment_at(at: int, zone: tzinfo | None) -> datetime:
    """The moment of that many microseconds, on the clock of `zone` (None: the machine's own)."""
    return datetime.fromtimestamp(at / SECOND, zone)


def moment_or_none(at: int | None, zone: tzinfo | None) -> datetime | None:
    """The same for a moment that may not be known."""
    return None if at is None else moment_at(at, zone)


def read_zone(name: str) -> tzinfo:
    """The time zone of that name."""
    try:
        return pendulum.timezone(name)
    except (ValueError, KeyError, OSError):
        raise Refusal(
            f"没有时区“{name}”，应写作 Asia/Shanghai 一类的名称",
            f"there is no time zone “{name}”; write a name such as Asia/Shanghai",
        ) from None


def read_moment(text: str, zone: tzinfo, *, end_of_day: bool = False) -> datetime:
    """A moment that a person typed: ISO 8601, in the plan's zone where it has no offset of its own.

    A day without a time is its start, or its end (24:00) for `end_of_day`. Never asks the clock.
    """
    written = text.strip()
    day_alone = _WRITTEN.fullmatch(written) is not None and len(written) <= len("2020-11-05")
    ends_day = _MIDNIGHT.search(written) is not None or (day_alone and end_of_day)
    try:
        if _WRITTEN.fullmatch(written) is None:
            raise ValueError(written)
        # pendulum.parse refuses 2020-11-05T1700, and of an hour that a zone has twice it takes the second
        moment = datetime.fromisoformat(_MIDNIGHT.sub(r"\g<1>00:00", written))
    except ValueError:
        if (dated := _DATED.match(written)) and not _is_a_day(dated[0]):
            raise Refusal(f"没有 {dated[0]} 这一天", f"there is no day {dated[0]}") from None
        raise Refusal(
            f"时间“{text}”无法读懂，应写作 2020-11-05 或 2020-11-05T17:00",
            f"the time “{text}” cannot be read; write 2020-11-05 or 2020-11-05T17:00",
        ) from None
    check_year(moment.year)
    if ends_day:
        moment += timedelta(days=1)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(zone)


def _is_a_day(written: str) -> bool:
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True


def check_year(year: int) -> None:
    """Refuse a year that no census of ours can mean."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal(
            f"{year} 年超出范围（{FIRST_YEAR}–{LAST_YEAR}）",
            f"the year {year} is out of range ({FIRST_YEAR}–{LAST_YEAR})",
        )


def midnight(day: date, zone: tzinfo) -> datetime:
    """The start of a day in `zone`.

    Where clocks change at midnight it is the earlier of two, or the moment of the change; pendulum's start of a
    day is neither in every zone.
    """
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def days_around(moment: datetime, every: Every, zone: tzinfo) -> tuple[date, date]:
    """The first day of the day, week (from Monday) or month in which `moment` falls, and the first day of the next."""
    day = moment.astimezone(zone)
    first = pendulum.date(day.year, day.month, day.day).start_of(every)
    following = first.add(**{f"{every}s": 1})
    return date(first.year, first.month, first.day), date(following.year, following.month, following.day)


def lasting(length: timedelta, lang: Lang) -> str:
    """A stretch of time in whole days, or hours below a day: one way of counting for screens, messages and papers."""
    days, hours = length.days, int(length.total_seconds() // 3600)
    if days >= 1:
        return Said(f"{days}天", f"{days} d").in_language(lang)
    if hours >= 1:
        return Said(f"{hours}小时", f"{hours} h").in_language(lang)
    return Said("不足1小时", "under 1 h").in_language(lang)


def delay(due: datetime | None, as_of: datetime, lang: Lang) -> str:
    """How long a due moment has passed at `as_of`; a dash where nothing is late."""
    if due is None or due > as_of:
        return "—"
    return lasting(as_of - due, lang)


def count_down(standard_time: datetime, as_of: datetime, lang: Lang) -> str:
    """How far the standard time (标准时点) is; always computed, never copied."""
    if as_of < standard_time:
        left = lasting(standard_time - as_of, lang)
        return Said(f"距标准时点还有{left}", f"{left} to the standard time").in_language(lang)
    past = lasting(as_of - standard_time, lang)
    return Said(f"标准时点已过{past}", f"{past} since the standard time").in_language(lang)
