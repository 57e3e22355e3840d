"""However many periods are judged in one frame, each comes to what it comes to alone: standings, figures and reasons."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as some
from worlds.plans import phase, plan_of, trial

from models.calendar.working_time import Calendar
from models.moments import micros
from models.rules.judging.bounds import WRITTEN
from models.rules.judging.judging import Judgement, Over, WithWords, judge
from models.rules.judging.offices import Offices
from models.rules.judging.periods import PeriodNames, readings_within
from models.rules.judging.reasons import reasons
from models.rules.judging.small_cells import ALONE
from models.rules.judging.tree import NAMES, above
from models.written import Written, read_written

PLAN = plan_of(
    trial(
        [
            "visited: {title: 走访户数, level: township, roll_up: sum}",
            "quick: {title: 最快, level: township, roll_up: max}",
            "newest: {title: 最新, level: township, roll_up: last}",
            "births: {title: 出生人口, level: township, roll_up: sum}",
            "births_health: {title: 卫健部门出生人口, level: township, roll_up: sum}",
            'idle: {title: 无进展乡镇, level: township, count_where: "visited < 1"}',
            'share: {title: 比例, level: township, is: "visited / quick"}',
            "left: {title: 未登记户, level: district, roll_up: sum}",
        ],
        [
            phase(
                "registration",
                "登记",
                "2020-08-03",
                "2020-08-09",
                [
                    '{id: daily, title: 日报, judged_at: township, met_when: "visited >= 2", every: day}',
                    '{id: county, title: 县日报, judged_at: county, met_when: "visited >= 3 and idle = 0", every: day}',
                    '{id: newest, title: 最新, judged_at: county, met_when: "newest >= 2 and quick >= 2", every: day}',
                    '{id: share, title: 比例, judged_at: city, met_when: "share >= 2", every: day}',
                    "{id: births, title: 出生, judged_at: city, verify: [births, births_health], every: day}",
                    "{id: ours, title: 县出生, judged_at: county, verify: [births, births_health], every: day}",
                    '{id: left, title: 小区日报, judged_at: county, met_when: "left = 0", every: day}',
                ],
            )
        ],
    )
)
UNITS = pl.DataFrame(
    {
        "unit": ["13", "1301", "130101", "130101001", "130102", "130102001", "130102002"],
        "name": ["甲省", "乙市", "丙县", "丁镇", "戊县", "己镇", "庚镇"],
        "level": ["province", "city", "county", "township", "county", "township", "township"],
        "superior": [None, "13", "1301", "130101", "1301", "130102", "130102"],
    }
)
OFFICES = Offices(UNITS, above(UNITS))
CALENDAR = Calendar("china", {}, official_years=frozenset({2020}))
MONDAY = datetime.fromisoformat("2020-08-03T00:00+08:00")
DAYS = 4
NAMED = PeriodNames.of(PLAN, PLAN.requirements)
SCHEMA = {"indicator": NAMES, "unit": NAMES, "value": pl.Float64, "reported": pl.Int64, "expected": pl.Int64}
Report = tuple[str, str, int, str]
"""Indicator, unit, hours since the first Monday, and what the office wrote."""

reports = some.lists(
    some.tuples(
        some.sampled_from(["visited", "quick", "newest", "births", "births_health", "left"]),
        some.sampled_from(["130101001", "130102001", "130102002"]),
        some.integers(0, 24 * DAYS - 1),
        some.sampled_from(["0", "1", "2", "5", "0.1", "0.25", "1余", "近3", "1234567.125"]),
    ),
    max_size=40,
    unique_by=lambda one: one[:3],
)


@settings(max_examples=60, deadline=None)
@given(reports)
@example([("visited", "130101001", 1, "1余"), ("visited", "130101001", 30, "2"), ("visited", "130102001", 30, "5")])
@example([("births", unit, 24 * day, "1") for day in (0, 2) for unit in ("130101001", "130102001", "130102002")])
def test_each_of_several_days_comes_to_what_it_comes_to_alone(told: list[Report]) -> None:
    days = [MONDAY + timedelta(days=day) for day in range(DAYS + 1)]
    together = judged(told, days[-1] - timedelta(hours=1), since=None)

    for begins, ends in pairwise(days):
        alone = judged(told, ends - timedelta(hours=1), since=begins)
        label = f"{begins:%Y-%m-%d}"
        assert standings(together, label) == standings(alone, label)
        for requirement in PLAN.requirements:
            own, other = (found.figures_of(requirement, label) for found in (together, alone))
            assert own.select(other.columns).equals(other)
            assert reasons(PLAN, requirement, own).equals(reasons(PLAN, requirement, other))


def test_a_county_of_one_township_gives_away_the_total_of_the_days_on_which_it_is_small_alone() -> None:
    one, two, three = "130101001", "130102001", "130102002"
    told = [("births", unit, 1, value) for unit, value in ((one, "1"), (two, "40"), (three, "50"))]
    told += [("births", unit, 25, value) for unit, value in ((one, "30"), (two, "40"), (three, "50"))]

    found = judged(told, MONDAY + timedelta(hours=47), since=None)

    requirement = next(requirement for requirement in PLAN.requirements if requirement.id == "births")
    figures = [found.figures_of(requirement, label) for label in ("2020-08-03", "2020-08-04")]
    assert [one["births:gives_away"].to_list() for one in figures] == [[True], [False]]
    assert ALONE in figures[0].columns


def judged(told: list[Report], now: datetime, since: datetime | None) -> Judgement:
    """The judgement at `now` of the days that ended after `since`, on what offices had told."""
    rows, words = [], []
    for name, unit, hour, text in told:
        read = read_written(text, None)
        assert isinstance(read, Written)
        at = micros(MONDAY + timedelta(hours=hour))
        districts = (3, 3) if name == "left" else (None, None)
        rows.append((name, unit, read.value, *districts, at))
        if not text.replace(".", "").isdecimal():
            words.append((name, unit, at, text, read.least, read.most, read.above, read.below))
    frame = pl.DataFrame(rows, schema={**SCHEMA, "as_of": pl.Int64}, orient="row")
    # what districts told is kept twice: the latest of all, and that of the day alone
    of_day = frame.filter(pl.col("indicator") == "left").with_columns(indicator=pl.lit("left@day").cast(NAMES))
    history = pl.concat([frame, of_day]).filter(pl.col("as_of") <= micros(now)).sort("indicator", "unit", "as_of")
    written = pl.DataFrame(words, schema=dict(WRITTEN), orient="row")
    told_of = WithWords(lambda period: readings_within(history, period, NAMED) if period else history.clear(), written)
    return judge(PLAN, OFFICES, told_of, CALENDAR, now, over=Over(since))


def standings(found: Judgement, label: str) -> list[tuple[object, ...]]:
    of_day = found.verdicts.filter(pl.col("period") == label).sort("place", "unit")
    return of_day.select("place", "unit", "standing", "due").rows()
