"""Folding (归列): a pass moves what reports brought as rows into columns, and brings up what holds of the columns.

The rows of a province go in the pass's own transaction, so a reader finds each reading in one place, and after a kill all
of them where they were. Only rows and columns of that province are looked at.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, timedelta
from functools import partial

import polars as pl
from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlmodel import col

from models.moments import micros_in, moment_at
from models.rules.judging.tree import ranges_of
from models.tables import LatestReadings, Reading, ReadingColumns
from tasks.campaign.frames import in_ranges, read_frame
from tasks.campaign.kept_readings import HOLDING, last_of_all, latest_of, parts_of_columns, reading_rows
from tasks.campaign.reading_columns import BEGINNING, KEPT, Asked, DamagedColumnsError, add_columns, parquet

LOG = logging.getLogger(__name__)

MANY = 5_000
"""So many readings are worth columns of their own at once."""
_FEW = 500
"""So many are once they have waited for half a day."""
_HALF_A_DAY = micros_in(timedelta(hours=12))
_AT_ONCE = 1_000_000
"""Readings of a province that one pass moves: those of a database from before there were columns are millions."""
_SMALL, _MERGED = 100_000, 250_000
"""Columns of fewer readings are small; so many become one, which takes the pass little memory."""
_FOLDED, _COLUMNS, _ROWS = "folded", "columns", "rows"
_STATE = (
    f"SELECT '{_FOLDED}', province, folded_at FROM latest_readings WHERE {{province}}"
    f" UNION ALL SELECT '{_COLUMNS}', province, MAX(CASE WHEN pending AND last_as_of <= :now THEN 1 ELSE 0 END)"
    " FROM reading_columns WHERE {province} GROUP BY province"
    f" UNION ALL SELECT '{_ROWS}', substr(unit, 1, 2), COUNT(*) FROM readings WHERE as_of <= :now AND {{unit}}"
    " GROUP BY substr(unit, 1, 2)"
)
"""How it stands with the readings of each province, as (what, province, value): when they were moved last, whether there are
columns of which what holds does not know, and how many rows wait. As a text: to put it together again for each pass took longer
than to answer it."""
_TOLD = {"what": pl.String, "province": pl.String, "value": pl.Int64}
_SETTLES = timedelta(days=7)
"""After the end of a month, until its small columns become one."""
Attempt = Callable[[Callable[[], None]], object]
"""Takes a step wholly or not at all; what stood in its way is given back, not raised."""


def fold(
    connection: Connection,
    now: int,
    provinces: Collection[str] | None,
    attempt: Attempt,
    unreadable: Collection[str] = (),
) -> None:
    """Move what has become enough, in every province by itself, in a transaction that writes.

    provinces: those that the pass is about; None: all. unreadable: those of which what holds could not be read.
    """
    for province in _due(connection, now, provinces, unreadable):
        for step in (fold_province, merge_columns):
            fault = attempt(partial(step, connection, province, now))
            if isinstance(fault, Exception):
                LOG.error("readings of province %s could not be moved into columns", province, exc_info=fault)


def forget_latest(connection: Connection) -> None:
    """Have the next pass make what holds anew, from all columns."""
    connection.execute(delete(LatestReadings))


def _due(connection: Connection, now: int, provinces: Collection[str] | None, unreadable: Collection[str]) -> list[str]:
    """Of `provinces` (of all for None) those that have enough to move, or columns of which nobody knows what holds."""
    told: dict[str, dict[str, int]] = {_FOLDED: {}, _COLUMNS: {}, _ROWS: {}}
    own = ranges_of(provinces)
    asked = _STATE.format(province=in_ranges("province", own), unit=in_ranges("unit", own))
    for what, province, value in read_frame(connection, asked, _TOLD, now=now).iter_rows():
        told[what][province] = value
    folded = told[_FOLDED]
    due = {one for one, ready in told[_COLUMNS].items() if ready or one not in folded}
    due |= folded.keys() & set(unreadable)
    for province, rows in told[_ROWS].items():
        if rows >= MANY or (rows >= _FEW and now - folded.get(province, BEGINNING) >= _HALF_A_DAY):
            due.add(province)
    return sorted(due)


def fold_province(connection: Connection, province: str, now: int) -> None:
    """Move the readings of a province up to `now` into columns, the oldest first, and bring up what holds.

    What is dated later stays where it is, so that nothing in columns is newer than what holds of them.
    """
    own = (col(ReadingColumns.province) == province,)
    ready: tuple[ColumnElement[bool], ...] = (
        *own,
        col(ReadingColumns.pending).is_(True),
        col(ReadingColumns.last_as_of) <= now,
    )
    held, until = _latest(connection, province)
    rows = _take_rows(connection, province, now)
    of_province = Asked(provinces=[province])
    parts = [held, rows.select(HOLDING), *parts_of_columns(connection, of_province, HOLDING, *ready)]
    latest = last_of_all(parts)
    connection.execute(update(ReadingColumns).where(*ready).values(pending=False))
    if rows.height:
        add_columns(connection, rows, pending=False)
    if latest.is_empty():
        return
    until = max([until, *(int(str(part["as_of"].max())) for part in parts if part.height)])
    connection.execute(delete(LatestReadings).where(col(LatestReadings.province) == province))
    connection.execute(
        insert(LatestReadings).values(province=province, until=until, folded_at=now, data=parquet(latest))
    )


def _latest(connection: Connection, province: str) -> tuple[pl.DataFrame, int]:
    """What holds of the columns of a province that are not pending, and up to when they go; made anew if need be."""
    row = connection.execute(select(LatestReadings).where(col(LatestReadings.province) == province)).mappings().first()
    try:
        if row is not None:
            return latest_of(province, row["data"], Asked()), row["until"]
    except DamagedColumnsError as fault:
        LOG.warning("%s; they are made anew", fault)
    newest = select(func.max(ReadingColumns.last_as_of)).where(
        col(ReadingColumns.province) == province, ~col(ReadingColumns.pending)
    )
    until = connection.execute(newest).scalar()
    return latest_made_anew(connection, province), BEGINNING if until is None else until


def latest_made_anew(connection: Connection, province: str) -> pl.DataFrame:
    """What holds of the columns of a province that are not pending. DamagedColumnsError where some cannot be read."""
    asked = Asked(provinces=[province])
    return last_of_all(parts_of_columns(connection, asked, HOLDING, ~col(ReadingColumns.pending)))


def _take_rows(connection: Connection, province: str, now: int) -> pl.DataFrame:
    """Take the oldest rows of a province away, up to `now` and not too many: KEPT."""
    own = (func.substr(col(Reading.unit), 1, 2) == province, col(Reading.as_of) <= now)
    counted = (
        select(col(Reading.as_of), func.count()).where(*own).group_by(col(Reading.as_of)).order_by(col(Reading.as_of))
    )
    until, taken = None, 0
    for as_of, rows in connection.execute(counted).tuples():
        if until is not None and taken + rows > _AT_ONCE:
            break
        until, taken = as_of, taken + rows
    if until is None:
        return pl.DataFrame(schema=KEPT)
    found = reading_rows(connection, Asked(until=until, provinces=[province]), KEPT.names())
    gone = connection.execute(delete(Reading).where(*own, col(Reading.as_of) <= until)).rowcount
    if gone != found.height:
        raise ValueError(f"{found.height} readings were read and {gone} taken away")
    return found


def merge_columns(connection: Connection, province: str, now: int) -> None:
    """Make the small columns of each month that is over one. They are those that no pass has to look at any more."""
    of_now = _month(now - micros_in(_SETTLES))
    small = select(col(ReadingColumns.id), col(ReadingColumns.last_as_of), col(ReadingColumns.rows)).where(
        col(ReadingColumns.province) == province, ~col(ReadingColumns.pending), col(ReadingColumns.rows) < _SMALL
    )
    by_month = defaultdict[str, list[tuple[int, int]]](list)
    for number, last, rows in connection.execute(small.order_by(col(ReadingColumns.id))):
        if _month(last) < of_now:
            by_month[_month(last)].append((number, rows))
    for portion in (one for found in by_month.values() for one in _portions(found)):
        if len(portion) > 1:
            which = col(ReadingColumns.id).in_(portion)
            parts = list(parts_of_columns(connection, Asked(provinces=[province]), KEPT.names(), which))
            connection.execute(delete(ReadingColumns).where(which))
            add_columns(connection, pl.concat(parts), pending=False)


def _month(at: int) -> str:
    return f"{moment_at(at, UTC):%Y-%m}"


def _portions(columns: list[tuple[int, int]]) -> Iterator[list[int]]:
    """Numbers of columns that together are not too many readings at once."""
    portion, together = list[int](), 0
    for number, rows in columns:
        if portion and together + rows > _MERGED:
            yield portion
            portion, together = [], 0
        portion.append(number)
        together += rows
    yield portion
