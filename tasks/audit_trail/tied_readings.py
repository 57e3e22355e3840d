"""Readings tied to the trail, wherever they are kept: a report's record has a digest of all that it brought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
from sqlalchemy import Connection
from sqlmodel import col, func, select

from models.rules.oversight.row_digests import digest_of
from models.tables import LatestReadings, ReadingColumns
from models.wording import Said
from tasks.campaign.folding import latest_made_anew
from tasks.campaign.frames import read_frame
from tasks.campaign.kept_readings import latest_of, parts_of_columns, reading_rows
from tasks.campaign.reading_columns import KEPT, Asked, DamagedColumnsError, province_of

READING = pl.Schema(
    {
        "indicator": pl.String,
        "unit": pl.String,
        "as_of": pl.Int64,
        "value": pl.Float64,
        "reported": pl.Int64,
        "expected": pl.Int64,
        "evidence": pl.String,
    }
)
_AT_ONCE = 1_000_000
"""Readings looked at together."""


def digest_of_readings(readings: pl.DataFrame) -> dict[str, Any]:
    """What the record of a report keeps of its readings."""
    rows = readings.select(READING.names()).cast(READING).sort("indicator", "unit", "as_of")
    return {"rows": rows.height, "digest": digest_of(rows)}


def untied_readings(connection: Connection, told: Mapping[int, Mapping[str, Any]]) -> list[Said]:
    """Reports whose readings are not those that were taken in, readings of no report, and what holds that does not follow.

    told: what the trail says of each report.
    """
    counted = read_frame(
        connection, "SELECT batch, COUNT(*) FROM readings GROUP BY batch", {"batch": pl.Int64, "rows": pl.Int64}
    )
    there = Counter(dict(counted.iter_rows()))
    bad, damaged = set[int](), dict[int, str]()
    for number in connection.execute(select(ReadingColumns.id).order_by(col(ReadingColumns.id))).scalars().all():
        try:
            batches, is_as_it_says = _look_at(connection, number)
        except DamagedColumnsError as fault:
            damaged[number] = fault.province
            continue
        there.update(batches)
        bad |= set() if is_as_it_says else set(batches)
    bad |= {batch for batch in there if batch not in told}
    tied = {batch: about["readings"] for batch, about in told.items() if "readings" in about}
    bad |= {batch for batch, kept in tied.items() if kept["rows"] != there.get(batch, 0)}
    whole = {batch: there[batch] for batch in sorted(there) if batch in tied and batch not in bad}
    for first, last in _windows(whole):
        for batch, part in _of_batches(connection, first, last, damaged):
            if batch in whole and digest_of_readings(part) != tied[batch]:
                bad.add(batch)
    return [
        *(
            Said(f"第 {batch} 批上报的数据与审计记录不符", f"the figures of report {batch} are not what the trail says")
            for batch in sorted(bad)
        ),
        *(
            Said(
                f"数据库中第 {number} 段上报数据（区划代码以 {province} 开头）已损坏，请从备份恢复数据库",
                f"columns {number} of figures reported in province {province} are damaged; restore the database from a backup",
            )
            for number, province in damaged.items()
        ),
        *_not_following(connection, set(damaged.values())),
    ]


def _look_at(connection: Connection, number: int) -> tuple[Counter[int], bool]:
    """How many readings columns have of each batch, and whether they are what their row says of them."""
    row = connection.execute(select(ReadingColumns).where(col(ReadingColumns.id) == number)).mappings().one()
    (found,) = parts_of_columns(connection, Asked(), ["unit", "as_of", "batch"], col(ReadingColumns.id) == number)
    provinces = {province_of(unit) for unit in found["unit"].unique().cast(pl.String)}
    ends = [found[name].min() for name in ("as_of", "batch")] + [found[name].max() for name in ("as_of", "batch")]
    said = [row[name] for name in ("first_as_of", "first_batch", "last_as_of", "last_batch")]
    as_it_says = (provinces, ends, found.height) == ({row["province"]}, said, row["rows"])
    return Counter(dict(found.group_by("batch").len().iter_rows())), as_it_says


def _of_batches(
    connection: Connection, first: int, last: int, damaged: Mapping[int, str]
) -> Iterator[tuple[int, pl.DataFrame]]:
    """All readings of each of these batches."""
    asked, names = Asked(batches=(first, last)), KEPT.names()
    whole = col(ReadingColumns.id).not_in(sorted(damaged))
    rows = pl.concat([reading_rows(connection, asked, names), *parts_of_columns(connection, asked, names, whole)])
    for (batch,), part in rows.partition_by("batch", as_dict=True).items():
        yield int(str(batch)), part


def _not_following(connection: Connection, damaged: set[str]) -> Iterator[Said]:
    """Findings for what holds in a province that is not what its columns say. damaged: provinces where they cannot tell."""
    for row in connection.execute(select(LatestReadings).order_by(col(LatestReadings.province))).mappings().all():
        province = row["province"]
        if province in damaged:
            continue
        of_it = (col(ReadingColumns.province) == province, ~col(ReadingColumns.pending))
        newest = connection.execute(select(func.max(ReadingColumns.last_as_of)).where(*of_it)).scalar()
        try:
            follows = latest_of(province, row["data"], Asked()).equals(latest_made_anew(connection, province))
        except DamagedColumnsError:
            follows = False
        if not follows or row["until"] != newest:
            yield Said(
                f"现行数据（区划代码以 {province} 开头）与各批上报不符；重新执行 pucha load，下一次巡查会据各批上报重新生成",
                f"the latest figures of province {province} are not what its reports say; run pucha load again, and the next"
                " pass makes them anew from the reports",
            )


def _windows(counts: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Runs of batches that have about so many rows together: first and last. A run costs one look at all of them."""
    first, rows = None, 0
    for batch, count in counts.items():
        first, rows = (batch if first is None else first), rows + count
        if rows >= _AT_ONCE:
            yield first, batch
            first, rows = None, 0
    if first is not None:
        yield first, max(counts)
