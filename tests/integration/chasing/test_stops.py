"""When the chase stops: met, waived, extended, acknowledged, an office or a requirement gone, a plan changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from worlds.campaign import UNITS, at
from worlds.chases import Chase, chasing
from worlds.databases import Shared
from worlds.kept import Kept, keep
from worlds.plans import ONE_DUTY, plan_with

from models.wording import Refusal
from tasks.oversight.auditor import audit

DAY = timedelta(hours=24)

FINE = "code,funds_arrived,population\n990102,2000000,100000\n"
WITH_MEETINGS = ONE_DUTY.replace(
    "indicators:\n", "indicators:\n  meetings: {title: 专题会议, level: county, roll_up: sum}\n"
)
BOTH_FINE = FINE + "990101,2000000,100000\n"


@pytest.fixture(scope="module")
def waiting(shared: Shared) -> Iterator[Kept]:
    """甲县's overdue word waits for Monday, 10 August 2020 at 08:30."""
    with chasing(shared.folder, shared.database_url, plan=ONE_DUTY.replace("2020-08-05", "2020-08-07")) as one:
        one.report(FINE, "2020-07-01T09:00")
        one.watch("2020-08-07T09:00")
        assert one.watch("2020-08-08T00:00") == []
        yield keep(one.campaign, one.sink, shared)


@pytest.fixture
def chase(waiting: Kept, tmp_path: Path) -> Iterator[Chase]:
    with waiting.copied(tmp_path, Chase) as one:
        yield one


def held(chase: Chase) -> list[tuple[str, str]]:
    return [(to, state) for to, rung, state in chase.states() if rung == "overdue"]


def why(chase: Chase) -> list[tuple[str, str]]:
    """The last state of each notice of the overdue rung, and the reason in the ledger."""
    return [
        tuple(row)
        for row in chase.rows(
            "SELECT n.state, t.reason FROM notices n JOIN transitions t ON t.notice_id = n.id JOIN notice_lines l ON l.notice_id = n.id"
            " WHERE l.rung = 'overdue' AND t.id = (SELECT MAX(o.id) FROM transitions o WHERE o.notice_id = n.id)"
        )
    ]  # type: ignore[misc]


def test_what_is_met_before_monday_is_never_sent(chase: Chase):
    chase.report(BOTH_FINE, "2020-08-09T09:00")
    assert chase.watch("2020-08-09T09:00") == []
    assert held(chase) == [("990101/owner", "withdrawn"), ("990101/leader", "withdrawn")]
    assert why(chase) == [("withdrawn", "met"), ("withdrawn", "met")]
    assert chase.watch("2020-08-10T08:30") == []


def test_what_is_met_on_monday_morning_is_withdrawn_by_the_pass_that_would_have_sent_it(chase: Chase):
    chase.report(BOTH_FINE, "2020-08-10T08:29")
    assert chase.watch("2020-08-10T08:30") == []
    assert chase.watch("2020-08-10T08:45") == []


@pytest.mark.parametrize(
    ("kind", "until", "heard"),
    [("waive", None, []), ("extend", "2020-09-01T00:00", []), ("ack", "2020-08-12T00:00", ["9901/owner"])],
)
def test_a_person_s_decision_takes_back_what_was_not_sent(
    chase: Chase, kind: Literal["ack", "extend", "waive"], until: str | None, heard: list[str]
):
    chase.decide(kind, 1, "2020-08-09T10:00", until)
    assert {state for _, state in held(chase)} == {"withdrawn"}
    assert chase.watch("2020-08-10T08:30") == heard


def test_a_waived_duty_is_never_chased_again(chase: Chase):
    chase.decide("waive", 1, "2020-08-09T10:00")
    for moment in ("2020-08-10T08:30", "2020-08-20T09:00", "2020-10-20T09:00"):
        assert chase.watch(moment) == []
    assert chase.rows("SELECT seq, closed_as FROM cases") == [(1, "waived")]


def test_an_extended_duty_is_reminded_of_anew_before_its_new_moment(chase: Chase):
    chase.decide("extend", 1, "2020-08-09T10:00", "2020-09-02T00:00")
    assert chase.watch("2020-08-25T09:00") == []
    assert chase.watch("2020-08-26T09:00") == ["990101/owner"]
    assert chase.rows("SELECT seq, closed_as FROM cases ORDER BY seq") == [(1, "extended"), (2, None)]


def test_an_acknowledgement_holds_back_no_word_to_a_superior(chase: Chase):
    chase.watch("2020-08-10T08:30")
    chase.decide("ack", 1, "2020-08-10T09:00", "2020-08-13T12:00")
    assert chase.watch("2020-08-11T08:15") == []
    assert chase.watch("2020-08-11T08:30") == ["9901/owner"]


