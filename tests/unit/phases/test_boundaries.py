"""Boundaries: both sides have to say so, and whoever has not answered is late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from worlds.boundaries import BOUNDARIES

from models.plan.files import read_plan_files
from models.plan.model import Plan
from models.rules.phases.boundaries import doubts, expected_rows
from models.rules.phases.given import Given
from models.rules.registers.frames import rows_schema

NOW = datetime(2020, 8, 3, 1, tzinfo=UTC)
UNITS = pl.DataFrame(
    {"unit": ["13", "1301", "130102", "130104", "130105"], "level": ["province", "city", "county", "county", "county"]}
)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "plan.yaml").write_text(BOUNDARIES, encoding="utf-8")
    return read_plan_files(tmp_path / "plan.yaml").plan


def expected(plan: Plan, *rows: dict[str, object], units: pl.DataFrame = UNITS) -> list[tuple[str, str, str]]:
    blank = {":since": 0, ":changed": 0, ":batch": 1, ":withdrawn": False, ":nil": False}
    schema = rows_schema(plan.registers["boundaries"])
    frame = pl.DataFrame([{**blank, **row} for row in rows], schema=schema)
    found = expected_rows(Given(plan, {"boundaries": frame}, units, NOW))
    return found["boundaries"].select("code", "neighbour", "state").rows()


def test_the_side_that_has_not_spoken_owes_its_answer(plan: Plan) -> None:
    assert expected(plan, {"code": "130102", "neighbour": "130104", "state": "agreed"}) == [
        ("130104", "130102", "pending")
    ]


def test_a_pair_of_which_both_have_spoken_owes_nothing_more(plan: Plan) -> None:
    both = ({"code": "130102", "neighbour": "130104"}, {"code": "130104", "neighbour": "130102"})
    assert expected(plan, *both) == []


def test_an_answer_that_was_withdrawn_is_not_asked_for_again(plan: Plan) -> None:
    withdrawn = {"code": "130104", "neighbour": "130102", ":withdrawn": True}
    assert expected(plan, {"code": "130102", "neighbour": "130104"}, withdrawn) == []


def test_a_boundary_that_was_withdrawn_asks_nothing_of_the_other_side(plan: Plan) -> None:
    assert expected(plan, {"code": "130102", "neighbour": "130104", ":withdrawn": True}) == []


def test_nobody_is_asked_who_is_not_loaded_or_keeps_no_such_list(plan: Plan) -> None:
    beyond = ({"code": "130102", "neighbour": "140105"}, {"code": "130102", "neighbour": "1301"})
    assert expected(plan, *beyond) == []


def test_an_office_is_no_neighbour_of_itself(plan: Plan) -> None:
    assert expected(plan, {"code": "130102", "neighbour": "130102"}) == []


def test_a_nil_return_has_no_other_side(plan: Plan) -> None:
    assert expected(plan, {"code": "130102", ":nil": True}) == []


def test_a_plan_without_boundaries_is_left_alone(plan: Plan) -> None:
    assert expected_rows(Given(replace(plan, registers={}), {}, UNITS, NOW)) == {}


@pytest.mark.parametrize(
    ("here", "there", "doubtful"),
    [
        ("agreed", "disputed", True),
        ("agreed", "pending", False),
        ("agreed", "agreed", False),
        ("disputed", "disputed", False),
        (None, "disputed", False),
    ],
)
def test_a_side_that_agrees_where_the_other_disputes_is_told(
    plan: Plan, here: str | None, there: str, doubtful: bool
) -> None:
    blank = {":since": 0, ":changed": 0, ":batch": 1, ":withdrawn": False, ":nil": False}
    other = {**blank, "code": "130104", "neighbour": "130102", "state": there}
    frame = pl.DataFrame([other], schema=rows_schema(plan.registers["boundaries"]))
    told = pl.DataFrame([(2, "130102", "130104", here)], schema=[":row", "code", "neighbour", "state"], orient="row")

    found = doubts(Given(plan, {"boundaries": frame}, UNITS, NOW), "boundaries", told.cast({"state": pl.String}))

    assert found[":row"].to_list() == ([2] if doubtful else [])


def test_an_office_that_is_its_own_neighbour_is_told(plan: Plan) -> None:
    frame = pl.DataFrame(schema=rows_schema(plan.registers["boundaries"]))
    told = pl.DataFrame(
        [(2, "130102", "130102", "agreed")], schema=[":row", "code", "neighbour", "state"], orient="row"
    )

    found = doubts(Given(plan, {"boundaries": frame}, UNITS, NOW), "boundaries", told)

    assert found["zh"].to_list() == ["本行的相邻单位就是本单位，请核对"]
