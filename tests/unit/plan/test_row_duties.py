"""Requirements with `each`: what one duty over rows is about, who owes it, by when."""

from __future__ import annotations

from datetime import datetime

import pytest
from worlds.lists import LISTS
from worlds.plans import faults_of, phase, plan_in_force, plan_of, plan_with, trial

from models.plan.lists import Each
from models.plan.model import Requirement

MORE = """\
  bodies:
    title: 普查机构
    kept_by: [county, township]
    rows_at: [county, township, village]
    key: [code, kind]
    columns:
      kind: {title: 机构类别, one_of: {group: 领导小组, office: 办公室, village: 村级普查小组}}
      formed: {title: 成立日期, type: date}
      tasks: {title: 承担工作, one_of: {maps: 绘图, staff: 选聘}, several: yes}
  budgets:
    title: 经费预算
    kept_by: county
    key: [code, year]
    columns:
      year: {title: 预算年度, type: number}
      asked: {title: 申报时刻, type: moment}
      until: {title: 答复时限, type: moment, is: "asked + interval '24 hour'"}
      ever: {title: 再议时限, type: moment, is: "changed + interval '24 hour'"}
      later: {title: 又议时限, type: moment, is: "ever + interval '24 hour'"}
      done: {title: 已列入, type: yes_no}
      people: {title: 保障人口, type: number}
      people_wrong: {title: 人口差错, type: number}
      good: {title: 达到, type: yes_no, is: "people > 100"}
"""
PLAN = LISTS.replace("registers:\n", f"registers:\n{MORE}", 1)


def asking(keys: str) -> str:
    return PLAN + f"      - {{id: more, title: 试验, {keys}, ladder: standard}}\n"


def faults(keys: str) -> list[str]:
    """The English sentences of what is wrong with one more requirement; each is told at its own line."""
    text = asking(keys)
    found = faults_of(text)
    assert {one.line for one in found} <= {len(text.splitlines())}
    return [one.said.en for one in found]


def added(keys: str) -> Requirement:
    return next(one for one in plan_of(asking(keys)).requirements if one.id == "more")


def each_of(keys: str) -> Each:
    each = added(keys).each
    assert each is not None
    return each


def test_the_duties_of_the_design_are_read_as_they_stand_there() -> None:
    closed, returned, papers = plan_of(LISTS).requirements

    assert closed.each is not None
    assert (closed.judged_at, closed.dues, closed.each.by, closed.each.due) == ("county", (), "list", "due")
    assert closed.condition == closed.each.met_when.text == "state in ('closed', 'returned')"
    assert closed.met_when.names == ()
    assert returned.each is not None
    assert (returned.judged_at, returned.each.owed_by, returned.each.by) == ("county", "pool", None)
    assert returned.each.where is not None
    assert returned.each.where.text == "state = 'returned'"
    assert returned.dues == ((None, datetime.fromisoformat("2020-12-10T00:00:00+08:00")),)
    assert papers.each is not None
    assert papers.each.of == ("work-plan", "office-rules", "schedule", "division")
    assert not papers.each.met_by_any


def test_all_means_every_value_that_the_column_has() -> None:
    each = each_of(
        "judged_at: county, each: {register: bodies, by: kind, of: all, met_by: any}, met_when: formed is not null, due: T-94d"
    )

    assert each.of == ("group", "office", "village")
    assert each.met_by_any


def test_years_name_duties_as_whole_numbers() -> None:
    each = each_of(
        "judged_at: county, each: {register: budgets, by: year, of: [2019, 2020.0, 2021]}, met_when: done, due: T-94d"
    )

    assert each.of == ("2019", "2020", "2021")


def test_units_of_a_level_are_owed_each() -> None:
    each = each_of(
        "judged_at: township, each: {register: bodies, by: code, of: village}, met_when: formed is not null, due: T-94d"
    )

    assert (each.by, each.of, each.of_level) == ("code", (), "village")


def test_all_rows_of_an_office_are_one_duty() -> None:
    assert (
        each_of("judged_at: county, each: {register: bodies, by: office}, met_when: formed is not null, due: T-94d").by
        == "office"
    )


def test_a_date_of_its_own_stands_behind_the_column_of_dates() -> None:
    found = added("judged_at: county, each: {register: problems, due: due}, met_when: \"state = 'closed'\", due: T+30d")

    assert found.each is not None
    assert found.each.due == "due"
    assert found.dues == ((None, datetime.fromisoformat("2020-12-02T00:00:00+08:00")),)
    assert each_of("judged_at: county, each: {register: budgets, due: until}, met_when: done").due == "until"


