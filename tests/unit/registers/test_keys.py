"""Rows by the first digits of their codes: each province by itself, whether they come in order or not."""

from __future__ import annotations

import polars as pl
import pytest

from models.rules.registers.keys import apart, beginnings, in_runs, provinces_of

CODES = ["130101", "130101", "13010100", "14", "140105001", "140105001", "3701"]


@pytest.mark.parametrize("codes", [CODES, CODES[::-1], [*CODES[::2], *CODES[1::2]], CODES[:3], []])
def test_the_rows_of_each_province_come_apart_in_their_order(codes: list[str]) -> None:
    rows = pl.DataFrame({"code": pl.Series(codes, dtype=pl.String), "row": range(len(codes))})
    found = apart(rows)
    assert list(found) == sorted({code[:2] for code in codes}) == provinces_of(rows)
    for province, own in found.items():
        assert own.equals(rows.filter(pl.col("code").str.starts_with(province)))


def test_of_rows_in_order_each_code_is_told_once_and_so_are_the_first_digits_of_all() -> None:
    rows = pl.DataFrame({"code": CODES})
    assert in_runs(rows)["code"].to_list() == ["130101", "13010100", "14", "140105001", "3701"]
    assert beginnings(rows, 4) == ["1301", "14", "1401", "3701"]
