"""pucha explain: why an office got, or did not get, a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds.campaign import UNITS, at, make_campaign
from worlds.chases import Chase, chasing
from worlds.plans import ONE_DUTY, TWO_PHASES, plan_with

from models.moments import micros
from models.rules.chasing.case_history import why_ended
from models.wording import Refusal
from tasks.judging.explain import explain
from tasks.loading.load import Files, load

COUNTY = '{id: staff-county, title: 全县两员, judged_at: county, met_when: "staff >= 20", due: T-73d, ladder: standard}'


def untold(chase: Chase, unit: str, requirement: str, moment: str) -> list[tuple[str, str]]:
    (found,) = explain(chase.campaign.store, unit, requirement, at(moment))
    return [(step.rung, step.word) for step in found.untold]


def test_reminders_that_an_outage_left_behind_are_said_to_have_been_overtaken(tmp_path: Path):
    with chasing(tmp_path, plan=ONE_DUTY) as chase:
        chase.watch("2020-08-12T09:00")
        assert untold(chase, "990101", "funds", "2020-08-12T09:15") == [
            ("remind-7", "overtaken"),
            ("remind-1", "overtaken"),
        ]


def test_a_word_taken_back_says_when_and_why(tmp_path: Path):
    with chasing(tmp_path, plan=ONE_DUTY.replace("2020-08-05", "2020-08-07")) as chase:
        chase.watch("2020-08-08T00:00")
        chase.decide("ack", 1, "2020-08-09T10:00", "2020-08-12T00:00")
        (found,) = explain(chase.campaign.store, "990101", "funds", at("2020-08-10T09:00"))
        assert [(line["rung"], line["line_state"], why_ended(line["ended_why"]).zh) for line in found.told] == [
            ("overdue", "withdrawn", "已签收"),
            ("overdue", "withdrawn", "已签收"),
        ]


def test_a_superior_who_was_not_told_because_only_those_below_are_late_is_accounted_for(tmp_path: Path):
    with chasing(tmp_path, plan=plan_with(TWO_PHASES, COUNTY, phase="recruitment")) as chase:
        for moment in ("2020-08-21T08:30", "2020-08-24T08:30"):
            chase.watch(moment)
        assert ("", "hushed") in untold(chase, "990101", "staff-county", "2020-08-24T09:00")


def test_a_rung_for_which_nobody_is_there_says_so(tmp_path: Path):
    nobody = tuple(f"{code}/owner" for code in ("990101", "9901", "99"))
    with chasing(tmp_path, plan=ONE_DUTY, but=nobody) as chase:
        chase.report("code,funds_arrived,population\n990102,2000000,100000\n", "2020-07-01T09:00")
        assert chase.watch("2020-07-30T09:00") == ["admin"]
        (found,) = explain(chase.campaign.store, "990101", "funds", at("2020-07-30T09:15"))
        assert [(line["unit"], line["role"], line["kind"]) for line in found.told] == [("", "admin", "vacancy")]


DAILY_AND_WEEKLY = (
    TWO_PHASES
    + """\
  - id: publicity
    title: 宣传
    starts: 2020-08-01
    ends: 2020-08-31
    requirements:
      - {id: weekly, title: 周报, judged_at: township, met_when: "maps >= 1", every: week}
      - {id: daily, title: 日报, judged_at: township, met_when: "staff >= 1", every: day}
"""
)


def test_a_day_and_the_week_that_begins_with_it_are_explained_by_their_own_figures(tmp_path: Path):
    campaign = make_campaign(tmp_path, plan=DAILY_AND_WEEKLY)
    campaign.report("code,maps\n990101001,5\n", "2020-08-12T12:00")
    campaign.report("code,staff\n990101001,0\n", "2020-08-10T12:00")
    (week,), (day,) = (
        explain(campaign.store, "990101001", f"publicity.{name}@2020-08-10", at("2020-08-14T09:00"))
        for name in ("weekly", "daily")
    )
    assert [(figure.id, figure.value) for figure in week.figures] == [("maps", 5.0)]
    assert [(figure.id, figure.value) for figure in day.figures] == [("staff", 0.0)]
    assert (week.duty.standing, day.duty.standing) == ("met", "unmet")
    assert "staff = 0" in day.duty.reason.en


def test_what_was_told_and_decided_under_a_code_that_changed_is_found_by_the_old_one(tmp_path: Path):
    with chasing(tmp_path, plan=ONE_DUTY.replace("2020-08-05", "2020-08-07")) as chase:
        chase.watch("2020-08-08T00:00")
        chase.decide("ack", 1, "2020-08-09T10:00", "2020-08-12T00:00")
        units = tmp_path / "renamed.csv"
        units.write_text(UNITS.replace("990101", "990109"), encoding="utf-8")

        changes = load(chase.campaign.store, Files(units=units), at("2020-08-10T08:00"))
        (former,) = explain(chase.campaign.store, "990101", "funds", at("2020-08-10T09:00"))

        assert [(one.unit, one.cases, one.renamed) for one in changes.departed][:1] == [("990101", 1, ("990109",))]
        assert [one["kind"] for one in former.decisions] == ["ack"]
        assert [line["rung"] for line in former.told][-1] == "overdue"
        assert former.next_rungs == ()
        assert "990101 已不在单位表中" in former.duty.reason.zh


def test_a_code_that_never_was_is_still_refused(tmp_path: Path):
    with chasing(tmp_path, plan=ONE_DUTY) as chase, pytest.raises(Refusal, match="there is no unit 990155"):
        explain(chase.campaign.store, "990155", "funds", at("2020-08-10T09:00"))


def test_what_comes_next_is_never_in_the_past(tmp_path: Path):
    with chasing(tmp_path, plan=ONE_DUTY) as chase:
        chase.watch("2020-08-06T00:00")  # owed, and held until the office opens
        (waiting,) = explain(chase.campaign.store, "990101", "funds", at("2020-08-07T09:00"))
        assert [(one["rung"], one["at"], one["waits"]) for one in waiting.next_rungs] == [("superior", None, "heard")]

        chase.watch("2020-08-07T09:15")
        (heard,) = explain(chase.campaign.store, "990101", "funds", at("2020-08-07T09:30"))
        # a working day after Friday, when it was heard
        assert [(one["rung"], one["at"], one["waits"]) for one in heard.next_rungs] == [
            ("superior", micros(at("2020-08-10T08:30")), None)
        ]


def test_a_duty_that_is_met_again_names_nobody_who_would_hear_next(tmp_path: Path):
    with chasing(tmp_path, plan=ONE_DUTY) as chase:
        chase.watch("2020-08-06T09:00")
        (late,) = explain(chase.campaign.store, "990101", "funds", at("2020-08-06T10:00"))
        chase.campaign.report("code,funds_arrived,population\n990101,12000,1000\n", "2020-08-06T11:00")
        (met,) = explain(chase.campaign.store, "990101", "funds", at("2020-08-06T12:00"))

        assert [one["rung"] for one in late.next_rungs] == ["superior"]
        assert met.duty.standing == "met"
        assert met.case is not None and met.case["closed_at"] is None  # until the next pass
        assert met.next_rungs == ()
