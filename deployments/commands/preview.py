"""pucha watch --dry-run --until T: everything that would go out, as people and programs read it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from deployments.console import answer, from_micros, iso, say, table
from models.moments import moment_at, read_moment
from models.plan.dates import spoken_day
from models.rules.preview.preview import KINDS, Day, Peak
from models.vocabulary import bracketed, role_said, said
from models.wording import COLON, COMMA, Lang, Said

if TYPE_CHECKING:
    from tasks.campaign.store import Store
    from tasks.preview.lists import SentLine, SentNotice
    from tasks.preview.preview import Preview

_MOST_GROUPS = 5
_MOST_NAMES = 3
_CHANNELS = {
    "wecombot": Said("企业微信群机器人", "WeCom bot"),
    "dingtalk": Said("钉钉群机器人", "DingTalk bot"),
    "feishu": Said("飞书群机器人", "Feishu bot"),
    "wechat": Said("企业微信应用", "WeCom app"),
    "mailto": Said("邮件", "mail"),
    "mailtos": Said("邮件", "mail"),
    "json": Said("JSON 接口", "JSON web hook"),
    "jsons": Said("JSON 接口", "JSON web hook"),
}


def show_preview(store: Store, scope: str | None, start: datetime, until: str, limit: int, as_json: bool) -> int:
    """Look ahead from `start` to `until` and show what is found. A day alone is meant to its end."""
    from tasks.preview.preview import preview

    ends = read_moment(until, store.plan().zone, end_of_day=True)
    with _ending_on_sigterm(), _bar(store.settings.lang, quiet=as_json) as progress:
        found = preview(store=store, scope=scope, start=start, until=ends, limit=limit, progress=progress)
    if as_json:
        answer(_data(store, found))
    else:
        _show(store, found)
    return 1 if found.failed or found.warnings else 0


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """While inside, a SIGTERM ends the program as Ctrl-C does, so that the private copy is removed first."""

    def end(*_: object) -> None:
        sys.exit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _bar(lang: Lang, quiet: bool) -> Iterator[Callable[[float], None]]:
    """A bar from now to then, on a terminal alone."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, quiet=quiet), transient=True) as progress:
        bar = progress.add_task(Said("推演今后的巡查", "looking ahead").in_language(lang), total=1.0)
        yield lambda done: progress.update(bar, completed=done)


def _data(store: Store, found: Preview) -> dict[str, Any]:
    lang = store.settings.lang
    return {
        "from": iso(found.start),
        "until": iso(found.until),
        "passes": found.looks,
        "days": [
            {
                "day": f"{day.day}",
                "notices": day.notices,
                "persons": day.persons,
                "lines": day.lines,
                "kinds": [{"kind": kind, "lines": count} for kind, count in day.kinds.items()],
            }
            for day in found.days
        ],
        "a_person_and_working_day": {
            "median": found.a_day.median if found.a_day else None,
            "most": found.a_day.most if found.a_day else None,
        },
        "peaks": [
            {
                "at": from_micros(store, peak.at),
                "channel_kind": peak.kind,
                "channels": peak.channels,
                "notices": peak.notices,
                "channel": peak.channel,
                "most": peak.most,
                "rate_per_minute": peak.rate,
                "drained_at": from_micros(store, peak.drained_at),
            }
            for peak in found.peaks
        ],
        "notices": (_notice(store, one) for one in found.notices),
        "left_out": found.left_out,
        "held": found.held,
        "failed": found.failed,
        "warnings": [warning.in_language(lang) for warning in found.warnings],
    }


def _notice(store: Store, one: SentNotice) -> dict[str, Any]:
    return {
        "at": from_micros(store, one.at),
        "to": {"unit": one.unit, "unit_name": one.unit_name, "role": one.role, "name": one.name},
        "channel": one.channel,
        "kind": one.kind,
        "lines": [_line(store, line) for line in one.lines],
    }


def _line(store: Store, line: SentLine) -> dict[str, Any]:
    phase, requirement = line.requirement.split(".", 1)
    return {
        "unit": line.unit,
        "unit_name": line.unit_name,
        "phase": phase,
        "requirement": requirement,
        "title": line.title,
        "period": line.period or None,
        "rung": line.rung,
        "kind": line.kind,
        "rung_text": line.about.in_language(store.settings.lang),
        "due": from_micros(store, line.due),
    }


