"""Rows as JSON has them, and cells of every type as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest

from models.moments import micros, read_zone
from models.plan.files import read_plan
from models.plan.lists import Register
from models.rules.registers.frames import rows_schema
from models.rules.registers.shown import HIDDEN_CELLS, columns_filled, in_json, said_cell, shown_cell, shown_rows

ZONE = read_zone("Asia/Shanghai")
PLAN = """
census: trial
title: 试验普查
standard_time: 2020-11-01
registers:
  questions:
    title: 业务问答
    kept_by: county
    key: [list, asked, row]
    columns:
      row: {title: 序号, type: number}
      list: {title: 批次, type: text}
      asked: {title: 提问时刻, type: moment}
      due: {title: 期限, type: date}
      answered: {title: 已答复, type: yes_no}
      topics: {title: 主题, one_of: {devices: 设备, funds: 经费}, several: yes}
      note: {title: 备注, type: text}
indicators:
  met: {title: 会议, level: county, roll_up: sum}
ladders:
  standard: [{id: overdue, at: +0d, to: [unit.owner]}]
phases:
  - id: preparation
    title: 准备
    starts: T-200d
    ends: T-73d
    requirements:
      - {id: met, title: 开会, judged_at: county, met_when: "met >= 1", due: 2020-08-05, ladder: standard}
"""
SENT = micros(datetime(2020, 10, 5, 9, tzinfo=UTC))


@pytest.fixture(scope="module")
def register() -> Register:
    return read_plan(["plan.yaml"], {"plan.yaml": PLAN}.__getitem__).plan.registers["questions"]


def rows(register: Register, **cells: Any) -> pl.DataFrame:
    """One row with these cells."""
    schema = rows_schema(register)
    row = {
        **dict.fromkeys(schema),
        "code": "130101",
        "list": "甲批",
        "asked": datetime(2026, 10, 11, 0, 0, tzinfo=UTC),
        "row": 14.0,
        ":since": SENT,
        ":changed": SENT,
        ":withdrawn": False,
        ":nil": False,
        **cells,
    }
    return pl.DataFrame([row], schema=schema)


def shown(register: Register, frame: pl.DataFrame) -> list[dict[str, Any]]:
    return [in_json(row, ZONE) for row in shown_rows(frame, register, ZONE)]


def test_a_key_is_its_parts_joined_with_moments_of_the_plans_zone_and_whole_numbers(register: Register) -> None:
    (row,) = shown(register, rows(register))
    assert row["key"] == "甲批/2026-10-11T08:00/14"


def test_json_has_every_column_of_the_register_and_nothing_for_an_empty_cell(register: Register) -> None:
    whole = rows(register, due=date(2020, 11, 20), answered=False, topics=["funds", "devices"])
    (row,) = shown(register, whole)
    assert row == {
        "key": "甲批/2026-10-11T08:00/14",
        "code": "130101",
        "cells": {
            "row": 14,
            "list": "甲批",
            "asked": "2026-10-11T08:00:00+08:00",
            "due": "2020-11-20",
            "answered": False,
            "topics": ["funds", "devices"],
            "note": None,
        },
        "since": "2020-10-05T17:00:00+08:00",
        "changed": "2020-10-05T17:00:00+08:00",
    }


def test_only_a_row_with_a_hidden_cell_says_so(register: Register) -> None:
    small = pl.Series(HIDDEN_CELLS, [[], ["row"]])
    two = pl.concat([rows(register), rows(register, row=15.0)]).with_columns(small)
    told = [row.get("hidden") for row in shown(register, two)]
    assert told == [None, True]


@pytest.mark.parametrize(
    ("cell", "told"),
    [(14.0, 14), (14.5, 14.5), (-0.0, 0), (2.0**53, 2.0**53), (1e300, 1e300), (True, True), ("甲", "甲")],
)
def test_a_number_without_a_fraction_is_a_whole_one_as_far_as_it_is_exact(cell: Any, told: Any) -> None:
    read = shown_cell(cell, ZONE)
    assert (read, type(read)) == (told, type(told))


@pytest.mark.parametrize(
    ("column", "cell", "zh", "en"),
    [
        ("topics", ["funds", "devices"], "经费、设备", "funds, devices"),
        ("answered", True, "是", "yes"),
        ("answered", False, "否", "no"),
        ("answered", None, "—", "—"),
        ("asked", datetime(2020, 10, 10, 16, 0, tzinfo=UTC), "2020-10-11 00:00", "2020-10-11 00:00"),
        ("asked", datetime(2020, 10, 10, 16, 0, 1, tzinfo=UTC), "2020-10-11 00:00:01", "2020-10-11 00:00:01"),
        ("due", date(2020, 11, 20), "2020-11-20", "2020-11-20"),
        ("row", 20.0, "20", "20"),
        ("list", "甲批", "甲批", "甲批"),
        ("list", "", "—", "—"),
    ],
)
def test_people_read_titles_and_programs_ids(register: Register, column: str, cell: Any, zh: str, en: str) -> None:
    asked = register.columns[column]
    read = shown_cell(cell, ZONE)
    assert (said_cell(asked, read, "zh"), said_cell(asked, read, "en")) == (zh, en)


def test_the_key_comes_first_and_a_column_without_cells_is_not_shown(register: Register) -> None:
    shown = columns_filled(rows(register, note="已转办"), register)
    assert [column.id for column in shown] == ["list", "asked", "row", "note"]
