"""Single cells of a report: respondents' data among them, evidence, percentages, failed formulas, figures that lost digits."""

from __future__ import annotations

import pytest
from worlds.report_tables import read, table

from models.plan.model import Plan
from models.rules.intake.gathering import gather
from models.rules.intake.layout import Layout
from models.rules.intake.report_columns import match_columns
from models.rules.intake.report_units import Known
from models.rules.intake.reports import read_part
from models.wording import Refusal


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
