"""Cadence (报告频次): the cut-offs (报告时限) of a phase at which its reports are due: 17:00, Friday 17:00, the 25th at 17:00."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import count
from typing import Literal

from models.wording import Refusal, Said

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WRITTEN = re.compile(
    r"(daily)((?: \d\d:\d\d){1,2})|(weekly) (mon|tue|wed|thu|fri|sat|sun)( \d\d:\d\d)|(monthly) (\d{1,2})( \d\d:\d\d)"
)
_WEEKDAYS_ZH = "一二三四五六日"
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Times:
    """Cut-offs that come again. on: mon … sun of a weekly cadence, the day of a monthly one, else empty."""

    kind: Literal["daily", "weekly", "monthly"]
    on: str
    clocks: tuple[time, ...]

    @classmethod
    def parse(cls, text: str) -> Times | None:
        """Read `daily 09:00 17:00`, `weekly fri 17:00` or `monthly 25 17:00`; None for `none`."""
        written = " ".join(text.split())
        if written == "none":
            return None
        found = _WRITTEN.fullmatch(written)
        kind, *rest = [part for part in found.groups() if part is not None] if found else [""]
        if found is None or any(clock > "23:59" or clock[3:] > "59" for clock in rest[-1].split()):
            raise Refusal(
                f"报告频次“{text}”应写作 none、daily 09:00 17:00、weekly fri 17:00 或 monthly 25 17:00",
                f"the cadence “{text}” must look like none, daily 09:00 17:00, weekly fri 17:00 or monthly 25 17:00",
            )
        if kind == "monthly" and not 1 <= int(rest[0]) <= 31:
            raise Refusal(f"每月没有 {rest[0]} 日", f"no month has a day {rest[0]}")
        clocks = tuple(sorted({time.fromisoformat(clock) for clock in rest[-1].split()}))
        return cls(kind, rest[0] if len(rest) > 1 else "", clocks)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return " ".join([self.kind, *([self.on] if self.on else []), *(f"{clock:%H:%M}" for clock in self.clocks)])

    @property
    def spoken(self) -> Said:
        """每日 09:00、17:00; 每周五 17:00; 每月25日 17:00."""
        days = {
            "daily": "每日",
            "weekly": f"每周{_WEEKDAYS_ZH[WEEKDAYS.index(self.on)]}" if self.on in WEEKDAYS else "",
            "monthly": f"每月{self.on}日",
        }
        return Said(f"{days[self.kind]} {'、'.join(f'{clock:%H:%M}' for clock in self.clocks)}", str(self))

    def falls_on(self, day: date) -> bool:
        """True for a day with a cut-off. A month without the day has it on its last."""
        if self.kind == "weekly":
            return day.weekday() == WEEKDAYS.index(self.on)
        if self.kind == "monthly":
            return day.day == min(int(self.on), calendar.monthrange(day.year, day.month)[1])
        return True


@dataclass(frozen=True)
class Stage:
    """A cadence from a moment on, until the next stage begins."""

    starts: datetime
    times: Times


@dataclass(frozen=True)
class Cadence:
    """The cut-offs of a phase. The first stage starts with the phase; a cut-off at that very moment would end nothing,
    and is none."""

    stages: tuple[Stage, ...]

    def __str__(self) -> str:
        """What keeps the figures of its periods apart from those of any other cadence, and of any other phase."""
        return ", ".join(f"{stage.starts:%Y-%m-%dT%H:%M} {stage.times}" for stage in self.stages)

    @property
    def starts(self) -> datetime:
        return self.stages[0].starts

    @property
    def spoken(self) -> tuple[Said, ...]:
        """Each stage as people say it, from when on where it is not the first: 每月25日 17:00; 2020-08-01起每周五 17:00."""
        first, *later = self.stages
        found = [
            Said(f"{one.starts:%Y-%m-%d}起{one.times.spoken.zh}", f"from {one.starts:%Y-%m-%d} {one.times}")
            for one in later
        ]
        return (first.times.spoken, *found)

    def cut_off_from(self, moment: datetime, zone: tzinfo) -> datetime:
        """The first cut-off that is not before `moment`."""
        first = max(moment, self.starts).astimezone(zone).date()
        days = (first + n * _ONE_DAY for n in count())
        return next(one for day in days for one in self._of_day(day, zone) if one >= moment)

    def cut_off_before(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """The last cut-off before `moment`; None where it is in the first period."""
        day, first = moment.astimezone(zone).date(), self.starts.astimezone(zone).date()
        while day >= first:
            found = [one for one in self._of_day(day, zone) if one < moment]
            if found:
                return found[-1]
            day -= _ONE_DAY
        return None

    def _of_day(self, day: date, zone: tzinfo) -> list[datetime]:
        """The cut-offs of a day, in order."""
        found = []
        for place, stage in enumerate(self.stages):
            if not stage.times.falls_on(day):
                continue
            moments = [datetime.combine(day, clock, tzinfo=zone) for clock in stage.times.clocks]
            ends = self.stages[place + 1].starts if place + 1 < len(self.stages) else None
            found += [
                one
                for one in moments
                if (one >= stage.starts if place else one > stage.starts) and (ends is None or one < ends)
            ]
        return found


def spoken_cut_off(label: str) -> Said:
    """A cut-off, from the label of its period, as people say it: 11月1日17时, 11月1日24时, 11月1日16时30分."""
    moment = datetime.fromisoformat(label)
    ends_a_day = moment.hour == moment.minute == 0
    day = moment - _ONE_DAY if ends_a_day else moment
    clock = "24时" if ends_a_day else f"{day.hour}时{f'{day.minute}分' if day.minute else ''}"
    return Said(f"{day.month}月{day.day}日{clock}", f"{day.day} {day:%b} {'24:00' if ends_a_day else f'{day:%H:%M}'}")
