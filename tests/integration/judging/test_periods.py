"""What is owed every day, week or month over districts: in a period only what each district reported in it counts."""

from __future__ import annotations

import json
import random
from pathlib import Path

import polars as pl
import pytest
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.districts import VILLAGES, report
from worlds.plans import phase, trial

from tasks.judging.judge import duty_statuses, judge_all

PLAN = trial(
    [
        "districts: {title: 普查小区, level: district, roll_up: count}",
        "visited: {title: 已登记户, level: district, roll_up: sum, min: 0}",
        "left: {title: 未登记户, level: district, roll_up: sum, min: 0}",
        'idle: {title: 当日无进展的小区, level: district, count_where: "visited < 1"}',
    ],
    [
        phase(
            "registration",
            "登记",
            "2020-08-03",
            "2020-08-19",
            [
                '{id: daily, title: 日报, judged_at: township, met_when: "visited >= 0 and idle <= 9", every: day}',
                '{id: village, title: 村日报, judged_at: village, met_when: "visited >= 0", every: day}',
                '{id: weekly, title: 周报, judged_at: county, met_when: "visited >= 0 and districts > 0", every: week}',
            ],
        )
    ],
)


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return make_campaign(tmp_path, plan=PLAN, units=UNITS + VILLAGES)


def reason(campaign: Campaign, now: str, requirement: str, unit: str, period: str) -> tuple[str, str]:
    """Standing and reason of one duty."""
    judged = judge_all(campaign.store, None, at(now))
    (found,) = [
        one
        for one in duty_statuses(judged, judged.verdicts)
        if (one.requirement, one.unit, one.period) == (requirement, unit, period)
    ]
    return found.standing, found.reason.en


def test_a_district_that_did_not_report_today_has_not_reported_whatever_it_said_yesterday(campaign: Campaign) -> None:
    report(campaign, "code,visited\n990101001001001,3\n990101001001002,4\n", "2020-08-03T17:00", "monday.csv")
    report(campaign, "code,visited\n990101001001001,5\n", "2020-08-04T17:00", "tuesday.csv")

    assert reason(campaign, "2020-08-05T09:00", "daily", "990101001", "2020-08-03") == ("met", "")
    assert reason(campaign, "2020-08-05T09:00", "daily", "990101001", "2020-08-04") == (
        "unreported",
        "visited not reported (1 of 2 missing); idle not reported (1 of 2 missing)",
    )
    assert reason(campaign, "2020-08-05T09:00", "village", "990101001001", "2020-08-04") == (
        "unreported",
        "visited not reported (1 of 2 missing)",
    )


def test_a_day_without_any_report_counts_the_districts_that_it_should_have_had(campaign: Campaign) -> None:
    report(campaign, "code,visited\n990101001001001,3\n990101001001002,4\n", "2020-08-03T17:00", "monday.csv")

    assert reason(campaign, "2020-08-04T18:00", "daily", "990101001", "2020-08-04") == (
        "unreported",
        "visited not reported (2 of 2 missing); idle not reported (2 of 2 missing)",
    )
    assert reason(campaign, "2020-08-04T18:00", "daily", "990101002", "2020-08-04") == (
        "unreported",
        "visited not reported; idle not reported",
    )


def test_the_second_report_of_a_day_completes_the_first_and_a_week_gathers_its_days(campaign: Campaign) -> None:
    everywhere = "".join(f"{town}001001,1\n" for town in ("990101001", "990101002"))
    report(campaign, f"code,visited\n{everywhere}990101001001002,4\n", "2020-08-03T17:00", "monday.csv")
    report(campaign, "code,visited\n990101001001001,5\n", "2020-08-10T09:00", "morning.csv")
    assert reason(campaign, "2020-08-10T10:00", "daily", "990101001", "2020-08-10")[0] == "unreported"
    report(campaign, "code,visited\n990101001001002,5\n", "2020-08-10T17:00", "evening.csv")
    assert reason(campaign, "2020-08-10T18:00", "daily", "990101001", "2020-08-10") == ("met", "")
    assert reason(campaign, "2020-08-11T18:00", "weekly", "990101", "2020-08-10") == (
        "unreported",
        "visited not reported (1 of 3 missing); districts not reported (1 of 3 missing)",
    )
    report(campaign, "code,visited\n990101002001001,0\n", "2020-08-12T17:00", "wednesday.csv")
    assert reason(campaign, "2020-08-12T18:00", "weekly", "990101", "2020-08-10") == ("met", "")
    assert reason(campaign, "2020-08-12T18:00", "weekly", "990101", "2020-08-03") == ("met", "")


