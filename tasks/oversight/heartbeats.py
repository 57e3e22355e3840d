"""Heartbeats: when something last ended well, left for those who look at it from outside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlmodel import col, select

from models.moments import micros
from models.tables import Heartbeat
from models.units import NATION
from tasks.campaign.locks import LEDGER
from tasks.campaign.store import Store
from tasks.chasing.passes import Owed
from tasks.delivery.passes import Delivered

AUDIT, WATCH = "audit", "watch"


@dataclass(frozen=True)
class Beat:
    """A heartbeat: at (microseconds), and what the thing found (the column `told`)."""

    at: int
    found: Mapping[str, Any]


def beat(connection: Connection, name: str, at: datetime, found: Mapping[str, Any]) -> None:
    """Leave word that something ended well at `at`. One left for a later moment stays: clocks may be put back."""
    connection.execute(
        text(
            "INSERT INTO heartbeats (name, at, told) VALUES (:name, :at, :found) ON CONFLICT (name) DO UPDATE"
            " SET at = excluded.at, told = excluded.told WHERE heartbeats.at <= excluded.at"
        ),
        {"name": name, "at": micros(at), "found": json.dumps(found, ensure_ascii=False)},
    )


def last_beat(connection: Connection, name: str) -> Beat | None:
    """The last heartbeat of that name; None where there was none yet."""
    row = connection.execute(select(Heartbeat.at, Heartbeat.told).where(col(Heartbeat.name) == name)).first()
    return Beat(int(row.at), json.loads(row.told)) if row else None


def note_pass(store: Store, scope: str | None, owed: Owed, sent: Delivered, now: datetime) -> None:
    """Leave the heartbeat of a pass over everything; one over a part of the country leaves none."""
    if scope not in (None, NATION):
        return
    found = {
        "judged": owed.judged,
        "owed": owed.owed,
        "delivered": sent.delivered,
        "failed": sent.failed,
        "held": sent.held,
    }
    with store.writing(LEDGER) as connection:
        beat(connection, WATCH, now, found)
