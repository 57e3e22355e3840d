"""Fewer than three births or deaths are not shown below county, nor what they could be worked out from."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from worlds.plans import plan_in_force

from models.lawful import counts_births_or_deaths
from models.plan.model import Plan
from models.rules.judging.offices import Offices
from models.rules.judging.rollup import figures
from models.rules.judging.small_cells import ALONE, births_and_deaths, is_hidden, told_apart, with_lone_townships
from models.rules.judging.tree import NAMES, above
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
  - {id: p, title: 甲, starts: T-9d, ends: T-1d, requirements: [{id: r, title: 乙, judged_at: LEVEL, met_when: "households > 0", due: T-2d}]}
"""


def plan_of(
    name: str = "births", title: str = "出生人口", *, level: Level = "village", roll_up: str = "sum", asked: str = ""
) -> Plan:
    """A plan about an indicator, with a rate derived from it and a count derived from the rate.

    level: of the one requirement. asked: what of them it asks for; nothing of them where it is not given.
    """
    text = PLAN.replace("level: village, roll_up: sum", f"level: village, roll_up: {roll_up}", 1)
    text = text.replace("LEVEL", level).replace("households > 0", asked or "households > 0")
    text = text.replace("NAME", name).replace("TITLE", title)
    return plan_in_force(text)


def hides(plan: Plan, name: str, level: Level, alone: bool = False, **figures: float | None) -> bool:
    frame = pl.DataFrame({column: pl.Series([value], dtype=pl.Float64) for column, value in figures.items()})
    (hidden,) = frame.with_columns(pl.lit(alone).alias(ALONE)).select(is_hidden(plan, name, level))[:, 0]
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


def test_the_births_behind_a_figure_are_found_through_everything_between() -> None:
    assert births_and_deaths(plan_of(), ["quiet", "households"]) == {"births"}
    assert births_and_deaths(plan_of(), ["households"]) == set()


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("newborns", "登记数"),
        ("infant_count", "登记数"),
        ("x", "新生儿数"),
        ("x", "出 生 人数"),
        ("x", "出\u200b生人数"),
        ("x", "活产数"),
        ("x", "当年生育数"),
        ("x", "婴儿数"),
        ("x", "去世人数"),
        ("x", "死\u2060亡数"),
        ("x", "注销亡故"),
        ("x", "ＢＩＲＴＨＳ"),
        ("x", "Births, listed"),
        ("mortality", "登记数"),
        ("people_who_died", "登记数"),
        ("deaths2", "登记数"),
        ("birth_errors", "差错"),
    ],
)
def test_births_and_deaths_are_known_however_they_are_called(name: str, title: str) -> None:
    assert counts_births_or_deaths(name, title)


@pytest.mark.parametrize(
    ("name", "title"),
    [("funds", "到位经费"), ("deadlines_kept", "按期上报"), ("embodied", "常驻"), ("x", "新生入学宣传")],
)
def test_what_only_looks_like_births_or_deaths_is_none(name: str, title: str) -> None:
    assert not counts_births_or_deaths(name, title)


@pytest.mark.parametrize(
    ("roll_up", "value", "alone", "hidden"),
    [
        ("sum", 2.0, True, True),
        ("sum", 3.0, True, False),
        ("sum", 2.0, False, False),
        ("min", 2.0, False, True),
        ("max", 2.0, False, True),
        ("mean", 2.9, False, True),
        ("last", 0.0, False, True),
        ("min", 3.0, False, False),
    ],
)
def test_what_a_county_shows_is_no_figure_of_one_place_below_it(
    roll_up: str, value: float, alone: bool, hidden: bool
) -> None:
    plan = plan_of(level="county", roll_up=roll_up, asked="births >= 0 or births < 0")

    assert hides(plan, "births", "county", alone, births=value) is hidden
    assert hides(plan, "rate", "county", alone, births=value, rate=700.0) is hidden


