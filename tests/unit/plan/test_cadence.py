"""Reports at their cut-offs: how a plan writes them, which periods they make, and what is wrong or doubtful about them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from worlds.plans import faults_of, phase, plan_of, trial

from models.calendar.working_time import Calendar
from models.plan.doubts import doubts
from models.plan.files import read_plan
from models.plan.model import Plan
from models.plan.periods import period_around, within_period
from models.plan.row_labels import spoken_label

FIGURES = ["visited: {title: 已走访, level: township, roll_up: sum, min: 0}"]
LADDER = {"cut-off": ["{id: before, at: -1h, to: [unit.owner]}", "{id: missing, at: +0d, to: [unit.owner]}"]}
REPORT = '{id: report, title: 进度报告, judged_at: township, met_when: "visited >= 0", every: cadence, ladder: cut-off}'
CHINA = Calendar("china", {date(2020, 10, 1): False, date(2020, 10, 10): True}, frozenset({2020}))


def text(cadence: str, starts: str = "2020-10-01", ends: str = '"2020-10-04 17:00"', **more: str) -> str:
    return trial(FIGURES, [phase("field", "摸底", starts, ends, [REPORT], cadence=cadence, **more)], ladders=LADDER)


def periods(plan: Plan, now: str = "2021-12-31T00:00") -> list[tuple[str, str, str]]:
    """Label, first moment that counts, and due moment of each period, to the minute."""
    found = plan.periods(plan.requirements[0], at(now))
    return [(one.label, f"{one.starts:%m-%d %H:%M}", f"{one.due:%m-%d %H:%M}") for one in found]


def at(moment: str) -> datetime:
    return datetime.fromisoformat(f"{moment}+08:00")


def test_each_cut_off_is_a_period_from_the_one_before_it_and_the_first_begins_with_the_phase() -> None:
    assert periods(plan_of(text("daily 17:00"))) == [
        ("2020-10-01T17:00", "10-01 00:00", "10-01 17:00"),
        ("2020-10-02T17:00", "10-01 17:00", "10-02 17:00"),
        ("2020-10-03T17:00", "10-02 17:00", "10-03 17:00"),
        ("2020-10-04T17:00", "10-03 17:00", "10-04 17:00"),
    ]


def test_twice_a_day_the_second_period_spans_midnight() -> None:
    assert periods(plan_of(text("daily 17:00 09:00", ends='"2020-10-02 17:00"'))) == [
        ("2020-10-01T09:00", "10-01 00:00", "10-01 09:00"),
        ("2020-10-01T17:00", "10-01 09:00", "10-01 17:00"),
        ("2020-10-02T09:00", "10-01 17:00", "10-02 09:00"),
        ("2020-10-02T17:00", "10-02 09:00", "10-02 17:00"),
    ]


def test_the_last_period_ends_with_its_phase_and_is_due_then() -> None:
    assert periods(plan_of(text("weekly fri 17:00", ends="2020-10-12")))[1:] == [
        ("2020-10-09T17:00", "10-02 17:00", "10-09 17:00"),
        ("2020-10-13T00:00", "10-09 17:00", "10-13 00:00"),
    ]


def test_a_month_without_the_day_has_its_cut_off_on_the_last() -> None:
    found = periods(plan_of(text("monthly 31 17:00", "2019-12-31", '"2020-03-31 17:00"')))

    assert [label for label, *_ in found] == [
        "2019-12-31T17:00",
        "2020-01-31T17:00",
        "2020-02-29T17:00",
        "2020-03-31T17:00",
    ]


def test_a_cadence_that_changes_goes_on_from_the_last_cut_off_of_the_one_before() -> None:
    plan = plan_of(
        text("[monthly 25 17:00, {from: T-92d, cadence: weekly fri 17:00}]", "2020-07-01", '"2020-08-14 17:00"')
    )

    assert periods(plan) == [
        ("2020-07-25T17:00", "07-01 00:00", "07-25 17:00"),
        ("2020-08-07T17:00", "07-25 17:00", "08-07 17:00"),
        ("2020-08-14T17:00", "08-07 17:00", "08-14 17:00"),
    ]


def test_a_cut_off_at_the_moment_of_the_change_is_of_the_new_cadence_and_one_at_the_start_of_the_phase_is_none() -> (
    None
):
    change = '[daily 00:00, {from: "2020-10-03 00:00", cadence: daily 12:00}]'

    assert [label for label, *_ in periods(plan_of(text(change, ends="2020-10-03")))] == [
        "2020-10-02T00:00",
        "2020-10-03T12:00",
        "2020-10-04T00:00",
    ]


def test_what_is_reported_as_of_the_cut_off_counts_for_it_and_what_comes_after_for_the_next() -> None:
    plan = plan_of(text("daily 17:00"))
    [cadence] = plan.rhythms()

    def label(moment: str) -> str:
        return period_around(at(moment), cadence, plan.zone).label

    assert label("2020-10-01T00:00") == "2020-10-01T17:00"
    assert label("2020-10-01T17:00") == "2020-10-01T17:00"
    assert label("2020-10-01T17:00:00.000001") == "2020-10-02T17:00"
    before = period_around(at("2020-09-30T20:00"), cadence, plan.zone)
    assert (before.starts, before.ends) == (at("2020-09-30T00:00"), at("2020-10-01T00:00")), (
        "no report before the phase counts"
    )


def test_a_period_begins_after_the_cut_off_before_it_and_not_at_it() -> None:
    plan = plan_of(text("daily 09:00 17:00"))

    assert [label for label, *_ in periods(plan, "2020-10-01T09:00")] == ["2020-10-01T09:00"]
    assert [label for label, *_ in periods(plan, "2020-10-01T09:00:00.000001")] == [
        "2020-10-01T09:00",
        "2020-10-01T17:00",
    ]


def test_periods_that_ended_by_a_moment_are_left_out() -> None:
    plan = plan_of(text("daily 17:00"))

    found = plan.periods(plan.requirements[0], at("2020-10-04T17:00"), since=at("2020-10-03T00:00"))

    assert [one.label for one in found] == ["2020-10-03T17:00", "2020-10-04T17:00"]


@pytest.mark.parametrize(
    ("label", "zh", "en"),
    [
        ("2020-11-01T17:00", "11月1日17时", "1 Nov 17:00"),
        ("2020-11-01T16:30", "11月1日16时30分", "1 Nov 16:30"),
        ("2020-11-02T00:00", "11月1日24时", "1 Nov 24:00"),
        ("of another kind", "of another kind", "of another kind"),
    ],
)
def test_a_cut_off_is_said_as_offices_say_it(label: str, zh: str, en: str) -> None:
    plan = plan_of(text("daily 17:00"))

    said = spoken_label(plan, plan.requirements[0], label)

    assert (said.zh, said.en) == (zh, en)


def test_a_cut_off_is_a_default_where_its_phase_or_its_duty_says_so_and_another_moment_is_none() -> None:
    plan = plan_of(text("daily 17:00", note="报告频次为默认设置"))
    [duty] = plan.requirements

    assert plan.is_default(duty, "2020-10-01T17:00", at("2020-10-01T17:00"))
    assert not plan.is_default(duty, "2020-10-01T17:00", at("2020-10-02T17:00")), "somebody gave it another day"


def test_figures_of_districts_are_kept_apart_for_each_cadence_and_each_phase() -> None:
    one, other, later = (
        plan_of(text(cadence, starts)).rhythms()[0]
        for cadence, starts in (
            ("daily 17:00", "2020-10-01"),
            ("daily 09:00 17:00", "2020-10-01"),
            ("daily 17:00", "2020-10-02"),
        )
    )

    assert len({within_period("visited", rhythm) for rhythm in (one, other, later)}) == 3


@pytest.mark.parametrize(
    ("cadence", "said"),
    [
        ("hourly", "must look like none, daily 09:00 17:00"),
        ("daily", "must look like none, daily 09:00 17:00"),
        ("daily 24:00", "must look like none, daily 09:00 17:00"),
        ("daily 09:60", "must look like none, daily 09:00 17:00"),
        ("weekly 17:00", "must look like none, daily 09:00 17:00"),
        ("monthly 32 17:00", "no month has a day 32"),
        ("none", "“field” has no cadence: give the phase one"),
        ("5", "a cadence must be a text, or a list"),
        ("[]", "a cadence must be a text, or a list"),
        ("[{from: T-30d, cadence: daily 17:00}]", "a cadence must be a text, or a list"),
        ("[daily 17:00, daily 09:00]", "here must stand a mapping"),
        ("[daily 17:00, {from: T-30d}]", "“cadence” is missing"),
        ("[daily 17:00, {from: soon, cadence: daily 09:00}]", "the date “soon” cannot be read"),
        (
            "[daily 17:00, {from: 2020-10-01, cadence: daily 09:00}]",
            "must be after the one before it and before the phase ends",
        ),
        (
            '[daily 17:00, {from: "2020-10-04 17:00", cadence: daily 09:00}]',
            "must be after the one before it and before",
        ),
        ("[daily 17:00, {from: 2020-10-02, cadence: none}]", "cannot be none for a time"),
    ],
)
def test_each_fault_of_a_cadence_is_one_sentence_and_no_echo(cadence: str, said: str) -> None:
    [fault] = faults_of(text(cadence))

    assert said in fault.said.en


def test_a_cadence_that_changes_on_the_second_and_on_the_last_day_is_no_fault() -> None:
    change = '[daily 17:00, {from: "2020-10-01 00:01", cadence: daily 09:00}, {from: "2020-10-04 16:59", cadence: daily 17:00}]'

    assert faults_of(text(change)) == ()


def said_doubts(plan: str) -> list[str]:
    files = read_plan(("plan.yaml",), {"plan.yaml": plan}.__getitem__)
    return [one.said.en for one in doubts(files.plan, files.places, CHINA)]


def test_no_day_off_moves_a_cut_off_and_a_planner_hears_of_it_once() -> None:
    assert [one for one in said_doubts(text("daily 17:00")) if "cut-off" in one] == [
        "cut-offs of “field.report” fall on 3 days off, the first on 2020-10-01; none of them moves: check them"
    ]
    assert not [one for one in said_doubts(text("daily 17:00", hours="always")) if "cut-off" in one]
    assert not [one for one in said_doubts(text("daily 17:00", "2020-10-05", '"2020-10-07 17:00"')) if "cut-off" in one]


@pytest.mark.parametrize(("at", "doubted"), [("-24h", False), ("-1441min", True), ("-1d", False), ("-25h", True)])
def test_a_reminder_before_every_period_has_begun_is_a_doubt(at: str, doubted: bool) -> None:
    plan = text("daily 17:00", "2020-09-30", hours="always").replace("at: -1h", f"at: {at}")

    assert any("falls before each period begins" in one for one in said_doubts(plan)) == doubted


@pytest.mark.parametrize(("at", "fault"), [("-1h", False), ("+0d", False), ("+1min", True), ("+1h", True)])
def test_hours_minutes_and_days_stand_in_one_order(at: str, fault: bool) -> None:
    found = faults_of(text("daily 17:00").replace("at: -1h", f"at: {at}"))

    assert ["comes before the rung above it" in one.said.en for one in found] == [True] * fault
