"""Health (运行状况): whether everything that must run runs, decided from facts that were read elsewhere.

Each check names one thing, says ok, warning or failing, and why in a sentence. A warning is for somebody to
look at in office hours; failing means that words are not being said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from models.calendar.working_time import YearDoubt
from models.rules.oversight.machines import KEY, Machine, compare
from models.wording import Said

State = Literal["ok", "warning", "failing"]
_MEGABYTE = 1_000_000
DISK_WARNING, DISK_FAILING = 1_000 * _MEGABYTE, 200 * _MEGABYTE
"""Free bytes: a national day of reports takes some hundred megabytes."""
STATE_NAMES: Mapping[State, Said] = {
    "ok": Said("正常", "ok"),
    "warning": Said("注意", "warning"),
    "failing": Said("异常", "failing"),
}


@dataclass(frozen=True)
class HealthCheck:
    """What is to be said of one thing. name: watch, audit, unsent, channels, asides, calendar, disk, database …"""

    name: str
    state: State
    said: Said


@dataclass(frozen=True)
class Limits:
    """After what time without a heartbeat something is overdue."""

    watch: timedelta
    audit: timedelta


@dataclass(frozen=True)
class AdminChannel:
    """The administrators' channel (PUCHA_ADMIN_CHANNEL). fault: why nothing can be sent to it; None where it can."""

    is_set: bool
    fault: Said | None = None


@dataclass(frozen=True)
class ArchiveSeen:
    """The archive as this machine sees it. fault: why it cannot be used; missing: of so many reports."""

    shown: str
    reports: int
    missing: int
    fault: Said | None = None


@dataclass(frozen=True)
class Facts:
    """What is known at `now`; moments are aware.

    loaded: when the campaign was first loaded; last_pass, last_audit: the last heartbeats (None: none yet); found: what
    the last audit counted (missing, extra, late); unsent, unsent_since: notices that should have gone out, and
    since when the first waits; held, held_since, held_too_long: notices that wait for an hour or a channel, since when the
    first was owed, and whether that is longer than a working day; channels_aside: channels set aside; phases_aside: each phase, or unit in it, that
    passes leave out, and whether it is a whole phase; years: doubtful years that the plan still reaches into;
    free: bytes free in the data folder; administrator: what is known of the administrators' channel;
    database_doubt: what is to be said against the database's own program; machines: those that worked within a
    day; ahead: what stands in the future by a slip; is_simulated: whether somebody let a pass run there on purpose.
    """

    now: datetime
    version: str
    loaded: datetime
    last_pass: datetime | None
    last_audit: datetime | None
    found: Mapping[str, int]
    unsent: int
    unsent_since: datetime | None
    held: int
    held_since: datetime | None
    held_too_long: bool
    channels_aside: int
    phases_aside: Sequence[tuple[Said, bool]]
    years: Sequence[YearDoubt]
    free: int
    administrator: AdminChannel
    archive: ArchiveSeen
    database_doubt: Said | None = None
    machines: Sequence[Machine] = ()
    ahead: Sequence[Said] = ()
    is_simulated: bool = False


def health_checks(facts: Facts, limits: Limits) -> tuple[HealthCheck, ...]:
    """A check of everything that must run, always in the same order."""
    return (
        _database(facts),
        _archive(facts.archive),
        _machines(facts.machines),
        _watch(facts, limits.watch),
        _audit(facts, limits.audit),
        _unsent(facts),
        _held(facts),
        _channels(facts),
        _administrator(facts.administrator),
        _asides(facts),
        _clock_of(facts),
        _calendar(facts),
        _disk(facts),
    )


def _database(facts: Facts) -> HealthCheck:
    said = Said(f"数据库连接正常，版本 {facts.version}", f"the database answers and is of version {facts.version}")
    doubt = facts.database_doubt
    if doubt is None:
        return HealthCheck("database", "ok", said)
    return HealthCheck("database", "warning", Said(f"{said.zh}；{doubt.zh}", f"{said.en}; {doubt.en}"))


def _archive(seen: ArchiveSeen) -> HealthCheck:
    if seen.fault is not None:
        return HealthCheck("archive", "failing", seen.fault)
    if seen.missing:
        said = Said(
            f"存档 {seen.shown} 共应有 {seen.reports} 份报表，缺 {seen.missing} 份：用 pucha archive check 查看，"
            "pucha archive copy 从原处复制，或从备份恢复",
            f"of {seen.reports} reports the archive {seen.shown} lacks {seen.missing}: see pucha archive check, copy them"
            " with pucha archive copy, or restore them from a backup",
        )
        return HealthCheck("archive", "failing", said)
    said = Said(f"存档齐全，共 {seen.reports} 份报表", f"all {seen.reports} reports are in the archive")
    return HealthCheck("archive", "ok", said)


