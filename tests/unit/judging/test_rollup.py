"""From readings to the figures of one level, with how many of how many have reported."""

from __future__ import annotations

import polars as pl
import pytest
from worlds.plans import phase, plan_of, trial
from worlds.plans_over_rows import plan_over_rows

from models.plan.model import Plan
from models.rules.judging.offices import Offices
from models.rules.judging.rollup import figures
from models.rules.judging.tree import above
from models.units import Level

PLAN = trial(
    [
        "staff: {title: 两员, level: township, roll_up: sum}",
        "least: {title: 最少, level: township, roll_up: min}",
        "most: {title: 最多, level: township, roll_up: max}",
        "average: {title: 平均, level: township, roll_up: mean}",
        "latest: {title: 最近, level: township, roll_up: last}",
        "told: {title: 已报, level: township, roll_up: count}",
        "need: {title: 需要, level: township, roll_up: sum}",
        'short: {title: 缺人的乡镇, level: township, count_where: "staff < need"}',
        'missing: {title: 缺口, level: township, sum_where: "need - staff"}',
        'gaps: {title: 有缺口, level: township, count_where: "missing > 0"}',
        'ratio: {title: 比, level: township, sum_where: "staff / need"}',
        'slowest: {title: 最低, level: township, least_of: "staff / need"}',
        'fastest: {title: 最高, level: township, most_of: "staff / need"}',
        'apart: {title: 差距, level: county, is: "fastest - slowest"}',
        'covered: {title: 配齐的乡镇, level: township, count_where: "staff / need >= 1"}',
        'balanced: {title: 比得上的, level: township, count_where: "ratio <= 1"}',
        "districts: {title: 普查小区, level: district, roll_up: count}",
        "mapped: {title: 有图小区, level: district, roll_up: sum}",
        "mean_size: {title: 平均规模, level: district, roll_up: mean}",
        "funds: {title: 经费, level: county, roll_up: sum}",
    ],
    [
        phase("p", "甲", "T-9d", "T-1d"),
    ],
)

FUNDS = """
title: 经费台账
kept_by: county
key: [entry]
columns:
  entry: {title: 笔次, type: text}
  amount: {title: 金额, type: number, unit: yuan}
"""
SESSIONS = """
title: 培训班
kept_by: county
key: [session]
columns:
  session: {title: 期次, type: number}
  day: {title: 日期, type: date}
"""
UNITS = pl.DataFrame(
    [
        ("99", "province", None),
        ("9901", "city", "99"),
        ("990101", "county", "9901"),
        ("990102", "county", "9901"),
        ("990103", "county", "9901"),
        ("990101001", "township", "990101"),
        ("990101002", "township", "990101"),
        ("990102001", "township", "990102"),
        ("990101001001", "village", "990101001"),
        ("990101001002", "village", "990101001"),
    ],
    schema={"unit": pl.String, "level": pl.String, "superior": pl.String},
    orient="row",
)

Given = float | None | tuple[float | None, int, int] | tuple[float, int]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(PLAN)


