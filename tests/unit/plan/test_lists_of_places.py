"""What five documents of 2020 ask for beyond the base plan, and what lists of it decide: by rows, as offices send them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from worlds.plans_over_rows import kept_rows

from models.plan.files import read_plan_files
from models.plan.model import Plan
from models.rules.judging.tree import above
from models.rules.registers.duties import judge_rows
from models.rules.registers.figures import row_readings

PLANS = Path(__file__).parents[3] / "deployments" / "plans"
NOW = datetime(2020, 10, 30, 1, tzinfo=UTC)
DAY = date(2020, 8, 10)
UNITS = pl.DataFrame(
    [
        ("14", "山西省", "province", None),
        ("140105", "小店区", "county", "14"),
        ("37", "山东省", "province", None),
        ("370481", "滕州市", "county", "37"),
        ("370481001", "荆河街道", "township", "370481"),
        ("50", "重庆市", "province", None),
        ("500114", "黔江区", "county", "50"),
        ("500114001", "城东街道", "township", "500114"),
        ("500114001001", "西山社区", "village", "500114001"),
        ("500114001002", "官坝社区", "village", "500114001"),
        ("500114101", "石会镇", "township", "500114"),
        ("500114201", "水市乡", "township", "500114"),
        ("65", "新疆维吾尔自治区", "province", None),
        ("659001", "石河子市", "county", "65"),
        ("659001001", "新城街道", "township", "659001"),
        ("13", "河北省", "province", None),
        ("1301", "石家庄市", "city", "13"),
        ("130102", "长安区", "county", "1301"),
        ("130102001", "建北街道", "township", "130102"),
    ],
    schema=["unit", "name", "level", "superior"],
    orient="row",
)
CHAINS = above(UNITS)


@cache
def plan(place: str) -> Plan:
    return read_plan_files(PLANS / f"{place}-2020.yaml").plan


def standings(place: str, key: str, unit: str, *rows: dict[str, Any]) -> dict[str | None, str]:
    """The label of each duty of an office → its standing."""
    one = next(one for one in plan(place).requirements if one.key == key)
    assert one.each is not None
    kept = kept_rows(plan(place).registers[one.each.register], [{"code": unit, **row} for row in rows])
    found = judge_rows(kept, one, plan(place), UNITS, CHAINS, NOW).verdicts.filter(pl.col("unit") == unit)
    return dict(found.select("period", "standing").iter_rows())


def figure(place: str, name: str, unit: str, *rows: dict[str, Any]) -> float | None:
    one = plan(place).indicators[name]
    assert one.rows is not None
    kept = kept_rows(plan(place).registers[one.rows.register], [{"code": unit, **row} for row in rows])
    found = row_readings(kept, [one], plan(place), UNITS, CHAINS, NOW)
    return dict(found.select(pl.col("unit").cast(pl.String), "value").iter_rows())[unit]


@pytest.mark.parametrize(("jointly", "standing"), [(["finance", "hr"], "met"), (["finance"], "unmet"), (None, "unmet")])
def test_the_paper_on_money_is_joint_with_finance_and_personnel(jointly: list[str] | None, standing: str) -> None:
    row = {"kind": "funds-joint", "issued": DAY, "jointly": jointly}

    assert standings("shanxi", "preparation.joint-funds", "14", row) == {"funds-joint": standing}


def test_a_pilot_counts_once_it_is_over_and_each_problem_of_it_is_a_duty_by_itself() -> None:
    sites = [
        {"round": name, "kind": "province", "starts": date(2020, 6, 11), "ends": ends}
        for name, ends in (("万柏林", date(2020, 7, 15)), ("忻府", date(2020, 10, 31)))
    ]
    problems = [
        {"round": "万柏林", "row": row, "stage": "listing", "state": state}
        for row, state in ((1, "closed"), (2, "in-field"))
    ]

    assert figure("shanxi", "province_pilots", "14", *sites) == 1
    assert standings("shanxi", "pilots.problems-closed", "14", *problems) == {
        "14/万柏林/1": "met",
        "14/万柏林/2": "unmet",
    }


@pytest.mark.parametrize(("ends", "standing"), [(date(2020, 10, 30), "met"), (date(2020, 10, 31), "unmet")])
def test_a_cloud_pilot_is_taken_part_in_once_it_is_over(ends: date, standing: str) -> None:
    row = {"round": "第四轮", "kind": "cloud", "starts": date(2020, 8, 11), "ends": ends, "staff": 60}

    assert standings("shihezi", "pilots.cloud-pilot", "659001", row) == {"cloud": standing}


def test_each_kind_of_risk_without_a_plan_is_named() -> None:
    rows = [{"kind": kind, "plan": "合成〔2020〕1号"} for kind in ("epidemic", "opinion", "data-loss")]

    found = standings("hebei", "preparation.risk-plan", "140105", *rows)

    assert found == {"epidemic": "met", "opinion": "met", "data-loss": "met", "program": "unreported"}


@pytest.mark.parametrize(("state", "standing"), [("open", "unmet"), ("closed", "met")])
def test_what_went_wrong_is_owed_until_it_is_settled(state: str, standing: str) -> None:
    row = {"incident": "1", "kind": "program", "occurred": datetime(2020, 10, 29, 1, tzinfo=UTC), "state": state}

    assert list(standings("hebei", "coordination.incidents-reported", "140105", row).values()) == [standing]


@pytest.mark.parametrize(("second", "standing"), [(True, "met"), (False, "unmet")])
def test_every_meeting_that_was_held_began_with_the_law(second: bool, standing: str) -> None:
    held = datetime(2020, 8, 10, tzinfo=UTC)
    rows = [
        {"meeting": "1", "kind": "departments", "held": held, "law_first": True},
        {"meeting": "2", "kind": "group", "held": held, "law_first": second},
        {"meeting": "3", "kind": "group", "held": None, "law_first": None},
    ]

    assert list(standings("qianjiang", "preparation.law-first", "500114", *rows).values()) == [standing]


def test_staff_pass_four_reviews_and_the_missing_one_is_named() -> None:
    rows = [{"review": name, "passed": DAY} for name in ("first", "second", "third")]

    found = standings("qianjiang", "recruitment.four-reviews", "500114001", *rows)

    assert found == {"first": "met", "second": "met", "third": "met", "final": "unreported"}


@pytest.mark.parametrize(("on_both", "standing"), [(True, "met"), (False, "unmet")])
def test_leaders_are_trained_on_quality_and_risk(on_both: bool, standing: str) -> None:
    row = {"session": "领导班", "audience": "leaders", "day": DAY, "quality_and_risk": on_both}

    assert standings("qianjiang", "training.quality-course", "500114", row) == {"leaders": standing}


def test_a_check_at_the_door_counts_with_badge_and_pledge() -> None:
    whole = {"check": "1", "kind": "entry", "badge": True, "pledge": True}

    assert figure("qianjiang", "pledges_shown", "500114001", whole, {**whole, "check": "2", "pledge": False}) == 1


def test_sessions_after_listing_began_are_counted_by_themselves() -> None:
    days = {"前": date(2020, 10, 10), "首日": date(2020, 10, 11), "现场": date(2020, 10, 25)}
    rows = [{"session": name, "audience": "enumerators", "form": "site", "day": day} for name, day in days.items()]

    assert figure("shihezi", "late_sessions", "659001", *rows) == 2


def test_a_special_site_is_registered_by_itself_and_early_where_it_was() -> None:
    rows = [
        {"site": name, "kind": name, "state": state}
        for name, state in (("prison", "registered"), ("college", "arranged"))
    ]

    found = standings("shihezi", "registration.special-sites", "659001", *rows)

    assert found == {"659001/prison": "met", "659001/college": "unmet"}


def test_a_city_hangs_banners_and_a_town_drives_and_broadcasts() -> None:
    banner = {"carrier": "banner", "stage": "before", "planned": 2, "done": 2}
    car = {"carrier": "car", "stage": "before", "planned": 2, "done": 1}

    assert standings("tengzhou", "publicity.city-carriers", "370481", banner) == {"banner": "met"}
    assert standings("tengzhou", "publicity.town-carriers", "370481001", car) == {
        "car": "unmet",
        "broadcast": "unreported",
        "board": "unreported",
    }


@pytest.mark.parametrize(("done", "standing"), [(1, "met"), (0, "unmet")])
def test_a_web_site_is_there_once_it_is_open(done: int, standing: str) -> None:
    row = {"carrier": "website", "stage": "before", "planned": 1, "done": done}

    assert standings("tengzhou", "publicity.website", "370481", row) == {"website": standing}


HELD = datetime(2020, 8, 10, tzinfo=UTC)
FOUR = ["statistics", "government-office", "publicity", "police"]


@pytest.mark.parametrize(
    ("place", "key", "unit", "met", "unmet"),
    [
        ("shanxi", "preparation.party-group", "14", {"kind": "party-group", "held": HELD}, {"held": None}),
        ("shihezi", "preparation.sections-township", "659001001", {"kind": "section", "formed": DAY}, {"formed": None}),
        ("shihezi", "zoning.training", "659001", {"audience": "zoning", "day": DAY}, {"day": date(2020, 10, 31)}),
        (
            "shihezi",
            "preparation.outsourcing-consent",
            "659001",
            {"contractor": "1", "contracted": DAY, "consent": "合成〔2020〕1号", "tendered": DAY, "joint_team": True},
            {"consent": None},
        ),
        (
            "shihezi",
            "publicity.stages",
            "659001",
            {"carrier": "film", "stage": "during", "planned": 2, "done": 2},
            {"done": 1},
        ),
        (
            "shihezi",
            "publicity.web-and-open-day",
            "659001",
            {"carrier": "open-day", "stage": "before", "planned": 5, "done": 5},
            {"done": 4},
        ),
        (
            "shihezi",
            "publicity.schools",
            "659001",
            {"carrier": "school-lesson", "stage": "before", "planned": 32, "done": 32},
            {"done": 31},
        ),
        ("qianjiang", "preparation.deputies", "500114", {"kind": "group", "deputies": FOUR}, {"deputies": FOUR[1:]}),
        ("qianjiang", "preparation.leaders-study", "500114", {"kind": "study", "held": HELD}, {"held": None}),
        (
            "qianjiang",
            "training.leaders",
            "500114001",
            {"kind": "leaders-training", "held": HELD},
            {"held": datetime(2020, 10, 31, tzinfo=UTC)},
        ),
        (
            "qianjiang",
            "zoning.head-at-work",
            "500114001",
            {"check": "1", "kind": "drawing", "by_post": "head", "day": DAY},
            {"day": None},
        ),
        (
            "qianjiang",
            "publicity.town-carriers",
            "500114001",
            {"carrier": "rhyme", "stage": "before", "planned": 3, "done": 3},
            {"done": 2},
        ),
        (
            "qianjiang",
            "publicity.doors",
            "500114",
            {"carrier": "landlord", "stage": "before", "planned": 3, "done": 3},
            {"done": None},
        ),
        (
            "tengzhou",
            "preparation.premises-ready",
            "370481",
            {"kind": "office", "rooms": 2, "posted": True, "equipped": True},
            {"posted": None},
        ),
        ("tengzhou", "preparation.members-meeting", "370481", {"kind": "members", "held": HELD}, {"held": None}),
        (
            "tengzhou",
            "publicity.town-plans",
            "370481001",
            {"kind": "publicity-plan", "issued": DAY},
            {"issued": date(2020, 10, 31)},
        ),
        (
            "tengzhou",
            "publicity.letters-after",
            "370481001",
            {"carrier": "letter", "stage": "after", "planned": 9, "done": 9},
            {"done": 8},
        ),
        (
            "shanxi",
            "preparation.goods-plan",
            "14",
            {"item": "device", "year": 2020.0, "planned": 9.0},
            {"planned": None},
        ),
        (
            "shanxi",
            "preparation.national-conference",
            "14",
            {"kind": "mobilisation", "held": HELD, "attending": "组长", "speaking": ["police"], "spoke": 3.0},
            {"speaking": None},
        ),
        (
            "shanxi",
            "preparation.publicity-raised",
            "140105",
            {"carrier": "film", "stage": "before", "done": 1.0, "day": DAY},
            {"day": date(2020, 10, 31)},
        ),
        (
            "shanxi",
            "preparation.province-publicity",
            "14",
            {"means": "contest", "stage": "before", "planned": 1.0, "done": 1.0},
            {"done": 0.0},
        ),
        (
            "hebei",
            "publicity.opening-province",
            "13",
            {"means": "opening", "stage": "before", "done": 1.0, "day": DAY},
            {"day": None},
        ),
        (
            "hebei",
            "registration.mobilised",
            "13",
            {"kind": "mobilisation", "held": HELD, "attending": "市县统计局局长"},
            {"attending": None},
        ),
        ("hebei", "registration.experience", "13", {"kind": "exchange", "held": HELD, "spoke": 4.0}, {"spoke": 3.0}),
        (
            "hebei",
            "registration.tasks-assigned",
            "1301",
            {"matter": "1", "owed_by": "1301", "assigned_post": "业务组组长"},
            {"assigned_post": None},
        ),
        (
            "qianjiang",
            "preparation.office-director",
            "500114",
            {"kind": "office", "director_post": "deputy"},
            {"director_post": "head"},
        ),
        (
            "qianjiang",
            "register-cleanup.absent-visited",
            "500114001",
            {"category": "absent", "due": 5.0, "done": 5.0},
            {"done": 4.0},
        ),
        (
            "tengzhou",
            "publicity.website-sections",
            "370481",
            {"carrier": "website", "stage": "before", "done": 1.0, "sections": 9.0},
            {"sections": 8.0},
        ),
        ("tengzhou", "recruitment.staff-briefing", "370481", {"kind": "staff-training", "held": HELD}, {"held": None}),
        ("hebei", "registration.quality-group-province", "13", {"kind": "quality", "formed": DAY}, {"formed": None}),
        ("hebei", "registration.quality-group-city", "1301", {"kind": "quality", "formed": DAY}, {"formed": None}),
        (
            "hebei",
            "registration.quality-group-township",
            "130102001",
            {"kind": "quality", "formed": DAY},
            {"formed": None},
        ),
    ],
)
def test_what_a_document_tells_of_is_owed_by_a_row_and_met_as_it_says(
    place: str, key: str, unit: str, met: dict[str, Any], unmet: dict[str, Any]
) -> None:
    assert "met" in standings(place, key, unit, met).values()
    assert "met" not in standings(place, key, unit, {**met, **unmet}).values()


@pytest.mark.parametrize(("hours", "standing"), [(8, "met"), (0, "unmet"), (None, "unmet")])
def test_how_long_each_course_took_is_told(hours: float | None, standing: str) -> None:
    rows = [{"session": "1", "day": DAY, "hours": 8}, {"session": "2", "day": DAY, "hours": hours}]

    assert list(standings("qianjiang", "training.hours-told", "500114", *rows).values()) == [standing]


@pytest.mark.parametrize(
    ("township", "artefact", "standing"),
    [
        ("500114001", "section", "met"),
        ("500114001", "courtyard", "unmet"),
        ("500114201", "courtyard", "met"),
        ("500114201", "section", "unmet"),
        ("500114101", "courtyard", "met"),
        ("500114101", "section", "met"),
    ],
)
def test_a_street_draws_sections_and_the_country_courtyards(township: str, artefact: str, standing: str) -> None:
    row = {"code": f"{township}001001", "artefact": artefact}

    assert standings("qianjiang", "zoning.artefacts", township, row) == {"": standing}


def test_letters_of_a_township_are_those_that_it_handed_out() -> None:
    rows = [
        {"carrier": "letter", "stage": "before", "planned": 100, "done": 90},
        {"carrier": "notice", "stage": "before", "planned": 5, "done": 5},
    ]

    assert figure("tengzhou", "letters_issued", "370481001", *rows) == 90
    assert figure("tengzhou", "letters_planned", "370481001", *rows) == 100


def test_publicity_is_in_step_once_district_townships_and_villages_have_begun() -> None:
    begun = {"carrier": "car", "stage": "before", "planned": 1.0, "done": 1.0}
    village = {**begun, "code": "500114001001"}

    [together] = [one for one in plan("qianjiang").sets if one.id == "three-levels-in-step"]
    assert together.requirements == ("publicity.step-county", "publicity.step-township", "publicity.step-village")
    assert standings("qianjiang", "publicity.step-county", "500114", begun) == {"before": "met"}
    assert standings("qianjiang", "publicity.step-township", "500114001", begun) == {"before": "met"}
    # what a village does is no township's
    assert standings("qianjiang", "publicity.step-township", "500114001", village) == {"before": "unreported"}
    assert standings("qianjiang", "publicity.step-village", "500114001", village) == {
        "500114001001": "met",
        "500114001002": "unreported",
    }


def test_the_three_years_of_goods_are_told_apart_and_the_missing_one_is_named() -> None:
    rows = [{"item": "device", "year": year, "planned": 9.0} for year in (2019.0, 2020.0)]

    assert standings("shanxi", "preparation.goods-plan", "14", *rows) == {
        "2019": "met",
        "2020": "met",
        "2021": "unreported",
    }


def test_how_long_the_maps_took_is_told_from_the_first_day_to_the_last() -> None:
    rows = [
        {"code": "659001001001", "begun": date(2020, 7, 16), "finished": date(2020, 8, 1)},
        {"code": "659001001002", "begun": date(2020, 7, 20), "finished": date(2020, 8, 29)},
        {"code": "659001001003", "begun": None, "finished": None},
    ]

    assert figure("shihezi", "zoning_begun", "659001001", *rows) == -108
    assert figure("shihezi", "zoning_finished", "659001001", *rows) == -64
    days = plan("shihezi").indicators["zoning_days"].where
    assert days is not None
    table = pl.DataFrame({"zoning_begun": [-108.0], "zoning_finished": [-64.0]})
    assert table.select(days.polars().alias("days"))["days"].to_list() == [45.0]


def test_what_a_document_contradicts_or_learned_stands_beside_the_duty() -> None:
    sources = {one.key: one.source or "" for place in ("hebei", "qianjiang") for one in plan(place).requirements}

    assert "与会议时间10月31日下午不符" in sources["registration.mobilised"]
    assert "汲取第四次全国经济普查教训" in sources["preparation.law-first"]
