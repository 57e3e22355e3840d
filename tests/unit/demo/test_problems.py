"""The synthetic problem list: each county numbers its own rows, and what changes is among them."""

from __future__ import annotations

import polars as pl
from polars.testing import assert_frame_equal

from deployments.demo.synthetic.national import townships
from deployments.demo.synthetic.problems import changes_of_state, national_problems

COUNTY = pl.col("区划代码").str.head(6)


def test_it_has_as_many_rows_as_were_asked_for_and_the_same_ones_each_time() -> None:
    first = national_problems(5_000)
    assert first.height == 5_000
    assert_frame_equal(first, national_problems(5_000))
    assert not first.equals(national_problems(5_000, seed=2021))


def test_a_county_numbers_its_own_rows_from_one_and_codes_them_at_its_townships() -> None:
    problems = national_problems(20_000)
    numbers = problems.group_by(COUNTY).agg(first=pl.col("序号").min(), last=pl.col("序号").max(), rows=pl.len())
    assert numbers.filter((pl.col("first") != 1) | (pl.col("last") != pl.col("rows"))).is_empty()
    assert numbers.height > 1_000
    assert problems.join(townships(), left_on="区划代码", right_on="code", how="anti").is_empty()


def test_as_many_rows_change_as_were_asked_for_and_each_is_one_of_the_list() -> None:
    problems = national_problems(5_000)
    changes = changes_of_state(problems, 217)
    assert (changes.height, changes["办理状态"].unique().to_list()) == (217, ["已分解"])
    assert changes.join(problems, on=["区划代码", "清单批次", "序号"], how="anti").is_empty()
