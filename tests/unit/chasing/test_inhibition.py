"""An office that is late only because those below it are."""

from __future__ import annotations

import polars as pl
import pytest
from worlds.plans import phase, plan_of, trial
from worlds.plans_over_rows import plan_over_rows

from models.rules.chasing.inhibition import answered_below, late_below, told_late
from models.rules.judging.tree import above

PLAN = trial(
    [
        "staff: {title: 两员人数, level: township, roll_up: sum}",
        "maps: {title: 小区图, level: township, roll_up: sum}",
        "funds: {title: 经费, level: county, roll_up: sum}",
    ],
    [
        phase(
            "recruitment",
            "两员选聘",
            "T-120d",
            "T-73d",
            [
                '{id: staff-township, title: 乡级两员, judged_at: township, met_when: "staff >= 10", due: 2020-08-20, ladder: standard}',
                '{id: staff-county, title: 县级两员, judged_at: county, met_when: "staff >= 30", due: 2020-08-20, ladder: standard}',
                '{id: maps-county, title: 县级小区图, judged_at: county, met_when: "maps >= 3", due: 2020-08-20, ladder: standard}',
                '{id: mixed-county, title: 两员和经费, judged_at: county, met_when: "staff >= 30 and funds > 0", due: 2020-08-20, ladder: standard}',
                '{id: daily-township, title: 日报, judged_at: township, met_when: "staff >= 10", every: day, ladder: standard}',
                '{id: daily-county, title: 日报, judged_at: county, met_when: "staff >= 30", every: day, ladder: standard}',
            ],
        ),
        phase(
            "training",
            "培训",
            "T-73d",
            "T-30d",
            [
                '{id: staff-city, title: 市级两员, judged_at: city, met_when: "staff >= 90", due: 2020-08-20, ladder: standard}',
            ],
        ),
    ],
    ladders={"standard": ["{id: overdue, at: +0d, to: [unit.owner]}"]},
)
PAIRS = answered_below(plan_of(PLAN))
UNITS = pl.DataFrame(
    [
        ("9901", None),
        ("990101", "9901"),
        ("990102", "9901"),
        ("990101001", "990101"),
        ("990101002", "990101"),
        ("990102001", "990102"),
    ],
    schema=["unit", "superior"],
    orient="row",
)
DUE = 1000


