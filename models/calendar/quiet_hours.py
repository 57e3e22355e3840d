"""Quiet hours (免打扰时段): when a person, or by default a leader, gets no message."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from models.wording import Refusal

LEAST_OPEN = timedelta(hours=2)
"""Of a day that quiet hours must leave, so that a word can come through at all."""
UNHELD_ROLES = frozenset({"owner", "duty", "on_duty", "admin"})
"""Whom no quiet hours hold but a person's own: 经办人 and whoever is on duty. Leaders and heads sleep, and so does whoever
holds another role that the plan declares."""
_WRITTEN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-(?:([01]?\d|2[0-3]):([0-5]\d)|24:00)")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−~至", "-"))
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class QuietHours:
    """免打扰时段: hours in which a person gets no message, past midnight where `ends` is not after `begins`."""

    begins: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """Read "22:00-07:00", in signs of either width. Refusal for anything else, and for what leaves under two hours."""
        found = _WRITTEN.fullmatch(re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).translate(_DASHES))
        if found is None:
            raise Refusal(
                f"免打扰时段 {text!r} 无法读懂，应写作 22:00-07:00",
                f"the quiet hours {text!r} cannot be read; write 22:00-07:00",
            )
        hour, minute, to_hour, to_minute = (int(part or 0) for part in found.groups())
        quiet = timedelta(hours=to_hour - hour, minutes=to_minute - minute) % _DAY or _DAY
        if _DAY - quiet < LEAST_OPEN:
            raise Refusal(
                f"免打扰时段 {text!r} 几乎占满全天，此人将收不到任何通知；每天至少留出 2 小时，如 22:00-07:00",
                f"the quiet hours {text!r} take all of the day, nobody could be told; leave 2 hours at least, as 22:00-07:00",
            )
        return cls(time(hour, minute), time(to_hour, to_minute))

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"

    def cover(self, opens: time, closes: time) -> bool:
        """Whether all hours from `opens` to `closes` of a day are quiet: who is told within them only is never told."""
        day = date.min
        over = self.over_at(datetime.combine(day, opens, tzinfo=UTC), UTC)
        return over is not None and over >= datetime.combine(day, closes, tzinfo=UTC)

    def over_at(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """When the quiet in which `moment` lies is over; None where it lies in none."""
        local = moment.astimezone(zone)
        clock = local.time()
        overnight = self.ends <= self.begins
        if overnight and clock >= self.begins:
            day = local.date() + timedelta(days=1)
        elif (overnight and clock < self.ends) or self.begins <= clock < self.ends:
            day = local.date()
        else:
            return None
        return datetime.combine(day, self.ends, tzinfo=zone)
