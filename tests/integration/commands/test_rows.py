"""pucha rows: what is listed, what became of a row, and files that are mended and reported again."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from python_calamine import CalamineWorkbook
from worlds.clerk import Clerk

PLAN = """\
census: trial
title: 试点普查
standard_time: 2020-11-01
registers:
  problems:
    title: 问题清单
    kept_by: county
    rows_at: [county, township, village]
    key: [list, row]
    columns:
      list: {title: 清单批次, type: text}
      row: {title: 序号, type: number}
      kind: {title: 类别, one_of: {logic: 逻辑问题, missed: 户籍漏登错登}}
      found: {title: 核实时刻, type: moment}
      due: {title: 办理期限, type: date}
      pool: {title: 退回何处, type: code, outside: yes}
      sent: {title: 已送达, type: yes_no}
      jointly: {title: 会同部门, one_of: {police: 公安, health: 卫健}, several: yes}
      basis: {title: 依据文号, type: text}
      state:
        title: 办理状态
        one_of: {received: 已接收, assigned: 已分解, closed: 已办结}
        moves: {received: [assigned], assigned: [closed], closed: []}
      late: {title: 是否逾期, type: yes_no, is: "due < today and state <> 'closed'"}
  papers:
    title: 文件登记
    kept_by: [county, township]
    key: [code]
    columns:
      issued: {title: 印发日期, type: date}
  handed:
    title: 移交记录
    kept_by: county
    key: [department, number, pieces]
    on_occasion: yes
    columns:
      department: {title: 移交部门, one_of: {police: 公安, health: 卫健}}
      number: {title: 文号, type: text}
      pieces: {title: 件数, type: number}
  visits:
    title: 督导记录
    kept_by: township
    key: [code]
    on_occasion: yes
    columns:
      births: {title: 出生人数, type: number}
indicators:
  meetings: {title: 专题会议, level: county, roll_up: sum}
  dwellings: {title: 住房数, level: district, roll_up: sum}
ladders:
  standard: [{id: overdue, at: +0d, to: [unit.owner]}]
phases:
  - id: preparation
    title: 准备
    starts: T-200d
    ends: T-73d
    requirements:
      - {id: met, title: 开会, judged_at: county, met_when: "meetings >= 1", due: 2020-08-05, ladder: standard}