def test_an_acknowledgement_of_what_was_heard_long_ago_holds_back_no_superior(chase: Chase):
    """Nobody watched from Monday to Wednesday; the office had heard on Monday all the same."""
    assert "990101/owner" in chase.watch("2020-08-10T08:30")
    chase.decide("ack", 1, "2020-08-12T10:00", "2020-08-13T12:00")
    assert chase.watch("2020-08-12T10:15") == ["9901/owner"]


_AGAIN = "    - {id: again, at: +4d, to: [unit.owner]}\nphases:"


def test_an_acknowledgement_is_silence_to_the_office_until_its_time_and_no_longer(tmp_path: Path, database_url: str):
    with chasing(tmp_path, database_url, plan=ONE_DUTY.replace("phases:", _AGAIN)) as chase:
        chase.report(FINE, "2020-07-01T09:00")
        for moment in ("2020-08-05T09:00", "2020-08-06T08:30", "2020-08-07T08:30"):
            chase.watch(moment)
        chase.decide("ack", 1, "2020-08-07T09:00", "2020-08-12T12:00")
        assert chase.watch("2020-08-10T08:30") == []
        assert chase.watch("2020-08-12T11:45") == []
        assert chase.watch("2020-08-12T12:00") == ["990101/owner"]


def test_an_office_that_acknowledged_beforehand_is_passed_over_and_its_superior_told_in_time(
    tmp_path: Path, database_url: str
):
    with chasing(tmp_path, database_url, plan=ONE_DUTY) as chase:
        chase.report(FINE, "2020-07-01T09:00")
        chase.watch("2020-08-05T09:00")
        chase.decide("ack", 1, "2020-08-05T10:00", "2020-08-08T12:00")
        assert chase.watch("2020-08-06T08:30") == []
        assert chase.watch("2020-08-07T08:30") == ["9901/owner"]
        assert chase.watch("2020-08-10T08:30") == []
        assert audit(chase.campaign.store, at("2020-08-05T12:00"), at("2020-08-12T00:00"), DAY).findings == ()


def test_acknowledging_again_and_again_puts_off_no_superior(tmp_path: Path, database_url: str):
    late = ONE_DUTY.replace("{id: superior, at: +1wd", "{id: superior, at: +6wd")
    with chasing(tmp_path, database_url, plan=late) as chase:
        chase.report(FINE, "2020-07-01T09:00")
        chase.watch("2020-08-05T09:00")
        for day in ("2020-08-05", "2020-08-10", "2020-08-13"):
            chase.decide("ack", 1, f"{day}T10:00", f"{day[:-2]}{int(day[-2:]) + 3:02d}T09:00")
            assert chase.watch(f"{day}T10:15") == []
        assert chase.watch("2020-08-14T08:15") == []
        assert chase.watch("2020-08-14T08:30") == ["9901/owner"]


@pytest.mark.parametrize(("until", "taken"), [("2020-08-14T00:00", True), ("2020-08-14T00:01", False)])
def test_an_acknowledgement_lasts_three_working_days_at_most(chase: Chase, until: str, taken: bool):
    if taken:
        assert chase.decide("ack", 1, "2020-08-10T09:00", until).state == "acknowledged"
        return
    with pytest.raises(Refusal, match="for 3 working days at most"):
        chase.decide("ack", 1, "2020-08-10T09:00", until)
    assert chase.rows("SELECT * FROM decisions") == []


def test_a_duty_unmet_again_is_chased_again_from_the_office_up(chase: Chase):
    chase.watch("2020-08-10T08:30")
    chase.report(BOTH_FINE, "2020-08-10T10:00")
    assert chase.watch("2020-08-10T10:00") == []
    chase.report("code,funds_arrived,population\n990101,5,100000\n", "2020-08-12T10:00")
    assert chase.watch("2020-08-12T10:00") == ["990101/leader", "990101/owner"]
    assert chase.watch("2020-08-12T10:15") == []
    assert chase.watch("2020-08-13T08:30") == ["9901/owner"]
    assert chase.rows("SELECT seq, closed_as FROM cases ORDER BY seq") == [(1, "met"), (2, None)]


@pytest.mark.parametrize("scope", [None, "9901", "990102"])
def test_an_office_that_was_merged_away_is_left_in_peace_by_whichever_pass_comes_first(chase: Chase, scope: str | None):
    chase.load(
        "2020-08-09T09:00", units=UNITS.replace("990101,甲县\n", "").replace("990101001,甲一镇\n990101002,甲二乡\n", "")
    )
    assert chase.watch("2020-08-10T08:30", scope) == []
    assert chase.rows("SELECT closed_as FROM cases") == [("withdrawn",)]
    assert {state for _, state in held(chase)} == {"withdrawn"}


