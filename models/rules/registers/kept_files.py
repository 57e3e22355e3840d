"""Which files hold the rows of a province (现状文件): of each area a base, and what has changed of it since.

A file of changes is written by one report, for all the provinces that it speaks of; each row in it says which row of the
base it takes the place of. When changes are laid together, and when the base is written again with them, goes by their numbers
alone: what a report costs follows what it changes, and what a reader pays stays within a share of what holds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

SMALL = 2_000
"""A province of fewer rows is written again as a whole: that costs no more than a file of changes."""
_MOST = 2
"""A report of more than one row in so many of the province writes it again as well."""
_WAITING = 4
"""Changes may come to one row in so many of the base before it is due to be written again …"""
_AT_A_TIME = 2
"""… of which a report writes so many times its own rows, the neediest province first, and never none."""


@dataclass(frozen=True)
class Layers:
    """The files of one area: the base, None where the area has had none yet, and the changes, the oldest first."""

    base: str | None
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeptFiles:
    """The files of a register in one province.

    changes: those of its areas together, the oldest first. rows: how many rows of the province a file has, where that is known.
    """

    areas: Mapping[str, Layers]
    changes: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, bases: Mapping[str, str]) -> KeptFiles:
        """Bases alone, by area."""
        return cls({area: Layers(name) for area, name in bases.items()})

    @classmethod
    def read(cls, text: str) -> KeptFiles:
        """As `text` writes it."""
        found = json.loads(text)
        if "areas" not in found:
            return cls.of(found)
        names = [name for name, _ in found["files"]]
        areas = {
            area: Layers(None if base is None else names[base], tuple(names[place] for place in changes))
            for area, (base, *changes) in found["areas"].items()
        }
        named = {name for layers in areas.values() for name in layers.changes}
        rows = {name: rows for name, rows in found["files"] if rows is not None}
        return cls(areas, tuple(name for name in names if name in named), rows)

    @property
    def text(self) -> str:
        """JSON: the files with their rows, and each area's by number; {area: name} where nothing is known but the bases."""
        if not self.changes and not self.rows:
            return json.dumps({area: layers.base for area, layers in sorted(self.areas.items())})
        names = [*sorted(self.bases), *self.changes]
        place = {name: number for number, name in enumerate(names)}
        areas = {
            area: [None if one.base is None else place[one.base], *(place[name] for name in one.changes)]
            for area, one in sorted(self.areas.items())
        }
        return json.dumps({"files": [[name, self.rows.get(name)] for name in names], "areas": areas})

    @property
    def bases(self) -> set[str]:
        return {layers.base for layers in self.areas.values() if layers.base is not None}

    @property
    def names(self) -> set[str]:
        return {*self.bases, *self.changes}

    @property
    def held(self) -> int:
        """Rows in the bases, as far as they are known."""
        return sum(self.rows.get(name, 0) for name in self.bases)

    @property
    def waiting(self) -> int:
        """Rows in the changes."""
        return sum(self.rows.get(name, 0) for name in self.changes)

    def of_base(self, base: str) -> list[str]:
        """The areas whose rows a base has."""
        return [area for area, layers in self.areas.items() if layers.base == base]

    def within(self, areas: Collection[str] | None) -> KeptFiles:
        """Those of some areas alone (None: all). How many rows of these a base has is not known where it has others too."""
        if areas is None:
            return self
        here = self._only({area: layers for area, layers in self.areas.items() if area in areas})
        part = {layers.base for area, layers in self.areas.items() if area not in areas}
        return replace(here, rows={name: rows for name, rows in here.rows.items() if name not in part})

    def rewritten(
        self, areas: Collection[str] | None, held: Collection[str], name: str, rows: int | None = None
    ) -> KeptFiles:
        """With the base `name`, of so many rows, in place of all files of `areas` (None: all); `held`: those of them that have
        rows now."""
        others = {} if areas is None else {area: one for area, one in self.areas.items() if area not in areas}
        counted = self.rows if rows is None else {**self.rows, name: rows}
        return replace(self, rows=counted)._only({**others, **dict.fromkeys(held, Layers(name))})

    def changed(self, areas: Collection[str], together: Collection[str], name: str, rows: int) -> KeptFiles:
        """With the changes `name`, of so many rows in these areas, in which the changes `together` have been laid too."""
        laid, since = {}, set(together)
        for area in sorted({*self.areas, *areas}):
            layers = self.areas.get(area, Layers(None))
            left = tuple(one for one in layers.changes if one not in since)
            newer = area in areas or len(left) < len(layers.changes)
            laid[area] = Layers(layers.base, (*left, name) if newer else left)
        order = (*(one for one in self.changes if one not in since), name)
        return KeptFiles(laid, order, {**self.rows, name: rows})._only(laid)

    def laid_together(self, told: int) -> tuple[str, ...]:
        """The newest changes that are no more than what comes after them, for a report of so many rows: so there are
        never many, and a row is written again as often as their number doubles."""
        rows, found = told, []
        for name in reversed(self.changes):
            if self.rows.get(name, 0) > rows:
                break
            rows += self.rows.get(name, 0)
            found.append(name)
        return tuple(reversed(found))

    def _only(self, areas: Mapping[str, Layers]) -> KeptFiles:
        """Of these areas, and no file that none of them has."""
        named = {name for layers in areas.values() for name in (layers.base, *layers.changes)}
        rows = {name: rows for name, rows in self.rows.items() if name in named}
        return KeptFiles(areas, tuple(name for name in self.changes if name in named), rows)


def written_again(kept: Mapping[str, KeptFiles], told: Mapping[str, int]) -> set[str]:
    """The provinces whose base a report writes again. told: how many rows of each it has; the rows of all bases are known."""
    at_once, due = set(), []
    for province, files in kept.items():
        held, waiting = files.held, files.waiting + told[province]
        if held < SMALL or waiting > held or told[province] * _MOST > held:
            at_once.add(province)
        elif waiting * _WAITING > held:
            due.append((waiting / held, province))
    neediest = [province for _, province in sorted(due, reverse=True)]
    left = _AT_A_TIME * sum(told.values())
    taken = set(neediest[:1])
    for province in neediest:
        left -= kept[province].held
        if left >= 0:
            taken.add(province)
    return at_once | taken