def _show(store: Store, found: Preview) -> None:
    lang = store.settings.lang
    notices, ends = sum(day.notices for day in found.days), spoken_day(found.until)
    say(
        Said(
            f"预告：{found.start:%Y-%m-%d %H:%M} 至 {ends}，如再无新报表，将发出通知 {notices} 份（推演巡查 {found.looks} 次）",
            f"preview from {found.start:%Y-%m-%d %H:%M} to {ends}: {notices} notices would go out if nothing else is"
            f" reported ({found.looks} passes looked at)",
        ).in_language(lang)
    )
    if found.days:
        table(
            (
                Said("日期", "day"),
                Said("份数", "notices"),
                Said("人数", "persons"),
                Said("事项", "lines"),
                Said("其中", "of these"),
            ),
            [(_day(day, lang), day.notices, day.persons, day.lines, _kinds(day, lang)) for day in found.days],
            lang,
        )
    if found.a_day is not None:
        each = Said(
            f"每人每个工作日（有通知的）：中位数 {found.a_day.median:g} 份，最多 {found.a_day.most} 份",
            f"a person and working day with any: {found.a_day.median:g} in the median, {found.a_day.most} at most",
        )
        say(each.in_language(lang))
    for peak in found.peaks:
        say(_peak(store, peak, busiest=peak.notices == max(one.notices for one in found.peaks)))
    if found.notices:
        table(
            (Said("时间", "at"), Said("收件", "to"), Said("内容", "lines")),
            [(_clock(store, one.at), _to(store, one), _said(store, one)) for one in found.notices],
            lang,
        )
    if found.left_out:
        say(
            Said(
                f"… 另有 {found.left_out} 份（--limit 0 列出全部）",
                f"… and {found.left_out} more (--limit 0 lists all)",
            ).in_language(lang)
        )
    if found.held:
        say(
            Said(
                f"另有 {found.held} 份届时已拟、待其后办公时间发出",
                f"{found.held} more will be waiting by then, to go out later",
            ).in_language(lang)
        )
    if found.failed:
        say(
            Said(
                f"有 {found.failed} 份无联系渠道，无法送达", f"{found.failed} cannot be delivered: there is no channel"
            ).in_language(lang)
        )
    for warning in found.warnings:
        say(warning.in_language(lang))


def _day(day: Day, lang: Lang) -> str:
    weekday = Said(f"周{'一二三四五六日'[day.day.weekday()]}", f"{day.day:%a}")
    return f"{day.day} {weekday.in_language(lang)}"


def _kinds(day: Day, lang: Lang) -> str:
    return (
        Said("，", ", ")
        .in_language(lang)
        .join(f"{said(KINDS, kind, lang)} {count}" for kind, count in day.kinds.items())
    )


def _peak(store: Store, peak: Peak, busiest: bool) -> str:
    """08-06 08:30 最多，企业微信群机器人 1204 份、37 个渠道，最多的一个 96 份；按每分钟 20 条，09:30 发完。"""
    kind, at = said(_CHANNELS, peak.kind, store.settings.lang), _clock(store, peak.at)
    drained = _clock(store, peak.drained_at)
    drained = drained[6:] if drained[:6] == at[:6] else drained
    parts = [
        Said(
            f"{'最忙：' if busiest else ''}{kind} {peak.notices} 份，{peak.channels} 个渠道",
            f"{'busiest: ' if busiest else ''}{peak.notices} over {peak.channels} {kind} channel{'s' * (peak.channels > 1)}",
        )
    ]
    if 1 < peak.channels < peak.notices:
        parts.append(Said(f"，其中一个最多 {peak.most} 份", f", {peak.most} over one of them"))
    if peak.rate:
        parts.append(Said(f"；每个渠道每分钟限 {peak.rate} 条", f"; {peak.rate} a minute each"))
    at_once = Said("，当即发完", "; all out at once")
    parts.append(Said(f"，{drained} 发完", f"; all out by {drained}") if peak.drained_at > peak.at else at_once)
    return f"{at} {''.join(part.in_language(store.settings.lang) for part in parts)}"


def _clock(store: Store, at: int) -> str:
    return f"{moment_at(at, store.zone):%m-%d %H:%M}"


def _to(store: Store, one: SentNotice) -> str:
    who = f"{role_said(one.role, store.plan(), store.settings.lang)} {one.name}".strip()
    return f"{one.unit_name}\n{one.unit} {who}".strip() if one.unit else who


def _said(store: Store, one: SentNotice) -> str:
    """What a notice says, in a few lines: one duty of several offices is one of them."""
    lang, zone = store.settings.lang, store.plan().zone
    groups: dict[tuple[str, Said, Said, int], list[str]] = {}
    for line in one.lines:
        names = groups.setdefault((line.title, line.period_text, line.about, line.due), [])
        if line.unit != one.unit:
            names.append(line.unit_name)
    shown = []
    for (title, period, about, due), names in list(groups.items())[:_MOST_GROUPS]:
        ends = spoken_day(moment_at(due, zone))[5:]
        word = Said(f"{about.in_language(lang)}，期限 {ends}", f"{about.in_language(lang)}; due {ends}").in_language(
            lang
        )
        of = f"{_names(names, lang)}{COLON.in_language(lang)}" if names else ""
        shown.append(f"{of}{title}{bracketed(period.in_language(lang), lang)}{bracketed(word, lang)}")
    more = len(groups) - _MOST_GROUPS
    if more > 0:
        shown.append(Said(f"… 另有 {more} 类事项", f"… and {more} more kinds").in_language(lang))
    return "\n".join(shown)


def _names(names: list[str], lang: Lang) -> str:
    """甲县、乙县、丙县等12个单位."""
    listed = COMMA.in_language(lang).join(names[:_MOST_NAMES])
    if len(names) <= _MOST_NAMES:
        return listed
    return Said(f"{listed}等{len(names)}个单位", f"{listed} and {len(names) - _MOST_NAMES} more").in_language(lang)
