"""Reports column by column and row by row."""

from __future__ import annotations

import polars as pl
import pytest
from worlds.plans import phase, plan_of, trial

from models.plan.model import Plan
from models.rules.intake.codes import Called
from models.rules.intake.gathering import MOST_FAULTS, Rows, gather, reasons
from models.rules.intake.layout import MERGED, UNVALUED, Layout
from models.rules.intake.read_past import refuse_other_units
from models.rules.intake.report_columns import column, match_columns
from models.rules.intake.report_units import FAULTS, Known
from models.rules.intake.reports import are_districts, as_numbers, read_part
from models.unit_names import UnitNames
from models.wording import Refusal

PLAN = trial(
    [
        "funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum, min: 0, max: 1000000}",
        "offices: {title: 普查机构, level: county, roll_up: count}",
        "meetings: {title: 专题会, level: township, roll_up: sum}",
        "plans: {title: 工作方案, level: township, roll_up: sum}",
        "plans_filed: {title: 工作方案, level: county, roll_up: sum}",
        "districts: {title: 普查小区, level: district, roll_up: count}",
        "enumerators: {title: 普查员, level: district, roll_up: sum, min: 0, max: 9}",
        'uncovered: {title: 无普查员的小区, level: district, count_where: "enumerators < 1"}',
        "phones_set_up: {title: 开通咨询电话, level: county, roll_up: sum}",
        "visited: {title: 摸底完成率, level: county, unit: percent, roll_up: last, min: 0, max: 100}",
        "rounds: {title: 专题会议, level: county, unit: times, roll_up: sum}",
        "total: {title: 投入经费, level: county, unit: yuan, roll_up: sum}",
        "faulty: {title: 差错率, level: county, unit: permille, roll_up: mean, min: 0, max: 0.3}",
        "share: {title: 完成比, level: county, roll_up: mean}",
        "checked: {title: 抽查数, level: county, roll_up: sum}",
        "errors: {title: 差错数, level: county, roll_up: sum}",
        "held: {title: 动员会, level: county, roll_up: sum, evidence: [会议纪要, 会议通知（PDF）]}",
        "paid: {title: 拨付经费, level: county, roll_up: sum, evidence: [拨款凭证, 会议纪要]}",
    ],
    [
        phase(
            "zoning",
            "区划绘图",
            "T-200d",
            "T-10d",
            [
                '{id: accept, title: 差错率, judged_at: county, met_when: "1000 * errors / checked <= 4", due: T-20d}',
                '{id: spent, title: 每会经费, judged_at: county, met_when: "funds / rounds <= 90", due: T-20d}',
            ],
        ),
    ],
)
UNITS = {
    99: "province",
    9901: "city",
    990101: "county",
    990102: "county",
    9944: "city",
    994400: "county",
    990101001: "township",
    990101002: "township",
    990101001001: "village",
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(PLAN)


@pytest.fixture(scope="module")
def known() -> Known:
    return Known.of(pl.DataFrame({"code": list(UNITS), "level": list(UNITS.values())}))


def table(header: list[str], *rows: list[str | None]) -> pl.DataFrame:
    """Rows as they come from a file whose header is row 1."""
    cells = {column(place): pl.Series([row[place] for row in rows], dtype=pl.String) for place in range(len(header))}
    return pl.DataFrame({"row": pl.Series(range(2, 2 + len(rows)), dtype=pl.Int64), **cells})


def read(
    plan: Plan,
    known: Known,
    header: list[str],
    *rows: list[str | None],
    formulas: tuple[tuple[int, int, str], ...] = (),
) -> tuple[list[tuple[object, ...]], dict[int, str]]:
    """What was taken (code and figures) and why each other row was refused, in English."""
    columns = match_columns("报表.csv", header, plan)
    layout = Layout(unvalued=pl.DataFrame(list(formulas), schema=UNVALUED, orient="row"))
    found = gather("a.csv", [read_part(table(header, *rows), columns, known, layout)])
    taken = found.taken.drop(":row", ":level").rows()
    return taken, dict(reasons(found.faults).select("row", "en").rows())


@pytest.mark.parametrize("code", ["code", "区划代码", "代码", "行政区划代码", "单位代码", " 区划 代码 ", "CODE"])
@pytest.mark.parametrize("funds", ["funds", "到位经费", "Funds", "到位 经费"])
def test_columns_are_found_by_id_and_by_chinese_title(plan: Plan, code: str, funds: str) -> None:
    columns = match_columns("报表.csv", ["序号", code, "单位名称", funds, "佐证", ""], plan)
    assert (columns.code, [(place, i.id) for place, i in columns.indicators], columns.evidence) == (
        1,
        [(3, "funds")],
        4,
    )
    assert (columns.others, columns.unnamed) == ((0, 2), (5,))


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (["funds"], "no column “code”"),
        (["code", "区划代码", "funds"], "2 columns that mean the same"),
        (["code", "fund"], "unknown column “fund”; did you mean funds"),
        (["code", "到位资金"], "did you mean 到位经费（funds）"),
        (["code", "备注"], "unknown column “备注”: a column must be"),
        (["code", "funds", "到位经费"], "the same indicator as another column"),
        (["code", "工作方案"], "2 indicators are called “工作方案”; use the id instead (plans、plans_filed)"),
        (["code", "uncovered"], "derived from “enumerators < 1”"),
        (["code", "普查小区"], "the number of district rows"),
        (["code", "funds", "姓名"], "a column “姓名”"),
        (["code", "13812345678"], "holds a mobile number"),
    ],
)
def test_a_file_with_other_columns_is_refused_whole(plan: Plan, header: list[str], sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        match_columns("报表.csv", header, plan)
    assert sentence in refused.value.said.en
    assert "报表.csv" in refused.value.said.zh
    assert "13812345678" not in "".join(refused.value.said)


def test_every_unknown_column_is_named_at_once(plan: Plan) -> None:
    with pytest.raises(Refusal) as refused:
        match_columns("报表.csv", ["code", "甲", "乙"], plan)
    assert len(refused.value.said.zh.splitlines()) == 2


def test_an_indicator_whose_title_speaks_of_phones_is_no_personal_column(plan: Plan) -> None:
    assert [i.id for _, i in match_columns("报表.csv", ["code", "开通咨询电话"], plan).indicators] == ["phones_set_up"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12", 12.0),
        ("12.50", 12.5),
        ("1,234", 1234.0),
        ("1,234.5", 1234.5),
        ("１２", 12.0),
        ("１，２３４．５", 1234.5),
        (" 12 ", 12.0),
        ("'12", 12.0),
        ('="12"', 12.0),
        ("0", 0.0),
        ("1000000", 1000000.0),
        ("", None),
        ("  ", None),
        ("　", None),
        (None, None),
    ],
)
def test_numbers_are_read_as_offices_write_them(
    plan: Plan, known: Known, cell: str | None, value: float | None
) -> None:
    assert read(plan, known, ["code", "funds"], ["990101", cell]) == ([(990101, value)], {})


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("很多", "not a number"),
        ("12元整", "not a number"),
        ("12个人", "not a number"),
        ("1,23", "not a number"),
        ("1 234", "not a number"),
        ("10²", "not a number"),
        ("②", "not a number"),
        ("inf", "not a number"),
        ("nan", "not a number"),
        ("—", "not a number"),
        ("5%", "percent sign"),
        ("５％", "percent sign"),
        ("#DIV/0!", "formula's error"),
        ("-1", "below its minimum 0"),
        ("-0.001", "below its minimum 0"),
        ("1000001", "above its maximum 1000000"),
        ("99999999999", "above its maximum 1000000"),
    ],
)
def test_what_is_no_number_or_out_of_bounds_is_refused_with_its_reason(
    plan: Plan, known: Known, cell: str, why: str
) -> None:
    taken, refused = read(plan, known, ["code", "funds"], ["990101", cell], ["990102", "1"])
    assert taken == [(990102, 1.0)]
    assert list(refused) == [2]
    assert why in refused[2]


