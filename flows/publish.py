"""发布看板: the boards, where passes leave them to a run of its own that no reminder waits for."""

from __future__ import annotations

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed

from flows._ending import tell_end
from flows._form import AnyUnit, AsOf, clock_of, machine_clock, spoken
from flows._run import STEPS, name_of, name_run, province_of, refused, scope_of
from models.units import NATION
from models.wording import Refusal
from tasks.campaign.offices import top_office
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store

TITLE = spoken("发布看板", "publish boards")


@flow(
    name=TITLE,
    description=spoken(
        "更新本单位和以下两级的看板，内容不变的不动。pucha up 的巡查自己更新；用工作池时由本流程更新，排在催办之后。",
        "Refreshes the boards of an office and of two levels below it; what would show the same is left alone. A pass of"
        " pucha up does so by itself; with work pools this flow does, after whatever reminds.",
    ),
    persist_result=False,
    on_completion=[tell_end],
    on_failure=[tell_end],
)
def publish(unit: AnyUnit = "", as_of: AsOf = None) -> State[None]:
    """Judge, and publish what has changed on the boards."""
    try:
        store = open_store(Settings(), clock=machine_clock)
        now = clock_of(as_of, store.plan().zone)
        code = scope_of(store, unit) if unit else None
        top = code or top_office(store) or NATION
        name_run([TITLE, name_of(store, top)], now, [TITLE, province_of(store, top)])
        begun = [phase.id for phase in store.plan().phases if phase.starts <= now]
        pages = STEPS.publish(store, code, now, begun, None, levels=2, asked_for=False)
    except Refusal as refusal:
        return refused(refusal)
    return Completed(
        name=spoken("已发布", "published"),
        message=spoken(f"看板共 {len(pages)} 页，均为最新。", f"The boards, {len(pages)} pages, are up to date."),
    )
