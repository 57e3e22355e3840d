"""Reports column by column and row by row."""

from __future__ import annotations

import polars as pl
import pytest
from worlds.report_tables import read, table

from models.plan.model import Plan
from models.rules.intake.gathering import MOST_FAULTS, Rows, gather, reasons
from models.rules.intake.layout import MERGED, Layout
from models.rules.intake.read_past import refuse_other_units
from models.rules.intake.report_columns import match_columns
from models.rules.intake.report_units import FAULTS, Known
from models.rules.intake.reports import are_districts, as_numbers, read_part
from models.wording import Refusal


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
