"""Whose word counts: the offices that stand in for each other, and names that are one person's."""

from __future__ import annotations

import pytest

from models.rules.papers.authority import offices_in_turn, same_name

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


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("张三", "张三", True),
        ("张三", " 张三\u200b", True),
        ("张　三", "张 三", True),
        ("Rene\u0301", "René", True),
        ("张三", "张三丰", False),
        ("张三", "张 三", False),
        ("", "", False),
        ("\u200b", " ", False),
    ],
)
def test_a_name_is_one_however_it_was_typed(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same
