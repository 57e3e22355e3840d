"""Why a duty over rows is not met, in the office's words: which rows of how many, what is not filled in, what is missing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from worlds.over_rows import BODIES, CHAINS, NOW, QUESTIONS, UNITS, ZONE, planned, problem, text_of
from worlds.plans import plan_in_force
from worlds.plans_over_rows import kept_rows

from models.plan.model import Plan
from models.rules.registers.duties import judge_rows
from models.rules.registers.reasons import reasons_of

BY_LIST = "register: problems, by: list, due: due"
DATED = "judged_at: county, due: 2020-11-30"


def said(plan: Plan, *rows: dict[str, Any]) -> list[tuple[str, str]]:
    """The reasons of all duties that are not met, in Chinese and in English, by unit and label."""
    [one] = plan.requirements
    assert one.each is not None
    duties = judge_rows(kept_rows(plan.registers[one.each.register], rows), one, plan, UNITS, CHAINS, NOW)
    return reasons_of(duties, duties.verdicts).sort("unit", "period").select("reason_zh", "reason_en").rows()


def test_a_reason_says_how_many_rows_of_how_many_and_which():
    left = [7, 19, 20, 31]

    found = said(
        planned(BY_LIST), *[problem(n, "received" if n in left else "closed") for n in (*range(7, 15), *left[1:], 40)]
    )

    assert found == [("清单3：12条中4条未办结（7、19、20、31）", "清单3: 4 of 12 rows not met (7, 19, 20, 31)")]


@pytest.mark.parametrize(
    ("rows", "zh", "en"),
    [
        (5, "（1、2、3、4、5）", "(1, 2, 3, 4, 5)"),
        (6, "（1、2、3、4、5，另有1条）", "(1, 2, 3, 4, 5 and 1 more)"),
    ],
)
def test_five_rows_are_named_and_the_rest_counted(rows: int, zh: str, en: str):
    [(said_zh, said_en)] = said(planned(BY_LIST), *[problem(number) for number in range(1, rows + 1)])

    assert said_zh == f"清单3：{rows}条中{rows}条未办结{zh}"
    assert said_en == f"清单3: {rows} of {rows} rows not met {en}"


def test_a_bare_number_says_of_which_column_it_is():
    assert (
        said(planned(BY_LIST), problem(1, list="3"), problem(2, list="3"))[0][0] == "清单批次3：2条中2条未办结（1、2）"
    )


@pytest.mark.parametrize(
    ("row", "zh", "en"),
    [
        (problem(4), "清单3/4：状态“已接收”，未办结", "清单3/4: state = received, not met"),
        (problem(4, None), "清单3/4：未填“状态”，未办结", "清单3/4: no state, not met"),
    ],
)
def test_a_row_by_itself_says_how_it_stands(row: dict[str, Any], zh: str, en: str):
    assert said(planned("register: problems, due: due"), row) == [(zh, en)]


def test_the_only_row_of_a_value_is_named_too():
    assert said(planned(BY_LIST), problem(4)) == [
        ("清单3：状态“已接收”，未办结（4）", "清单3: state = received, not met (4)")
    ]


def test_cells_that_are_empty_are_named_by_their_columns():
    plan = planned("register: problems, by: list, due: due", "kind = 'logic' and pool is not null")

    found = said(plan, problem(4, kind="logic"), problem(5, pool="1401"), problem(6, kind="logic", pool="1401"))

    assert found == [
        (
            "清单3：3条中2条未完成（4、5），其中1条未填“类别”、1条未填“退回何处”",
            "清单3: 2 of 3 rows not met (4, 5); 1 without kind, 1 without pool",
        )
    ]


def test_a_value_of_a_list_of_choices_goes_by_its_title():
    found = said(
        planned("register: problems, by: kind, due: due"), problem(4, kind="missed"), problem(5, kind="missed")
    )

    assert found[0][0] == "户籍漏登错登：2条中2条未办结（清单3/4、清单3/5）"


def test_all_rows_together_go_by_the_title_of_the_register():
    found = said(planned("register: problems, by: office, due: due"), problem(4), problem(5), problem(6, "closed"))

    assert found == [
        ("问题清单：3条中2条未办结（清单3/4、清单3/5）", "problems: 2 of 3 rows not met (清单3/4, 清单3/5)")
    ]


def test_whoever_owes_the_row_of_another_hears_whose_it_is():
    each = "register: problems, where: state = 'returned', owed_by: pool"

    found = said(
        planned(each, "state = 'closed'", "due: 2020-11-30"), problem(14, "returned", list="甲批", pool="1401")
    )

    assert found == [("小店区甲批/14：状态“已退回上级”，未办结", "140105 甲批/14: state = returned, not met")]


@pytest.mark.parametrize(
    ("code", "number", "expected"),
    [
        ("140105", "甲", ("小店区甲：未填“答复时间”，未完成", "140105 甲: no answered, not met")),
        ("140105", "R1", ("小店区/R1：未填“答复时间”，未完成", "140105 R1: no answered, not met")),
        (
            "140105001",
            "甲",
            ("小店区坞城街道/甲：未填“答复时间”，未完成", "140105 140105001/甲: no answered, not met"),
        ),
    ],
)
def test_the_keeper_of_a_row_that_another_owes_is_named_once(code: str, number: str, expected: tuple[str, str]):
    asked = QUESTIONS.replace("columns:", "columns:\n  addressee: {title: 主送单位, type: code}")
    plan = planned(
        "register: questions, owed_by: addressee", "answered is not null", "due: 2020-11-30", questions=asked
    )

    assert said(plan, {"code": code, "question": number, "addressee": "1401"}) == [expected]


def test_a_code_that_is_the_office_s_own_is_left_out_and_one_below_it_is_told():
    plan = planned("register: questions, due: due", "answered is not null")
    asked = datetime(2020, 11, 17, 15, 30, tzinfo=ZONE)

    found = said(plan, *({"code": code, "question": "甲", "asked": asked} for code in ("140105", "140105001")))

    assert [zh for zh, _ in found] == ["甲：未填“答复时间”，未完成", "坞城街道/甲：未填“答复时间”，未完成"]


def test_what_there_is_no_row_of_is_named_by_its_title():
    plan = planned("register: papers, by: kind, of: all", "issued is not null", DATED)

    found = said(plan, {"code": "140105", "kind": "schedule"}, *issued("140106"))

    assert found == [
        ("工作进度安排：未填“印发日期”，未完成", "schedule: no issued, not met"),
        ("文件登记中没有“工作方案”", "papers: no row for work-plan"),
    ]


def issued(code: str) -> list[dict[str, Any]]:
    return [{"code": code, "kind": kind, "issued": date(2020, 11, 1)} for kind in ("schedule", "work-plan")]


def test_where_only_some_rows_count_what_is_missing_is_one_that_counts():
    each = "register: papers, by: kind, of: [work-plan], where: issued >= date '2020-11-01'"

    found = said(planned(each, "issued is not null", DATED), *issued("140106"))

    assert found == [("文件登记中没有符合条件的“工作方案”", "papers: no row that counts for work-plan")]


def test_a_unit_without_a_row_is_named():
    each = "register: bodies, by: code, of: village"
    plan = planned(each, "formed is not null", "judged_at: township, due: 2020-11-30", bodies=BODIES)

    found = said(plan, {"code": "140105001002"})

    assert found == [
        ("普查机构中没有“坞城一社区”", "bodies: no row for 140105001001"),
        ("坞城二社区：未填“成立日期”，未完成", "140105001002: no formed, not met"),
    ]


def test_a_keeper_without_a_word_is_said_to_have_sent_neither_rows_nor_a_nil_return():
    found = said(planned(BY_LIST, more=DATED), problem(1, "closed"))

    assert found == [("问题清单未报，也未零报告", "problems not reported: neither a row nor a nil return")]


def test_a_year_of_which_there_is_no_row_is_named_with_its_column():
    funds = "title: 经费台账\nkept_by: county\nkey: [code, year]\ncolumns:\n  year: {title: 年度, type: number}\n  stage: {title: 环节, one_of: {filed: 已申报, arrived: 已到位}}\n"
    each = "register: funds, by: year, of: [2019, 2020]"
    plan = planned(each, "stage = 'arrived'", DATED, funds=funds)

    found = said(plan, {"code": "140105", "year": 2020.0, "stage": "filed"}, {"code": "140106", "nil": True})

    assert [zh for zh, _ in found] == [
        "经费台账中没有年度2019",
        "年度2020：环节“已申报”，未完成",
        "经费台账中没有年度2019",
        "经费台账中没有年度2020",
    ]


def test_what_is_met_has_no_reason():
    assert said(planned(BY_LIST), problem(1, "closed")) == []


BIRTHS = """
title: 出生比对
kept_by: county
key: [code]
columns:
  births: {title: 出生人口, type: number}
  twice: {title: 加倍, type: number, is: "births * 2"}
  due: {title: 办理期限, type: date}
"""


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("births is null", ("“出生人口”请核实，未完成", "births: please check, not met")),
        ("twice is null", ("“加倍”请核实，未完成", "twice: please check, not met")),
    ],
)
def test_no_reason_tells_how_many_people_a_row_counts(condition: str, reason: tuple[str, str]):
    # plan check refuses it, and what is in force since before that is judged all the same
    plan = plan_in_force(text_of("register: births, due: due", condition, births=BIRTHS))

    [(zh, en)] = said(plan, {"code": "140105", "births": 2.0, "due": date(2020, 11, 20)})

    assert (zh.partition("：")[2], en.partition(": ")[2]) == reason