def test_who_is_named_by_a_column_owes_at_any_level() -> None:
    assert (
        added("each: {register: problems, owed_by: pool}, met_when: \"state = 'closed'\", due: T-2d").judged_at
        == "county"
    )
    assert (
        plan_of(LISTS.replace("    kept_by: county\n", "    kept_by: [township, county]\n", 1))
        .requirements[1]
        .judged_at
        == "township"
    )


CLOSED = "met_when: \"state = 'closed'\", due: T-2d"
FAULTS = [
    (f"each: {{register: problems}}, {CLOSED}", "“judged_at” is missing"),
    (
        f"judged_at: city, each: {{register: problems}}, {CLOSED}",
        "no city keeps the register “problems”; judged_at must be county",
    ),
    (f"judged_at: district, each: {{register: problems}}, {CLOSED}", "no district keeps the register"),
    (f"judged_at: county, each: {{register: problems, owed_by: pool}}, {CLOSED}", "with owed_by leave judged_at out"),
    (f"each: {{register: problems, owed_by: kind}}, {CLOSED}", "owed_by must be a column of codes"),
    (f"each: {{register: problems, owed_by: pol}}, {CLOSED}", "no column “pol”; did you mean “pool”?"),
    (f"each: {{register: problems, owed_by: pool, by: office}}, {CLOSED}", "has no place beside owed_by"),
    (f"each: {{register: problems, owed_by: pool, by: kind, of: all}}, {CLOSED}", "has no place beside owed_by"),
    (f"judged_at: county, each: {{register: problem}}, {CLOSED}", "did you mean “problems”?"),
    (f"judged_at: county, each: {{regster: problems}}, {CLOSED}", "did you mean “register”?"),
    (f"judged_at: county, each: problems, {CLOSED}", "“each” must be a mapping"),
    (
        f"judged_at: county, each: {{register: problems, by: lists}}, {CLOSED}",
        "no column “lists”; did you mean “list”?",
    ),
    (
        "judged_at: county, each: {register: bodies, by: tasks}, met_when: formed is null, due: T-2d",
        "“tasks” takes several values",
    ),
    (
        "judged_at: county, each: {register: budgets, by: until}, met_when: done, due: T-2d",
        "“until” is computed and cannot part",
    ),
    (f"judged_at: county, each: {{register: problems, of: all}}, {CLOSED}", "of needs by"),
    (f"judged_at: county, each: {{register: problems, met_by: any}}, {CLOSED}", "met_by needs by"),
    (f"judged_at: county, each: {{register: problems, by: kind, met_by: most}}, {CLOSED}", "must be one of all or any"),
    (
        f"judged_at: county, each: {{register: problems, by: kind, of: [logic, hart]}}, {CLOSED}",
        "no value “hart”; did you mean “hard”?",
    ),
    (
        f"judged_at: county, each: {{register: problems, by: kind, of: [logic, logic]}}, {CLOSED}",
        "“logic” stands twice in of",
    ),
    (
        f"judged_at: county, each: {{register: problems, by: kind, of: []}}, {CLOSED}",
        "of must be all or a list of values",
    ),
    (
        f"judged_at: county, each: {{register: problems, by: kind, of: some}}, {CLOSED}",
        "of must be all or a list of values",
    ),
    (
        f"judged_at: county, each: {{register: problems, by: list, of: [a]}}, {CLOSED}",
        "of goes with by: a column with one_of",
    ),
    (
        f"judged_at: county, each: {{register: problems, by: office, of: all}}, {CLOSED}",
        "of goes with by: a column with one_of",
    ),
    (
        "judged_at: county, each: {register: budgets, by: year, of: all}, met_when: done, due: T-2d",
        "of must be a list of numbers",
    ),
    (
        "judged_at: county, each: {register: budgets, by: year, of: [many]}, met_when: done, due: T-2d",
        "“many” in of must be a number",
    ),
    (
        "judged_at: county, each: {register: budgets, by: code, of: township}, met_when: done, due: T-2d",
        "no row of “budgets” carries the code of a township",
    ),
    (
        "judged_at: township, each: {register: bodies, by: code, of: county}, met_when: formed is null, due: T-2d",
        "no county lies at or below a township",
    ),
    (
        "judged_at: county, each: {register: bodies, by: code, of: all}, met_when: formed is null, due: T-2d",
        "of must be a level",
    ),
    (
        "judged_at: county, each: {register: bodies, by: code, of: district}, met_when: formed is null, due: T-2d",
        "of must be a level",
    ),
    ("judged_at: county, each: {register: problems}, due: T-2d", "“met_when” is missing"),
    ("judged_at: county, each: {register: problems}, met_when: row + 1, due: T-2d", "a condition"),
    ("judged_at: county, each: {register: problems}, met_when: population > 1, due: T-2d", "population"),
    (
        "judged_at: county, each: {register: problems}, met_when: \"state = 'close'\", due: T-2d",
        "did you mean 'closed'?",
    ),
    (f"judged_at: county, each: {{register: problems, where: row}}, {CLOSED}", "a condition"),
    ("judged_at: county, each: {register: budgets}, met_when: done", "nothing says when it is due"),
    (
        "judged_at: county, each: {register: budgets, due: year}, met_when: done",
        "due of each must be a column of dates or moments",
    ),
    ("judged_at: county, each: {register: budgets, due: T-2d}, met_when: done", "no column “T-2d”"),
    (
        "judged_at: county, each: {register: budgets, due: ever}, met_when: done",
        "computed from changed: it would move later",
    ),
    (
        "judged_at: county, each: {register: budgets, due: later}, met_when: done",
        "computed from changed: it would move later",
    ),
    ("judged_at: county, each: {register: budgets}, met_when: done, every: day", "every has no place beside each"),
    (
        "judged_at: county, each: {register: budgets}, met_when: done, due: T-2d, within: 1",
        "within has no place beside each",
    ),
    (
        "judged_at: county, each: {register: budgets}, due: T-2d, verify: [population, funds_arrived]",
        "verify has no place",
    ),
    (
        "judged_at: county, each: {register: budgets}, met_when: done, due: T-2d, compare: {value: 1, title: 甲}",
        "compare has no",
    ),
    ("met_when: funds_arrived > 1, due: T-2d", "“judged_at” is missing"),
]