def test_one_odd_cell_does_not_change_its_neighbours(plan: Plan, known: Known) -> None:
    rows: list[list[str | None]] = [
        ["990101001001001", "1"],
        ["990101001001002", "１"],
        ["990101001001003", None],
        ["990101001001004", "9"],
    ]
    taken, refused = read(plan, known, ["code", "enumerators"], *rows)
    assert [value for _, value in taken] == [1.0, 1.0, None, 9.0]
    assert refused == {}


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (None, "the code is missing"),
        ("990103", "990103 is not among the units"),
        ("9901010", "a code has 2, 4, 6, 9, 12 or 15 digits"),
        ("甲县", "a code has 2"),
        ("0990101", "a code has 2"),
        ("-990101", "a code has 2"),
        ("9.90101E+11", "lost digits"),
        ("990101001", "reported at county, but this row is a township"),
        ("99", "reported at county, but this row is a province"),
        ("990101001001001", "reported at county, but this row is a district"),
    ],
)
def test_rows_of_unknown_units_and_of_other_levels_are_refused(
    plan: Plan, known: Known, code: str | None, why: str
) -> None:
    taken, refused = read(plan, known, ["code", "funds"], [code, "1"])
    assert taken == []
    assert why in refused[2]


@pytest.mark.parametrize(
    ("code", "unit"),
    [
        ("990101000000", 990101),
        ("990101", 990101),
        ("994400000000", 994400),
        (" 990101\t", 990101),
        ("９９０１０１", 990101),
        ("990101.0", 990101),
        ('="990101"', 990101),
    ],
)
def test_a_padded_code_means_the_unit_of_the_level_that_reports(plan: Plan, known: Known, code: str, unit: int) -> None:
    assert read(plan, known, ["code", "funds"], [code, "1"]) == ([(unit, 1.0)], {})


