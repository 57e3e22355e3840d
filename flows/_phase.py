"""The turn that every phase takes: who is late? what do the figures say, and may it start? tell them; show it; may it end?

Never asks which phase it has. Knows no Prefect: see `flows._pass`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows._pass import Clock, Steps, say_what_was_done
from models.status import PhaseStatus, Status
from models.vocabulary import counts_of, lateness_of, state_of, state_word
from models.wording import Lang, Said
from tasks.campaign.store import Store
from tasks.delivery.share import Share

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

    A blocked phase is judged and chased all the same. Of other phases only what it waits for is judged, and nobody is
    told anything; the watch tells them. The office's board shows every phase, so it is judged for itself. A rehearsal sends, records and publishes nothing.
    """
    now = clock()
    if not rehearse:
        steps.expect(store, unit, now)
    # owe comes first: only what it judges within its transaction is what was decided on, and that is what is shown
    owed = steps.owe(store, unit, now, rehearse, phase=phase)
    status = steps.phase_status(store, unit, now, phase, owed.basis, limit=MOST_LISTED)
    sent = None if rehearse else steps.deliver(store, store.settings, clock, Share(unit, phase))
    done = say_what_was_done(owed.of(phase), sent, store.settings.lang)
    links = {} if rehearse else steps.publish(store, unit, now, [phase], None)
    steps.leave_sheet(status, done, rehearse, links)
    return Turn(status.phases[0], status, done, links)


def verdict(turn: Turn, lang: Lang) -> tuple[str, str]:
    """The phase's state in a word, and the sentence that explains it, with what the word alone would hide."""
    phase, status = turn.phase, turn.status
    parts = [state_of(phase), lateness_of((phase,), status.as_of), counts_of((phase,))]
    said = Said("；", "; ").in_language(lang).join(part.in_language(lang) for part in parts)
    return state_word(phase).in_language(lang), said + Said("。", ".").in_language(lang)
