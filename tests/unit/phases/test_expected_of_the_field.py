"""Rows that follow from others: who came for somebody who left, whom an inspection has not visited, who registers too early."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from worlds.over_rows import UNITS
from worlds.plans_over_rows import kept_rows

from models.plan.files import read_plan_files
from models.plan.model import Plan
from models.rules.phases import early, inspections, staff
from models.rules.phases.given import Expecting, Given

NOW = datetime(2020, 10, 12, 1, tzinfo=UTC)
Row = dict[str, object]


@cache
def plan() -> Plan:
    return read_plan_files(Path(__file__).parents[3] / "deployments" / "plans" / "census-2020.yaml").plan


def expected(module: Expecting, now: datetime = NOW, **lists: list[Row]) -> list[tuple[object, ...]]:
    """The rows of the module's first register that offices owe."""
    rows = {name: kept_rows(plan().registers[name], lists.get(name, [])) for name in module.REGISTERS}
    found = module.expected_rows(Given(plan(), rows, UNITS, now))
    return found[module.REGISTERS[0]].rows() if found else []


LEFT: Row = {"code": "140105001", "staff": "07", "departed": date(2020, 10, 1)}
CAME: Row = {"code": "140105001", "staff": "19", "replaces": "07", "registered": date(2020, 10, 4)}


def test_whoever_came_for_somebody_is_told_since_when_the_post_stood_empty() -> None:
    assert expected(staff, staff=[LEFT, CAME]) == [("140105001", "19", date(2020, 10, 1))]


@pytest.mark.parametrize(
    "rows",
    [
        [{**LEFT, "departed": None}, CAME],
        [{**LEFT, "code": "140105002"}, CAME],
        [LEFT, {**CAME, "replaces": "08"}],
        [LEFT, {**CAME, "vacated": date(2020, 9, 30)}],
        [LEFT, {**CAME, "withdrawn": True}],
    ],
)
def test_nothing_is_told_of_a_post_where_nobody_left_or_the_office_has_said_so(rows: list[Row]) -> None:
    assert expected(staff, staff=rows) == []


ROUND: Row = {"code": "14", "inspection": "一", "covers": "county", "due": date(2020, 10, 20)}


def test_an_inspection_of_every_county_names_those_that_it_has_not_visited() -> None:
    visit: Row = {"code": "14", "inspection": "七", "visited": "140106", "day": date(2020, 10, 9)}

    assert expected(inspections, inspections=[ROUND]) == [
        ("14", "一-140105", "140105", date(2020, 10, 20)),
        ("14", "一-140106", "140106", date(2020, 10, 20)),
    ]
    assert expected(inspections, inspections=[ROUND, visit]) == [("14", "一-140105", "140105", date(2020, 10, 20))]


@pytest.mark.parametrize("cells", [{"covers": None}, {"withdrawn": True}, {"code": "1401", "covers": "city"}])
def test_an_inspection_that_does_not_go_to_every_office_names_none(cells: Row) -> None:
    assert expected(inspections, inspections=[{**ROUND, **cells}]) == []


def test_whoever_inspects_names_only_offices_below_itself() -> None:
    found = expected(inspections, inspections=[{**ROUND, "code": "140105", "covers": "township"}])

    assert [row[2] for row in found] == ["140105001", "140105002"]


BEGUN: Row = {"code": "140105001001001", "households_registered": 1}


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ("2020-10-10T23:59:00+08:00", []),
        ("2020-10-11T00:00:00+08:00", [("140105001",)]),
        ("2020-10-31T23:59:00+08:00", [("140105001",)]),
        ("2020-11-01T00:00:00+08:00", []),
    ],
)
def test_a_township_that_registers_before_the_standard_time_stands_on_the_list(
    now: str, found: list[tuple[str]]
) -> None:
    assert expected(early, datetime.fromisoformat(now), districts=[BEGUN]) == found


def test_who_has_not_begun_or_stands_there_already_is_not_put_there() -> None:
    assert expected(early, districts=[{**BEGUN, "households_registered": 0}]) == []
    assert expected(early, districts=[{**BEGUN, "withdrawn": True}]) == []
    assert expected(early, districts=[BEGUN], early=[{"code": "140105001"}]) == []
    assert expected(early, districts=[BEGUN], early=[{"code": "140105002"}]) == [("140105001",)]
