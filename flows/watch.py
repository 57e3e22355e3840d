"""巡查催办: one pass over everything, every quarter of an hour."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed, Failed

from flows._form import LANG, AnyUnit, AsOf, Rehearse, clock_of, spoken
from flows._phase import say_what_was_done
from flows._run import STEPS, name_of, name_run, province_of, refused, scope_of
from models.units import NATION
from models.wording import Refusal
from tasks.campaign.offices import top_office
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store


@flow(
    name=spoken("巡查催办", "watch"),
    description=spoken(
        "巡查一遍：判定每项要求，立结催办件，发出通知，更新看板。每15分钟一次；停机期间的由下一次补齐。",
        "One pass: judge every duty, open and close cases, send notices, refresh the boards. Every 15 minutes;"
        " what fell into a time without power is caught up by the next one.",
    ),
    persist_result=False,
)
def watch(unit: AnyUnit = "", as_of: AsOf = None, rehearse: Rehearse = False) -> State[None]:
    """Judge, open and close cases, owe and deliver notices, refresh the boards.

    Catching up goes by the interval since the last finished pass, which the ledger knows; so a run that
    was skipped, or all of them for three days, lose nothing.
    """
    try:
        store = open_store(Settings())
        plan = store.plan()
        code = scope_of(store, unit) if unit else None
        top = code or top_office(store) or NATION
        now = clock_of(as_of, plan.zone)
        title = spoken("巡查催办", "watch")
        name_run([title, name_of(store, top)], now, [title, province_of(store, top)], rehearse)
        owed = STEPS.owe(store, code, now, rehearse)
        sent = None if rehearse else STEPS.deliver(store, store.settings, lambda: clock_of(as_of, plan.zone))
        if sent is not None:
            STEPS.note_pass(store, code, owed, sent, now)
            begun = [phase.id for phase in plan.phases if phase.starts <= now]
            STEPS.publish(store, code, now, begun, levels=2)
    except Refusal as refusal:
        return refused(refusal)
    told = spoken("", " ").join(say_what_was_done(owed, sent, LANG))
    if sent is not None and sent.failed:
        return Failed(name=spoken("有未送达", "not all delivered"), message=told)
    return Completed(name=spoken("已演练", "rehearsed") if rehearse else spoken("已巡查", "watched"), message=told)
