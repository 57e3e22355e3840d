"""A pass that ended well (巡查完成) leaves a heartbeat: it owed what was due, and delivered what could go out."""

from __future__ import annotations

from datetime import datetime

from models.units import NATION
from tasks.campaign.store import Store
from tasks.chasing.passes import Owed
from tasks.delivery.deliver import Delivered
from tasks.oversight.heartbeats import WATCH, beat


def note_pass(store: Store, scope: str | None, owed: Owed, sent: Delivered, now: datetime) -> None:
    """Leave the heartbeat of a pass over everything; one over a part of the country leaves none."""
    if scope not in (None, NATION):
        return
    told = {
        "judged": owed.judged,
        "owed": owed.owed,
        "delivered": sent.delivered,
        "failed": sent.failed,
        "held": sent.held,
    }
    with store.writing() as connection:
        beat(connection, WATCH, now, told)
