"""巡查催办: one pass over everything, every quarter of an hour."""

from __future__ import annotations

from datetime import datetime

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed, Failed

from flows._ending import tell_end
from flows._form import LANG, AnyUnit, Apart, AsOf, Rehearse, clock_of, machine_clock, spoken
from flows._pass import make_pass, say_what_was_done
from flows._run import STEPS, name_of, name_run, province_of, refused, scope_of
from models.units import NATION
from models.wording import Refusal
from tasks.campaign.offices import top_office
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.chasing.passes import Owed
from tasks.delivery.passes import Delivered
from tasks.oversight.ahead import check_ahead
from tasks.oversight.machines import note_machine

WATCHED = spoken("已巡查", "watched")


@flow(
    name=spoken("巡查催办", "watch"),
    description=spoken(
        "巡查一遍：判定每项要求，立结催办件，发出通知，更新看板。每15分钟一次；停机期间的由下一次补齐。",
        "One pass: judge every duty, open and close cases, send notices, refresh the boards. Every 15 minutes;"
        " what fell into a time without power is caught up by the next one.",
    ),
    persist_result=False,
    on_completion=[tell_end],
    on_failure=[tell_end],
)
def watch(unit: AnyUnit = "", as_of: AsOf = None, rehearse: Rehearse = False, apart: Apart = False) -> State[None]:
    """Judge, open and close cases, owe and deliver notices, refresh the boards; `apart` leaves the last two to others.

    Catching up goes by the interval since the last finished pass, which the ledger knows; so a run that
    was skipped, or all of them for three days, lose nothing.
    """
    try:
        store = open_store(Settings(), clock=machine_clock)
        zone = store.plan().zone
        if not rehearse:
            check_ahead(store, clock_of(as_of, zone))
            note_machine(store, clock_of(as_of, zone))
        code = scope_of(store, unit) if unit else None
        top = code or top_office(store) or NATION
        title = spoken("巡查催办", "watch")
        name_run([title, name_of(store, top)], clock_of(as_of, zone), [title, province_of(store, top)], rehearse)
        if apart and not rehearse:
            owed = _judge_alone(store, code, clock_of(as_of, zone))
            return Completed(name=WATCHED, message=_say_what_is_owed(owed))
        owed, sent = make_pass(
            store=store, scope=code, clock=lambda: clock_of(as_of, zone), rehearse=rehearse, steps=STEPS
        )
    except Refusal as refusal:
        return refused(refusal)
    said = spoken("", " ").join(say_what_was_done(owed, sent, LANG))
    if sent is not None and sent.failed:
        return Failed(name=spoken("有未送达", "not all delivered"), message=said)
    return Completed(name=spoken("已演练", "rehearsed") if rehearse else WATCHED, message=said)


def _judge_alone(store: Store, scope: str | None, now: datetime) -> Owed:
    """The part of a pass that decides: what it owes goes out, and shows, by the runs of other flows."""
    STEPS.expect(store, scope, now)
    owed = STEPS.owe(store, scope, now, False)
    STEPS.note_pass(store, scope, owed, Delivered(held=owed.owed), now)
    return owed


def _say_what_is_owed(owed: Owed) -> str:
    return spoken(
        f"核对 {owed.judged} 项；新立催办件 {owed.opened} 件，办结 {owed.closed} 件。应发通知 {owed.owed} 份，由“发送通知”发出。",
        f"{owed.judged} duties judged, {owed.opened} cases opened, {owed.closed} closed. {owed.owed} notices owed; the"
        " flow “deliver notices” sends them.",
    )
