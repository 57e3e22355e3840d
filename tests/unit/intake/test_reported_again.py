"""What is written of rows can be reported again: titles, cells, and what a spreadsheet would run or change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from models.moments import read_zone
from models.plan.lists import Column, Register
from models.plan.row_expressions import read_row_expression
from models.rules.intake.reported_again import for_spreadsheets, heading, reportable
from models.rules.registers.frames import rows_schema

ZONE = read_zone("Asia/Shanghai")
COLUMNS = (
    Column("row", "序号", "number"),
    Column("state", "状态", "one_of", values={"open": "在办", "shut": "办结", "again": "办结", "odd": "=退回"}),
    Column("kinds", "类别", "one_of", values={"a": "甲类", "b": "乙、丙类"}, several=True),
    Column("pool", "退回何处", "code", outside=True),
    Column("asked", "提问时刻", "moment"),
    Column("due", "期限", "date"),
    Column("passed", "合格", "yes_no"),
    Column("note", "备注", "text"),
    Column("late", "迟报", "yes_no", computed=read_row_expression("row > 3", {"row": "number"})),
)


def register(*columns: Column) -> Register:
    return Register("r", "登记册", ("county",), ("county",), ("row",), {one.id: one for one in columns or COLUMNS})


def table(**cells: Any) -> pl.DataFrame:
    schema = rows_schema(register())
    row = {**dict.fromkeys(schema), "code": "130101", **cells}
    frame = pl.DataFrame([row], schema=schema).with_columns(late=pl.lit(True))
    return reportable(frame, register(), ZONE)


def test_the_table_has_the_plans_titles_and_nothing_that_is_computed() -> None:
    assert table().columns == ["区划代码", "序号", "状态", "类别", "退回何处", "提问时刻", "期限", "合格", "备注"]


@pytest.mark.parametrize(
    ("column", "cell", "title", "written"),
    [
        ("state", "open", "状态", "在办"),
        ("state", "shut", "状态", "shut"),  # two values have that title
        ("state", "odd", "状态", "odd"),  # a spreadsheet would run it
        ("kinds", ["a"], "类别", "甲类"),
        ("kinds", ["a", "b"], "类别", "甲类、b"),  # the title of b would be read as two
        ("passed", True, "合格", "是"),
        ("passed", False, "合格", "否"),
        ("passed", None, "合格", None),
        ("pool", "00", "退回何处", "00"),
        ("row", 14.0, "序号", 14.0),
        ("due", date(2020, 11, 20), "期限", date(2020, 11, 20)),
        ("asked", datetime(2020, 10, 10, 16, 0, tzinfo=UTC), "提问时刻", datetime(2020, 10, 11, 0, 0)),
    ],
)
def test_a_cell_is_written_as_an_office_would(column: str, cell: Any, title: str, written: Any) -> None:
    assert table(**{column: cell})[title].to_list() == [written]


@pytest.mark.parametrize(
    ("column", "cell", "title", "written"),
    [
        ("note", "=1+1", "备注", "'=1+1"),
        ("note", "@甲", "备注", "'@甲"),
        ("note", "甲", "备注", "甲"),
        ("note", "0012", "备注", "\t0012"),
        ("note", "3-5", "备注", "\t3-5"),
        ("pool", "00", "退回何处", "\t00"),
        ("due", date(2020, 11, 20), "期限", date(2020, 11, 20)),
        ("asked", datetime(2020, 10, 10, 16, 0, tzinfo=UTC), "提问时刻", "2020-10-11 00:00"),
        ("asked", datetime(2020, 10, 10, 16, 0, 1, tzinfo=UTC), "提问时刻", "2020-10-11 00:00:01"),
        ("row", 14.0, "序号", 14),
        ("row", 14.5, "序号", 14.5),
        ("row", None, "序号", None),
    ],
)
def test_a_spreadsheet_runs_and_changes_nothing_of_a_csv(column: str, cell: Any, title: str, written: Any) -> None:
    (found,) = for_spreadsheets(table(**{column: cell}))[title].to_list()
    assert (found, type(found)) == (written, type(written))


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("金额", "金额"),
        ("=金额", "amount"),
        ("-", "amount"),
        ("区划代码", "amount"),
        ("撤销", "amount"),
        ("row", "amount"),
    ],
)
def test_a_title_that_means_something_else_gives_way_to_the_id(title: str, written: str) -> None:
    amount = Column("amount", title, "number", unit="yuan")
    assert heading(amount, register(Column("row", "序号", "number"), amount)) == written


def test_two_columns_of_one_title_are_written_by_their_ids() -> None:
    one, other = Column("due", "期限", "date"), Column("until", "期限", "date")
    assert [heading(column, register(one, other)) for column in (one, other)] == ["due", "until"]
