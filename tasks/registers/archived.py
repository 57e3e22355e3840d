"""Reports in the archive: one Parquet file a table of a report, written once, never changed.

A file's name is the report's `as_of`, the code that all its rows share (of reports of figures: all its districts), the
SHA-256 of the file as received, and a word of this attempt alone: 20201105T090000000000Z_130102_5f3c…_9b1c….parquet. So the
database's list of names tells, without opening a file, which reports may speak of a place; and no two machines ever write
under one name.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
from sqlalchemy import ColumnExpressionArgument, Connection
from sqlmodel import col, select

from models.plan.lists import Register
from models.rules.registers.frames import CODE, EMPTIED, WORDS, report_schema
from models.tables import Batch
from models.wording import Refusal
from tasks.archive.drafts import whole
from tasks.archive.place import REPORTS, Archive

UNREADABLE = (OSError, pl.exceptions.PolarsError)
"""What is raised where a file is missing or damaged."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DISTRICT = 10**14
_TO_PROVINCE, _TO_TOWNSHIP = 10**13, 10**6
_ROW_GROUP = 50_000
_SELDOM = (EMPTIED, WORDS)
"""Columns of rows that are written where they hold something: whoever reads them takes them for empty elsewhere."""


@dataclass(frozen=True)
class Archived:
    """A report in the archive: its batch, its moment (microseconds UTC) and its file's name."""

    batch: int
    as_of: int
    name: str

    def may_speak_of(self, prefix: str) -> bool:
        """False if no row in it can have a code that begins with `prefix`."""
        own = self.name.split("_")[1]
        return own.startswith(prefix) or prefix.startswith(own)


def archived_reports(connection: Connection, register: str, but: int | None = None) -> list[Archived]:
    """The reports of a register in the archive, in the order in which they hold. but: one that is just coming in."""
    return _archived(connection, col(Batch.register).in_([register]), col(Batch.id) != (but or 0))


def archived_districts(connection: Connection, after: int | None = None) -> list[Archived]:
    """The reports of districts, those as of later than `after` if given, in the order in which they hold."""
    later = () if after is None else (col(Batch.as_of) > after,)
    return _archived(connection, col(Batch.districts), *later)


def _archived(connection: Connection, *which: ColumnExpressionArgument[bool]) -> list[Archived]:
    query = select(Batch.id, Batch.as_of, Batch.archive).where(*which).where(col(Batch.archive).is_not(None))
    rows = connection.execute(query.order_by(col(Batch.as_of), col(Batch.id)))
    return [Archived(row.id, row.as_of, row.archive) for row in rows]


def shared_prefix(codes: pl.Series) -> str:
    """The digits that all codes, in code order, begin with; "-" for no code."""
    if codes.is_empty():
        return "-"
    first, last = str(codes[0]), str(codes[-1])
    shared = next(
        (place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other),
        min(len(first), len(last)),
    )
    return first[:shared]


def archive_name(as_of: int, prefix: str, digest: str) -> str:
    """A name for a report's file, another one each time."""
    moment = _EPOCH + timedelta(microseconds=as_of)
    return f"{moment:%Y%m%dT%H%M%S%fZ}_{prefix}_{digest}_{secrets.token_hex(6)}.parquet"


def write_report(draft: Path, frame: pl.DataFrame, about: Mapping[str, str]) -> None:
    """Write a report's draft. about: what the file says of itself. Refusal where the disk is full."""
    with whole(draft) as temporary:
        write_parquet(frame, temporary, about)


def write_rows(draft: Path, register: Register, rows: pl.DataFrame, about: Mapping[str, str]) -> None:
    """The same for rows of a register, `told_in_order`, so that what became of one is soon found."""
    write_report(draft, rows, {**about, "register": register.id})


def write_parquet(
    frame: pl.DataFrame, path: Path, about: Mapping[str, str] | None = None, row_group: int = _ROW_GROUP
) -> None:
    """Write a frame so that a range of codes can be read without the rest."""
    nothing = [name for name in _SELDOM if name in frame.columns and frame[name].null_count() == frame.height]
    frame.drop(nothing).write_parquet(
        path,
        compression="zstd",
        compression_level=1,
        row_group_size=row_group,
        metadata=dict(about) if about else None,
    )


def read_districts(
    archive: Archive,
    archived: Archived,
    columns: Collection[str] | None = None,
    townships: pl.Series | None = None,
    province: int | None = None,
) -> pl.DataFrame:
    """The district rows of a report in code order: code and those of `columns` that it has (None: all).

    Only districts in `townships`, or of a province, if given. Refusal if the file is missing or damaged: then no figure
    that needs it can be reported.
    """
    wanted = pl.col("code") >= _FIRST_DISTRICT
    if province is not None:
        wanted = pl.col("code").is_between(province * _TO_PROVINCE, (province + 1) * _TO_PROVINCE, closed="left")
    if townships is not None:
        ends = townships.sort().to_list()
        wanted = pl.col("code").is_between(ends[0] * _TO_TOWNSHIP, (ends[-1] + 1) * _TO_TOWNSHIP)
        wanted &= (pl.col("code") // _TO_TOWNSHIP).is_in(townships.implode())

    def read(file: Path) -> pl.DataFrame:
        scan = pl.scan_parquet(file, glob=False)
        have = [name for name in scan.collect_schema().names() if columns is None or name in columns]
        return (
            scan.filter(wanted).select("code", *(name for name in have if name not in ("code", "evidence"))).collect()
        )

    return _read(archive, archived, read)


def read_rows(archive: Archive, archived: Archived, register: Register, prefix: str) -> pl.DataFrame:
    """The rows of a report whose codes begin with `prefix`: `report_schema`. Refusal as for districts."""
    wanted = begins_with(prefix)
    return _read(archive, archived, lambda file: scan_as(file, report_schema(register)).filter(wanted).collect())


def begins_with(prefix: str) -> pl.Expr:
    """Codes that begin with these digits, as a range that a file can be read by."""
    code = pl.col(CODE)
    return (code >= prefix) & (code < f"{prefix}~")


def scan_as(file: Path, schema: pl.Schema, numbered: str | None = None) -> pl.LazyFrame:
    """A file of rows with the columns of `schema`, however the plan of its day had them; empty where it has none.

    numbered: the name of one more column, which is to hold the place of each row in the file.
    """
    scan = pl.scan_parquet(file, glob=False, row_index_name=numbered)
    have = scan.collect_schema()
    cells = [
        pl.lit(None, kind).alias(name)
        if name not in have
        else pl.col(name)
        if have[name] == kind
        else pl.col(name).cast(kind, strict=False)
        for name, kind in schema.items()
    ]
    return scan.select(*cells, *(() if numbered is None else (numbered,)))


def _read(archive: Archive, archived: Archived, read: Callable[[Path], pl.DataFrame]) -> pl.DataFrame:
    name = f"{REPORTS}/{archived.name}"
    for _ in range(2):  # what this machine kept may be damaged where the archive is not
        with suppress(*UNREADABLE):
            return read(archive.path_of(name))
        archive.read_again(name)
    raise Refusal(
        f"存档文件 {archived.name} 缺失或损坏，请从备份恢复到 {archive.shown} 后重试",
        f"the archive file {archived.name} is missing or damaged; restore it to {archive.shown} from a backup",
    )
