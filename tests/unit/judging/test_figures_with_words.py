"""Figures with words are judged by all that they allow: met when every value meets the condition, else unmet with the reason."""

from __future__ import annotations

from datetime import datetime
from math import inf

import polars as pl
import pytest
from worlds.plans import phase, plan_of, trial

from models.calendar.working_time import Calendar
from models.moments import micros
from models.rules.judging.bounds import WRITTEN
from models.rules.judging.judging import Judgement, WithWords, judge
from models.rules.judging.offices import Offices
from models.rules.judging.reasons import reasons
from models.rules.judging.tree import above
from models.written import Written, read_written

CONDITIONS = {
    "township": [
        "staff >= 2900",
        "staff >= 2950",
        "staff > 460000",
        "staff >= 460001",
        "staff < 470000",
        "staff between 29.5 and 30.5",
        "staff = 30",
        "not staff > 30",
        "staff - need >= 0",
        "staff / need >= 2",
        "need / staff <= 0.5",
        "staff < 30 or staff >= 40",
        "enough",
    ],
    "county": ["staff >= 100", "short = 0", "share >= 90", "need_most <= 40", "need_mean >= 20"],
}
PLAN = plan_of(
    trial(
        [
            "staff: {title: 两员, level: township, unit: persons, roll_up: sum}",
            "need: {title: 应配, level: township, roll_up: sum}",
            "need_most: {title: 最多应配, level: township, roll_up: max}",
            "need_mean: {title: 平均应配, level: township, roll_up: mean}",
            'short: {title: 缺员乡镇, level: township, count_where: "staff < need"}',
            'share: {title: 到位率, level: township, is: "100 * staff / need"}',
        ],
        [
            phase(
                "recruitment",
                "两员选聘",
                "2020-07-01",
                "2020-08-31",
                [
                    f'{{id: {level[0]}{place}, title: 条件, judged_at: {level}, met_when: "{text}", due: 2020-08-20}}'
                    for level, texts in CONDITIONS.items()
                    for place, text in enumerate(texts)
                    if text != "enough"
                ],
            )
        ],
    )
)
UNITS = pl.DataFrame(
    [
        ("13", "甲省", "province", None),
        ("130101", "丙县", "county", "13"),
        ("130101001", "戊镇", "township", "130101"),
        ("130101002", "己镇", "township", "130101"),
    ],
    schema={"unit": pl.String, "name": pl.String, "level": pl.String, "superior": pl.String},
    orient="row",
)
OFFICES = Offices(UNITS, above(UNITS))
AS_OF = micros(datetime.fromisoformat("2020-08-01T09:00+08:00"))
NOW = datetime.fromisoformat("2020-08-02T09:00+08:00")
CALENDAR = Calendar("china", {}, official_years=frozenset({2020}))


def judged(**told: dict[str, str]) -> Judgement:
    """The judgement on what offices wrote: indicator → {unit: text}."""
    readings, words = [], []
    for name, by_unit in told.items():
        for unit, text in by_unit.items():
            found = read_written(text, None)
            assert isinstance(found, Written)
            readings.append((name, unit, found.value, AS_OF))
            if not text.isdecimal():
                words.append((name, unit, AS_OF, text, found.least, found.most, found.above, found.below))
    schema = {"indicator": pl.String, "unit": pl.String, "value": pl.Float64, "as_of": pl.Int64}
    frame = pl.DataFrame(readings, schema=schema, orient="row").with_columns(
        reported=pl.lit(None, pl.Int64), expected=pl.lit(None, pl.Int64)
    )
    written = pl.DataFrame(words, schema=dict(WRITTEN), orient="row")
    return judge(PLAN, OFFICES, WithWords(lambda _: frame, written), CALENDAR, NOW)


def standing(found: Judgement, condition: str, unit: str) -> str:
    level = "county" if len(unit) == 6 else "township"
    key = f"recruitment.{level[0]}{CONDITIONS[level].index(condition)}"
    rows = found.verdicts.filter((pl.col("requirement").cast(pl.String) == key) & (pl.col("unit") == unit))
    return str(rows["standing"].item())


def reason(found: Judgement, condition: str, unit: str) -> tuple[str, str]:
    level = "county" if len(unit) == 6 else "township"
    requirement = next(one for one in PLAN.requirements if one.id == f"{level[0]}{CONDITIONS[level].index(condition)}")
    said = reasons(PLAN, requirement, found.figures_of(requirement, "").filter(pl.col("unit") == unit))
    return str(said["reason_zh"].item()), str(said["reason_en"].item())


@pytest.mark.parametrize(
    ("text", "condition", "verdict"),
    [
        ("2900余", "staff >= 2900", "met"),
        ("2900余", "staff >= 2950", "unmet"),
        ("近47万", "staff > 460000", "met"),
        ("近47万", "staff >= 460001", "unmet"),
        ("近47万", "staff < 470000", "met"),
        ("47万", "staff < 470000", "unmet"),
        ("约30", "staff between 29.5 and 30.5", "met"),
        ("约30", "staff = 30", "unmet"),
        ("30人", "staff = 30", "met"),
        ("不足30", "not staff > 30", "met"),
        ("30余", "not staff > 30", "unmet"),
        ("40余", "staff < 30 or staff >= 40", "met"),
        ("39余", "staff < 30 or staff >= 40", "unmet"),
    ],
)
def test_a_condition_is_met_when_every_value_that_is_allowed_meets_it(text: str, condition: str, verdict: str) -> None:
    assert standing(judged(staff={"130101001": text}), condition, "130101001") == verdict


