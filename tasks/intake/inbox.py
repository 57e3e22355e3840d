"""The inbox (收件夹): a folder into which reports are laid; each file is taken in once and moved aside."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from models.wording import Refusal, Said
from tasks.campaign.store import Store
from tasks.intake.intake import take_in

SUFFIXES = frozenset({".csv", ".xlsx", ".parquet", ".jsonl"})
DONE, REFUSED = "done", "refused"
STILL_WRITTEN = timedelta(seconds=5)

_DATED = re.compile(
    r"(?<!\d)(20\d{2})(?:-(\d{1,2})-(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))"
    r"(?:[T _-]?(\d{1,2})(?:[:：.-](\d{2})|时(\d{2})?分?|(\d{2})))?(?!\d)"
)


@dataclass(frozen=True)
class Taken:
    """What became of one file. `refusal` is set when nothing of it was taken in."""

    name: str
    as_of: datetime
    accepted: int = 0
    rejected: int = 0
    repeated: bool = False
    refusal: Said | None = None


def empty(folder: Path, author: str, store: Store, received_at: datetime) -> list[Taken]:
    """Take in every report in `folder`, in the order of their names, and move each to done/ or refused/.

    The moment that a file is of stands in its name (2020-11-05T17:00, 20201105-1700, 2020年11月5日17时; a day
    alone means its end), else it is when the file was last written. A file that is still being written is
    left for the next time. Done again after a crash, it changes nothing: the same file for the same moment
    is known.
    """
    folder.mkdir(parents=True, exist_ok=True)
    zone = store.plan().zone
    return [_take(file, author, store, zone, received_at) for file in files_in(folder, received_at)]


def files_in(folder: Path, now: datetime) -> list[Path]:
    """Reports in the folder that nobody is writing any more."""
    found = []
    for file in sorted(folder.iterdir()):
        ours = file.is_file() and file.suffix.lower() in SUFFIXES and not file.name.startswith((".", "~$"))
        if ours and now - _written(file, UTC) >= STILL_WRITTEN:
            found.append(file)
    return found


def as_of_file(file: Path, zone: tzinfo) -> datetime:
    """The moment that a report is of: what its name says, else when it was last written."""
    dated = _DATED.search(file.stem)
    written = _written(file, zone)
    if dated is None:
        return written
    year, *rest = dated.groups()
    month, day = (int(part) for part in (rest[0] or rest[2] or rest[4], rest[1] or rest[3] or rest[5]))
    hour, minute = rest[6], rest[7] or rest[8] or rest[9] or "0"
    try:
        named = datetime(int(year), month, day, tzinfo=zone)
        if hour is not None:
            return named.replace(hour=int(hour), minute=int(minute))
    except ValueError:
        return written
    return min(named + timedelta(days=1), max(written, named))


def _take(file: Path, author: str, store: Store, zone: tzinfo, received_at: datetime) -> Taken:
    as_of = as_of_file(file, zone)
    try:
        receipt = take_in(store, file, as_of, author, received_at)
    except Refusal as refusal:
        moved = _move(file, REFUSED)
        moved.with_name(f"{moved.name}.why.txt").write_text(f"{refusal.said.zh}\n{refusal.said.en}\n", encoding="utf-8")
        return Taken(file.name, as_of, refusal=refusal.said)
    if receipt.rejections:
        aside = file.parent / REFUSED
        aside.mkdir(exist_ok=True)
        shutil.copy2(receipt.rejections, _unused(aside / f"{file.stem}-{Path(receipt.rejections).name}"))
    _move(file, DONE)
    return Taken(file.name, as_of, receipt.accepted, receipt.rejected, receipt.repeated)


def _move(file: Path, aside: str) -> Path:
    target = file.parent / aside
    target.mkdir(exist_ok=True)
    return file.replace(_unused(target / file.name))


def _unused(path: Path) -> Path:
    """`path`, or the same with a number where a file of that name is there already."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _written(file: Path, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(int(file.stat().st_mtime), zone)