def test_a_report_of_before_periods_were_counted_by_themselves_counts_as_it_did(campaign: Campaign) -> None:
    report(campaign, "code,visited\n990101001001001,3\n", "2020-08-03T17:00", "monday.csv")
    with campaign.store.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS readings_delete")
        connection.exec_driver_sql("DELETE FROM readings WHERE indicator LIKE '%@%'")

    assert reason(campaign, "2020-08-04T09:00", "daily", "990101001", "2020-08-03") == ("met", "")
    assert reason(campaign, "2020-08-04T09:00", "daily", "990101001", "2020-08-04")[0] == "unreported"


def test_a_corrected_figure_that_is_kept_for_its_day_and_week_too_is_one_correction(campaign: Campaign) -> None:
    report(campaign, "code,visited\n990101001001001,3\n", "2020-08-03T17:00", "monday.csv")
    receipt = report(campaign, "code,visited\n990101001001001,5\n", "2020-08-03T17:00", "again.csv")

    assert receipt.corrected == 2
    with campaign.store.reading() as connection:
        query = "SELECT about FROM audit WHERE act = 'correction'"
        assert [json.loads(about)["replaced"] for (about,) in connection.exec_driver_sql(query)] == [5]


Told = list[tuple[int, dict[int, float]]]
"""Reports in the order in which they came: the day in August, and what each district reported."""
TOWNS = (990101001, 990101002, 990102001)


def counted(told: Told, town: int, days: range) -> tuple[float | None, int, int]:
    """Sum, reported and expected of the districts of a township in some days, by the words of the contract."""
    known = {code for day, rows in told for code in rows if day < days.stop and code // 10**6 == town}
    latest: dict[int, float] = {}
    for _, rows in sorted((one for one in told if one[0] in days), key=lambda one: one[0]):
        latest |= {code: value for code, value in rows.items() if code in known}
    return (sum(latest.values()) if known and len(latest) == len(known) else None, len(latest), len(known) or 1)


@pytest.mark.parametrize("seed", range(3))
def test_a_period_holds_what_was_reported_in_it_whatever_the_order_in_which_it_came(
    campaign: Campaign, seed: int
) -> None:
    chance, told = random.Random(seed), Told()
    districts = [town * 10**6 + village * 1000 + n for town in TOWNS for village in (1, 2) for n in (1, 2)]
    for turn in range(12):
        day = 3 + turn if chance.random() < 0.6 else chance.randint(3, 15)
        rows = {code: float(chance.randint(0, 9)) for code in chance.sample(districts, chance.randint(1, 9))}
        body = "".join(f"{code},{value:g}\n" for code, value in sorted(rows.items()))
        report(campaign, f"code,visited\n{body}", f"2020-08-{day:02d}T17:00", f"{turn}.csv")
        told.append((day, rows))

    judged = judge_all(campaign.store, None, at("2020-08-16T09:00")).judgement

    for day in (9, 12):
        figures = judged.figures["registration.daily", f"2020-08-{day:02d}"]
        found = {row["unit"]: row for row in figures.iter_rows(named=True)}
        names = ("visited", "visited:reported", "visited:expected")
        assert {town: tuple(found[str(town)][name] for name in names) for town in TOWNS} == {
            town: counted(told, town, range(day, day + 1)) for town in TOWNS
        }
    weekly = judged.figures["registration.weekly", "2020-08-03"].filter(pl.col("unit") == "990101")
    towns = [counted(told, town, range(3, 10)) for town in TOWNS[:2]]
    assert weekly["visited:reported"].to_list() == [sum(reported for _, reported, _ in towns)]
