"""Gates of phases that owe nothing but rows of registers: not passed because nobody has sent a row yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
import pytest
from worlds.over_rows import CHAINS, DONE, UNITS, ZONE, planned
from worlds.plans_over_rows import kept_rows

from models.calendar.working_time import Calendar
from models.plan.model import Plan
from models.rules.judging.gates import count_phases, phases_at
from models.rules.judging.judged_rows import with_duties_over_rows
from models.rules.judging.judging import judge, with_decisions, with_timing
from models.rules.judging.offices import Offices
from models.rules.registers.duties import judge_rows

BEFORE_THE_END, THE_END = "2020-12-31T23:59", "2021-01-01T00:00"
CLOSED = {"code": "140105001", "list": "甲批", "row": 1, "state": "closed"}
OPEN = {**CLOSED, "state": "received"}
NIL_RETURNS = [{"code": "140105", "nil": True}, {"code": "140106", "nil": True}]
BY_THEIR_DAYS = "register: problems, due: due"
ON_OCCASION = "register: questions, due: due"
SENT_BACK = "register: problems, owed_by: pool"


def exit_of(plan: Plan, *rows: dict[str, Any], now: str = BEFORE_THE_END, unit: str = "14") -> tuple[str, str]:
    """State and exit of the only phase at a unit."""
    moment = datetime.fromisoformat(now).replace(tzinfo=ZONE)
    [one] = plan.requirements
    assert one.each is not None
    register, calendar, offices = (
        plan.registers[one.each.register],
        Calendar("none", {}, frozenset()),
        Offices(UNITS, CHAINS),
    )
    kept = kept_rows(register, rows)
    nothing = judge(plan, offices, lambda _: pl.DataFrame(), calendar, moment, requirements=[])
    judgement = with_duties_over_rows(
        nothing,
        plan=plan,
        offices=offices,
        duties_of=lambda one: judge_rows(kept, one, plan, UNITS, CHAINS, moment),
        calendar=calendar,
        requirements=plan.requirements,
    )
    decided = pl.DataFrame(
        schema=dict.fromkeys(("unit", "requirement", "period"), pl.String)
        | {"waived": pl.Boolean, "extended_to": pl.Int64}
    )
    verdicts = with_timing(with_decisions(judgement.verdicts, decided, plan, calendar), moment)
    groups = CHAINS.select("unit", "ancestor")
    [phase] = phases_at(
        plan, unit, count_phases(verdicts, plan, groups, awaited=judgement.awaited(plan)), frozenset(), moment
    )
    return phase.state, phase.exit


def test_a_list_that_nobody_has_sent_holds_the_gate_until_the_phase_ends():
    plan = planned(BY_THEIR_DAYS)

    assert exit_of(plan) == ("open", "open")
    assert exit_of(plan, now=THE_END) == ("closed", "passed")


def test_one_keeper_that_was_never_heard_of_holds_the_gate_of_its_own_office_and_of_those_above():
    plan = planned(BY_THEIR_DAYS)

    assert exit_of(plan, CLOSED)[1] == "open"
    assert exit_of(plan, CLOSED, unit="140105")[1] == "passed"
    assert exit_of(plan, CLOSED, unit="140106")[1] == "open"


@pytest.mark.parametrize("rows", [[CLOSED, NIL_RETURNS[1]], NIL_RETURNS])
def test_rows_that_are_met_and_nil_returns_pass_it_at_once(rows: list[dict[str, Any]]):
    assert exit_of(planned(BY_THEIR_DAYS), *rows) == ("closed", "passed")


def test_a_row_that_is_not_met_holds_it_after_the_end_too():
    assert exit_of(planned(BY_THEIR_DAYS), OPEN, NIL_RETURNS[1], now=THE_END)[1] == "open"


def test_a_keeper_whose_silence_is_late_by_a_day_is_unreported_and_holds_it_after_the_end_too():
    plan = planned(BY_THEIR_DAYS, DONE, "judged_at: county, due: 2020-11-30")

    assert exit_of(plan, CLOSED, now=THE_END) == ("overdue", "open")


@pytest.mark.parametrize(
    ("each", "met_when", "more"),
    [(ON_OCCASION, "answered is not null", "judged_at: county"), (SENT_BACK, DONE, "due: 2020-11-30")],
)
def test_where_nothing_is_awaited_a_phase_that_owes_nothing_yet_is_passed_when_it_ends(
    each: str, met_when: str, more: str
):
    plan = planned(each, met_when, more)

    assert exit_of(plan)[1] == "open"
    assert exit_of(plan, now=THE_END)[1] == "passed"


def test_an_office_below_all_that_owe_something_is_not_held_up():
    assert exit_of(planned(BY_THEIR_DAYS), unit="140105001")[1] == "passed"
    assert exit_of(planned(ON_OCCASION, "answered is not null"), unit="140105001")[1] == "passed"
