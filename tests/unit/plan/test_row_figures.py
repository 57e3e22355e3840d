"""Figures drawn from the rows of a register, and figures made of others at every level."""

from __future__ import annotations

import pytest
from worlds.lists import LISTS
from worlds.plans import faults_of, plan_of

from models.plan.model import Indicator


def with_indicator(line: str) -> str:
    return LISTS.replace("ladders:\n", f"  {line}\nladders:\n", 1)


def faults(line: str) -> list[str]:
    """The English sentences of what is wrong with one more indicator; each is told at its own line."""
    text = with_indicator(line)
    at = next(number for number, one in enumerate(text.splitlines(), 1) if line in one)
    found = faults_of(text)
    assert {one.line for one in found} <= {at}
    return [one.said.en for one in found]


def indicator(name: str, line: str = "") -> Indicator:
    return plan_of(with_indicator(line) if line else LISTS).indicators[name]


def test_the_figures_of_the_design_are_read_as_they_stand_there() -> None:
    rows = {name: one.rows for name, one in plan_of(LISTS).indicators.items() if one.rows is not None}

    assert {
        name: (one.register, one.kind, one.column, one.where.text if one.where else None) for name, one in rows.items()
    } == {
        "problems_open": ("problems", "count_where", None, "state not in ('closed', 'returned')"),
        "funds_arrived": ("funds", "sum", "amount", "stage = 'arrived'"),
        "staff_trained": ("attendance", "distinct", "staff", "passed"),
        "first_session": ("sessions", "first", "day", "audience = 'instructors'"),
    }


@pytest.mark.parametrize(
    ("keys", "above"),
    [
        ("count_where: passed", "sum"),
        ("distinct: staff", "sum"),
        ("distinct: code", "sum"),
        ("sum: staff", "sum"),
        ("sum: staff, roll_up: max", "max"),
        ("sum: staff, roll_up: mean", "mean"),
    ],
)
def test_a_figure_from_rows_adds_up_above_its_level_unless_the_plan_says_otherwise(keys: str, above: str) -> None:
    assert indicator("x", f"x: {{title: 甲, level: township, register: attendance, {keys}}}").roll_up == above


@pytest.mark.parametrize(
    ("keys", "above"),
    [
        ("first: day", "min"),
        ("last: day", "max"),
        ("first: day, roll_up: max", "max"),
        ("last: day, roll_up: min", "min"),
    ],
)
def test_the_first_day_stays_the_first_above(keys: str, above: str) -> None:
    assert indicator("x", f"x: {{title: 甲, level: county, register: sessions, {keys}}}").roll_up == above


def test_a_figure_made_of_others_is_worked_out_at_every_level() -> None:
    plan = plan_of(LISTS)

    per_head = plan.indicators["funds_per_head"]
    assert per_head.roll_up == "is"
    assert per_head.where is not None
    assert per_head.where.names == ("funds_arrived", "population")
    assert plan.base_indicators(frozenset({"funds_per_head"})) == {"funds_per_head", "funds_arrived", "population"}
    assert [(one.value, one.title, one.source) for one in per_head.beside] == [
        (8.7, "全国平均", "山西省2020-08-03推进会")
    ]


def test_a_figure_of_a_level_below_is_a_part_and_one_of_a_level_above_is_none() -> None:
    assert faults('x: {title: 甲, level: county, is: "problems_open / 2"}') == []
    assert faults('x: {title: 甲, level: township, is: "funds_arrived / 2"}') == [
        "“funds_arrived” is reported at county; there is none at township"
    ]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("level: county, register: fonds, count_where: passed", "there is no register “fonds”; did you mean “funds”?"),
        ("level: county, register: funds", "exactly one of count_where, sum, distinct, first and last"),
        ("level: county, register: funds, roll_up: sum", "exactly one of count_where, sum, distinct, first and last"),
        ("level: county, register: funds, sum: amount, distinct: entry", "exactly one of count_where, sum, distinct"),
        ("level: county, register: funds, sum_where: amount", "to add up a column write sum: COLUMN, with where"),
        ("level: county, register: funds, sum: amount, is: population", "keep one of is and register"),
        ("level: county, register: funds, sum: amont", "has no column “amont”; did you mean “amount”?"),
        ("level: county, register: funds, sum: entry", "“entry” does not suit sum: only numbers"),
        ("level: county, register: sessions, first: session", "“session” does not suit first: it must be a date"),
        ("level: county, register: sessions, last: audience", "“audience” does not suit last: it must be a date"),
        (
            "level: county, register: sessions, last: day, roll_up: sum",
            "of days the earliest (min) or the latest (max)",
        ),
        ("level: county, register: funds, sum: amount, roll_up: count", "rolls up by sum, min, max or mean"),
        ("level: county, register: funds, sum: amount, roll_up: last", "rolls up by sum, min, max or mean"),
        ("level: district, register: problems, count_where: due is null", "a district has no office"),
        ("level: county, register: funds, count_where: amount", "a condition"),
        ("level: county, register: funds, sum: amount, where: amount", "a condition"),
        (
            "level: county, register: funds, sum: amount, where: \"stage = 'came'\"",
            "'came' in “stage = 'came'” is no value",
        ),
        ("level: county, register: funds, sum: amount, where: staff > 1", "staff"),
        ("level: county, register: funds, count_where: amount > 1, where: amount > 2", "put where into it"),
        ("level: county, register: funds, sum: amount, evidence: [纪要]", "a derived figure is not reported"),
        ("level: county, where: amount > 1, roll_up: sum", "where is for figures that are drawn from a register"),
        ("level: county, sum: amount, roll_up: sum", "sum is for figures that are drawn from a register"),
        (
            "level: county, is: population, roll_up: sum",
            "exactly one of roll_up, count_where, sum_where, least_of, most_of and is",
        ),
        ("level: county, is: population > 1", "is must be a number"),
        ("level: county, is: populations / 2", "did you mean population?"),
        ("level: district, is: population / 2", "is begins where there is an office"),
        ("level: county, is: x / 2", "derived from each other"),
        ("level: county, roll_up: sum, beside: [{title: 全国平均}]", "“value” is missing"),
        ("level: county, roll_up: sum, beside: {title: 全国平均, value: 1}", "“beside” must be a list"),
    ],
)
def test_each_fault_of_a_figure_is_told_with_its_line(keys: str, said: str) -> None:
    found = faults(f"x: {{title: 甲, {keys}}}")

    assert any(said in sentence for sentence in found), found


