"""Settled periods: what judging everything anew would say, at the cost of what is new."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.districts import VILLAGES, report
from worlds.plans import phase, trial

from tasks.chasing.passes import owe
from tasks.judging.judge import judge_all
from tasks.judging.settled import judge_now, read_settled
from tasks.judging.status import Statuses, read_statuses

PLAN = trial(
    [
        "districts: {title: 普查小区, level: district, roll_up: count}",
        "visited: {title: 已登记户, level: district, roll_up: sum, min: 0}",
        "staff: {title: 两员人数, level: township, unit: persons, roll_up: sum, min: 0}",
    ],
    [
        phase(
            "registration",
            "登记",
            "2020-08-05",
            "2020-10-19",
            [
                '{id: daily, title: 日报, judged_at: township, met_when: "visited >= 3", every: day, ladder: standard}',
                '{id: weekly, title: 周报, judged_at: county, met_when: "visited >= 0", every: week, ladder: standard}',
                '{id: monthly, title: 月报, judged_at: county, met_when: "staff >= 5", every: month, ladder: standard}',
                '{id: once, title: 人员到位, judged_at: township, met_when: "staff >= 3", due: 2020-08-20}',
            ],
        )
    ],
    ladders={"standard": ["{id: overdue, at: +0d, to: [unit.owner]}"]},
)
SCOPES = (None, "99", "9901", "990101", "990101001")


def listed(statuses: Statuses, unit: str | None) -> object:
    """All that a screen shows of a unit, every duty that is not met included."""
    found = statuses.of(unit, limit=10_000)
    return found, statuses.requirements()


def assert_same(campaign: Campaign, now: str) -> None:
    for scope in SCOPES:
        whole = read_statuses(campaign.store, scope, at(now), whole=True)
        assert listed(read_statuses(campaign.store, scope, at(now)), None) == listed(whole, None), (now, scope)


def some_report(campaign: Campaign, luck: random.Random, day: int, number: int) -> None:
    """What some districts or a township report as of some day, mostly today, now and then long ago."""
    as_of = max(5, day - luck.choice([0, 0, 0, 1, 2, 9, 30]))
    moment = f"2020-{8 + (as_of - 1) // 31:02d}-{(as_of - 1) % 31 + 1:02d}T{luck.randrange(8, 20):02d}:00"
    if luck.random() < 0.3:
        rows = f"code,staff\n990101001,{luck.randrange(8)}\n990102001,{luck.randrange(8)}\n"
    else:
        rows = "code,visited\n" + "".join(
            f"990101001{village:03d}{district:03d},{luck.randrange(6)}\n"
            for village in (1, 2)
            for district in (1, 2)
            if luck.random() < 0.7
        )
    if rows.count("\n") > 1:
        report(campaign, rows, moment, f"{number}.csv")


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_reported_settled_periods_are_what_judging_everything_anew_would_say(tmp_path: Path, seed: int):
    luck = random.Random(seed)
    campaign = make_campaign(tmp_path, plan=PLAN, units=UNITS + VILLAGES)
    for day in range(5, 45, 2):
        for number in range(luck.randrange(3)):
            some_report(campaign, luck, day, day * 10 + number)
        now = f"2020-{8 + (day - 1) // 31:02d}-{(day - 1) % 31 + 1:02d}T21:00"
        assert_same(campaign, now)
        owed = owe(campaign.store, None, at(now))
        assert owed.judged == judge_all(campaign.store, None, at(now)).verdicts.height
        assert_same(campaign, now)
    assert read_settled(campaign.store, at(now)).until > 0
    assert judge_now(campaign.store, None, at(now)).verdicts.height < owed.judged
