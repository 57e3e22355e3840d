"""Reports at their cut-offs, as an office and its superior meet them: what counts, what was missed, who hears and when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.chases import Chase, chasing
from worlds.districts import VILLAGES, report
from worlds.plans import phase, trial

from models.moments import micros
from models.status import Missed
from tasks.judging.explain import explain
from tasks.judging.judge import duty_statuses, judge_all
from tasks.judging.settled import judge_now, read_settled
from tasks.judging.status import read_statuses
from tasks.oversight.history import Past

OF_DISTRICTS = trial(
    [
        "districts: {title: 普查小区, level: district, roll_up: count}",
        "visited: {title: 已登记户, level: district, roll_up: sum, min: 0}",
    ],
    [
        phase(
            "registration",
            "登记",
            "2020-11-01",
            '"2020-11-08 17:00"',
            [
                '{id: report, title: 进度报告, judged_at: township, met_when: "visited >= 0", every: cadence, ladder: standard}',
                '{id: daily, title: 日报, judged_at: township, met_when: "visited >= 0", every: day}',
            ],
            cadence="daily 09:00 17:00",
            hours="always",
        )
    ],
    ladders={"standard": ["{id: overdue, at: +0d, to: [unit.owner]}"]},
)


@pytest.fixture
def campaign(tmp_path: Path) -> Iterator[Campaign]:
    found = make_campaign(tmp_path, plan=OF_DISTRICTS, units=UNITS + VILLAGES)
    yield found
    found.store.engine.dispose()


def stands(campaign: Campaign, now: str, period: str, unit: str = "990101001") -> tuple[str, str, str]:
    """Standing, timing and reason of the report of one period."""
    judged = judge_all(campaign.store, unit, at(now))
    [found] = [
        one
        for one in duty_statuses(judged, judged.verdicts)
        if (one.requirement, one.unit, one.period) == ("report", unit, period)
    ]
    return found.standing, found.timing, found.reason.en


def test_districts_count_from_after_one_cut_off_up_to_the_next_across_midnight(campaign: Campaign) -> None:
    both = "code,visited\n990101001001001,3\n990101001001002,4\n"
    report(campaign, both, "2020-11-01T17:00", "at-the-cut-off.csv")
    report(campaign, "code,visited\n990101001001001,5\n", "2020-11-01T23:00", "night.csv")
    report(campaign, "code,visited\n990101001001002,6\n", "2020-11-02T09:00", "morning.csv")

    assert stands(campaign, "2020-11-02T12:00", "2020-11-01T09:00")[0] == "unreported"
    assert stands(campaign, "2020-11-02T12:00", "2020-11-01T17:00") == ("met", "not_due", "")
    assert stands(campaign, "2020-11-02T12:00", "2020-11-02T09:00") == ("met", "not_due", "")
    assert stands(campaign, "2020-11-02T12:00", "2020-11-02T17:00") == (
        "unreported",
        "not_due",
        "visited not reported (2 of 2 missing)",
    )


def test_a_report_is_late_at_the_cut_off_and_says_how_often_it_was(campaign: Campaign) -> None:
    report(campaign, "code,visited\n990101001001001,3\n", "2020-11-02T08:00", "monday.csv")

    assert stands(campaign, "2020-11-02T16:59", "2020-11-02T17:00")[1] == "not_due"
    found = stands(campaign, "2020-11-03T09:00", "2020-11-03T09:00")
    assert found == ("unreported", "overdue", "visited not reported, 2 in a row, 4 in all")


def test_settled_periods_say_what_judging_everything_anew_would_say_and_so_does_explain(campaign: Campaign) -> None:
    for day, clock in ((1, "08:00"), (2, "16:00"), (3, "08:30"), (6, "16:00")):
        report(campaign, "code,visited\n990101001001001,3\n", f"2020-11-0{day}T{clock}", f"{day}.csv")
    campaign.owe("2020-11-05T10:00")
    campaign.owe("2020-11-07T10:00")
    now = at("2020-11-07T10:00")
    settled = read_settled(campaign.store, now)
    whole, quick = (read_statuses(campaign.store, None, now, whole=whole) for whole in (True, False))

    assert settled.until == micros(at("2020-11-05T00:00"))
    assert quick.of(None, limit=1000) == whole.of(None, limit=1000)
    assert judge_now(campaign.store, None, now).verdicts.height < judge_all(campaign.store, None, now).verdicts.height
    asked = explain(campaign.store, "990101001", "registration.report", now)
    said = {one.duty.period: one.duty.missed for one in asked if one.duty.missed}
    assert said["2020-11-04T17:00"] == Missed(3, 5), "those that were settled count, and those that were met end a row"
    assert {one.period: one.missed for one in quick.of("990101001", limit=99).duties if one.missed} == said


def test_the_auditor_looks_at_the_beginning_of_each_period(campaign: Campaign) -> None:
    past = Past(campaign.store, at("2020-11-02T08:00"), at("2020-11-02T18:00"))

    after = timedelta(microseconds=1)
    looks = {micros(at(f"2020-11-02T{clock}") + after) for clock in ("09:00", "17:00")}
    assert looks <= set(past.changes(1))


CHASED = trial(
    ["visited: {title: 已登记户, level: township, roll_up: sum, min: 0}"],
    [
        phase(
            "registration",
            "登记",
            "2020-11-01",
            '"2020-11-08 17:00"',
            [
                '{id: report, title: 进度报告, judged_at: township, met_when: "visited >= 0", every: cadence, ladder: cut-off}'
            ],
            cadence="daily 17:00",
            hours="always",
        )
    ],
    ladders={
        "cut-off": [
            "{id: before, at: -1h, to: [unit.owner, superior.owner]}",
            "{id: missing, at: +0d, to: [unit.owner, superior.owner]}",
            "{id: again, at: +30min, to: [superior.leader]}",
        ]
    },
)


@pytest.fixture
def chase(tmp_path: Path) -> Iterator[Chase]:
    with chasing(tmp_path, plan=CHASED) as found:
        yield found


def test_who_is_missing_is_reminded_an_hour_before_and_named_to_the_superior_then_and_at_the_cut_off(
    chase: Chase,
) -> None:
    chase.report("code,visited\n990101001,5\n990102001,5\n990102002,5\n", "2020-11-01T15:00")

    assert chase.watch("2020-11-01T15:59") == []
    assert chase.watch("2020-11-01T16:00") == ["990101/owner", "990101002/owner"]
    [superior] = [one.text for one in chase.sink.accepted if one.to == "/990101/owner"]
    assert "进度报告（11月1日17时），11月1日17时到期，甲二乡尚未上报" in superior
    assert chase.watch("2020-11-01T16:59") == []
    assert chase.watch("2020-11-01T17:00") == ["990101/owner", "990101002/owner"]
    [own] = [one.text for one in chase.sink.accepted[2:] if one.to == "/990101002/owner"]
    assert "已登记户未报，连续1次，累计1次" in own
    assert chase.watch("2020-11-01T17:29") == []
    assert chase.watch("2020-11-01T17:30") == ["990101/leader"]
