"""What an office needs to know of its districts, and which of its readings a report changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from models.plan.model import Indicator, Plan
from models.rules.intake.districts import brought, figures, needed_at, reported_behind, unit_of, within
from models.rules.registers.frames import CODE
from models.units import Level
from tasks.intake.readings import HELD

LEVELS: tuple[Level, ...] = ("township", "village")


@dataclass(frozen=True)
class Needs:
    """Which district indicators have readings at townships and at villages."""

    plan: Plan
    indicators: Mapping[Level, Sequence[Indicator]]
    villages: pl.Series
    """The villages that are units; others have no readings."""

    @classmethod
    def of(cls, plan: Plan, villages: pl.Series) -> Needs:
        levels = LEVELS if villages.len() else LEVELS[:1]
        return cls(plan, {level: found for level in levels if (found := needed_at(plan, level))}, villages)

    @property
    def names(self) -> set[str]:
        return {indicator.id for found in self.indicators.values() for indicator in found}

    @property
    def reported_names(self) -> set[str]:
        """What districts report of all that is needed."""
        asked = (indicator for found in self.indicators.values() for indicator in found)
        return {name for indicator in asked for name in reported_behind(indicator, self.plan)}

    def figures(self, state: pl.DataFrame, as_of: int) -> pl.DataFrame:
        """The figures of all townships and villages with a district in `state`."""
        parts = [figures(state, found, self.plan, level, as_of) for level, found in self.indicators.items()]
        return (
            self._of_units(parts) if parts else pl.DataFrame(schema={**HELD, "live": pl.Boolean, "fresh": pl.Boolean})
        )

    def brought(self, rows: pl.DataFrame) -> pl.DataFrame:
        """indicator, unit: what a report brings figures of."""
        parts = [brought(rows, found, self.plan, level) for level, found in self.indicators.items()]
        return self._of_units(parts) if parts else pl.DataFrame(schema={"indicator": pl.String, "unit": pl.Int64})

    def _of_units(self, parts: list[pl.DataFrame]) -> pl.DataFrame:
        if "village" in self.indicators:
            parts[-1] = parts[-1].filter(pl.col("unit").is_in(self.villages.implode()))
        return pl.concat(parts)


def townships_of(rows: pl.DataFrame) -> pl.Series:
    """The townships in which districts lie, in order."""
    return rows.select(unit_of("township").rle().struct.field("value").unique().sort().alias(CODE)).to_series()


def units_below(state: pl.DataFrame, townships: pl.Series, needs: Needs) -> pl.Series:
    """The townships, and their villages where villages have readings."""
    parts = [townships]
    if "village" in needs.indicators:
        parts.append(within(state, townships).select(unit_of("village")).to_series().unique())
    return pl.concat(parts)


def differing(found: pl.DataFrame, brought: pl.DataFrame, held: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """Figures that ought to stand at `as_of` and do not stand there as they are."""
    both = found.join(brought.with_columns(brought=True), on=["indicator", "unit"], how="left").join(
        held.with_columns(held=True), on=["indicator", "unit"], how="left", suffix=":held"
    )
    owed = pl.col("brought").fill_null(False) | (pl.col("live") & pl.col("fresh")) | pl.col("held").fill_null(False)
    same = [pl.col(name).eq_missing(pl.col(f"{name}:held")) for name in ("value", "reported", "expected")]
    stands = pl.col("held").fill_null(False) & pl.all_horizontal(same)
    return as_held(both.filter(owed & ~stands), as_of)


def as_held(found: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """Figures as readings of a moment: HELD."""
    return found.with_columns(pl.lit(as_of, pl.Int64).alias("as_of")).select(HELD.names())
