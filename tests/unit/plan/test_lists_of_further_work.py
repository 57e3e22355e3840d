"""Lists of the base plan that hold what offices used to count by themselves: rooms, numbers of districts, days, forms, visits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from worlds.over_rows import CHAINS, UNITS
from worlds.plans_over_rows import kept_rows

from models.plan.files import read_plan_files
from models.plan.model import Plan
from models.plan.row_expressions import Clock
from models.rules.registers.computed import with_computed
from models.rules.registers.duties import RowDuties, judge_rows
from models.rules.registers.figures import row_readings
from models.rules.registers.reasons import reasons_of

NOW = datetime(2020, 11, 20, 1, tzinfo=UTC)
COUNTY, STREET, VILLAGE = "140105", "140105001", "140105001001"
DISTRICT = f"{VILLAGE}001"
DAY = date(2020, 7, 10)


@cache
def plan() -> Plan:
    return read_plan_files(Path(__file__).parents[3] / "deployments" / "plans" / "census-2020.yaml").plan


def judged(key: str, *rows: dict[str, Any]) -> RowDuties:
    one = next(one for one in plan().requirements if one.key == key)
    assert one.each is not None
    return judge_rows(kept_rows(plan().registers[one.each.register], rows), one, plan(), UNITS, CHAINS, NOW)


def standings(key: str, *rows: dict[str, Any], unit: str = COUNTY) -> dict[str, str]:
    """The label of each duty of an office → its standing."""
    found = judged(key, *rows).verdicts.filter(pl.col("unit") == unit)
    return dict(found.select("period", "standing").iter_rows())


def figures(names: Iterable[str], *rows: dict[str, Any]) -> dict[tuple[str, str], float | None]:
    """Figures that are drawn from one register, by indicator and unit."""
    drawn = [plan().indicators[name] for name in names]
    assert drawn[0].rows is not None
    kept = kept_rows(plan().registers[drawn[0].rows.register], rows)
    found = row_readings(kept, drawn, plan(), UNITS, CHAINS, NOW)
    return {(name, unit): value for name, unit, value in found.select("indicator", "unit", "value").rows()}


def body(code: str, kind: str, **cells: Any) -> dict[str, Any]:
    return {"code": code, "kind": kind, "formed": DAY, **cells}


def person(number: str, **cells: Any) -> dict[str, Any]:
    return {"code": STREET, "staff": number, "role": "enumerator", **cells}


# ---- offices and staff


@pytest.mark.parametrize(("hotline", "standing"), [(date(2020, 11, 20), "met"), (date(2020, 11, 21), "unmet")])
def test_where_wrongs_are_reported_is_told_on_a_day(hotline: date, standing: str) -> None:
    assert standings("preparation.hotline", body(COUNTY, "office", hotline=hotline)) == {"office": standing}


def test_rooms_and_people_of_an_office_are_told_beside_it() -> None:
    rows = [
        body(COUNTY, "office", staff=8, rooms=2),
        body(COUNTY, "section", staff=3, rooms=1),
        body(STREET, "office", rooms=4),
    ]
    found = figures(["office_staff", "office_rooms"], *rows)

    assert (found["office_staff", COUNTY], found["office_rooms", COUNTY]) == (8, 2)


def test_days_until_somebody_came_are_counted_from_the_day_on_which_the_post_stood_empty() -> None:
    rows = [
        person("1", departed=date(2020, 10, 1)),
        person("2", replaces="1", vacated=date(2020, 10, 1), registered=date(2020, 10, 4)),
        person("3", replaces="9", vacated=date(2020, 10, 1), registered=date(2020, 10, 2)),
        person("4", replaces="8", registered=date(2020, 10, 9)),
    ]

    found = figures(["replacement_days", "replacements_dated"], *rows)

    assert (found["replacement_days", STREET], found["replacements_dated", STREET]) == (4, 2)


# ---- acceptance


def test_the_verdict_that_is_lacking_is_named_in_the_reason() -> None:
    one = next(one for one in plan().requirements if one.key == "registration.sample-checked")
    rows = [{"code": DISTRICT, "stage": "short-form", "round": 1.0, "drawn": True}]
    duties = judge_rows(kept_rows(plan().registers["acceptance"], rows), one, plan(), UNITS, CHAINS, NOW)

    said = reasons_of(duties, duties.verdicts.filter(pl.col("unit") == COUNTY))

    assert "验收结论“未验收”" in said["reason_zh"].item()
    assert "verdict = not-yet" in said["reason_en"].item()


# ---- money, materials, leads


@pytest.mark.parametrize(("stage", "standing"), [("paid", "unmet"), ("arrived", "met")])
def test_money_for_devices_and_for_poor_counties_is_owed_entry_by_entry(stage: str, standing: str) -> None:
    rows = [
        {"code": COUNTY, "entry": "1", "category": "devices", "stage": stage},
        {"code": COUNTY, "entry": "2", "category": "office", "stage": "filed"},
    ]

    assert standings("preparation.earmarked-funds", *rows) == {"devices": standing}
    assert standings("preparation.earmarked-funds", rows[1]) == {}


@pytest.mark.parametrize(("arrived", "standing"), [(9, "unmet"), (10, "met"), (None, "unmet")])
def test_prints_and_other_goods_arrive_as_many_as_are_needed(arrived: int | None, standing: str) -> None:
    rows = [
        {"code": COUNTY, "item": "poster", "needed": 10, "arrived": arrived},
        {"code": COUNTY, "item": "device", "needed": 10, "arrived": 0},
    ]

    assert standings("preparation.materials-arrived", *rows) == {"": standing}


@pytest.mark.parametrize(
    ("state", "standing"), [("received", "unmet"), ("checking", "unmet"), ("filed", "met"), ("closed", "met")]
)
def test_a_lead_is_owed_by_who_received_it_until_it_is_filed_or_closed(state: str, standing: str) -> None:
    row = {"code": COUNTY, "lead": "1", "due": date(2020, 11, 1), "state": state}

    assert standings("coordination.leads-settled", row) == {f"{COUNTY}/1": standing}
    assert standings("coordination.leads-settled") == {}


# ---- inspections


def test_an_office_that_was_not_visited_yet_is_owed_a_visit_by_whom_it_answers_to() -> None:
    rows = [
        {"code": "1401", "inspection": "一-140105", "visited": COUNTY},
        {"code": "1401", "inspection": "七", "visited": COUNTY, "day": date(2020, 11, 20)},
        {"code": "1401", "inspection": "一-140106", "visited": "140106"},
        {"code": "1401", "inspection": "八", "visited": "140106", "day": date(2020, 11, 21)},
    ]

    assert standings("coordination.all-inspected", *rows, unit="1401") == {"1401/140105": "met", "1401/140106": "unmet"}


def test_inspections_of_the_law_patrols_and_visits_of_superiors_are_told_apart() -> None:
    rows = [
        {"code": "14", "inspection": "国", "visited": "14", "day": DAY},
        {"code": "14", "inspection": "一", "visited": COUNTY, "day": DAY, "kind": "enforcement"},
        {"code": "14", "inspection": "二", "visited": COUNTY, "kind": "enforcement"},
        {"code": COUNTY, "inspection": "三", "visited": STREET, "day": DAY, "kind": "patrol"},
    ]

    found = figures(["enforcement_inspections", "inspections_received", "patrols"], *rows)

    assert [found[name, "14"] for name in ("enforcement_inspections", "inspections_received")] == [1, 1]
    assert found["patrols", COUNTY] == 1


def test_a_departure_from_the_plan_is_a_finding_until_it_is_put_right() -> None:
    row = {"code": "14", "inspection": "一", "owed_by": COUNTY, "kind": "departure"}
    rows = [{**row, "finding": str(n), "state": state} for n, state in enumerate(["found", "rectifying", "rectified"])]

    assert figures(["departures_open"], *rows, {**row, "finding": "9", "kind": "staff"})["departures_open", "14"] == 2


# ---- checks, forms, problems


@pytest.mark.parametrize(
    ("kind", "steps", "complete"),
    [
        ("calling", {"appointment": True}, True),
        ("calling", {"door_notice": True}, True),
        ("calling", {"off_peak": True}, True),
        ("calling", {"appointment": False, "door_notice": False, "off_peak": False}, False),
        ("utilities", {"power": True}, True),
        ("utilities", {"water": False, "power": False, "gas": False}, False),
        ("tenants", {"school": True, "community": True, "seen": True}, True),
        ("tenants", {"school": True, "community": True, "seen": False}, False),
        ("escort", {"day": DAY}, True),
        ("escort", {}, False),
        ("review", {"day": DAY}, True),
        ("prepared", {"day": DAY}, True),
        ("drawing", {}, False),
        ("blind", {"day": DAY, "withheld": True}, True),
    ],
)
def test_a_check_of_each_kind_is_complete_with_its_own_steps(kind: str, steps: dict[str, Any], complete: bool) -> None:
    register = plan().registers["checks"]
    row = {"code": STREET, "check": "1", "kind": kind, **steps}

    found = with_computed(kept_rows(register, [row]), register, Clock(NOW, plan().standard_time))

    assert found["complete"].item() is complete


def test_forms_on_paper_are_counted_beside_those_that_were_filled() -> None:
    rows = [
        {"code": STREET, "form": "short", "done": 90, "on_paper": 3},
        {"code": STREET, "form": "long", "done": 10, "on_paper": 0},
        {"code": STREET, "form": "death", "done": 5, "on_paper": 5},
    ]

    found = figures(["forms_filled", "forms_on_paper"], *rows)

    assert (found["forms_filled", STREET], found["forms_on_paper", STREET]) == (100, 3)


def test_a_problem_that_a_department_helps_with_is_counted_until_it_is_settled() -> None:
    row = {"code": DISTRICT, "list": "甲批", "kind": "hard", "department": "police"}
    rows = [{**row, "row": 1, "state": "in-field"}, {**row, "row": 2, "state": "closed"}]

    found = figures(["problems_with_departments"], *rows, {**row, "row": 3, "state": "received", "department": None})

    assert found["problems_with_departments", COUNTY] == 1
