"""Rows as programs and people read them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from worlds.over_rows import CHAINS, NOW, UNITS, ZONE, planned
from worlds.plans_over_rows import HEARD, kept_rows

from models.plan.lists import Column
from models.plan.row_expressions import Clock
from models.rules.registers.computed import with_computed
from models.rules.registers.offices import with_offices
from models.rules.registers.shown import Cell, said_cell, shown_rows
from models.wording import Lang


def test_a_row_is_shown_with_its_key_and_all_its_cells_computed_ones_among_them():
    plan = planned("register: questions, due: due", "answered is not null")
    register = plan.registers["questions"]
    asked = datetime(2020, 11, 17, 15, 30, tzinfo=ZONE)
    rows = with_offices(
        kept_rows(register, [{"code": "140105", "question": "甲", "asked": asked}]), register, UNITS, CHAINS
    )

    [row] = shown_rows(with_computed(rows, register, Clock(NOW, plan.standard_time)), register, plan.zone)

    assert (row.key, row.code, row.since, row.changed) == ("140105/甲", "140105", HEARD, HEARD)
    assert row.cells == {
        "question": "甲",
        "asked": "2020-11-17T15:30:00+08:00",
        "answered": None,
        "due": "2020-11-18T15:30:00+08:00",
    }


def test_numbers_without_a_fraction_are_whole_and_days_are_written_as_days():
    plan = planned("register: problems, due: due")
    register = plan.registers["problems"]
    rows = kept_rows(
        register,
        [
            {"code": "140105", "list": "甲批", "row": 7.0, "due": date(2020, 11, 20), "state": "closed"},
            {"code": "140105", "list": "甲批", "row": 7.5},
        ],
    )

    first, second = shown_rows(rows, register, plan.zone)

    assert (first.key, first.cells["row"], first.cells["due"]) == ("甲批/7", 7, "2020-11-20")
    assert (second.key, second.cells["row"], second.cells["due"]) == ("甲批/7.5", 7.5, None)


KIND = Column("kind", "类别", "one_of", values={"logic": "逻辑问题", "missed": "漏登"})


@pytest.mark.parametrize(
    ("column", "cell", "lang", "said"),
    [
        (KIND, "logic", "zh", "逻辑问题"),
        (KIND, "logic", "en", "logic"),
        (KIND, ["logic", "missed"], "zh", "逻辑问题、漏登"),
        (KIND, None, "zh", "—"),
        (Column("done", "办结", "yes_no"), True, "zh", "是"),
        (Column("done", "办结", "yes_no"), False, "en", "no"),
        (Column("at", "时间", "moment"), "2020-11-17T15:30:00+08:00", "zh", "2020-11-17 15:30"),
        (Column("row", "序号", "number"), 7, "zh", "7"),
    ],
)
def test_a_cell_is_said_as_an_office_writes_it(column: Column, cell: Cell, lang: Lang, said: str):
    assert said_cell(column, cell, lang) == said
