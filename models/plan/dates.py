"""Dates as a plan writes them: offsets from the standard time (标准时点), T-73d, and calendar days, resolved to moments.

Zones, days and a moment typed on the command line are `models/moments.py`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from models.moments import check_year, read_moment
from models.text import look_alike
from models.wording import Refusal

_OFFSET = re.compile(r"T(?:\s*([+-]\d{1,5})d)?(?:\s+(\d{1,2}:\d{2}))?")
_WITH_OFFSET = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:?\d{2})$")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{1,2}:\d{2})(?::00)?)?(Z|[+-]\d{2}:\d{2})?")


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
            f"日期“{text}”无法读懂，应写作 T-73d、T-73d 17:00、2020-08-05 或 2020-08-05 17:00{look_alike(text).zh}",
            f"the date “{text}” cannot be read; write T-73d, T-73d 17:00, 2020-08-05 or 2020-08-05 17:00{look_alike(text).en}",
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


def standard_time(text: str, zone: tzinfo) -> datetime:
    """T0. Read in the plan's zone where it has no offset."""
    return read_moment(text, zone)


def has_offset(text: str) -> bool:
    """True for a written moment that says its own offset, as 2020-11-01T00:00:00+08:00 does."""
    return _WITH_OFFSET.search(text) is not None


def spoken_day(end: datetime) -> str:
    """A due moment as people say it: a midnight is the end of the day before, `2020-08-05 24:00`."""
    if end.hour == end.minute == 0:
        return f"{end - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{end:%Y-%m-%d %H:%M}"


def spoken_limit(due: datetime | None) -> str:
    """The same of a duty; a dash where no day is set."""
    return "—" if due is None else spoken_day(due)


def _own_zone(offset: str) -> tzinfo:
    if offset == "Z":
        return UTC
    hours, minutes = (int(part) for part in offset[1:].split(":"))
    if hours > 14 or minutes > 59:
        raise Refusal(f"没有时区 {offset}", f"there is no offset {offset}")
    return timezone((1 if offset[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


def _at(day: date, clock: str | None, zone: tzinfo, end_of_day: bool) -> datetime:
    check_year(day.year)
    if clock is None:
        clock = "24:00" if end_of_day else "00:00"
    hour, minute = (int(part) for part in clock.split(":"))
    if (hour, minute) == (24, 0):
        day, hour = day + timedelta(days=1), 0
    if hour > 23 or minute > 59:
        raise Refusal(f"没有 {clock} 这个时刻", f"there is no time {clock}")
    return datetime.combine(day, time(hour, minute), tzinfo=zone)
