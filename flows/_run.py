"""Running a phase as a Prefect flow: its name and tags, its turn with the steps as tasks, its final state.

A phase with overdue duties, or one that may not start, ends in a state of type failed: the screen then
shows it red and lists it first, which is what the office needs. A run that itself broke is told apart by
its name (Failed, Crashed).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas import State
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows import _screen
from flows._form import LANG, clock_of, machine_clock, spoken
from flows._pass import Steps
from flows._phase import Turn, take_turn, verdict
from models.units import DIGITS, NATION
from models.wording import Refusal
from tasks import steps
from tasks.boards import words
from tasks.campaign.offices import find_phase, find_unit
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.oversight.ahead import check_ahead
from tasks.oversight.machines import note_machine

STEPS = Steps(
    expect=steps.expect_rows,
    owe=steps.owe,
    deliver=steps.deliver,
    note_pass=steps.note_pass,
    phase_status=steps.phase_status,
    publish=_screen.publish,
    leave_sheet=_screen.leave_sheet,
)


def run_phase(phase: str, title: str | None, unit: str, as_of: datetime | None, rehearse: bool) -> State[None]:
    """One turn of `phase` at `unit`, shown as `title` (the plan's title for None)."""
    try:
        store = open_store(Settings(), clock=machine_clock)
        code, wanted = scope_of(store, unit), find_phase(store.plan(), phase)
        zone = store.plan().zone
        if not rehearse:
            check_ahead(store, clock_of(as_of, zone))
            note_machine(store, clock_of(as_of, zone))
        titles = {one.id: one.title for one in store.plan().phases}
        shown = title or titles[wanted]
        name_run([shown, name_of(store, code)], clock_of(as_of, zone), [shown, province_of(store, code)], rehearse)
        turn = take_turn(
            store=store, phase=wanted, unit=code, clock=lambda: clock_of(as_of, zone), rehearse=rehearse, steps=STEPS
        )
    except Refusal as refusal:
        return refused(refusal)
    return final_state(turn)


def final_state(turn: Turn) -> State[None]:
    """What is overdue, whatever its phase's state, and what waits for another phase need attention; all else is completed."""
    name, message = verdict(turn, LANG)
    said = message if not turn.done else f"{message}{spoken('', ' ')}{turn.done[-1]}"
    if turn.phase.overdue or turn.phase.state == "blocked":
        return Failed(name=name, message=said)
    return Completed(name=name, message=said)


def refused(refusal: Refusal) -> State[None]:
    """The run could not do as asked; says why and how to mend it."""
    return Failed(name=spoken("未执行", "refused"), message=refusal.said.in_language(LANG))


def name_run(parts: Iterable[str], as_of: datetime, tags: Iterable[str | None], rehearse: bool = False) -> None:
    """Name this run in the office's words: 入户登记 · 石家庄市 · 截至11-05 17:00; and tag it."""
    run = flow_run.get_id()
    if run is None:
        return
    until = spoken(f"截至{words.short_at(as_of)}", f"as of {words.short_at(as_of)}")
    name = " · ".join([*parts, until, *([spoken("演练", "rehearsal")] if rehearse else [])])
    wanted = {*flow_run.get_tags(), *(tag for tag in tags if tag)}
    with get_client(sync_client=True) as client:
        client.update_flow_run(UUID(run), name=name, tags=sorted(wanted))


def scope_of(store: Store, unit: str) -> str:
    """The known office that `unit` means, or the whole country. Refusal if there is none."""
    return unit if unit == NATION else find_unit(store, unit)


def name_of(store: Store, code: str) -> str:
    """A unit's name, or its code where it has none."""
    if code == NATION:
        return spoken("全国", "the whole country")
    known = store.unit(code)
    return known[1] if known else code


def province_of(store: Store, code: str) -> str | None:
    """The name of the province that a unit lies in."""
    known = store.unit(code[: DIGITS["province"]])
    return known[1] if known else None