# the law


@pytest.mark.parametrize(
    ("keys", "about"),
    [
        ("title: 培训人次, level: township, register: attendance, count_where: passed", "work"),
        ("title: 登记出生, level: township, register: attendance, count_where: passed", "people"),
        ("title: 合计, level: county, register: lists, sum: people", "people"),
        ("title: 大户, level: county, register: lists, count_where: people > 5", "people"),
        ("title: 大户, level: county, register: lists, count_where: doubled > 10", "people"),
        ("title: 合计, level: county, register: lists, sum: people_wrong", "work"),
        ("title: 行数, level: county, register: lists, count_where: done", "work"),
        ("title: 行数, level: county, register: deaths, count_where: done", "people"),
        ("title: 待核实, level: county, register: deaths, count_where: not done, work: open", "work"),
        ("title: 合计, level: county, register: lists, sum: checks, about: people", "people"),
    ],
)
def test_a_figure_from_rows_is_work_unless_it_or_what_it_is_drawn_from_speaks_of_people(keys: str, about: str) -> None:
    text = with_indicator(f"x: {{{keys}}}").replace("registers:\n", f"registers:\n{OF_PEOPLE}", 1)

    assert plan_of(text).indicators["x"].about == about


OF_PEOPLE = """\
  lists:
    title: 名单
    kept_by: county
    key: [code]
    columns:
      people: {title: 居住人口, type: number}
      people_wrong: {title: 人口登记差错, type: number}
      checks: {title: 抽查次数, type: number}
      doubled: {title: 两倍, type: number, is: people * 2}
      done: {title: 已核实, type: yes_no}
  deaths:
    title: 死亡人口登记
    kept_by: county
    key: [code]
    columns: {done: {title: 已看过, type: yes_no}}
"""


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("title: 甲, level: county, register: lists, sum: people, rank: yes", "may not be ranked"),
        ("title: 甲, level: county, register: lists, sum: people, work: done", "cannot be work: done"),
        ("title: 甲, level: county, register: lists, sum: people, about: work", "cannot be about: work"),
        (
            "title: 甲, level: county, register: lists, sum: people, beside: [{title: 乙, value: 1}]",
            "may not be held against",
        ),
    ],
)
def test_what_rows_say_of_people_is_never_ranked_and_never_held_against_a_figure(keys: str, said: str) -> None:
    text = with_indicator(f"x: {{{keys}}}").replace("registers:\n", f"registers:\n{OF_PEOPLE}", 1)

    assert any(said in one.said.en for one in faults_of(text))


@pytest.mark.parametrize(
    ("condition", "lawful"),
    [
        ("funds_per_head >= 10", True),
        ("funds_arrived / population >= 10", True),
        ("x >= 10", False),
        ("funds_arrived / x >= 10", True),
        ("1000 / x <= 10", False),
        ("funds_arrived / x <= funds_arrived / 600000", False),
        ("funds_arrived / x <= funds_again / 600000", False),
        ("population >= 10", False),
    ],
)
def test_a_figure_about_people_is_but_the_denominator_of_work_from_rows(condition: str, lawful: bool) -> None:
    more = "x: {title: 甲, level: county, register: lists, sum: people}\n  funds_again: {title: 到位经费合计, register: funds, level: county, sum: amount, where: \"stage = 'arrived'\"}"
    text = with_indicator(more).replace("registers:\n", f"registers:\n{OF_PEOPLE}", 1)
    text += f'      - {{id: goal, title: 试验, judged_at: county, met_when: "{condition}", due: T-94d}}\n'

    found = faults_of(text)
    assert bool(found) is not lawful
    assert all("makes a goal of" in one.said.en for one in found)


def test_own_goes_with_a_level_that_keeps_the_register() -> None:
    line = "x: {title: 甲, level: LEVEL, register: attendance, own: yes, count_where: passed}"

    own = indicator("x", line.replace("LEVEL", "township")).rows
    assert own is not None
    assert own.own
    assert faults(line.replace("LEVEL", "county")) == [
        "own takes the rows that an office of the level keeps itself, but “attendance” is kept by township"
    ]
    assert faults("x: {title: 甲, level: county, roll_up: sum, own: yes}") == [
        "own is for figures that are drawn from a register; name it by register"
    ]
