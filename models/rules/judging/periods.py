"""Readings of a period (期): what was reported within it, by each office and each district, and nothing older.

Frames of readings: indicator, unit (both categorical), value, reported, expected, as_of, in order of indicator, unit and
moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import polars as pl

from models.moments import micros
from models.plan.districts_known import counts_of_districts
from models.plan.model import Plan, Requirement
from models.plan.periods import Period, Rhythm, within_period
from models.rules.judging.tree import NAMES

_PAIR = ["indicator", "unit"]


@dataclass(frozen=True)
class PeriodNames:
    """The names of the readings that periodic requirements are judged on.

    offices: indicators that offices report; districts: those of districts, whose readings under this name tell how
    many districts are known; within: those that count a period alone, each with its own indicator.
    """

    offices: frozenset[str]
    districts: frozenset[str]
    within: frozenset[str]

    @classmethod
    def of(cls, plan: Plan, requirements: Iterable[Requirement]) -> PeriodNames:
        """Of those of `requirements` that are owed period by period."""
        rhythms = {(name, rhythm) for r in requirements if (rhythm := plan.rhythm(r)) for name in plan.behind[r.key]}
        of_districts = {(name, rhythm) for name, rhythm in rhythms if plan.indicators[name].level == "district"}
        names, districts = {name for name, _ in rhythms}, {name for name, _ in of_districts}
        if districts:
            # every report of districts tells how many there are, whatever else is in it
            districts |= counts_of_districts(plan)
        return cls(
            frozenset(names - districts),
            frozenset(districts),
            frozenset(within_period(name, rhythm) for name, rhythm in of_districts),
        )

    @property
    def all(self) -> frozenset[str]:
        return self.offices | self.districts | self.within


def last_of_each(readings: pl.DataFrame) -> pl.DataFrame:
    """Of readings in order of indicator, unit and moment the last one of each indicator and unit."""
    same = (pl.col("indicator") == pl.col("indicator").shift(-1)) & (pl.col("unit") == pl.col("unit").shift(-1))
    return readings.filter(~same.fill_null(False))


def readings_within(history: pl.DataFrame, period: Period, names: PeriodNames) -> pl.DataFrame:
    """The readings that hold in a period, by the names of their indicators.

    history: readings of `names` from the beginning of the period, and the last before it of `names.districts`. Where no
    district of an office reported in the period, its reading has no value, and counts how many it has: none of so many.
    """
    begins, ends = micros(period.starts), micros(period.ends)
    if not names.districts:
        return last_of_each(history.filter((pl.col("as_of") >= begins) & (pl.col("as_of") < ends)))
    before_end = history.filter(pl.col("as_of") < ends)
    inside = before_end.filter(pl.col("as_of") >= begins)
    offices = last_of_each(inside.filter(_named(names.offices)))
    own = _of_rhythm(inside, period.rhythm, names.districts)
    latest = last_of_each(before_end.filter(_named(names.districts)))
    # a report that was taken in before periods were counted by themselves has but the one reading
    counted_once = latest.filter(pl.col("as_of") >= begins).join(own, on=_PAIR, how="anti")
    reported = pl.concat([offices, own, counted_once])
    silent = _silent(latest, names.districts).join(reported, on=_PAIR, how="anti")
    return pl.concat([reported, silent.select(history.columns)]).sort(_PAIR)


def all_told(
    readings: pl.DataFrame, unread: int, periods: Iterable[Period], pairs: Collection[tuple[str, str]]
) -> bool:
    """Whether `readings` tell the last reading within each of `periods` of each of `pairs` (indicator, unit), where no other is
    of a later moment than `unread` (microseconds)."""
    for period in periods:
        begins, ends = micros(period.starts), micros(period.ends)
        if unread < begins:
            continue
        known = readings.filter((pl.col("as_of") > unread) & (pl.col("as_of") >= begins) & (pl.col("as_of") < ends))
        if not set(known.select(pl.col(_PAIR).cast(pl.String)).iter_rows()).issuperset(pairs):
            return False
    return True


def _named(names: Collection[str]) -> pl.Expr:
    return pl.col("indicator").is_in(pl.Series(sorted(names), dtype=NAMES).implode())


def _of_rhythm(inside: pl.DataFrame, rhythm: Rhythm, districts: Collection[str]) -> pl.DataFrame:
    """The last readings that count one rhythm's period alone, by the names of their indicators."""
    plain = {within_period(name, rhythm): name for name in districts}
    found = last_of_each(inside.filter(_named(plain)))
    own = pl.col("indicator").cast(pl.String).replace_strict(plain, return_dtype=pl.String).cast(NAMES)
    return found.with_columns(indicator=own)


def _silent(latest: pl.DataFrame, districts: Collection[str]) -> pl.DataFrame:
    """For every office with districts and each of their indicators a reading of nothing, by none of its districts."""
    known = latest.group_by("unit").agg(pl.col("expected").max())
    names = pl.DataFrame({"indicator": sorted(districts)}, schema={"indicator": pl.String})
    return known.join(names.select(pl.col("indicator").cast(NAMES)), how="cross").with_columns(
        value=pl.lit(None, pl.Float64),
        reported=pl.lit(0, pl.Int64),
        as_of=pl.lit(None, pl.Int64),
    )
