"""Doubts: what a planner would rather know before a plan is in force."""

from __future__ import annotations

from datetime import date

import pytest

from models.calendar.working_time import Calendar
from models.plan.doubts import doubts
from models.plan.files import read_plan

CHINA_2020 = Calendar(
    "china",
    {date(2020, 10, day): False for day in range(1, 9)} | {date(2020, 9, 27): True, date(2020, 10, 10): True},
    official_years=frozenset({2020}),
)

PLAN = """\
census: trial
title: 试验普查
standard_time: 2020-11-01
indicators:
  staff: {title: 两员人数, level: township, roll_up: sum}
ladders:
  standard:
    - {id: remind, at: -7d, to: [unit.owner]}
    - {id: superior, at: +1wd, to: [superior.owner]}
phases:
  - id: preparation
    title: 普查准备
    starts: 2020-03-02
    ends: 2020-08-05
    requirements:
      - {id: staff, title: 两员, judged_at: township, met_when: "staff >= 10", due: 2020-08-05, ladder: standard}
  - id: recruitment
    title: 两员选聘
    starts: 2020-08-06
    ends: 2020-08-20
    after: [preparation]
"""


def found(old: str = "", new: str = "", *, overlay: str = "") -> list[tuple[str, int, str]]:
    """Doubts of the plan with `old` replaced: (file, line, English sentence)."""
    assert old in PLAN
    texts = {"plan.yaml": PLAN.replace(old, new, 1) if old else PLAN, "overlay.yaml": overlay}
    files = read_plan(("overlay.yaml" if overlay else "plan.yaml",), texts.__getitem__)
    listed = doubts(files.plan, files.places, CHINA_2020)
    assert all(doubt.said.zh for doubt in listed)
    return [(doubt.file, doubt.line, doubt.said.en) for doubt in listed]


def test_a_plan_that_leaves_nothing_open_has_no_doubt() -> None:
    assert found() == []


@pytest.mark.parametrize("day", ["2020-08-08", "2020-08-09", "2020-10-01", "2020-10-08"])
def test_a_due_date_on_a_day_off_is_a_doubt(day: str) -> None:
    assert found("due: 2020-08-05", f"due: {day}") == [
        ("plan.yaml", 16, f"“preparation.staff” is due on {day}, a day off")
    ]


@pytest.mark.parametrize("day", ["2020-08-07", "2020-09-27", "2020-10-10", "2020-10-09 17:00"])
def test_a_make_up_working_day_is_a_working_day(day: str) -> None:
    assert found("due: 2020-08-05", f"due: {day}") == []


def test_a_phase_on_duty_round_the_clock_knows_no_day_off() -> None:
    always = (
        PLAN.replace("ends: 2020-08-05\n", "ends: 2020-08-05\n    hours: always\n")
        .replace("due: 2020-08-05", "due: 2020-08-08")
        .replace("+1wd", "+1d")
    )
    files = read_plan(("plan.yaml",), {"plan.yaml": always}.__getitem__)
    assert doubts(files.plan, files.places, CHINA_2020) == []


def test_a_phase_that_starts_before_its_predecessor_ends_is_a_doubt() -> None:
    assert found("starts: 2020-08-06", "starts: 2020-08-05") == [
        ("plan.yaml", 17, "“recruitment” starts on 2020-08-05, before “preparation” ends on 2020-08-05")
    ]


@pytest.mark.parametrize("condition", ["1 = 1", "true"])
def test_a_requirement_that_nothing_reports_is_a_doubt(condition: str) -> None:
    assert found("staff >= 10", condition) == [
        ("plan.yaml", 16, "the condition of “preparation.staff” rests on no indicator that anyone reports")
    ]


def test_a_requirement_on_what_is_derived_from_nothing_is_a_doubt() -> None:
    assert [line for _, line, _ in found("level: township, roll_up: sum", 'level: township, count_where: "0 = 0"')] == [
        16
    ]


def test_a_ladder_that_tells_nobody_is_a_doubt() -> None:
    said = ("plan.yaml", 16, "the ladder of “preparation.staff” tells nobody")

    assert found(", ladder: standard", "") == [said]
    silent = PLAN.replace("[unit.owner]", "[]").replace("[superior.owner]", "[]")
    files = read_plan(("plan.yaml",), {"plan.yaml": silent}.__getitem__)
    assert [(d.file, d.line, d.said.en) for d in doubts(files.plan, files.places, CHINA_2020)] == [said]


def test_a_ladder_that_ends_in_a_paper_for_somebody_tells_somebody() -> None:
    paper = PLAN.replace("[unit.owner]", "[]").replace("[superior.owner]", "[], signed_by: superior.leader")
    files = read_plan(("plan.yaml",), {"plan.yaml": paper}.__getitem__)

    assert doubts(files.plan, files.places, CHINA_2020) == []


def test_a_due_date_before_anything_begins_is_a_doubt() -> None:
    assert found("due: 2020-08-05", "due: 2020-02-28") == [
        (
            "plan.yaml",
            16,
            "“preparation.staff” is due on 2020-02-28, before the plan begins on 2020-03-02: a date of another census?",
        )
    ]