def test_a_requirement_that_the_plan_dropped_is_chased_no_longer(chase: Chase):
    other = ONE_DUTY.replace("{id: funds, no: 1", "{id: money, no: 9").replace("2020-08-05", "2020-10-07")
    chase.load("2020-08-09T09:00", plan=other)
    assert chase.watch("2020-08-10T08:30") == []
    assert chase.rows("SELECT closed_as FROM cases") == [("withdrawn",)]


def test_a_message_with_another_line_still_goes_without_the_one_that_was_met(tmp_path: Path, database_url: str):
    more = '{id: plan, title: 方案, judged_at: county, met_when: "meetings > 5", due: 2020-08-07, ladder: standard}'
    with chasing(
        tmp_path, database_url, plan=plan_with(WITH_MEETINGS.replace("2020-08-05", "2020-08-07"), more)
    ) as chase:
        chase.report(FINE, "2020-07-01T09:00")
        chase.report("code,meetings\n990102,9\n", "2020-07-01T09:00")
        chase.watch("2020-08-07T09:00")
        chase.watch("2020-08-08T00:00")
        chase.report("code,meetings\n990101,9\n", "2020-08-09T09:00")
        before = len(chase.sink.accepted)
        assert chase.watch("2020-08-10T08:30") == ["990101/leader", "990101/owner"]
        assert all("人均经费" in m.text and "方案" not in m.text for m in chase.sink.accepted[before:])


def test_a_case_keeps_the_moment_and_the_ladder_with_which_it_opened(chase: Chase):
    plan = ONE_DUTY.replace("2020-08-05", "2020-08-07").replace("{id: superior, at: +1wd", "{id: superior, at: +9wd")
    changes = chase.load("2020-08-09T09:00", plan=plan)
    assert [case["case"] for case in changes.moved] == [1]
    assert chase.watch("2020-08-10T08:30") == ["990101/leader", "990101/owner"]
    assert chase.watch("2020-08-11T08:30") == ["9901/owner"]


def test_a_rehearsed_move_moves_nothing(chase: Chase):
    ledger = chase.ledger()
    chase.load("2020-08-09T09:00", plan=ONE_DUTY.replace("2020-08-05", "2020-08-06"), move_cases=True, dry_run=True)
    assert chase.ledger() == ledger


def test_a_moved_case_follows_the_new_ladder_and_says_nothing_twice(chase: Chase):
    chase.watch("2020-08-10T08:30")
    ladder = "    - {id: overdue, at: +0d, to: [unit.owner, unit.leader]}\n    - {id: superior, at: +3wd, to: [superior.owner]}\n"
    start = ONE_DUTY.index("    - {id: remind-7")
    plan = ONE_DUTY[:start] + ladder + ONE_DUTY[ONE_DUTY.index("phases:") :]
    chase.load("2020-08-10T09:00", plan=plan.replace("2020-08-05", "2020-08-06"), move_cases=True)
    assert chase.watch("2020-08-10T09:15") == []
    assert chase.watch("2020-08-12T08:30") == []
    assert chase.watch("2020-08-13T08:30") == ["9901/owner"]


def test_a_case_moved_to_a_later_day_begins_anew_then(chase: Chase):
    chase.load("2020-08-09T09:00", plan=ONE_DUTY.replace("2020-08-05", "2020-08-20"), move_cases=True)
    assert chase.watch("2020-08-10T08:30") == []
    assert chase.rows("SELECT closed_as FROM cases") == [("moved",)]
    assert chase.watch("2020-08-14T08:30") == ["990101/owner"]


def test_a_deadline_still_fires_after_an_unrelated_edit_of_the_plan(chase: Chase):
    plan = ONE_DUTY.replace("2020-08-05", "2020-08-07").replace("试验普查", "试验普查（修订）")
    more = '{id: other, title: 其他, judged_at: province, met_when: "staff >= 0", due: 2020-10-20, ladder: standard}'
    chase.load("2020-08-09T09:00", plan=plan_with(plan, more))
    assert chase.watch("2020-08-10T08:30") == ["990101/leader", "990101/owner"]
    assert chase.watch("2020-08-11T08:30") == ["9901/owner"]


def test_a_message_that_may_have_arrived_is_not_repeated_once_the_duty_is_met(chase: Chase):
    due = round(at("2020-08-10T09:00").timestamp() * 1e6)
    chase.do(
        "UPDATE notices SET state = 'unknown', attempts = 1, next_try = :due, repeat = :yes WHERE state = 'held'",
        due=due,
        yes=True,
    )
    chase.report(BOTH_FINE, "2020-08-10T08:45")
    assert chase.watch("2020-08-10T09:00") == []
    assert why(chase) == [("unknown", "met"), ("unknown", "met")]
