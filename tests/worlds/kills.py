"""What an intake that is killed at any step leaves, and what of the archive's files the database speaks of."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from worlds.campaign import Campaign

from models.rules.registers.kept_files import KeptFiles
from tasks.archive.address import open_archive
from tasks.archive.place import REPORTS, STATES
from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store

STEPS = {
    "seal",
    "mark",
    "put_mark",
    "sweep",
    "add_loose",
    "no_longer_loose",
    "replaced",
    "put",
    "save_states",
    "remove",
    "take_in",
    "with_report",
    "_write_part",
    "write_changes",
    "write_report",
}


def nothing_else() -> tuple[str, ...]:
    """What lies outside the data folder, where that is nothing."""
    return ()


def copy_nothing(_: int) -> None:
    """There is nothing outside the data folder."""


@dataclass
class Snapshots:
    """What a process that is killed leaves: the disk and the objects, as they are before and after every step.

    Kills between two steps that leave the same to the last byte are one. objects: what lies outside the data folder.
    """

    campaign: Campaign
    copy_objects: Callable[[int], None] = copy_nothing
    objects: Callable[[], tuple[str, ...]] = nothing_else
    steps: int = 0
    taken: int = 0
    _last: tuple[object, ...] = field(default=(), repr=False)

    def __call__(self, frame: FrameType, event: str, _about: Any) -> None:
        ours = any(f"/tasks/{room}/" in frame.f_code.co_filename for room in ("archive", "intake", "registers"))
        if ours and event in ("call", "return") and frame.f_code.co_name in STEPS:
            self.steps += 1
            found = (contents(self.campaign.store.home), self.objects())
            if found == self._last:
                return
            self._last = found
            home = self.campaign.folder / f"killed-{self.taken}"
            shutil.copytree(self.campaign.store.home, home, ignore=shutil.ignore_patterns(*UNKEPT))
            self.copy_objects(self.taken)
            self.taken += 1

    def open(self, number: int, **settings: Any) -> Campaign:
        """The campaign as the kill left it, for a program that is started again two days later."""
        chosen = Settings(home=self.campaign.folder / f"killed-{number}", _env_file=None, **settings)  # type: ignore[call-arg]
        return Campaign(open_store(chosen), chosen, self.campaign.folder)


UNKEPT = ("*-shm", "cache")
"""Files that a later process makes anew."""


def contents(home: Path) -> dict[str, str]:
    """What lies in a data folder: a digest of each file; of a folder nothing but its name."""
    found = (path for path in home.rglob("*") if not any(path.match(name) for name in UNKEPT))
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in found
    }


def named(campaign: Campaign) -> set[str]:
    """The files that the database speaks of."""
    states = [KeptFiles.read(files).names for (files,) in campaign.rows("SELECT files FROM register_states")]
    reports = {f"{REPORTS}/{name}" for (name,) in campaign.rows("SELECT archive FROM batches")}
    return reports | {name for files in states for name in files}


def lying(campaign: Campaign) -> set[str]:
    """The files that are in the archive."""
    archive = open_archive(campaign.store)
    return archive.names(REPORTS) | archive.names(STATES)


def half_written(home: Path) -> list[Path]:
    """Drafts in the archive's rooms."""
    rooms = (path for room in (REPORTS, STATES) for path in (home / room).rglob("*"))
    return [path for path in rooms if path.suffix in (".draft", ".part")]
