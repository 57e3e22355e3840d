"""A share (本次通知) of the ledger: the notices about one phase, at and below one office, and what became of them.

The watch sends whatever waits; whoever asks for one office or phase sends what is about it alone, and is told of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl
from sqlmodel import col, func, select

from models.moments import micros
from models.rules.judging.tree import Ranges, below, ranges_below
from models.tables import Transition
from models.units import NATION
from tasks.campaign.frames import in_ranges, read_frame
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
    """Whose notices: counted are those with a line about `phase` (None: any) of an office at or below `unit` (None: any)."""

    unit: str | None = None
    phase: str | None = None

    @property
    def is_all(self) -> bool:
        return self.unit in (None, NATION) and self.phase is None

    def ranges(self, units: pl.DataFrame) -> Ranges | None:
        """The runs of codes of its offices; None for all. units: every office of the provinces concerned."""
        return None if self.unit in (None, NATION) else ranges_below(units, str(self.unit))

    def condition(self, ranges: Ranges | None) -> str:
        """What notices `n` fulfil of which every line that counts is of this share; "" for all. ranges: of its offices.

        Begins with AND. What somebody waits to hear of other phases and offices, too, is left to the watch.
        """
        if self.is_all:
            return ""
        own = in_ranges("c.unit", ranges)
        if self.phase is not None:
            own += f" AND substr(c.requirement, 1, {len(self.phase) + 1}) = '{self.phase}.'"
        lines = "SELECT 1 FROM notice_lines l JOIN cases c ON c.id = l.case_id WHERE l.notice_id = n.id AND l.state = 'live'"
        return f" AND EXISTS ({lines} AND {own}) AND NOT EXISTS ({lines} AND NOT ({own}))"


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
        found = found.join(
            below(store.units(provinces=store.provinces_with(share.unit)), share.unit).select("unit"),
            on="unit",
            how="semi",
        )
    delivered = set(found.filter(pl.col("state") == "accepted")["notice"])
    held = set(found.filter(pl.col("state") == "held")["notice"])
    tried = set(found.filter(pl.col("state") != "held")["notice"])
    return InShare(len(delivered), len(tried - delivered), len(held))
