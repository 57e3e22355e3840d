"""Moments (时刻): whole microseconds since 1970 in UTC, as frames and the database hold them, and their inverse (ADR 4)."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

SECOND = 1_000_000
"""Microseconds."""


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970 in UTC."""
    return round(moment.timestamp() * SECOND)


def micros_in(span: timedelta) -> int:
    """Whole microseconds in a span."""
    return span // timedelta(microseconds=1)


def moment_at(at: int, zone: tzinfo | None) -> datetime:
    """The moment of that many microseconds, on the clock of `zone` (None: the machine's own)."""
    return datetime.fromtimestamp(at / SECOND, zone)


def moment_or_none(at: int | None, zone: tzinfo | None) -> datetime | None:
    """The same for a moment that may not be known."""
    return None if at is None else moment_at(at, zone)
