"""The rows behind a figure: those that it counts, and not which of them hold fewer than three births."""

from __future__ import annotations

from pathlib import Path

from worlds.campaign import at, make_campaign
from worlds.plans_over_rows import plan_over_rows
from worlds.registers import take_rows

from tasks.judging.rows_behind import rows_of_figures

BATCHES = """
title: 资料分批
kept_by: township
key: [code, row]
columns:
  row: {title: 序号, type: number}
  births: {title: 出生人数, type: number}
  few: {title: 是否偏少, type: yes_no, is: "births < 3"}
  copies: {title: 份数, type: number}
"""
PLAN = plan_over_rows(
    {"batches": BATCHES},
    ['{id: met, title: 开会, judged_at: county, met_when: "meetings >= 1", due: 2020-11-30}'],
    indicators=[
        "meetings: {title: 专题会议, level: county, roll_up: sum}",
        'few_births: {title: 出生偏少批次, register: batches, level: township, count_where: "births < 3"}',
        'fewer_births: {title: 出生再偏少批次, register: batches, level: township, count_where: "few"}',
        'copied: {title: 有份数批次, register: batches, level: township, count_where: "copies >= 2"}',
    ],
)


def test_rows_are_not_picked_by_cells_that_may_not_be_shown(tmp_path: Path) -> None:
    store = make_campaign(tmp_path, plan=PLAN).store
    rows = [
        {"code": "990101001", "row": 1.0, "births": 2.0, "copies": 1.0},
        {"code": "990101001", "row": 2.0, "births": 30.0, "copies": 2.0},
    ]
    moment = at("2020-11-10T09:00")
    take_rows(store, store.plan().registers["batches"], rows, moment, moment)

    found = rows_of_figures(store, store.plan(), ["few_births", "fewer_births", "copied"], "990101001", moment)

    assert {one.figure: [row.key for row in one.rows] for one in found} == {
        "copied": ["990101001/2"],
        "few_births": [],
        "fewer_births": [],
    }
