"""The turn that every phase takes: who is late? what do the figures say, and may it start? tell them; show it; may it end?

Never asks which phase it has. Knows no Prefect: see `flows._pass`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows._pass import Clock, Steps, say_what_was_done
from models.status import PHASE_STATE, PhaseStatus, Status
from models.wording import COMMA, Lang, Said
from tasks.boards import words
from tasks.campaign.store import Store

MOST_LISTED = 500


@dataclass(frozen=True)
class Turn:
    """How a phase stands at a unit after its turn, and what was done about it, in sentences."""

    phase: PhaseStatus
    status: Status
    done: tuple[str, ...]
    links: Mapping[str, str]


def take_turn(store: Store, phase: str, unit: str, clock: Clock, rehearse: bool, steps: Steps) -> Turn:
    """Take one phase's turn at one unit and everything below it. `clock` gives the turn's moment.

    A blocked phase is judged and chased all the same. A rehearsal sends, records and publishes nothing.
    """
    now = clock()
    # owe comes first: only what it judges within its transaction is what was decided on, and that is what is shown
    owed = steps.owe(store, unit, now, rehearse)
    status = steps.phase_status(store, unit, now, phase, owed.basis, limit=MOST_LISTED)
    sent = None if rehearse else steps.deliver(store, store.settings, clock)
    done = say_what_was_done(owed, sent, store.settings.lang)
    links = {} if rehearse else steps.publish(store, unit, now, [phase], owed.basis)
    titles = {one.id: one.title for one in store.plan().phases}
    steps.leave_sheet(status, titles, done, rehearse, links)
    return Turn(status.phases[0], status, done, links)


def verdict(turn: Turn, titles: Mapping[str, str], lang: Lang) -> tuple[str, str]:
    """The phase's state in a word, and the sentence that explains it. `titles`: every phase's by id."""
    phase, status = turn.phase, turn.status
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
        waits = COMMA.in_language(lang).join(titles.get(one, one) for one in phase.blocked_by)
        parts.append(Said(f"待{waits}通过", f"waits for {waits}").in_language(lang))
    return PHASE_STATE[phase.state].in_language(lang), Said("；", "; ").in_language(lang).join(parts) + Said(
        "。", "."
    ).in_language(lang)