def verdicts(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """From (unit, requirement, standing) of duties due at DUE."""
    data = [(unit, f"recruitment.{name}", "", standing, DUE, False) for unit, name, standing in rows]
    frame = pl.DataFrame(data, schema=["unit", "requirement", "period", "standing", "due", "waived"], orient="row")
    return frame.with_columns(pl.col("requirement").cast(pl.Categorical))


def case(unit: str, requirement: str, period: str = "", due: int = DUE) -> pl.DataFrame:
    row = {"unit": unit, "requirement": f"recruitment.{requirement}", "period": period, "due": due}
    return pl.DataFrame([row])


def waits(frame: pl.DataFrame, cases: pl.DataFrame, at: int = DUE) -> list[int]:
    return late_below(PAIRS, frame, cases, lambda: above(UNITS), at)["late_below"].to_list()


def test_only_a_duty_whose_every_figure_offices_below_answer_for_can_wait_for_them():
    assert PAIRS.rows() == [
        ("recruitment.staff-county", "recruitment.staff-township", False),
        ("recruitment.daily-county", "recruitment.daily-township", False),
    ]


@pytest.mark.parametrize(
    ("upper", "lower", "waits"),
    [
        ("week", "day", False),
        ("day", "week", False),
        ("cadence", "day", False),
        ("week", "cadence", False),
        ("cadence", "cadence", True),
        ("week", "week", True),
    ],
)
def test_a_daily_and_a_weekly_duty_over_one_figure_do_not_silence_each_other(
    upper: str, lower: str, waits: bool
) -> None:
    duties = [
        f'{{id: county, title: 县级报告, judged_at: county, met_when: "staff >= 0", every: {upper}}}',
        f'{{id: township, title: 乡级报告, judged_at: township, met_when: "staff >= 0", every: {lower}}}',
    ]
    plan = trial(
        ["staff: {title: 两员人数, level: township, roll_up: sum}"],
        [phase("field", "摸底", "2020-11-02", "2020-11-29", duties, cadence="daily 17:00")],
    )

    pairs = [("field.county", "field.township", False)] if waits else []
    assert answered_below(plan_of(plan)).rows() == pairs


def test_a_county_waits_for_its_own_late_townships_and_no_others():
    frame = verdicts(
        ("990101001", "staff-township", "unmet"),
        ("990101002", "staff-township", "unreported"),
        ("990102001", "staff-township", "met"),
    )
    assert waits(frame, case("990101", "staff-county")) == [2]
    assert waits(frame, case("990102", "staff-county")) == []


@pytest.mark.parametrize(("at", "expected"), [(DUE - 1, []), (DUE, [1])])
def test_nobody_waits_for_anybody_before_the_due_moment(at: int, expected: list[int]):
    assert waits(verdicts(("990101001", "staff-township", "unmet")), case("990101", "staff-county"), at) == expected


def test_an_office_due_before_those_below_it_is_late_by_itself():
    assert (
        waits(verdicts(("990101001", "staff-township", "unmet")), case("990101", "staff-county", due=DUE - 9), DUE - 1)
        == []
    )


def test_a_waived_duty_below_excuses_nobody():
    frame = verdicts(("990101001", "staff-township", "unmet")).with_columns(waived=pl.lit(True))
    assert waits(frame, case("990101", "staff-county")) == []


def test_a_day_s_report_waits_only_for_reports_of_the_same_day():
    late = verdicts(("990101001", "daily-township", "unreported")).with_columns(period=pl.lit("2020-08-03"))
    assert waits(late, case("990101", "daily-county", period="2020-08-03")) == [1]
    assert waits(late, case("990101", "daily-county", period="2020-08-04")) == []


@pytest.mark.parametrize(
    ("rung", "to_unit", "told"),
    [
        ("overdue", "990101", True),
        ("overdue", "9901", True),
        ("roll-up", "990101", True),
        ("superior", "9901", False),
        ("superior", "990101", True),
        ("letter", "9901", False),
    ],
)
def test_an_office_was_told_by_a_word_to_itself_or_in_its_place_and_by_none_to_its_superior_alone(
    rung: str, to_unit: str, told: bool
):
    rungs = pl.DataFrame(
        [(7, DUE, "overdue", False, False), (7, DUE, "superior", True, False), (7, DUE, "letter", False, True)],
        schema=["policy", "due", "id", "escalates", "paper"],
        orient="row",
    )
    cases = case("990101", "recruitment.staff-county").with_columns(case=1, policy=7)
    lines = pl.DataFrame([(1, rung, to_unit)], schema=["case", "rung", "to_unit"], orient="row")
    assert told_late(cases, lines, rungs)["case"].to_list() == ([1] if told else [])


OVER_ROWS = plan_over_rows(
    {
        "problems": """
title: 问题清单
kept_by: township
key: [list, row]
columns:
  list: {title: 清单批次, type: text}
  row: {title: 序号, type: number}
  due: {title: 办理期限, type: date}
  done: {title: 已办结, type: yes_no}
"""
    },
    [
        '{id: open-county, title: 未办结问题, judged_at: county, met_when: "open = 0", due: 2020-12-01, ladder: standard}',
        '{id: rows, title: 逐批办结, judged_at: township, each: {register: problems, by: list, due: due}, met_when: "done", ladder: standard}',
    ],
    indicators=['open: {title: 未办结问题, register: problems, level: township, count_where: "not done"}'],
    ladders={"standard": ["{id: overdue, at: +0d, to: [unit.owner]}"]},
)


def test_an_office_above_waits_for_the_rows_below_from_which_its_figure_is_drawn_whichever_they_are():
    pairs = answered_below(plan_of(OVER_ROWS))
    late = pl.DataFrame(
        [("990101001", "recheck.rows", label, "unmet", DUE, False) for label in ("清单3", "清单4")],
        schema=["unit", "requirement", "period", "standing", "due", "waived"],
        orient="row",
    ).with_columns(pl.col("requirement").cast(pl.Categorical))
    upper = pl.DataFrame([{"unit": "990101", "requirement": "recheck.open-county", "period": "", "due": DUE}])

    assert pairs.rows() == [("recheck.open-county", "recheck.rows", True)]
    assert late_below(pairs, late, upper, lambda: above(UNITS), DUE)["late_below"].to_list() == [2]
