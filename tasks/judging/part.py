"""A part of what is judged (所问范围): the offices at and below some, of whose rows alone a question about these need read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby

import polars as pl

from models.rules.registers.frames import CODE
from models.rules.registers.kept_files import KeptFiles
from models.rules.registers.keys import AREA
from models.tables import RegisterState
from models.units import Level


@dataclass(frozen=True, eq=False)
class Roots:
    """What the codes at and below some offices begin with: each of them with one of these, which come in order."""

    roots: tuple[str, ...]

    @classmethod
    def below(cls, offices: Collection[str], chains: pl.DataFrame) -> Roots:
        """chains: whom every office around answers to."""
        inside = chains.filter(pl.col("ancestor").is_in(pl.Series(sorted(offices), dtype=pl.String).implode()))
        return cls(_roots(inside["unit"].unique()))

    def lying(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Those rows of a register that lie here; some whose office is not one of these may be among them."""
        by_length = groupby(sorted(self.roots, key=len), key=len)
        alike = (pl.col(CODE).str.head(digits).is_in(list(roots)) for digits, roots in by_length)
        return rows.filter(pl.any_horizontal(pl.lit(False), *alike))

    def narrowed(self, states: list[RegisterState]) -> list[RegisterState]:
        """The states of a register without the files of areas (`area_of`) in which nothing lies here."""
        beginnings = tuple({root[:AREA] for root in self.roots})
        kept = ((one, KeptFiles.read(one.files)) for one in states)
        return [
            RegisterState(
                register=one.register,
                province=one.province,
                batch=one.batch,
                until=one.until,
                files=files.within([area for area in files.areas if area.startswith(beginnings)]).text,
            )
            for one, files in kept
        ]


@dataclass(frozen=True, eq=False)
class Part(Roots):
    """The offices at and below one, where somebody asks about no others. level: of that one."""

    level: Level
    units: pl.Series

    @classmethod
    def of(cls, units: pl.DataFrame, scope: str) -> Part:
        """units: `scope` and everything below it, with their levels."""
        (level,) = units.filter(pl.col("unit") == scope)["level"]
        return cls(_roots(units["unit"]), level, units["unit"])

    def only(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Those rows of a frame whose `unit` is one of these offices."""
        return frame.filter(pl.col("unit").is_in(self.units.cast(frame.schema["unit"]).implode()))


def _roots(codes: Iterable[str]) -> tuple[str, ...]:
    roots = list[str]()
    for code in sorted(codes):
        if not (roots and code.startswith(roots[-1])):
            roots.append(code)
    return tuple(roots)
