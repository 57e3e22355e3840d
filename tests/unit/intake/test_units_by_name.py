"""Rows that call their unit by its name, where no code stands: within the sender's area, and never by a guess."""

from __future__ import annotations

import polars as pl
import pytest
from worlds.report_tables import table

from models.plan.model import Plan
from models.rules.intake.codes import Called
from models.rules.intake.gathering import Rows, gather
from models.rules.intake.report_columns import match_columns
from models.rules.intake.report_units import Known
from models.rules.intake.reports import read_part
from models.unit_names import UnitNames

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
