"""What every step of a delivery needs, and the values that pass between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from models.calendar.working_time import Calendar, held_too_long, sendable
from models.moments import moment_at
from models.rules.delivery.delivering import State
from models.rules.delivery.entries import Line
from models.rules.delivery.outcomes import Aftermath, Attempt, Untried
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

    def held_too_long(self, since: datetime, always: bool) -> datetime:
        """From when on what has been held since `since` is to go to somebody else."""
        return held_too_long(self.calendar, since, self.texts.plan.zone, always)

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

    was: its state before; others: another channel may still take it; reserved: the moments that its messages were given
    by the channel's throttle.
    """

    id: int
    token: str
    was: State
    head: Head
    lines: tuple[Line, ...]
    way: Way
    others: bool
    attempt: Attempt
    reserved: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """How the attempt at a leased notice ended: with a provider's answer, or untried.

    text, lines: what went out, and which lines stood in it.
    """

    notice: Leased
    ending: Outcome | Untried
    text: str = ""
    lines: tuple[int, ...] = ()

    def bare(self) -> Sent:
        """The same without what a provider said: its state alone."""
        ending = Outcome(self.ending.state) if isinstance(self.ending, Outcome) else self.ending
        return replace(self, ending=ending)


@dataclass(frozen=True, slots=True)
class Held:
    """A notice that waits until `next_try`, for a channel or for its reader's hour.

    address: the channel that it waits for; not_before: a new one, or None; silent: no word of it, because it
    waits as it did before. No sender holds it any more.
    """

    id: int
    was: State
    state: State
    reason: str
    next_try: int
    address: str | None = None
    not_before: int | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """A notice that ends without being sent, and why. code: the last answer of a channel, where it is given up."""

    id: int
    was: State
    state: State
    reason: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class EndedAttempt:
    """An attempt that is over, held under `token`, with what follows.

    code, error: what the notice says of it; reason: what its history says; sent_text: what was accepted.
    """

    notice: int
    token: str
    after: Aftermath
    code: str | None = None
    error: str | None = None
    reason: str | None = None
    sent_text: str | None = None


def put_back(notice: Leased, why: str | None, ends: State | None = None) -> Sent:
    """A leased notice that was not sent, for the reason `why`. ends: as of `Untried`."""
    return Sent(notice, Untried(notice.was, why, ends))


def resends(settings: Settings, lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines that are sent again when it is not known whether they arrived."""
    return tuple(line for line in lines if settings.unknown == "resend" and line.if_unknown == "resend")