"""
HEADER = "区划代码,清单批次,序号,类别,办理期限,办理状态\n"
FIRST = HEADER + (
    "130101001,甲批,1,逻辑问题,2020-11-20,已接收\n"
    "130101002,甲批,2,户籍漏登错登,2020-11-28,已接收\n"
    "130101,乙批,1,逻辑问题,2020-12-10,已接收\n"
)
SECOND = "区划代码,清单批次,序号,办理状态,核实时刻\n130101001,甲批,1,已分解,2020-11-21 09:30\n"
LOOKED = ("--as-of", "2020-11-25T09:00")


@pytest.fixture
def clerk(clerk: Clerk) -> Clerk:
    clerk.load(PLAN)
    return clerk


def sent(clerk: Clerk, rows: str = FIRST, as_of: str = "2020-11-20T09:00") -> None:
    answer = clerk.report(rows, as_of)
    assert answer.code == 0, answer


def listed(clerk: Clerk, *more: str) -> list[Any]:
    return list(clerk.json("rows", "problems", *LOOKED, *more))


def keys(clerk: Clerk, *more: str) -> list[str]:
    return [row["key"] for row in listed(clerk, *more)]


def test_rows_are_told_with_their_computed_cells_and_since_when(clerk: Clerk) -> None:
    sent(clerk)
    sent(clerk, SECOND, "2020-11-21T17:00")

    (row,) = listed(clerk, "--where", "state = 'assigned'")

    assert row == {
        "key": "甲批/1",
        "code": "130101001",
        "cells": {
            "list": "甲批",
            "row": 1,
            "kind": "logic",
            "found": "2020-11-21T09:30:00+08:00",
            "due": "2020-11-20",
            "pool": None,
            "sent": None,
            "jointly": None,
            "basis": None,
            "state": "assigned",
            "late": True,
        },
        "since": "2020-11-20T09:00:00+08:00",
        "changed": "2020-11-21T17:00:00+08:00",
    }


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ((), ["乙批/1", "甲批/1", "甲批/2"]),
        (("--unit", "130101001"), ["甲批/1"]),
        (("--unit", "130101"), ["乙批/1", "甲批/1", "甲批/2"]),
        (("--unit", "130102"), []),
        (("--unit", "00"), ["乙批/1", "甲批/1", "甲批/2"]),
        (("--where", "due > date '2020-11-28'"), ["乙批/1"]),
        (("--where", "due >= date '2020-11-28'"), ["乙批/1", "甲批/2"]),
        (("--where", "late"), ["甲批/1"]),
        (("--where", "found is not null"), []),
        (("--limit", "2"), ["乙批/1", "甲批/1"]),
        (("--limit", "0"), ["乙批/1", "甲批/1", "甲批/2"]),
        (("--as-of", "2020-11-20T08:59"), []),
        (("--as-of", "2020-11-20T09:00"), ["乙批/1", "甲批/1", "甲批/2"]),
    ],
)
def test_only_what_is_asked_for_is_listed(clerk: Clerk, more: tuple[str, ...], found: list[str]) -> None:
    sent(clerk)
    assert keys(clerk, *more) == found


def test_a_register_is_found_by_its_title_and_districts_are_one(clerk: Clerk) -> None:
    sent(clerk, "code,住房数\n130101001001001,80\n")
    assert clerk.json("rows", "问题清单", *LOOKED) == []
    (district,) = clerk.json("rows", "districts", *LOOKED)
    assert (district["key"], district["code"]) == ("130101001001001", "130101001001001")
    assert district["cells"] == {"dwellings": 80}


def test_withdrawn_rows_and_nil_returns_are_not_listed(clerk: Clerk) -> None:
    sent(clerk)
    sent(clerk, "区划代码,清单批次,序号,撤销\n130101,乙批,1,是\n", "2020-11-21T09:00")
    sent(clerk, "区划代码,清单批次,序号\n130102,,\n", "2020-11-21T10:00")

    assert keys(clerk) == ["甲批/1", "甲批/2"]
    assert "应报单位 2 个，均已报送" in clerk("rows", "problems", *LOOKED).out


def test_the_terminal_says_how_many_rows_there_are_and_who_has_sent_nothing(clerk: Clerk) -> None:
    sent(clerk)

    answer = clerk("rows", "problems", *LOOKED, "--limit", "2")

    assert answer.code == 0
    assert "问题清单（problems）" in answer.out
    assert "戊镇" in answer.out and "已接收" in answer.out
    assert "共 3 行，以上为前 2 行；应报单位 2 个，其中 1 个尚未报送（也未零报告）" in answer.out


def test_columns_that_have_no_room_are_named(clerk: Clerk) -> None:
    header = "区划代码,清单批次,序号,类别,核实时刻,办理期限,退回何处,已送达,会同部门,依据文号,办理状态\n"
    sent(clerk, f"{header}130101,甲批,1,户籍漏登错登,2020-11-21 09:30,2020-11-28,00,是,公安、卫健,{'文' * 60},已接收\n")

    out = clerk("rows", "problems", *LOOKED).out

    assert "栏列不下（" in out
    assert "是否逾期" in out


def test_a_list_on_occasion_and_one_without_rows_blame_nobody(clerk: Clerk) -> None:
    assert clerk("rows", "visits", *LOOKED).out.strip() == "共 0 行"
    assert "其中 5 个尚未报送" in clerk("rows", "papers", *LOOKED).out


def test_alone_it_says_who_keeps_what_and_who_has_reported(clerk: Clerk) -> None:
    sent(clerk)
    sent(clerk, SECOND, "2020-11-21T17:00")
    sent(clerk, "区划代码,印发日期\n130101,2020-06-20\n130101001,2020-06-21\n", "2020-11-22T09:00")

    found = {one["register"]: one for one in clerk.json("rows", *LOOKED)}

    assert found["problems"] == {
        "register": "problems",
        "title": "问题清单",
        "kept_by": ["county"],
        "on_occasion": False,
        "rows": 3,
        "keepers": 2,
        "reported": 1,
        "as_of": "2020-11-21T17:00:00+08:00",
    }
    assert (found["papers"]["rows"], found["papers"]["reported"], found["papers"]["keepers"]) == (2, 2, 5)
    assert (found["visits"]["rows"], found["visits"]["as_of"]) == (0, None)
    assert set(found) == {"problems", "papers", "handed", "visits", "districts"}
    shown = clerk("rows", *LOOKED).out
    assert "2/5" in shown and "县级、乡级" in shown and "有则报" in shown


def test_alone_below_a_unit_its_own_offices_count(clerk: Clerk) -> None:
    sent(clerk, "区划代码,印发日期\n130101,2020-06-20\n130102001,2020-06-21\n")
    (found,) = [one for one in clerk.json("rows", "--unit", "130101", *LOOKED) if one["register"] == "papers"]
    assert (found["rows"], found["reported"], found["keepers"]) == (1, 1, 3)


def test_the_history_of_a_row_says_who_said_what_and_when(clerk: Clerk) -> None:
    sent(clerk)
    sent(clerk, SECOND, "2020-11-21T17:00")

    first, second = clerk.json("rows", "problems", "--unit", "130101", "--history", "甲批/1", *LOOKED)

    assert (first["as_of"], first["by"], first["was"]) == ("2020-11-20T09:00:00+08:00", "丙县人普办", {})
    assert first["now"] == {"list": "甲批", "row": 1, "kind": "logic", "due": "2020-11-20", "state": "received"}
    assert second == {
        "as_of": "2020-11-21T17:00:00+08:00",
        "by": "丙县人普办",
        "batch": 2,
        "was": {"found": None, "state": "received"},
        "now": {"found": "2020-11-21T09:30:00+08:00", "state": "assigned"},
    }
    shown = clerk("rows", "problems", "--unit", "130101", "--history", "甲批/1", *LOOKED).out
    assert "登记：清单批次 甲批，序号 1，类别 逻辑问题，办理期限 2020-11-20，办理状态 已接收" in shown
    assert "办理状态：已接收 → 已分解" in shown
    assert "核实时刻：— → 2020-11-21 09:30" in shown


def test_the_history_of_a_row_ends_where_it_is_asked_for(clerk: Clerk) -> None:
    sent(clerk)
    sent(clerk, SECOND, "2020-11-21T17:00")
    asked = ("rows", "problems", "--unit", "130101", "--history", "甲批/1", "--as-of")
    assert len(clerk.json(*asked, "2020-11-21T16:59")) == 1
    assert len(clerk.json(*asked, "2020-11-21T17:00")) == 2


def test_a_row_that_was_withdrawn_is_found_by_its_key_and_says_so(clerk: Clerk) -> None:
    sent(clerk)
    sent(clerk, "区划代码,清单批次,序号,撤销\n130101,乙批,1,是\n", "2020-11-21T09:00")
    asked = ("rows", "problems", "--unit", "130101000000", "--history", "乙批/1", *LOOKED)
    assert [bool(one["now"]) for one in clerk.json(*asked)] == [True, False]
    assert clerk(*asked).out.rstrip().endswith("撤销")


def test_a_district_has_a_history_too(clerk: Clerk) -> None:
    sent(clerk, "code,住房数\n130101001001001,80\n")
    sent(clerk, "code,住房数\n130101001001001,81\n", "2020-11-21T09:00")
    first, second = clerk.json("rows", "districts", "--history", "130101001001001", *LOOKED)
    assert (first["was"], first["now"]) == ({}, {"dwellings": 80})
    assert (second["was"], second["now"]) == ({"dwellings": 80}, {"dwellings": 81})


def test_a_row_whose_key_has_the_code_needs_no_unit(clerk: Clerk) -> None:
    sent(clerk, "区划代码,印发日期\n130101,2020-06-20\n")
    (change,) = clerk.json("rows", "papers", "--history", "130101", *LOOKED)
    assert change["now"] == {"issued": "2020-06-20"}


@pytest.mark.parametrize("typed", ["police/一号/甲/2", "公安/一号/甲/2"])
def test_a_key_is_typed_with_ids_or_with_the_words_of_the_plan(clerk: Clerk, typed: str) -> None:
    sent(clerk, "区划代码,移交部门,文号,件数\n130101,公安,一号/甲,2\n")
    asked = ("rows", "handed", "--unit", "130101", "--history")

    (change,) = clerk.json(*asked, typed, *LOOKED)

    assert change["now"] == {"department": "police", "number": "一号/甲", "pieces": 2}
    assert "移交部门 公安" in clerk(*asked, typed, *LOOKED).out


@pytest.mark.parametrize("kind", ["xlsx", "csv", "parquet"])
def test_a_file_that_was_written_is_taken_in_again_and_changes_nothing(clerk: Clerk, kind: str) -> None:
    whole = (
        "区划代码,清单批次,序号,类别,核实时刻,退回何处,已送达,会同部门,依据文号,办理期限,办理状态\n"
        "130101001,甲批,1,逻辑问题,2020-11-19 09:30,00,是,公安、卫健,=SUM(A1),2020-11-20,已接收\n"
        "130101002,甲批,2,户籍漏登错登,,130102001,否,,0012,2020-11-28,已接收\n"
        "130101,乙批,1.5,逻辑问题,,,,,,,\n"
    )
    sent(clerk, whole)
    before = listed(clerk)

    answer = clerk("rows", "problems", *LOOKED, "--out", f"清单.{kind}")
    again = clerk("report", f"清单.{kind}", "--as-of", "2020-11-24T09:00", "--by", "丙县人普办")

    assert answer.out.strip() == f"3 行已写入 清单.{kind}"
    assert again.code == 0, again
    assert [row["cells"] for row in listed(clerk)] == [row["cells"] for row in before]
    assert before[1]["cells"]["basis"] == "=SUM(A1)"


def test_a_workbook_has_titles_days_and_text_that_no_spreadsheet_runs(clerk: Clerk) -> None:
    sent(clerk, FIRST.replace("办理状态\n", "办理状态,依据文号\n").replace("已接收\n", "已接收,=1+1\n"))

    assert clerk("rows", "problems", *LOOKED, "--out", "清单.xlsx", "--limit", "1").code == 0

    sheet = CalamineWorkbook.from_path(str(clerk.folder / "清单.xlsx")).get_sheet_by_name("问题清单")
    header, row = sheet.to_python()
    found = dict(zip(header, row, strict=True))
    assert "是否逾期" not in found
    assert (found["区划代码"], found["类别"], found["依据文号"]) == ("130101", "逻辑问题", "'=1+1")
    assert str(found["办理期限"]) == "2020-12-10"


def test_a_parquet_file_keeps_days_as_days_and_codes_as_text(clerk: Clerk) -> None:
    sent(clerk)
    clerk("rows", "problems", *LOOKED, "--out", "清单.parquet")
    schema = pl.read_parquet_schema(clerk.folder / "清单.parquet")
    assert (schema["区划代码"], schema["办理期限"], schema["序号"]) == (pl.String(), pl.Date(), pl.Float64())


def test_births_of_a_township_are_neither_shown_nor_found_by_asking(clerk: Clerk) -> None:
    sent(clerk, "区划代码,出生人数\n130101001,2\n130101002,30\n")

    few, many = clerk.json("rows", "visits", *LOOKED)

    assert (few["cells"], few["hidden"]) == ({"births": None}, True)
    assert (many["cells"], "hidden" in many) == ({"births": 30}, False)
    assert clerk.json("rows", "visits", *LOOKED, "--where", "births < 3") == []
    assert "不予显示" in clerk("rows", "visits", *LOOKED).out
    (change,) = clerk.json("rows", "visits", "--history", "130101001", *LOOKED)
    assert (change["now"], change["hidden"]) == ({"births": None}, True)
    clerk("rows", "visits", *LOOKED, "--out", "出生.csv")
    assert (clerk.folder / "出生.csv").read_text(
        encoding="utf-8-sig"
    ) == "区划代码,出生人数\n130101001,\n130101002,30\n"


def test_births_that_grew_by_one_are_not_shown_beside_what_they_were(clerk: Clerk) -> None:
    sent(clerk, "区划代码,出生人数\n130101002,30\n")
    sent(clerk, "区划代码,出生人数\n130101002,31\n", "2020-11-21T09:00")
    (row,) = clerk.json("rows", "visits", *LOOKED)
    assert (row["cells"], row["hidden"]) == ({"births": None}, True)


def test_a_correction_of_births_is_not_shown_beside_what_it_corrects(clerk: Clerk) -> None:
    sent(clerk, "区划代码,出生人数\n130101001,40\n130101002,30\n")
    sent(clerk, "区划代码,出生人数\n130101002,31\n")
    same, corrected = clerk.json("rows", "visits", *LOOKED)
    assert (same["cells"], "hidden" in same) == ({"births": 40}, False)
    assert (corrected["cells"], corrected["hidden"]) == ({"births": None}, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("problem",), "problems"),
        (("无此册",), "没有登记册“无此册”"),
        (("problems", "--unit", "130999"), "没有单位 130999"),
        (("problems", "--where", "stat = 'closed'"), "state"),
        (("problems", "--where", "state = '已办结'"), "'closed'"),
        (("problems", "--where", "due"), "--where 不能用"),
        (("problems", "--history", "甲批/1"), "--unit"),
        (("problems", "--history", "甲批/1", "--unit", "1301"), "县级"),
        (("problems", "--history", "甲批/11", "--unit", "130101"), "甲批/1"),
        (("problems", "--history", "甲批/1", "--unit", "130101", "--out", "a.csv"), "--history 不能与 --out 同用"),
        (("--where", "late"), "--where 须写明是哪一本登记册"),
        (("problems", "--out", "清单.xls"), ".xlsx、.csv、.parquet"),
        (("problems", "--out", "units.csv"), "已存在"),
        (("problems", "--out", "没有/清单.csv"), "无法写入"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_cure(clerk: Clerk, arguments: tuple[str, ...], said: str) -> None:
    sent(clerk)

    answer = clerk("rows", *arguments, *LOOKED)

    assert answer.code == 2, answer
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_in_english_values_are_told_by_their_ids(clerk: Clerk) -> None:
    sent(clerk)
    clerk.english()
    out = clerk("rows", "problems", *LOOKED).out
    assert "received" in out and "已接收" not in out
    assert "3 rows; of 2 offices 1 have sent nothing, not even a nil return" in out
