"""The lists of the base plan: their columns and states as offices send them, and what their rows make of their duties."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from worlds.plans_over_rows import kept_rows

from models.plan.files import read_plan_files
from models.plan.model import Plan
from models.plan.row_expressions import Clock
from models.rules.judging.tree import above
from models.rules.registers.computed import with_computed
from models.rules.registers.duties import judge_rows
from models.rules.registers.figures import row_readings
from models.rules.registers.offices import with_offices

TOWNSHIPS = ("990101001", "990101002")
UNITS = pl.DataFrame(
    [
        ("99", "province", None),
        ("9901", "city", "99"),
        ("990101", "county", "9901"),
        *((code, "township", "990101") for code in TOWNSHIPS),
        ("990101001001", "village", "990101001"),
        ("990101001002", "village", "990101001"),
    ],
    schema={"unit": pl.String, "level": pl.String, "superior": pl.String},
    orient="row",
).with_columns(name="unit")
NOW = datetime.fromisoformat("2020-11-20T09:00:00+08:00")
DISTRICT = "990101001001001"


@cache
def plan() -> Plan:
    return read_plan_files(Path(__file__).parents[3] / "deployments" / "plans" / "census-2020.yaml").plan


def standings(key: str, *rows: dict[str, Any]) -> dict[tuple[str, str], str]:
    """How the duties of a requirement stand where these rows hold, by unit and period."""
    requirement = next(one for one in plan().requirements if one.key == key)
    assert requirement.each is not None
    kept = kept_rows(plan().registers[requirement.each.register], rows)
    found = judge_rows(kept, requirement, plan(), UNITS, above(UNITS), NOW).verdicts
    return {(unit, period): standing for unit, period, standing in found.select("unit", "period", "standing").rows()}


def figures(names: Iterable[str], *rows: dict[str, Any]) -> dict[tuple[str, str], float | None]:
    """Figures that are drawn from one register, by indicator and unit."""
    drawn = [plan().indicators[name] for name in names]
    assert drawn[0].rows is not None
    kept = kept_rows(plan().registers[drawn[0].rows.register], rows)
    found = row_readings(kept, drawn, plan(), UNITS, above(UNITS), NOW)
    return {(name, unit): value for name, unit, value in found.select("indicator", "unit", "value").rows()}


def refused(register: str, row: dict[str, Any], units: pl.DataFrame = UNITS) -> list[str]:
    """What the plan says against a row as it stands."""
    held = plan().registers[register]
    clock = Clock(NOW, plan().standard_time)
    rows = with_computed(with_offices(kept_rows(held, [row]), held, units, above(units)), held, clock)
    return [
        one.title
        for one in held.refuse
        if rows.select(pl.any_horizontal(one.when.polars(clock)).fill_null(False)).item()
    ]


def moves(register: str) -> dict[str, set[str]]:
    return {was: set(then) for was, then in (plan().registers[register].columns["state"].moves or {}).items()}


LISTS = {
    "boundaries": ("county township", "code neighbour", "neighbour state day note"),
    "areas": ("township", "code", "state reviewed note"),
    "cleanup": ("township", "code category", "category due done"),
    "checks": (
        "county township",
        "code check",
        "check kind by_post day checked faults rectified building dwelling head booklet members id neighbours relatives"
        " cadres police badge police_along mask uniform pledge",
    ),
    "forms": ("township", "code form", "form due done audited"),
    "flags": ("county", "code flag", "flag kind raised due state"),
    "early": ("province", "code", "reason asked approved note"),
    "acceptance": (
        "county",
        "stage code round",
        "stage round checked_by maps_checked maps_wrong buildings_checked buildings_wrong dwellings_checked dwellings_wrong"
        " register_checked register_wrong persons_checked persons_wrong births_exact deaths_exact verdict",
    ),
    "problems": ("county", "list row", "list row kind items items_done due due_phase pool outcome state"),
    "inspections": (
        "province city county",
        "code inspection",
        "inspection visited day team_post leading_group contract materials staff_trained clearing note",
    ),
    "findings": ("province city county", "code inspection finding", "inspection finding owed_by due state note"),
    "leads": ("county", "code lead", "lead received state note"),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_kept_by_its_offices_under_its_key_with_its_columns(name: str) -> None:
    kept_by, key, columns = LISTS[name]
    register = plan().registers[name]

    assert set(register.kept_by) == set(kept_by.split())
    assert register.key == tuple(key.split())
    assert set(columns.split()) <= set(register.columns)
    assert ("note" in register.columns) == ("note" in columns)  # lists about households take no free text


def test_districts_have_their_further_columns() -> None:
    columns = plan().registers["districts"].columns

    assert {"buildings", "dwellings_occupied", "artefact", "enumerator"} <= set(columns)
    assert set(columns["artefact"].values) == {"courtyard", "section"}


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("boundaries", {"pending": {"agreed", "disputed"}, "disputed": {"agreed"}, "agreed": {"pending"}}),
        (
            "problems",
            {
                "received": {"assigned", "returned"},
                "assigned": {"in-field"},
                "in-field": {"resolved"},
                "resolved": {"reviewed", "in-field"},
                "reviewed": {"closed", "in-field"},
                "closed": {"in-field"},
                "returned": {"assigned", "closed"},
            },
        ),
    ],
)
def test_a_state_goes_on_as_the_plan_says(name: str, allowed: dict[str, set[str]]) -> None:
    assert moves(name) == allowed


def test_an_area_goes_up_step_by_step_and_back_the_same_way() -> None:
    steps = ["drawn", "area-submitted", "buildings-submitted", "districts-submitted"]

    assert moves("areas") == {
        one: {steps[place] for place in (n - 1, n + 1) if 0 <= place < len(steps)} for n, one in enumerate(steps)
    }


# ---- boundaries, areas


def test_a_boundary_is_the_duty_of_each_side_that_has_not_agreed() -> None:
    sides = ({"code": TOWNSHIPS[0], "neighbour": TOWNSHIPS[1]}, {"code": TOWNSHIPS[1], "neighbour": TOWNSHIPS[0]})
    rows = (sides[0] | {"state": "agreed"}, sides[1] | {"state": "disputed"})

    found = standings("zoning.boundaries", *rows, {"code": "990101", "neighbour": "990102", "state": "pending"})

    assert found == {
        (TOWNSHIPS[0], "990101001/990101002"): "met",
        (TOWNSHIPS[1], "990101002/990101001"): "unmet",
    }


@pytest.mark.parametrize(
    ("neighbour", "wrong"), [("990101001", True), ("990101", True), ("990101002", False), ("00", False)]
)
def test_no_office_has_a_boundary_with_itself_or_with_whom_it_lies_in(neighbour: str, wrong: bool) -> None:
    assert bool(refused("boundaries", {"code": "990101001", "neighbour": neighbour})) is wrong


def test_an_area_that_came_back_is_owed_again_and_a_village_without_one_is_counted() -> None:
    submitted = {"code": "990101001001", "state": "districts-submitted"}
    back = submitted | {"state": "buildings-submitted", "returned": date(2020, 8, 20)}

    assert standings("zoning.areas-submitted", submitted)["990101001", ""] == "met"
    assert standings("zoning.areas-submitted", back)["990101001", ""] == "unmet"
    assert standings("zoning.areas-final", back)["990101001", "990101001001"] == "unmet"
    assert standings("zoning.areas-final", back | {"state": "districts-submitted"}) == {
        ("990101001", "990101001001"): "met",
        ("990101002", ""): "unreported",
    }
    areas = figures(["areas"], submitted | {"areas": 4.0})
    assert [areas["areas", village] for village in ("990101001001", "990101001002")] == [4.0, 0.0]


# ---- clean-up and checks


def test_households_of_every_category_that_was_named_have_to_be_visited() -> None:
    done = {"code": "990101001", "category": "resident", "due": 80.0, "done": 80.0}
    behind = {"code": "990101001", "category": "temporary", "due": 9.0, "done": 8.0}

    assert standings("register-cleanup.cleanup-done", done)["990101001", ""] == "met"
    assert standings("register-cleanup.cleanup-done", done, behind)["990101001", ""] == "unmet"
    assert figures(["cleanup_due", "cleanup_done"], done, behind)["cleanup_done", "990101001"] == 88.0


SEEN = dict.fromkeys(("building", "dwelling", "head", "booklet", "members", "id"), True)
CHECK = {"code": "990101001", "check": "一", "kind": "six-seen", "faults": 2.0, "rectified": 2.0, **SEEN}


@pytest.mark.parametrize(
    ("cells", "standing"),
    [
        ({}, "met"),
        ({"booklet": False}, "unmet"),
        ({"id": None}, "unmet"),
        ({"rectified": 1.0}, "unmet"),
        ({"rectified": None, "faults": None}, "met"),
        ({"kind": "four-asked"}, "unmet"),
        ({"kind": "four-asked", **dict.fromkeys(("neighbours", "relatives", "cadres", "police"), True)}, "met"),
        ({"kind": "entry", **dict.fromkeys(("badge", "police_along", "mask", "uniform"), True)}, "unmet"),
        ({"kind": "boundary"}, "unmet"),
        ({"kind": "boundary", "day": date(2020, 9, 1)}, "met"),
        ({"kind": None}, "unmet"),
    ],
)
def test_a_check_of_which_a_step_is_missing_or_a_fault_left_is_not_met(cells: dict[str, Any], standing: str) -> None:
    assert standings("register-cleanup.checks-township", CHECK | cells)["990101001", ""] == standing


def test_the_checks_of_a_county_are_its_own_duty() -> None:
    found = standings("register-cleanup.checks-county", CHECK | {"code": "990101"}, CHECK | {"id": False})

    assert found == {("990101", ""): "met"}


# ---- acceptance


@pytest.mark.parametrize(
    ("checked_by", "wrong"),
    [("990101001", True), ("990101001001", True), ("990101", False), ("990101002", False), ("9901", False)],
)
def test_no_township_accepts_its_own_district(checked_by: str, wrong: bool) -> None:
    row = {"code": DISTRICT, "stage": "listing", "round": 1.0, "checked_by": checked_by}

    assert bool(refused("acceptance", row)) is wrong


@pytest.mark.parametrize(
    ("checked_by", "wrong"), [("980202003", True), ("980202003001", True), ("990101", False), ("9901", False)]
)
def test_no_regiment_accepts_its_own_district_though_its_code_is_of_another_county(
    checked_by: str, wrong: bool
) -> None:
    regiment = pl.DataFrame(
        {"unit": "980202003", "level": "township", "superior": "990101", "name": "三团"}, schema=UNITS.schema
    )
    row = {"code": "980202003001001", "stage": "listing", "round": 1.0, "checked_by": checked_by}

    assert bool(refused("acceptance", row, pl.concat([UNITS, regiment]))) is wrong


def test_a_drawn_district_is_checked_once_there_is_a_verdict_whichever() -> None:
    drawn = {"code": DISTRICT, "stage": "listing", "round": 1.0, "drawn": True}
    wrong = {"births_exact": False, "deaths_exact": True, "register_checked": 9.0, "register_wrong": 0.0}
    wrong |= {f"{one}_{what}": 1.0 for one in ("maps", "buildings", "dwellings") for what in ("checked", "wrong")}
    label = ("990101", f"listing/{DISTRICT}/1")

    assert standings("listing.sample-checked", drawn) == {label: "unmet"}
    assert standings("listing.sample-checked", drawn | wrong) == {label: "met"}
    assert standings("listing.sample-checked", drawn | wrong | {"drawn": None}) == {}


def test_the_share_of_townships_that_pass_in_the_first_round_leaves_out_who_was_not_drawn_or_not_checked() -> None:
    passed = {"births_exact": True, "deaths_exact": True, "register_checked": 9.0, "register_wrong": 0.0, "drawn": True}
    passed |= {"stage": "short-form", "persons_checked": 9.0, "persons_wrong": 0.0}
    rows = (
        passed | {"code": DISTRICT, "round": 2.0},
        passed | {"code": DISTRICT, "round": 1.0, "persons_wrong": 1.0},
        passed | {"code": "990101001002001", "round": 1.0, "drawn": None},
    )

    found = figures(["short_form_first_checked", "short_form_first_passed", "short_form_passed"], *rows)

    assert [found[name, "990101001"] for name in dict.fromkeys(name for name, _ in found)] == [1.0, 0.0, 1.0]


# ---- forms, flags, early registration, inspections


def test_each_kind_of_form_is_a_duty_of_its_own_and_one_that_is_missing_is_named() -> None:
    short = {"code": "990101001", "form": "short", "due": 700.0, "done": 700.0, "audited": 699.0}

    found = standings("registration.forms", short)

    assert {period: found["990101001", period] for period in ("short", "foreign", "death")} == {
        "short": "met",
        "foreign": "unreported",
        "death": "unreported",
    }
    assert standings("registration.audited", short)["990101001", "short"] == "unmet"
    assert standings("long-form.finished", short)["990101001", "long"] == "unreported"


@pytest.mark.parametrize(
    ("state", "standing"), [("open", "unmet"), (None, "unmet"), ("looked-into", "met"), ("closed", "met")]
)
def test_a_flag_is_settled_by_having_looked(state: str | None, standing: str) -> None:
    flag = {"code": "990101", "flag": "1", "kind": "births", "state": state}

    assert standings("registration.flags-settled", flag) == {("990101", "births"): standing}
    assert figures(["births_to_verify"], flag)["births_to_verify", "990101"] == (1.0 if standing == "unmet" else 0.0)


def test_silence_about_flags_is_no_fault() -> None:
    assert standings("registration.flags-settled") == {}
    assert figures(["births_to_verify"]) == {("births_to_verify", "990101"): 0.0}


@pytest.mark.parametrize(
    ("approved", "standing"), [(None, "unmet"), (date(2020, 10, 31), "met"), (date(2020, 11, 1), "unmet")]
)
def test_registration_begins_early_only_where_the_national_office_approved_it_before(
    approved: date | None, standing: str
) -> None:
    row = {"code": "990101001", "asked": date(2020, 9, 1), "approved": approved}

    assert standings("registration.early-approved", row) == {("99", "990101001"): standing}


def test_a_finding_is_the_duty_of_who_was_visited() -> None:
    row = {"code": "99", "inspection": "一", "finding": "1", "owed_by": "990101001"}

    assert standings("registration.findings-rectified", row | {"state": "rectifying"}) == {
        ("990101001", "99/一/1"): "unmet"
    }
    assert standings("registration.findings-rectified", row | {"state": "rectified"}) == {
        ("990101001", "99/一/1"): "met"
    }


# ---- problems

PROBLEM = {
    "code": DISTRICT,
    "list": "甲批",
    "row": 1.0,
    "kind": "logic",
    "due": date(2020, 11, 25),
    "state": "assigned",
}


def test_problems_are_late_by_their_list_and_returned_ones_are_owed_by_whose_pool_they_are_in() -> None:
    returned = PROBLEM | {"row": 2.0, "state": "returned", "pool": "9901"}

    assert standings("recheck.none-overdue", PROBLEM, returned) == {("990101", "甲批"): "unmet"}
    assert standings("recheck.none-overdue", PROBLEM | {"state": "closed"}, returned) == {("990101", "甲批"): "met"}
    assert standings("recheck.returned-settled", PROBLEM, returned) == {("9901", "990101/甲批/2"): "unmet"}


def test_problems_are_counted_where_they_stand() -> None:
    rows = (
        PROBLEM,
        PROBLEM | {"row": 2.0, "state": "received"},
        PROBLEM | {"row": 3.0, "code": "990101", "state": None},
        PROBLEM | {"row": 4.0, "state": "resolved", "due": date(2020, 11, 19)},
        PROBLEM | {"row": 5.0, "state": "closed"},
        PROBLEM | {"row": 6.0, "state": "in-field", "due_phase": "registration", "due": date(2020, 11, 15)},
    )

    found = figures(
        [
            "problems_received",
            "problems_unassigned",
            "problems_open",
            "problems_overdue",
            "problems_unreviewed",
            "carryover_open",
        ],
        *rows,
    )

    assert {name: found[name, "990101"] for name, unit in found if unit == "990101"} == {
        "problems_received": 6.0,
        "problems_unassigned": 2.0,
        "problems_unreviewed": 1.0,
        "carryover_open": 1.0,
    }
    assert (found["problems_open", "990101001"], found["problems_overdue", "990101001"]) == (4.0, 2.0)


def test_a_county_that_has_sent_no_list_owes_it_and_one_with_nothing_but_what_was_left_over_does_not() -> None:
    left_over = PROBLEM | {"due_phase": "registration", "due": date(2020, 11, 15)}

    assert standings("recheck.received") == {("990101", ""): "unreported"}
    assert standings("recheck.received", PROBLEM) == {("990101", ""): "met"}
    assert standings("recheck.received", left_over) == {}


@pytest.mark.parametrize("key", ["recheck.received", "recheck.assigned"])
def test_of_a_list_that_was_not_received_or_not_split_the_named_person_hears_first(key: str) -> None:
    [one] = [one for one in plan().requirements if one.key == key]
    first = plan().ladders[one.ladder or ""].rungs[0]

    assert first.to == ("unit.recheck", "unit.leader")


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({}, False),
        ({"due": date(2020, 11, 15)}, True),
        ({"due": date(2020, 11, 16)}, False),
        ({"due": date(2020, 11, 15), "due_phase": "registration"}, False),
        ({"state": "returned"}, True),
        ({"state": "returned", "pool": "00"}, False),
        ({"kind": "young"}, True),
        ({"kind": "young", "items": 3.0, "items_done": 2.0}, False),
        ({"kind": "young", "items": 3.0, "items_done": 4.0}, True),
        ({"kind": "young", "items": 3.0, "items_done": 2.0, "state": "closed"}, True),
        ({"kind": "young", "items": 3.0, "items_done": 3.0, "state": "closed"}, False),
    ],
)
def test_a_problem_that_contradicts_itself_is_refused(cells: dict[str, Any], wrong: bool) -> None:
    assert bool(refused("problems", PROBLEM | cells)) is wrong


def test_figures_of_a_list_that_nobody_sent_await_its_keepers_and_one_of_its_own_the_office_itself() -> None:
    drawn = [plan().indicators[name] for name in ("boundaries", "county_boundaries", "county_boundaries_agreed")]
    register = plan().registers["boundaries"]

    silent = row_readings(kept_rows(register, []), drawn, plan(), UNITS, above(UNITS), NOW)
    heard = row_readings(kept_rows(register, [{"code": "990102"}]), drawn, plan(), UNITS, above(UNITS), NOW)

    told = silent.select("indicator", "unit", "value", "reported", "expected").sort(
        pl.col("unit").cast(pl.String), "indicator"
    )
    assert {row[1:] for row in told.rows()} == {
        ("990101", None, 0, 1),
        (TOWNSHIPS[0], None, 0, 1),
        (TOWNSHIPS[1], None, 0, 1),
    }
    assert silent.height == heard.height == 4
    assert silent.drop("as_of").equals(heard.drop("as_of"))
