"""Readings as they are kept, read as one: rows of late, columns of before, and what holds of the columns.

Whoever asks sees one moment of the database: within a pass's or a report's transaction, or by `Store.one_moment`. What
holds is told by moment and batch alone, never by the order in which reports became known.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
from sqlalchemy import ColumnElement, Connection, Row
from sqlmodel import col, or_, select

from models.rules.judging.periods import last_of_each
from models.tables import LatestReadings, ReadingColumns
from models.wording import Refusal
from tasks.campaign.frames import read_frame
from tasks.campaign.reading_columns import END, KEPT, ORDER, UNREADABLE, Asked, DamagedColumnsError, read_parquet

LOG = logging.getLogger(__name__)

HOLDING = tuple(name for name in KEPT if name != "evidence")
"""What is known of a reading that holds."""
_PAIR = ["indicator", "unit"]
_AT_ONCE = 1_000_000
"""So many readings are gathered before those that hold no more are let go."""
_UNITS_A_QUERY = 500
_COLUMNS_A_QUERY = 16
_FIRST = 4
"""So many columns are read before somebody asks whether that is enough, and twice as many each time after it."""


def every_reading(connection: Connection, asked: Asked, names: Sequence[str] = HOLDING) -> pl.DataFrame:
    """All readings asked for: the columns `names`, in order of indicator, unit, moment and batch.

    Refusal where columns that may hold some of them are damaged.
    """
    return _together(reading_parts(connection, asked, names), names)


def readings_until(
    connection: Connection, asked: Asked, names: Sequence[str], told: Callable[[pl.DataFrame, int], bool]
) -> pl.DataFrame:
    """Of the readings asked for those of the newest columns, as many as are needed: the columns `names`, in order as of
    `every_reading`.

    told: whether these readings are enough where no other is of a later moment than the one given. Refusal as of `every_reading`.
    """
    newest = select(col(ReadingColumns.id), col(ReadingColumns.last_as_of)).where(*asked.columns())
    newest = newest.order_by(col(ReadingColumns.last_as_of).desc(), col(ReadingColumns.id).desc())
    left, found, some = connection.execute(newest).tuples().all(), reading_rows(connection, asked, names), _FIRST
    while left:
        numbers, left, some = [number for number, _ in left[:some]], left[some:], some * 2
        newer = _of_columns(connection, asked, names, col(ReadingColumns.id).in_(numbers))
        found = _together([found, *newer], names)
        if left and told(found, left[0][1]):
            break
    return found


def reading_parts(connection: Connection, asked: Asked, names: Sequence[str] = HOLDING) -> Iterator[pl.DataFrame]:
    """The same in parts, some rows at a time; each in order by itself."""
    yield reading_rows(connection, asked, names)
    yield from _of_columns(connection, asked, names)


def holding_readings(connection: Connection, asked: Asked, unreadable: set[str] | None = None) -> pl.DataFrame:
    """The reading that holds for each indicator and unit at `asked.until`: HOLDING, in order of indicator and unit.

    What held in the past is looked for from there backwards, no further than it must be. unreadable: takes the provinces of which what holds could not be read, and was made from all of their columns.
    """
    held = defaultdict[str, list[pl.DataFrame]](list)
    wanted = select(LatestReadings)
    if asked.in_provinces is not None:
        wanted = wanted.where(col(LatestReadings.province).in_(sorted(asked.in_provinces)))
    for row in connection.execute(wanted.order_by(col(LatestReadings.province))).mappings().all():
        try:
            latest = latest_of(row["province"], row["data"], replace(asked, until=END, but=()))
            current = latest.filter(asked.rows())
            held[row["province"]] = [current, _held_before(connection, row["province"], latest, current, asked)]
        except DamagedColumnsError as fault:
            LOG.warning("%s; they are made from all of its columns", fault)
            if unreadable is not None:
                unreadable.add(fault.province)
    not_known = or_(col(ReadingColumns.pending), col(ReadingColumns.province).not_in(sorted(held)))
    newer = select(col(ReadingColumns.province)).where(*asked.columns(), not_known).distinct()
    in_columns = set(connection.execute(newer).scalars())
    for province, rows in _by_province(reading_rows(connection, asked, HOLDING)):
        held[province].append(rows)

    def parts_of(province: str) -> Iterator[pl.DataFrame]:
        yield from held[province]
        if province in in_columns:
            yield from _of_columns(connection, replace(asked, provinces=[province]), HOLDING, not_known)

    return _side_by_side([last_of_all(parts_of(province)) for province in sorted(in_columns.union(held))])


def _by_province(readings: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Readings in order, those of each province by themselves and in order."""
    named = readings.with_columns(province=pl.col("unit").cast(pl.String).str.head(2))
    for (province,), part in named.partition_by("province", as_dict=True, include_key=False).items():
        yield str(province), part


