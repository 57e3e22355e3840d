"""Digests of rows: the same for the same rows, and another for any other."""

from __future__ import annotations

import polars as pl
import pytest

from models.rules.oversight.row_digests import digest_of

ROWS = pl.DataFrame({"unit": ["13", None], "value": [0.0, None], "as_of": [1, 2], "always": [True, False]})


def test_what_a_database_may_hand_out_otherwise_digests_alike() -> None:
    assert digest_of(ROWS) == digest_of(ROWS.with_columns(value=pl.Series([-0.0, None])))
    assert digest_of(ROWS) == digest_of(ROWS.clone())


@pytest.mark.parametrize(
    "other",
    [
        ROWS.with_columns(unit=pl.Series(["13", ""])),
        ROWS.with_columns(value=pl.Series([None, 0.0])),
        ROWS.with_columns(value=pl.Series([5e-324, None])),
        ROWS.with_columns(as_of=pl.Series([2, 1])),
        ROWS.with_columns(always=pl.Series([True, True])),
        ROWS.head(1),
        ROWS.reverse(),
        ROWS.rename({"unit": "units"}),
    ],
)
def test_any_other_rows_digest_otherwise(other: pl.DataFrame) -> None:
    assert digest_of(other) != digest_of(ROWS)


def test_texts_do_not_run_into_each_other() -> None:
    assert digest_of(pl.DataFrame({"a": ["ab", "c"]})) != digest_of(pl.DataFrame({"a": ["a", "bc"]}))


def test_rows_that_are_written_out_in_portions_digest_as_they_did_at_once() -> None:
    numbers = pl.select(id=pl.int_range(100_001))
    rows = numbers.select("id", text=pl.when(pl.col("id") % 3 == 0).then(pl.format("市{}", "id")))

    digest = digest_of(rows)

    assert digest == "70d4c37d19ffe15abf5a6bd77a30c4f4e0e0848d66aa4ffd88357acfb9e95b55"
