"""Names of units (单位名称) where a code is asked for: which unit one means, if it is only one.

A unit may be called by its name alone or with those of its superiors before it (太原市小店区), and a code may stand with
it (小店区（140105）). Two units of one name, of which China has many, are told apart by the level that is asked for and
by the area of whoever names them; where that is not enough nobody guesses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from models.text import name_key
from models.units import DIGITS
from models.wording import Said

_CODE = re.compile("[0-9]{2,15}")
_BRACKETS = "()-_:、"
_MOST_SHOWN = 5
_FEWEST_SIGNS = 2
"""Of a name that is completed: 小店 may be 小店区, 小 may be anything."""


@dataclass(frozen=True)
class Named:
    """A unit that a name may mean. path: its name after those of its superiors."""

    code: str
    name: str
    level: str
    path: str

    @property
    def shown(self) -> str:
        """The unit as a reader can tell it from another of its name: 140105 太原市小店区."""
        return f"{self.code} {self.path}"


@dataclass(frozen=True)
class UnitNames:
    """All units by what they are called."""

    by_key: Mapping[str, tuple[Named, ...]]

    @classmethod
    def of(cls, units: pl.DataFrame) -> UnitNames:
        """units: unit, name, level, superior (null at the top)."""
        rows = {row[0]: row[1:] for row in units.select("unit", "name", "level", "superior").iter_rows()}
        found: dict[str, list[Named]] = {}
        for code, (name, level, superior) in rows.items():
            ways = [name]
            while superior in rows and len(ways) < len(DIGITS):
                ways.append(rows[superior][0] + ways[-1])
                superior = rows[superior][2]
            named = Named(code, name, level, ways[1] if len(ways) > 1 else name)
            for key in dict.fromkeys(map(name_key, ways)):
                found.setdefault(key, []).append(named)
        return cls({key: tuple(units) for key, units in found.items()})

    def meant(self, text: str, levels: Collection[str] = (), areas: Iterable[str] = ()) -> tuple[Named, ...]:
        """The units that `text` may mean: none, one, or several that nothing here tells apart.

        levels: that are asked for, if any of these is meant. areas: codes of offices; each in turn leaves only the units
        at and below it, as long as there are several and some of them are there.
        """
        code = _CODE.search(text)
        words = text.replace(code[0], "", 1) if code else text
        found = self.by_key.get(name_key(words).strip(_BRACKETS), ())
        if code:
            found = tuple(one for one in found if code[0] in (one.code, one.code.ljust(DIGITS["village"], "0")))
        found = tuple(one for one in found if one.level in levels) or found
        for area in areas:
            within = tuple(one for one in found if one.code.startswith(area))
            found = within if len(found) > 1 and within else found
        return found

    def near(self, text: str) -> tuple[Named, ...]:
        """Units whose name `text` begins, to ask whether one of them was meant."""
        key = name_key(text)
        if len(key) < _FEWEST_SIGNS:
            return ()
        return tuple(
            {one.code: one for name, units in self.by_key.items() if name.startswith(key) for one in units}.values()
        )

    def area_of(self, author: str) -> str:
        """The code of the office in whose name `author` reports (小店区普查办); "" where that is not clear."""
        key = name_key(author)
        begins = max(
            (name for name in (key[:end] for end in range(len(key), 1, -1)) if name in self.by_key), key=len, default=""
        )
        found = self.by_key.get(begins, ())
        return found[0].code if len(found) == 1 else ""


def common_area(codes: Iterable[str]) -> str:
    """The code of the smallest office that may have all these units below it; "" for none."""
    listed = list(codes)
    shortest = min(map(len, listed), default=0)
    areas = ({code[:digits] for code in listed} for digits in (9, 6, 4, 2) if digits < shortest)
    return next((area.pop() for area in areas if len(area) == 1), "")


def several(found: Collection[Named]) -> Said:
    """Why a name that means several units is refused, with all that it may mean."""
    listed = "；".join(one.shown for one in list(found)[:_MOST_SHOWN])
    more = len(found) - _MOST_SHOWN
    return Said(
        f"同名单位有 {len(found)} 个（{listed}{'等' if more > 0 else ''}），请填写区划代码",
        f"{len(found)} units have this name ({listed}{f' and {more} more' if more > 0 else ''}); give the code",
    )


def unknown(near: Collection[Named]) -> Said:
    """Why a name that means no unit is refused, with those that it may be short for."""
    if not near:
        return Said("单位名录中没有这个名称，请填写区划代码", "no unit has this name; give the code")
    listed = "；".join(one.shown for one in list(near)[:_MOST_SHOWN])
    return Said(
        f"单位名录中没有这个名称，是否为 {listed}？请填写区划代码",
        f"no unit has this name; is it {listed}? Give the code",
    )