def test_a_figure_about_people_of_whom_no_word_tells_is_taken_for_births() -> None:
    text = PLAN.replace("LEVEL", "village").replace("NAME", "eggs").replace("TITLE", "红蛋")
    plan = plan_in_force(text.replace("roll_up: sum}", "roll_up: sum, about: people}", 1))

    assert hides(plan, "eggs", "village", eggs=2.0) is True
    assert hides(plan, "eggs", "village", eggs=3.0) is False
    assert hides(plan_of("eggs", "红蛋"), "eggs", "village", eggs=2.0) is False


@pytest.mark.parametrize(
    ("asked_at", "level", "hidden"),
    [
        ("county", "township", True),
        ("county", "village", True),
        ("township", "village", True),
        ("township", "township", False),
        ("city", "county", False),
    ],
)
def test_births_that_are_asked_for_above_as_well_are_shown_there_and_nowhere_below_county(
    asked_at: Level, level: Level, hidden: bool
) -> None:
    plan = plan_of(level=asked_at, asked="rate >= 0 or rate < 0")

    assert hides(plan, "births", level, births=40.0) is hidden
    assert hides(plan, "rate", level, births=40.0, rate=20.0) is hidden


@pytest.mark.parametrize(
    ("arrived", "told"),
    [
        ([30.0, 31.0], {30.0}),
        ([30.0, 32.0], {30.0}),
        ([30.0, 33.0], {30.0, 33.0}),
        ([30.0, 33.0, 31.0], {30.0, 33.0}),
        ([30.0, 28.0], {30.0}),
        ([30.0, 30.0], {30.0}),
        ([2.0, 3.0], {3.0}),
        ([30.0, 31.0, 32.0, 33.0], {30.0, 33.0}),
        ([], set()),
    ],
)
def test_no_two_figures_that_are_shown_differ_by_one_or_two_people(arrived: list[float], told: set[float]) -> None:
    assert told_apart(arrived) == told


UNITS = pl.DataFrame(
    {
        "unit": ["13", "1301", "130101", "130101001", "130102", "130102001", "130102002"],
        "level": ["province", "city", "county", "township", "county", "township", "township"],
        "superior": [None, "13", "1301", "130101", "1301", "130102", "130102"],
    }
)
OFFICES = Offices(UNITS, above(UNITS))
NOTHING = pl.DataFrame(schema={"indicator": NAMES, "unit": NAMES, "value": pl.Float64, "as_of": pl.Int64})


def test_a_county_of_one_township_is_told_from_one_of_two() -> None:
    offices, plan = OFFICES, plan_of()

    counties = with_lone_townships(offices.at("county").to_frame(), NOTHING, offices, plan, "county")
    townships = with_lone_townships(offices.at("township").to_frame(), NOTHING, offices, plan, "township")

    assert dict(counties.iter_rows()) == {"130101": True, "130102": False}
    assert townships.columns == ["unit"]


@pytest.mark.parametrize(
    ("asked_at", "births", "hidden"), [("county", 2.0, True), ("county", 3.0, False), ("township", 2.0, False)]
)
def test_a_city_s_total_does_not_tell_of_a_county_of_one_township(asked_at: Level, births: float, hidden: bool) -> None:
    plan = plan_of(level=asked_at, asked="births >= 0 or births < 0")
    plan = replace(plan, indicators=plan.indicators | {"births": replace(plan.indicators["births"], level="township")})
    readings = pl.DataFrame(
        [["births", unit, value, None, None, 1] for unit, value in (("130101001", births), ("130102001", 40.0))]
        + [["births", "130102002", 50.0, None, None, 1]],
        schema=["indicator", "unit", "value", "reported", "expected", "as_of"],
        orient="row",
        schema_overrides={"indicator": NAMES, "unit": NAMES, "reported": pl.Int64, "expected": pl.Int64},
    )

    wide = figures(readings, OFFICES, plan, ["births"], "city")
    wide = with_lone_townships(wide, readings, OFFICES, plan, "city")

    assert wide["births"].to_list() == [90 + births]
    assert wide.select(is_hidden(plan, "births", "city"))[:, 0].to_list() == [hidden]