def test_levels_may_stand_in_one_file_if_each_row_fills_its_own(plan: Plan, known: Known) -> None:
    taken, refused = read(
        plan,
        known,
        ["code", "funds", "meetings"],
        ["990101", "1", None],
        ["990101001", None, "2"],
        ["990102", "1", "2"],
    )
    assert taken == [(990101, 1, None), (990101001, None, 2)]
    assert refused == {4: "“meetings” is reported at township, but this row is a county"}


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("990101001001001", None),
        ("990101001002001", "village 990101001002"),
        ("990101002007001", None),  # no village of this township is loaded
        ("990101003001001", "township 990101003"),
        ("890101001001001", "township 890101001"),
    ],
)
def test_a_district_is_known_by_its_township_and_its_village(
    plan: Plan, known: Known, code: str, why: str | None
) -> None:
    taken, refused = read(plan, known, ["code", "enumerators"], [code, "1"])
    assert len(taken) == (why is None)
    assert (why or "") in refused.get(2, "")


def test_of_a_unit_that_stands_twice_neither_row_is_taken(plan: Plan, known: Known) -> None:
    rows: list[list[str | None]] = [["990101", "1"], ["990102", "2"], ["990101000000", "1"]]
    taken, refused = read(plan, known, ["code", "funds"], *rows)
    assert taken == [(990102, 2)]
    assert refused == dict.fromkeys((2, 4), "the unit stands in this file more than once (rows 2, 4); keep one row")


def test_a_row_is_told_all_its_faults_at_once(plan: Plan, known: Known) -> None:
    _, refused = read(plan, known, ["code", "funds", "phones_set_up"], ["9999", "x", "y"])
    assert refused[2].count(";") >= 2


def test_blank_rows_are_no_rows(plan: Plan, known: Known) -> None:
    assert read(plan, known, ["code", "funds"], [None, None], ["990101", "1"], ["", " "]) == ([(990101, 1)], {})


@pytest.mark.parametrize("total", ["合计", "合 计", " 总计：", "小计", "Total", "grand total"])
def test_a_total_is_read_past_and_counted(plan: Plan, known: Known, total: str) -> None:
    header = ["单位", "code", "funds"]
    columns = match_columns("报表.csv", header, plan)
    rows = table(header, ["甲县", "990101", "5"], [total, "", "5"], ["", total, "5"], ["填报人：张三", None, None])

    found = gather("a.csv", [read_part(rows, columns, known)])

    assert (found.taken.height, found.faults.height, found.passed) == (1, 0, 3)


def test_a_unit_is_no_total_whatever_it_is_called(plan: Plan, known: Known) -> None:
    taken, refused = read(plan, known, ["单位", "code", "funds"], ["合计", "990101", "5"], ["合计镇", "", "5"])

    assert taken == [(990101, 5)]
    assert refused == {3: "the code is missing"}
    assert list(read(plan, known, ["code", "funds"], ["990101合计", "5"], ["990102", "5"])[1]) == [2]


