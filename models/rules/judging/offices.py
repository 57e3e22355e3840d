"""The offices of a judgement: who there is at each level, who answers to whom, and which rows they are in frames of figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl

from models.rules.judging.tree import covered, row_numbers
from models.units import Level


@dataclass(frozen=True, eq=False)
class Offices:
    """Who there is at each level and who answers to whom, looked up once for all figures of a judgement.

    units: unit, level …; chains: `tree.above(units)`. covered_by: for units of overlays those at and below them, where
    `units` alone do not tell. times: how often each office stands, once for each of so many periods, those of one period behind
    those of the one before it.
    """

    units: pl.DataFrame
    chains: pl.DataFrame
    covered_by: Mapping[str, pl.Series] = field(default_factory=dict, repr=False)
    times: int = 1
    _found: dict[tuple[Level, ...], pl.DataFrame] = field(default_factory=dict, repr=False)

    def in_periods(self, times: int) -> Offices:
        """The same offices, each once for each of so many periods."""
        return self if times == self.times else replace(self, times=times)

    def covered(self, scope: str) -> pl.Series:
        """The offices at and below the unit of an overlay."""
        return self.covered_by[scope] if scope in self.covered_by else covered(self.units, scope)

    def once(self, level: Level) -> pl.Series:
        """The offices of a level in code order."""
        if (level,) not in self._found:
            self._found[level,] = self.units.filter(pl.col("level") == level).select(pl.col("unit").sort())
        return self._found[level,]["unit"]

    def at(self, level: Level) -> pl.Series:
        """The same for each period: the rows of a frame of figures."""
        own = self.once(level)
        return own if self.times == 1 else pl.concat([own] * self.times)

    def placed(self, readings: pl.DataFrame, level: Level) -> pl.DataFrame:
        """Readings of offices of a level with the `row` of each among those `at` it, null for one that is not there.

        readings: with `period`, the place of each one's period, where there are several.
        """
        own = self.once(level)
        row = row_numbers(readings["unit"], own)
        if self.times > 1:
            row = row + readings["period"] * len(own)
        return readings.with_columns(row.alias("row"))

    def rows_below(self, base: Level, level: Level) -> pl.DataFrame:
        """`below` by rows of those `at` both levels: row, above."""
        pairs, own, over = self.below(base, level), self.once(base), self.once(level)
        rows = pl.DataFrame(
            [row_numbers(pairs["unit"], own).alias("row"), row_numbers(pairs["ancestor"], over).alias("above")]
        )
        if self.times == 1:
            return rows
        return pl.concat(
            rows.with_columns(pl.col("row") + n * len(own), pl.col("above") + n * len(over)) for n in range(self.times)
        )

    def below(self, base: Level, level: Level) -> pl.DataFrame:
        """Every office of `base` with those of `level` that it answers to: unit, ancestor."""
        if (base, level) not in self._found:
            own = (pl.col("level") == base) & (pl.col("level_above") == level)
            self._found[base, level] = self._pairs.filter(own).select("unit", "ancestor")
        return self._found[base, level]

    @cached_property
    def _pairs(self) -> pl.DataFrame:
        """Every office with each above it, and the levels of both: unit, ancestor, level, level_above."""
        levels = self.units.select("unit", "level")
        pairs = self.chains.filter(pl.col("depth") > 0).select("unit", "ancestor")
        above = levels.select(ancestor="unit", level_above="level")
        return pairs.join(levels, on="unit", maintain_order="left").join(above, on="ancestor", maintain_order="left")
