"""Preview (预告): when a watch has something to do, and what went out of it by day and at its busiest.

Moments are microseconds. A `sent` frame has one row a notice: notice, at (when it goes out), ready (when it
could have gone out but for a throttle), person, address (of its channel), channel (masked).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import TypeVar

import polars as pl

from models.moments import lasting, moment_at
from models.rules.chasing.recipients import ADMIN_ROLE
from models.vocabulary import BY_DEFAULT
from models.wording import Said

Moment = TypeVar("Moment", int, pl.Expr)

QUARTER = 900_000_000
"""The watch comes by every quarter of an hour."""
MOST_LOOKS = 1_000
"""Looks of the watch that one preview takes at most; a year of a county, with its cut-offs twice a day, needs fewer."""
MOST_PEAKS = 10

KINDS: Mapping[str, Said] = {
    "superior": Said("报上级", "to a superior"),
    "paper": Said("待签文稿", "paper to sign"),
    "unsigned": Said("催签", "unsigned paper"),
    "issued": Said("已签文书", "signed paper"),
    "vacancy": Said("无联系人", "nobody to tell"),
    "overdue": Said("逾期", "overdue"),
    "roll-up": Said("下级未完成", "late below"),
    "reminder": Said("提醒", "reminder"),
}
"""What a line is to its reader, the most urgent first."""


@dataclass(frozen=True)
class Day:
    """What goes out on one day, in the plan's zone. kinds: lines by what they are to their reader."""

    day: date
    notices: int
    persons: int
    lines: int
    kinds: Mapping[str, int]


@dataclass(frozen=True)
class Peak:
    """What is to go out at one moment over one kind of channel.

    most: over the busiest of its channels, shown masked; rate: messages a minute that such a channel takes,
    None for any number; drained_at: when the last of them is out.
    """

    at: int
    kind: str
    channels: int
    notices: int
    channel: str
    most: int
    rate: int | None
    drained_at: int


@dataclass(frozen=True)
class PersonDays:
    """How many messages one person gets on one working day, of those days that bring any: median and most."""

    median: float
    most: int


def next_look(moment: Moment) -> Moment:
    """The first quarter of an hour that is not before `moment`; the watch comes by then."""
    return (moment + (QUARTER - 1)) // QUARTER * QUARTER


def by_day(sent: pl.DataFrame, lines: pl.DataFrame, zone: tzinfo) -> tuple[Day, ...]:
    """What goes out, day by day. lines: notice, kind."""
    days = _day_of(sent, zone)
    heads = days.group_by("day").agg(notices=pl.len(), persons=pl.col("person").n_unique()).sort("day")
    counted = lines.join(days.select("notice", "day"), on="notice").group_by("day", "kind").len()
    kinds: dict[date, dict[str, int]] = {}
    for day, kind, count in counted.iter_rows():
        kinds.setdefault(day, {})[kind] = count
    found = []
    for day, notices, persons in heads.iter_rows():
        counts = kinds.get(day, {})
        ranked = {kind: counts[kind] for kind in (*KINDS, *sorted(set(counts) - set(KINDS))) if kind in counts}
        found.append(Day(day, notices, persons, sum(counts.values()), ranked))
    return tuple(found)


def person_days(sent: pl.DataFrame, works: Callable[[date], bool], zone: tzinfo) -> PersonDays | None:
    """Messages a person and working day; None where there are none. sent: role too; the administrator is left out."""
    days = _day_of(sent.filter(pl.col("role") != ADMIN_ROLE), zone)
    worked = [day for day in days["day"].unique() if works(day)]
    counts = days.filter(pl.col("day").is_in(worked)).group_by("person", "day").len()["len"]
    if counts.is_empty():
        return None
    return PersonDays(float(counts.median()), int(counts.max()))  # type: ignore[arg-type]


def peaks(sent: pl.DataFrame, rate_of: Callable[[str], int | None]) -> tuple[Peak, ...]:
    """The busiest moment, and every one at which a throttle holds something back; in order of time.

    rate_of: messages a minute that a masked channel takes. Of more than MOST_PEAKS the busiest.
    """
    if sent.is_empty():
        return ()
    at_once = sent.group_by("ready").len().sort(["len", "ready"], descending=[True, False])
    busiest = at_once["ready"][0]
    channels = sent.group_by("ready", "channel", "address").agg(notices=pl.len(), drained=pl.col("at").max())
    kinds = (
        channels.sort("notices", "address", descending=[True, False])
        .group_by("ready", "channel", maintain_order=True)
        .agg(
            channels=pl.len(),
            notices=pl.col("notices").sum(),
            most=pl.col("notices").first(),
            drained=pl.col("drained").max(),
        )
    )
    held = kinds.filter((pl.col("ready") == busiest) | (pl.col("drained") > pl.col("ready")))
    worst = held.sort("notices", "ready", descending=[True, False]).head(MOST_PEAKS)
    return tuple(
        Peak(
            at=row["ready"],
            kind=row["channel"].partition(":")[0],
            channels=row["channels"],
            notices=row["notices"],
            channel=row["channel"],
            most=row["most"],
            rate=rate_of(row["channel"]),
            drained_at=row["drained"],
        )
        for row in worst.sort("ready", "channel").iter_rows(named=True)
    )


def said_of(kind: str, due: datetime, at: datetime, *, by_default: bool = False) -> Said:
    """What a line is to its reader, and how far from its due moment it goes out at `at`: as its message says it then.

    提前6天提醒, 逾期153天, 按默认期限逾期3天，报上级. A word about a paper stands on no rung, and is said without.
    """
    what = KINDS.get(kind, Said(kind, kind))
    if kind in ("unsigned", "issued"):
        return what
    if at < due:
        left_zh, left_en = lasting(due - at, "zh"), lasting(due - at, "en")
        # a superior hears of what is not due yet only in place of an office that has nobody
        if kind == "superior":
            return Said(f"提前{left_zh}提醒（代转）", f"reminder {left_en} before, to pass on")
        return Said(f"提前{left_zh}{what.zh}", f"{what.en} {left_en} before")
    days = (at - due).days
    setting = BY_DEFAULT if by_default else Said("", "")
    late = Said(f"{setting.zh}逾期{days}天" if days else f"{setting.zh}到期", f"{days} d overdue" if days else "due")
    late = Said(late.zh, f"{late.en} {setting.en}".strip())
    if kind in ("overdue", "reminder"):
        return late
    return Said(f"{late.zh}，{what.zh}", f"{late.en}, {what.en}")


def _day_of(sent: pl.DataFrame, zone: tzinfo) -> pl.DataFrame:
    """With the day in `zone` on which each goes out."""
    days = {at: moment_at(at, UTC).astimezone(zone).date() for at in sent["at"].unique()}
    return sent.with_columns(day=pl.col("at").replace_strict(days, return_dtype=pl.Date))
