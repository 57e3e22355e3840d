"""Cells as dates and moments (日期、时刻), however an office or its spreadsheet writes them.

2020-08-05, 2020/8/5, 2020.8.5, 20200805, 2020年8月5日, and the number of days that a spreadsheet keeps in its place; a
moment has the time behind it (17:00, 17时30分). What cannot be meant is refused with the reason: a day without a year, a
year that is none of this census, a day that no calendar has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from models.moments import midnight
from models.wording import Said

YEARS = 5
"""A date further than this from the standard time is one of another census, or a slip of the pen."""
_DAY_ZERO = date(1899, 12, 30)
"""Day 0 of a spreadsheet's calendar, as far as days after February 1900 go."""
_SERIAL = re.compile(r"([0-9]{5})(\.[0-9]+)?")
_DAY = re.compile(
    r"([0-9]{4})(?:[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})[日号]?|([0-9]{2})([0-9]{2}))"
)
_WEEKDAY = re.compile(r"^[(]?(?:星期|周)[一二三四五六日天][)]?")
_TIME = re.compile(
    r"T?([0-9]{1,2})(?::([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?|[时点](?:([0-9]{1,2})分?)?)(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_NO_YEAR = re.compile(r"(?:[0-9]{1,2}月[0-9]{1,2}[日号]?|[0-9]{1,2}[-/.][0-9]{1,2})(?![-/.0-9]).*")
_NO_DAY = re.compile(r"[0-9]{4}(?:年(?:[0-9]{1,2}月?)?|[-/.][0-9]{1,2})")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}(?:[-/.][0-9]{1,2}[-/.][0-9]{1,4}|年[0-9]{1,2}月[0-9]{1,2}[日号]?).*")


@dataclass(frozen=True)
class Dated:
    """What dates are read by: the standard time and the zone of the plan."""

    standard_time: datetime
    zone: tzinfo

    @property
    def ends(self) -> tuple[date, date]:
        """The first and the last day that a report may speak of."""
        day = self.standard_time.astimezone(self.zone).date()
        return _years_on(day, -YEARS), _years_on(day, YEARS)


def read_date(text: str, title: str, dated: Dated) -> date | Said:
    """The day that a text means, or why it means none. text: without blanks, full-width signs made plain."""
    serial = _SERIAL.fullmatch(text)
    if serial:
        return _within(_DAY_ZERO + timedelta(days=int(serial[1])), title, dated) if not serial[2] else _has_time(title)
    read = _split(text, title)
    if isinstance(read, Said):
        return read
    day, rest = read
    if rest and (at := _TIME.fullmatch(rest)) is None:
        return _no_date(title)
    elif rest and at is not None and any(int(part or 0) for part in at.groups()[:4]):
        return _has_time(title)
    return _within(day, title, dated)


def read_moment(text: str, title: str, dated: Dated) -> datetime | Said:
    """The moment that a text means, in the plan's zone, or why it means none. text: as for `read_date`."""
    serial = _SERIAL.fullmatch(text)
    if serial:
        day = _within(_DAY_ZERO + timedelta(days=int(serial[1])), title, dated)
        if isinstance(day, Said) or not serial[2]:
            return day if isinstance(day, Said) else _no_time(title)
        return midnight(day, dated.zone) + timedelta(seconds=round(float(serial[2]) * 86_400))
    read = _split(text, title)
    if isinstance(read, Said):
        return read
    day, rest = read
    if not rest:
        return _no_time(title)
    at = _TIME.fullmatch(rest)
    if at is None:
        return Said(f"“{title}”不是时刻，{_TIMED.zh}", f"“{title}” is not a moment; {_TIMED.en}")
    bounded = _within(day, title, dated)
    if isinstance(bounded, Said):
        return bounded
    hour, minute, second = int(at[1]), int(at[2] or at[4] or 0), int(at[3] or 0)
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second)):
        return Said(f"“{title}”没有这个时刻，请核对", f"“{title}”: there is no such time of day")
    zone = dated.zone if at[5] is None else datetime.fromisoformat(f"2000-01-01T00:00{at[5]}").tzinfo
    start = datetime.combine(day, time(hour % 24, minute, second), tzinfo=zone)
    return (start + timedelta(days=hour // 24)).astimezone(dated.zone)


def _split(text: str, title: str) -> tuple[date, str] | Said:
    """The day with which a text begins, and what stands behind it."""
    found = _DAY.match(text)
    if found is None or (found[6] and text[8:9].isdecimal()):
        if _NO_DAY.fullmatch(text):
            return Said(f"“{title}”没有写到日，{_WRITE.zh}", f"“{title}” has no day; {_WRITE.en}")
        if _NO_YEAR.fullmatch(text):
            return Said(f"“{title}”缺少年份，{_WRITE.zh}", f"“{title}” has no year; {_WRITE.en}")
        if _SHORT_YEAR.fullmatch(text):
            return Said(
                f"“{title}”的年份应写四位，且年在最前，{_WRITE.zh}",
                f"“{title}”: the year comes first, with four digits; {_WRITE.en}",
            )
        return _no_date(title)
    year, month, day = (
        int(part) for part in (found[1], found[2] or found[4] or found[6], found[3] or found[5] or found[7])
    )
    try:
        return date(year, month, day), _WEEKDAY.sub("", text[found.end() :])
    except ValueError:
        return Said(f"“{title}”没有这一天，请核对月、日", f"“{title}”: there is no such day; check month and day")


def _within(day: date, title: str, dated: Dated) -> date | Said:
    first, last = dated.ends
    if first <= day <= last:
        return day
    return Said(
        f"“{title}”的年份（{day.year}）不对：应在 {first} 至 {last} 之间，请核对年份",
        f"“{title}” is of the wrong year ({day.year}): it must lie between {first} and {last}; check the year",
    )


_TIMED = Said("请写到几时几分，如 2020-08-05 17:00", "write it such as 2020-08-05 17:00")
_WRITE = Said("请写全年月日，如 2020-08-05", "write it in full, such as 2020-08-05")


def _no_date(title: str) -> Said:
    return Said(f"“{title}”不是日期，{_WRITE.zh}", f"“{title}” is not a date; {_WRITE.en}")


def _has_time(title: str) -> Said:
    return Said(f"“{title}”只填日期，请去掉时刻", f"“{title}” takes a date alone; remove the time of day")


def _no_time(title: str) -> Said:
    return Said(
        f"“{title}”缺少时刻，{_TIMED.zh}",
        f"“{title}” has no time of day; {_TIMED.en}",
    )


def _years_on(day: date, years: int) -> date:
    """The same day of another year; of a year without a 29 February its 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
