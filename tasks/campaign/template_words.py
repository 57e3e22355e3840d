"""What the texts of messages say in words: whom a message greets, what it is about, days, delays, names, roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from models.rules.delivery.entries import Entry, Tally
from models.vocabulary import BY_DEFAULT
from models.wording import COMMA, Lang, Said

_ROLES = {
    "owner": Said("经办人", "owner"),
    "leader": Said("办公室主任", "office leader"),
    "head": Said("领导小组组长", "head of the leading group"),
}


def frame_context(
    office: str,
    level: str,
    role: str,
    groups: Sequence[tuple[str, Sequence[str]]],
    about: Tally,
    as_of: datetime,
    lang: Lang,
) -> dict[str, Any]:
    """What the frame of a message may name; more, board, superior, number and
    sheets (signed papers, whole) are still to be set."""
    return {
        "office": office,
        "level": level,
        "role": role,
        "addressee": addressee(office, level, role, lang),
        "groups": groups,
        "headline": headline(about, lang),
        "about": about,
        "as_of": as_of,
        "more": 0,
        "board": None,
        "superior": None,
        "number": "",
        "campaign": "",
        "sheets": (),
    }


def headline(about: Tally, lang: Lang) -> str:
    """What a message is about, in figures: 2项逾期、1项即将到期."""
    s = "s" if about.letters > 1 else ""
    offices = "offices" if about.vacant > 1 else "office"
    said = (
        (about.overdue, Said(f"{about.overdue}项逾期", f"{about.overdue} overdue")),
        (about.soon, Said(f"{about.soon}项即将到期", f"{about.soon} due soon")),
        (about.below, Said(f"下级{about.below}项逾期", f"{about.below} overdue below")),
        (about.below_soon, Said(f"下级{about.below_soon}项即将到期", f"{about.below_soon} due soon below")),
        (about.instead, Said(f"请转告{about.instead}项", f"{about.instead} to pass on")),
        (about.papers, Said(f"{about.papers}件文稿待签", f"{about.papers} to sign")),
        (about.letters, Said(f"来文{about.letters}件", f"{about.letters} letter{s}")),
        (about.vacant, Said(f"无法通知{about.vacant}个单位", f"{about.vacant} {offices} out of reach")),
    )
    return Said("、", ", ").in_language(lang).join(words.in_language(lang) for count, words in said if count)


def with_its_date(entry: Entry, lang: Lang) -> Entry:
    """An entry whose reason was judged some time ago says so: 按8月7日24时数据，… Several reasons become one text."""
    if entry.reasons:
        entry = entry._replace(reason=Said("；", "; ").in_language(lang).join(entry.reasons))
    if entry.judged_at is None or not entry.reason:
        return entry
    day = _day(entry.judged_at, lang)
    dated = Said(f"按{day}数据，{entry.reason}", f"by the figures of {day}, {entry.reason}")
    return entry._replace(reason=dated.in_language(lang))


def addressee(office: str, level: str, role: str, lang: Lang) -> str:
    """Whom a message greets: 甲县人普办, 乙镇人口普查领导小组组长, 丙村普查小组, 系统管理员."""
    if role == "admin":
        return Said("系统管理员", "Administrator").in_language(lang)
    if role == "head":
        return Said(
            f"{office}人口普查领导小组组长", f"To the head of the census leading group of {office}"
        ).in_language(lang)
    if level == "village":
        return Said(f"{office}普查小组", f"To the census group of {office}").in_language(lang)
    return Said(f"{office}人普办", f"To the census office of {office}").in_language(lang)


def filters(lang: Lang) -> Mapping[str, Callable[[Any], str]]:
    """What a text may apply to what it names: {{ entry.due|day }}, {{ entry|late }} …"""
    return {
        "day": lambda moment: _day(moment, lang),
        "limit": lambda entry: _limit(entry.due, lang),
        "span": lambda entry: _span(entry, lang),
        "late": lambda entry: _late(entry, lang),
        "who": lambda entry: _who(entry.names, entry.offices, lang),
        "whom": lambda entry: _who(entry.pass_to, entry.pass_to_offices, lang),
        "role": lambda roles: _roles(roles, lang),
    }


def _day(moment: datetime, lang: Lang) -> str:
    """A moment as offices write it: 8月5日24时 for the midnight that ends 5 August."""
    ends_a_day = moment.hour == moment.minute == 0
    day = moment - timedelta(days=1) if ends_a_day else moment
    if lang == "en":
        return f"{day.day} {day:%b} {'24:00' if ends_a_day else f'{day:%H:%M}'}"
    clock = "24时" if ends_a_day else f"{day.hour}时{f'{day.minute}分' if day.minute else ''}"
    return f"{day.month}月{day.day}日{clock}"


def _limit(due: datetime, lang: Lang) -> str:
    """A due moment as offices write it before 前 and 到期: 8月5日 for the midnight that ends it, 8月5日17时."""
    if due.hour or due.minute:
        return _day(due, lang)
    day = due - timedelta(days=1)
    return Said(f"{day.month}月{day.day}日", f"{day.day} {day:%b}").in_language(lang)


def _span(entry: Entry, lang: Lang) -> str:
    """Several periods of one return: 4月5日至7月26日共17期; several rows: 11月5日至11月20日到期的共4项."""
    first, last = _limit(entry.due, lang), _limit(entry.last_due or entry.due, lang)
    if entry.of_rows:
        within = first if first == last else Said(f"{first}至{last}", f"{first} to {last}").in_language(lang)
        return Said(f"{within}到期的共{entry.periods}项", f"{entry.periods} items due {within}").in_language(lang)
    return Said(f"{first}至{last}共{entry.periods}期", f"{entry.periods} periods, {first} to {last},").in_language(lang)


def _late(entry: Entry, lang: Lang) -> str:
    """已逾期4天, 现已到期, 按默认期限已逾期4天."""
    days = entry.days_late or 0
    late = Said(
        f"已逾期{days}天" if days else "现已到期",
        f"{days} days overdue" if days > 1 else "1 day overdue" if days else "due now",
    )
    if not entry.by_default:
        return late.in_language(lang)
    return Said(f"{BY_DEFAULT.zh}{late.zh}", f"{late.en} {BY_DEFAULT.en}").in_language(lang)


def _who(names: Sequence[str], offices: int, lang: Lang) -> str:
    """甲县、乙县、丙县等12个单位."""
    named = COMMA.in_language(lang).join(names)
    if offices <= len(names):
        return named
    return Said(f"{named}等{offices}个单位", f"{named} and others ({offices} offices)").in_language(lang)


def _roles(roles: str, lang: Lang) -> str:
    """经办人、办公室主任, from "owner,leader"; 上级单位经办人, from "superior.owner"."""
    return COMMA.in_language(lang).join(_role(role, lang) for role in roles.split(","))


def _role(role: str, lang: Lang) -> str:
    above = "superior."
    name = role.removeprefix(above)
    named = _ROLES[name].in_language(lang) if name in _ROLES else name
    if name == role:
        return named
    return Said(f"上级单位{named}", f"superior's {named}").in_language(lang)
