"""Judge the nation: 41 352 townships × 40 requirements, against the bare Polars evaluation of the same expressions."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from deployments.bench.measure import peak_gib, row, tell, timed
from deployments.bench.nation import NOW, bench_plan, long_readings, nation_units, wide_figures
from models.moments import read_moment
from models.rules.chasing import chasing
from models.rules.judging.judging import judge, with_decisions, with_timing
from models.rules.judging.offices import Offices
from models.rules.judging.tree import above
from tasks.campaign.calendars import load_calendar
from tasks.chasing.cases import CASES

_DECISIONS = {
    "unit": pl.String,
    "requirement": pl.String,
    "period": pl.String,
    "waived": pl.Boolean,
    "extended_to": pl.Int64,
}


def main() -> None:
    plan, units, wide = bench_plan(), nation_units(), wide_figures()
    now, calendar = read_moment(NOW, plan.zone), load_calendar(plan.calendar, Path("/nonexistent"))
    conditions = [r.met_when.polars().alias(r.key) for r in plan.requirements]
    in_fractions = [pl.sql_expr(r.met_when.text).alias(r.key) for r in plan.requirements]
    floor, _ = timed(lambda: wide.select(conditions), runs=9)
    inexact, _ = timed(lambda: wide.select(in_fractions), runs=9)
    readings = long_readings(wide)
    bare, _ = timed(lambda: readings.pivot(on="indicator", index="unit", values="value").select(conditions))

    def pass_over(some: pl.DataFrame, own: pl.DataFrame) -> tuple[int, int]:
        judged = judge(plan, Offices(some, above(some)), lambda _: own, calendar, now).verdicts
        verdicts = with_timing(with_decisions(judged, pl.DataFrame(schema=_DECISIONS), plan, calendar), now)
        return verdicts.height, chasing.to_open(chasing.not_met(verdicts), pl.DataFrame(schema=CASES), now).height

    province = units.filter(pl.col("unit").str.starts_with("13"))
    there = readings.filter(pl.col("unit").cast(pl.String).str.starts_with("13"))
    whole, (duties, opened) = timed(lambda: pass_over(units, readings), runs=9)
    part, (duties_there, _) = timed(lambda: pass_over(province, there), runs=9)
    alone, _ = timed(
        lambda: judge(plan, Offices(units, above(units)), lambda _: readings, calendar, now),
        runs=9,
    )
    growth = (whole / duties) / (part / duties_there)
    tell(
        [
            row(
                f"bare evaluation of {len(conditions)} conditions, {wide.height} townships (figures ready, one row a township)",
                f"{floor:.4f} s",
            ),
            row(
                "the same against conditions evaluated in binary fractions, which err on borders",
                f"{floor:.4f} s",
                floor=f"{inexact:.4f} s",
                ratio=floor / inexact,
            ),
            row(
                f"judge from {readings.height} readings: {duties} verdicts with due moments",
                f"{alone:.3f} s",
                floor=f"{floor:.4f} s",
                ratio=alone / floor,
                bound="≤ 20",
                met=alone / floor <= 20,
            ),
            row(
                f"judge, time, and find the {opened} duties to chase",
                f"{whole:.3f} s",
                floor=f"{floor:.4f} s",
                ratio=whole / floor,
                bound="≤ 20; < 10 s",
                met=whole / floor <= 20 and whole < 10,
            ),
            row(
                "the same against Polars laying out the same readings (pivot) and evaluating them",
                f"{alone:.3f} s",
                floor=f"{bare:.3f} s",
                ratio=alone / bare,
            ),
            row(
                "cost per duty, nation against province (Hebei)",
                f"{whole / duties * 1e9:.0f} ns",
                floor=f"{part / duties_there * 1e9:.0f} ns",
                ratio=growth,
                bound="≤ 1.2",
                met=growth <= 1.2,
            ),
            row("peak memory", f"{peak_gib():.2f} GiB", bound="< 2 GiB", met=peak_gib() < 2),
        ]
    )


if __name__ == "__main__":
    main()
