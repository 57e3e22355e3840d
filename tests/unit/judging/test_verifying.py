"""Two sources compared: met where they agree, or where somebody has looked since the newer figure; worded 请核实."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from worlds.plans import phase, plan_of, trial

from models.calendar.working_time import Calendar
from models.moments import micros
from models.plan.model import Plan
from models.plan.periods import Period
from models.rules.judging.judging import Judgement, judge
from models.rules.judging.offices import Offices
from models.rules.judging.reasons import reasons
from models.rules.judging.tree import above

PLAN = trial(
    [
        "births: {title: 出生人数, level: township, roll_up: sum}",
        "births_health: {title: 卫健部门资料数, level: county, about: people, roll_up: sum}",
        "boys: {title: 男婴数, level: township, roll_up: sum}",
        "girls: {title: 女婴数, level: township, roll_up: sum}",
        'babies: {title: 男女合计, level: township, sum_where: "boys + girls"}',
    ],
    [
        phase(
            "p",
            "摸底",
            "2020-08-01",
            "2020-08-31",
            [
                "{id: r, title: 出生资料比对, judged_at: LEVEL, verify: [NAMES], within: WITHIN, due: 2020-08-20}",
                "{id: week, title: 每周比对, judged_at: LEVEL, verify: [NAMES], within: WITHIN, every: week}",
            ],
        )
    ],
)
UNITS = pl.DataFrame(
    [
        ("13", "甲省", "province", None),
        ("1301", "乙市", "city", "13"),
        ("130101", "丙县", "county", "1301"),
        ("130101001", "戊镇", "township", "130101"),
        ("130101002", "己镇", "township", "130101"),
    ],
    schema={"unit": pl.String, "name": pl.String, "level": pl.String, "superior": pl.String},
    orient="row",
)
CALENDAR = Calendar("china", {}, official_years=frozenset({2020}))
Reading = tuple[str, str, float, str]
"""Indicator, unit, value, as of."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def plan(within: str = "4 permille", names: str = "births, births_health", level: str = "county") -> Plan:
    return plan_of(PLAN.replace("WITHIN", within).replace("NAMES", names).replace("LEVEL", level))


def judged(plan: Plan, *readings: Reading, now: str = "2020-08-20T09:00") -> Judgement:
    rows = [(name, unit, value, micros(at(moment))) for name, unit, value, moment in readings]
    schema = {"indicator": pl.String, "unit": pl.String, "value": pl.Float64, "as_of": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        reported=pl.lit(None, pl.Int64), expected=pl.lit(None, pl.Int64)
    )

    def readings_of(period: Period | None) -> pl.DataFrame:
        inside = (micros(period.starts), micros(period.ends) - 1) if period else (0, 2**62)
        latest = frame.filter(pl.col("as_of").is_between(*inside)).sort("as_of")
        return latest.unique(["indicator", "unit"], keep="last", maintain_order=True)

    return judge(plan, Offices(UNITS, above(UNITS)), readings_of, CALENDAR, at(now))


def standing(plan: Plan, *readings: Reading, requirement: str = "p.r", period: str = "") -> str:
    found = judged(plan, *readings).verdicts.filter(
        (pl.col("requirement").cast(pl.String) == requirement) & (pl.col("period") == period)
    )
    return str(found["standing"][0])


def births(first: float, second: float, moment: str = "2020-08-10T09:00") -> list[Reading]:
    return [("births", "130101001", first, moment), ("births", "130101002", second, "2020-08-05T09:00")]


def health(value: float, moment: str = "2020-08-08T09:00") -> Reading:
    return ("births_health", "130101", value, moment)


def looked(answer: float, moment: str) -> Reading:
    return ("p.r", "130101", answer, moment)


@pytest.mark.parametrize(
    ("within", "ours", "theirs", "expected"),
    [
        ("4 permille", 1000, 1000, "met"),
        ("4 permille", 996, 1000, "met"),
        ("4 permille", 995, 1000, "unmet"),
        ("4 permille", 1000, 996, "met"),
        ("4 permille", 1000, 995, "unmet"),
        ("2 %", 98, 100, "met"),
        ("2 %", 97, 100, "unmet"),
        ("3", 17, 20, "met"),
        ("3", 16, 20, "unmet"),
        ("0", 20, 20, "met"),
        ("0", 20, 21, "unmet"),
        ("4 permille", 0, 0, "met"),
        ("4 permille", 0, 1, "unmet"),
    ],
)
def test_two_sources_agree_within_what_the_plan_allows(within: str, ours: int, theirs: int, expected: str) -> None:
    assert standing(plan(within), *births(ours, 0), health(theirs)) == expected


