"""The auditor: what should have been owed, worked out anew, against the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from worlds.campaign import at, copy_campaign
from worlds.chases import Chase, chasing
from worlds.databases import Shared
from worlds.plans import TWO_PHASES, plan_with

from tasks.chasing.passes import owe
from tasks.oversight.auditor import Audited, audit

PASSES = (
    "2020-07-29T09:00",
    "2020-07-30T00:00",
    "2020-07-30T08:30",
    "2020-08-05T00:00",
    "2020-08-05T08:30",
    "2020-08-06T00:00",
    "2020-08-06T08:30",
    "2020-08-07T08:30",
    "2020-08-08T09:00",
    "2020-08-14T00:00",
    "2020-08-14T08:30",
    "2020-08-20T00:00",
    "2020-08-20T08:30",
    "2020-08-21T00:00",
    "2020-08-21T08:30",
    "2020-08-24T08:30",
    "2020-08-25T08:30",
)
"""Whenever something is due, in time."""
COUNTY = '{id: staff-county, title: 全县两员, judged_at: county, met_when: "staff >= 20", due: T-73d, ladder: standard}'


@contextmanager
def reported(folder: Path, database_url: str) -> Iterator[Chase]:
    """The campaign of these tests before its first pass."""
    with chasing(
        folder, database_url, plan=plan_with(TWO_PHASES, COUNTY, phase="recruitment"), but=("990101002/leader",)
    ) as one:
        one.report("code,funds_arrived,population\n990102,2000000,100000\n", "2020-07-01T09:00")
        one.report("code,staff\n990101001,12\n990102001,12\n990102002,3\n", "2020-07-02T09:00")
        yield one


@pytest.fixture
def chase(tmp_path: Path, database_url: str) -> Iterator[Chase]:
    with reported(tmp_path, database_url) as one:
        yield one


@pytest.fixture(scope="module")
def over(shared: Shared) -> Chase:
    """The campaign after all of its passes: its receiver is gone, so that a copy is looked at and not watched further."""
    with reported(shared.folder, shared.database_url) as one:
        run(one, PASSES)
    return one


@pytest.fixture
def watched(over: Chase, shared: Shared, tmp_path: Path) -> Iterator[Chase]:
    """A copy of the campaign that was watched in time."""
    campaign = copy_campaign(over.campaign, shared, tmp_path)
    yield Chase(campaign, over.sink)
    campaign.store.engine.dispose()


def run(chase: Chase, passes: tuple[str, ...]) -> None:
    for moment in passes:
        chase.watch(moment)


def found(report: Audited) -> set[tuple[str, str, str, str]]:
    return {(one.kind, one.unit, one.rung, one.why) for one in (*report.missing, *report.extra, *report.late)}


def audited(
    chase: Chase, since: str = "2020-07-20T00:00", until: str = "2020-08-26T00:00"
) -> set[tuple[str, str, str, str]]:
    return found(audit(chase.campaign.store, at(since), at(until)))


def test_a_campaign_that_was_watched_in_time_has_nothing_missing_extra_or_late(watched: Chase):
    report = audit(watched.campaign.store, at("2020-07-20T00:00"), at("2020-08-26T00:00"))
    assert found(report) == set()
    assert report.words == 20


@pytest.mark.parametrize("since", ["2020-08-06T10:00", "2020-08-12T00:00", "2020-08-21T12:00"])
def test_a_window_in_the_middle_of_a_campaign_is_as_clean_as_the_whole(watched: Chase, since: str):
    assert audited(watched, since) == set()


def test_what_people_decided_is_no_gap(chase: Chase):
    run(chase, PASSES[:6])
    chase.decide("ack", 1, "2020-08-06T10:00", "2020-08-11T12:00")
    run(chase, ("2020-08-06T10:15", *PASSES[6:9], "2020-08-11T12:00", *PASSES[9:]))
    assert audited(chase) == set()


def test_a_duty_met_and_unmet_again_is_audited_twice(chase: Chase):
    run(chase, PASSES[:8])
    chase.report("code,funds_arrived,population\n990101,2000000,100000\n", "2020-08-10T10:00")
    run(chase, ("2020-08-10T10:00",))
    chase.report("code,funds_arrived,population\n990101,5,100000\n", "2020-08-12T10:00")
    run(chase, ("2020-08-12T10:00", "2020-08-13T08:30", *PASSES[9:]))
    assert audited(chase) == set()


def test_a_dead_watch_is_missed(chase: Chase):
    run(chase, PASSES[:3])
    assert {("missing", "990101", "overdue", "missing"), ("missing", "990101", "remind-1", "missing")} <= audited(
        chase, until="2020-08-08T00:00"
    )


def test_a_word_that_was_not_said_is_missed_in_one_window_alone(chase: Chase):
    run(chase, PASSES[:3])
    ends = [f"2020-08-{day:02d}T{hour}:00" for day in range(4, 8) for hour in ("00", "08", "16")]
    found_in = [
        (until, rung)
        for since, until in pairwise(ends)
        for _, unit, rung, _ in audited(chase, since, until)
        if unit == "990101"
    ]
    assert found_in == [("2020-08-05T08:00", "remind-1"), ("2020-08-06T08:00", "overdue")]


def test_a_watch_that_was_down_for_a_day_is_late(chase: Chase):
    run(chase, (*PASSES[:5], "2020-08-07T11:00", "2020-08-10T08:30"))
    assert audited(chase, until="2020-08-11T00:00") == {("late", "990101", "overdue", "late")}


def test_a_line_that_somebody_took_out_of_the_ledger_is_missed(watched: Chase):
    watched.do(
        "DELETE FROM notice_lines WHERE rung = 'overdue' AND case_id IN (SELECT id FROM cases WHERE unit = '990102002')"
    )
    assert ("missing", "990102002", "overdue", "missing") in audited(watched)


def test_a_superior_who_was_told_before_the_office_is_found(watched: Chase):
    watched.do(
        "UPDATE notice_lines SET owed_at = :early WHERE rung = 'superior' AND unit = '9901'",
        early=micros_at("2020-08-07T08:29"),
    )
    assert audited(watched) == {("extra", "990101", "superior", "too early")}


def test_a_superior_who_was_told_too_soon_after_the_office_is_found(watched: Chase):
    watched.do(
        "UPDATE notices SET settled_at = :late WHERE id IN (SELECT notice_id FROM notice_lines WHERE rung = 'overdue' AND unit = '990101')"
        " AND created_at < :until",
        late=micros_at("2020-08-07T08:29"),
        until=micros_at("2020-08-07T00:00"),
    )
    assert ("extra", "990101", "superior", "overtook") in audited(watched)


def test_a_word_about_a_duty_that_was_met_is_found(watched: Chase):
    watched.do(
        "INSERT INTO notice_lines (notice_id, case_id, rung, rung_no, unit, role, person, kind, state, about, owed_at)"
        " SELECT notice_id, case_id, 'head', 5, '9901', 'head', 'x', 'superior', 'live', '{}', :at FROM notice_lines"
        " WHERE rung = 'overdue' AND unit = '990101' AND role = 'owner' ORDER BY id LIMIT 1",
        at=micros_at("2020-08-20T09:00"),
    )
    assert audited(watched) == {("extra", "990101", "head", "off the ladder")}


def test_a_word_that_lies_about_unsent_is_found(chase: Chase):
    run(chase, PASSES[:5])
    owe(chase.campaign.store, None, at("2020-08-06T00:00"))
    assert ("late", "990101", "overdue", "unsent") in audited(chase, until="2020-08-06T10:00")


def test_a_changed_plan_is_audited_by_what_held_at_the_time(chase: Chase):
    run(chase, PASSES[:7])
    chase.load("2020-08-06T12:00", plan=plan_with(TWO_PHASES, COUNTY, phase="recruitment").replace("+1wd", "+5wd"))
    run(chase, PASSES[7:])
    assert audited(chase, until="2020-08-13T00:00") == set()


def micros_at(text: str) -> int:
    return round(at(text).timestamp() * 1_000_000)


def test_an_audit_leaves_a_heartbeat(chase: Chase):
    run(chase, PASSES[:4])
    audit(chase.campaign.store, at("2020-08-01T00:00"), at("2020-08-05T08:00"), timedelta(minutes=45))
    assert chase.rows("SELECT name, at FROM heartbeats") == [("audit", micros_at("2020-08-05T08:00"))]
