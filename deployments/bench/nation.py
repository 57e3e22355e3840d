"""A plan of forty requirements over fifty indicators, and the nation's offices and figures, for the bench."""

from __future__ import annotations

import polars as pl

from deployments.demo.synthetic.national import national_readings, national_units
from models.plan.files import read_plan
from models.plan.model import Plan
from models.rules.judging.tree import NAMES
from models.rules.loading.unit_files import read_units

REQUIREMENTS = 40
INDICATORS = 50
NOW = "2020-09-01T09:00"


def plan_text() -> str:
    """The bench's plan: two indicators a requirement, one of them in a ratio."""
    lines = ["census: bench", "title: 测速方案", "standard_time: 2020-11-01T00:00:00+08:00", "indicators:"]
    lines += [f"  i{n:02d}: {{title: 指标{n}, level: township, roll_up: sum}}" for n in range(INDICATORS)]
    lines += [
        "ladders:",
        "  standard:",
        "    - {id: remind, at: -7d, to: [unit.owner]}",
        "    - {id: overdue, at: +0d, to: [unit.owner, unit.leader]}",
        "    - {id: superior, at: +1wd, to: [superior.owner]}",
        "phases:",
        "  - {id: bench, title: 测速, starts: T-300d, ends: T, requirements: [",
    ]
    for n in range(REQUIREMENTS):
        met_when = f"i{n:02d} >= {n % 7} and i{n + 10:02d} / i{n + 5:02d} > 0.01"
        lines.append(
            f'      {{id: r{n:02d}, title: 要求{n}, judged_at: township, met_when: "{met_when}", due: T-{100 - n}d, ladder: standard}},'
        )
    return "\n".join([*lines, "  ]}"])


def bench_plan() -> Plan:
    return read_plan(["bench.yaml"], {"bench.yaml": plan_text()}.__getitem__).plan


def nation_units() -> pl.DataFrame:
    """unit, name, level, superior of the real divisions down to the township."""
    rows = national_units().with_row_index("row", offset=2).with_columns(pl.col("row").cast(pl.Int64))
    return read_units(rows, "units.csv")


def wide_figures() -> pl.DataFrame:
    """One row a township, one column an indicator: what the bare evaluation starts from. Synthetic."""
    names = [f"i{n:02d}" for n in range(INDICATORS)]
    return national_readings(names).rename({"code": "unit"}).with_columns(pl.col(names).cast(pl.Float64))


def long_readings(wide: pl.DataFrame) -> pl.DataFrame:
    """The same figures as the store hands them out: one row a reading."""
    return (
        wide.unpivot(index="unit", variable_name="indicator", value_name="value")
        .drop_nulls()
        .with_columns(
            reported=pl.lit(None, pl.Int64),
            expected=pl.lit(None, pl.Int64),
            as_of=pl.lit(1_590_000_000_000_000, pl.Int64),
        )
        .cast({"indicator": NAMES, "unit": NAMES})
    )
