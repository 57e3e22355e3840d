"""Reports in the archive: one Parquet file a report, written once, never changed.

A file's name is the report's `as_of`, the code that all its districts share, the SHA-256 of the file as received, and a
word of this attempt alone: 20201105T090000000000Z_130102_5f3c…_9b1c….parquet. So the database's list of names tells,
without opening a file, which reports may speak of a place; and no two machines ever write under one name.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from models.rules.intake.report_units import TO_TOWNSHIP
from models.wording import Refusal
from tasks.archive.drafts import whole
from tasks.archive.place import REPORTS, Archive

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DISTRICT = 10**14
_TO_PROVINCE = 10**13
_ROW_GROUP = 50_000


@dataclass(frozen=True)
class Archived:
    """A report of districts in the archive: its batch, its moment (microseconds UTC) and its file's name."""

    batch: int
    as_of: int
    name: str

    def may_speak_of(self, prefix: str) -> bool:
        """False if no district in it can begin with `prefix`."""
        own = self.name.split("_")[1]
        return own.startswith(prefix) or prefix.startswith(own)


def shared_prefix(codes: pl.Series) -> str:
    """The digits that all codes, in code order, begin with; "-" for no code."""
    if codes.is_empty():
        return "-"
    first, last = str(codes[0]), str(codes[-1])
    shared = next(
        (place for place, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first)
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
    name = f"{REPORTS}/{archived.name}"
    wanted = pl.col("code") >= _FIRST_DISTRICT
    if province is not None:
        wanted = pl.col("code").is_between(province * _TO_PROVINCE, (province + 1) * _TO_PROVINCE, closed="left")
    if townships is not None:
        ends = townships.sort().to_list()
        wanted = pl.col("code").is_between(ends[0] * TO_TOWNSHIP, (ends[-1] + 1) * TO_TOWNSHIP)
        wanted &= (pl.col("code") // TO_TOWNSHIP).is_in(townships.implode())
    for _ in range(2):  # what this machine kept may be damaged where the archive is not
        with suppress(OSError, pl.exceptions.PolarsError):
            return _read(archive.path_of(name), wanted, columns)
        archive.read_again(name)
    raise Refusal(
        f"存档文件 {archived.name} 缺失或损坏，请从备份恢复到 {archive.shown} 后重试",
        f"the archive file {archived.name} is missing or damaged; restore it to {archive.shown} from a backup",
    )


def _read(file: Path, wanted: pl.Expr, columns: Collection[str] | None) -> pl.DataFrame:
    scan = pl.scan_parquet(file, glob=False)
    have = [name for name in scan.collect_schema().names() if columns is None or name in columns]
    return scan.filter(wanted).select("code", *(name for name in have if name not in ("code", "evidence"))).collect()


def write_parquet(frame: pl.DataFrame, path: Path, about: Mapping[str, str] | None = None) -> None:
    """Write a frame so that a range of codes can be read without the rest."""
    frame.write_parquet(
        path,
        compression="zstd",
        compression_level=1,
        row_group_size=_ROW_GROUP,
        metadata=dict(about) if about else None,
    )