@pytest.mark.parametrize(
    "row",
    [
        ["甲市小计", "", "5"],
        ["本页合计", None, "5"],
        ["注：不含乙县", None, None],
        [None, "", "2026年7月1日"],
        ["填报日期：2026年7月1日", None, None],
    ],
)
def test_what_an_office_writes_below_its_table_is_read_past(plan: Plan, known: Known, row: list[str | None]) -> None:
    assert read(plan, known, ["单位名称", "code", "funds"], ["甲县", "990101", "5"], row) == ([(990101, 5)], {})


@pytest.mark.parametrize("row", [["注：乙县", "", "5"], ["", "", "2026"], ["合计", "990102", "5"]])
def test_a_line_with_a_figure_is_read_past_only_as_a_total(plan: Plan, known: Known, row: list[str | None]) -> None:
    taken, refused = read(plan, known, ["单位名称", "code", "funds"], ["甲县", "990101", "5"], row)
    assert len(taken) + len(refused) == 2


@pytest.mark.parametrize("row", [["", "（元）", "（次）"], ["单位", "元", "次"], ["甲", "1", "2"], ["1", "2", "3"]])
def test_units_of_measurement_and_numbers_of_columns_under_a_header_are_read_past(
    plan: Plan, known: Known, row: list[str | None]
) -> None:
    header = ["code", "funds", "rounds"]
    assert read(plan, known, header, row, ["990101", "5", "1"]) == ([(990101, 5, 1)], {})


@pytest.mark.parametrize("row", [["", "5", "（次）"], ["", "1", "2"], ["99", "100", "101"], ["1", "2", "4"]])
def test_a_row_that_may_be_a_units_is_not_read_past(plan: Plan, known: Known, row: list[str | None]) -> None:
    taken, refused = read(plan, known, ["code", "funds", "rounds"], row, ["990101", "5", "1"])
    assert taken == [(990101, 5, 1)]
    assert list(refused) == [2]


def test_figures_in_another_unit_than_the_plans_are_not_taken_for_less(plan: Plan, known: Known) -> None:
    with pytest.raises(Refusal, match="in 万元, but “到位经费” is reported in yuan"):
        read(plan, known, ["code", "funds"], ["", "（万元）"], ["990101", "5"])
    columns = match_columns("报表.csv", ["code", "funds"], plan)
    with pytest.raises(Refusal, match="in 万元"):
        refuse_other_units("报表.csv", ["经费情况表", "单位：万元"], columns)
    refuse_other_units("报表.csv", ["万元以上经费情况表", "单位：元", "填报单位：万户镇"], columns)


def test_cells_merged_over_rows_or_figures_are_refused_row_by_row(plan: Plan, known: Known) -> None:
    merged = [("B3:B4", 3, 4, 1, 1), ("C2:D2", 2, 2, 2, 3), ("A2:A5", 2, 5, 0, 0), ("A5:B5", 5, 5, 0, 1)]
    layout = Layout(merged=pl.DataFrame(merged, schema=MERGED, orient="row"))
    rows = [["甲县", "990101", "5", ""], ["", "990102", "1", "1"], ["", "", "1", "1"], ["合计", "", "7", "2"]]
    header = ["单位名称", "code", "funds", "rounds"]
    columns = match_columns("报表.csv", header, plan)

    found = gather("a.csv", [read_part(table(header, *rows), columns, known, layout)])

    why = dict(reasons(found.faults).select("row", "en").rows())
    assert {row: said.split(" are merged")[0] for row, said in why.items()} == {
        2: "the cells C2:D2",
        3: "the cells B3:B4",
        4: "the cells B3:B4",
    }


OFFICES = UnitNames.of(
    pl.DataFrame(
        [
            ("9901", "甲市", "city", None),
            ("990101", "乙县", "county", "9901"),
            ("990102", "丙县", "county", "9901"),
            ("990101001", "城关镇", "township", "990101"),
            ("990101002", "河东乡", "township", "990101"),
            ("990102001", "城关镇", "township", "990102"),
        ],
        schema=["unit", "name", "level", "superior"],
        orient="row",
    )
)


