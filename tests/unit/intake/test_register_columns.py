"""The header of a report of rows: which register it is of, and which column holds what."""

from __future__ import annotations

import pytest
from worlds.plans import plan_of
from worlds.row_reports import LISTS, TWICE

from models.plan.model import Plan
from models.rules.intake.register_columns import match_register
from models.rules.intake.report_columns import match_columns
from models.rules.intake.which_register import register_called, register_of
from models.wording import Refusal


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(LISTS)


@pytest.mark.parametrize(
    ("header", "sheet", "register"),
    [
        (["code", "list", "row", "state"], "", "problems"),
        (["区划代码", "清单批次", "序号", "状态", "单位名称", "填表人"], "", "problems"),
        (["区划代码", "*清单批次（必填）", "序号", "条数（items）", "撤销", ""], "", "problems"),
        (["code", "visit", "day"], "", "visits"),
        (["code", "enumerators"], "", None),
        (["code", "到位经费", "佐证"], "", None),
        (["code"], "", None),
        (["code"], "走访登记", "visits"),
        (["code", "funds"], "走访登记", None),
        (["code", "list", "row", "stat"], "", "problems"),
        (["code", "list", "state"], "", "problems"),
        (["code", "什么"], "", None),
        (["code", "什么"], "problems", "problems"),
    ],
)
def test_the_header_says_which_register_a_table_is_of_and_else_the_sheet(
    plan: Plan, header: list[str], sheet: str, register: str | None
) -> None:
    found = register_of("清单.xlsx", header, plan, sheet)
    assert (found.id if found else None) == register


def test_a_header_that_fits_two_registers_is_an_error_that_names_both() -> None:
    twice = plan_of(TWICE)
    with pytest.raises(Refusal) as refused:
        register_of("清单.csv", ["code", "list", "row", "state"], twice)
    assert "“问题清单”（problems）、“复查清单”（again），请用 --register 指明" in refused.value.said.zh
    assert "problems, again" in refused.value.said.en
    found = register_of("清单.csv", ["code", "list", "row", "state"], twice, "复查清单")
    assert found is not None
    assert found.id == "again"


def test_a_header_that_fits_figures_and_a_register_is_an_error_that_names_both() -> None:
    both = plan_of(LISTS.replace("  funds: {", "  visit: {title: 走访批次, level: county, roll_up: sum}\n  funds: {"))
    with pytest.raises(Refusal) as refused:
        register_of("清单.csv", ["code", "走访批次"], both)
    assert "既合指标报表，又合登记册“走访登记”（visits）" in refused.value.said.zh


def test_a_header_that_is_like_those_of_several_registers_and_fits_none_names_them() -> None:
    with pytest.raises(Refusal) as refused:
        register_of("清单.csv", ["code", "kind", "state", "什么"], plan_of(TWICE))
    assert (
        "像是登记册“问题清单”（problems）、“复查清单”（again），但与哪一册都不全合；请用 --register"
        in refused.value.said.zh
    )
    assert register_of("清单.csv", ["code", "state", "什么"], plan_of(TWICE)) is None


def test_a_plan_without_registers_has_reports_of_figures_alone() -> None:
    figures = plan_of("census: c\ntitle: t\nstandard_time: 2020-11-01T00:00:00+08:00\nphases: []\n")
    assert register_of("清单.csv", ["code", "list", "row"], figures) is None


def test_a_register_is_called_by_its_id_or_its_title(plan: Plan) -> None:
    assert [register_called(name, plan).id for name in ("visits", "走访登记", " Visits ")] == ["visits"] * 3
    with pytest.raises(Refusal) as refused:
        register_called("走访登记册", plan)
    assert "是否为 走访登记（visits）" in refused.value.said.zh


def test_columns_are_found_by_id_and_by_title_and_a_serial_number_may_be_one(plan: Plan) -> None:
    header = ["序号", "区划代码", "单位名称", "list", "办理 期限", "", "填表人", "撤销"]
    columns = match_register("清单.csv", header, plan.registers["problems"])
    assert [(place, one.id) for place, one in columns.cells] == [(0, "row"), (3, "list"), (4, "due")]
    assert (columns.code, columns.names, columns.withdrawn) == (1, 2, 7)
    assert (columns.others, columns.reporters, columns.unnamed) == ((2,), (6,), (5,))


@pytest.mark.parametrize(
    ("register", "header", "sentence"),
    [
        ("problems", ["list", "row"], "没有“区划代码”"),
        ("problems", ["code", "list", "row", "经费"], "不认识“经费”一列，“问题清单”的列为 清单批次（list）"),
        ("problems", ["code", "list", "row", "办理时限"], "是否为 办理期限（due）"),
        ("problems", ["code", "list", "state"], "缺少“序号”（row）一列"),
        ("problems", ["code", "list", "row", "清单批次"], "“清单批次”与另一列是同一栏（list）"),
        ("problems", ["code", "list", "row", "撤销", "withdrawn"], "2 列意思相同"),
        ("visits", ["code", "visit", "答复时限"], "由系统按“asked + interval '24 hour'”推算，不能上报"),
        ("visits", ["code", "撤销"], "缺少“走访批次”（visit）一列"),
        ("problems", ["code", "list", "row", "户主姓名"], "普查对象的姓名"),
        ("problems", ["code", "list", "row", "13812345678"], "手机号码"),
    ],
)
def test_a_file_with_other_columns_is_refused_whole(
    plan: Plan, register: str, header: list[str], sentence: str
) -> None:
    with pytest.raises(Refusal) as refused:
        match_register("清单.csv", header, plan.registers[register])
    assert sentence in refused.value.said.zh
    assert "13812345678" not in "".join(refused.value.said)


def test_every_unknown_column_and_missing_key_is_named_at_once(plan: Plan) -> None:
    with pytest.raises(Refusal) as refused:
        match_register("清单.csv", ["code", "list", "甲", "乙"], plan.registers["problems"])
    assert len(refused.value.said.zh.splitlines()) == len(refused.value.said.en.splitlines()) == 3


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("未办结问题", "请改报“问题清单”（pucha report --register problems）"),
        ("未办结占比", "不能上报，请删除该列；请改报“到位经费”、“问题清单”"),
    ],
)
def test_a_figure_that_is_drawn_from_rows_says_what_to_send_instead(plan: Plan, title: str, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        match_columns("报表.csv", ["code", title], plan)
    assert sentence in refused.value.said.zh


def test_an_optional_part_of_the_key_may_be_left_out() -> None:
    optional = plan_of(
        LISTS.replace("row: {title: 序号, type: number}", "row: {title: 序号, type: text, optional: yes}")
    )

    columns = match_register("清单.csv", ["code", "list", "state"], optional.registers["problems"])

    assert [one.id for _, one in columns.cells] == ["list", "state"]
    found = register_of("清单.csv", ["code", "list", "state"], optional)
    assert found is not None
    assert found.id == "problems"