def rolled(
    plan: Plan, level: Level, name: str, **readings: dict[str, Given]
) -> dict[str, tuple[float | None, int, int]]:
    """unit → (value, reported, expected) of one indicator at a level.

    readings: indicator → {unit: value}, or (value, reported, expected) of a township's districts, or (value, as_of).
    """
    rows = []
    for indicator, by_unit in readings.items():
        for unit, given in by_unit.items():
            value, told, behind, at = given, None, None, 1
            if isinstance(given, tuple):
                value, told, behind = given if len(given) == 3 else (given[0], None, None)
                at = given[1] if len(given) == 2 else 1
            rows.append((indicator, unit, value, told, behind, at))
    schema = {
        "indicator": pl.String,
        "unit": pl.String,
        "value": pl.Float64,
        "reported": pl.Int64,
        "expected": pl.Int64,
        "as_of": pl.Int64,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    found = figures(frame, Offices(UNITS, above(UNITS)), plan, {name}, level)
    return {row[0]: row[1:] for row in found.select("unit", name, f"{name}:reported", f"{name}:expected").iter_rows()}


@pytest.mark.parametrize(
    ("name", "county", "city"),
    [("staff", 8.0, 10.0), ("least", 3.0, 2.0), ("most", 5.0, 5.0), ("average", 4.0, 10 / 3), ("told", 2.0, 3.0)],
)
def test_figures_roll_up_over_several_levels(plan: Plan, name: str, county: float, city: float) -> None:
    readings = {name: {"990101001": 3.0, "990101002": 5.0, "990102001": 2.0}}

    assert rolled(plan, "county", name, **readings)["990101"] == (county, 2, 2)
    assert rolled(plan, "city", name, **readings)["9901"] == (city, 3, 3)
    assert rolled(plan, "province", name, **readings)["99"] == (city, 3, 3)


@pytest.mark.parametrize(("name", "city"), [("staff", 0.6), ("average", 0.2)])
def test_decimals_are_added_up_as_on_paper(plan: Plan, name: str, city: float) -> None:
    readings = {name: {"990101001": 0.1, "990101002": 0.2, "990102001": 0.3}}

    assert rolled(plan, "city", name, **readings)["9901"] == (city, 3, 3)


@pytest.mark.parametrize("name", ["staff", "least", "most", "average"])
def test_one_office_that_is_missing_leaves_the_whole_open(plan: Plan, name: str) -> None:
    readings = {name: {"990101001": 3.0, "990102001": 2.0}}

    assert rolled(plan, "county", name, **readings)["990101"] == (None, 1, 2)
    assert rolled(plan, "county", name, **readings)["990102"] == (2.0, 1, 1)
    assert rolled(plan, "city", name, **readings)["9901"] == (None, 2, 3)


def test_the_latest_word_holds_for_a_figure_that_is_not_added_up(plan: Plan) -> None:
    readings = {"latest": {"990101001": (3.0, 20), "990101002": (5.0, 10), "990102001": (7.0, 15)}}

    assert rolled(plan, "county", "latest", **readings)["990101"] == (3.0, 2, 2)
    assert rolled(plan, "city", "latest", **readings)["9901"] == (3.0, 3, 3)


def test_an_empty_cell_is_not_reported_and_never_zero(plan: Plan) -> None:
    assert rolled(plan, "township", "staff", staff={"990101001": None})["990101001"] == (None, 0, 1)
    assert rolled(plan, "county", "staff", staff={"990101001": None, "990101002": 5.0})["990101"] == (None, 1, 2)


def test_an_office_with_nobody_below_it_has_no_figure(plan: Plan) -> None:
    assert rolled(plan, "county", "staff", staff={"990101001": 3.0})["990103"] == (None, 0, 0)


def test_count_where_is_decided_for_each_office_and_summed_upwards(plan: Plan) -> None:
    readings = {
        "staff": {"990101001": 3.0, "990101002": 5.0, "990102001": 2.0},
        "need": {"990101001": 4.0, "990101002": 5.0, "990102001": 9.0},
    }

    assert rolled(plan, "township", "short", **readings) == {
        "990101001": (1.0, 1, 1),
        "990101002": (0.0, 1, 1),
        "990102001": (1.0, 1, 1),
    }
    assert rolled(plan, "county", "short", **readings)["990101"] == (1.0, 2, 2)
    assert rolled(plan, "city", "short", **readings)["9901"] == (2.0, 3, 3)
    assert rolled(plan, "city", "missing", **readings)["9901"] == (8.0, 3, 3)


def test_what_is_derived_from_the_derived_is_summed_once(plan: Plan) -> None:
    readings = {"staff": {"990101001": 3.0, "990101002": 5.0}, "need": {"990101001": 4.0, "990101002": 5.0}}

    assert rolled(plan, "county", "gaps", **readings)["990101"] == (1.0, 2, 2)


def test_a_derived_figure_is_missing_where_a_part_is(plan: Plan) -> None:
    readings = {"staff": {"990101001": 3.0, "990101002": 5.0}, "need": {"990101001": 4.0}}

    assert rolled(plan, "county", "short", **readings)["990101"] == (None, 1, 2)


def test_a_derived_ratio_over_zero_is_no_figure_but_is_not_missing(plan: Plan) -> None:
    readings = {"staff": {"990102001": 3.0}, "need": {"990102001": 0.0}}

    assert rolled(plan, "township", "ratio", **readings)["990102001"] == (None, 1, 1)
    assert rolled(plan, "county", "ratio", **readings)["990102"] == (None, 1, 1)


def test_one_zero_denominator_leaves_no_office_above_unreported(plan: Plan) -> None:
    readings = {
        "staff": {"990101001": 3.0, "990101002": 5.0},
        "need": {"990101001": 0.0, "990101002": 5.0},
    }

    assert rolled(plan, "township", "covered", **readings)["990101001"] == (0.0, 1, 1)
    assert rolled(plan, "county", "covered", **readings)["990101"] == (1.0, 2, 2)
    assert rolled(plan, "county", "balanced", **readings)["990101"] == (1.0, 2, 2)
    assert rolled(plan, "county", "ratio", **readings)["990101"] == (None, 2, 2)


def test_the_least_and_the_most_of_the_offices_below_tell_how_far_they_are_apart(plan: Plan) -> None:
    readings = {
        "staff": {"990101001": 3.0, "990101002": 5.0, "990102001": 4.0},
        "need": {"990101001": 6.0, "990101002": 5.0, "990102001": 0.0},
    }

    assert rolled(plan, "township", "slowest", **readings)["990101001"] == (0.5, 1, 1)
    assert rolled(plan, "county", "slowest", **readings)["990101"] == (0.5, 2, 2)
    assert rolled(plan, "county", "fastest", **readings)["990101"] == (1.0, 2, 2)
    assert rolled(plan, "county", "apart", **readings)["990101"] == (0.5, 1, 1)
    # what cannot be computed is left out, and what nobody reported is missing
    assert rolled(plan, "county", "fastest", **readings)["990102"] == (None, 1, 1)
    assert rolled(plan, "county", "fastest", staff=readings["staff"])["990101"] == (None, 0, 2)


def test_a_ratio_of_which_a_part_is_missing_is_missing_whatever_its_denominator(plan: Plan) -> None:
    readings = {"need": {"990102001": 0.0}}

    assert rolled(plan, "county", "covered", **readings)["990102"] == (None, 0, 1)
    assert rolled(plan, "county", "balanced", **readings)["990102"] == (None, 0, 1)


def test_districts_count_as_many_as_are_known(plan: Plan) -> None:
    readings = {
        "districts": {"990101001": (12.0, 12, 12), "990101002": (8.0, 8, 8)},
        "mapped": {"990101001": (12.0, 12, 12), "990101002": (None, 6, 8)},
    }

    assert rolled(plan, "county", "districts", **readings)["990101"] == (20.0, 20, 20)
    assert rolled(plan, "county", "mapped", **readings)["990101"] == (None, 18, 20)


def test_a_township_without_a_single_known_district_has_not_reported(plan: Plan) -> None:
    assert rolled(plan, "county", "mapped", mapped={"990101001": (12.0, 12, 12)})["990101"] == (None, 12, 13)


def test_a_figure_that_no_district_has_reported_is_missing_in_as_many_as_are_known(plan: Plan) -> None:
    known = {"990101001": (12.0, 12, 12), "990101002": (8.0, 8, 8)}

    assert rolled(plan, "township", "mapped", districts=known)["990101001"] == (None, 0, 12)
    assert rolled(plan, "township", "mapped", districts=known)["990102001"] == (None, 0, 0)
    assert rolled(plan, "county", "mapped", districts=known)["990101"] == (None, 0, 20)
    assert rolled(plan, "county", "mapped", districts=known, mapped={"990101001": (9.0, 12, 12)})["990101"] == (
        None,
        12,
        20,
    )
    assert rolled(plan, "city", "mapped", districts=known)["9901"] == (None, 0, 21)


def test_a_mean_over_districts_weighs_each_district_alike(plan: Plan) -> None:
    readings = {"mean_size": {"990101001": (80.0, 30, 30), "990101002": (100.0, 10, 10)}}

    assert rolled(plan, "county", "mean_size", **readings)["990101"] == (85.0, 40, 40)


def test_villages_have_district_figures_of_their_own(plan: Plan) -> None:
    readings = {"mapped": {"990101001": (12.0, 12, 12), "990101001001": (7.0, 7, 7), "990101001002": (5.0, 5, 5)}}

    assert rolled(plan, "village", "mapped", **readings) == {"990101001001": (7.0, 7, 7), "990101001002": (5.0, 5, 5)}
    assert rolled(plan, "county", "mapped", **readings)["990101"][1:] == (12, 13)


def test_readings_of_offices_that_are_not_there_are_left_aside(plan: Plan) -> None:
    assert rolled(plan, "county", "staff", staff={"990101001": 3.0, "990101002": 5.0, "888888888": 7.0})["990101"] == (
        8.0,
        2,
        2,
    )


def test_figures_of_several_levels_stand_side_by_side(plan: Plan) -> None:
    readings = pl.DataFrame(
        [("funds", "990101", 9.0, 1), ("staff", "990101001", 3.0, 1), ("staff", "990101002", 5.0, 1)],
        schema={"indicator": pl.String, "unit": pl.String, "value": pl.Float64, "as_of": pl.Int64},
        orient="row",
    ).with_columns(reported=pl.lit(None, pl.Int64), expected=pl.lit(None, pl.Int64))

    found = figures(readings, Offices(UNITS, above(UNITS)), plan, {"funds", "staff"}, "county")

    assert found["unit"].to_list() == ["990101", "990102", "990103"]
    assert found.row(0, named=True) | {"unit": ""} == {
        "unit": "",
        "funds": 9.0,
        "funds:reported": 1,
        "funds:expected": 1,
        "funds:unknown": 0,
        "staff": 8.0,
        "staff:reported": 2,
        "staff:expected": 2,
        "staff:unknown": 0,
    }


def test_without_any_reading_everything_is_missing(plan: Plan) -> None:
    assert rolled(plan, "county", "staff") == {"990101": (None, 0, 2), "990102": (None, 0, 1), "990103": (None, 0, 0)}


OVER_ROWS = plan_of(
    plan_over_rows(
        {"funds": FUNDS, "sessions": SESSIONS},
        [],
        indicators=[
            "population: {title: 户籍人口, level: township, unit: persons, roll_up: sum}",
            "districts: {title: 普查小区, level: district, roll_up: count}",
            "mapped: {title: 有图小区, level: district, roll_up: sum}",
            "arrived: {title: 到位经费, level: county, register: funds, sum: amount, unit: yuan}",
            "opened: {title: 首期培训, level: county, register: sessions, first: day}",
            "closed: {title: 末期培训, level: county, register: sessions, last: day}",
            'per_head: {title: 人均经费, level: county, is: "arrived / population"}',
            'tenfold: {title: 十倍, level: county, is: "10 * per_head"}',
            'per_district: {title: 每小区人口, level: township, is: "population / districts"}',
            'all_mapped: {title: 绘图率, level: village, is: "mapped / districts"}',
            'poor: {title: 经费不足的县, level: county, count_where: "per_head < 3"}',
            'late: {title: 培训偏晚的县, level: county, count_where: "opened > -80"}',
        ],
    )
)


def test_a_ratio_is_at_every_level_that_of_the_level_s_own_figures() -> None:
    readings: dict[str, dict[str, Given]] = {
        "arrived": {"990101": (12.0, 1, 1), "990102": (20.0, 1, 1), "990103": (0.0, 1, 1)},
        "population": {"990101001": 2.0, "990101002": 4.0, "990102001": 2.0},
    }

    assert rolled(OVER_ROWS, "county", "per_head", **readings) == {
        "990101": (2.0, 1, 1),
        "990102": (10.0, 1, 1),
        "990103": (None, 0, 1),
    }
    assert rolled(OVER_ROWS, "city", "per_head", **readings)["9901"] == (4.0, 1, 1)
    assert rolled(OVER_ROWS, "province", "tenfold", **readings)["99"] == (40.0, 1, 1)


def test_a_ratio_is_missing_where_a_part_of_it_is() -> None:
    readings: dict[str, dict[str, Given]] = {
        "arrived": {"990101": (12.0, 1, 1), "990102": (None, 0, 1), "990103": (0.0, 1, 1)},
        "population": {"990101001": 2.0, "990102001": 2.0},
    }

    assert rolled(OVER_ROWS, "county", "per_head", **readings)["990101"] == (None, 0, 1)
    assert rolled(OVER_ROWS, "county", "per_head", **readings)["990102"] == (None, 0, 1)
    assert rolled(OVER_ROWS, "city", "tenfold", **readings)["9901"] == (None, 0, 1)


def test_a_ratio_over_zero_is_not_missing_and_has_no_value() -> None:
    readings: dict[str, dict[str, Given]] = {
        "arrived": {"990102": (12.0, 1, 1)},
        "population": {"990102001": 0.0},
    }

    assert rolled(OVER_ROWS, "county", "per_head", **readings)["990102"] == (None, 1, 1)
    assert rolled(OVER_ROWS, "county", "tenfold", **readings)["990102"] == (None, 1, 1)
    assert rolled(OVER_ROWS, "county", "poor", **readings)["990102"] == (0.0, 1, 1)


def test_places_are_counted_by_a_ratio_of_their_own() -> None:
    readings: dict[str, dict[str, Given]] = {
        "arrived": {"990101": (12.0, 1, 1), "990102": (20.0, 1, 1), "990103": (1.0, 1, 1)},
        "population": {"990101001": 2.0, "990101002": 4.0, "990102001": 2.0},
    }

    assert rolled(OVER_ROWS, "county", "poor", **readings) == {
        "990101": (1.0, 1, 1),
        "990102": (0.0, 1, 1),
        "990103": (None, 0, 1),
    }
    assert rolled(OVER_ROWS, "city", "poor", **readings)["9901"] == (None, 2, 3)


def test_a_ratio_may_be_made_of_figures_of_districts() -> None:
    readings: dict[str, dict[str, Given]] = {
        "districts": {"990101001": (4.0, 4, 4), "990101002": (2.0, 2, 2), "990101001001": (2.0, 2, 2)},
        "mapped": {"990101001001": (1.0, 2, 2)},
        "population": {"990101001": 800.0, "990101002": 100.0},
    }

    assert rolled(OVER_ROWS, "township", "per_district", **readings)["990101001"] == (200.0, 1, 1)
    assert rolled(OVER_ROWS, "county", "per_district", **readings)["990101"] == (150.0, 1, 1)
    assert rolled(OVER_ROWS, "village", "all_mapped", **readings)["990101001001"] == (0.5, 1, 1)


def test_a_ratio_asked_for_beside_its_parts_is_as_of_the_newest_of_them() -> None:
    rows = [("arrived", "990102", 12.0, 1, 1, 7), ("population", "990102001", 4.0, None, None, 9)]
    schema = {"indicator": pl.String, "unit": pl.String, "value": pl.Float64}
    schema |= dict.fromkeys(("reported", "expected", "as_of"), pl.Int64)
    readings = pl.DataFrame(rows, schema=schema, orient="row")

    found = figures(readings, Offices(UNITS, above(UNITS)), OVER_ROWS, ["per_head", "arrived"], "county", ["per_head"])

    assert set(found.columns) == {
        "unit",
        *("arrived", "arrived:reported", "arrived:expected", "arrived:unknown"),
        *("per_head", "per_head:reported", "per_head:expected", "per_head:unknown", "per_head:as_of"),
    }
    assert found.filter(unit="990102").select("arrived", "per_head", "per_head:as_of").row(0) == (12.0, 3.0, 9)


def test_figures_from_rows_count_the_keepers_behind_them() -> None:
    readings: dict[str, dict[str, Given]] = {
        "arrived": {"990101": (None, 3, 5), "990102": (2.0, 1, 1), "990103": (0.0, 4, 4)}
    }

    assert rolled(OVER_ROWS, "county", "arrived", **readings)["990101"] == (None, 3, 5)
    assert rolled(OVER_ROWS, "city", "arrived", **readings)["9901"] == (None, 8, 10)
    assert rolled(OVER_ROWS, "county", "arrived")["990101"] == (None, 0, 1)


def test_the_first_and_the_last_day_are_those_of_the_places_that_have_one() -> None:
    days: dict[str, Given] = {"990101": (-90.0, 1, 1), "990102": (None, 1, 1), "990103": (-70.0, 1, 1)}

    assert rolled(OVER_ROWS, "city", "opened", opened=days)["9901"] == (-90.0, 3, 3)
    assert rolled(OVER_ROWS, "city", "closed", closed=days)["9901"] == (-70.0, 3, 3)
    assert rolled(OVER_ROWS, "city", "opened", opened={**days, "990102": (None, 0, 1)})["9901"] == (None, 2, 3)


def test_a_place_without_a_first_day_is_not_missing_and_not_counted() -> None:
    days: dict[str, Given] = {"990101": (-90.0, 1, 1), "990102": (None, 1, 1), "990103": (-70.0, 1, 1)}

    assert rolled(OVER_ROWS, "county", "late", opened=days) == {
        "990101": (0.0, 1, 1),
        "990102": (0.0, 1, 1),
        "990103": (1.0, 1, 1),
    }
    assert rolled(OVER_ROWS, "city", "late", opened=days)["9901"] == (1.0, 3, 3)
