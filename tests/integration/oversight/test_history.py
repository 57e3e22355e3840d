"""What the auditor knows of the past: what judging everything anew says, at the cost of the window it is about."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import event
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.districts import VILLAGES
from worlds.plans import phase, trial

from models.moments import micros
from models.rules.judging.settled import NOTHING
from tasks.campaign.folding import fold_province
from tasks.intake.intake import take_in
from tasks.judging.judge import judge_all
from tasks.judging.settled import read_settled
from tasks.oversight.history import Past

DUTIES = (
    '{id: daily, title: 日报, judged_at: township, met_when: "visited >= 3", every: day, ladder: standard}',
    '{id: weekly, title: 周报, judged_at: county, met_when: "visited >= 0", every: week, ladder: standard}',
    '{id: once, title: 人员到位, judged_at: township, met_when: "staff >= 3", due: 2020-08-20, ladder: standard}',
    '{id: monthly, title: 月报, judged_at: county, met_when: "staff >= 5", every: month, ladder: standard}',
)


def plan_of(*duties: str) -> str:
    return trial(
        [
            "districts: {title: 普查小区, level: district, roll_up: count}",
            "visited: {title: 已登记户, level: district, roll_up: sum, min: 0}",
            "staff: {title: 两员人数, level: township, unit: persons, roll_up: sum, min: 0}",
        ],
        [phase("registration", "登记", "2020-08-05", "2020-10-19", list(duties))],
        ladders={"standard": ["{id: overdue, at: +0d, to: [unit.owner]}"]},
    )


FIRST = at("2020-08-05T08:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def campaign(tmp_path: Path, database_url: str | None) -> Campaign:
    return make_campaign(tmp_path, database_url, plan=plan_of(*DUTIES), units=UNITS + VILLAGES)


def report(campaign: Campaign, rows: str, as_of: datetime, received_at: datetime | None = None) -> None:
    file = campaign.folder / "report.csv"
    file.write_text(rows, encoding="utf-8")
    assert take_in(campaign.store, file, as_of, "试验", received_at or as_of).accepted


def fold(campaign: Campaign, now: datetime) -> None:
    with campaign.store.writing() as connection:
        fold_province(connection, "99", micros(now))


def found_lacking(past: Past, now: datetime) -> set[tuple[str, str, str]]:
    _, lacking = past.judge(micros(now))
    return set(lacking.select("unit", "requirement", "period").iter_rows())


def lacking_anew(campaign: Campaign, now: datetime) -> set[tuple[str, str, str]]:
    """The same, of everything judged on all that was ever reported up to now."""
    chased = pl.min_horizontal("due", "warns") <= micros(now)
    verdicts = judge_all(campaign.store, None, now).verdicts.filter((pl.col("standing") != "met") & chased)
    return set(verdicts.select("unit", pl.col("requirement").cast(pl.String), "period").iter_rows())


def some_report(campaign: Campaign, luck: random.Random, now: datetime) -> None:
    """What some districts or a township report as of some day, mostly today, now and then long ago."""
    as_of = max(FIRST, now - timedelta(days=luck.choice([0, 0, 0, 1, 2, 9, 30]), minutes=luck.randrange(120)))
    if luck.random() < 0.4:
        rows = f"code,staff\n990101001,{luck.randrange(8)}\n990102001,{luck.randrange(8)}\n"
    else:
        rows = "code,visited\n" + "".join(
            f"990101001{village:03d}{district:03d},{luck.randrange(6)}\n" for village in (1, 2) for district in (1, 2)
        )
    report(campaign, rows, as_of, max(as_of, now - timedelta(minutes=luck.randrange(90))))


def test_what_the_auditor_finds_lacking_is_what_judging_everything_anew_finds(campaign: Campaign):
    luck = random.Random(0)
    believed = 0
    for day in range(32):
        now = FIRST + timedelta(days=day, hours=luck.randrange(2, 15))
        for _ in range(luck.randrange(3)):
            some_report(campaign, luck, now)
        if luck.random() < 0.5:
            fold(campaign, now)
        if day % 5 < 4:
            past = Past(campaign.store, now - HOUR, now)
            believed += past.settled is not NOTHING
            assert found_lacking(past, now) == lacking_anew(campaign, now), now
        campaign.owe(f"{now:%Y-%m-%dT%H:%M}")
    assert believed > 5


@pytest.fixture
def settled(campaign: Campaign) -> Campaign:
    """Ten days into registration; in the eleventh a report comes in for the third, which a pass settles with it."""
    campaign.owe("2020-08-15T09:00")
    rows = "code,visited\n990101001001001,9\n"
    report(campaign, rows, at("2020-08-07T09:00"), at("2020-08-15T10:00"))
    campaign.owe("2020-08-15T10:15")
    return campaign


def test_what_was_settled_with_a_report_that_had_not_come_in_yet_is_not_believed(settled: Campaign):
    late = ("990101001", "registration.daily", "2020-08-07")
    assert read_settled(settled.store, at("2020-08-15T09:30")) is not NOTHING

    before = Past(settled.store, at("2020-08-15T09:30"), at("2020-08-15T10:30"))

    assert before.settled is NOTHING
    assert late in found_lacking(before, at("2020-08-15T09:45"))
    assert late not in found_lacking(before, at("2020-08-15T10:30"))


def test_once_a_day_the_auditor_believes_nothing_of_what_passes_settled(settled: Campaign):
    by_day = Past(settled.store, at("2020-08-15T22:30"), at("2020-08-15T23:30"))
    over_night = Past(settled.store, at("2020-08-15T23:30"), at("2020-08-16T00:30"))

    assert (by_day.settled is NOTHING, over_night.settled is NOTHING) == (False, True)
    now = at("2020-08-15T23:30")
    due_at_midnight = {one for one in found_lacking(over_night, now) if one[2] == "2020-08-15"}
    assert found_lacking(by_day, now) == found_lacking(over_night, now) - due_at_midnight


def test_an_audit_of_an_hour_reads_as_much_on_the_twenty_fourth_day_as_on_the_tenth(tmp_path: Path):
    campaign = make_campaign(tmp_path, plan=plan_of(*DUTIES[:3]), units=UNITS + VILLAGES)
    read = list[str]()

    def note(_connection, _cursor, statement, *_):
        if "reading_columns.data" in statement:
            read.append(statement)

    figures = [f"{town}{village:03d}001" for town in ("990101001", "990101002") for village in (1, 2)]
    counted = {}
    for day in range(25):
        now = FIRST + timedelta(days=day, hours=9)
        rows = "code,visited\n" + "".join(f"{one},{3 + day}\n" for one in figures)
        report(campaign, rows, now)
        report(campaign, f"code,staff\n990101001,{day}\n", now)
        fold(campaign, now)
        campaign.owe(f"{now + HOUR:%Y-%m-%dT%H:%M}")
        if day in (10, 24):
            read.clear()
            event.listen(campaign.store.engine, "before_cursor_execute", note)
            Past(campaign.store, now - HOUR, now + HOUR)
            event.remove(campaign.store.engine, "before_cursor_execute", note)
            counted[day] = len(read)
    assert counted[10] == counted[24] > 0
