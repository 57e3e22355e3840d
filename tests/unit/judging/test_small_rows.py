"""Births and deaths in the rows of a register: what may not be shown, nor be asked for, nor be worked out."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from models.plan.files import read_plan
from models.plan.model import Plan
from models.rules.judging.small_rows import without_small_cells
from models.rules.registers.frames import rows_schema
from models.rules.registers.shown import HIDDEN_CELLS

PLAN = """
census: trial
title: 试验普查
standard_time: 2020-11-01
registers:
  handovers:
    title: 资料移交
    kept_by: county
    rows_at: [county, township]
    key: [code]
    columns:
      births: {title: 出生人数, type: number}
      copies: {title: 份数, type: number}
      more: {title: 合计, type: number, is: "births + copies"}
      few: {title: 是否过少, type: yes_no, is: "births < 5"}
      twice: {title: 份数加倍, type: number, is: "copies * 2"}
  batches:
    title: 分批
    kept_by: county
    key: [row]
    columns:
      row: {title: 序号, type: number}
      deaths: {title: 死亡人数, type: number}
      given: {title: 交接份数, type: number}
  summed:
    title: 汇总册
    kept_by: township
    key: [code]
    columns:
      births: {title: 出生人数, type: number}
indicators:
  met: {title: 会议, level: county, roll_up: sum}
  dwellings: {title: 住房数, level: district, roll_up: sum}
  deaths: {title: 死亡人数, level: district, roll_up: sum}
  births_sum: {title: 出生人数合计, register: summed, level: township, sum: births, about: people}
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
COUNTY, TOWN, DISTRICT = "130101", "130101001", "130101001001001"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return read_plan(["plan.yaml"], {"plan.yaml": PLAN}.__getitem__).plan


def shown(
    plan: Plan, register: str, code: str, changed: int = 1, corrected: bool | None = False, **cells: Any
) -> tuple[dict[str, Any], list[str]]:
    """The cells of a row as they are shown, and which are hidden."""
    held = plan.registers[register]
    row = {**dict.fromkeys(rows_schema(held)), "code": code, ":since": 1, ":changed": changed, **cells}
    frame = pl.DataFrame(
        [row], schema={**rows_schema(held), **{name: pl.Series([cell]).dtype for name, cell in cells.items()}}
    )
    (found,) = without_small_cells(frame, held, plan, None if corrected is None else pl.Series([corrected])).rows(
        named=True
    )
    return {name: found[name] for name in cells}, sorted(found[HIDDEN_CELLS])


@pytest.mark.parametrize(
    ("code", "births", "is_shown"),
    [(TOWN, 0.0, False), (TOWN, 2.0, False), (TOWN, 3.0, True), (COUNTY, 2.0, True)],
)
def test_fewer_than_three_births_below_county_are_not_shown(
    plan: Plan, code: str, births: float, is_shown: bool
) -> None:
    cells, hidden = shown(plan, "handovers", code, births=births)
    assert cells == {"births": births if is_shown else None}
    assert hidden == ([] if is_shown else ["births"])


def test_what_is_computed_from_a_hidden_number_is_hidden_and_what_is_not_is_shown(plan: Plan) -> None:
    cells, hidden = shown(plan, "handovers", TOWN, births=2.0, copies=7.0, more=9.0, few=True, twice=14.0)
    assert cells == {"births": None, "copies": 7.0, "more": None, "few": None, "twice": 14.0}
    assert hidden == ["births", "few", "more"]


def test_a_computed_number_below_three_is_hidden_though_what_it_is_made_of_is_shown(plan: Plan) -> None:
    cells, hidden = shown(plan, "handovers", TOWN, births=12.0, copies=-10.0, more=2.0)
    assert (cells["births"], cells["more"], hidden) == (12.0, None, ["more"])


def test_one_row_of_several_is_of_less_than_its_county(plan: Plan) -> None:
    assert shown(plan, "batches", COUNTY, row=1.0, deaths=2.0, given=2.0) == (
        {"row": 1.0, "deaths": None, "given": 2.0},
        ["deaths"],
    )


def test_a_number_that_was_changed_would_tell_of_one_child_beside_the_earlier_answer(plan: Plan) -> None:
    assert shown(plan, "handovers", TOWN, births=31.0, changed=1) == ({"births": 31.0}, [])
    assert shown(plan, "handovers", TOWN, births=31.0, changed=2) == ({"births": None}, ["births"])


@pytest.mark.parametrize("corrected", [True, None])
def test_nor_is_one_that_was_corrected_or_of_which_nobody_knows(plan: Plan, corrected: bool | None) -> None:
    assert shown(plan, "handovers", TOWN, births=31.0, corrected=corrected) == ({"births": None}, ["births"])
    assert shown(plan, "handovers", COUNTY, births=31.0, corrected=corrected) == ({"births": 31.0}, [])


def test_where_the_sum_is_a_figure_no_part_of_it_is_shown(plan: Plan) -> None:
    assert shown(plan, "summed", TOWN, births=30.0) == ({"births": None}, ["births"])


def test_an_empty_cell_is_empty_and_not_hidden(plan: Plan) -> None:
    assert shown(plan, "handovers", TOWN, births=None) == ({"births": None}, [])


@pytest.mark.parametrize(("deaths", "is_shown"), [(2.0, False), (3.0, True)])
def test_districts_are_rows_as_others_are(plan: Plan, deaths: float, is_shown: bool) -> None:
    cells, hidden = shown(plan, "districts", DISTRICT, deaths=deaths, dwellings=1.0)
    assert cells == {"deaths": deaths if is_shown else None, "dwellings": 1.0}
    assert hidden == ([] if is_shown else ["deaths"])
