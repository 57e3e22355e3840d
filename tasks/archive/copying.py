"""What the archive lacks of what the database names, and bringing it over from where it was."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from shutil import copyfile

from sqlalchemy import select
from sqlmodel import col

from models.tables import Batch
from models.wording import Refusal, Said
from tasks.archive.address import open_archive
from tasks.archive.drafts import whole
from tasks.archive.place import REPORTS, Archive
from tasks.archive.seal import fault_of, mark, refuse_another, seal
from tasks.campaign.store import Store


@dataclass(frozen=True)
class Lack:
    """An archive against the database. fault: why it cannot be used at all; missing: names of reports, in order."""

    shown: str
    reports: int
    missing: tuple[str, ...] = ()
    fault: Said | None = None


@dataclass(frozen=True)
class Copied:
    """What was copied, what was there before, and what the old place lacks too."""

    copied: int
    there: int
    nowhere: tuple[str, ...]


def find_lack(store: Store, *, hasty: bool = False) -> Lack:
    """Look at the archive. hasty: for somebody who must not wait long."""
    shown, named = store.settings.archive_url or "PUCHA_HOME", _named(store)
    try:
        archive = open_archive(store, hasty=hasty)
        shown = archive.shown
        with store.reading() as connection:
            fault = fault_of(connection, archive, store)
        there = archive.names(REPORTS)
    except Refusal as refusal:
        return Lack(shown, len(named), fault=refusal.said)
    missing = tuple(name for name in named if name not in there)
    return Lack(shown, len(named), missing, fault)


def copy_reports(store: Store, address: str | None) -> Copied:
    """Copy every report that the archive lacks from another place (PUCHA_HOME for None), each read back and compared.

    May be repeated, or broken off. Refusal where one of both cannot be reached, or the new one is another campaign's.
    """
    old, new = open_archive(store, address or str(store.home.absolute())), open_archive(store)
    named, there = _named(store), new.names(REPORTS)
    wanted = [name for name in named if name not in there]
    with store.reading() as connection:
        refuse_another(connection, new)
    copied, nowhere = 0, []
    for name in wanted:
        try:
            source = old.path_of(name)
        except FileNotFoundError:
            nowhere.append(name)
            continue
        _copy(store, new, name, source)
        copied += 1
    if not nowhere:
        with store.writing() as connection:
            identity = seal(connection, new)
        mark(new, identity)
    return Copied(copied, len(named) - len(wanted), tuple(nowhere))


def _copy(store: Store, new: Archive, name: str, source: Path) -> None:
    draft, before = new.draft(name), _digest(source)
    with whole(draft) as temporary:
        copyfile(source, temporary)
    with store.writing() as connection:
        new.put(connection, name, draft)
    new.read_again(name)  # what this machine kept is not what lies there
    if _digest(new.path_of(name)) != before:
        raise Refusal(
            f"{name} 复制后读回的内容不一致，请检查存档所在的磁盘或网络后重新执行",
            f"{name} reads otherwise after it was copied; check the disk or network of the archive and run this again",
        )


def _named(store: Store) -> list[str]:
    named = select(col(Batch.archive)).where(col(Batch.archive).is_not(None)).order_by(col(Batch.id))
    with store.reading() as connection:
        return [f"{REPORTS}/{name}" for name in connection.execute(named).scalars()]


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()