def read_by_name(plan: Plan, known: Known, header: list[str], *rows: list[str | None], sender: str = "") -> Rows:
    columns = match_columns("报表.csv", header, plan)
    unread = gather("a.csv", [read_part(table(header, *rows), columns, known)])
    assert unread.worded
    return gather("a.csv", [read_part(table(header, *rows), columns, known, called=Called(OFFICES, sender))])


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        (["code", "funds"], ["乙县"]),
        (["单位名称", "funds"], ["乙县"]),
        (["code", "单位名称", "funds"], [None, "乙县"]),
        (["code", "单位名称", "funds"], ["乙县（990101）", "某县"]),
        (["地区", "funds"], [" 甲市乙县"]),
    ],
)
def test_a_unit_may_be_called_by_its_name_where_no_code_stands(
    plan: Plan, known: Known, header: list[str], cells: list[str | None]
) -> None:
    found = read_by_name(plan, known, header, [*cells, "7"])
    assert found.taken.select("code", "funds").rows() == [(990101, 7)]
    assert found.by_name.rows() == [(2, 990101, "乙县")]
    assert found.faults.is_empty()


def test_a_name_that_several_units_have_is_read_within_the_senders_area_and_else_refused_with_their_codes(
    plan: Plan, known: Known
) -> None:
    header = ["code", "meetings"]
    found = read_by_name(plan, known, header, ["城关镇", "7"])
    assert found.faults["en"].to_list() == [
        "2 units have this name (990101001 乙县城关镇；990102001 丙县城关镇); give the code"
    ]
    assert read_by_name(plan, known, header, ["城关镇", "7"], sender="990101").taken["code"].to_list() == [990101001]
    beside = read_by_name(plan, known, header, ["城关镇", "7"], ["990101002", "1"])
    assert beside.taken["code"].to_list() == [990101001, 990101002]


def test_a_unit_that_is_there_by_its_name_and_by_its_code_stands_there_twice(plan: Plan, known: Known) -> None:
    found = read_by_name(plan, known, ["code", "funds"], ["乙县", "7"], ["990101", "8"])
    assert found.taken.is_empty()
    assert found.faults["row"].to_list() == [2, 3]
    assert found.by_name.is_empty()


def test_a_file_of_codes_asks_for_no_names(plan: Plan, known: Known) -> None:
    columns = match_columns("报表.csv", ["code", "单位名称", "funds"], plan)
    rows = table(["code", "单位名称", "funds"], ["990101", "乙县", "1"], ["１２", None, "1"], ["x", None, "1"])
    assert not gather("a.csv", [read_part(rows, columns, known)]).worded


def test_a_damaged_character_is_never_kept(plan: Plan, known: Known) -> None:
    header = ["code", "funds", "evidence"]
    columns = match_columns("报表.csv", header, plan)
    rows = table(
        header, ["990101", "1", "会议\ufffd要"], ["990102", "1", "籥议纪要"], ["994400", "1", "二〇二〇年朱镕喆①"]
    )
    gb, other = (gather("a.csv", [read_part(rows, columns, known, Layout(is_gb=is_gb))]) for is_gb in (True, False))
    assert gb.faults["row"].to_list() == [2, 3, 4]
    assert "“籥”疑为损坏的字" in gb.faults["zh"][1]
    assert "“镕”" in gb.faults["zh"][2]
    assert other.faults["row"].to_list() == [2]


def test_a_phone_in_a_total_is_a_respondents(plan: Plan, known: Known) -> None:
    with pytest.raises(Refusal, match="mobile number"):
        read(plan, known, ["单位", "code", "funds"], ["甲县", "990101", "5"], ["合计", "13812345678", ""])
    with pytest.raises(Refusal, match="mobile number"):
        read(plan, known, ["单位", "code", "evidence"], ["合计", "", "13812345678"])
    assert read(plan, known, ["单位", "code", "funds"], ["合计", "", "13812345678"]) == ([], {})


def test_a_formula_without_a_result_is_not_reported_and_said(plan: Plan, known: Known) -> None:
    taken, refused = read(plan, known, ["code", "funds"], ["990101", None], ["990102", "1"], formulas=((2, 1, "B2"),))
    assert taken == [(990102, 1)]
    assert "the formula in B2 has no result" in refused[2]


