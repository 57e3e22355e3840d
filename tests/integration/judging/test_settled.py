"""Settled periods: what judging everything anew would say, at the cost of what is new."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from worlds.campaign import UNITS, Campaign, at, make_campaign
from worlds.districts import VILLAGES, report
from worlds.plans import FRAME, phase, trial
from worlds.row_reports import VISITS, send

from models.moments import moment_at
from models.plan.files import read_plan_files
from tasks.chasing.passes import owe
from tasks.judging.judge import Judged, judge_all
from tasks.judging.settled import judge_now, read_settled
from tasks.judging.status import Statuses, read_statuses
from tasks.loading.load import Files, load

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
OVER_ROWS = (
    f"{FRAME}registers:\n{VISITS}indicators:\n"
    '  made: {title: 走访次数, register: visits, level: township, count_where: "visit >= 1"}\n'
    "ladders:\n  standard:\n    - {id: overdue, at: +0d, to: [unit.owner]}\nphases:\n"
) + phase(
    "registration",
    "登记",
    "2020-08-05",
    "2020-10-19",
    ['{id: daily, title: 走访日报, judged_at: township, met_when: "made >= 2", every: day, ladder: standard}'],
)
"""Each day is judged by how many rows there were at its end."""
SCOPES = (None, "9901", "990101001")
OTHERS = "".join(f"98{line[2:]}\n" for line in UNITS.strip().splitlines()[1:])
"""A province beside, of which nothing is reported."""
OTHERS_AND_VILLAGES = VILLAGES.replace("99", "98")


def listed(statuses: Statuses, unit: str | None) -> object:
    """All that a screen shows of a unit, every duty that is not met included."""
    found = statuses.of(unit, limit=10_000)
    return found, statuses.requirements()


def assert_same(campaign: Campaign, now: str) -> None:
    for scope in SCOPES:
        whole = read_statuses(campaign.store, scope, at(now), whole=True)
        assert listed(read_statuses(campaign.store, scope, at(now)), None) == listed(whole, None), (now, scope)
    nation = judge_all(campaign.store, None, at(now))
    for scope in SCOPES[1:]:
        assert_part_of(nation, campaign, now, scope)


def assert_part_of(nation: Judged, campaign: Campaign, now: str, scope: str | None) -> None:
    """Judged from its own readings alone, an office and those below it stand as they do where everybody is judged."""
    own = judge_all(campaign.store, scope, at(now))
    here = own.units.select("unit")
    part = nation.verdicts.join(here, on="unit", how="semi", maintain_order="left")
    order = ["place", "period", "unit"]
    assert own.verdicts.sort(order).equals(part.sort(order)), (now, scope)
    assert own.figures_as_of() == nation.figures_as_of(scope), (now, scope)


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


def test_whatever_is_reported_settled_periods_are_what_judging_everything_anew_would_say(
    tmp_path: Path, database_url: str | None
):
    luck = random.Random(0)
    campaign = make_campaign(tmp_path, database_url, plan=PLAN, units=UNITS + VILLAGES + OTHERS)
    for day in range(5, 45, 4):
        for number in range(luck.randrange(4)):
            some_report(campaign, luck, day, day * 10 + number)
        now = f"2020-{8 + (day - 1) // 31:02d}-{(day - 1) % 31 + 1:02d}T21:00"
        assert_same(campaign, now)
        owed = owe(campaign.store, None, at(now))
        assert owed.judged == judge_all(campaign.store, None, at(now)).verdicts.height
    assert_same(campaign, now)
    assert read_settled(campaign.store, at(now)).until > 0
    assert judge_now(campaign.store, None, at(now)).verdicts.height < owed.judged
    campaign.store.engine.dispose()


@pytest.fixture
def settled(tmp_path: Path) -> Campaign:
    """Ten days into registration: two townships met the first, and one county its first week."""
    campaign = make_campaign(
        tmp_path,
        plan=PLAN,
        units=UNITS + VILLAGES,
        contacts="99,leader,甲,json://127.0.0.1:1/x\n990101001,owner,乙,json://127.0.0.1:1/y\n",
    )
    report(campaign, "code,visited\n990101001001001,3\n990101002001001,9\n", "2020-08-05T17:00", "first.csv")
    campaign.owe("2020-08-15T09:00")
    return campaign


def until(campaign: Campaign, now: str = "2020-08-15T09:00") -> str:
    """The day before which everything is settled."""
    found = read_settled(campaign.store, at(now)).until
    return "" if found < 0 else f"{moment_at(found, at(now).tzinfo):%m-%d}"


def test_a_period_stays_open_for_two_days_after_its_end(settled: Campaign):
    assert until(settled) == "08-13"
    assert until(settled, "2020-08-14T23:59") == ""
    assert judge_now(settled.store, None, at("2020-08-15T09:00")).settled.met["count"].sum() == 3


@pytest.mark.parametrize(("as_of", "kept"), [("2020-08-13T00:00", "08-13"), ("2020-08-12T23:59", "")])
def test_a_figure_for_a_settled_period_makes_it_judged_again(settled: Campaign, as_of: str, kept: str):
    report(settled, "code,visited\n990101001001001,4\n", as_of, "late.csv")
    assert until(settled) == kept
    assert_same(settled, "2020-08-15T09:00")
    settled.owe("2020-08-15T10:00")
    assert until(settled) == "08-13"
    assert_same(settled, "2020-08-15T10:00")


def test_loading_a_plan_or_units_has_everything_judged_anew(settled: Campaign):
    load(settled.store, Files(plan=read_plan_files(settled.folder / "plan.yaml")), at("2020-08-15T10:00"))
    assert until(settled) == ""


def test_another_calendar_has_everything_judged_anew(settled: Campaign):
    with settled.store.writing() as connection:
        connection.exec_driver_sql("UPDATE settled_periods SET basis = 'another calendar'")
    assert until(settled) == ""


def test_a_waiver_of_a_duty_in_a_settled_period_holds(settled: Campaign):
    with settled.store.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO decisions (case_id, unit, requirement, period, kind, author, at) VALUES"
            " (1, '990101001', 'registration.daily', '2020-08-07', 'waive', '甲', 0)"
        )
    (found,) = judge_now(settled.store, "990101001", at("2020-08-15T09:00")).verdicts.filter(
        (pl.col("period") == "2020-08-07") & (pl.col("place") == 0)
    )["waived"]
    assert found
    assert_same(settled, "2020-08-15T09:00")


def test_a_pass_over_one_province_settles_nothing_for_the_others(tmp_path: Path):
    campaign = make_campaign(tmp_path, plan=PLAN, units=UNITS + VILLAGES)
    campaign.owe("2020-08-15T09:00", "9901")
    assert until(campaign) == ""


def test_a_pass_over_a_province_settles_for_it_alone_until_a_late_report_of_its_own_past(tmp_path: Path):
    campaign = make_campaign(tmp_path, plan=PLAN, units=UNITS + VILLAGES)
    campaign.owe("2020-08-15T09:00", "99")
    assert until(campaign) == ""
    assert read_settled(campaign.store, at("2020-08-15T09:00"), "990101").until > 0
    assert_same(campaign, "2020-08-15T09:00")
    report(campaign, "code,visited\n990101001001001,4\n", "2020-08-07T09:00", "late.csv")
    assert read_settled(campaign.store, at("2020-08-15T09:00"), "990101").until < 0
    assert_same(campaign, "2020-08-15T09:00")


def test_a_late_report_of_one_province_moves_nobody_else_s_judging_back(tmp_path: Path):
    campaign = make_campaign(tmp_path, plan=PLAN, units=UNITS + VILLAGES + OTHERS)
    report(campaign, "code,visited\n990101001001001,3\n990101002001001,9\n", "2020-08-05T17:00", "first.csv")
    campaign.owe("2020-08-15T09:00")
    report(campaign, "code,visited\n990101001001001,4\n", "2020-08-07T09:00", "late.csv")
    now, store = at("2020-08-15T10:00"), campaign.store
    assert [read_settled(store, now, unit).until > 0 for unit in ("980101", "990101", None)] == [True, False, False]
    judged = judge_now(store, None, now)
    (daily,) = [one for one in judged.plan.requirements if one.id == "daily"]
    anew = judged.judgement.figures_of(daily, "2020-08-07")["unit"].str.head(2).unique().to_list()
    assert ([own.scope for own in judged.behind], anew) == (["99"], ["99"])
    assert judged.judgement.figures_of(daily, "2020-08-14")["unit"].str.head(2).n_unique() == 2
    assert_same(campaign, "2020-08-15T10:00")

    assert campaign.owe("2020-08-15T10:00").judged == judge_all(store, None, now).verdicts.height
    assert read_settled(store, now).until > 0
    assert judge_now(store, None, now).behind == ()
    assert_same(campaign, "2020-08-15T10:00")


def test_two_provinces_whose_reports_came_late_are_each_told_why_they_are_late(tmp_path: Path):
    campaign = make_campaign(tmp_path, plan=PLAN, units=UNITS + VILLAGES + OTHERS + OTHERS_AND_VILLAGES)
    campaign.owe("2020-08-15T09:00")
    for province in ("98", "99"):
        late = f"code,visited\n{province}0101001001001,1\n"
        report(campaign, late, "2020-08-07T09:00", f"late-{province}.csv")
    judged = judge_now(campaign.store, None, at("2020-08-15T10:00"))
    assert [own.scope for own in judged.behind] == ["98", "99"]
    assert_same(campaign, "2020-08-15T10:00")
    campaign.owe("2020-08-15T10:00")
    assert judge_now(campaign.store, None, at("2020-08-15T10:00")).behind == ()
    assert_same(campaign, "2020-08-15T10:00")


@pytest.mark.parametrize(
    "joining",
    [
        "INSERT INTO superiors VALUES ('980101', '99', 'government')",
        "UPDATE units SET superior = '99' WHERE code = '980101'",
    ],
)
def test_a_late_report_moves_back_its_province_and_the_one_joined_with_it_and_no_third(tmp_path: Path, joining: str):
    third = OTHERS.replace("98", "97")
    campaign = make_campaign(tmp_path, plan=PLAN, units=UNITS + VILLAGES + OTHERS + OTHERS_AND_VILLAGES + third)
    with campaign.store.writing() as connection:
        connection.exec_driver_sql(joining)
    report(campaign, "code,visited\n990101001001001,3\n980101001001001,9\n", "2020-08-05T17:00", "first.csv")
    campaign.owe("2020-08-15T09:00")
    report(campaign, "code,visited\n980101001001001,4\n", "2020-08-07T09:00", "late.csv")
    now, store = at("2020-08-15T10:00"), campaign.store
    judged = judge_now(store, None, now)
    assert ([own.scope for own in judged.behind], judged.settled.until > 0) == (["98", "99"], True)
    assert [read_settled(store, now, unit).until > 0 for unit in ("97", "98", "99")] == [True, False, False]
    assert_same(campaign, "2020-08-15T10:00")

    assert campaign.owe("2020-08-15T10:00").judged == judge_all(store, None, now).verdicts.height
    assert (read_settled(store, now).until > 0, judge_now(store, None, now).behind) == (True, ())
    assert_same(campaign, "2020-08-15T10:00")


@pytest.mark.parametrize(("as_of", "behind"), [("2020-08-13T00:00", []), ("2020-08-12T23:59", ["99"])])
def test_rows_that_come_late_move_back_the_province_of_their_codes_alone(tmp_path: Path, as_of: str, behind: list[str]):
    campaign = make_campaign(tmp_path, plan=OVER_ROWS, units=UNITS + VILLAGES + OTHERS)
    send(campaign, "code,visit\n990101001,1\n980101001,1\n980101001,2\n", "2020-08-06T09:00", name="first.csv")
    campaign.owe("2020-08-15T09:00")
    send(campaign, "code,visit\n990101001,2\n", as_of, name="late.csv")
    now, store = at("2020-08-15T10:00"), campaign.store
    judged = judge_now(store, None, now)
    assert ([own.scope for own in judged.behind], judged.settled.until > 0) == (behind, True)
    assert_same(campaign, "2020-08-15T10:00")
    campaign.owe("2020-08-15T10:00")
    assert judge_now(store, None, now).behind == ()
    assert_same(campaign, "2020-08-15T10:00")


def test_rows_of_which_nobody_noted_where_they_lie_move_all_back(tmp_path: Path):
    campaign = make_campaign(tmp_path, plan=PLAN, units=UNITS + VILLAGES + OTHERS)
    campaign.owe("2020-08-15T09:00")
    report(campaign, "code,visited\n990101001001001,4\n", "2020-08-07T09:00", "late.csv")
    with campaign.store.writing() as connection:
        connection.exec_driver_sql("UPDATE batches SET register = 'problems'")
    judged = judge_now(campaign.store, None, at("2020-08-15T10:00"))
    assert (judged.behind, judged.settled.until < 0) == ((), True)


def test_settled_periods_that_cannot_be_read_are_judged_anew_and_stop_no_pass(settled: Campaign):
    with settled.store.writing() as connection:
        connection.exec_driver_sql("UPDATE settled_periods SET lacking = x'00'")
    assert until(settled) == ""
    owed = settled.owe("2020-08-15T10:00")
    assert (owed.aside, until(settled)) == ((), "08-13")
    assert_same(settled, "2020-08-15T10:00")


def test_a_pass_that_cannot_settle_chases_all_the_same(tmp_path: Path):
    campaign = make_campaign(tmp_path, plan=PLAN, units=UNITS + VILLAGES)
    with campaign.store.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE INSERT ON settled_periods BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    owed = campaign.owe("2020-08-15T09:00")
    assert owed.opened > 0
    assert until(campaign) == ""
