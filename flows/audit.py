"""核查: whether the ledger holds just what should have been said, every hour."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from prefect import flow
from prefect.client.schemas import State
from prefect.states import Completed, Failed

from flows._ending import tell_end
from flows._form import LANG, AsOf, Since, clock_of, machine_clock, spoken
from flows._run import name_run, refused
from flows._screen import publish_audit
from models.wording import Refusal
from tasks import steps
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store
from tasks.oversight.ahead import check_ahead
from tasks.oversight.machines import note_machine
from tasks.oversight.page import audit_page

TITLE = spoken("核查", "audit")
CLEAN, DIFFERS = spoken("已核查", "audited"), spoken("有出入", "differs")


@flow(
    name=TITLE,
    description=spoken(
        "按方案、数据、工作日历和联系人重新推算应发的通知，与台账逐条核对：应发未发、多发、迟发。每小时一次，接着上一次核查的时段。",
        "Works out anew, from plan, figures, calendar and contacts, what should have been said, and holds the ledger"
        " against it: missing, extra, late. Every hour, from where the last audit ended.",
    ),
    persist_result=False,
    on_completion=[tell_end],
    on_failure=[tell_end],
)
def audit(since: Since = None, as_of: AsOf = None) -> State[None]:
    """Hold the ledger of a window against what should have been said; the page of the key `audit` shows the outcome."""
    try:
        store = open_store(Settings(), clock=machine_clock)
        zone = store.plan().zone
        now = clock_of(as_of, zone)
        check_ahead(store, now)
        note_machine(store, now)
        name_run([TITLE], now, [TITLE])
        first, last = steps.audit_window(store, now)
        found = steps.audit(store, _since(since, first, last, zone), last, now=now)
        publish_audit(audit_page(store, found, now, LANG))
    except Refusal as refusal:
        return refused(refusal)
    said = found.said.in_language(LANG)
    return Completed(name=CLEAN, message=said) if found.clean else Failed(name=DIFFERS, message=said)


def _since(asked: datetime | None, first: datetime, last: datetime, zone: tzinfo) -> datetime:
    """The beginning that somebody asked for, else where the last audit ended. Refusal for one after the end."""
    if asked is None:
        return first
    since = clock_of(asked, zone)
    if since >= last - timedelta(minutes=1):
        raise Refusal(
            f"起始时刻应早于 {last:%Y-%m-%d %H:%M}：其后的通知可能仍在发出",
            f"the audit must begin before {last:%Y-%m-%d %H:%M}: later words may still be on their way",
        )
    return since