def _machines(machines: Sequence[Machine]) -> HealthCheck:
    found = compare(machines)
    # with another key, channels cannot be opened and words are not said; all else only makes them differ
    state: State = "failing" if KEY in found.what else "warning" if found.what else "ok"
    return HealthCheck("machines", state, found.said)


def worst(checks: Sequence[HealthCheck]) -> State:
    """The state of the whole: that of its worst check."""
    states = {check.state for check in checks}
    return "failing" if "failing" in states else "warning" if "warning" in states else "ok"


def troubles(checks: Sequence[HealthCheck]) -> tuple[HealthCheck, ...]:
    """The checks that somebody must be told of."""
    return tuple(check for check in checks if check.state == "failing")


TELL_AGAIN, TRY_AGAIN = timedelta(days=1), timedelta(hours=1)
"""A trouble that lasts is told once a day; where the word did not arrive, it is tried again within the hour."""


def to_tell(
    checks: Sequence[HealthCheck], silent_until: Mapping[str, datetime], now: datetime
) -> tuple[HealthCheck, ...]:
    """The troubles that somebody must be told of now. silent_until: until when, by name, nobody is told again."""
    return tuple(one for one in troubles(checks) if one.name not in silent_until or now >= silent_until[one.name])


def _watch(facts: Facts, limit: timedelta) -> HealthCheck:
    last = facts.last_pass
    if last is None:
        if facts.now - facts.loaded <= limit:
            return HealthCheck(
                "watch",
                "warning",
                Said("方案刚装载，尚未全面巡查过", "newly loaded; no pass over everything has ended yet"),
            )
        return HealthCheck(
            "watch", "failing", Said("从未完成巡查，通知没有人发", "no pass has ever ended; nobody is told anything")
        )
    if facts.now - last > limit:
        late = _duration(facts.now - last)
        return HealthCheck(
            "watch",
            "failing",
            Said(
                f"巡查已停：最近一次于{_clock(last)}完成，至今{late.zh}",
                f"no pass for {late.en}: the last ended at {last:%m-%d %H:%M}",
            ),
        )
    return HealthCheck(
        "watch", "ok", Said(f"最近一次巡查于{_clock(last)}完成", f"the last pass ended at {last:%m-%d %H:%M}")
    )


def _audit(facts: Facts, limit: timedelta) -> HealthCheck:
    last = facts.last_audit
    if last is None:
        young = facts.now - facts.loaded <= limit
        said = Said("台账尚未核查过", "the ledger has not been audited yet")
        return HealthCheck("audit", "warning" if young else "failing", said)
    if facts.now - last > limit:
        late = _duration(facts.now - last)
        return HealthCheck(
            "audit",
            "failing",
            Said(
                f"核查已停：最近一次于{_clock(last)}完成，至今{late.zh}",
                f"no audit for {late.en}: the last ended at {last:%m-%d %H:%M}",
            ),
        )
    if any(facts.found.values()):
        missing, extra, late_words = (facts.found.get(kind, 0) for kind in ("missing", "extra", "late"))
        return HealthCheck(
            "audit",
            "failing",
            Said(
                f"{_clock(last)}核查有出入：应发未发 {missing} 条，多发 {extra} 条，迟发 {late_words} 条",
                f"the audit of {last:%m-%d %H:%M} found {missing} missing, {extra} extra and {late_words} late",
            ),
        )
    return HealthCheck(
        "audit", "ok", Said(f"{_clock(last)}核查，台账无出入", f"the audit of {last:%m-%d %H:%M} found nothing")
    )


def _unsent(facts: Facts) -> HealthCheck:
    if not facts.unsent or facts.unsent_since is None:
        return HealthCheck("unsent", "ok", Said("没有积压的通知", "no notice lies that should have gone out"))
    return HealthCheck(
        "unsent",
        "failing",
        Said(
            f"有 {facts.unsent} 份通知到时未发，最早的应于{_clock(facts.unsent_since)}发出",
            f"{facts.unsent} notices should have gone out, the first at {facts.unsent_since:%m-%d %H:%M}",
        ),
    )


def _held(facts: Facts) -> HealthCheck:
    if not facts.held or facts.held_since is None:
        return HealthCheck("held", "ok", Said("没有等候发送的通知", "no notice waits for its hour or its channel"))
    state: State = "failing" if facts.held_too_long else "ok"
    return HealthCheck(
        "held",
        state,
        Said(
            f"有 {facts.held} 份通知等候发送（未到办公时间、免打扰、每日上限、限速或渠道暂停），最早的自{_clock(facts.held_since)}起等候"
            + ("，已超过一个工作日" if facts.held_too_long else ""),
            f"{facts.held} notices wait for their hour or their channel, the first since {facts.held_since:%m-%d %H:%M}"
            + (", more than a working day" if facts.held_too_long else ""),
        ),
    )