def test_a_column_without_a_title_must_be_empty(plan: Plan, known: Known) -> None:
    assert read(plan, known, ["code", "", "funds"], ["990101", None, "1"])[0] == [(990101, 1)]
    with pytest.raises(Refusal, match="row 2: column 2 holds something"):
        read(plan, known, ["code", "", "funds"], ["990101", "x", "1"])


@pytest.mark.parametrize("place", ["code", "phones_set_up", "单位名称", "evidence", ""])
@pytest.mark.parametrize("number", ["11010519491231002X", "13812345678", "138-1234-5678", "0311-87654321", "E12345678"])
def test_respondents_data_are_found_in_every_column_and_never_repeated(
    plan: Plan, known: Known, place: str, number: str
) -> None:
    header = ["code", "phones_set_up", "单位名称", "evidence", ""]
    row: list[str | None] = ["990102", "1", "乙县", None, None]
    row[header.index(place)] = number
    with pytest.raises(Refusal) as refused:
        read(plan, known, header, ["990101", "1", None, None, None], row)
    assert "row 3" in refused.value.said.en
    assert "nothing of the file was kept" in refused.value.said.en
    assert number[:11] not in "".join(refused.value.said)


@pytest.mark.parametrize("amount", ["13912345678", "13,912,345,678", "13912345678.5", "031187654321"])
def test_an_amount_in_yuan_is_no_phone_number(plan: Plan, known: Known, amount: str) -> None:
    taken, refused = read(plan, known, ["code", "total"], ["990101", amount])
    assert (taken, refused) == ([(990101, float(amount.replace(",", "")))], {})


def test_an_id_number_among_amounts_is_one(plan: Plan, known: Known) -> None:
    with pytest.raises(Refusal, match="an ID number"):
        read(plan, known, ["code", "total"], ["990101", "440308199901101512"])


def test_whoever_fills_in_the_table_may_leave_a_phone_and_it_is_left_out(plan: Plan, known: Known) -> None:
    header = ["code", "funds", "填报人", "填报人电话"]
    assert read(plan, known, header, ["990101", "1", "张三", "13812345678"]) == ([(990101, 1)], {})
    with pytest.raises(Refusal, match="an ID number"):
        read(plan, known, header, ["990101", "1", "张三", "11010519491231002X"])


def test_the_signature_below_a_table_is_no_row_of_it(plan: Plan, known: Known) -> None:
    row = ["990101", "1", None]
    signed = ["填报人：张三", None, "电话：0311-87654321"]
    assert read(plan, known, ["code", "funds", "单位名称"], row, signed) == ([(990101, 1)], {})
    with pytest.raises(Refusal, match=r"row 3.*an ID number"):
        read(plan, known, ["code", "funds", "单位名称"], row, [*signed[:2], "11010519491231002X"])


def test_a_district_is_no_id_number_of_old_and_an_id_number_is_no_district(plan: Plan, known: Known) -> None:
    header = ["code", "enumerators", "evidence"]
    assert read(plan, known, header, ["990101001001001", "1", "见990101001001001"])[1] == {}
    for code, evidence in (("110105491231002", None), ("990101001001001", "110105491231002")):
        with pytest.raises(Refusal, match="an ID number"):
            read(plan, known, header, [code, "1", evidence])
    assert "is not among the units" in read(plan, known, header, ["990109001001001", "1", None])[1][2]


def test_evidence_is_kept_clean_and_short(plan: Plan, known: Known) -> None:
    def evidence(text: str) -> tuple[list[tuple[object, ...]], dict[int, str]]:
        return read(plan, known, ["code", "funds", "evidence"], ["990101", "1", text])

    assert evidence(" 会议\x00纪要\u202e\n第3号\u200b ") == ([(990101, 1, "会议纪要 第3号")], {})
    assert evidence("𬭎" * 500)[1] == {}
    assert "longer than 500 characters" in evidence("字" * 501)[1][2]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("会议纪要", "会议纪要"),
        (" 会议 通知(pdf) ", "会议通知（PDF）"),
        ("", None),
        ("会议纪要，户主张三在场", "refused"),
        ("人普办〔2020〕3号", "refused"),
    ],
)
def test_a_figure_rests_on_what_the_plan_lets_it_rest_on_and_on_nothing_else(
    plan: Plan, known: Known, text: str, kept: str | None
) -> None:
    taken, refused = read(plan, known, ["code", "held", "佐证"], ["990101", "1", text])

    if kept == "refused":
        assert (taken, "one of: 会议纪要, 会议通知（PDF）" in refused[2]) == ([], True)
        assert "张三" not in refused[2]
    else:
        assert (taken, refused) == ([(990101, 1, kept)], {})


