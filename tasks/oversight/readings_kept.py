"""What readings take (读数占用), month by month: the law keeps them, so that they are told and not retired."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from sqlalchemy import Connection, func, select
from sqlmodel import col

from models.moments import moment_at
from models.tables import LatestReadings, Reading, ReadingColumns


@dataclass(frozen=True)
class MonthOfReadings:
    """The readings as of one month. month: 2020-11, of the plan's zone; columns: in how many pieces they lie as columns; bytes:
    what these take as they are written, without what the database adds; waiting: how many readings are rows still.

    A piece of which readings are of several months counts in that of the last.
    """

    month: str
    readings: int
    columns: int
    bytes: int
    waiting: int


def months_of_readings(connection: Connection, zone: tzinfo) -> tuple[MonthOfReadings, ...]:
    """Every month as of which anything was reported, the oldest first."""
    found: Mapping[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    size = func.length(col(ReadingColumns.data))
    for at, rows, length in connection.execute(select(col(ReadingColumns.last_as_of), col(ReadingColumns.rows), size)):
        month = found[_month(at, zone)]
        month[0] += rows
        month[1] += 1
        month[2] += length
    waiting = select(col(Reading.as_of), func.count()).group_by(col(Reading.as_of))
    for at, rows in connection.execute(waiting).tuples():
        month = found[_month(at, zone)]
        month[0] += rows
        month[3] += rows
    return tuple(MonthOfReadings(month, *found[month]) for month in sorted(found))


def bytes_that_hold(connection: Connection) -> int:
    """What the readings that hold now take a second time, so that no pass reads those of before."""
    return int(
        connection.execute(select(func.coalesce(func.sum(func.length(col(LatestReadings.data))), 0))).scalar_one()
    )


def _month(at: int, zone: tzinfo) -> str:
    return f"{moment_at(at, zone):%Y-%m}"
