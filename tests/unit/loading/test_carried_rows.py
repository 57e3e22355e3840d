"""Where the codes of districts and of rows go when divisions change."""

from __future__ import annotations

import polars as pl
import pytest

from models.rules.loading.carried_rows import Moves, moved_districts, recoded_districts, withdrawn_districts

PAIRS = pl.DataFrame(
    [
        ("990101", "990103", 1, 1),
        ("990101001", "990103001", 1, 1),
        ("990101001001", "990103001001", 1, 1),
        ("990101001002", "990103002005", 1, 1),
        ("990101002", "990103002", 1, 1),
        ("990102001", "990102001", 2, 1),
        ("990102001", "990102009", 2, 1),
        ("990102001003", "990102009001", 1, 1),
        ("990102005", "990102006", 2, 1),
        ("990102005", "990102007", 2, 1),
    ],
    schema={"old": pl.String, "new": pl.String, "parts": pl.Int64, "joined": pl.Int64},
    orient="row",
)
MOVES = Moves.of(PAIRS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("990101", "990103"),
        ("990101001001007", "990103001001007"),
        ("990101001002007", "990103002005007"),
        ("990101001009007", "990103001009007"),
        ("990102001001007", "990102001001007"),
        ("990102001003007", "990102009001007"),
        ("990102005", "990102005"),
        ("990102005001001", "990102005001001"),
        ("00", "00"),
        ("9901", "9901"),
    ],
)
def test_a_code_goes_by_its_office_a_district_by_its_village_before_its_township(old: str, new: str) -> None:
    assert pl.DataFrame({"code": [old]}).select(MOVES.now(pl.col("code"))).item() == new


def test_of_two_districts_that_would_have_one_number_one_goes_and_a_taken_number_is_left_alone() -> None:
    state = pl.DataFrame({"code": [990101001001007, 990101001009001, 990103001009001, 990101002001001]})

    going, left = moved_districts(state, MOVES)

    assert going.rows() == [(990101001001007, 990103001001007), (990101002001001, 990103002001001)]
    assert left == 1


def test_reports_are_told_again_of_those_that_go_and_these_are_withdrawn_where_they_were() -> None:
    state = pl.DataFrame({"code": [990101001001007, 990101002001001]})
    going, _ = moved_districts(state, MOVES)
    rows = pl.DataFrame({"code": [990101002001001, 990102001001001], "enumerators": [3.0, 4.0]})

    assert recoded_districts(rows, going).rows() == [(990103002001001, 3.0)]
    assert withdrawn_districts(state, going).rows() == [(990101001001007, True), (990101002001001, True)]
