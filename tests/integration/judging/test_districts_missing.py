"""How many districts lack a figure that none of them has reported yet: as many as are known from other reports."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.districts import VILLAGES, report
from worlds.plans import phase, trial

from models.moments import micros
from tasks.judging.judge import duty_statuses, judge_all

PLAN = trial(
    [
        "districts: {title: 普查小区, level: district, roll_up: count}",
        "maps: {title: 小区图, level: district, roll_up: sum}",
        "visited: {title: 已登记户, level: district, roll_up: sum}",
    ],
    [
        phase(
            "zoning",
            "区划绘图",
            "2020-08-03",
            "2020-08-19",
            [
                '{id: village, title: 村图, judged_at: village, met_when: "maps > 0", due: 2020-08-10}',
                '{id: town, title: 乡图, judged_at: township, met_when: "maps > 0", due: 2020-08-10}',
                '{id: county, title: 县图, judged_at: county, met_when: "maps > 0", due: 2020-08-10}',
                '{id: daily, title: 村日报, judged_at: village, met_when: "visited > 0", every: day}',
            ],
        )
    ],
)
REGISTER = "code,visited\n990101001001001,3\n990101001001002,4\n990101001002001,2\n"


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return make_campaign(tmp_path, plan=PLAN, units=UNITS + VILLAGES)


def reasons(campaign: Campaign, now: str, unit: str, requirement: str) -> list[str]:
    """What stands beside one duty, in English and in Chinese, one for each period."""
    judged = judge_all(campaign.store, None, at(now))
    found = [
        one
        for one in duty_statuses(judged, judged.verdicts)
        if (one.requirement, one.unit, one.standing) == (requirement, unit, "unreported")
    ]
    return [f"{one.reason.en} / {one.reason.zh}" for one in found]


def test_where_no_district_has_reported_a_figure_the_reason_says_how_many_are_missing(campaign: Campaign) -> None:
    report(campaign, REGISTER, "2020-08-03T17:00", "monday.csv")

    now = "2020-08-03T18:00"
    assert reasons(campaign, now, "990101001001", "village") == [
        "maps not reported (2 of 2 missing) / 小区图未报齐（应报2个普查小区，尚缺2个）"
    ]
    assert reasons(campaign, now, "990101001002", "village") == ["maps not reported / 小区图未报"]
    assert reasons(campaign, now, "990101001", "town") == [
        "maps not reported (3 of 3 missing) / 小区图未报齐（应报3个普查小区，尚缺3个）"
    ]
    assert reasons(campaign, now, "990101", "county") == [
        "maps not reported (3 of 3 districts missing, 1 townships without any)"
        " / 小区图未报齐（应报3个普查小区，尚缺3个；另有1个乡镇尚无普查小区上报）"
    ]


def test_a_day_counts_the_districts_that_were_heard_of_by_another_figure(campaign: Campaign) -> None:
    report(campaign, "code,maps\n990101001001001,1\n990101001001002,1\n", "2020-08-03T17:00", "maps.csv")

    monday_and_tuesday = reasons(campaign, "2020-08-04T18:00", "990101001001", "daily")
    assert monday_and_tuesday == 2 * [
        "visited not reported (2 of 2 missing) / 已登记户未报齐（应报2个普查小区，尚缺2个）"
    ]


def test_the_number_of_districts_does_not_make_figures_newer_than_they_are(campaign: Campaign) -> None:
    report(campaign, "code,maps\n990101001001001,1\n", "2020-08-03T17:00", "maps.csv")
    report(campaign, "code,visited\n990101001001001,1\n", "2020-08-04T17:00", "visited.csv")

    judged = judge_all(campaign.store, None, at("2020-08-05T09:00"))

    assert judged.figures_as_of() == micros(at("2020-08-03T17:00"))
