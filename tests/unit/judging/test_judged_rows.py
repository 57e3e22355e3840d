"""Duties over rows among the verdicts: warnings, decisions, the due moments of open cases, rows that are never due."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest
from worlds.over_rows import CHAINS, NOW, PROBLEMS, UNITS, ZONE, requirement
from worlds.plans import plan_of
from worlds.plans_over_rows import kept_rows, plan_over_rows

from models.calendar.working_time import Calendar
from models.moments import micros
from models.rules.judging.judged_rows import with_dues_of_cases, with_duties_over_rows
from models.rules.judging.judging import SCHEMA, judge, with_decisions, with_timing
from models.rules.judging.offices import Offices
from models.rules.registers.duties import judge_rows

PLAN = plan_of(
    plan_over_rows(
        {"problems": PROBLEMS},
        [
            requirement("register: problems, by: list, due: due", more="judged_at: county, ladder: standard"),
            '{id: other, title: 另一项, judged_at: county, due: 2020-11-20, met_when: "1 = 0"}',
        ],
        ladders={
            "standard": ["{id: remind-7, at: -7d, to: [unit.owner]}", "{id: overdue, at: +0d, to: [unit.owner]}"],
        },
    )
)
EVERY_DAY = Calendar("none", {}, frozenset())


def at(day: int, hour: int = 0) -> int:
    return micros(datetime(2020, 11, day, hour, tzinfo=ZONE))


def row(number: int, name: str, due: int | None, code: str = "140105", state: str = "received") -> dict[str, Any]:
    day = date(2020, 11, due) if due else None
    return {"code": code, "list": name, "row": number, "due": day, "state": state}


def verdicts(*rows: dict[str, Any], units: pl.DataFrame = UNITS) -> pl.DataFrame:
    offices = Offices(units, CHAINS)
    kept = kept_rows(PLAN.registers["problems"], rows)
    judged = judge(PLAN, offices, lambda _: pl.DataFrame(), EVERY_DAY, NOW, requirements=[])
    over = with_duties_over_rows(
        judged,
        plan=PLAN,
        offices=offices,
        duties_of=lambda one: judge_rows(kept, one, PLAN, UNITS, CHAINS, NOW),
        calendar=EVERY_DAY,
        requirements=PLAN.requirements,
    )
    return over.verdicts


def test_a_duty_over_rows_is_a_verdict_like_any_other_and_warns_before_its_rows_are_due():
    found = verdicts(row(1, "甲批", 24))

    assert found.schema == SCHEMA
    assert found.rows() == [("140105", "recheck.closed", "甲批", 0, "unmet", at(25), at(18))]


@pytest.mark.parametrize(("hour", "timing"), [("2020-11-17T23:59", "not_due"), ("2020-11-18T00:00", "due_soon")])
def test_it_is_due_soon_from_its_first_reminder_on(hour: str, timing: str):
    now = datetime.fromisoformat(f"{hour}:00+08:00")

    assert with_timing(verdicts(row(1, "甲批", 24)), now)["timing"].to_list() == [timing]


def test_a_row_without_a_day_is_neither_due_soon_nor_overdue():
    found = verdicts(row(1, "甲批", None))

    assert found.select("due", "warns").rows() == [(None, None)]
    assert with_timing(found, datetime(2030, 1, 1, tzinfo=ZONE))["timing"].to_list() == ["not_due"]


def test_only_the_offices_that_matter_have_verdicts():
    rows = row(1, "甲批", 24), row(1, "甲批", 24, "140106")

    assert verdicts(*rows, units=UNITS.filter(pl.col("unit") != "140106"))["unit"].to_list() == ["140105"]


@pytest.mark.parametrize(("due", "holds"), [(19, at(22)), (21, at(22)), (22, at(23))])
def test_an_extension_holds_for_what_is_due_by_it_and_not_for_rows_that_are_due_later(due: int, holds: int):
    decided = pl.DataFrame(
        [("140105", "recheck.closed", "甲批", False, at(22))],
        schema=["unit", "requirement", "period", "waived", "extended_to"],
        orient="row",
    )

    found = with_decisions(verdicts(row(1, "甲批", due)), decided, PLAN, EVERY_DAY)

    assert found.select("due", "warns").rows() == [(holds, holds - 7 * 86_400_000_000)]


def test_a_row_without_a_day_is_due_by_an_extension():
    decided = pl.DataFrame(
        [("140105", "recheck.closed", "甲批", False, at(22))],
        schema=["unit", "requirement", "period", "waived", "extended_to"],
        orient="row",
    )

    assert with_decisions(verdicts(row(1, "甲批", None)), decided, PLAN, EVERY_DAY)["due"].to_list() == [at(22)]


def test_a_duty_with_an_open_case_is_due_when_that_is_and_others_when_their_rows_are():
    found = verdicts(row(1, "甲批", 24), row(2, "乙批", 26), row(1, "甲批", 28, "140106"))
    cases = pl.DataFrame(
        [("140105", "recheck.closed", "甲批", at(12))],
        schema=["unit", "requirement", "period", "due"],
        orient="row",
    )

    moved = with_dues_of_cases(found, cases, PLAN, EVERY_DAY)

    assert moved.select("unit", "period", "due", "warns").rows() == [
        ("140105", "乙批", at(27), at(20)),
        ("140105", "甲批", at(12), at(5)),
        ("140106", "甲批", at(29), at(22)),
    ]
    assert with_dues_of_cases(found, cases.clear(), PLAN, EVERY_DAY).equals(found)
