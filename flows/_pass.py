"""One pass: judge and owe, deliver, note that it was made, refresh the boards. The steps of a pass and of a turn.

Knows no Prefect: its steps are an argument, so that it runs with the plain functions as well as with the same
functions declared as tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from models.status import Status
from models.wording import Lang, Said
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store
from tasks.chasing.passes import Owed
from tasks.delivery.passes import Delivered
from tasks.delivery.share import Share

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Steps:
    """What a pass and a turn are made of. Each is one read, one write or one round of messages.

    expect puts rows that offices owe, and never had, into their registers. deliver sends what waits of one share and counts what became of it. owe judges, and hands on what it judged (`Owed.basis`), from which phase_status and publish read; none judges again.
    """

    expect: Callable[[Store, str | None, datetime], int]
    owe: Callable[..., Owed]
    deliver: Callable[[Store, Settings, Clock, Share], Delivered]
    note_pass: Callable[[Store, str | None, Owed, Delivered, datetime], None]
    phase_status: Callable[..., Status]
    publish: Callable[..., Mapping[str, str]]
    leave_sheet: Callable[..., None]


def make_pass(
    store: Store, scope: str | None, clock: Clock, rehearse: bool, steps: Steps
) -> tuple[Owed, Delivered | None]:
    """Make one pass at and below `scope` (everywhere for None). `clock` gives its moment, and those of the deliveries.

    A rehearsal sends, records and publishes nothing; None stands for what it did not deliver.
    """
    now = clock()
    if not rehearse:
        steps.expect(store, scope, now)
    owed = steps.owe(store, scope, now, rehearse)
    if rehearse:
        return owed, None
    sent = steps.deliver(store, store.settings, clock, Share(scope))
    steps.note_pass(store, scope, owed, sent, now)
    begun = [phase.id for phase in store.plan().phases if phase.starts <= now]
    steps.publish(store, scope, now, begun, owed.basis, levels=2, asked_for=False)
    return owed, sent


def say_what_was_done(owed: Owed, sent: Delivered | None, lang: Lang) -> tuple[str, ...]:
    """What a pass found, wrote and sent, in sentences. `sent` is None for a rehearsal."""
    found = Said(
        f"核对 {owed.judged} 项；新立催办件 {owed.opened} 件，办结 {owed.closed} 件。",
        f"{owed.judged} duties judged, {owed.opened} cases opened, {owed.closed} closed.",
    )
    if sent is None:
        notices = Said(f"如正式运行，应发通知 {owed.owed} 份。", f"{owed.owed} notices would be owed.")
    else:
        notices = Said(
            f"应发通知 {owed.owed} 份；已送达 {sent.delivered} 份，未送达 {sent.failed} 份，待办公时间发出 {sent.held} 份。",
            f"{owed.owed} notices owed: {sent.delivered} delivered, {sent.failed} failed, {sent.held} held for office hours.",
        )
    return (found.in_language(lang), notices.in_language(lang))
