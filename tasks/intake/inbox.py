"""The inbox (收件夹): a folder into which reports are laid; each file is taken in once and moved aside."""

from __future__ import annotations

import logging
import os
import re
import shutil
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from sqlalchemy.exc import InterfaceError, OperationalError

from models.personal import PERSONAL, RespondentsData, personal_in
from models.wording import Refusal, Said
from tasks.campaign.store import Store
from tasks.files.looked_through import person_in
from tasks.files.received import shown_name
from tasks.intake.intake import known_offices, take_in
from tasks.intake.marked_copies import copy_name, mark_copy, unused
from tasks.intake.rejections import cut
from tasks.intake.tell_refused import tell_refused

DONE, REFUSED = "done", "refused"
STILL_WRITTEN, UNFINISHED = timedelta(seconds=5), timedelta(days=1)
_PARTIAL = frozenset({".tmp", ".part", ".crdownload", ".download"})
"""What copying programs call a file that is not there as a whole yet."""
_LONGEST_STEM = 160
"""Bytes; a disk takes 255, and a number, .why and .txt stand behind."""
log = logging.getLogger(__name__)

_DATED = re.compile(
    r"(?<!\d)(20\d{2})(?:[-.](\d{1,2})[-.](\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))"
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

    The moment that a file is of stands in its name (2020-11-05T17:00, 20201105-1700, 2020.11.5, 2020年11月5日17时; a day
    alone means its end), else it is when the file was last written. A file that is still being written is
    left for the next time. Done again after a crash, it changes nothing: the same file for the same moment
    is known. What is refused is told to the office that its name begins with, and to the administrator.
    OSError, after all others were taken, where a file cannot be moved aside.
    """
    folder.mkdir(parents=True, exist_ok=True)
    zone = store.plan().zone
    taken: list[Taken] = []
    stuck: list[OSError] = []
    for file in files_in(folder, received_at):
        try:
            taken.append(_take(file, author, store, zone, received_at))
        except OSError as fault:
            if os.path.lexists(file):  # else somebody took it back meanwhile
                log.error("%s could not be moved aside: %s", shown_name(file), type(fault).__name__)
                stuck.append(fault)
    refused = [(one.name, one.refusal) for one in taken if one.refusal]
    if refused:
        tell_refused(store, refused, received_at)
    if stuck:
        raise stuck[0]
    return taken


def files_in(folder: Path, now: datetime) -> list[Path]:
    """What lies in the folder and nobody is writing any more, of whatever kind."""
    found = []
    for file in sorted(folder.iterdir(), key=lambda file: os.fsencode(file.name)):
        try:
            state = file.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISDIR(state.st_mode) or file.name.startswith((".", "~$")):
            continue
        patience = UNFINISHED if file.suffix.lower() in _PARTIAL else STILL_WRITTEN
        if now - datetime.fromtimestamp(int(state.st_mtime), UTC) >= patience:
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
    """Take in one file, or set it aside with the reason: whatever is wrong with it is its own."""
    name = shown_name(file)
    try:
        if not stat.S_ISREG(file.lstat().st_mode):
            raise Refusal(
                f"{name} 不是普通文件（可能是链接、管道或设备），请改放普通文件",
                f"{name} is no plain file but a link, a pipe or a device; lay down a plain file",
            )
        as_of = as_of_file(file, zone)
        receipt = take_in(store, file, as_of, author, received_at)
        for table in receipt.tables:
            if table.rejections:
                aside = file.parent / REFUSED
                aside.mkdir(exist_ok=True)
                shutil.copy2(table.rejections, unused(aside / table.rejections.name))
        lang = store.settings.lang
        mark_copy(file, file.parent / REFUSED / copy_name(Path(_name_aside(file)), lang), receipt, lang)
    except RespondentsData as refusal:
        return _refuse(file, refusal.said, received_at, keep=store.settings.keep_refused)
    except Refusal as refusal:
        return _refuse_otherwise(file, refusal.said, received_at, store)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, and no file's
    except Exception as fault:  # noqa: BLE001 - one file must never stop the next
        log.error("%s could not be read: %s", name, type(fault).__name__)
        said = Said(
            f"{name} 无法读取（{type(fault).__name__}），请另存为 CSV 后再报",
            f"{name} cannot be read ({type(fault).__name__}); save it as CSV and report it again",
        )
        return _refuse_otherwise(file, said, received_at, store)
    _move(file, DONE)
    tables = receipt.tables
    return Taken(
        name,
        as_of,
        sum(table.accepted for table in tables),
        sum(table.rejected for table in tables),
        all(table.repeated for table in tables),
    )


def _refuse_otherwise(file: Path, said: Said, at: datetime, store: Store) -> Taken:
    """Set aside a file with another fault than respondents' data, unless they stand in it all the same."""
    if store.settings.keep_refused or not stat.S_ISREG(file.lstat().st_mode):
        return _refuse(file, said, at)
    in_yuan = {name: one.title for name, one in store.plan().indicators.items() if one.unit == "yuan"}
    with store.reading() as connection:
        townships = known_offices(connection).townships
    kind = person_in(file, amounts={*in_yuan, *in_yuan.values()}, townships=townships)
    if kind is None:
        return _refuse(file, said, at)
    person = PERSONAL[kind]
    said = Said(f"{said.zh}；文件中另有{person.zh}", f"{said.en}; {person.en} stands in the file as well")
    return _refuse(file, said, at, keep=False)


def _refuse(file: Path, said: Said, at: datetime, *, keep: bool = True) -> Taken:
    """Set a file aside with the reason beside it; one with respondents' data goes, unless its owner wants it kept."""
    aside = file.parent / REFUSED
    aside.mkdir(exist_ok=True)
    name = _name_aside(file)
    if keep:
        name = _move(file, REFUSED).name
    else:
        file.unlink()
        gone = Said(
            "原件未予保留，请删除个人信息后重新放入", "the file itself was not kept; lay it down again without them"
        )
        said = Said(f"{said.zh}。{gone.zh}", f"{said.en}; {gone.en}")
    why = unused(aside / f"{name}.why.txt")
    why.write_text(f"{said.zh}\n{said.en}\n", encoding="utf-8")
    return Taken(name, at, refusal=said)


def _move(file: Path, aside: str) -> Path:
    target = file.parent / aside
    target.mkdir(exist_ok=True)
    return file.replace(unused(target / _name_aside(file)))


def _name_aside(file: Path) -> str:
    """What a file is called where it is set aside: readable, not too long for what stands behind, and of no person."""
    name = shown_name(file).replace("/", "_") or "_"
    if personal_in(name):
        return f"—{Path(name).suffix if not personal_in(Path(name).suffix) else ''}"
    stem, suffix = Path(name).stem, cut(Path(name).suffix, 20)
    return f"{cut(stem, _LONGEST_STEM)}{suffix}"


def _written(file: Path, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(int(file.lstat().st_mtime), zone)