@pytest.mark.parametrize(
    ("staff", "need", "condition", "verdict"),
    [
        ("60余", "30", "staff / need >= 2", "met"),
        ("59余", "30", "staff / need >= 2", "unmet"),
        ("60", "约30", "staff / need >= 2", "unmet"),
        ("61", "约30", "staff / need >= 2", "met"),
        ("60余", "30", "need / staff <= 0.5", "met"),
        ("60余", "不足60", "staff - need >= 0", "met"),
        ("60余", "60余", "staff - need >= 0", "unmet"),
        ("60余", "0余", "staff / need >= 2", "unmet"),
    ],
)
def test_sums_differences_and_shares_go_by_their_ends(staff: str, need: str, condition: str, verdict: str) -> None:
    found = judged(staff={"130101001": staff}, need={"130101001": need})

    assert standing(found, condition, "130101001") == verdict


def test_figures_of_a_county_allow_what_those_of_its_townships_allow_together() -> None:
    enough = judged(staff={"130101001": "60余", "130101002": "40"})
    short = judged(staff={"130101001": "60余", "130101002": "39"})
    silent = judged(staff={"130101001": "600余"})

    assert standing(enough, "staff >= 100", "130101") == "met"
    assert standing(short, "staff >= 100", "130101") == "unmet"
    assert standing(silent, "staff >= 100", "130101") == "unreported"
    assert reason(short, "staff >= 100", "130101")[0] == "两员不少于99人，应不低于100，尚不能确认达到"


def test_a_count_of_offices_leaves_open_those_whose_figures_do() -> None:
    need = {"130101001": "30", "130101002": "30"}
    none_short = judged(staff={"130101001": "30余", "130101002": "30"}, need=need)
    perhaps = judged(staff={"130101001": "29余", "130101002": "30"}, need=need)

    assert standing(none_short, "short = 0", "130101") == "met"
    assert standing(perhaps, "short = 0", "130101") == "unmet"
    assert reason(perhaps, "short = 0", "130101")[0] == "缺员乡镇0至1，应为0，尚不能确认达到"


def test_a_share_at_every_level_is_made_of_what_its_parts_allow() -> None:
    need = {"130101001": "30", "130101002": "70"}
    found = judged(staff={"130101001": "27余", "130101002": "63"}, need=need)
    less = judged(staff={"130101001": "26余", "130101002": "63"}, need=need)

    assert standing(found, "share >= 90", "130101") == "met"
    assert standing(less, "share >= 90", "130101") == "unmet"


def test_the_most_and_the_mean_of_offices_go_by_their_ends_too() -> None:
    kept = judged(
        need_most={"130101001": "不足40", "130101002": "12"}, need_mean={"130101001": "30余", "130101002": "10"}
    )
    lost = judged(
        need_most={"130101001": "40余", "130101002": "12"}, need_mean={"130101001": "29余", "130101002": "10"}
    )

    assert [standing(kept, one, "130101") for one in ("need_most <= 40", "need_mean >= 20")] == ["met", "met"]
    assert [standing(lost, one, "130101") for one in ("need_most <= 40", "need_mean >= 20")] == ["unmet", "unmet"]


def test_the_reason_says_what_was_written_what_it_allows_and_what_must_be() -> None:
    found = judged(staff={"130101001": "2900余人", "130101002": "近47万"}, need={"130101002": "7"})

    assert reason(found, "staff >= 2950", "130101001") == (
        "两员“2900余人”（即不少于2900人），应不低于2950，尚不能确认达到",
        "staff = “2900余人” (at least 2900), must be at least 2950, which is not certain",
    )
    assert reason(found, "need / staff <= 0.5", "130101001")[0] == "应配未报"


def test_what_no_allowed_value_meets_is_not_said_to_be_open() -> None:
    found = judged(staff={"130101001": "约30"})

    assert reason(found, "staff >= 2950", "130101001")[0] == "两员“约30”（即29.5至30.5人），应不低于2950"


def test_plain_figures_beside_those_with_words_are_worded_as_ever() -> None:
    found = judged(staff={"130101001": "2900余", "130101002": "2900"})

    assert reason(found, "staff >= 2950", "130101002")[0] == "两员2900人，应不低于2950"


def test_figures_without_words_bring_no_columns_of_what_they_allow() -> None:
    found = judged(staff={"130101001": "2900", "130101002": "30"})
    columns = found.figures["recruitment.t0", ""].columns

    assert inf not in found.figures["recruitment.t0", ""]["staff"]
    assert not [name for name in columns if name.endswith((":least", ":most", ":loose"))]