@pytest.mark.parametrize(("keys", "said"), FAULTS)
def test_each_fault_of_a_duty_over_rows_is_told_with_its_line(keys: str, said: str) -> None:
    found = faults(keys)

    assert any(said in sentence for sentence in found), found


@pytest.mark.parametrize(
    ("condition", "lawful"),
    [
        ("people > 100", False),
        ("good", False),
        ("done and people > 0", False),
        ("people_wrong <= 3", True),
        ("done", True),
    ],
)
def test_no_number_about_people_in_a_row_is_a_goal(condition: str, lawful: bool) -> None:
    keys = f"judged_at: county, each: {{register: budgets}}, met_when: {condition}, due: T-2d"

    assert faults(keys) == (
        []
        if lawful
        else [
            f"the condition “{condition}” makes a goal of people: a figure about people is none (条例 art. 5, 统计法 art. 7);"
            " ask for steps of work, checks and faults"
        ]
    )
    assert plan_in_force(asking(keys)).requirements


@pytest.mark.parametrize(
    ("where", "lawful"), [("births < 3", False), ("births is null", False), ("few", False), ("people > 3", True)]
)
def test_rows_are_not_picked_by_births_or_deaths_which_a_notice_would_tell(where: str, lawful: bool) -> None:
    register = (
        "  born: {title: 分批, kept_by: county, key: [code], columns: {births: {title: 出生人数, type: number},"
        " people: {title: 人数, type: number}, few: {title: 偏少, type: yes_no, is: births < 3},"
        " done: {title: 已核, type: yes_no}}}\n"
    )
    text = asking(f'judged_at: county, each: {{register: born, where: "{where}"}}, met_when: done, due: T-2d')
    found = [one.said.en for one in faults_of(text.replace("registers:\n", "registers:\n" + register, 1))]

    assert [one.startswith(f"where “{where}” picks rows by births") for one in found] == ([] if lawful else [True])


def test_a_plan_without_registers_is_read_as_before() -> None:
    figures = ["staff: {title: 两员人数, level: township, roll_up: sum}"]
    plan = trial(
        figures,
        [
            phase(
                "p",
                "两员选聘",
                "T-9d",
                "T-1d",
                ["{id: a, title: 甲, judged_at: township, met_when: staff > 1, due: T-2d}"],
            )
        ],
    )

    found = plan_of(plan_with(plan, "{id: b, title: 乙, judged_at: county, met_when: staff > 2, due: T-2d}", phase="p"))

    assert [(one.key, one.each, one.judged_at) for one in found.requirements] == [
        ("p.b", None, "county"),
        ("p.a", None, "township"),
    ]
    assert found.registers == {}


def test_a_date_in_each_row_is_no_default_of_the_plan() -> None:
    plan = plan_of(
        asking(
            "judged_at: county, each: {register: problems, due: due}, met_when: \"state = 'closed'\", note: 默认设置"
        )
    )
    more = next(one for one in plan.requirements if one.id == "more")

    assert not plan.is_default(more, "", datetime.fromisoformat("2020-11-20T00:00:00+08:00"))
