"""The State Council's yearly holiday notice (部分节假日安排的通知), read sentence by sentence.

A sentence that names a day in an unusual form is refused, never skipped: a calendar is not guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from models.calendar.working_time import agrees_with_weekend
from models.wording import Refusal

FESTIVALS = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")

_WEEKDAYS = "一二三四五六日"
_YEAR = re.compile(r"(?:现将|关于)(?:调整|延长)?(\d{4})年")
_FESTIVAL = rf"(?:{'|'.join(FESTIVALS)}|[^\s:。;,、]{{2,40}}(?:节|纪念日))"
_NUMBER = "[一二三四五六七八九十]+、"
_START = rf"(?:(?:^|(?<=[。;\n]))[^\S\n]*(?:[-•·*]\s*)?(?:{_NUMBER})?|{_NUMBER})"
_HEADING = re.compile(rf"{_START}({_FESTIVAL}(?:、{_FESTIVAL})*)\s*:")
_CLOSING = re.compile(r"节假日期间|国务院办公厅")
_DAY = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:\(([^()]*)\))?(至|到|-|—|–|~)?、?")
_OFF = re.compile(r"(?:放假|调休|公休|补休)+(?:(\d+)天)?")
_WORK = re.compile(r"(?:正常|照常)?上班")
_TOTAL = re.compile(r"共(\d+)天")
_REMARK = re.compile(r"与周末连休|不调休")
_WEEKDAY = re.compile(r"(?:星期|周)([一二三四五六日天])")


@dataclass(frozen=True, order=True)
class ListedDay:
    """A day that a calendar names. works: True for a make-up working day, False for a day off."""

    day: date
    works: bool
    name: str


def read_notice(text: str, year: int | None = None, *, whole_year: bool = True) -> tuple[int, tuple[ListedDay, ...]]:
    """The year of a notice and its exceptions to the weekend, in order; December before may be among them.

    year: needed if the notice does not name its own. whole_year: all seven festivals must be in it.
    Refusal with the line and what to do, for the first sentence that cannot be relied on.
    """
    text = unicodedata.normalize("NFKC", text.replace("\r\n", "\n").replace("\r", "\n"))
    year = _year(text, year)
    headings = list(_HEADING.finditer(text))
    if not headings:
        raise Refusal(
            "文中没有“元旦：1月1日放假”一类的条目，请使用国务院办公厅通知的正文",
            "no entry such as “元旦：1月1日放假” was found; use the text of the State Council's notice",
        )
    if whole_year:
        _check_festivals("、".join(heading[1] for heading in headings))
    found: dict[date, ListedDay] = {}
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    for heading, end in zip(headings, ends, strict=True):
        body = re.sub(r"\s", "", _CLOSING.split(text[heading.end() : end])[0])
        line = text.count("\n", 0, heading.start(1)) + 1
        for sentence in re.split(r"[。;]", body):
            for listed in _sentence(sentence, heading[1], year, line):
                if found.setdefault(listed.day, listed).works != listed.works:
                    raise _unclear(line, sentence, f"{listed.day} 既放假又上班", f"{listed.day} is both off and worked")
    return year, tuple(sorted(day for day in found.values() if not agrees_with_weekend(day.day, day.works)))


def _year(text: str, given: int | None) -> int:
    named = _YEAR.search(text)
    if named is None and given is None:
        raise Refusal("通知未写明年份，请用 --year 指明", "the notice does not name its year; say it with --year")
    if named and given and int(named[1]) != given:
        raise Refusal(
            f"这是{named[1]}年的通知，与指明的{given}年不符",
            f"this is the notice for {named[1]}, not for {given}",
        )
    return int(named[1]) if named else given or 0


def _check_festivals(named: str) -> None:
    missing = "、".join(festival for festival in FESTIVALS if festival not in named)
    if missing:
        raise Refusal(
            f"通知中没有{missing}的安排；如为个别调整，请按调整导入（--amend）",
            f"the notice says nothing of {missing}; if it only amends a year, import it with --amend",
        )


def _sentence(sentence: str, name: str, year: int, line: int) -> Iterator[ListedDay]:
    """What one sentence without spaces says: days off, days worked, how many."""
    if not re.search(r"\d日", sentence) or sentence.startswith("鼓励"):
        return
    off: list[date] = []
    for clause in re.split(r",(?![^()]*\))", sentence.removeprefix("其中")):
        total = _TOTAL.fullmatch(clause)
        if total:
            _check_count(int(total[1]), off, sentence, line)
            continue
        if _REMARK.fullmatch(clause):
            continue
        days, verb = _days(clause.removeprefix("其中"), year, sentence, line)
        rest = _OFF.fullmatch(verb)
        if rest and days:
            if rest[1]:
                _check_count(int(rest[1]), days, sentence, line)
            off += days
            yield from (ListedDay(day, False, name) for day in days)
        elif _WORK.fullmatch(verb) and days:
            for day in days:
                if day.weekday() < 5:
                    raise _unclear(line, sentence, f"{day} 不是周末", f"{day} is not a weekend day")
                yield ListedDay(day, True, name)
        else:
            raise _unclear(line, sentence, "不是通常的写法", "not one of the usual forms")


def _days(clause: str, year: int, sentence: str, line: int) -> tuple[list[date], str]:
    """The days with which a clause begins, and the words after them. 19日 after 1月18日 is 1月19日."""
    days: list[date] = []
    this_year, month, place = year, 0, 0
    opened: tuple[date, bool, str | None] | None = None
    while found := _DAY.match(clause, place):
        this_year, month = int(found[1] or this_year), int(found[2] or month)
        day = _date(this_year, month, int(found[3]), sentence, line)
        place = found.end()
        if found[5]:
            opened = (day, found[1] is not None, found[4])
            continue
        first = day
        if opened is not None:
            first, has_year, remark = opened
            if first > day and not has_year:
                first = _date(first.year - 1, first.month, first.day, sentence, line)
            if not 0 < (day - first).days < 31:
                raise _unclear(line, sentence, "起止日期不对", "the first day and the last do not fit")
            _check_weekday(first, remark, sentence, line)
            opened = None
        _check_weekday(day, found[4], sentence, line)
        days += [first + timedelta(days=n) for n in range((day - first).days + 1)]
    if opened is not None:
        raise _unclear(line, sentence, "只有起始日期", "a first day without a last")
    outside = [day for day in days if day.year != year and (day.year, day.month) != (year - 1, 12)]
    if outside:
        raise _unclear(line, sentence, f"{outside[0]} 不属于{year}年", f"{outside[0]} is not in {year}")
    return days, clause[place:]


def _date(year: int, month: int, day: int, sentence: str, line: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise _unclear(line, sentence, "没有这一天", "there is no such day") from None


def _check_weekday(day: date, remark: str | None, sentence: str, line: int) -> None:
    said = _WEEKDAY.search(remark or "")
    real = _WEEKDAYS[day.weekday()]
    if said and said[1].replace("天", "日") != real:
        raise _unclear(
            line,
            sentence,
            f"{day} 是星期{real}，请核对年份",
            f"{day} falls on another weekday; check the year",
        )


def _check_count(said: int, days: Sequence[date], sentence: str, line: int) -> None:
    if said != len(days):
        raise _unclear(line, sentence, f"所列为{len(days)}天", f"it lists {len(days)} days")


def _unclear(line: int, sentence: str, zh: str, en: str) -> Refusal:
    return Refusal(
        f"第{line}行“{sentence}”无法采用：{zh}。请核对原文，或改用 CSV 导入",
        f"line {line}, “{sentence}”, cannot be used: {en}; check the text, or import a CSV instead",
    )
