"""From reports of districts to the readings of townships and villages, whatever the order of the reports.

A reading at a moment is what all reports up to that moment make of the districts known by then. A report
writes readings at its own moment: for what it brings figures of, and, where it brings new districts, for
what was reported before. A report that is as of earlier than others of the same place also changes what
those made of it; the readings at their moments are computed again, and those that differ are added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import polars as pl
from sqlalchemy import Connection

from models.plan.model import Indicator, Plan
from models.rules.intake.districts import (
    CODE,
    KNOWN,
    brought,
    figures,
    fill_from,
    needed_at,
    open_columns,
    overlay,
    unit_of,
    within,
)
from models.units import Level
from tasks.intake.archive import Archived, read_districts, shared_prefix
from tasks.intake.latest_districts import DistrictState, Write, archived_districts, by_province, cities_of
from tasks.intake.readings import HELD, held_readings

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


def take_districts(
    connection: Connection,
    state: DistrictState,
    needs: Needs,
    rows: pl.DataFrame,
    as_of: int,
    report: str,
    write: Write,
) -> list[pl.DataFrame]:
    """Lay a report's districts over the state, save it through `write`, and return the readings that follow: HELD.

    rows: code and indicators in code order. The state must be the one before this report.
    """
    later = archived_districts(connection, as_of)
    readings = []
    for province, part in by_province(rows):
        latest = state.read(cities_of(part))
        prefix = shared_prefix(part[CODE])
        disturbed = [archived for archived in later if archived.may_speak_of(prefix)]
        if disturbed:
            latest, found = _take_late(
                connection=connection,
                home=state.home,
                needs=needs,
                latest=latest,
                rows=part,
                as_of=as_of,
                later=disturbed,
            )
            readings += found
        else:
            latest = overlay(latest, part, as_of)
            readings.append(_at_once(needs, latest, part, as_of))
        state = state.with_part(report, province, latest, write)
    state.save(report, write)
    return readings


def _at_once(needs: Needs, state: pl.DataFrame, rows: pl.DataFrame, as_of: int) -> pl.DataFrame:
    found = needs.figures(within(state, _townships(rows)), as_of)
    brought = needs.brought(rows).with_columns(brought=True)
    found = found.join(brought, on=["indicator", "unit"], how="left")
    owed = pl.col("brought").fill_null(False) | (pl.col("live") & pl.col("fresh"))
    return _as_held(found.filter(owed), as_of)


def _take_late(
    connection: Connection,
    home: Path,
    needs: Needs,
    latest: pl.DataFrame,
    rows: pl.DataFrame,
    as_of: int,
    later: Sequence[Archived],
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The latest state after a report as of earlier than others, and the readings at its moment and theirs."""
    townships = _townships(rows)
    elsewhere = latest.filter(~(unit_of("township").is_in(townships.implode())))
    earlier = [archived for archived in archived_districts(connection) if archived.as_of <= as_of]
    then = _state_at(home, within(latest, townships), rows, as_of, earlier)
    now, disturbed = _follow(
        connection=connection, home=home, needs=needs, state=then, later=later, townships=townships
    )
    merged = pl.concat([elsewhere, now], how="diagonal_relaxed").sort(CODE)
    return merged, [_at_once(needs, then, rows, as_of), *disturbed]


def _state_at(
    home: Path, latest: pl.DataFrame, rows: pl.DataFrame, as_of: int, earlier: Sequence[Archived]
) -> pl.DataFrame:
    """The state of some townships at `as_of`, `rows` laid over the reports before them.

    Reports are read backwards, each only for the indicators that still have empty cells.
    """
    known = overlay(latest.select(CODE, KNOWN), rows.select(CODE), as_of)
    state = known.filter(pl.col(KNOWN) <= as_of).join(rows, on=CODE, how="left", maintain_order="left")
    untold = [name for name in latest.columns if name not in state.columns]
    state = state.with_columns(pl.lit(None, latest.schema[name]).alias(name) for name in untold)
    townships, prefix = _townships(rows), shared_prefix(rows[CODE])
    for archived in reversed(earlier):
        if not archived.may_speak_of(prefix):
            continue
        wanted = open_columns(state, latest)
        if not wanted:
            break
        state = fill_from(state, read_districts(home, archived, wanted, townships))
    return state


def _follow(
    connection: Connection,
    home: Path,
    needs: Needs,
    state: pl.DataFrame,
    later: Sequence[Archived],
    townships: pl.Series,
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Lay later reports over the state of some townships, moment by moment; returns the last state and the readings that differ."""
    readings = []
    for as_of, reports in groupby(later, key=lambda archived: archived.as_of):
        brought = []
        for archived in reports:
            rows = read_districts(home, archived, None, townships)
            brought.append(needs.brought(rows))
            state = overlay(state, rows, as_of) if rows.height else state
        pairs = pl.concat(brought).unique()
        units = _units_below(state, townships, needs)
        held = held_readings(connection, needs.names, as_of, as_of, units)
        readings.append(_differing(needs.figures(within(state, townships), as_of), pairs, held, as_of))
    return state, readings


def _differing(found: pl.DataFrame, brought: pl.DataFrame, held: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """Figures that ought to stand at `as_of` and do not stand there as they are."""
    both = found.join(brought.with_columns(brought=True), on=["indicator", "unit"], how="left").join(
        held.with_columns(held=True), on=["indicator", "unit"], how="left", suffix=":held"
    )
    owed = pl.col("brought").fill_null(False) | (pl.col("live") & pl.col("fresh")) | pl.col("held").fill_null(False)
    same = [pl.col(name).eq_missing(pl.col(f"{name}:held")) for name in ("value", "reported", "expected")]
    stands = pl.col("held").fill_null(False) & pl.all_horizontal(same)
    return _as_held(both.filter(owed & ~stands), as_of)


def _as_held(found: pl.DataFrame, as_of: int) -> pl.DataFrame:
    return found.with_columns(pl.lit(as_of, pl.Int64).alias("as_of")).select(HELD.names())


def _townships(rows: pl.DataFrame) -> pl.Series:
    return rows.select(unit_of("township")).to_series().unique().sort()


def _units_below(state: pl.DataFrame, townships: pl.Series, needs: Needs) -> pl.Series:
    """The townships, and their villages where villages have readings."""
    parts = [townships]
    if "village" in needs.indicators:
        parts.append(within(state, townships).select(unit_of("village")).to_series().unique())
    return pl.concat(parts)
