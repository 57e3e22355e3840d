"""Fewer than three births or deaths are not shown below county, nor what they could be worked out from."""

from __future__ import annotations

import polars as pl
import pytest
from worlds.plans import plan_in_force

from models.plan.model import Plan
from models.rules.judging.small_cells import births_and_deaths, is_hidden
from models.units import Level

PLAN = """\
census: trial
title: 试验普查
standard_time: 2020-11-01
indicators:
  NAME: {title: TITLE, level: village, roll_up: sum}
  households: {title: 户数, level: village, roll_up: sum}
  rate: {title: 每千户, level: village, sum_where: "NAME * 1000 / households"}
  quiet: {title: 平静的村, level: village, count_where: "rate < 10"}
phases:
  - {id: p, title: 甲, starts: T-9d, ends: T-1d, requirements: [{id: r, title: 乙, judged_at: village, met_when: "NAME > 0", due: T-2d}]}
"""


def plan_of(name: str = "births", title: str = "出生人口") -> Plan:
    """A plan about an indicator, with a rate derived from it and a count derived from the rate."""
    text = PLAN.replace("NAME", name).replace("TITLE", title)
    return plan_in_force(text)


def hides(plan: Plan, name: str, level: Level, **figures: float | None) -> bool:
    frame = pl.DataFrame({column: pl.Series([value], dtype=pl.Float64) for column, value in figures.items()})
    (hidden,) = frame.select(is_hidden(plan, name, level))[:, 0]
    return bool(hidden)


@pytest.mark.parametrize(
    ("value", "indicator", "title", "level", "hidden"),
    [
        (2.0, "births", "出生人口", "township", True),
        (3.0, "births", "出生人口", "township", False),
        (0.0, "deaths_listed", "摸底死亡人口", "village", True),
        (2.0, "births", "出生人口", "county", False),
        (2.0, "funds", "到位经费", "township", False),
        (1.0, "x", "死亡人口", "district", True),
        (None, "births", "出生人口", "township", False),
    ],
)
def test_fewer_than_three_births_or_deaths_are_not_shown_below_county(
    value: float | None, indicator: str, title: str, level: Level, hidden: bool
) -> None:
    assert hides(plan_of(indicator, title), indicator, level, **{indicator: value}) is hidden


@pytest.mark.parametrize(
    ("name", "value", "births", "level", "hidden"),
    [
        ("rate", 20.0, 2.0, "village", True),
        ("rate", 20.0, 3.0, "village", False),
        ("rate", 20.0, 2.0, "county", False),
        ("rate", 20.0, None, "village", False),
        ("rate", None, 2.0, "village", False),
        ("quiet", 2.0, 40.0, "township", True),
        ("quiet", 3.0, 40.0, "township", False),
        ("quiet", 3.0, 2.0, "township", True),
    ],
)
def test_what_is_derived_from_births_is_hidden_with_them_and_where_it_is_small_itself(
    name: str, value: float | None, births: float | None, level: Level, hidden: bool
) -> None:
    assert hides(plan_of(), name, level, **{"births": births, name: value}) is hidden


def test_what_has_nothing_to_do_with_births_or_deaths_is_shown_however_small() -> None:
    assert hides(plan_of("staff", "两员人数"), "quiet", "village", staff=0.0, quiet=1.0) is False


def test_the_births_behind_a_figure_are_found_through_everything_between_and_below_county_alone() -> None:
    assert births_and_deaths(plan_of(), ["quiet", "households"], "township") == {"births"}
    assert births_and_deaths(plan_of(), ["quiet", "births"], "county") == set()
    assert births_and_deaths(plan_of(), ["households"], "village") == set()
