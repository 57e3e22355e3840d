"""The turn that every phase takes: may it start? what do the figures say? who is late? tell them; show it; may it end?

Never asks which phase it has. Knows no Prefect: its steps are an argument, so that it runs with the plain
functions as well as with the same functions declared as tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from models.status import PHASE_STATE, PhaseStatus, Status
from models.wording import Lang, Said
from tasks.boards import words
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store
from tasks.chasing.passes import Owed
from tasks.delivery.passes import Delivered

MOST_LISTED = 500
Clock = Callable[[], datetime]


class Steps(Protocol):
    """What a turn is made of. Each is one read, one write or one round of messages."""

    def read_status(self, store: Store, unit: str | None, as_of: datetime, *, phase: str, limit: int) -> Status: ...

    def owe(self, store: Store, scope: str | None, now: datetime, dry_run: bool) -> Owed: ...

    def deliver(self, store: Store, settings: Settings, clock: Clock) -> Delivered: ...

    def publish(self, store: Store, unit: str, as_of: datetime, phases: Sequence[str]) -> Mapping[str, str]: ...

    def leave_sheet(
        self, status: Status, titles: Mapping[str, str], told: Sequence[str], rehearsed: bool, links: Mapping[str, str]
    ) -> None: ...


@dataclass(frozen=True)
class Turn:
    """How a phase stands at a unit after its turn, and what was done about it."""

    standing: PhaseStatus
    status: Status
    told: tuple[str, ...]
    links: Mapping[str, str]


def take_turn(store: Store, phase: str, unit: str, clock: Clock, rehearse: bool, steps: Steps) -> Turn:
    """Take one phase's turn at one unit and everything below it. `clock` gives the turn's moment.

    A blocked phase is judged and chased all the same. A rehearsal sends, records and publishes nothing.
    """
    now = clock()
    lang = store.settings.lang
    status = steps.read_status(store, unit, now, phase=phase, limit=MOST_LISTED)
    owed = steps.owe(store, unit, now, rehearse)
    sent = None if rehearse else steps.deliver(store, store.settings, clock)
    told = say_what_was_done(owed, sent, lang)
    links = {} if rehearse else steps.publish(store, unit, now, [phase])
    titles = {one.id: one.title for one in store.plan().phases}
    steps.leave_sheet(status, titles, told, rehearse, links)
    return Turn(status.phases[0], status, told, links)


def say_what_was_done(owed: Owed, sent: Delivered | None, lang: Lang) -> tuple[str, ...]:
    """What a pass found, wrote and sent, in sentences. `sent` is None for a rehearsal."""
    found = Said(
        f"考察 {owed.judged} 项；新立催办件 {owed.opened} 件，办结 {owed.closed} 件。",
        f"{owed.judged} duties judged, {owed.opened} cases opened, {owed.closed} closed.",
    )
    if sent is None:
        told = Said(f"如正式运行，应发通知 {owed.owed} 份。", f"{owed.owed} notices would be owed.")
    else:
        told = Said(
            f"应发通知 {owed.owed} 份；已送达 {sent.delivered} 份，未送达 {sent.failed} 份，待办公时间发出 {sent.held} 份。",
            f"{owed.owed} notices owed: {sent.delivered} delivered, {sent.failed} failed, {sent.held} held for office hours.",
        )
    return (found.in_language(lang), told.in_language(lang))


def verdict(turn: Turn, titles: Mapping[str, str], lang: Lang) -> tuple[str, str]:
    """The phase's state in a word, and the sentence that explains it. `titles`: every phase's by id."""
    phase, status = turn.standing, turn.status
    counts = Said(
        f"应达标 {phase.owed} 项，已达标 {phase.met} 项，未报 {phase.unreported} 项",
        f"{phase.met} of {phase.owed} duties met, {phase.unreported} not reported",
    ).in_language(lang)
    parts = [counts]
    if phase.overdue:
        late = words.delay(phase.worst_due, status.as_of, lang)
        parts.append(
            Said(f"逾期 {phase.overdue} 项，最长{late}", f"{phase.overdue} overdue, the longest by {late}").in_language(
                lang
            )
        )
    if phase.blocked_by:
        waits = Said("、", ", ").in_language(lang).join(titles.get(one, one) for one in phase.blocked_by)
        parts.append(Said(f"待{waits}通过", f"waits for {waits}").in_language(lang))
    return PHASE_STATE[phase.state].in_language(lang), Said("；", "; ").in_language(lang).join(parts) + Said(
        "。", "."
    ).in_language(lang)
