"""The rules of the chase on both databases: who hears when, whatever the watch missed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds.campaign import UNITS, at
from worlds.chases import Chase, chasing
from worlds.plans import ONE_DUTY, TWO_PHASES, TWO_PHASES_ALWAYS, plan_with

from tasks.audit_trail.records import verify
from tasks.chasing.passes import owe
from tasks.oversight.auditor import audit

REPORTED = "code,funds_arrived,population\n990102,2000000,100000\n"
"""乙县 has the funds; 甲县 has reported nothing."""


@pytest.fixture
def chase(tmp_path: Path, database_url: str) -> Iterator[Chase]:
    with chasing(tmp_path, database_url, plan=ONE_DUTY) as one:
        one.report(REPORTED, "2020-07-01T09:00")
        yield one


def test_an_office_hears_before_its_superior_and_each_word_once(chase: Chase):
    heard = {
        moment: chase.watch(moment)
        for moment in (
            "2020-07-29T23:45",
            "2020-07-30T00:00",
            "2020-07-30T08:30",
            "2020-07-30T08:45",
            "2020-08-05T08:30",
            "2020-08-06T00:00",
            "2020-08-06T08:30",
            "2020-08-06T17:15",
            "2020-08-07T08:15",
            "2020-08-07T08:30",
            "2020-08-07T09:00",
        )
    }
    assert {moment: who for moment, who in heard.items() if who} == {
        "2020-07-30T08:30": ["990101/owner"],
        "2020-08-05T08:30": ["990101/leader", "990101/owner"],
        "2020-08-06T08:30": ["990101/leader", "990101/owner"],
        "2020-08-07T08:30": ["9901/owner"],
    }


def test_after_three_days_down_nothing_is_lost_nothing_doubled_and_what_was_overtaken_is_not_sent(chase: Chase):
    assert chase.watch("2020-07-30T09:00") == ["990101/owner"]
    assert chase.watch("2020-08-09T09:00") == []
    assert chase.watch("2020-08-10T08:30") == ["990101/leader", "990101/owner"]
    assert chase.watch("2020-08-10T17:15") == []
    assert chase.watch("2020-08-11T08:30") == ["9901/owner"]
    (trail,) = chase.rows("SELECT trail FROM cases")
    words = [line.split(" ", 1)[1] for line in trail[0].splitlines()]
    assert words == ["fired remind-7", "overtaken remind-1", "fired overdue", "fired superior"]


def test_a_held_word_that_the_next_rung_overtakes_is_superseded_and_never_sent(chase: Chase):
    for moment in ("2020-07-30T09:00", "2020-08-05T00:00", "2020-08-06T00:00"):
        chase.watch(moment)
    assert chase.watch("2020-08-06T08:30") == ["990101/leader", "990101/owner"]
    assert [(to, state) for to, rung, state in chase.states() if rung == "remind-1"] == [
        ("990101/owner", "superseded"),
        ("990101/leader", "superseded"),
    ]
    assert chase.rows("SELECT DISTINCT ended_at, ended_why FROM notice_lines WHERE state = 'superseded'") == [
        (round(at("2020-08-06T00:00").timestamp() * 1e6), "next rung")
    ]


def test_a_weekend_down_is_followed_by_one_message_not_by_stale_reminders(tmp_path: Path, database_url: str):
    more = [
        f'{{id: funds-{n}, title: 经费{n}, judged_at: county, met_when: "funds_arrived > {n}", due: 2020-08-0{n}, ladder: standard}}'
        for n in (6, 7, 8)
    ]
    with chasing(tmp_path, database_url, plan=plan_with(ONE_DUTY, *more)) as chase:
        chase.report(REPORTED, "2020-07-01T09:00")
        chase.watch("2020-08-04T17:00")
        assert chase.watch("2020-08-10T08:30") == ["990101/leader", "990101/owner"]
        assert chase.watch("2020-08-10T08:45") == []


def test_lines_of_later_passes_join_the_notice_that_waits_for_monday(tmp_path: Path, database_url: str):
    more = (
        '{id: plan, title: 方案, judged_at: county, met_when: "funds_arrived > 5", due: 2020-08-08, ladder: standard}'
    )
    with chasing(tmp_path, database_url, plan=plan_with(ONE_DUTY.replace("2020-08-05", "2020-08-07"), more)) as chase:
        chase.report(REPORTED, "2020-07-01T09:00")
        chase.watch("2020-08-07T09:00")
        for moment in ("2020-08-08T00:00", "2020-08-08T12:00", "2020-08-09T00:00", "2020-08-09T18:00"):
            assert chase.watch(moment) == []
        before = len(chase.sink.accepted)
        assert chase.watch("2020-08-10T08:30") == ["990101/leader", "990101/owner"]
        assert all("人均经费" in m.text and "方案" in m.text for m in chase.sink.accepted[before:])


def test_round_the_clock_a_word_goes_out_at_midnight(tmp_path: Path, database_url: str):
    with chasing(tmp_path, database_url, plan=TWO_PHASES_ALWAYS) as chase:
        chase.report(REPORTED, "2020-07-01T09:00")
        chase.watch("2020-07-30T00:00")
        chase.watch("2020-08-05T00:00")
        assert chase.watch("2020-08-06T00:00") == ["990101/owner"]
        assert chase.watch("2020-08-06T06:45") == []
        assert chase.watch("2020-08-06T07:00") == ["990101/leader"]


def of_both_hours(due: str = "2020-08-05") -> str:
    """A county owes funds in office hours and, from a phase on duty round the clock, matters by `due`."""
    duty = f'{{id: matters, title: 处置突发事项, judged_at: county, met_when: "matters >= 1", due: {due}, ladder: standard}}'
    plan = TWO_PHASES.replace("    title: 两员选聘\n", "    title: 两员选聘\n    hours: always\n")
    plan = plan.replace("indicators:\n", "indicators:\n  matters: {title: 突发事项, level: county, roll_up: sum}\n")
    return plan_with(plan, duty, phase="recruitment")


MATTERS = "code,matters\n990102,1\n"


@pytest.mark.parametrize("moment", ["2020-07-30T00:00", "2020-07-30T08:30"])
def test_one_person_gets_one_message_in_a_pass_whatever_the_hours_of_its_phases(
    tmp_path: Path, database_url: str, moment: str
):
    with chasing(tmp_path, database_url, plan=of_both_hours()) as chase:
        chase.report(REPORTED, "2020-07-01T09:00")
        chase.report(MATTERS, "2020-07-01T09:00")
        assert chase.watch(moment) == ["990101/owner"]
        [message] = chase.sink.accepted
        assert "人均经费不低于10元" in message.text
        assert "处置突发事项" in message.text
        assert chase.watch("2020-07-30T08:45") == []


def test_the_administrator_hears_at_night_of_a_vacancy_that_a_phase_round_the_clock_met_too(
    tmp_path: Path, database_url: str
):
    with chasing(tmp_path, database_url, plan=of_both_hours(), but=("990101/owner",)) as chase:
        chase.report(REPORTED, "2020-07-01T09:00")
        chase.report(MATTERS, "2020-07-01T09:00")
        assert chase.watch("2020-07-30T00:00") == ["9901/owner", "admin"]
        assert chase.watch("2020-07-30T08:30") == []


def test_what_waits_for_the_office_goes_with_the_first_word_that_may_go_at_night(tmp_path: Path, database_url: str):
    with chasing(tmp_path, database_url, plan=of_both_hours("2020-08-06 03:00")) as chase:
        chase.report(REPORTED, "2020-07-01T09:00")
        chase.report(MATTERS, "2020-07-01T09:00")
        heard = {hour: chase.watch(f"2020-07-30T{hour}") for hour in ("00:00", "02:45", "03:00", "08:30")}
        assert heard == {"00:00": [], "02:45": [], "03:00": ["990101/owner"], "08:30": []}
        assert chase.rows("SELECT COUNT(*), MIN(state) FROM notices") == [(1, "accepted")]
        assert verify(chase.campaign.store).whole


@pytest.mark.parametrize(("met", "hour"), [(False, "07:00"), (True, "08:30")])
def test_what_is_left_when_the_word_for_any_hour_is_withdrawn_waits_for_the_office(
    tmp_path: Path, database_url: str, met: bool, hour: str
):
    with chasing(tmp_path, database_url, plan=of_both_hours()) as chase:
        chase.report(REPORTED, "2020-07-01T09:00")
        chase.report(MATTERS, "2020-07-01T09:00")
        chase.watch("2020-07-30T09:00")
        assert chase.watch("2020-08-05T00:00") == ["990101/owner"]
        if met:
            chase.report("code,matters\n990101,1\n", "2020-08-05T05:00")
        heard = {hour: chase.watch(f"2020-08-05T{hour}") for hour in ("06:45", "07:00", "08:15", "08:30")}
        assert {moment: who for moment, who in heard.items() if who} == {hour: ["990101/leader"]}


def test_what_was_left_for_the_office_goes_with_the_next_word_for_any_hour(tmp_path: Path, database_url: str):
    later = '{id: later, title: 值守记录, judged_at: county, met_when: "funds_arrived >= 1", due: 2020-08-06 08:00, ladder: standard}'
    plan = plan_with(of_both_hours(), later, phase="recruitment")
    with chasing(tmp_path, database_url, plan=plan) as chase:
        chase.report(REPORTED, "2020-07-01T09:00")
        chase.report(MATTERS, "2020-07-01T09:00")
        chase.watch("2020-07-30T09:00")
        chase.watch("2020-08-05T00:00")
        chase.report("code,matters\n990101,1\n", "2020-08-05T05:00")
        assert chase.watch("2020-08-05T07:00") == []
        assert chase.watch("2020-08-05T08:00") == ["990101/leader", "990101/owner"]
        assert chase.watch("2020-08-05T08:30") == []


@pytest.mark.parametrize(("last", "heard"), [("2020-10-09T17:15", []), ("2020-10-10T08:30", ["9901/owner"])])
def test_over_the_national_day_everybody_keeps_their_distance(
    tmp_path: Path, database_url: str, last: str, heard: list[str]
):
    with chasing(tmp_path, database_url, plan=ONE_DUTY.replace("2020-08-05", "2020-09-30")) as chase:
        chase.report(REPORTED, "2020-07-01T09:00")
        for moment in ("2020-09-23T09:00", "2020-09-30T09:00", "2020-10-01T00:00", "2020-10-08T09:00"):
            chase.watch(moment)
        assert chase.watch("2020-10-09T08:30") == ["990101/leader", "990101/owner"]
        assert chase.watch(last) == heard


def test_a_clock_put_back_tells_nobody_anything_again(chase: Chase):
    chase.watch("2020-07-30T09:00")
    chase.watch("2020-08-06T08:30")
    ledger = chase.ledger()
    for moment in ("2020-07-30T09:00", "2020-08-05T09:00", "2020-08-06T08:30"):
        assert chase.watch(moment) == []
    assert chase.ledger() == ledger


def test_a_case_opened_later_than_the_clock_now_says_is_not_opened_twice(chase: Chase):
    chase.watch("2020-08-06T08:30")
    chase.watch("2020-07-30T09:00")
    assert chase.rows("SELECT unit, seq FROM cases") == [("990101", 1)]


def test_nobody_in_the_role_goes_up_one_superior_and_to_the_administrator(tmp_path: Path, database_url: str):
    with chasing(tmp_path, database_url, plan=ONE_DUTY, but=("990101/owner",)) as chase:
        chase.report(REPORTED, "2020-07-01T09:00")
        assert chase.watch("2020-07-30T09:00") == ["9901/owner", "admin"]
        (text,) = [m.text for m in chase.sink.accepted if m.to.strip("/") == "9901/owner"]
        assert "甲县" in text


def test_the_administrator_hears_of_a_vacancy_whatever_becomes_of_the_duty(tmp_path: Path, database_url: str):
    with chasing(tmp_path, database_url, plan=ONE_DUTY, but=("990101/owner",)) as chase:
        chase.report(REPORTED, "2020-07-01T09:00")
        assert chase.watch("2020-08-05T00:00") == []
        chase.report("code,funds_arrived,population\n990101,2000000,100000\n", "2020-08-05T08:00")
        assert chase.watch("2020-08-05T08:30") == ["admin"]
        (text,) = [m.text for m in chase.sink.accepted if m.to.strip("/") == "admin"]
        assert "甲县：没有登记经办人，通知已转上级。请补充联系人。" in text


def test_a_rung_that_finds_nobody_is_given_up_at_once_whichever_duty_the_administrator_reads_of(
    tmp_path: Path, database_url: str
):
    second = '{id: again, title: 再一项, judged_at: county, met_when: "funds_arrived >= 10000000", due: 2020-08-05, ladder: standard}'
    plan = plan_with(ONE_DUTY, second).replace("+1wd, to: [superior.owner]", "+1d, to: [superior.owner]")
    plan = plan.replace("+0d, to: [unit.owner, unit.leader]", "+0d, to: [unit.leader]")
    with chasing(tmp_path, database_url, plan=plan, but=("990101/leader", "9901/leader", "99/leader")) as chase:
        chase.report(REPORTED, "2020-07-01T09:00")
        for moment in ("2020-08-05T09:00", "2020-08-06T00:00", "2020-08-06T08:30", "2020-08-07T00:00"):
            chase.watch(moment)
        found = chase.rows(
            "SELECT c.requirement FROM notice_lines l JOIN cases c ON c.id = l.case_id"
            " WHERE l.rung = 'superior' AND c.unit = '990101' ORDER BY 1"
        )
        assert found == [("preparation.again",), ("preparation.funds",)]


def test_one_office_that_waits_only_for_those_below_is_told_once_and_nobody_above_it(tmp_path: Path, database_url: str):
    county = (
        '{id: staff-county, title: 全县两员, judged_at: county, met_when: "staff >= 20", due: T-73d, ladder: standard}'
    )
    plan = plan_with(TWO_PHASES, county, phase="recruitment")
    with chasing(tmp_path, database_url, plan=plan) as chase:
        chase.report("code,funds_arrived,population\n990101,9000000,100\n990102,9000000,100\n", "2020-07-01T09:00")
        chase.report("code,staff\n990101001,12\n990101002,3\n990102001,12\n990102002,12\n", "2020-07-01T09:00")
        assert chase.watch("2020-08-14T09:00") == ["990101/owner", "990101002/owner"]
        chase.watch("2020-08-20T09:00")
        assert chase.watch("2020-08-21T08:30") == [
            "990101/leader",
            "990101/owner",
            "990101002/leader",
            "990101002/owner",
        ]
        assert chase.watch("2020-08-24T08:30") == ["990101/owner"]
        assert [(to, rung) for to, rung, _ in chase.states() if to.startswith("9901/")] == []
        assert chase.watch("2020-09-24T08:30") == []
        chase.report("code,staff\n990101002,12\n", "2020-09-24T09:00")
        assert chase.watch("2020-09-24T09:00") == []
        assert chase.rows("SELECT DISTINCT closed_as FROM cases") == [("met",)]


@pytest.mark.parametrize(
    ("staff", "wanted", "heard"),
    [(3, 20, [("990101/owner", "roll-up")]), (12, 30, [])],
    ids=["waits for those below", "is late by itself"],
)
def test_where_no_rung_tells_the_office_once_it_is_late_its_owner_gets_the_roll_up_line_at_the_due_moment(
    tmp_path: Path, staff: int, wanted: int, heard: list[tuple[str, str]]
):
    county = f'{{id: staff-county, title: 全县两员, judged_at: county, met_when: "staff >= {wanted}", due: T-73d, ladder: brief}}'
    rungs = "{id: remind, at: -7d, to: [unit.owner]}\n    - {id: superior, at: +1wd, to: [superior.owner, unit.leader]}"
    plan = plan_with(TWO_PHASES, county, phase="recruitment").replace(
        "ladders:\n", f"ladders:\n  brief:\n    - {rungs}\n"
    )
    with chasing(tmp_path, plan=plan) as chase:
        chase.report("code,funds_arrived,population\n990101,9000000,100\n990102,9000000,100\n", "2020-07-01T09:00")
        chase.report(f"code,staff\n990101001,12\n990101002,{staff}\n990102001,12\n990102002,12\n", "2020-07-01T09:00")
        for moment in (
            "2020-08-14T09:00",
            "2020-08-20T23:45",
            "2020-08-21T00:00",
            "2020-08-21T08:30",
            "2020-08-28T09:00",
        ):
            chase.watch(moment)
        query = (
            "SELECT l.unit || '/' || l.role, l.kind, l.owed_at, n.state FROM notice_lines l"
            " JOIN cases c ON c.id = l.case_id JOIN notices n ON n.id = l.notice_id"
            " WHERE c.requirement = 'recruitment.staff-county' AND l.rung = 'roll-up'"
        )
        due = round(at("2020-08-21T00:00").timestamp() * 1e6)
        assert chase.rows(query) == [(*one, due, "accepted") for one in heard]
        found = audit(chase.campaign.store, at("2020-08-20T09:00"), at("2020-08-22T09:00"))
        assert [one for one in found.extra if one.requirement == "recruitment.staff-county"] == []


def test_every_day_s_report_is_a_case_of_its_own(tmp_path: Path, database_url: str):
    daily = '{id: daily, title: 日报, judged_at: county, met_when: "funds_arrived >= 0", every: day, ladder: evening}'
    plan = plan_with(ONE_DUTY, daily).replace(
        "ladders:\n", "ladders:\n  evening:\n    - {id: missing, at: +0d, to: [unit.owner]}\n"
    )
    with chasing(tmp_path, database_url, plan=plan.replace("T-200d", "2020-07-06")) as chase:
        chase.report("code,funds_arrived\n990102,5\n990101,5\n", "2020-07-06T18:00")
        chase.report("code,funds_arrived\n990102,5\n", "2020-07-07T18:00")
        assert chase.watch("2020-07-07T08:30") == []
        assert chase.watch("2020-07-08T08:30") == ["990101/owner"]
        assert chase.watch("2020-07-09T08:30") == ["990101/owner", "990102/owner"]
        assert chase.rows("SELECT unit, period FROM cases ORDER BY period, unit") == [
            ("990101", "2020-07-07"),
            ("990101", "2020-07-08"),
            ("990102", "2020-07-08"),
        ]


def test_a_pass_over_one_county_leaves_the_other_alone(tmp_path: Path, database_url: str):
    with chasing(tmp_path, database_url, plan=ONE_DUTY) as chase:
        assert chase.watch("2020-07-30T09:00") == ["990101/owner", "990102/owner"]
        ledger = chase.ledger()
        chase.report(
            "code,funds_arrived,population\n990101,2000000,100000\n990102,2000000,100000\n", "2020-07-30T09:30"
        )
        chase.watch("2020-08-05T09:00", "990101")
        assert chase.rows("SELECT unit, closed_as FROM cases ORDER BY unit") == [("990101", "met"), ("990102", None)]
        assert [row for row in chase.ledger() if row[0] == "990102"] == [row for row in ledger if row[0] == "990102"]


@pytest.mark.parametrize("moment", ["2020-07-30T09:00", "2020-08-31T09:00"])
def test_a_rehearsal_says_who_would_hear_and_leaves_nothing(chase: Chase, moment: str):
    tables = ("cases", "notices", "notice_lines", "transitions", "passes", "policies", "asides")
    before = [chase.rows(f"SELECT * FROM {table}") for table in tables]
    owed = owe(chase.campaign.store, None, at(moment), dry_run=True)
    assert {f"{line['to_unit']}/{line['role']}" for line in owed.lines} >= {"990101/owner"}
    assert [chase.rows(f"SELECT * FROM {table}") for table in tables] == before
    assert chase.watch(moment)[-1] == "990101/owner"


def test_both_superiors_hear_of_an_office_that_answers_to_two(tmp_path: Path, database_url: str):
    with chasing(tmp_path, database_url, plan=ONE_DUTY, units=UNITS + "66,试验兵团\n") as chase:
        chase.do("INSERT INTO superiors (code, superior, line) VALUES ('990101', '66', 'business')")
        chase.report(REPORTED, "2020-07-01T09:00")
        for moment in ("2020-08-06T08:30", "2020-08-06T09:00"):
            chase.watch(moment)
        assert chase.watch("2020-08-07T08:30") == ["66/owner", "9901/owner"]
