"""A part of what is judged (所问范围): the offices at and below one, of whose rows alone a question about that one need read."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from models.rules.registers.frames import CODE
from models.rules.registers.kept_files import KeptFiles
from models.rules.registers.keys import AREA
from models.tables import RegisterState
from models.units import Level


@dataclass(frozen=True, eq=False)
class Part:
    """The offices at and below one, where somebody asks about no others. level: of that one; roots: every code there begins
    with one of these."""

    level: Level
    units: pl.Series
    roots: tuple[str, ...]

    @classmethod
    def of(cls, units: pl.DataFrame, scope: str) -> Part:
        """units: `scope` and everything below it, with their levels."""
        roots = list[str]()
        for code in units["unit"].sort():
            if not (roots and code.startswith(roots[-1])):
                roots.append(code)
        (level,) = units.filter(pl.col("unit") == scope)["level"]
        return cls(level, units["unit"], tuple(roots))

    def only(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Those rows of a frame whose `unit` is one of these offices."""
        return frame.filter(pl.col("unit").is_in(self.units.cast(frame.schema["unit"]).implode()))

    def lying(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Those rows of a register that lie here; some whose office is not one of these may be among them."""
        return rows.filter(pl.any_horizontal(pl.col(CODE).str.starts_with(root) for root in self.roots))

    def narrowed(self, states: list[RegisterState]) -> list[RegisterState]:
        """The states of a register without the files of areas (`area_of`) in which nothing lies here."""
        areas = {root[:AREA] for root in self.roots}
        if any(len(one) < AREA for one in areas):
            return states
        return [
            RegisterState(
                register=one.register,
                province=one.province,
                batch=one.batch,
                until=one.until,
                files=KeptFiles.read(one.files).within(areas).text,
            )
            for one in states
        ]
