"""Meetings and papers that are passed on: each office below owes its own, so many days after its superior's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from models.plan.files import read_plan_files
from models.plan.model import Plan
from models.rules.phases.cascades import expected_rows
from models.rules.phases.given import Given
from models.rules.registers.frames import rows_schema

NOW = datetime(2020, 8, 3, 1, tzinfo=UTC)
UNITS = pl.DataFrame(
    [
        ("14", "province", None),
        ("1401", "city", "14"),
        ("140105", "county", "1401"),
        ("1402", "city", "14"),
        ("140105001001", "village", "140105001"),
    ],
    schema={"unit": pl.String, "level": pl.String, "superior": pl.String},
    orient="row",
)
HELD = datetime(2020, 7, 29, 7, tzinfo=UTC)
SPECIAL = {"code": "14", "meeting": "动员会", "kind": "mobilisation", "held": HELD, "cascade": 3}


@cache
def plan() -> Plan:
    return read_plan_files(Path(__file__).parents[3] / "deployments" / "plans" / "census-2020.yaml").plan


def frame(register: str, rows: tuple[dict[str, object], ...]) -> pl.DataFrame:
    blank = {":since": 0, ":changed": 0, ":batch": 1, ":withdrawn": False, ":nil": False}
    return pl.DataFrame([{**blank, **row} for row in rows], schema=rows_schema(plan().registers[register]))


def meetings(*rows: dict[str, object], now: datetime = NOW) -> list[tuple[object, ...]]:
    found = expected_rows(Given(plan(), {"meetings": frame("meetings", rows)}, UNITS, now))["meetings"]
    return found.select("code", "meeting", "passes_on", "due").rows()


def test_each_office_right_below_owes_its_own_meeting_so_many_days_after_its_superiors() -> None:
    assert meetings(SPECIAL) == [
        ("1401", "传达14-动员会", "14/动员会", date(2020, 8, 1)),
        ("1402", "传达14-动员会", "14/动员会", date(2020, 8, 1)),
    ]


def test_it_is_of_the_same_kind_and_goes_on_within_as_many_days() -> None:
    found = expected_rows(Given(plan(), {"meetings": frame("meetings", (SPECIAL,))}, UNITS, NOW))["meetings"]

    assert found.select("kind", "cascade").unique().rows() == [("mobilisation", 3.0)]


@pytest.mark.parametrize(("now", "owed"), [(datetime(2020, 7, 28, 15, 59, tzinfo=UTC), 0), (HELD, 2)])
def test_a_meeting_is_passed_on_once_it_is_held(now: datetime, owed: int) -> None:
    assert len(meetings(SPECIAL, now=now)) == owed


def test_a_meeting_that_asks_for_nothing_is_owed_by_nobody_below() -> None:
    assert meetings({**SPECIAL, "cascade": None}) == []
    assert meetings({**SPECIAL, ":withdrawn": True}) == []


def test_a_county_owes_its_own_after_its_city_has_passed_on_whatever_its_row_is_called() -> None:
    city = {"code": "1401", "meeting": "市会", "kind": "mobilisation", "passes_on": "14/动员会", "cascade": 3}
    told = {**city, "due": date(2020, 8, 1)}
    other = {
        "code": "1402",
        "meeting": "传达14-动员会",
        "passes_on": "14/动员会",
        "cascade": 3,
        "due": date(2020, 8, 1),
    }

    assert meetings(SPECIAL, told, other) == []
    assert meetings(SPECIAL, {**told, "held": datetime(2020, 7, 31, 1, tzinfo=UTC)}, other) == [
        ("140105", "传达1401-市会", "1401/市会", date(2020, 8, 3))
    ]


def test_a_row_of_the_offices_own_that_passes_on_is_told_by_when_it_was_due() -> None:
    own = {"code": "1402", "meeting": "市会", "passes_on": "14/动员会", "held": datetime(2020, 8, 2, 1, tzinfo=UTC)}

    assert ("1402", "市会", "14/动员会", date(2020, 8, 1)) in meetings(SPECIAL, own)
    assert [row[0] for row in meetings(SPECIAL, own)] == ["1401", "1402"]


def test_a_paper_that_asks_for_it_is_answered_by_a_paper_of_each_office_below() -> None:
    paper = {
        "code": "14",
        "kind": "registration",
        "number": "晋普办〔2020〕3号",
        "issued": date(2020, 8, 1),
        "cascade": 5,
    }
    found = expected_rows(Given(plan(), {"papers": frame("papers", (paper,))}, UNITS, NOW))["papers"]

    assert found.select("code", "kind", "number", "answers", "due").rows() == [
        (
            code,
            "registration",
            "传达14-registration-晋普办〔2020〕3号",
            "14/registration/晋普办〔2020〕3号",
            date(2020, 8, 6),
        )
        for code in ("1401", "1402")
    ]
