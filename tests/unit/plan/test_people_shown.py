"""Figures about people beside what is asked of offices (条例 art. 5 and 33): none of this census, and of others' what they published."""

from __future__ import annotations

import pytest
from worlds.plans import plan_of

from models.plan.layers import PlanError

PUBLISHED = "{title: 户籍人口, level: county, unit: persons, roll_up: sum, published: 公安部门户籍统计}"


def refused(
    shows: str = "[]", population: str = PUBLISHED, more: str = "", met_when: str = "districts >= 1"
) -> list[str]:
    """The faults of a plan with one duty that is told with the figures of `shows`."""
    text = f"""census: trial
title: 试验普查
standard_time: 2020-11-01
indicators:
  population: {population}
  residents: {{title: 常住人口, level: county, unit: persons, roll_up: sum}}
  districts: {{title: 普查小区, level: county, roll_up: sum}}
  size: {{title: 平均每个小区的户籍人口, level: county, is: "population / districts"}}
  sizes: {{title: 平均每个小区的人口, level: county, is: "(population + residents) / districts"}}
  {more}
phases:
  - id: p
    title: 摸底
    starts: T-9d
    ends: T-1d
    requirements:
      - {{id: r, title: 试验, judged_at: county, met_when: "{met_when}", due: T-2d, shows: {shows}}}
"""
    try:
        plan_of(text)
    except PlanError as fault:
        return [one.said.zh for one in fault.faults]
    return []


@pytest.mark.parametrize("shows", ["[districts]", "[population]", "[size]"])
def test_work_and_what_others_published_may_stand_beside_a_duty(shows: str) -> None:
    assert refused(shows) == []


@pytest.mark.parametrize(
    ("shows", "title"),
    [("[residents]", "常住人口"), ("[sizes]", "平均每个小区的人口"), ("[size, residents]", "常住人口")],
)
def test_what_this_census_counts_may_not_nor_what_is_made_of_it(shows: str, title: str) -> None:
    assert refused(shows) == [f"“{title}”是普查数据，不得与工作要求并列（条例第五条、第三十三条）"]


def test_registered_population_may_not_either_where_nobody_is_said_to_have_published_it() -> None:
    plain = PUBLISHED.replace(", published: 公安部门户籍统计", "")

    assert len(refused("[population, size]", plain)) == 2
    assert refused("[]", plain) == []


def test_what_is_published_is_no_goal_and_is_not_ranked_all_the_same() -> None:
    (goal,) = refused(met_when="population >= 600000")
    (ranked,) = refused(population=PUBLISHED.replace("roll_up", "rank: true, roll_up"))

    assert "普查数据" in goal
    assert "排名" in ranked


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("births: {title: 出生人数, level: county, roll_up: sum, published: 卫健部门}", "说的是出生或死亡"),
        ("funds: {title: 到位经费, level: county, roll_up: sum, published: 财政部门}", "不是人口数据"),
        (
            'double: {title: 两处人口, level: county, is: "population + residents", published: 公安部门}',
            "published 只用于上报的指标",
        ),
    ],
)
def test_nothing_else_is_published(more: str, said: str) -> None:
    (fault,) = refused(more=more)

    assert said in fault
