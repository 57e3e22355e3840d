"""The plans that ship: they load, hold the dates of the real calendar, and overlays only tighten or add."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from worlds.plans_over_rows import kept_rows

from deployments.demo.synthetic import places
from models.people import counts_people
from models.plan.files import read_plan_files
from models.plan.model import Plan, Requirement
from models.rules.judging.comparators import compared
from models.rules.judging.offices import Offices
from models.rules.judging.rollup import figures
from models.rules.judging.tree import above
from models.rules.registers.figures import row_readings

PLANS = Path(__file__).parents[3] / "deployments" / "plans"
OVERLAYS = ("shanxi-2020", "hebei-2020", "shihezi-2020", "qianjiang-2020", "tengzhou-2020")
FLOWS = ("preparation", "zoning", "recruitment", "training", "listing", "registration", "recheck")


@cache
def plan(name: str) -> Plan:
    return read_plan_files(PLANS / f"{name}.yaml").plan


def requirement(name: str, key: str) -> Requirement:
    return next(one for one in plan(name).requirements if one.key == key)


def due(name: str, key: str) -> str:
    """The date that holds in the place of the plan: the last one that a layer gave."""
    return requirement(name, key).dues[-1][1].isoformat()


@pytest.mark.parametrize("file", sorted(path.stem for path in PLANS.glob("*.yaml")))
def test_every_shipped_plan_loads_without_a_fault(file: str) -> None:
    assert plan(file).requirements


@pytest.mark.parametrize(
    ("phase", "starts", "ends"),
    [
        ("preparation", "2019-10-01T00:00:00+08:00", "2020-11-01T00:00:00+08:00"),
        ("pilots", "2020-05-07T00:00:00+08:00", "2020-09-01T00:00:00+08:00"),
        ("zoning", "2020-04-01T00:00:00+08:00", "2020-09-01T00:00:00+08:00"),
        ("register-cleanup", "2020-06-15T00:00:00+08:00", "2020-10-01T00:00:00+08:00"),
        ("publicity", "2020-09-20T00:00:00+08:00", "2020-12-11T00:00:00+08:00"),
        ("listing", "2020-10-11T00:00:00+08:00", "2020-11-01T00:00:00+08:00"),
        ("self-reporting", "2020-10-11T00:00:00+08:00", "2020-11-06T00:00:00+08:00"),
        ("registration", "2020-11-01T00:00:00+08:00", "2020-11-16T00:00:00+08:00"),
        ("long-form", "2020-11-16T00:00:00+08:00", "2020-12-01T00:00:00+08:00"),
        ("recheck", "2020-11-16T00:00:00+08:00", "2020-12-11T00:00:00+08:00"),
        ("processing", "2020-12-11T00:00:00+08:00", "2023-01-01T00:00:00+08:00"),
    ],
)
def test_phases_of_2020_fall_on_the_days_of_the_real_calendar(phase: str, starts: str, ends: str) -> None:
    found = plan("census-2020").phase(phase)

    assert found is not None
    assert (found.starts.isoformat(), found.ends.isoformat()) == (starts, ends)


@pytest.mark.parametrize(
    ("key", "moment"),
    [
        ("zoning.districts-mapped", "2020-09-01T00:00:00+08:00"),
        ("register-cleanup.cleanup-done", "2020-10-01T00:00:00+08:00"),
        ("listing.all-listed", "2020-11-01T00:00:00+08:00"),
        ("registration.finished", "2020-11-16T00:00:00+08:00"),
        ("registration.accept-registrations", "2020-11-21T00:00:00+08:00"),
        ("recheck.officer", "2020-11-17T00:00:00+08:00"),
        ("recheck.closed", "2020-12-11T00:00:00+08:00"),
    ],
)
def test_a_due_day_of_2020_ends_at_midnight(key: str, moment: str) -> None:
    assert due("census-2020", key) == moment


@pytest.mark.parametrize(
    ("phase", "starts", "ends"),
    [
        ("zoning", "2030-04-01T00:00:00+08:00", "2030-09-01T00:00:00+08:00"),
        ("listing", "2030-10-11T00:00:00+08:00", "2030-11-01T00:00:00+08:00"),
        ("registration", "2030-11-01T00:00:00+08:00", "2030-11-16T00:00:00+08:00"),
        ("recheck", "2030-11-16T00:00:00+08:00", "2030-12-11T00:00:00+08:00"),
    ],
)
def test_the_census_of_2030_is_the_same_calendar_ten_years_on(phase: str, starts: str, ends: str) -> None:
    later = plan("census-2030")

    found = later.phase(phase)
    assert found is not None
    assert (found.starts.isoformat(), found.ends.isoformat()) == (starts, ends)
    assert (later.census, later.title) == ("census-2030", "第八次全国人口普查")
    assert [one.key for one in later.requirements] == [one.key for one in plan("census-2020").requirements]


@pytest.mark.parametrize(
    ("overlay", "key", "moment"),
    [
        ("shanxi-2020", "preparation.meeting-county", "2020-08-06T00:00:00+08:00"),
        ("shanxi-2020", "preparation.report-city", "2020-08-06T00:00:00+08:00"),
        ("shanxi-2020", "preparation.funds", "2020-08-21T00:00:00+08:00"),
        ("shanxi-2020", "preparation.ten-yuan-province", "2020-08-21T00:00:00+08:00"),
        ("shanxi-2020", "recruitment.registered", "2020-08-21T00:00:00+08:00"),
        ("shanxi-2020", "preparation.devices", "2020-08-21T00:00:00+08:00"),
        ("shanxi-2020", "preparation.hotline", "2020-08-21T00:00:00+08:00"),
        ("hebei-2020", "publicity.opening", "2020-10-01T00:00:00+08:00"),
        ("hebei-2020", "recheck.officer-province", "2020-11-17T00:00:00+08:00"),
        ("shihezi-2020", "pilots.cloud-pilot", "2020-09-01T00:00:00+08:00"),
        ("shihezi-2020", "registration.special-sites", "2020-11-16T00:00:00+08:00"),
        # by the end of August is asked of those above, and no date of the city's own
        ("tengzhou-2020", "preparation.devices", "2020-10-01T00:00:00+08:00"),
    ],
)
def test_a_place_keeps_the_dates_of_its_own_document(overlay: str, key: str, moment: str) -> None:
    assert due(overlay, key) == moment


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_takes_nothing_away_and_moves_nothing_back(overlay: str) -> None:
    for national in plan("census-2020").requirements:
        own = requirement(overlay, national.key)

        assert own.met_when == national.met_when
        assert own.every == national.every
        if national.dues:
            assert own.dues[-1][1] <= national.dues[0][1]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_an_overlay_adds_is_owed_in_its_place_alone(overlay: str) -> None:
    national = {one.key for one in plan("census-2020").requirements}
    place = places()[overlay.removesuffix("-2020")]

    added = [one for one in plan(overlay).requirements if one.key not in national]

    assert len(added) >= 6
    assert {one.scope for one in added} == {place.unit}


def test_the_seven_phases_with_a_flow_of_their_own_are_in_the_plan() -> None:
    assert set(FLOWS) <= {phase.id for phase in plan("census-2020").phases}


def test_registration_waits_for_what_must_stand_before_it() -> None:
    registration = plan("census-2020").phase("registration")

    assert registration is not None
    assert set(registration.after) == {
        "preparation",
        "zoning",
        "register-cleanup",
        "recruitment",
        "training",
        "listing",
    }


def test_reports_come_closer_together_as_the_census_nears() -> None:
    cadence = {phase.id: phase.cadence for phase in plan("census-2020").phases}
    spoken = {name: [one.zh for one in each.spoken] for name, each in cadence.items() if each}

    assert spoken["preparation"] == ["每月25日 17:00", "2020-08-01起每周五 17:00"]
    assert spoken["zoning"] == ["每周五 17:00"]
    assert spoken["listing"] == ["每日 17:00"]
    assert spoken["registration"] == ["每日 09:00、17:00"]


def test_listing_and_registration_are_on_duty_round_the_clock() -> None:
    always = {phase.id for phase in plan("census-2020").phases if phase.hours == "always"}

    assert always == {"listing", "self-reporting", "registration"}


def accepted(key: str, *townships: dict[str, float | bool | None] | None) -> bool | None:
    """Whether a county of these townships passes: the rounds of each are its drawn district's, without a fault but for the
    cells that are named; None for a township that has none. None where that is not known."""
    census, wanted = plan("census-2020"), requirement("census-2020", key).met_when
    stage = "listing" if key.startswith("listing") else "short-form"
    things = ("maps", "buildings", "dwellings", "register", "persons")
    faultless = {f"{one}_checked": 1000.0 for one in things} | {f"{one}_wrong": 0.0 for one in things}
    faultless |= {"births_exact": True, "deaths_exact": True, "drawn": True}
    rows = [
        {"code": f"990101{n:03}001001", "stage": stage, "round": 1.0, **faultless, **own}
        for n, own in enumerate(townships, 1)
        if own is not None
    ]
    names = [(f"990101{n:03}", "township", "990101") for n in range(1, len(townships) + 1)]
    units = [("99", "province", None), ("9901", "city", "99"), ("990101", "county", "9901"), *names]
    offices = pl.DataFrame(units, schema={"unit": pl.String, "level": pl.String, "superior": pl.String}, orient="row")
    drawn = [census.indicators[name] for name in census.behind[key]]
    register = census.registers["acceptance"]
    readings = row_readings(
        kept_rows(register, rows),
        [one for one in drawn if one.rows is not None],
        census,
        offices,
        above(offices),
        datetime.fromisoformat("2020-11-20T09:00:00+08:00"),
    )
    wide = figures(readings, Offices(offices, above(offices)), census, wanted.names, "county")
    return wide.filter(pl.col("unit") == "990101").select(met=wanted.polars())["met"][0]  # type: ignore[no-any-return]


ACCEPTANCE = [
    ("listing.accept-maps", "maps_wrong", 0.0, 1.0),
    ("listing.accept-buildings", "buildings_wrong", 0.0, 1.0),
    ("listing.accept-dwellings", "dwellings_wrong", 2.0, 3.0),
    ("listing.accept-register", "register_wrong", 4.0, 5.0),
    ("listing.accept-births", "births_exact", True, False),
    ("listing.accept-deaths", "deaths_exact", True, False),
    ("registration.accept-registrations", "persons_wrong", 4.0, 5.0),
    ("registration.accept-register", "register_wrong", 4.0, 5.0),
    ("registration.accept-births", "births_exact", True, False),
    ("registration.accept-deaths", "deaths_exact", True, False),
]


@pytest.mark.parametrize(("key", "cell", "enough", "wrong"), ACCEPTANCE)
def test_a_county_is_accepted_when_each_of_its_townships_keeps_the_limit_by_itself(
    key: str, cell: str, enough: float, wrong: float
) -> None:
    for one in (key, f"{key.split('.')[0]}.accepted"):
        assert accepted(one, {cell: enough}, {}) is True
        assert accepted(one, {cell: wrong}, {}) is False
        assert accepted(one, {cell: wrong}, *[{}] * 20) is False


@pytest.mark.parametrize(("key", "cell", "enough", "wrong"), ACCEPTANCE)
def test_a_township_in_which_nothing_was_checked_or_another_district_than_the_drawn_one_is_not_accepted(
    key: str, cell: str, enough: float, wrong: float
) -> None:
    assert accepted(key, {}, {cell: None}) is False
    assert accepted(key, {}, {"drawn": None}) is False
    assert accepted(key, {}, None) is False
    assert accepted(key, None) is None


@pytest.mark.parametrize(
    ("districts", "areas", "five", "four"),
    [
        (354_000, 0, 424_800, 442_500),  # 河北
        (2_802, 0, 3_363, 3_503),  # 黔江
        (2_173, 0, 2_608, 2_717),  # 鲤城
        (7_100, 1_250, 8_520, 8_875),  # 滕州
        (3_316, 440, 3_980, 4_145),  # 石河子
        (1_000, 900, 1_900, 1_900),
    ],
)
def test_staff_is_needed_for_every_district_and_an_instructor_for_every_area_and_every_few_districts(
    districts: int, areas: int, five: int, four: int
) -> None:
    for few, need in ((5, five), (4, four)):
        wanted = requirement("tengzhou-2020", f"preparation.plan-enough-{few}").met_when
        needed = plan("tengzhou-2020").indicators[f"planned_need_{few}"].where
        row = pl.DataFrame({"districts_planned": [float(districts)], "areas_planned": [float(areas)]})
        assert needed is not None
        figures_of = row.with_columns(needed.polars().alias(f"planned_need_{few}"))
        assert figures_of[f"planned_need_{few}"][0] == need
        for staff, met in ((need, True), (need - 1, False)):
            given = figures_of.with_columns(staff_planned=pl.lit(float(staff)))
            assert given.select(met=wanted.polars())["met"][0] is met


@pytest.mark.parametrize("few", [5, 4])
def test_staff_in_place_is_held_against_the_same_need(few: int) -> None:
    need = plan("census-2020").indicators[f"staff_need_{few}"].where
    planned = plan("tengzhou-2020").indicators[f"planned_need_{few}"].where

    assert need is not None
    assert planned is not None
    assert planned.text.replace("_planned", "") == need.text


@pytest.mark.parametrize("key", ["ten-yuan-county", "ten-yuan-province"])
def test_ten_yuan_a_head_is_the_standard_and_the_national_average_its_comparator(key: str) -> None:
    own = requirement("shanxi-2020", f"preparation.{key}")
    shanxi = pl.DataFrame({"funds_arrived": [8.5, 8.7, 9.99, 10.0], "population": [1.0, 1.0, 1.0, 1.0]})
    beside = compared(own, shanxi)

    assert beside is not None
    assert shanxi.select(met=own.met_when.polars())["met"].to_list() == [False, False, False, True]
    assert [said.split("（")[0] for said in shanxi.select(zh=beside[1])["zh"]] == [
        "低于全国平均",
        "与全国平均",
        "高于全国平均",
        "高于全国平均",
    ]


def test_acceptance_is_judged_by_six_and_by_four_conditions_at_the_county() -> None:
    sets = {one.id: one.requirements for one in plan("census-2020").sets}

    assert sets["listing-acceptance"][0] == "listing.accepted"  # all six in one round
    assert len(sets["listing-acceptance"]) == 1 + 6
    assert sets["registration-acceptance"][0] == "registration.accepted"
    assert len(sets["registration-acceptance"]) == 1 + 4
    judged = {requirement("census-2020", key).judged_at for name in sets if "acceptance" in name for key in sets[name]}
    assert judged == {"county"}


def test_what_offices_call_by_one_name_is_a_named_set() -> None:
    sets = {one.id: one for one in plan("census-2020").sets}

    assert sets["three-in-place"].requirements == (
        "preparation.office-county",
        "preparation.funds",
        "preparation.devices",
        "preparation.materials-arrived",
    )
    assert len(sets["four-in-place"].requirements) == 4
    assert {requirement("census-2020", key).judged_at for key in sets["five-levels"].requirements} == {
        "province",
        "city",
        "county",
        "township",
    }


@pytest.mark.parametrize("file", ["census-2020", *OVERLAYS])
def test_no_figure_about_people_may_be_ranked(file: str) -> None:
    ranked = [one for one in plan(file).indicators.values() if one.rank]

    assert ranked
    assert not [one.id for one in ranked if one.about == "people"]
    assert not [one.id for one in ranked if counts_people(one.id, one.title) and one.work is None]


@pytest.mark.parametrize("file", ["census-2020", *OVERLAYS])
def test_flags_about_births_and_deaths_ask_to_check(file: str) -> None:
    flags = [one for one in plan(file).requirements if "births_to_verify" in one.met_when.names]

    assert flags
    assert all("请核实" in one.title for one in flags)


@pytest.mark.parametrize("file", ["census-2020", *OVERLAYS])
def test_every_requirement_tells_somebody_and_has_a_number_of_its_own(file: str) -> None:
    requirements = plan(file).requirements

    assert len(requirements) >= 40
    assert all(plan(file).ladders[one.ladder or ""].rungs for one in requirements)
    assert len({one.no for one in requirements}) == len(requirements)


@pytest.mark.parametrize("file", ["census-2020", *OVERLAYS])
def test_two_indicators_never_share_a_title_because_reports_may_come_by_title(file: str) -> None:
    titles = [one.title for one in plan(file).indicators.values()]

    assert len(set(titles)) == len(titles)


def test_the_standard_time_is_midnight_of_the_first_of_november() -> None:
    assert plan("census-2020").standard_time == datetime.fromisoformat("2020-11-01T00:00:00+08:00")
    assert plan("census-2030").standard_time == datetime.fromisoformat("2030-11-01T00:00:00+08:00")
