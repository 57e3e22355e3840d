"""Quiet hours (免打扰时段): when a person wants no message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from models.wording import Refusal

_WRITTEN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class QuietHours:
    """免打扰时段: hours in which a person gets no message, past midnight where `ends` is not after `begins`."""

    begins: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """Read "22:00-07:00". Refusal for anything else, and for a stretch without length."""
        found = _WRITTEN.fullmatch(text.strip())
        if found is None or found.group(1, 2) == found.group(3, 4):
            raise Refusal(
                f"免打扰时段 {text!r} 无法读懂，应写作 22:00-07:00",
                f"the quiet hours {text!r} cannot be read; write 22:00-07:00",
            )
        hour, minute, to_hour, to_minute = (int(part) for part in found.groups())
        return cls(time(hour, minute), time(to_hour, to_minute))

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"

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
