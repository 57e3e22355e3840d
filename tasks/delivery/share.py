"""A share (本次通知) of the ledger: what became of the notices about one phase, at and below one office.

A delivery sends whatever waits, whoever asked for it; whoever asked for one office is told about that office.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlmodel import col, func, select

from models.moments import micros
from models.rules.judging.tree import below
from models.tables import Transition
from models.units import NATION
from tasks.campaign.frames import read_frame
from tasks.campaign.store import Store

_STEPS = (
    "SELECT n.id AS notice, t.state, c.unit, c.requirement FROM transitions t JOIN notices n ON n.id = t.notice_id"
    " JOIN notice_lines l ON l.notice_id = n.id JOIN cases c ON c.id = l.case_id"
    " WHERE t.id > :since AND (t.state IN ('accepted', 'refused')"
    " OR (t.was = 'sending' AND t.state IN ('retry', 'unknown')))"
)
_WAITING = (
    "SELECT n.id AS notice, 'held' AS state, c.unit, c.requirement FROM notices n"
    " JOIN notice_lines l ON l.notice_id = n.id JOIN cases c ON c.id = l.case_id"
    " WHERE n.settled_at IS NULL AND n.state IN ('planned', 'held') AND n.created_at <= :at AND l.state = 'live'"
)
_FOUND = {"notice": pl.Int64, "state": pl.String, "unit": pl.String, "requirement": pl.String}


@dataclass(frozen=True)
class Share:
    """Whose notices: those with a line about `phase` (None: any) of an office at or below `unit` (None: any)."""

    unit: str | None = None
    phase: str | None = None

    @property
    def is_all(self) -> bool:
        return self.unit in (None, NATION) and self.phase is None


@dataclass(frozen=True)
class InShare:
    """Notices of a share: delivered; failed: tried or given up, and not delivered; held: still waiting for their hour."""

    delivered: int
    failed: int
    held: int


def last_step(store: Store) -> int:
    """The number of the last step that the ledger holds; 0 where there is none."""
    with store.reading() as connection:
        return int(connection.execute(select(func.coalesce(func.max(col(Transition.id)), 0))).scalar_one())


def count_share(store: Store, share: Share, since: int, now: datetime) -> InShare:
    """What became of the notices of `share` in the steps after `since`, and which of them wait at `now`."""
    with store.reading() as connection:
        found = pl.concat(
            [
                read_frame(connection, _STEPS, _FOUND, since=since),
                read_frame(connection, _WAITING, _FOUND, at=micros(now)),
            ]
        )
    if share.phase is not None:
        found = found.filter(pl.col("requirement").str.starts_with(f"{share.phase}."))
    if share.unit not in (None, NATION):
        found = found.join(below(store.units(), share.unit).select("unit"), on="unit", how="semi")
    delivered = set(found.filter(pl.col("state") == "accepted")["notice"])
    held = set(found.filter(pl.col("state") == "held")["notice"])
    tried = set(found.filter(pl.col("state") != "held")["notice"])
    return InShare(len(delivered), len(tried - delivered), len(held))
