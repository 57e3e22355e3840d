"""The archive: one Parquet file a report under PUCHA_HOME/archive, written once, never changed.

A file's name is the report's `as_of`, the code that all its districts share, and the SHA-256 of the file
as received: 20201105T090000000000Z_130102_5f3c….parquet. So the database's list of names tells, without
opening a file, which reports may speak of a place.

A file is written under a pending name and forced to disk before the transaction that speaks of it, and
gets its own name after the commit. A pending file found later was left by a crash: it is given its name
if the database speaks of it, and removed if not. A file that has its name is never removed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from models.rules.intake.report_units import TO_TOWNSHIP
from models.wording import Refusal
from tasks.campaign.on_disk import force, put_in_place

FOLDER = "archive"
_PENDING, _PART = ".pending", ".part"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DISTRICT = 10**14
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
    """The name of a report's file."""
    moment = _EPOCH + timedelta(microseconds=as_of)
    return f"{moment:%Y%m%dT%H%M%S%fZ}_{prefix}_{digest}.parquet"


def pending(path: Path) -> Path:
    """Where a file stands until the database speaks of it."""
    return path.with_name(f"{path.name}{_PENDING}")


def settle(path: Path) -> None:
    """Give a pending file its own name."""
    with suppress(OSError):  # what is still pending after this gets its name at the next intake
        pending(path).replace(path)
        force(path.parent)


def drop(path: Path) -> None:
    """Remove a pending file whose transaction did not end well."""
    pending(path).unlink(missing_ok=True)


def left_pending(folder: Path, is_left: Callable[[str], bool]) -> list[Path]:
    """Files that a crash left pending, by the names that they would get. Half-written ones are removed.

    is_left: whether a crash left the file of that name, and nobody is writing it now.
    """
    if not folder.is_dir():
        return []
    for half in folder.glob(f"*{_PENDING}{_PART}"):
        if is_left(half.name.removesuffix(f"{_PENDING}{_PART}")):
            half.unlink(missing_ok=True)
    whole = [path.with_name(path.name.removesuffix(_PENDING)) for path in folder.glob(f"*{_PENDING}")]
    return [path for path in whole if is_left(path.name)]


def put_report(frame: pl.DataFrame, path: Path, about: Mapping[str, str]) -> None:
    """Write a report, pending. about: what the file says of itself. Refusal where the disk is full."""
    with whole(pending(path)) as temporary:
        write_parquet(frame, temporary, about)


def read_districts(
    home: Path, archived: Archived, columns: Collection[str] | None, townships: pl.Series | None
) -> pl.DataFrame:
    """The district rows of a report in code order: code and those of `columns` that it has (None: all).

    Only districts in `townships`, if given. Refusal if the file is missing or damaged: then no figure
    that needs it can be reported.
    """
    try:
        scan = pl.scan_parquet(home / FOLDER / archived.name, glob=False)
        have = [name for name in scan.collect_schema().names() if columns is None or name in columns]
        wanted = pl.col("code") >= _FIRST_DISTRICT
        if townships is not None:
            ends = townships.sort().to_list()
            wanted = pl.col("code").is_between(ends[0] * TO_TOWNSHIP, (ends[-1] + 1) * TO_TOWNSHIP)
            wanted &= (pl.col("code") // TO_TOWNSHIP).is_in(townships.implode())
        return (
            scan.filter(wanted).select("code", *(name for name in have if name not in ("code", "evidence"))).collect()
        )
    except (OSError, pl.exceptions.PolarsError):
        raise Refusal(
            f"存档文件 {archived.name} 缺失或损坏，请从备份恢复 PUCHA_HOME/{FOLDER} 后重试",
            f"the archive file {archived.name} is missing or damaged; restore PUCHA_HOME/{FOLDER} from a backup",
        ) from None


def write_parquet(frame: pl.DataFrame, path: Path, about: Mapping[str, str] | None = None) -> None:
    """Write a frame so that a range of codes can be read without the rest."""
    frame.write_parquet(
        path,
        compression="zstd",
        compression_level=1,
        row_group_size=_ROW_GROUP,
        metadata=dict(about) if about else None,
    )


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write, which becomes `path` on the disk when the block ends well and vanishes when it does not."""
    temporary = path.with_name(f"{path.name}{_PART}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        put_in_place(temporary, path)
    except (OSError, pl.exceptions.PolarsError) as fault:
        temporary.unlink(missing_ok=True)
        reason = (isinstance(fault, OSError) and fault.strerror) or "write failed"
        raise Refusal(
            f"PUCHA_HOME 所在磁盘写不进去（{reason}），可能空间不足；未作任何更改，请清理后重报",
            f"cannot write to PUCHA_HOME ({reason}), perhaps no space is left; nothing was changed",
        ) from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def writing_files() -> Iterator[Callable[..., None]]:
    """Writes files in the order given, while the caller does other work; all are on the disk when the block ends well."""
    with ThreadPoolExecutor(1, "files") as writer:
        submitted: list[Future[None]] = []
        yield lambda write, *about: submitted.append(writer.submit(write, *about))
        for written in submitted:
            written.result()
