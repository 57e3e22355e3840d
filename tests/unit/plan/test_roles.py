"""Roles that a plan declares: whom a rung may name, who is counted, and what a contact may answer for."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds.over_rows import PAPERS
from worlds.plans import FRAME, faults_of, phase, plan_of

from models.plan.answerable import read_answerable
from models.plan.counted import counts_holders_of_rows, rests_on_contacts
from models.plan.files import read_plan_files
from models.wording import Said

ROSTER = """registers:
  roster:
    title: 值班表
    kept_by: county
    key: [code, starts]
    columns: {starts: {title: 起, type: moment}, ends: {title: 止, type: moment}, seat: {title: 值班号, type: number}}
"""


def plan(
    roles: str = "{recheck: 问题清单接收专人}", to: str = "unit.recheck", more: str = "", met_when: str = "x >= 1"
) -> str:
    figures = "indicators:\n  x: {title: 数, level: county, roll_up: sum, min: 0}\n"
    ladders = f"ladders:\n  one:\n    - {{id: overdue, at: +0d, to: [{to}]}}\n"
    duty = f'{{id: r, title: 要求, judged_at: county, met_when: "{met_when}", due: 2020-08-05, ladder: one}}'
    return (
        FRAME
        + f"roles: {roles}\n"
        + more
        + figures
        + ladders
        + "phases:\n"
        + phase("recheck", "比对复查", "2020-07-01", "2020-10-31", [duty])
    )


@pytest.mark.parametrize("to", ["unit.recheck", "superior.recheck", "government.recheck", "unit.owner, unit.recheck"])
def test_a_rung_may_name_a_role_that_the_plan_declares(to: str) -> None:
    assert faults_of(plan(to=to)) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (plan(to="unit.rechek"), "did you mean “unit.recheck”?"),
        (plan(to="province.recheck"), "must look like unit.owner"),
        (plan(to="unit.on_duty"), "the plan needs a register roster"),
        (
            plan(to="unit.on_duty], draft: supervision-letter, if_unknown: [").replace(
                "if_unknown: []", "if_unknown: leave"
            ),
            "is whoever is on duty",
        ),
        (plan("{owner: 经手人}", "unit.owner"), "the role “owner” is built in"),
        (plan("{on_duty: 值班人员}", "unit.owner"), "the role “on_duty” is built in"),
        (plan("{re-check: 复查}", "unit.owner"), "must begin with a lower-case letter"),
        (plan("{clerk: 经办人}", "unit.owner"), "share the title 经办人"),
        (plan('{clerk: ""}', "unit.owner"), "needs a title"),
        (plan(met_when="holders_recheker >= 1"), "did you mean holders_recheck?"),
    ],
)
def test_what_cannot_be_meant_is_a_fault(text: str, said: str) -> None:
    assert any(said in fault.said.en for fault in faults_of(text))


def test_whoever_is_on_duty_may_be_told_where_there_is_a_roster() -> None:
    assert faults_of(plan(to="unit.on_duty, superior.on_duty", more=ROSTER)) == ()


def test_what_asks_how_many_hold_a_role_rests_on_the_contacts() -> None:
    counted, plain = plan_of(plan(met_when="holders_recheck >= 1")), plan_of(plan())

    assert [rests_on_contacts(one, one.requirements[0]) for one in (counted, plain)] == [True, False]
    assert not counts_holders_of_rows(counted)
    assert counted.indicators["holders_recheck"].is_counted


@pytest.mark.parametrize(
    "key",
    [
        "refuse: [{when: holders_recheck > 1, title: 多}]",
        "columns: {n: {title: 数, type: number, is: holders_recheck}}",
    ],
)
def test_a_row_itself_does_not_know_who_answers_for_it(key: str) -> None:
    text = plan(more=f"registers:\n  papers: {{title: 文件, kept_by: county, key: [code], {key}}}\n")

    assert any("counts contacts" in fault.said.en for fault in faults_of(text))


PLAN = plan_of(plan(more="registers:\n  papers:\n" + "".join(f"    {line}\n" for line in PAPERS.strip().splitlines())))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", ""),
        ("140105", "140105"),
        ("phase:recheck 140105、140106", "140105 140106 phase:recheck"),
        ("阶段：比对复查，文件:工作方案", "kind:work-plan phase:recheck"),
        ("kind:schedule;kind:work-plan", "kind:schedule kind:work-plan"),
        ("文件种类：工作方案", "kind:work-plan"),
        ("文件:普查工作方案", "kind:work-plan"),
    ],
)
def test_what_a_contact_answers_for_is_read_by_id_or_title(written: str, meant: str) -> None:
    assert read_answerable(written, PLAN, lambda code: code, wrong=lambda said: pytest.fail(said.en)) == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("phase:rechek", "did you mean phase:recheck?"),
        ("kind:plan", "has no value “plan”"),
        ("sort:x", "no column “sort”"),
    ],
)
def test_what_nobody_can_answer_for_is_told(written: str, said: str) -> None:
    told: list[Said] = []

    assert read_answerable(f"140105 {written}", PLAN, lambda code: code, told.append) is None
    assert [said in one.en for one in told] == [True]


CENSUS = read_plan_files(Path(__file__).parents[3] / "deployments/plans/census-2020.yaml").plan


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("department:publicity", "department:publicity"),
        ("部门:宣传", "department:publicity"),
        ("成员单位：宣传部", "department:publicity"),
        ("承办部门:公安局", "department:police"),
        ("阶段:比对复查 部门:公安", "department:police phase:recheck"),
    ],
)
def test_a_department_is_named_as_an_office_names_it(written: str, meant: str) -> None:
    assert read_answerable(written, CENSUS, lambda code: code, wrong=lambda said: pytest.fail(said.en)) == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("部门:安", "has no value “安”"),
        ("门:公安", "no column “门”"),
        ("部门:政府办和交通局", "write which one of department:government-office, department:transport it is"),
    ],
)
def test_a_word_that_means_nothing_or_several_things_is_told(written: str, said: str) -> None:
    told: list[Said] = []

    assert read_answerable(written, CENSUS, lambda code: code, told.append) is None
    assert [said in one.en for one in told] == [True]
