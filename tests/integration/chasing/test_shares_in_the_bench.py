"""The bench sets a province against the nation, and two workers against one: that has to run, and to tell what is not met."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import col, select

from deployments.bench import provinces as bench
from deployments.bench.campaigns import sink
from models.tables import Notice, Pass

pytestmark = pytest.mark.timeout(240)


def test_the_bench_compares_a_province_with_the_nation_and_two_workers_with_one(tmp_path: Path, cluster: str):
    with sink() as channel:
        one, store = bench.taken_by(1, tmp_path / "one", channel, cluster, {"54", "63"})
        found = bench.shares(store, "54", "540102")
        two, beside = bench.taken_by(2, tmp_path / "two", channel, cluster, {"54", "63"})
        longest = bench.longest_wait(beside)
        with beside.reading() as connection:
            passes = (
                connection.execute(select(col(Pass.scope)).where(col(Pass.finished_at).is_not(None))).scalars().all()
            )
            outcomes = set(connection.execute(select(col(Notice.state))).scalars())
        for each in (store, beside):
            each.engine.dispose()
    assert sorted(passes, key=str) == ["54", "63", None]
    assert outcomes == {"accepted", "refused"}, "the administrator has no channel there"
    assert min(one, two, longest, found.nation, found.province, found.status, found.status_of_county) > 0
    assert found.duties[0] > found.duties[1] > 0


@pytest.mark.parametrize(("province", "met"), [(0.3, "yes"), (0.31, "no")])
def test_a_province_may_cost_three_times_its_share(province: float, met: str):
    found = bench.Shares(nation=10.0, province=province, duties=(1000, 10), status=0.5, status_of_county=0.5)
    assert bench.told_of_shares("SQLite", found)[0]["met"] == met


@pytest.mark.parametrize(("two", "longest", "met"), [(10.0, 0.9, ["yes", "yes"]), (10.1, 1.0, ["no", "no"])])
def test_two_workers_are_nearly_twice_as_fast_and_no_sender_waits_long(two: float, longest: float, met: list[str]):
    assert [one["met"] for one in bench.told_of_workers(17.0, two, longest)] == met
