"""发送通知: what waits in the ledger, where passes leave the sending to a run of its own."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed, Failed

from flows._ending import tell_end
from flows._form import LANG, AnyUnit, AsOf, clock_of, machine_clock, spoken
from flows._run import STEPS, name_of, name_run, province_of, refused, scope_of
from models.units import NATION
from models.wording import Refusal
from tasks.campaign.offices import top_office
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store
from tasks.delivery.share import Share
from tasks.oversight.ahead import check_ahead
from tasks.oversight.machines import note_machine

TITLE = spoken("发送通知", "deliver notices")
LONGEST_TURN = 240.0
"""Seconds that one run begins to send for: the next one comes five minutes after it began, and must find its place free."""


@flow(
    name=TITLE,
    description=spoken(
        "发出台账里到时的通知，登记结果。pucha up 的巡查自己发送；用工作池时，由本流程每5分钟发送一次，巡查和看板都不耽误它。",
        "Sends the notices of the ledger whose time has come, and records what became of them. A pass of pucha up sends by"
        " itself; with work pools this flow does, every five minutes, and neither passes nor boards keep it waiting.",
    ),
    persist_result=False,
    on_completion=[tell_end],
    on_failure=[tell_end],
)
def deliver(unit: AnyUnit = "", as_of: AsOf = None) -> State[None]:
    """Deliver what is unsent and may go out now. What the time does not suffice for is left to the next run."""
    try:
        settings = Settings()
        store = open_store(settings, clock=machine_clock)
        zone = store.plan().zone
        check_ahead(store, clock_of(as_of, zone))
        note_machine(store, clock_of(as_of, zone))
        code = scope_of(store, unit) if unit else None
        top = code or top_office(store) or NATION
        name_run([TITLE, name_of(store, top)], clock_of(as_of, zone), [TITLE, province_of(store, top)])
        sent = STEPS.deliver(store, in_turn(settings), lambda: clock_of(as_of, zone), Share(code))
    except Refusal as refusal:
        return refused(refusal)
    said = spoken(
        f"已送达 {sent.delivered} 份，未送达 {sent.failed} 份，待发 {sent.held} 份。",
        f"{sent.delivered} delivered, {sent.failed} failed, {sent.held} wait.",
    )
    said += spoken("", " ").join(warning.in_language(LANG) + spoken("。", ".") for warning in sent.warnings)
    if sent.failed:
        return Failed(name=spoken("有未送达", "not all delivered"), message=said)
    return Completed(name=spoken("已发送", "delivered"), message=said)


def in_turn(settings: Settings) -> Settings:
    """The settings with no more time for one run than its turn."""
    bounded = {name: min(getattr(settings, name), LONGEST_TURN) for name in ("send_patience", "pass_seconds")}
    return settings.model_copy(update=bounded)
