"""pucha report for rows of registers: what a clerk reads, the JSON, and the exit codes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from worlds.clerk import Clerk
from worlds.plans import without_codes
from worlds.row_reports import LISTS, TWICE

BODY = "区划代码,清单批次,序号,状态,办理期限\n130101,甲批,1,已接收,2020-09-05\n130101,甲批,2,什么,8月5日\n"
UNITS = "code,name\n13,河北省\n1301,石家庄市\n130101,甲县\n130101001,甲镇\n"


@pytest.fixture
def clerk(clerk: Clerk) -> Clerk:
    clerk.load(without_codes(LISTS), UNITS)
    return clerk


def test_a_clerk_reads_which_rows_were_refused_and_why(clerk: Clerk) -> None:
    file = clerk.file("清单.csv", BODY)
    answer = clerk("report", file, "--as-of", "2020-08-20T09:00", "--by", "甲县人普办")
    lines = answer.out.splitlines()
    assert (answer.code, lines[0]) == (1, "“问题清单”第 1 批：收下 1 行，退回 1 行")
    assert lines[1].startswith("第 3 行（甲批/2）：“状态”没有这一项，应为：已接收（received）")
    assert "“办理期限”缺少年份" in lines[1]
    assert lines[2].startswith("退回的行及原因见 ")


def test_the_json_of_a_report_of_rows_has_the_register_and_every_refusal(clerk: Clerk) -> None:
    file = clerk.file("清单.csv", BODY)
    for repeated in (False, True):
        said = clerk.json("report", file, "--as-of", "2020-08-20T09:00", "--by", "甲县人普办", "--register", "问题清单")
        refusals = said.pop("refusals")
        assert said.pop("rejections").endswith("-problems.csv")
        assert [(one["row"], one["key"]) for one in refusals] == [(3, "甲批/2")]
        assert "has no such value" in refusals[0]["reason"]
        assert "没有这一项" in refusals[0]["reason_text"]
        assert said == {
            "batch": 1,
            "accepted": 1,
            "rejected": 1,
            "register": "problems",
            "doubts": [],
            "repeated": repeated,
            "corrected": 0,
            "corrected_without_reason": 0,
            "remarks": [],
            "marked": None,
        }


def test_a_workbook_of_several_tables_answers_with_a_list(clerk: Clerk) -> None:
    file = clerk.file("x.xlsx", b"")
    with xlsxwriter.Workbook(file) as workbook:
        for name, rows in {
            "问题清单": [["区划代码", "清单批次", "序号"], ["130101", "甲批", 1]],
            "经费": [["区划代码", "到位经费"], ["130101", 12], ["1301", 5]],
        }.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    said = clerk.json("report", file, "--as-of", "2020-08-20T09:00", "--by", "甲县人普办")
    assert [(one.get("register"), one["accepted"], one["rejected"]) for one in said] == [
        ("problems", 1, 0),
        (None, 1, 1),
    ]
    assert [(one["row"], one["key"]) for one in said[1]["refusals"]] == [(3, "1301")]


def test_what_cannot_be_told_apart_or_goes_too_far_changes_nothing(clerk: Clerk) -> None:
    clerk.load(without_codes(TWICE), UNITS)
    file = clerk.file("清单.csv", "code,list,row\n130101,甲批,1\n130101,甲批,2\n")
    of = ("--as-of", "2020-08-20T09:00", "--by", "甲县")
    answer = clerk("report", file, *of)
    assert (answer.code, "请用 --register 指明" in answer.err) == (2, True)
    assert clerk("report", file, *of, "--register", "没有的").code == 2
    assert clerk("report", file, *of, "--register", "problems").code == 0
    short = clerk.file("短.csv", "code,list,row\n130101,甲批,1\n")
    late = ("--as-of", "2020-08-21T09:00", "--by", "甲县", "--register", "problems", "--whole")
    answer = clerk("report", short, *late)
    assert (answer.code, "130101 现有 2 行，将撤销 1 行" in answer.err) == (2, True)
    answer = clerk("report", short, *late, "--yes")
    assert (answer.code, "全量清单中没有的 1 行已撤销" in answer.out) == (0, True)


def test_a_plan_of_figures_is_reported_as_ever(clerk: Clerk) -> None:
    said = clerk.json("report", clerk.file("a.csv", "code,funds\n130101,5\n"), "--as-of", "2020-08-20", "--by", "甲县")
    assert "register" not in said
    assert (said["accepted"], said["refusals"]) == (1, [])


def test_a_list_without_rows_is_refused_with_a_sentence_whatever_kind_of_file_it_is(clerk: Clerk) -> None:
    handed_out = clerk.file("空清单.xlsx", b"")
    Path(handed_out).unlink()
    assert clerk("rows", "problems", "--unit", "130101", "--out", handed_out).code == 0
    parquet = clerk.file("空清单.parquet", b"")
    pl.DataFrame(schema={"区划代码": pl.String, "清单批次": pl.String, "序号": pl.String}).write_parquet(parquet)
    of_figures = clerk.file("经费.csv", "区划代码,到位经费\n")
    for file in (handed_out, parquet, clerk.file("空清单.csv", "区划代码,清单批次,序号\n"), of_figures):
        for whole in ((), ("--whole",)) if file is not of_figures else ((),):
            answer = clerk("report", file, "--as-of", "2020-08-20T09:00", "--by", "甲县人普办", *whole)
            assert (answer.code, "只有表头，没有数据" in answer.err) == (2, True), (file, answer.err)