def test_two_indicators_of_one_title_are_a_doubt() -> None:
    twin = "  staff: {title: 两员人数, level: township, roll_up: sum}\n"

    assert found(twin, twin + twin.replace("staff", "hired")) == [
        (
            "plan.yaml",
            6,
            "the indicators “hired” and “staff” share the title 两员人数: reports by title cannot tell them apart",
        )
    ]


def test_a_year_without_an_official_calendar_is_one_doubt() -> None:
    later = (
        "extends: plan.yaml\nstandard_time: 2031-11-01\nphases:\n"
        "  - {id: late, title: 晚, starts: T-60d, ends: T-1d, requirements: [{id: a, title: 甲, judged_at: township,"
        " met_when: staff > 0, due: T-24d, ladder: standard}, {id: b, title: 乙, judged_at: township, met_when: staff > 1,"
        " due: T-23d, ladder: standard}]}\n"
    )

    assert found(overlay=later) == [
        ("overlay.yaml", 4, "no official calendar for 2031 has been imported; until then only weekends count as off")
    ]


def test_a_year_that_decides_nothing_is_no_doubt() -> None:
    round_the_clock = (
        PLAN.replace("ends: 2020-08-05\n", "ends: 2031-08-05\n    hours: always\n")
        .replace("due: 2020-08-05", "due: 2031-08-05")
        .replace("after: [preparation]", "")
        .replace("at: +1wd", "at: +1d")
    )
    files = read_plan(("plan.yaml",), {"plan.yaml": round_the_clock}.__getitem__)

    assert doubts(files.plan, files.places, CHINA_2020) == []


def test_a_tightened_date_on_a_day_off_is_told_where_it_was_tightened() -> None:
    overlay = 'extends: plan.yaml\nunit: "13"\ntighten:\n  preparation.staff: 2020-08-02\n'

    assert found(overlay=overlay) == [("overlay.yaml", 4, "“preparation.staff” is due on 2020-08-02, a day off")]


@pytest.mark.parametrize(("date", "doubted"), [("2020-07-30", False), ("2020-07-31", True)])
def test_a_date_that_an_overlay_above_overtakes_is_a_doubt(date: str, doubted: bool) -> None:
    wide = 'extends: plan.yaml\nunit: "13"\ntighten: {preparation.staff: 2020-07-30}\n'
    narrow = f'extends: plan.yaml\nunit: "1301"\ntighten:\n  preparation.staff: {date}\n'
    files = read_plan(
        ("narrow.yaml", "wide.yaml"), {"plan.yaml": PLAN, "wide.yaml": wide, "narrow.yaml": narrow}.__getitem__
    )

    told = [(one.file, one.line, one.said.en) for one in doubts(files.plan, files.places, CHINA_2020)]

    sentence = (
        f"“preparation.staff” is due on {date} in 1301, later than 2020-07-30 in another overlay above it:"
        " 2020-07-30 holds; check both"
    )
    assert told == ([("narrow.yaml", 4, sentence)] if doubted else [])


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ("08:30-12:29", "less than 4 hours a day"),
        ("08:30-12:30", None),
        ("06:00-20:01", "more than 14 hours a day"),
        ("06:00-20:00", None),
        ("08:00-11:00,15:01-18:00", "a break of more than 4 hours"),
        ("08:00-11:00,15:00-18:00", None),
        ("08:30-12:00,14:00-17:30", None),
    ],
)
def test_office_hours_that_were_hardly_meant_are_a_doubt(hours: str, sentence: str | None) -> None:
    doubted = found("indicators:\n", f'office_hours: "{hours}"\nindicators:\n')

    assert [(file, line) for file, line, _ in doubted] == ([] if sentence is None else [("plan.yaml", 4)])
    assert sentence is None or sentence in doubted[0][2]


def test_working_days_in_a_phase_on_duty_round_the_clock_are_a_doubt() -> None:
    always = "    ends: 2020-08-05\n    hours: always\n"
    [(_, line, said)] = found("    ends: 2020-08-05\n", always)
    assert line == 17
    assert "superior (+1wd) of the ladder “standard” count in working days" in said


@pytest.mark.parametrize(
    ("every", "at", "doubted"),
    [
        ("day", "-1d", False),
        ("day", "-2d", True),
        ("week", "-7d", False),
        ("week", "-8d", True),
        ("month", "-31d", False),
        ("month", "-32d", True),
    ],
)
def test_a_rung_that_falls_before_each_of_its_periods_begins_is_a_doubt(every: str, at: str, doubted: bool) -> None:
    ladder = f"  early:\n    - {{id: early, at: {at}, to: [unit.owner]}}\n"
    duty = f'      - {{id: again, title: 进度, judged_at: township, met_when: "staff >= 1", every: {every}, ladder: early}}\n'
    texts = {
        "plan.yaml": PLAN.replace("phases:\n", f"{ladder}phases:\n").replace(
            "    requirements:\n", f"    requirements:\n{duty}"
        )
    }
    files = read_plan(("plan.yaml",), texts.__getitem__)
    said = [one.said.en for one in doubts(files.plan, files.places, CHINA_2020)]
    assert [one for one in said if "falls before each period" in one] == (
        [
            f"“preparation.again” is owed every {every}, and “early” ({at}) falls before each period begins:"
            " bring it nearer, or leave it out"
        ]
        if doubted
        else []
    )
