"""The bench lets a campaign age: whatever becomes of the product, that has to run, and to tell what is not met."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.bench.ageing import Look, live, told

YOUNG = Look(day=1, quiet=0.10, memory=0.20, status=0.05, verified=0.01, database=1_000_000, parquet=50_000)


def test_a_campaign_of_the_bench_lives_through_its_days_and_is_looked_at_on_the_first_and_the_last(
    tmp_path: Path,
) -> None:
    looks = live(tmp_path, None, days=4)
    assert [one.day for one in looks] == [1, 4]
    assert all(one.quiet > 0 and one.memory > 0 and one.status > 0 for one in looks)
    assert looks[1].parquet == pytest.approx(4 * looks[0].parquet, rel=0.2)
    assert looks[1].database > looks[0].database


@pytest.mark.parametrize(("quiet", "met"), [(0.12, "yes"), (0.121, "no")])
def test_a_quiet_pass_of_the_last_day_may_cost_a_fifth_more_than_that_of_the_first(quiet: float, met: str) -> None:
    old = Look(day=180, quiet=quiet, memory=0.20, status=0.05, verified=0.02, database=9_950_000, parquet=9_000_000)
    (compared,) = (one for one in told("SQLite", [YOUNG, old]) if "processor time of a quiet pass" in one["what"])
    assert compared["met"] == met


@pytest.mark.parametrize(("database", "met"), [(1_150_000, "yes"), (1_150_001, "no")])
def test_the_database_may_grow_by_half_as_much_again_as_the_figures_as_parquet(database: int, met: str) -> None:
    old = Look(day=3, quiet=0.10, memory=0.20, status=0.05, verified=0.02, database=database, parquet=150_000)
    (grown,) = (one for one in told("SQLite", [YOUNG, old]) if "grows" in one["what"])
    assert grown["met"] == met
