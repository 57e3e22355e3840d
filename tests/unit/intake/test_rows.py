"""Rows of a register cell by cell: what each type of column takes, and why a row with anything else is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from worlds.plans import plan_of
from worlds.row_reports import LISTS

from models.former_codes import FormerCodes
from models.plan.model import Plan
from models.rules.intake.cells import LONGEST_TEXT, Reading
from models.rules.intake.codes import Called
from models.rules.intake.dates import Dated
from models.rules.intake.gathering import Rows, gather, reasons
from models.rules.intake.layout import MERGED, UNVALUED, Layout
from models.rules.intake.register_columns import match_register
from models.rules.intake.report_columns import column
from models.rules.intake.report_units import Known
from models.rules.intake.rows import read_rows
from models.unit_names import UnitNames
from models.wording import Refusal

UNITS = {
    "99": "province",
    "9901": "city",
    "990101": "county",
    "990102": "county",
    "990101001": "township",
    "990101001001": "village",
    "990101002": "township",
}
KEYED = ["区划代码", "清单批次", "序号"]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(LISTS)


@pytest.fixture(scope="module")
def known() -> Known:
    return Known.of(pl.DataFrame({"code": list(map(int, UNITS)), "level": list(UNITS.values())}))


def table(width: int, rows: list[list[str | None]]) -> pl.DataFrame:
    cells = {
        column(place): pl.Series([row[place] if place < len(row) else None for row in rows], dtype=pl.String)
        for place in range(width)
    }
    return pl.DataFrame({"row": pl.Series(range(2, 2 + len(rows)), dtype=pl.Int64), **cells})


def read(
    plan: Plan,
    known: Known,
    header: list[str],
    *rows: list[str | None],
    register: str = "problems",
    layout: Layout | None = None,
    called: Called | None = None,
) -> Rows:
    own = plan.registers[register]
    columns = match_register("清单.csv", header, own)
    by = Reading(known, Dated(plan.standard_time, plan.zone))
    part = read_rows(table(len(header), list(rows)), columns, by, layout, called)
    return gather("清单.csv", [part], by=["code", *(name for name in own.key if name != "code")])


def one_cell(plan: Plan, known: Known, title: str, cell: str, register: str = "problems") -> tuple[Any, str]:
    """What one cell is read as, and why it is refused."""
    keys = KEYED if register == "problems" else ["区划代码", "走访批次"]
    found = read(plan, known, [*keys, title], ["990101001", *["1"] * (len(keys) - 1), cell], register=register)
    asked = next(one for one in plan.registers[register].columns.values() if title in (one.title, one.id))
    value = found.taken[asked.id][0] if found.taken.height else None
    return value, "".join(reasons(found.faults)["zh"])


@pytest.mark.parametrize(
    "cell",
    [
        "2020-08-05",
        "2020/8/5",
        "2020.8.5",
        "2020年8月5日",
        "2020年08月05号",
        "20200805",
        "44048",
        "２０２０－８－５",
        " 2020 年 8 月 5 日 ",
        "2020-08-05T00:00:00",
        "2020-08-05 00:00",
        "2020／8／5",
        "2020—8—5",
        "2020年8月5日（星期三）",
    ],
)
def test_a_date_is_read_however_an_office_or_its_spreadsheet_writes_it(plan: Plan, known: Known, cell: str) -> None:
    assert one_cell(plan, known, "办理期限", cell) == (date(2020, 8, 5), "")


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("8月5日", "“办理期限”缺少年份，请写全年月日，如 2020-08-05"),
        ("8/5", "缺少年份"),
        ("8.5", "缺少年份"),
        ("2020年8月", "没有写到日"),
        ("2020-08", "没有写到日"),
        ("20-8-5", "年份应写四位"),
        ("5/8/2020", "年份应写四位"),
        ("2020-02-30", "没有这一天"),
        ("2020年13月1日", "没有这一天"),
        ("2015-10-31", "年份（2015）不对：应在 2015-11-01 至 2025-11-01 之间"),
        ("2025-11-02", "年份（2025）不对"),
        ("2002-08-05", "年份（2002）不对"),
        ("14048", "年份（1938）不对"),
        ("2020-08-05 17:00", "只填日期，请去掉时刻"),
        ("44048.5", "只填日期，请去掉时刻"),
        ("下周五", "不是日期"),
        ("2020-08-05前", "不是日期"),
        ("202008051", "不是日期"),
        ("#VALUE!", "“办理期限”是公式的错误值"),
    ],
)
def test_a_date_that_cannot_be_meant_is_refused_with_the_cure(plan: Plan, known: Known, cell: str, why: str) -> None:
    value, said = one_cell(plan, known, "办理期限", cell)
    assert value is None
    assert why in said


@pytest.mark.parametrize("cell", ["2015-11-01", "2025-11-01"])
def test_the_fifth_year_to_the_day_from_the_standard_time_is_still_of_this_census(
    plan: Plan, known: Known, cell: str
) -> None:
    assert one_cell(plan, known, "办理期限", cell) == (date.fromisoformat(cell), "")


@pytest.mark.parametrize(
    ("cell", "utc"),
    [
        ("2020-08-05 17:00", datetime(2020, 8, 5, 9, tzinfo=UTC)),
        ("2020-08-05T17:00:30", datetime(2020, 8, 5, 9, 0, 30, tzinfo=UTC)),
        ("2020.8.5 17:00", datetime(2020, 8, 5, 9, tzinfo=UTC)),
        ("2020年8月5日17时", datetime(2020, 8, 5, 9, tzinfo=UTC)),
        ("2020年8月5日 17时30分", datetime(2020, 8, 5, 9, 30, tzinfo=UTC)),
        ("2020/8/5 17：00", datetime(2020, 8, 5, 9, tzinfo=UTC)),
        ("2020-08-05T09:00Z", datetime(2020, 8, 5, 9, tzinfo=UTC)),
        ("2020-08-05 24:00", datetime(2020, 8, 5, 16, tzinfo=UTC)),
        ("44048.5", datetime(2020, 8, 5, 4, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_on_the_clock_of_the_plan(plan: Plan, known: Known, cell: str, utc: datetime) -> None:
    assert one_cell(plan, known, "发现时刻", cell) == (utc, "")


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("2020-08-05", "“发现时刻”缺少时刻，请写到几时几分"),
        ("44048", "缺少时刻"),
        ("2020-08-05 24:01", "没有这个时刻"),
        ("2020-08-05 12:60", "没有这个时刻"),
        ("8月5日17时", "缺少年份"),
        ("2010-08-05 17:00", "年份（2010）不对"),
        ("2020-08-05 下午", "不是时刻"),
    ],
)
def test_a_moment_that_cannot_be_meant_is_refused(plan: Plan, known: Known, cell: str, why: str) -> None:
    value, said = one_cell(plan, known, "发现时刻", cell)
    assert value is None
    assert why in said


@pytest.mark.parametrize(
    ("title", "cell", "value"),
    [
        ("条数", "１２", 12.0),
        ("条数", "0", 0.0),
        ("条数", "500", 500.0),
        ("备注", " 已与\n社区核对 ", "已与 社区核对"),
        ("备注", "字" * LONGEST_TEXT, "字" * LONGEST_TEXT),
        ("备注", "'=甲组", "=甲组"),
        ("类别", "logic", "logic"),
        ("类别", "逻辑问题", "logic"),
        ("类别", " 户籍 漏登错登", "missed"),
        ("类别", "Logic", "logic"),
        ("工作步骤", "上门、签字", ["visit", "sign"]),
        ("工作步骤", "上门,call；上门", ["visit", "call"]),
        ("工作步骤", "签字 去电", ["sign", "call"]),
        ("退回何处", "990102", "990102"),
        ("退回何处", "990101000000", "990101"),
        ("退回何处", "00", "00"),
        ("退回何处", "13010210", None),
        ("退回何处", "130102", "130102"),
        ("退回何处", "990101001001001", "990101001001001"),
    ],
)
def test_cells_are_read_by_the_type_of_their_column(
    plan: Plan, known: Known, title: str, cell: str, value: object
) -> None:
    found, why = one_cell(plan, known, title, cell)
    assert (list(found) if isinstance(found, pl.Series) else found) == value
    assert bool(why) == (value is None)


@pytest.mark.parametrize("cell", ["是", "√", "1", "1.0", "yes", "TRUE", "Y", "✓"])
def test_a_tick_says_yes(plan: Plan, known: Known, cell: str) -> None:
    assert one_cell(plan, known, "已核对", cell) == (True, "")


@pytest.mark.parametrize("cell", ["否", "×", "0", "no", "False", "n"])
def test_a_cross_says_no(plan: Plan, known: Known, cell: str) -> None:
    assert one_cell(plan, known, "已核对", cell) == (False, "")


@pytest.mark.parametrize(
    ("title", "cell", "why"),
    [
        ("条数", "很多", "“条数”不是数"),
        ("条数", "-1", "小于下限 0"),
        ("条数", "501", "大于上限 500"),
        ("备注", "字" * (LONGEST_TEXT + 1), "“备注”超过 200 字"),
        ("备注", "村\ufffd会", "无法辨认的字"),
        ("类别", "其他", "“类别”没有这一项，应为：逻辑问题（logic）、户籍漏登错登（missed）、难点卡点（hard）"),
        ("状态", "办结中", "“状态”没有这一项"),
        ("工作步骤", "上门、拍照", "“工作步骤”没有这一项"),
        ("已核对", "待定", "“已核对”只填 是 或 否"),
        ("已核对", "已核实", "“已核对”只填 是 或 否"),
        ("退回何处", "甲县", "“退回何处”应填 2、4、6、9、12 或 15 位区划代码、00"),
        ("备注", "#REF!", "“备注”是公式的错误值"),
    ],
)
def test_a_cell_that_its_column_does_not_take_refuses_the_row(
    plan: Plan, known: Known, title: str, cell: str, why: str
) -> None:
    value, said = one_cell(plan, known, title, cell)
    assert value is None
    assert why in said


@pytest.mark.parametrize("cell", ["110101199003074610 待查", "联系 13812345678", "座机0351-7654321"])
@pytest.mark.parametrize(
    "title", [*KEYED[1:], "类别", "办理期限", "退回何处", "发现时刻", "已核对", "工作步骤", "备注", "条数", "撤销"]
)
def test_respondents_data_in_any_cell_refuse_the_whole_file(plan: Plan, known: Known, title: str, cell: str) -> None:
    header = KEYED if title in KEYED else [*KEYED, title]
    row: list[str | None] = ["990101", "甲批", "1", None]
    row[header.index(title)] = cell
    with pytest.raises(Refusal) as refused:
        read(plan, known, header, row[: len(header)])
    assert "普查对象的个人信息" in refused.value.said.zh
    assert not set(cell.split()) & set("".join(refused.value.said).split())


@pytest.mark.parametrize("dash", ["-", "－", "—", "——", " - "])
def test_a_dash_empties_a_cell_and_an_empty_one_keeps_what_was_known(plan: Plan, known: Known, dash: str) -> None:
    found = read(plan, known, [*KEYED, "备注", "办理期限"], ["990101", "甲批", "1", dash, ""]).taken
    assert (found["note"][0], found["due"][0], list(found[":emptied"][0])) == (None, None, ["note"])
    assert found[":nil"].to_list() == [False]


@pytest.mark.parametrize(("cell", "why"), [("", "“序号”不能为空"), ("-", "“序号”不能为空")])
def test_a_row_without_a_part_of_its_key_is_refused(plan: Plan, known: Known, cell: str, why: str) -> None:
    found = read(plan, known, [*KEYED, "备注"], ["990101", "甲批", cell, "有"])
    assert found.taken.is_empty()
    assert [why in said for said in reasons(found.faults)["zh"]] == [True]


def test_a_key_that_stands_twice_in_a_file_refuses_both_rows(plan: Plan, known: Known) -> None:
    rows: list[list[str | None]] = [["990101", "甲批", "1"], ["990101", "甲批", "２"], ["990101", "甲批", "1.0"]]
    found = read(plan, known, KEYED, *rows)
    assert found.taken["row"].to_list() == [2.0]
    assert reasons(found.faults).select("row", "zh").rows() == [
        (2, "同一行（主键相同）在本文件中出现多次（第 2、4 行），请只留一行"),
        (4, "同一行（主键相同）在本文件中出现多次（第 2、4 行），请只留一行"),
    ]


def test_a_row_with_a_code_and_nothing_else_is_a_nil_return(plan: Plan, known: Known) -> None:
    found = read(plan, known, [*KEYED, "备注", "撤销"], ["990102", "", None, " ", ""]).taken
    assert found.select("code", ":nil", ":withdrawn").rows() == [("990102", True, False)]


@pytest.mark.parametrize(
    ("code", "row", "why"),
    [
        ("9901", "1", "“问题清单”的行应填县级、乡级、村级、普查小区的代码"),
        ("9901", "", "零报告应填县级的代码"),
        ("990101001", "", "零报告应填县级的代码"),
        ("990109", "1", "区划代码 990109 不在单位名录中"),
        ("", "1", "缺少区划代码"),
        ("990101001009001", "1", "所属村级单位 990101001009 不在单位名录中"),
    ],
)
def test_a_row_of_another_level_or_of_no_unit_is_refused(
    plan: Plan, known: Known, code: str, row: str, why: str
) -> None:
    listed = "甲批" if row else ""
    found = read(plan, known, KEYED, [code, listed, row])
    assert found.taken.is_empty()
    assert why in "".join(reasons(found.faults)["zh"])


def test_a_district_of_a_township_without_villages_is_a_unit(plan: Plan, known: Known) -> None:
    assert read(plan, known, KEYED, ["990101002007001", "甲批", "1"]).taken["code"].to_list() == ["990101002007001"]


def test_a_column_withdrawn_takes_yes_or_nothing(plan: Plan, known: Known) -> None:
    rows: list[list[str | None]] = [
        ["990101", "甲批", str(row), cell] for row, cell in enumerate(["是", "", "否", "删"])
    ]
    found = read(plan, known, [*KEYED, "撤销"], *rows)
    assert found.taken.select("row", ":withdrawn").rows() == [(0.0, True), (1.0, False), (2.0, False)]
    assert reasons(found.faults)["zh"].to_list() == ["“撤销”只填 是，或留空"]


@pytest.mark.parametrize(
    "row",
    [
        ["合计", "", "37", "", "400"],
        ["", "合计", "", "", "400"],
        ["", "总计", "37"],
        ["填表人：统计员"],
        ["注：本表由县级填报"],
        ["2020年9月1日"],
    ],
)
def test_a_total_at_the_end_and_what_stands_below_is_read_past(plan: Plan, known: Known, row: list[str | None]) -> None:
    found = read(plan, known, [*KEYED, "备注", "条数"], ["990101", "甲批", "1", "", "400"], row)
    assert (found.taken.height, found.faults.height, found.passed) == (1, 0, 1)


@pytest.mark.parametrize("note", ["说明：已核对", "注：重名", "联系人：社区", "合计"])
def test_words_of_a_rows_own_do_not_make_it_a_note_below_the_table(plan: Plan, known: Known, note: str) -> None:
    found = read(plan, known, ["备注", *KEYED], [note, "990101", "甲批", "1"])
    assert found.taken["note"].to_list() == [note]


def test_a_unit_that_is_only_named_is_found_at_the_levels_of_the_register(plan: Plan, known: Known) -> None:
    units = pl.DataFrame(
        [(code, "乙县" if code == "990102" else f"别处{level}", level, None) for code, level in UNITS.items()],
        schema=["unit", "name", "level", "superior"],
        orient="row",
    )
    found = read(plan, known, ["单位名称", *KEYED[1:]], ["乙县", "甲批", "1"], called=Called(UnitNames.of(units)))
    assert (found.taken["code"].to_list(), found.by_name.height) == (["990102"], 1)


def test_formulas_without_a_result_and_merged_cells_refuse_their_rows(plan: Plan, known: Known) -> None:
    layout = Layout(
        unvalued=pl.DataFrame([(2, 2, "C2")], schema=UNVALUED, orient="row"),
        merged=pl.DataFrame([("B3:B4", 3, 4, 1, 1)], schema=MERGED, orient="row"),
    )
    rows: list[list[str | None]] = [["990101", "甲批", "1"], ["990101", "甲批", "2"], ["990101", "", "3"]]
    found = read(plan, known, KEYED, *rows, layout=layout)
    said = dict(reasons(found.faults).select("row", "zh").rows())
    assert "C2 单元格的公式没有计算结果" in said[2]
    assert "B3:B4 是合并单元格" in said[3]
    assert "B3:B4 是合并单元格" in said[4]


def test_what_an_overlay_added_holds_at_and_below_its_unit_alone(known: Known) -> None:
    overlay = (
        'extends: plan.yaml\nunit: "990101"\nregisters:\n  problems:\n    columns:\n'
        "      kind: {one_of: {dorm: 宿舍漏登}}\n      dorm: {title: 宿舍楼号, type: number}\n"
    )
    tightened = plan_of(LISTS, overlay)
    rows: list[list[str | None]] = [
        ["990101001", "甲批", "1", "宿舍漏登", "3"],
        ["990101", "甲批", "2", "dorm", ""],
        ["990102", "甲批", "3", "宿舍漏登", ""],
        ["990102", "甲批", "4", "逻辑问题", "5"],
        ["990102", "甲批", "5", "逻辑问题", ""],
    ]
    found = read(tightened, known, [*KEYED, "类别", "宿舍楼号"], *rows)
    assert sorted(found.taken["row"]) == [1.0, 2.0, 5.0]
    assert reasons(found.faults).select("row", "zh").rows() == [
        (4, "“类别”的“宿舍漏登”只用于 990101 及其下级，请改填别的一项"),
        (5, "“宿舍楼号”只用于 990101 及其下级，请留空"),
    ]


def test_what_an_overlay_added_follows_its_unit_to_another_code(known: Known) -> None:
    tightened = plan_of(
        LISTS,
        'extends: plan.yaml\nunit: "990199"\nregisters: {problems: {columns: {kind: {one_of: {dorm: 宿舍漏登}}}}}\n',
    )
    rows: list[list[str | None]] = [["990101001", "甲批", "1", "宿舍漏登"], ["990102", "甲批", "2", "宿舍漏登"]]
    renamed = replace(known, former=FormerCodes.of([(1, "990199", "990101")]))

    assert read(tightened, known, [*KEYED, "类别"], *rows).faults["row"].to_list() == [2, 3]
    assert read(tightened, renamed, [*KEYED, "类别"], *rows).faults["row"].to_list() == [3]


@pytest.mark.parametrize(("old", "taken"), [("990101091", ["990101001"]), ("990199", [])])
def test_a_row_of_an_office_that_merged_goes_on_in_the_whole_where_its_keeper_is_the_same(
    plan: Plan, known: Known, old: str, taken: list[str]
) -> None:
    merged = [
        (1, "990101091", "990101001"),
        (1, "990101092", "990101001"),
        (1, "990199", "990101"),
        (1, "990198", "990101"),
    ]
    changed = replace(known, former=FormerCodes.of(merged))

    found = read(plan, changed, KEYED, [old, "甲批", "1"])

    assert found.taken["code"].drop_nulls().to_list() == taken
    assert found.faults["row"].to_list() == ([] if taken else [2])


def test_a_cell_that_names_an_office_which_merged_means_the_whole(plan: Plan, known: Known) -> None:
    merged = [(1, "990198", "990102"), (1, "990199", "990102")]
    changed = replace(known, former=FormerCodes.of(merged))

    found = read(plan, changed, [*KEYED, "退回何处"], ["990101", "甲批", "1", "990199"])

    assert (found.taken["pool"].to_list(), found.faults.height) == (["990102"], 0)
