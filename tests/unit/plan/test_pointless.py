"""Conditions that never or always hold, and zones whose sign is the wrong way round, are doubts."""

from __future__ import annotations

from itertools import product

import polars as pl
import pytest

from models.calendar.working_time import Calendar
from models.plan.doubts import doubts
from models.plan.expressions import read_expression
from models.plan.files import read_plan

CALENDAR = Calendar("china", {}, official_years=frozenset({2020}))
NEVER = [
    "a < 0",
    "a > 20",
    "20 < a",
    "a + b < 1",
    "a / b > 20",
    "a between 5 and 3",
    "a between 21 and 30",
    "c between 5 and 3",
    "c >= 5 and c < 5",
    "c > 7 and not c > 7",
    "c = null",
    "c <> null",
    "c > null or a < 0",
    "c is null",
    "c in (null)",
    "not c is not null",
    "a not between 0 and 20",
    "a in (21, 22)",
    "c <> c",
    "abs(c) < 0",
    "rows < 0",
    "low < 0",
    "greatest(a, 21) < 21",
    "case when c > 0 then 1 else 2 end > 2",
    "1 - 950.0 / 1000 > 0.05 and c > 0",
]
ALWAYS = [
    "a >= 0",
    "a <= 20",
    "a < 20.5",
    "a between 0 and 20",
    "a / b <= 20",
    "rows >= 0",
    "low >= 0",
    "low >= -0.5 or c > 0",
    "c < 5 or c >= 5",
    "c = c",
    "c is not null",
    "abs(c) >= 0",
]
FIGURES = {
    "a": [0.0, 1.0, 3.0, 20.0],
    "b": [1.0, 2.0, 100.0],
    "c": [-7.0, 0.0, 4.0, 5.0, 8.0],
    "rows": [0.0, 9.0],
    "low": [0.0, 2.0],
}
"""Within the limits of each indicator, its ends among them."""
PLAN = """\
census: trial
title: 试验普查
standard_time: {time}
timezone: {zone}
indicators:
  a: {{title: 甲项, level: township, roll_up: sum, min: 0, max: 20}}
  b: {{title: 乙项, level: township, roll_up: mean, min: 1, max: 100}}
  c: {{title: 丙项, level: township, roll_up: sum}}
  rows: {{title: 小区, level: district, roll_up: count}}
  low: {{title: 低值, level: township, count_where: "{where}"}}
ladders:
  standard:
    - {{id: remind, at: -7d, to: [unit.owner]}}
phases:
  - id: preparation
    title: 普查准备
    starts: 2020-03-02
    ends: 2020-08-05
    requirements:
      - {{id: judged, title: 判断, judged_at: {level}, met_when: "{condition}", {when}, ladder: standard}}
"""


def said(
    condition: str = "a >= 10",
    *,
    level: str = "township",
    where: str = "a < 3",
    when: str = "due: 2020-08-05",
    time: str = "2020-11-01",
    zone: str = "Asia/Shanghai",
) -> list[tuple[int, str, str]]:
    """Doubts of a plan with one condition, as line and sentences."""
    text = PLAN.format(condition=condition, level=level, where=where, when=when, time=time, zone=zone)
    files = read_plan(("plan.yaml",), {"plan.yaml": text}.__getitem__)
    return [(doubt.line, doubt.said.zh, doubt.said.en) for doubt in doubts(files.plan, files.places, CALENDAR)]


@pytest.mark.parametrize("condition", NEVER)
def test_a_condition_that_never_holds_is_a_doubt(condition: str) -> None:
    ((line, zh, en),) = said(condition)

    assert line == 20
    assert f"“{condition}”永远不能成立" in zh
    assert "never holds" in en


@pytest.mark.parametrize("condition", ALWAYS)
def test_a_condition_that_always_holds_is_a_doubt(condition: str) -> None:
    ((line, zh, en),) = said(condition)

    assert line == 20
    assert f"“{condition}”总是成立" in zh
    assert "always holds" in en


