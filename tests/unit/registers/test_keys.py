"""Rows by the first digits of their codes: each province by itself, whether they come in order or not."""

from __future__ import annotations

import polars as pl
import pytest

from models.rules.registers.keys import apart, beginnings, beside, in_runs, provinces_of

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


@pytest.mark.parametrize("names", [["a", "b", "c"], ["c", "a", "b"], ["a", "c"], ["a", "b", None], [], ["x"]])
@pytest.mark.parametrize("all_rows", [False, True])
def test_rows_stand_beside_those_of_their_name_however_they_are_ordered(
    names: list[str | None], all_rows: bool
) -> None:
    rows = pl.DataFrame({"code": pl.Series(["a", "b", None], dtype=pl.String), "held": [1, 2, 3]})
    others = pl.DataFrame(
        {"code": pl.Series(names, dtype=pl.String), "told": range(len(names))}, {"code": pl.String, "told": pl.Int64}
    )
    by_name = dict(zip(names, range(len(names)), strict=True))
    by_name.pop(None, None)  # no name at all is nobody's
    expected = [(code, held, by_name.get(code)) for code, held in rows.rows() if all_rows or code in by_name]
    assert beside(rows, others, ["code"], all_rows=all_rows).rows() == expected
