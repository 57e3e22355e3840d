"""Codes of before in reports: rows of an office whose code has changed since are taken for the code of now."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from models.former_codes import FormerCodes
from models.rules.intake.former_codes import Now, codes_of_now
from models.rules.intake.report_units import Known

OFFICES = {
    "990101": "county",
    "990101101": "township",
    "990101101001": "village",
    "990101002": "township",
    "990101009": "township",
    "990102100": "township",
}
FORMER = FormerCodes.of(
    [
        (1, "990101001", "990101101"),
        (1, "990101001001", "990101101001"),
        (1, "990101005", "990101002"),
        (1, "990101005", "990101009"),
        (2, "990102001", "990102100"),
        (2, "990102002", "990102100"),
    ]
)


def read(*codes: str, former: FormerCodes = FORMER) -> Now:
    offices = pl.DataFrame({"code": [int(code) for code in OFFICES], "level": list(OFFICES.values())})
    known = Known.of(offices, former)
    rows = pl.Series(range(2, 2 + len(codes)), dtype=pl.Int64)
    numbers = pl.Series([int(code) for code in codes], dtype=pl.Int64)
    digits = pl.Series([len(code) for code in codes], dtype=pl.Int64)
    return codes_of_now(rows, numbers, digits, known, former)


@pytest.mark.parametrize(
    ("given", "now"),
    [
        ("990101001", "990101101"),
        ("990101001000", "990101101"),
        ("990101001001", "990101101001"),
        ("990101001001007", "990101101001007"),
        ("990101001002007", "990101101002007"),
        ("990102001003007", "990102100003007"),
        ("990101002", "990101002"),
        ("990101101001007", "990101101001007"),
        ("990101777", "990101777"),
    ],
)
def test_a_code_of_before_is_read_as_that_of_now_and_no_other_is_touched(given: str, now: str) -> None:
    found = read(given)

    assert found.codes.to_list() == [int(now)]
    assert found.digits.to_list() == [len(now)]
    assert found.by_former.rows() == ([(2, int(given), int(now))] if given != now else [])
    assert found.faults.is_empty()


def faults(found: Now) -> Sequence[tuple[int, str]]:
    return found.faults.select("row", "en").rows()


def test_an_office_that_was_split_or_is_a_part_of_another_is_refused_by_row() -> None:
    found = read("990101101", "990101005", "990102002")

    assert found.codes.to_list() == [990101101, None, None]
    assert faults(found) == [
        (3, "the office of code 990101005 was split into 990101002, 990101009; use one of them"),
        (
            4,
            "the office of code 990102002 merged into 990102100, and a part's figure is not the whole's; report that under the"
            " code of now",
        ),
    ]


def test_where_divisions_never_changed_codes_are_what_they_are() -> None:
    found = read("990101001", "990101101", former=FormerCodes())

    assert found.codes.to_list() == [990101001, 990101101]
    assert found.by_former.is_empty()