def _side_by_side(provinces: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Readings of provinces, in the order of their codes and each in order of indicator and unit, as one in that order.

    Nothing is sorted: to sort two million readings takes longer than to judge them.
    """
    if len(provinces) == 1:
        return provinces[0]
    runs = defaultdict[str, list[pl.DataFrame]](list)
    for one in provinces:
        start = 0
        for length, indicator in one["indicator"].rle().struct.unnest().iter_rows():
            runs[indicator].append(one.slice(start, length))
            start += length
    return pl.concat([_none(), *(run for indicator in sorted(runs) for run in runs[indicator])], rechunk=True)


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema={name: KEPT[name] for name in HOLDING})


def latest_of(province: str, data: bytes, asked: Asked) -> pl.DataFrame:
    """What holds in a province, of its columns, as far as asked for. DamagedColumnsError where it cannot be read."""
    try:
        return read_parquet([data], asked, HOLDING)
    except UNREADABLE:
        raise DamagedColumnsError(province) from None


def _held_before(
    connection: Connection, province: str, latest: pl.DataFrame, current: pl.DataFrame, asked: Asked
) -> pl.DataFrame:
    """Of the columns of a province that are not pending what held in the past where something else holds now.

    latest: what holds now; current: that of it which held then.

    The newest columns are read first, until none of those left has anything as late as what was found. What was
    reported for the first time later is looked for to the beginning, but only its own indicators.
    """
    found = latest.clear()
    if current.height == latest.height:
        return found
    wanted = latest.select(_PAIR).join(current, on=_PAIR, how="anti")
    if wanted.is_empty():
        return found
    own = (col(ReadingColumns.province) == province, ~col(ReadingColumns.pending))
    newest = select(col(ReadingColumns.id), col(ReadingColumns.last_as_of)).where(*asked.columns(), *own)
    newest = newest.order_by(col(ReadingColumns.last_as_of).desc(), col(ReadingColumns.id).desc())
    for number, last in connection.execute(newest).tuples().all():
        wanted = wanted.join(found.filter(pl.col("as_of") > last), on=_PAIR, how="anti")
        if wanted.is_empty():
            break
        their_names = replace(asked, names=wanted["indicator"].cast(pl.String).unique().to_list())
        for part in _of_columns(connection, their_names, HOLDING, col(ReadingColumns.id) == number):
            found = last_of_all([found, part.join(wanted, on=_PAIR, how="semi", maintain_order="left")])
    return found


def last_of_all(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Of readings in parts (HOLDING) the last one of each indicator and unit, in that order."""
    held, gathered = [_none()], 0
    for part in parts:
        held.append(part)
        gathered += part.height
        if gathered >= _AT_ONCE:
            held, gathered = [last_of_each(_together(held, HOLDING))], 0
    return last_of_each(_together(held, HOLDING))


def _together(parts: Iterable[pl.DataFrame], names: Sequence[str]) -> pl.DataFrame:
    """Parts that are each in order as one in order."""
    filled = [part for part in parts if part.height]
    if not filled:
        return pl.DataFrame(schema={name: KEPT[name] for name in names})
    return filled[0] if len(filled) == 1 else pl.concat(filled).sort([name for name in ORDER if name in names])


def reading_rows(connection: Connection, asked: Asked, names: Sequence[str]) -> pl.DataFrame:
    """Of the readings asked for those that stand as rows still, in order."""
    conditions = ["as_of BETWEEN :since AND :until", "batch BETWEEN :first AND :last"]
    first, last = asked.batches
    values: dict[str, object] = {"since": asked.since, "until": asked.until, "first": first, "last": last}
    if asked.names is not None:
        conditions.append("indicator IN :names")
        values["names"] = sorted(asked.names)
    if asked.units is not None and len(asked.units) <= _UNITS_A_QUERY:
        conditions.append("unit IN :units")
        values["units"] = sorted(asked.units)
    elif asked.in_provinces is not None:
        conditions.append("substr(unit, 1, 2) IN :provinces")
        values["provinces"] = sorted(asked.in_provinces)
    query = f"SELECT {', '.join(names)} FROM readings WHERE {' AND '.join(conditions)}"
    found = read_frame(connection, query, {name: KEPT[name] for name in names}, **values)
    if found.is_empty():  # as nearly always, once reports are kept as columns
        return found
    if asked.units is not None:
        found = found.filter(pl.col("unit").is_in(sorted(asked.units)))
    if asked.but:
        found = found.filter(~pl.col("batch").is_in(sorted(asked.but)))
    return found.sort([name for name in ORDER if name in names])


def _of_columns(
    connection: Connection, asked: Asked, names: Sequence[str], *which: ColumnElement[bool]
) -> Iterator[pl.DataFrame]:
    """Of the readings asked for those that stand in columns, some of them at a time, each part in order."""
    try:
        yield from parts_of_columns(connection, asked, names, *which)
    except DamagedColumnsError as fault:
        raise Refusal(
            f"数据库中第 {fault.number} 段上报数据（区划代码以 {fault.province} 开头）已损坏，无法给出可靠结果；请从备份恢复数据库"
            "后重试（pucha audit verify 会指出涉及哪些批次）",
            f"columns {fault.number} of figures reported in province {fault.province} are damaged, and no answer would be"
            " reliable; restore the database from a backup and try again (pucha audit verify names the reports concerned)",
        ) from None


def parts_of_columns(
    connection: Connection, asked: Asked, names: Sequence[str], *which: ColumnElement[bool]
) -> Iterator[pl.DataFrame]:
    """The same, for whoever knows what to do about a DamagedColumnsError."""
    wanted = select(ReadingColumns.id).where(*asked.columns(), *which).order_by(col(ReadingColumns.id))
    numbers = connection.execute(wanted).scalars().all()
    # of few offices little is left of each: to read them one by one would take longer than what is in them
    at_once = 1 if asked.units is None else _COLUMNS_A_QUERY
    for start in range(0, len(numbers), at_once):
        own = select(ReadingColumns).where(col(ReadingColumns.id).in_(numbers[start : start + at_once]))
        rows = connection.execute(own.order_by(col(ReadingColumns.id))).all()
        try:
            found = read_parquet([row.data for row in rows], asked, names)
        except UNREADABLE:
            raise _damaged(rows, asked, names) from None
        yield found if len(rows) == 1 else found.sort([name for name in ORDER if name in names])


def _damaged(rows: Sequence[Row[Any]], asked: Asked, names: Sequence[str]) -> DamagedColumnsError:
    """Which of these columns cannot be read."""
    for row in rows[:-1]:
        try:
            read_parquet([row.data], asked, names)
        except UNREADABLE:
            return DamagedColumnsError(row.province, row.id)
    return DamagedColumnsError(rows[-1].province, rows[-1].id)


def moments_of_readings(connection: Connection, names: Iterable[str], after: int, until: int) -> list[int]:
    """The moments after `after` up to `until` as of which anything was reported of these indicators, in order."""
    asked = Asked(frozenset(names), after + 1, until)
    found = {at for part in reading_parts(connection, asked, ["as_of"]) for at in part["as_of"].unique()}
    return sorted(found)
