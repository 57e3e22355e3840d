"""Dates of a plan: offsets from the standard time (标准时点) and calendar days, resolved to moments."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

import pendulum

from models.wording import Refusal

FIRST_YEAR, LAST_YEAR = 1950, 2200
_OFFSET = re.compile(r"T(?:\s*([+-]\d{1,5})d)?(?:\s+(\d{1,2}:\d{2}))?")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{1,2}:\d{2})(?::00)?)?(Z|[+-]\d{2}:\d{2})?")
_WRITTEN = re.compile(r"\d{4}-?\d{2}-?\d{2}([T ]\d{2}.*)?")
_MIDNIGHT = re.compile(r"([T ])24:00(?::00)?")
"""The end of a day; 13:24:00 is none."""


def resolve(text: str, standard_time: datetime, zone: tzinfo, *, end_of_day: bool) -> datetime:
    """The moment that `text` means, in the plan's zone: `T-73d`, `T+4d 24:00`, `2020-08-05`, `2020-08-05 17:00`.

    Without a time it is the start of that day, or its end (24:00, the next midnight) for `end_of_day`.
    """
    offset = _OFFSET.fullmatch(text.strip())
    if offset:
        day = standard_time.astimezone(zone).date() + timedelta(days=int(offset[1] or 0))
        return _at(day, offset[2], zone, end_of_day)
    dated = _DAY.fullmatch(text.strip())
    if dated is None:
        raise Refusal(
            f"日期“{text}”无法读懂，应写作 T-73d、T-73d 17:00、2020-08-05 或 2020-08-05 17:00",
            f"the date “{text}” cannot be read; write T-73d, T-73d 17:00, 2020-08-05 or 2020-08-05 17:00",
        )
    try:
        day = date.fromisoformat(dated[1])
    except ValueError:
        raise Refusal(f"没有 {dated[1]} 这一天", f"there is no day {dated[1]}") from None
    if dated[3] is None:
        return _at(day, dated[2], zone, end_of_day)
    if dated[2] is None:
        raise Refusal(
            f"日期“{text}”带了时区却没有时刻，请补上时刻或去掉时区",
            f"the date “{text}” has an offset but no time; add a time or drop the offset",
        )
    return _at(day, dated[2], _own_zone(dated[3]), end_of_day).astimezone(zone)


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
        moment = datetime.fromisoformat(_MIDNIGHT.sub(r"\g<1>00:00", written))
    except ValueError:
        raise Refusal(
            f"时间“{text}”无法读懂，应写作 2020-11-05 或 2020-11-05T17:00",
            f"the time “{text}” cannot be read; write 2020-11-05 or 2020-11-05T17:00",
        ) from None
    _check_year(moment.year)
    if ends_day:
        moment += timedelta(days=1)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(zone)


def standard_time(text: str, zone: tzinfo) -> datetime:
    """T0. Read in the plan's zone where it has no offset."""
    return read_moment(text, zone)


def spoken_day(end: datetime) -> str:
    """A due moment as people say it: a midnight is the end of the day before, `2020-08-05 24:00`."""
    if end.hour == end.minute == 0:
        return f"{end - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{end:%Y-%m-%d %H:%M}"


def read_zone(name: str) -> tzinfo:
    """The time zone of that name."""
    try:
        return pendulum.timezone(name)
    except (ValueError, KeyError, OSError):
        raise Refusal(
            f"没有时区“{name}”，应写作 Asia/Shanghai 一类的名称",
            f"there is no time zone “{name}”; write a name such as Asia/Shanghai",
        ) from None


def _own_zone(offset: str) -> tzinfo:
    if offset == "Z":
        return UTC
    hours, minutes = (int(part) for part in offset[1:].split(":"))
    if hours > 14 or minutes > 59:
        raise Refusal(f"没有时区 {offset}", f"there is no offset {offset}")
    return timezone((1 if offset[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _at(day: date, clock: str | None, zone: tzinfo, end_of_day: bool) -> datetime:
    _check_year(day.year)
    if clock is None:
        clock = "24:00" if end_of_day else "00:00"
    hour, minute = (int(part) for part in clock.split(":"))
    if (hour, minute) == (24, 0):
        day, hour = day + timedelta(days=1), 0
    if hour > 23 or minute > 59:
        raise Refusal(f"没有 {clock} 这个时刻", f"there is no time {clock}")
    return datetime.combine(day, time(hour, minute), tzinfo=zone)


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal(
            f"{year} 年超出范围（{FIRST_YEAR}–{LAST_YEAR}）",
            f"the year {year} is out of range ({FIRST_YEAR}–{LAST_YEAR})",
        )
