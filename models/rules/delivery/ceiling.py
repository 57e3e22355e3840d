"""The ceiling of a day (每日上限): how many messages one person gets on one day, whatever roles and offices bring them.

What is above it waits, and is one message at the next opening: more duties do not mean more messages, and nothing is lost.
The last of a day is kept for what is overdue, or new to its reader. Beyond the ceiling, neither held nor counted: what may
go at any hour, a paper that waits for its reader's word or is signed, and whatever the administrator hears.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

from models.rules.delivery.entries import Line

PAPERS = ("paper", "unsigned", "issued")
"""Kinds of lines about papers: somebody waits for each of them."""


def is_beyond(always: bool, kinds: Iterable[str]) -> bool:
    """Whether a message is beyond the ceiling. always: a line of it may go at any hour; kinds: of its lines."""
    return always or not set(PAPERS).isdisjoint(kinds)


def is_overdue(lines: Sequence[Line], now: datetime) -> bool:
    """Whether any of these duties is overdue at `now`."""
    return any(line.due <= now for line in lines)


def room_left(had: int, most: int) -> int:
    """How many messages a person may still get on a day who had so many."""
    return max(most - had, 0)


def has_room(had: int, most: int, pressing: bool) -> bool:
    """Whether one more message may go on the day on which its reader had so many, of at most `most`.

    pressing: something in it is overdue, or new to its reader; another leaves the last of the day to such a one.
    """
    left = room_left(had, most)
    return left > 1 or (left == 1 and (pressing or had == 0))


def day_around(moment: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The beginning of the day on which `moment` falls in `zone`, and that of the next."""
    local = moment.astimezone(zone)
    begins = datetime(local.year, local.month, local.day, tzinfo=zone)
    after = local.date() + timedelta(days=1)
    return begins, datetime(after.year, after.month, after.day, tzinfo=zone)
