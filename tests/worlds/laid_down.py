"""What loading leaves behind, kept from one test to the next: most tests of a file begin with the same campaign.

Only a campaign that was loaded where nothing lay before is kept: with SQLite its file, with a server its rows.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from worlds.databases import holds_nothing, put_sqlite

MOST_KEPT = 32
"""Tests of one file follow each other in one process, so that few campaigns are asked for again."""
Told = TypeVar("Told")


@dataclass(frozen=True)
class Lying:
    """What lies at a path: its name below some folder, its mode, and its content; None for a folder."""

    name: str
    mode: int
    content: bytes | None


@dataclass(frozen=True)
class LaidDown(Generic[Told]):
    """What a loading left in its folder, and what it said."""

    lying: tuple[Lying, ...]
    told: Told

    def lay(self, folder: Path) -> None:
        """Lay all of it into another folder."""
        for one in self.lying:
            path = folder / one.name
            if one.content is None:
                path.mkdir(parents=True, exist_ok=True)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(one.content)
        for one in reversed(self.lying):  # a folder that may not be written to, once all is in it
            (folder / one.name).chmod(one.mode)


class Loaded(Generic[Told]):
    """Loadings by all that they depend on; of those that were asked for last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, LaidDown[Told]] = OrderedDict()

    def find(self, key: Hashable) -> LaidDown[Told] | None:
        """What was kept of a loading; None for nothing."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def keep(self, key: Hashable, folder: Path, names: Iterable[str], told: Told) -> None:
        """Keep what lies in a folder under some names, with all below them. Nobody may be connected to a database there."""
        paths = [path for name in names for top in sorted(folder.glob(name)) for path in (top, *sorted(top.rglob("*")))]
        lying = (
            Lying(
                str(path.relative_to(folder)),
                path.stat().st_mode & 0o7777,
                None if path.is_dir() else path.read_bytes(),
            )
            for path in paths
        )
        self._kept[key] = LaidDown(tuple(lying), told)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


def is_new(database: Path | None, home: Path) -> bool:
    """True where a data folder holds nothing but, perhaps, an empty database with the product's tables, which is laid down.

    database: None where it is a server's.
    """
    if any(path != database for path in home.rglob("*")):
        return False
    if database is None:
        return True
    if not database.exists():
        put_sqlite(database)
        return True
    return holds_nothing(database)
