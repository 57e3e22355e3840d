"""Acceptance: one district of every township by a lot that anybody can draw again, and another one after a round that failed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from worlds.campaign import at
from worlds.plans_over_rows import kept_rows

from models.plan.files import read_plan_files
from models.plan.model import Plan
from models.plan.row_expressions import Clock
from models.rules.phases.acceptance import draw, expected_rows
from models.rules.phases.given import Given
from models.rules.registers.computed import with_computed

UNITS = pl.DataFrame(
    {
        "unit": ["13", "1301", "130102", "130102001", "130102002"],
        "level": ["province", "city", "county", "township", "township"],
    }
)
ONE = [f"130102001001{number:03}" for number in (1, 2, 3, 4, 5)]
OTHER = [f"130102002001{number:03}" for number in (1, 2, 900)]
OPEN = "2020-10-29T00:00"
SHORT = {"births_exact": True, "deaths_exact": True, "register_checked": 250.0, "register_wrong": 1.0}
PASSED = SHORT | {
    "maps_checked": 1.0,
    "maps_wrong": 0.0,
    "buildings_checked": 40.0,
    "buildings_wrong": 0.0,
    "dwellings_checked": 500.0,
    "dwellings_wrong": 1.0,
}


@cache
def plan() -> Plan:
    return read_plan_files(Path(__file__).parents[3] / "deployments" / "plans" / "census-2020.yaml").plan


class Read(dict[str, pl.DataFrame]):
    """The rows of registers, remembering which were asked for."""

    def __init__(self, rows: Mapping[str, pl.DataFrame]) -> None:
        super().__init__(rows)
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> pl.DataFrame:
        self.asked.append(name)
        return super().__getitem__(name)


def drawn(
    *rows: dict[str, Any], moment: str = OPEN, districts: list[str] | None = None
) -> list[tuple[str, str, float]]:
    """What is expected where these rows hold: stage, district, round."""
    return [(stage, code, number) for stage, code, number, _ in _found(_given(rows, at(moment), districts)).rows()]


def _given(rows: tuple[dict[str, Any], ...], now: datetime, districts: list[str] | None) -> Given:
    there = pl.DataFrame({"code": [*ONE, *OTHER] if districts is None else districts}, schema={"code": pl.String})
    frames = {
        "acceptance": kept_rows(plan().registers["acceptance"], rows),
        "districts": there.with_columns(pl.lit(False).alias(":withdrawn")),
    }
    return Given(plan(), Read(frames), UNITS, now)


def _found(given: Given) -> pl.DataFrame:
    return expected_rows(given).get("acceptance", pl.DataFrame(schema=["stage", "code", "round", "drawn"]))


def row(code: str, number: float = 1.0, **cells: Any) -> dict[str, Any]:
    return {"code": code, "stage": "listing", "round": number, "drawn": True, **cells}


FIRST = (draw("census-2020", "listing", 1, ONE), draw("census-2020", "listing", 1, OTHER[:2]))


def test_the_lot_is_the_least_digest_of_a_text_that_an_office_can_write_down() -> None:
    texts = {code: f"census-2020/listing/2/130102001/{code}" for code in ONE}

    assert draw("census-2020", "listing", 2, ONE) == min(ONE, key=lambda code: sha256(texts[code].encode()).hexdigest())
    assert draw("census-2020", "listing", 2, reversed(ONE)) == draw("census-2020", "listing", 2, ONE)


def test_the_lot_falls_elsewhere_in_another_round_another_stage_and_another_census() -> None:
    many = [f"130102001001{number:03}" for number in range(1, 101)]
    lots = [
        draw(*asked, many)
        for asked in (("c", "listing", 1), ("c", "listing", 2), ("c", "short-form", 1), ("d", "listing", 1))
    ]

    assert len(set(lots)) == 4


def test_one_district_of_every_township_is_drawn_and_none_of_the_virtual_ones() -> None:
    assert drawn() == [("listing", FIRST[0], 1.0), ("listing", FIRST[1], 1.0)]
    assert drawn(districts=[OTHER[2]]) == []


def test_nothing_is_drawn_before_a_stage_is_checked() -> None:
    assert drawn(moment="2020-10-28T23:59") == []
    assert {stage for stage, _, _ in drawn(moment="2020-11-15T23:59")} == {"listing"}
    assert {stage for stage, _, _ in drawn(moment="2020-11-16T00:00")} == {"listing", "short-form"}


def test_what_was_drawn_is_not_drawn_again_while_it_is_not_checked_and_once_it_has_passed() -> None:
    assert drawn(row(FIRST[0]), row(FIRST[1], **PASSED)) == []


def test_a_round_that_failed_is_followed_by_another_lot() -> None:
    failed = PASSED | {"dwellings_wrong": 2.0}

    assert drawn(row(FIRST[0], **failed), row(FIRST[1])) == [("listing", draw("census-2020", "listing", 2, ONE), 2.0)]
    second = row(draw("census-2020", "listing", 2, ONE), 2.0, **PASSED)
    assert drawn(row(FIRST[0], **failed), row(FIRST[1]), second) == []


def test_a_district_that_was_not_drawn_stands_for_none() -> None:
    other = next(code for code in ONE if code != FIRST[0])

    assert drawn({**row(other, **PASSED), "drawn": None}, row(FIRST[1])) == [("listing", FIRST[0], 1.0)]


def test_districts_are_read_only_where_somebody_is_still_to_be_drawn() -> None:
    before, done = _given((), at("2020-10-01T09:00"), None), _given((row(FIRST[0]), row(FIRST[1])), at(OPEN), None)
    for given in (before, done):
        _found(given)

    assert (before.rows.asked, done.rows.asked) == ([], ["acceptance"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("cells", "verdict"),
    [
        ({}, "passed"),
        ({"maps_wrong": 1.0}, "rework"),
        ({"buildings_wrong": 1.0}, "rework"),
        ({"dwellings_wrong": 2.0}, "rework"),
        ({"register_wrong": 2.0}, "rework"),
        ({"births_exact": False}, "rework"),
        ({"deaths_exact": False}, "rework"),
        ({"dwellings_checked": 0.0, "dwellings_wrong": 0.0}, "not-yet"),
        ({"register_checked": None}, "not-yet"),
        ({"births_exact": None}, "not-yet"),
    ],
)
def test_the_verdict_of_the_listing_asks_for_all_six_together(cells: dict[str, Any], verdict: str) -> None:
    rows = kept_rows(plan().registers["acceptance"], [row(FIRST[0], **(PASSED | cells))])

    assert _verdicts(rows) == [verdict]


@pytest.mark.parametrize(
    ("cells", "verdict"),
    [
        ({"persons_checked": 250.0, "persons_wrong": 1.0}, "passed"),
        ({"persons_checked": 250.0, "persons_wrong": 2.0}, "rework"),
        ({"persons_checked": 250.0, "persons_wrong": 1.0, "register_wrong": 2.0}, "rework"),
        ({"persons_checked": 250.0, "persons_wrong": 1.0, "deaths_exact": False}, "rework"),
        ({"persons_checked": 250.0}, "not-yet"),
    ],
)
def test_the_verdict_of_the_short_form_asks_for_all_four_together(cells: dict[str, Any], verdict: str) -> None:
    rows = kept_rows(plan().registers["acceptance"], [{**row(FIRST[0], **(SHORT | cells)), "stage": "short-form"}])

    assert _verdicts(rows) == [verdict]


def _verdicts(rows: pl.DataFrame) -> list[str]:
    return with_computed(rows, plan().registers["acceptance"], Clock(at(OPEN), plan().standard_time))[
        "verdict"
    ].to_list()
