"""What every step of a delivery needs, and the values that pass between them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from models.calendar.working_time import Calendar, sendable
from models.moments import moment_at
from models.rules.delivery.delivering import State, Tried
from models.rules.delivery.entries import Line
from models.wording import Lang, Said
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store
from tasks.channels import Outcome
from tasks.delivery.texts import Head, Texts

ADMIN = "admin"


@dataclass(frozen=True)
class Desk:
    """收发: the ledger, the texts and the calendar of one pass."""

    store: Store
    settings: Settings
    texts: Texts
    calendar: Calendar

    @property
    def lang(self) -> Lang:
        return self.store.settings.lang

    def may_go(self, moment: datetime, always: bool) -> datetime:
        """The first moment, not before `moment`, at which a notice may go out."""
        plan = self.texts.plan
        return sendable(self.calendar, plan.office_hours, moment, plan.zone, always)

    def said(self, zh: str, en: str) -> str:
        """A reason, as this office reads it."""
        return Said(zh, en).in_language(self.lang)

    def clock(self, at: int) -> str:
        """A moment of the ledger as this office reads it: 08-06 08:30."""
        return f"{moment_at(at, self.texts.plan.zone):%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class Way:
    """One channel of a person. sealed: the channel as it is kept; None for the administrator's, a setting."""

    address: str
    shown: str
    sealed: bytes | None = field(default=None, repr=False)
    quiet: str | None = None


@dataclass(frozen=True, slots=True)
class Leased:
    """One notice that this sender holds under `token`, with what it needs to be sent over `way`.

    was: its state before; others: another channel may still take it; resend: of unknown fate it is sent
    again; reserved: the moments that its messages were given by the channel's throttle; until: of the lease.
    """

    id: int
    token: str
    until: int
    was: State
    head: Head
    person: str
    always: bool
    attempts: int
    repeat: bool
    created_at: int
    lines: tuple[Line, ...]
    way: Way
    others: bool
    tried: Tried
    resend: bool
    reserved: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a leased notice. outcome: None where it was not sent, for the reason `why`.

    ends: the state into which its withdrawn lines put it, where they did so before it was sent.
    text, lines: what went out, and which lines stood in it.
    """

    notice: Leased
    outcome: Outcome | None
    text: str = ""
    lines: tuple[int, ...] = ()
    why: str | None = None
    ends: State | None = None


def read_tried(text: str | None) -> Tried:
    """What the ledger says of earlier attempts."""
    if not text:
        return Tried()
    data = json.loads(text)
    return Tried(data.get("failures", {}), frozenset(data.get("refused", ())))


def tried_text(tried: Tried) -> str | None:
    """The same for the ledger."""
    if not tried.failures and not tried.refused:
        return None
    return json.dumps({"failures": dict(tried.failures), "refused": sorted(tried.refused)})


def resends(settings: Settings, lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines that are sent again when it is not known whether they arrived."""
    return tuple(line for line in lines if settings.unknown == "resend" and line.if_unknown == "resend")