@pytest.mark.parametrize(
    "condition",
    [
        "a <= 0",
        "a >= 20",
        "a > 0",
        "a < 20",
        "a between 3 and 3",
        "c between 3 and 5",
        "c < 5 or c > 5",
        "c >= 5 and c <= 5",
        "c < 0",
        "c >= 0",
        "a / b >= 20",
        "a / c >= 0",
        "a - a = 0",
        "abs(a - c) / c <= 0.004",
        "rows > 0",
        "low = 0",
        "a in (20, 21)",
        "a not in (20, 21)",
        "a not between 1 and 20",
        "c / a > 10",
        "1 - 950.0 / 1000 <= 0.05 and c > 0",
    ],
)
def test_a_condition_that_figures_decide_is_none(condition: str) -> None:
    assert said(condition) == []


@pytest.mark.parametrize(
    ("condition", "level", "is_doubted"),
    [
        ("a <= 20", "township", True),
        ("a <= 20", "county", False),
        ("a < 0", "county", True),
        ("b > 100", "county", True),
    ],
)
def test_limits_hold_where_a_figure_is_reported_and_of_a_sum_only_its_sign(
    condition: str, level: str, is_doubted: bool
) -> None:
    assert bool(said(condition, level=level)) is is_doubted


@pytest.mark.parametrize(("where", "word"), [("a < 0", "结果总是0"), ("a <= 20", "全部计入")])
def test_what_is_counted_by_a_condition_that_is_decided_beforehand_is_a_doubt(where: str, word: str) -> None:
    ((line, zh, _),) = said(where=where)

    assert line == 10
    assert word in zh


def test_a_daily_return_of_which_every_figure_will_do_asks_for_the_return() -> None:
    def doubts_of(condition: str) -> list[str]:
        # the ladder's reminder seven days before is a doubt of its own
        return [zh for _, zh, _ in said(condition, when="every: day") if "落在每期开始之前" not in zh]

    assert doubts_of("a >= 0") == []
    assert len(doubts_of("a < 0")) == 1


def test_the_ends_of_a_between_and_a_null_are_named() -> None:
    ((_, between, _),) = said("c between 5 and 3")
    ((_, null, _),) = said("c = null")
    ((_, limits, _),) = said("a > 20")

    assert between.endswith("between 应先写小的、后写大的")
    assert "null 不是数" in null
    assert limits.endswith("（a: min 0, max 20）")


@pytest.mark.parametrize(
    ("time", "zone", "lines"),
    [
        ("2020-11-01T00:00:00+08:00", "Asia/Shanghai", []),
        ("2020-11-01T00:00:00+08:00", "Etc/GMT-8", []),
        ("2020-10-31T16:00:00Z", "Asia/Shanghai", []),
        ("2020-11-01", "Asia/Shanghai", []),
        ("2020-11-01", "Etc/GMT+8", [4]),
        ("2020-11-01T00:00:00+08:00", "Etc/GMT+8", [3, 4]),
        ("2020-11-01T00:00:00-08:00", "Asia/Shanghai", [3]),
        ("2020-11-01T00:00:00Z", "Asia/Shanghai", [3]),
    ],
)
def test_a_zone_or_an_offset_with_its_sign_the_wrong_way_round_is_a_doubt(
    time: str, zone: str, lines: list[int]
) -> None:
    assert [line for line, _, _ in said(time=time, zone=zone)] == lines


@pytest.mark.parametrize(("due", "lines"), [("2020-08-05 17:00+08:00", []), ("2020-08-05 17:00-08:00", [20])])
def test_a_due_date_in_another_zone_than_the_plans_is_a_doubt(due: str, lines: list[int]) -> None:
    assert [line for line, _, _ in said(when=f'due: "{due}"')] == lines


@pytest.mark.parametrize(("conditions", "verdict"), [(NEVER, True), (ALWAYS, False)])
def test_no_figures_within_the_limits_say_otherwise_than_the_doubt(conditions: list[str], verdict: bool) -> None:
    grid = pl.DataFrame(list(product(*FIGURES.values())), schema=list(FIGURES), orient="row")

    verdicts = grid.select(read_expression(one).polars().alias(one) for one in conditions)

    assert {one for one in conditions if (verdicts[one] == verdict).any()} == set()
