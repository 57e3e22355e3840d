"""Whose word counts: the offices that stand in for each other."""

from __future__ import annotations

import pytest

from models.rules.papers.authority import offices_in_turn

ABOVE = {"130101": ["1301", "66"], "1301": ["13"], "66": ["13"]}
GOVERNMENTS = {"130101": "1301", "1301": "13", "13": "13"}


@pytest.mark.parametrize(
    ("whose", "unit", "turns"),
    [
        ("superior", "130101", [("1301", "66"), ("13",)]),
        ("superior", "13", [("13",)]),
        ("unit", "130101", [("130101",), ("1301",), ("13",)]),
        ("government", "130101", [("1301",), ("13",)]),
        ("government", "13", [("13",)]),
    ],
)
def test_offices_stand_in_from_below_upwards_and_the_top_for_itself(
    whose: str, unit: str, turns: list[tuple[str, ...]]
) -> None:
    assert list(offices_in_turn(whose, unit, ABOVE, GOVERNMENTS)) == turns


def test_offices_that_are_each_other_s_superiors_end() -> None:
    assert list(offices_in_turn("superior", "1", {"1": ["2"], "2": ["1"]}, {})) == [("2",), ("1",)]
