"""The verdict on every duty: standing, due moment, timing; waived and extended; within a period."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from worlds.plans import phase, plan_of, trial

from models.calendar.working_time import Calendar
from models.moments import micros
from models.plan.model import Plan
from models.plan.periods import Period
from models.rules.judging.judging import Judgement, judge, with_decisions, with_timing
from models.rules.judging.offices import Offices
from models.rules.judging.tree import above

PLAN = trial(
    [
        "funds: {title: 经费, level: county, roll_up: sum}",
        "population: {title: 户籍人口, level: county, roll_up: sum}",
        "staff: {title: 两员, level: township, roll_up: sum}",
        'load: {title: 负担, level: township, sum_where: "8 / staff"}',
    ],
    [
        phase(
            "preparation",
            "普查准备",
            "2020-07-01",
            "2020-08-31",
            [
                '{id: funds, title: 人均经费, judged_at: county, met_when: "funds / population >= 10", due: 2020-08-20, ladder: standard}',
                '{id: staff, title: 两员, judged_at: township, met_when: "staff >= 5", due: 2020-08-20 17:00, ladder: silent}',
                '{id: load, title: 负担, judged_at: township, met_when: "load <= 5", due: 2020-08-20}',
                '{id: county-staff, title: 全县两员, judged_at: county, met_when: "staff >= 8", due: 2020-08-20}',
            ],
        ),
        phase(
            "weekly",
            "周报",
            "2020-08-05",
            "2020-08-19",
            [
                '{id: report, title: 周报, judged_at: county, met_when: "funds >= 0", every: week, ladder: standard}',
            ],
        ),
    ],
    ladders={
        "standard": ["{id: remind-7, at: -7d, to: [unit.owner]}", "{id: overdue, at: +0d, to: [unit.owner]}"],
        "silent": ["{id: overdue, at: +0d, to: [unit.owner]}"],
    },
)

UNITS = pl.DataFrame(
    [
        ("13", "甲省", "province", None),
        ("1301", "乙市", "city", "13"),
        ("130101", "丙县", "county", "1301"),
        ("130102", "丁县", "county", "1301"),
        ("130101001", "戊镇", "township", "130101"),
        ("130101002", "己镇", "township", "130101"),
        ("66", "兵团", "province", None),
        ("659001", "庚市", "county", "66"),
    ],
    schema={"unit": pl.String, "name": pl.String, "level": pl.String, "superior": pl.String},
    orient="row",
)

CALENDAR = Calendar("china", {}, official_years=frozenset({2020}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def plan(overlay: str = "", more: str = "") -> Plan:
    return plan_of(PLAN + more, *((overlay,) if overlay else ()))


def judged(now: str, overlay: str = "", more: str = "", **readings: dict[str, float | None]) -> Judgement:
    """The judgement at `now`. readings: indicator → {unit: value}, all reported on 2020-08-01; more: phases of the plan."""
    rows = [
        (name, unit, value, micros(at("2020-08-01T09:00")))
        for name, by_unit in readings.items()
        for unit, value in by_unit.items()
    ]
    schema = {"indicator": pl.String, "unit": pl.String, "value": pl.Float64, "as_of": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        reported=pl.lit(None, pl.Int64), expected=pl.lit(None, pl.Int64)
    )

    def readings_of(period: Period | None) -> pl.DataFrame:
        if period is None:
            return frame
        return frame.filter(pl.col("as_of").is_between(micros(period.starts), micros(period.ends), closed="left"))

    found = judge(plan(overlay, more), Offices(UNITS, above(UNITS)), readings_of, CALENDAR, at(now))
    return found.but(with_timing(found.verdicts, at(now)))


def row(judgement: Judgement, requirement: str, unit: str, period: str = "") -> dict[str, object]:
    found = judgement.verdicts.with_columns(pl.col("requirement").cast(pl.String)).filter(
        (pl.col("requirement") == requirement) & (pl.col("unit") == unit) & (pl.col("period") == period)
    )
    assert found.height == 1
    return found.row(0, named=True)


def standing(condition_figures: dict[str, dict[str, float | None]], requirement: str, unit: str) -> object:
    return row(judged("2020-08-10T09:00", **condition_figures), requirement, unit)["standing"]


@pytest.mark.parametrize(
    ("funds", "people", "expected"),
    [
        (1000.0, 100.0, "met"),
        (999.0, 100.0, "unmet"),
        (None, 100.0, "unreported"),
        (1000.0, None, "unreported"),
        (None, None, "unreported"),
        (0.0, 100.0, "unmet"),
        (1000.0, 0.0, "unmet"),
        (0.0, 0.0, "unmet"),
    ],
)
def test_a_duty_is_met_unmet_or_unreported(funds: float | None, people: float | None, expected: str) -> None:
    found = standing({"funds": {"130101": funds}, "population": {"130101": people}}, "preparation.funds", "130101")

    assert found == expected


def test_a_figure_of_the_offices_below_judges_the_office_above() -> None:
    whole = {"staff": {"130101001": 3.0, "130101002": 5.0}}
    partly = {"staff": {"130101001": 30.0}}

    assert standing(whole, "preparation.county-staff", "130101") == "met"
    assert standing(partly, "preparation.county-staff", "130101") == "unreported"
    assert standing(whole, "preparation.staff", "130101001") == "unmet"


def test_every_office_of_the_level_owes_and_no_other() -> None:
    found = judged("2020-08-01T09:00").verdicts.with_columns(pl.col("requirement").cast(pl.String))

    by_key = {
        key[0]: group["unit"].to_list() for key, group in found.filter(pl.col("period") == "").group_by("requirement")
    }
    assert by_key == {
        "preparation.funds": ["130101", "130102", "659001"],
        "preparation.staff": ["130101001", "130101002"],
        "preparation.load": ["130101001", "130101002"],
        "preparation.county-staff": ["130101", "130102", "659001"],
    }


@pytest.mark.parametrize(
    ("now", "timing"),
    [
        ("2020-08-13T23:59:59", "not_due"),
        ("2020-08-14T00:00:00", "due_soon"),
        ("2020-08-20T23:59:59", "due_soon"),
        ("2020-08-21T00:00:00", "overdue"),
    ],
)
def test_a_duty_is_due_soon_from_its_first_rung_and_overdue_from_its_due_moment(now: str, timing: str) -> None:
    assert row(judged(now), "preparation.funds", "130101")["timing"] == timing


def test_a_ladder_without_a_warning_warns_of_nothing() -> None:
    assert row(judged("2020-08-20T16:59"), "preparation.staff", "130101001")["timing"] == "not_due"
    assert row(judged("2020-08-20T17:00"), "preparation.staff", "130101001")["timing"] == "overdue"
    assert row(judged("2020-08-20T23:59"), "preparation.county-staff", "130101")["timing"] == "not_due"


def test_a_met_duty_is_never_overdue() -> None:
    met = {"funds": {"130101": 1000.0}, "population": {"130101": 100.0}}

    assert row(judged("2020-09-30T09:00", **met), "preparation.funds", "130101")["timing"] == "not_due"


def test_an_overlay_tightens_in_its_province_alone() -> None:
    found = judged("2020-08-01T09:00", 'extends: plan.yaml\nunit: "13"\ntighten: {preparation.funds: 2020-08-05}\n')

    assert row(found, "preparation.funds", "130101")["due"] == micros(at("2020-08-06T00:00"))
    assert row(found, "preparation.funds", "659001")["due"] == micros(at("2020-08-21T00:00"))


def test_due_soon_follows_the_tightened_date() -> None:
    overlay = 'extends: plan.yaml\nunit: "13"\ntighten: {preparation.funds: 2020-08-05}\n'

    assert row(judged("2020-07-29T23:59", overlay), "preparation.funds", "130101")["timing"] == "not_due"
    assert row(judged("2020-07-30T00:00", overlay), "preparation.funds", "130101")["timing"] == "due_soon"
    assert row(judged("2020-07-30T00:00", overlay), "preparation.funds", "659001")["timing"] == "not_due"


def test_an_overlay_reaches_those_who_answer_to_its_unit_whatever_their_code() -> None:
    found = judged("2020-08-01T09:00", 'extends: plan.yaml\nunit: "66"\ntighten: {preparation.funds: 2020-08-05}\n')
    other = judged("2020-08-01T09:00", 'extends: plan.yaml\nunit: "65"\ntighten: {preparation.funds: 2020-08-05}\n')

    assert row(found, "preparation.funds", "659001")["due"] == micros(at("2020-08-06T00:00"))
    assert row(found, "preparation.funds", "130101")["due"] == micros(at("2020-08-21T00:00"))
    assert row(other, "preparation.funds", "659001")["due"] == micros(at("2020-08-06T00:00"))


def test_an_overlay_of_an_office_above_those_loaded_holds_for_all_of_them() -> None:
    county = UNITS.filter(pl.col("unit").str.starts_with("130101")).with_columns(
        superior=pl.when(pl.col("unit") != "130101").then(pl.col("superior"))
    )
    overlay = plan('extends: plan.yaml\nunit: "1301"\ntighten: {preparation.funds: 2020-08-05}\n')
    nothing = pl.DataFrame(
        schema={
            "indicator": pl.String,
            "unit": pl.String,
            "value": pl.Float64,
            "reported": pl.Int64,
            "expected": pl.Int64,
            "as_of": pl.Int64,
        }
    )

    found = judge(overlay, Offices(county, above(county)), lambda _: nothing, CALENDAR, at("2020-08-01T09:00"))

    assert row(found, "preparation.funds", "130101")["due"] == micros(at("2020-08-06T00:00"))


def test_what_an_overlay_adds_is_owed_at_and_below_its_unit() -> None:
    overlay = (
        'extends: plan.yaml\nunit: "1301"\nadd:\n  - {phase: preparation, requirement: {id: own, title: 自定,'
        ' judged_at: county, met_when: "funds > 0", due: 2020-08-10}}\n'
    )

    found = judged("2020-08-01T09:00", overlay).verdicts.filter(
        pl.col("requirement").cast(pl.String) == "preparation.own"
    )

    assert found["unit"].to_list() == ["130101", "130102"]


def test_of_several_overlays_the_earliest_date_holds() -> None:
    both = plan_of(
        PLAN,
        'extends: plan.yaml\nunit: "130102"\ntighten: {preparation.funds: 2020-08-03}\n',
        'extends: plan.yaml\nunit: "1301"\ntighten: {preparation.funds: 2020-08-05}\n',
    )
    nothing = pl.DataFrame(
        schema={
            "indicator": pl.String,
            "unit": pl.String,
            "value": pl.Float64,
            "reported": pl.Int64,
            "expected": pl.Int64,
            "as_of": pl.Int64,
        }
    )

    found = judge(both, Offices(UNITS, above(UNITS)), lambda _: nothing, CALENDAR, at("2020-08-01T09:00"))

    assert row(found, "preparation.funds", "130101")["due"] == micros(at("2020-08-06T00:00"))
    assert row(found, "preparation.funds", "130102")["due"] == micros(at("2020-08-04T00:00"))
    assert row(found, "preparation.funds", "659001")["due"] == micros(at("2020-08-21T00:00"))


def test_a_periodic_duty_is_one_duty_a_period_that_has_begun() -> None:
    found = judged("2020-08-12T09:00", funds={"130101": 9.0})

    first = row(found, "weekly.report", "130101", "2020-08-03")
    second = row(found, "weekly.report", "130101", "2020-08-10")
    assert (first["due"], first["standing"], first["timing"]) == (
        micros(at("2020-08-10T00:00")),
        "unreported",
        "overdue",
    )
    assert (second["due"], second["standing"], second["timing"]) == (
        micros(at("2020-08-17T00:00")),
        "unreported",
        "due_soon",
    )
    assert found.verdicts.filter(pl.col("period") == "2020-08-17").is_empty()


def test_a_period_that_would_outlast_its_phase_is_due_when_the_phase_ends() -> None:
    """The phase ends with 19 August, a Wednesday."""
    found = judged("2020-08-19T09:00", funds={"130101": 9.0})

    assert row(found, "weekly.report", "130101", "2020-08-10")["due"] == micros(at("2020-08-17T00:00"))
    assert row(found, "weekly.report", "130101", "2020-08-17")["due"] == micros(at("2020-08-20T00:00"))


def test_a_condition_that_cannot_be_computed_is_unmet_and_not_met_by_default() -> None:
    """The township has no staff to be counted against, so nobody can say whether it keeps to the limit."""
    found = judged("2020-08-10T09:00", staff={"130101001": 0.0, "130101002": 4.0})

    assert row(found, "preparation.load", "130101001")["standing"] == "unmet"
    assert row(found, "preparation.load", "130101002")["standing"] == "met"


def test_only_what_was_reported_in_a_period_counts_for_it() -> None:
    """The figure of 1 August lies before the first week, which begins on Monday the 3rd."""
    early = row(judged("2020-08-12T09:00", funds={"130101": 9.0}), "weekly.report", "130101", "2020-08-03")

    assert early["standing"] == "unreported"


def decided(rows: list[tuple[str, str, str, bool, str | None]]) -> pl.DataFrame:
    schema = {
        "unit": pl.String,
        "requirement": pl.String,
        "period": pl.String,
        "waived": pl.Boolean,
        "extended_to": pl.Int64,
    }
    moments = [(*one[:4], micros(at(one[4])) if one[4] else None) for one in rows]
    return pl.DataFrame(moments, schema=schema, orient="row")


def test_a_waived_duty_is_never_overdue_and_an_extended_one_is_due_later() -> None:
    now = at("2020-08-25T09:00")
    decisions = decided(
        [
            ("130101", "preparation.funds", "", True, None),
            ("130102", "preparation.funds", "", False, "2020-09-01T00:00"),
        ]
    )

    verdicts = with_decisions(judged("2020-08-25T09:00").verdicts, decisions, plan(), CALENDAR)
    found = Judgement(with_timing(verdicts, now), {})

    waived, extended, other = (row(found, "preparation.funds", unit) for unit in ("130101", "130102", "659001"))
    assert (waived["waived"], waived["timing"]) == (True, "not_due")
    assert (extended["waived"], extended["due"], extended["timing"]) == (
        False,
        micros(at("2020-09-01T00:00")),
        "due_soon",
    )
    assert (other["waived"], other["timing"]) == (False, "overdue")


def test_a_decision_on_one_period_leaves_the_others() -> None:
    now = at("2020-08-18T09:00")
    decisions = decided([("130101", "weekly.report", "2020-08-03", True, None)])

    verdicts = with_decisions(judged("2020-08-18T09:00").verdicts, decisions, plan(), CALENDAR)
    found = Judgement(with_timing(verdicts, now), {})

    assert row(found, "weekly.report", "130101", "2020-08-03")["timing"] == "not_due"
    assert row(found, "weekly.report", "130101", "2020-08-10")["timing"] == "overdue"


def test_the_figures_that_a_verdict_rests_on_are_kept() -> None:
    found = judged("2020-08-10T09:00", funds={"130101": 850.0}, population={"130101": 100.0})

    wide = found.figures["preparation.funds", ""]
    assert wide.filter(pl.col("unit") == "130101").select("funds", "population").row(0) == (850.0, 100.0)


@pytest.mark.parametrize("ends", ["2020-08-19", "2020-08-18"])
def test_phases_that_owe_something_in_one_week_keep_their_figures_apart_whenever_each_ends(ends: str) -> None:
    report = '{id: report, title: 两员周报, judged_at: county, met_when: "staff >= 0", every: week}'
    more = phase("other", "另报", "2020-08-05", ends, [report])
    found = judged("2020-08-18T09:00", more=more)

    owed = [one for one in plan(more=more).requirements if one.every]
    shown = [found.figures_of(one, "2020-08-17").columns for one in owed]
    assert ["funds" in shown[0], "staff" in shown[1]] == [True, True]
