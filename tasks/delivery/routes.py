"""Routes: over which channels a notice can go now. Recipients are looked up when it is sent (architecture rule 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import polars as pl
from sqlalchemy import Connection
from sqlmodel import col, select

from models.rules.delivery.throttling import Rate
from models.tables import ContactRow
from models.units import ON_DUTY
from models.wording import Refusal
from tasks.channels import ChannelError, Limits, limits_of, mask
from tasks.delivery.attempts import ADMIN, Desk, Way
from tasks.registers.roster import with_those_on_duty

_NONE = Limits(None, None)


def ways_of(desk: Desk, connection: Connection, notices: Sequence[Any], now: datetime) -> dict[int, tuple[Way, ...]]:
    """The channels of each notice, in order: of its person where they still hold the role, else of today's holder; of
    what is for whoever is on duty, those of who is so at `now`, else of the office's owner.

    notices: rows with id, unit, role, person.
    """
    offices: dict[tuple[str, str], list[Any]] = {}
    by_duty = sorted({notice.unit for notice in notices if notice.role == ON_DUTY})
    shifts = _on_duty(desk, by_duty, now) if by_duty else {}
    asked = col(ContactRow.unit).in_(sorted({notice.unit for notice in notices}))
    held = select(ContactRow).where(asked).order_by(ContactRow.unit, ContactRow.role, col(ContactRow.place))
    for contact in connection.execute(held):
        offices.setdefault((contact.unit, contact.role), []).append(contact)
        if contact.person in shifts.get(contact.unit, ()):
            offices.setdefault((contact.unit, ON_DUTY), []).append(contact)
    found: dict[int, tuple[Way, ...]] = {}
    for notice in notices:
        if notice.role == ADMIN:
            found[notice.id] = _admin(desk)
            continue
        holders = offices.get((notice.unit, notice.role), [])
        if notice.role == ON_DUTY:
            holders = _each_address_once(holders) or offices.get((notice.unit, "owner"), [])
        own = [contact for contact in holders if contact.person == notice.person]
        if not own:
            own = [contact for contact in holders if contact.person == holders[0].person]
        found[notice.id] = tuple(Way(one.address, one.shown, one.channel, one.quiet) for one in own)
    return found


def _on_duty(desk: Desk, offices: Sequence[str], now: datetime) -> dict[str, set[str]]:
    """The persons on duty at each of some offices."""
    contacts = desk.store.contacts({office[:2] for office in offices})
    found: dict[str, set[str]] = {}
    both = with_those_on_duty(desk.store, contacts, offices, now)
    for unit, person in both.filter(pl.col("role") == ON_DUTY).select("unit", "person").iter_rows():
        found.setdefault(unit, set()).add(person)
    return found


def _each_address_once(contacts: Sequence[Any]) -> list[Any]:
    """Of a person who holds several roles each channel once."""
    return list({(contact.person, contact.address): contact for contact in contacts}.values())


def _admin(desk: Desk) -> tuple[Way, ...]:
    channel = desk.settings.admin_channel
    if channel is None:
        return ()
    url = channel.get_secret_value()
    return (Way(desk.store.keeper.address(url), mask(url)),)


def url_of(desk: Desk, way: Way) -> str | None:
    """The channel itself, for the moment of sending; None where it cannot be unlocked."""
    if way.sealed is None:
        channel = desk.settings.admin_channel
        return channel.get_secret_value() if channel else None
    try:
        return desk.store.keeper.unlock(way.sealed)
    except Refusal:
        return None


@lru_cache(maxsize=256)
def limits_for(shown: str) -> Limits:
    """What the kind of a masked channel takes; no limits for a kind that there is no more."""
    try:
        return limits_of(shown)
    except ChannelError:
        return _NONE


def rate_for(shown: str) -> Rate | None:
    """The throttle of a masked channel's kind."""
    per_minute = limits_for(shown).per_minute
    return Rate(per_minute) if per_minute else None
