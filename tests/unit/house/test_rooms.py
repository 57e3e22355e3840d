"""The house: a step has one name in every tree, a room says what it is, and nothing has a name that says nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
STEPS = ("loading", "intake", "judging", "chasing", "delivery", "papers", "oversight", "preview")
"""In the order in which the engine takes them: from what offices send to what would go out."""
NO_STEP = {"phases", "registers"}
"""Rooms of rules that are of one phase, or that several steps stand on."""
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base", "core"}


def rooms(floor: str) -> set[str]:
    return {path.parent.name for path in (ROOT / floor).glob("*/__init__.py")}


def sources() -> list[Path]:
    return [path for floor in ("models", "tasks", "flows", "deployments") for path in (ROOT / floor).rglob("*.py")]


def test_a_step_has_a_room_for_its_rules_and_one_for_its_work() -> None:
    assert rooms("models/rules") - NO_STEP == set(STEPS)
    assert rooms("tasks") >= set(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_the_tests_of_a_step_are_found_under_its_name(step: str) -> None:
    assert list((ROOT / "tests" / "unit" / step).glob("test_*.py"))


def test_no_test_lies_in_a_room_that_the_house_has_not() -> None:
    known = {path.parent.name for path in sources()} | {"house"}
    for tier in ("unit", "integration"):
        assert {path.parent.name for path in (ROOT / "tests" / tier).glob("*/test_*.py")} <= known


def test_every_room_says_what_it_is() -> None:
    silent = [path for path in sources() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert [str(path.relative_to(ROOT)) for path in silent if "migrations" not in path.parts] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [str(path.relative_to(ROOT)) for path in sources() if path.stem in NO_NAMES] == []


def test_the_formatter_is_let_at_every_line() -> None:
    told_off = ["# fmt:" + " skip", "# fmt:" + " off"]
    files = [*sources(), *(ROOT / "tests").rglob("*.py")]
    assert [str(path) for path in files if any(mark in path.read_text(encoding="utf-8") for mark in told_off)] == []
