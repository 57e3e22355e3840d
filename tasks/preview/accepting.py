"""Sending as the watch would, to providers that take everything: the ledger's own leases, throttles, quiet hours,
vacancies and records, and nobody at the other end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.moments import micros
from models.rules.delivery.channel_condition import Reach
from models.wording import Said
from tasks.campaign.store import Store
from tasks.channels import Outcome
from tasks.delivery.attempts import Desk, Leased, Sent
from tasks.delivery.beginnings import begin_now
from tasks.delivery.expired_leases import expire, hold_outside_hours
from tasks.delivery.leases import take
from tasks.delivery.outcomes import record
from tasks.delivery.texts import Texts
from tasks.preview.moments import Followers

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Gone:
    """A notice that goes out at a moment (microseconds), over a channel known by its address (a hash) and masked."""

    notice: int
    at: int
    address: str
    channel: str


class Accepting:
    """Delivery on a private copy. gone: what went out, in order; given_up: notices that nobody could be told."""

    def __init__(self, copy: Store, followers: Followers) -> None:
        self._copy, self._followers = copy, followers
        self._desk = Desk(copy, copy.settings, Texts(copy), copy.calendar())
        self.gone: list[Gone] = []
        self.given_up = 0

    @property
    def warnings(self) -> tuple[Said, ...]:
        """Texts of the office's own that could not be used."""
        return self._desk.texts.warnings

    def deliver(self, now: datetime) -> None:
        """One delivery. Where a throttle leaves something over, it waits as long as the office lets it."""
        self.given_up += expire(self._desk, now)
        hold_outside_hours(self._desk, now)
        settings = self._copy.settings
        patience, ends = timedelta(seconds=settings.send_patience), now + timedelta(seconds=settings.pass_seconds)
        while True:
            self._send_all(now)
            ready = min(self._followers.sending(micros(now)), default=None)
            if ready is None:
                return
            wait = timedelta(microseconds=ready - micros(now))
            if not timedelta() < wait <= patience or now + wait > ends:
                return
            patience, now = patience - wait, now + wait

    def _send_all(self, now: datetime) -> None:
        while True:
            taken = take(self._desk, now, _BATCH)
            self.given_up += taken.given_up
            if not taken.examined:
                return
            begin_now(self._desk, taken.leased, now)
            record(self._desk, [_accepted(notice) for notice in taken.leased], Reach(answered=True), now)
            at = micros(now)
            self.gone += [Gone(one.id, at, one.way.address, one.way.shown) for one in taken.leased]


def _accepted(notice: Leased) -> Sent:
    outcome = Outcome("accepted", parts=max(len(notice.reserved), 1))
    return Sent(notice, outcome, lines=tuple(line.id for line in notice.lines))
