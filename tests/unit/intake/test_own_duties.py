"""What a keeper may not do with a report to a row that he owes: put it off, hand it on, or withdraw it once it is late."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
import pytest
from worlds.campaign import at
from worlds.plans import FRAME, phase, plan_of

from models.moments import micros
from models.plan.model import Plan
from models.rules.intake.gathering import reasons
from models.rules.intake.own_duties import own_duty_faults
from models.rules.intake.row_faults import Held
from models.rules.judging.tree import above
from models.rules.registers.frames import report_schema, rows_schema
from models.rules.registers.overlay import no_rows, overlay

REGISTER = """registers:
  requests:
    title: 请示事项
    kept_by: county
    key: [number]
    columns:
      number: {title: 编号, type: number}
      topic: {title: 类别, one_of: {funds: 经费, devices: 设备}}
      asked: {title: 提出日期, type: date}
      answer_by: {title: 答复期限, type: date, is: "asked + interval '10 day'"}
      owner: {title: 承办单位, type: code, outside: yes}
      done: {title: 办结, type: yes_no}
      urgent: {title: 急件, type: yes_no}
"""
UNITS = pl.DataFrame(
    {
        "unit": ["99", "9901", "990101", "990102"],
        "name": ["省", "市", "甲县", "乙县"],
        "level": ["province", "city", "county", "county"],
        "superior": [None, "99", "9901", "9901"],
    }
)


def plan(each: str, more: str = "judged_at: county, ") -> Plan:
    duty = f'{{id: answered, title: 请示按期答复, {more}ladder: standard, each: {{register: requests, {each}}}, met_when: "done"}}'
    ladder = "ladders:\n  standard:\n    - {id: overdue, at: +0d, to: [unit.owner]}\n"
    return plan_of(FRAME + REGISTER + ladder + "phases:\n" + phase("p", "阶段", "2020-07-01", "2020-12-01", [duty]))


def rows(plan: Plan, *given: dict[str, Any]) -> pl.DataFrame:
    """Rows of a report."""
    schema = report_schema(plan.registers["requests"])
    marks = {"code": "990101", ":withdrawn": False, ":nil": False}
    return pl.DataFrame([{name: (marks | row).get(name) for name in schema} for row in given], schema=schema)


def refused(
    plan: Plan,
    before: dict[str, Any],
    report: dict[str, Any],
    moment: str = "2020-08-20T09:00",
    cases: tuple[tuple[str, str, str], ...] = (),
) -> str:
    """Why a report about one row that holds is refused; "" where it is taken in."""
    register, as_of = plan.registers["requests"], at(moment)
    first = rows(plan, {"number": 1.0, **before})
    state = overlay(no_rows(register), first, register, micros(at("2020-08-01T09:00")), 1)
    assert state.schema == rows_schema(register)
    held = Held(
        register=register,
        plan=plan,
        rows=state,
        units=UNITS,
        chains=above(UNITS),
        cases=pl.DataFrame(
            list(cases), schema={"unit": pl.String, "requirement": pl.String, "period": pl.String}, orient="row"
        ),
        as_of=as_of,
    ).placed()
    taken = held.with_offices(rows(plan, {"number": 1.0, **report})).with_columns(pl.lit(2, pl.Int64).alias(":row"))
    return "".join(reasons(own_duty_faults(taken, held))["zh"])


def day(text: str) -> Any:
    return datetime.fromisoformat(text).date()


DUE = "due: answer_by"


@pytest.mark.parametrize(
    ("asked", "put_off"), [("2020-08-10", False), ("2020-08-09", False), ("2020-08-11", True), (None, False)]
)
def test_cells_from_which_the_due_date_is_worked_out_are_not_put_off(asked: str | None, put_off: bool) -> None:
    report = {"asked": day(asked) if asked else None}
    why = refused(plan(DUE), {"asked": day("2020-08-10")}, report)
    assert ("办理期限不得自行推后" in why) == put_off


def test_an_emptied_due_date_is_put_off_for_good() -> None:
    why = refused(plan(DUE), {"asked": day("2020-08-10")}, {":emptied": ["asked"]})
    assert "办理期限不得自行推后" in why
    assert not refused(plan(DUE), {}, {"asked": day("2020-12-30")})


def test_a_row_that_is_done_is_not_put_off_either_to_be_opened_again_later() -> None:
    why = refused(plan(DUE), {"asked": day("2020-08-10"), "done": True}, {"asked": day("2020-08-30"), "done": False})
    assert "办理期限不得自行推后" in why


def test_what_the_duty_does_not_select_may_be_changed_and_withdrawn() -> None:
    urgent = plan(f'{DUE}, where: "urgent"')
    assert not refused(urgent, {"asked": day("2020-08-01"), "urgent": False}, {"asked": day("2020-08-30")})
    assert not refused(urgent, {"asked": day("2020-08-01")}, {":withdrawn": True})
    assert refused(urgent, {"asked": day("2020-08-01"), "urgent": True}, {":withdrawn": True})
    # nor does it help to say in one report that the row is none of the duty's
    assert refused(urgent, {"asked": day("2020-08-01"), "urgent": True}, {"urgent": False, "asked": day("2020-08-30")})


@pytest.mark.parametrize(
    ("moment", "kept"), [("2020-08-10T23:59", False), ("2020-08-11T00:00", True), ("2020-08-12T00:00", True)]
)
def test_a_row_may_be_withdrawn_until_the_day_is_over_by_which_it_is_due(moment: str, kept: bool) -> None:
    why = refused(plan(DUE), {"asked": day("2020-07-31")}, {":withdrawn": True}, moment)
    assert why == (
        "“请示按期答复”由本单位负责，本行已逾期，不得自行撤销；确需免办的，请报上级按豁免办理" if kept else ""
    )


def test_a_row_that_is_done_may_be_withdrawn_unless_its_case_is_open() -> None:
    done = {"asked": day("2020-07-31"), "done": True}
    assert not refused(plan(DUE), done, {":withdrawn": True})
    by_topic = plan(f"{DUE}, by: topic")
    case = (("990101", "p.answered", "funds"),)
    assert "正在催办" in refused(by_topic, {**done, "topic": "funds"}, {":withdrawn": True}, cases=case)
    assert not refused(by_topic, {**done, "topic": "devices"}, {":withdrawn": True}, cases=case)
    other = (("990102", "p.answered", "funds"),)
    assert not refused(by_topic, {**done, "topic": "funds"}, {":withdrawn": True}, cases=other)


@pytest.mark.parametrize(
    ("before", "after", "kept"), [("funds", "devices", True), ("funds", "funds", False), ("funds", None, False)]
)
def test_the_column_by_which_duties_are_told_apart_is_not_changed(before: str, after: str | None, kept: bool) -> None:
    why = refused(plan(f"{DUE}, by: topic"), {"topic": before}, {"topic": after})
    assert ("按“类别”分别催办，该栏不得自行改动" in why) == kept


def test_another_office_may_be_named_as_ower_only_by_who_does_not_owe_it() -> None:
    owed = plan(f"{DUE}, owed_by: owner", more="")
    asked = {"asked": day("2020-08-30")}
    assert "“承办单位”不得自行改为别的单位" in refused(owed, {**asked, "owner": "990101"}, {"owner": "990102"})
    assert not refused(owed, {**asked, "owner": "990102"}, {"owner": "9901"})
    assert not refused(owed, {**asked, "owner": "990102"}, {"asked": day("2020-09-30")})
    assert not refused(owed, {"asked": day("2020-07-01"), "owner": "990102"}, {":withdrawn": True})


def test_a_duty_of_another_place_holds_nobody_here() -> None:
    elsewhere = plan_of(
        FRAME
        + REGISTER
        + "ladders:\n  standard:\n    - {id: overdue, at: +0d, to: [unit.owner]}\n"
        + "phases:\n"
        + phase("p", "阶段", "2020-07-01", "2020-12-01"),
        'extends: plan.yaml\nunit: "990102"\nadd:\n  - phase: p\n    requirement:\n      id: answered\n      title: 答复\n'
        "      judged_at: county\n      ladder: standard\n      each: {register: requests, due: answer_by}\n"
        '      met_when: "done"\n',
    )
    before = {"asked": day("2020-07-01")}
    assert not refused(elsewhere, before, {":withdrawn": True})
    assert refused(elsewhere, {**before, "code": "990102"}, {":withdrawn": True, "code": "990102"})
