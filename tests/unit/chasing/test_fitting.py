"""Who of several holders of a role answers for a duty."""

from __future__ import annotations

import polars as pl
import pytest

from models.rules.chasing.fitting import MATTERS, fitting, kinds_asked

CHAINS = pl.DataFrame({"unit": ["659001", "140105001"], "ancestor": ["66", "140105"]})
PARTS = pl.DataFrame(
    [
        ("140105", "recheck.closed", "police", "department", "police"),
        ("140105", "recheck.closed", "police", "code", "140105002001001"),
    ],
    schema=MATTERS,
    orient="row",
)


def answers(only_for: str, unit: str = "140105", period: str = "police", matters: pl.DataFrame | None = PARTS) -> bool:
    hit = {"unit": [unit], "requirement": ["recheck.closed"], "period": [period], "only_for": [only_for]}
    return fitting(pl.DataFrame(hit), CHAINS, matters).height == 1


@pytest.mark.parametrize(
    ("only_for", "fits"),
    [
        ("", True),
        ("140105", True),
        ("1401", True),
        ("140106", False),
        ("140105002", True),
        ("140105003", False),
        ("phase:recheck", True),
        ("phase:zoning", False),
        ("department:police", True),
        ("department:health", False),
        ("department:health department:police", True),
        ("department:police phase:recheck 140105", True),
        ("department:police phase:zoning", False),
        ("140106 department:police", False),
    ],
)
def test_any_part_of_a_kind_is_enough_and_each_kind_has_to_fit(only_for: str, fits: bool) -> None:
    assert answers(only_for) is fits


def test_a_unit_is_below_another_by_command_as_well_as_by_code() -> None:
    assert answers("66", unit="659001")
    assert not answers("65", unit="140105")


def test_where_nothing_is_known_of_rows_they_tell_nobody_apart() -> None:
    assert answers("department:health", matters=None)
    assert not answers("department:health phase:zoning", matters=None)


def test_a_duty_without_rows_is_of_no_department() -> None:
    assert not answers("department:police", period="")


def test_where_everybody_answers_for_everything_nothing_is_asked() -> None:
    assert kinds_asked(pl.DataFrame({"only_for": ["", ""]})) == frozenset()
    assert kinds_asked(pl.DataFrame({"only_for": ["", "140105 department:police"]})) == {"code", "department"}