def test_evidence_of_several_figures_suits_each_and_binds_those_alone_that_are_filled(plan: Plan, known: Known) -> None:
    header = ["code", "held", "paid", "funds", "evidence"]
    rows = [["990101", "1", "2", None, "会议纪要"], ["994400", None, None, "3", "人普办〔2020〕3号"]]
    assert read(plan, known, header, *rows) == (
        [(990101, 1, 2, None, "会议纪要"), (994400, None, None, 3, "人普办〔2020〕3号")],
        {},
    )
    taken, refused = read(plan, known, header, ["990101", "1", "2", None, "拨款凭证"])
    assert taken == []
    assert "动员会" in refused[2]
    assert "拨付经费" not in refused[2]


def test_the_sign_that_ends_an_old_file_is_no_row(plan: Plan, known: Known) -> None:
    assert read(plan, known, ["code", "funds"], ["990101", "1"], ["\x1a", None]) == ([(990101, 1)], {})


@pytest.mark.parametrize(
    "title",
    [
        "*区划代码",
        "＊区划代码",
        "区划代码*",
        "区划\u200b代码",
        "区划代码（必填）",
        "★区划代码*（必填）：",
        "\xa0区划\n代码\u3000",
    ],
)
def test_marks_of_a_template_around_a_title_are_read_over(plan: Plan, title: str) -> None:
    assert match_columns("报表.csv", [title, "到位经费"], plan).code == 0


@pytest.mark.parametrize("title", ["投入经费（元）", "投入经费(yuan)", "*投入经费 （元）"])
def test_the_unit_behind_a_title_may_be_the_indicators_own(plan: Plan, title: str) -> None:
    assert [i.id for _, i in match_columns("报表.csv", ["code", title], plan).indicators] == ["total"]
    assert [i.id for _, i in match_columns("报表.csv", ["code", "专题会议（次）"], plan).indicators] == ["rounds"]


@pytest.mark.parametrize("title", ["投入经费（万元）", "投入经费（千元）", "专题会议（百次）"])
def test_another_unit_behind_a_title_is_another_column(plan: Plan, title: str) -> None:
    with pytest.raises(Refusal, match="unknown column"):
        match_columns("报表.csv", ["code", title], plan)


def test_a_percentage_is_read_where_percent_is_asked_for(plan: Plan, known: Known) -> None:
    assert read(plan, known, ["code", "visited"], ["990101", "95%"]) == ([(990101, 95)], {})
    assert "percent sign" in read(plan, known, ["code", "funds"], ["990101", "95%"])[1][2]


@pytest.mark.parametrize(
    ("name", "cell", "value"),
    [
        ("visited", "3.5%", 3.5),
        ("visited", "３.５％", 3.5),
        ("visited", "3.5 %", 3.5),
        ("visited", "4‰", 0.4),
        ("faulty", "0.2‰", 0.2),
        ("faulty", "0.03%", 0.3),
        ("share", "3.5%", 0.035),
        ("share", "7%", 0.07),
        ("share", "4‰", 0.004),
        ("share", "0.035", 0.035),
    ],
)
def test_a_share_is_read_in_the_unit_that_its_indicator_has(
    plan: Plan, known: Known, name: str, cell: str, value: float
) -> None:
    assert read(plan, known, ["code", name], ["990101", cell]) == ([(990101, value)], {})


def test_a_percentage_of_what_is_no_share_is_refused(plan: Plan, known: Known) -> None:
    _, refused = read(plan, known, ["code", "rounds"], ["990101", "5%"], ["990102", "5‰"])
    assert all("percent sign" in why for why in refused.values()) and list(refused) == [2, 3]


