"""Vacancies: whose role a ladder needs and nobody can be reached in, from when, and who hears instead."""

from __future__ import annotations

from typing import Any

import polars as pl

from models.rules.chasing.recipients import TARGET_SCHEMA
from models.rules.chasing.vacancies import asked_of, needed, vacancies

SUPERIORS = pl.DataFrame(
    {"unit": ["140105", "140106", "1401", "1402"], "superior": ["1401", "1401", "14", "14"]},
    schema={"unit": pl.String, "superior": pl.String},
)
GOVERNMENTS = pl.DataFrame({"unit": ["140105", "140106"], "government": ["1401", "1401"]})
TARGETS = pl.DataFrame(
    [(0, 0, "unit", "owner"), (0, 1, "superior", "owner"), (0, 2, "government", "head"), (1, 0, "unit", "owner")],
    schema=TARGET_SCHEMA,
    orient="row",
)
RUNGS = pl.DataFrame(
    [(0, 100, 0, "remind", 90), (0, 100, 1, "superior", 110), (0, 100, 2, "head", 130), (1, 120, 0, "remind", 105)],
    schema=["policy", "due", "no", "id", "nominal"],
    orient="row",
)


def duties(*rows: tuple[str, int, int | None, int | None, bool]) -> pl.DataFrame:
    schema = {"unit": pl.String, "place": pl.Int64, "due": pl.Int64, "begins": pl.Int64, "chased": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def needs(now: int, *rows: tuple[str, int, int | None, int | None, bool]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """at, place, rung and duties by office and role."""
    found = needed(asked_of(duties(*rows), RUNGS, TARGETS, SUPERIORS, GOVERNMENTS, now))
    return {(row[0], row[1]): row[2:] for row in found.iter_rows()}


def test_each_role_is_needed_from_the_first_rung_that_would_tell_it() -> None:
    assert needs(50, ("140105", 0, 100, None, True), ("140105", 1, 120, None, True)) == {
        ("140105", "owner"): (90, 0, "remind", 2),
        ("1401", "owner"): (110, 0, "superior", 1),
        ("1401", "head"): (130, 0, "head", 1),
    }


def test_a_rung_that_has_passed_would_tell_at_once() -> None:
    assert needs(110, ("140105", 0, 100, None, True))["140105", "owner"] == (110, 0, "remind", 1)
    assert needs(109, ("140105", 0, 100, None, True))["1401", "owner"] == (110, 0, "superior", 1)


def test_a_duty_that_is_met_needs_its_roles_without_a_moment() -> None:
    met = needs(50, ("140105", 0, 100, None, False))
    assert met["140105", "owner"] == (None, None, None, 0)
    both = needs(50, ("140105", 0, 100, None, False), ("140106", 0, 100, None, True))
    assert both["1401", "owner"] == (110, 0, "superior", 1)


def test_a_duty_whose_first_period_has_yet_to_begin_matters_from_then() -> None:
    assert needs(50, ("140105", 1, None, 70, False))["140105", "owner"] == (70, 1, None, 1)


def test_a_superior_that_there_is_not_is_told_of_at_the_office_itself() -> None:
    assert ("14", "superior.owner") in needs(50, ("14", 0, 100, None, True))


def found(needs_of: list[tuple[str, str, int | None]], *holders: tuple[str, str, bool]) -> list[tuple[Any, ...]]:
    """unit, role, whether somebody holds it, and who is told instead."""
    asked = pl.DataFrame(needs_of, schema={"unit": pl.String, "role": pl.String, "at": pl.Int64}, orient="row")
    held = pl.DataFrame(holders, schema={"unit": pl.String, "role": pl.String, "dead": pl.Boolean}, orient="row")
    return vacancies(asked, held, SUPERIORS).select("unit", "role", "dead", "told").rows()


def test_a_role_that_one_person_can_be_reached_in_is_no_vacancy() -> None:
    assert found([("140105", "owner", 1)], ("140105", "owner", True), ("140105", "owner", False)) == []
    assert found([("140105", "owner", 1)], ("140105", "owner", True)) == [("140105", "owner", True, None)]


def test_the_nearest_superior_who_can_be_reached_in_the_role_is_told_instead() -> None:
    asked = [("140105", "owner", 1)]
    assert found(asked, ("1401", "owner", False), ("14", "owner", False)) == [("140105", "owner", False, "1401")]
    assert found(asked, ("1401", "owner", True), ("14", "owner", False)) == [("140105", "owner", False, "14")]
    assert found(asked, ("1401", "leader", False)) == [("140105", "owner", False, None)]


def test_what_matters_first_stands_first_and_what_matters_to_nobody_last() -> None:
    asked: list[tuple[str, str, int | None]] = [("140105", "owner", None), ("1402", "owner", 9), ("1401", "head", 8)]
    assert [row[:2] for row in found(asked)] == [("1401", "head"), ("1402", "owner"), ("140105", "owner")]
