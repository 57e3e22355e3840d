"""Dates that no source says: which notes mark them, and which duties are due at one of them."""

from __future__ import annotations

import pytest
from worlds.campaign import at
from worlds.plans import ONE_DUTY, phase, plan_of, trial

from models.plan.defaults import dates_are_defaults


@pytest.mark.parametrize(
    ("note", "marked"),
    [
        ("默认设置", True),
        ("默认设置；山西2020年列为刚性要求", True),
        ("期限和1:5为默认设置", True),
        ("公告2020年10月9日发布，期限为默认设置", True),
        ("各阶段起止沿用2020年，均为默认设置", True),
        ("报告频次为默认设置", True),
        ("the due date is a default setting", True),
        ("比对规则为默认设置", False),
        ("期限由山西省规定", False),
        (None, False),
    ],
)
def test_a_note_marks_a_date_where_it_calls_that_or_everything_a_default_setting(note, marked):
    assert dates_are_defaults(note) is marked


NOTED = ONE_DUTY.replace("due: 2020-08-05,", "due: 2020-08-05, note: 默认设置,")


@pytest.mark.parametrize(
    ("plan", "overlays", "due", "by_default"),
    [
        (NOTED, (), "2020-08-06T00:00", True),
        (NOTED, (), "2020-08-08T00:00", False),
        (ONE_DUTY, (), "2020-08-06T00:00", False),
        (
            NOTED,
            ('extends: plan.yaml\nunit: "99"\ntighten: {preparation.funds: 2020-08-01}\n',),
            "2020-08-02T00:00",
            False,
        ),
        (
            NOTED,
            ('extends: plan.yaml\nunit: "99"\ntighten: {preparation.funds: 2020-08-05}\n',),
            "2020-08-06T00:00",
            False,
        ),
        (ONE_DUTY, ("extends: plan.yaml\nnote: 各阶段起止沿用上次，均为默认设置\n",), "2020-08-06T00:00", True),
    ],
    ids=["as set", "extended", "with a source", "tightened", "confirmed", "a later census"],
)
def test_a_duty_is_due_by_default_until_somebody_gives_it_a_date(plan, overlays, due, by_default):
    made = plan_of(plan, *overlays)
    [funds] = made.find_requirements("preparation.funds")
    assert made.is_default(funds, "", at(due)) is by_default


@pytest.mark.parametrize(
    ("phase_note", "note", "due", "by_default"),
    [
        ("起止为默认设置", "", "2020-08-02T00:00", True),
        ("起止为默认设置", "", "2020-08-03T00:00", False),
        ("2020年8月1日通知", "", "2020-08-02T00:00", False),
        ("2020年8月1日通知", ", note: 报告频次为默认设置", "2020-08-02T00:00", True),
    ],
)
def test_a_daily_report_is_due_by_default_where_its_rhythm_or_its_phase_is_a_setting(phase_note, note, due, by_default):
    made = plan_of(
        trial(
            ["staff: {title: 两员人数, level: township, roll_up: sum}"],
            [
                phase(
                    "listing",
                    "摸底",
                    "2020-08-01",
                    "2020-08-31",
                    [f'{{id: daily, title: 日报, judged_at: township, met_when: "staff >= 0", every: day{note}}}'],
                    note=phase_note,
                )
            ],
        )
    )
    [daily] = made.find_requirements("listing.daily")
    assert made.is_default(daily, "2020-08-01", at(due)) is by_default
