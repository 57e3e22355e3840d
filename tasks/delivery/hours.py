"""Hours (时段): when what a notice says may go to its reader, by the hours of its phases and the quiet of who reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.calendar.quiet_hours import UNHELD_ROLES, QuietHours
from models.moments import micros
from models.rules.delivery.entries import Line
from tasks.delivery.attempts import Desk, Way


@dataclass(frozen=True, slots=True)
class Hour:
    """For which moment a notice waits, and why. comes: False where it is quiet then too, and ever after."""

    until: int
    why: str
    comes: bool


def hour_of(desk: Desk, lines: Sequence[Line], ways: Sequence[Way], now: datetime) -> Hour | None:
    """When the first of a notice's lines may go, and all others with it; None where that is now."""
    own = next((way.quiet for way in ways if way.quiet), None)
    kinds = {(line.always, _quiet_of(desk, line.role, own)) for line in lines}
    return min((_hour(desk, always, quiet, now) for always, quiet in kinds), key=lambda hour: hour.until if hour else 0)


def outside_hours(desk: Desk, opening: int) -> str:
    """Why a notice waits for the office to open."""
    return desk.said(f"非办公时间，{desk.clock(opening)}起发出", f"held for office hours, {desk.clock(opening)}")


def _quiet_of(desk: Desk, role: str, own: str | None) -> QuietHours | None:
    """The quiet hours that hold what is said to a role. own: those that its reader asked for."""
    text = own or (desk.settings.quiet_hours if role not in UNHELD_ROLES else None)
    return QuietHours.parse(text) if text else None


def _hour(desk: Desk, always: bool, quiet: QuietHours | None, now: datetime) -> Hour | None:
    zone = desk.texts.plan.zone
    over = quiet.over_at(now, zone) if quiet else None
    may_go = desk.may_go(over or now, always)
    until = micros(may_go)
    if until <= micros(now):
        return None
    if quiet is None or over is None:
        return Hour(until, outside_hours(desk, until), comes=True)
    why = desk.said(f"免打扰时段，{desk.clock(until)}后发出", f"quiet hours until {desk.clock(until)}")
    return Hour(until, why, comes=quiet.over_at(may_go, zone) is None)