@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"])
def test_a_failed_formula_is_no_empty_cell(plan: Plan, known: Known, error: str) -> None:
    assert "formula's error" in read(plan, known, ["code", "funds"], ["990101", error])[1][2]


def test_a_limit_is_met_by_what_a_spreadsheet_shows_as_the_limit(plan: Plan, known: Known) -> None:
    assert read(plan, known, ["code", "visited"], ["990101", "100.00000000000001"]) == ([(990101, 100)], {})
    assert read(plan, known, ["code", "visited"], ["990101", "100.00000000005"]) == ([(990101, 100)], {})
    assert read(plan, known, ["code", "faulty"], ["990101", "0.30000000000004"]) == ([(990101, 0.3)], {})
    assert read(plan, known, ["code", "faulty"], ["990101", "-0.0000000000000000278"]) == ([(990101, 0)], {})
    assert "below its minimum" in read(plan, known, ["code", "faulty"], ["990101", "-0.0000001"])[1][2]
    assert "above its maximum" in read(plan, known, ["code", "faulty"], ["990101", "0.3000001"])[1][2]
    assert "above its maximum" in read(plan, known, ["code", "visited"], ["990101", "100.0000001"])[1][2]


@pytest.mark.parametrize("figure", ["1.23457E+11", "1.2e+12", "1.23E+05", "1.2E3", "3E-04"])
def test_a_figure_in_powers_of_ten_may_have_lost_digits_and_is_refused(plan: Plan, known: Known, figure: str) -> None:
    assert "power of ten" in read(plan, known, ["code", "total"], ["990101", figure])[1][2]


@pytest.mark.parametrize(
    ("errors", "checked", "taken"),
    [("12", "12", True), ("13", "12", False), ("0", "0", True), ("0.5", "0.4", False), ("13", None, True)],
)
def test_there_are_no_more_errors_than_there_was_to_check(
    plan: Plan, known: Known, errors: str, checked: str | None, taken: bool
) -> None:
    _, refused = read(plan, known, ["code", "差错数", "checked"], ["990101", errors, checked])

    assert refused == ({} if taken else {2: refused.get(2)})
    assert taken or "“差错数” is more than “checked”" in refused[2]


def test_a_numerator_that_counts_no_errors_may_be_more_than_its_denominator(plan: Plan, known: Known) -> None:
    assert read(plan, known, ["code", "funds", "rounds"], ["990101", "85", "2"]) == ([(990101, 85, 2)], {})


def test_large_files_of_districts_are_read_as_numbers_with_the_same_result(plan: Plan, known: Known) -> None:
    header = ["code", "enumerators"]
    columns = match_columns("报表.csv", header, plan)
    part = table(
        header, ["990101001001001", "1"], ["990101001001002", None], ["990101001009001", "2"], ["990101002001001", "10"]
    )
    numbers = part.cast(as_numbers(columns))
    assert are_districts(numbers, columns)
    told, typed = (gather("a.csv", [read_part(one, columns, known)]) for one in (part, numbers))
    assert typed.taken.equals(told.taken)
    assert typed.faults.equals(told.faults)
    assert told.faults["row"].to_list() == [5, 4]
    assert not are_districts(table(header, ["990101", "1"]).cast(as_numbers(columns)), columns)


def faulty(rows: int, faults: int) -> Rows:
    """`rows` good rows of one unit, and as many faults of others as asked."""
    number = pl.int_range(1, rows + 1, eager=True)
    taken = pl.select(
        number.alias(":row"), code=pl.repeat(990101, rows, dtype=pl.Int64), **{":level": pl.lit("county")}
    )
    listed = pl.select(row=pl.int_range(rows, rows + faults), zh=pl.lit("x"), en=pl.lit("x"))
    return Rows(taken, listed.cast(FAULTS))


def test_a_table_of_which_nearly_everything_is_wrong_is_refused_whole_before_it_fills_the_memory() -> None:
    most = gather("a.csv", [faulty(1, MOST_FAULTS)])
    with pytest.raises(Refusal, match="refused whole"):
        gather("a.csv", [faulty(1, MOST_FAULTS - 9), faulty(1, 10)])
    with pytest.raises(Refusal, match="refused whole"):
        gather("a.csv", [faulty(MOST_FAULTS + 1, 0)])  # one unit in every row
    assert most.faults.height == MOST_FAULTS
