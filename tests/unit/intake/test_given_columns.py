"""Columns that the product alone fills in: what a report may not say of itself, and what a full list does not take away."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from worlds.campaign import at
from worlds.plans import FRAME, phase, plan_of
from worlds.plans_over_rows import kept_rows

from models.rules.intake.gathering import reasons
from models.rules.intake.row_faults import Held, row_faults
from models.rules.intake.whole_lists import missing_rows
from models.rules.judging.tree import above
from models.rules.registers.frames import report_schema

REGISTER = """registers:
  samples:
    title: 抽查
    kept_by: county
    key: [number]
    columns:
      number: {title: 编号, type: number}
      drawn: {title: 抽中, type: yes_no, given: yes}
      done: {title: 完成, type: yes_no}
"""
PLAN = plan_of(FRAME + REGISTER + "phases:\n" + phase("p", "阶段", "2020-07-01", "2020-12-01"))
SAMPLES = PLAN.registers["samples"]
UNITS = pl.DataFrame(
    {
        "unit": ["99", "9901", "990101"],
        "name": ["省", "市", "甲县"],
        "level": ["province", "city", "county"],
        "superior": [None, "99", "9901"],
    }
)


def held(*rows: dict[str, Any]) -> Held:
    return Held(
        register=SAMPLES,
        plan=PLAN,
        rows=kept_rows(SAMPLES, [{"code": "990101", **row} for row in rows]),
        units=UNITS,
        chains=above(UNITS),
        cases=pl.DataFrame(schema={"unit": pl.String, "requirement": pl.String, "period": pl.String}),
        as_of=at("2020-08-20T09:00"),
    ).placed()


def taken(known: Held, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = report_schema(SAMPLES)
    marks = {"code": "990101", ":withdrawn": False, ":nil": False}
    frame = pl.DataFrame([{name: (marks | row).get(name) for name in schema} for row in rows], schema=schema)
    return known.with_offices(frame).with_columns(pl.lit(2, pl.Int64).alias(":row"))


FILLED_IN = "“抽中”由系统填写，请留空"


@pytest.mark.parametrize(
    ("before", "report", "why"),
    [
        ({}, {"drawn": True}, FILLED_IN),
        ({}, {"drawn": False}, ""),
        ({}, {"done": True}, ""),
        ({"drawn": True}, {"drawn": True}, ""),
        ({"drawn": True}, {"done": True}, ""),
        ({"drawn": True}, {":emptied": ["drawn"]}, FILLED_IN),
        ({}, {":emptied": ["drawn"]}, ""),
        ({"drawn": True}, {":withdrawn": True}, "本行由系统列出（抽中），不得撤销"),
        ({}, {":withdrawn": True}, ""),
    ],
)
def test_only_the_product_says_what_it_has_drawn(before: dict[str, Any], report: dict[str, Any], why: str) -> None:
    known = held({"number": 1.0, **before})

    assert "".join(reasons(row_faults(taken(known, {"number": 1.0, **report}), known))["zh"]) == why


def test_a_row_that_nobody_knew_draws_itself_no_more_than_one_that_is_known() -> None:
    known = held({"number": 1.0, "drawn": True})

    assert reasons(row_faults(taken(known, {"number": 2.0, "drawn": True}), known))["zh"].to_list() == [FILLED_IN]


def test_a_full_list_leaves_the_rows_standing_that_the_product_put_there() -> None:
    known = held({"number": 1.0, "drawn": True}, {"number": 2.0}, {"number": 3.0})
    sent = taken(known, {"number": 3.0})

    missing = missing_rows(sent, sent.clear(), pl.col("number").cast(pl.String), known, agreed=True)

    assert missing.withdrawn["number"].to_list() == [2.0]
    assert missing.staying == ["1.0"]