def _channels(facts: Facts) -> HealthCheck:
    if not facts.channels_aside:
        return HealthCheck("channels", "ok", Said("没有暂停使用的渠道", "no channel is set aside"))
    return HealthCheck(
        "channels",
        "warning",
        Said(
            f"{facts.channels_aside} 个渠道连续发送失败，暂停使用，详见 pucha channels --failing",
            f"{facts.channels_aside} channels keep failing and are set aside; see pucha channels --failing",
        ),
    )


def _administrator(channel: AdminChannel) -> HealthCheck:
    if channel.fault is not None:
        return HealthCheck(
            "administrator",
            "failing",
            Said(
                f"管理员渠道 PUCHA_ADMIN_CHANNEL 写法有误，管理员收不到任何通知：{channel.fault.zh}",
                f"PUCHA_ADMIN_CHANNEL cannot be used, the administrators hear nothing: {channel.fault.en}",
            ),
        )
    if not channel.is_set:
        said = Said(
            "没有设置，运行异常时无人知道；请在 .env 中写 PUCHA_ADMIN_CHANNEL=渠道（写法同联系人表），重新启动",
            "not set: nobody is told when something fails; write PUCHA_ADMIN_CHANNEL=CHANNEL into .env, as in contacts, and"
            " start again",
        )
        return HealthCheck("administrator", "warning", said)
    return HealthCheck("administrator", "ok", Said("管理员渠道可用", "the administrators' channel can be used"))


def _asides(facts: Facts) -> HealthCheck:
    if not facts.phases_aside:
        return HealthCheck("asides", "ok", Said("各阶段均正常核对", "every phase is judged"))
    first, more = facts.phases_aside[0][0], len(facts.phases_aside) - 1
    said = Said(first.zh + (f"；另有 {more} 处" if more else ""), first.en + (f"; and {more} more" if more else ""))
    return HealthCheck("asides", "failing" if any(whole for _, whole in facts.phases_aside) else "warning", said)


def _clock_of(facts: Facts) -> HealthCheck:
    if facts.is_simulated:
        said = Said(
            "本任务为推演（曾用 --simulate 巡查将来的时刻），通知和进度不作为正式情况；结束推演用 pucha clock heal",
            "this campaign is a simulation (a pass ran ahead with --simulate); pucha clock heal ends it",
        )
        return HealthCheck("clock", "warning", said)
    if not facts.ahead:
        return HealthCheck("clock", "ok", Said("没有误入将来的记录", "nothing stands in the future"))
    said = Said(
        f"{'；'.join(one.zh for one in facts.ahead)}；用 pucha clock heal 改回",
        f"{'; '.join(one.en for one in facts.ahead)}; pucha clock heal brings them back",
    )
    return HealthCheck("clock", "failing", said)


def _calendar(facts: Facts) -> HealthCheck:
    if not facts.years:
        return HealthCheck(
            "calendar", "ok", Said("方案所涉年份的工作日历齐全", "the calendar of every year of the plan is official")
        )
    kinds = ([doubt for doubt in facts.years if doubt.status == status] for status in ("missing", "estimated"))
    said = [_of_years(doubts) for doubts in kinds if doubts]
    return HealthCheck(
        "calendar", "warning", Said("；".join(one.zh for one in said), "; ".join(one.en for one in said))
    )


def _of_years(doubts: Sequence[YearDoubt]) -> Said:
    """What is to be said alike of several years, once: 2027、2028年的放假安排…"""
    first = doubts[0]
    years = [str(doubt.year) for doubt in doubts]
    return Said(first.said.zh.replace(years[0], "、".join(years)), first.said.en.replace(years[0], ", ".join(years)))


def _disk(facts: Facts) -> HealthCheck:
    state: State = "failing" if facts.free < DISK_FAILING else "warning" if facts.free < DISK_WARNING else "ok"
    zh = "" if state == "ok" else "，请清理" if state == "warning" else "，即将无法收取报表和登记台账"
    en = "" if state == "ok" else "; make room" if state == "warning" else "; soon nothing can be taken in or written"
    amount = (
        f"{facts.free // _MEGABYTE} MB"
        if facts.free < 10_000 * _MEGABYTE
        else f"{facts.free // (1_000 * _MEGABYTE)} GB"
    )
    return HealthCheck(
        "disk", state, Said(f"数据目录所在磁盘剩余 {amount}{zh}", f"{amount} free where the data lies{en}")
    )


def _clock(at: datetime) -> str:
    return f"{at.month}月{at.day}日{at:%H:%M}"


def _duration(span: timedelta) -> Said:
    minutes = max(int(span.total_seconds() // 60), 1)
    if minutes < 120:
        return Said(f"{minutes}分钟", f"{minutes} minutes")
    if minutes < 48 * 60:
        return Said(f"{minutes // 60}小时", f"{minutes // 60} hours")
    return Said(f"{minutes // 1440}天", f"{minutes // 1440} days")