@pytest.mark.parametrize(
    ("answer", "moment", "expected"),
    [
        (1, "2020-08-10T09:00", "met"),
        (1, "2020-08-12T09:00", "met"),
        (1, "2020-08-10T08:59", "unmet"),
        (0, "2020-08-12T09:00", "unmet"),
    ],
)
def test_a_difference_that_was_looked_into_since_the_newer_figure_is_met(
    answer: float, moment: str, expected: str
) -> None:
    assert standing(plan(), *births(12, 0), health(20), looked(answer, moment)) == expected


def test_a_figure_that_comes_after_the_look_asks_for_another() -> None:
    seen = [*births(12, 0), health(20), looked(1, "2020-08-11T09:00")]

    assert standing(plan(), *seen) == "met"
    assert standing(plan(), *seen, health(21, "2020-08-12T09:00")) == "unmet"
    assert standing(plan(), *seen, health(12, "2020-08-12T09:00")) == "met"


def test_a_look_that_was_taken_back_is_none() -> None:
    seen = [*births(12, 0), health(20), looked(1, "2020-08-11T09:00"), looked(0, "2020-08-13T09:00")]

    assert standing(plan(), *seen) == "unmet"


@pytest.mark.parametrize(
    "readings",
    [
        [*births(12, 0)],
        [health(20)],
        [births(12, 0)[0], health(12)],
        [],
    ],
)
def test_where_a_source_is_missing_nothing_was_compared_and_nobody_can_have_looked(readings: list[Reading]) -> None:
    assert standing(plan(), *readings) == "unreported"
    assert standing(plan(), *readings, looked(1, "2020-08-12T09:00")) == "unreported"


def test_a_sum_is_as_new_as_the_newest_of_its_parts() -> None:
    sums = plan("0", "babies, births", "township")
    figures = [
        ("boys", "130101001", 5.0, "2020-08-04T09:00"),
        ("girls", "130101001", 4.0, "2020-08-10T09:00"),
        ("births", "130101001", 12.0, "2020-08-08T09:00"),
    ]

    assert standing(sums, *figures, ("p.r", "130101001", 1, "2020-08-10T09:00")) == "met"
    assert standing(sums, *figures, ("p.r", "130101001", 1, "2020-08-09T09:00")) == "unmet"


def test_in_a_period_only_its_own_figures_and_looks_count() -> None:
    week = [
        ("births", "130101001", 12.0, "2020-08-11T09:00"),
        ("births", "130101002", 0.0, "2020-08-11T09:00"),
        health(20, "2020-08-11T09:00"),
    ]
    before, within = (("p.week", "130101", 1.0, f"2020-08-{day}T09:00") for day in ("09", "12"))

    assert standing(plan(), *week, before, requirement="p.week", period="2020-08-10") == "unmet"
    assert standing(plan(), *week, within, requirement="p.week", period="2020-08-10") == "met"
    assert standing(plan(), *week, within, requirement="p.week", period="2020-08-17") == "unreported"


def why(plan: Plan, *readings: Reading) -> tuple[str, str]:
    found = judged(plan, *readings).figures_of(plan.requirements[0], "").head(1)
    _, english, chinese = reasons(plan, plan.requirements[0], found).row(0)
    return english, chinese


@pytest.mark.parametrize(
    ("within", "english", "chinese"),
    [
        (
            "4 permille",
            "births = 12, births_health = 20, differ by 400‰, more than 4‰: please check",
            "出生人数12、卫健部门资料数20，差异率400‰，高于4‰，请核实",
        ),
        (
            "3",
            "births = 12, births_health = 20, differ by 8, more than 3: please check",
            "出生人数12、卫健部门资料数20，相差8，高于3，请核实",
        ),
        (
            "0",
            "births = 12, births_health = 20, differ by 8: please check",
            "出生人数12、卫健部门资料数20，相差8，请核实",
        ),
    ],
)
def test_a_difference_is_to_be_checked_and_no_figure_is_to_be_reached(within: str, english: str, chinese: str) -> None:
    assert why(plan(within), *births(12, 0), health(20)) == (english, chinese)


def test_below_county_no_figure_is_named() -> None:
    below = plan("0", "babies, births", "township")
    figures = [(name, "130101001", 40.0, "2020-08-10T09:00") for name in ("boys", "girls", "births")]

    assert why(below, *figures) == ("babies, births differ: please check", "男女合计与出生人数不一致，请核实")


def test_where_nothing_was_compared_only_what_is_missing_is_said() -> None:
    english, chinese = why(plan(), *births(12, 0))

    assert (english, chinese) == ("births_health not reported", "卫健部门资料数未报")
