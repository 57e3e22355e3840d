"""Phases at a unit: counts, gates, what blocks, and the state that people see."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from worlds.plans import phase, plan_of, trial

from models.moments import micros
from models.plan.model import Plan
from models.rules.judging.gates import count_phases, gate_passed, phases_at
from models.rules.judging.judging import STANDINGS, TIMINGS
from models.status import PhaseStatus

PLAN = trial(
    [
        "funds: {title: 经费, level: county, roll_up: sum}",
    ],
    [
        phase(
            "preparation",
            "普查准备",
            "2020-07-01",
            "2020-07-31",
            [
                '{id: funds, title: 经费, judged_at: county, met_when: "funds > 0", due: 2020-07-31}',
            ],
        ),
        phase("publicity", "宣传", "2020-07-01", "2020-07-31"),
        phase(
            "weekly",
            "周报",
            "2020-07-01",
            "2020-07-31",
            [
                '{id: report, title: 周报, judged_at: county, met_when: "funds >= 0", every: week}',
            ],
        ),
        phase(
            "registration",
            "登记",
            "2020-08-01",
            "2020-08-31",
            [
                '{id: done, title: 登记完成, judged_at: county, met_when: "funds > 5", due: 2020-08-31}',
            ],
            after="[preparation, publicity]",
        ),
    ],
)

Duty = tuple[str, int, str, str, bool]
"""Unit, place of the requirement in the plan, standing, timing, waived."""


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(PLAN)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def states(plan: Plan, now: str, *duties: Duty, exits: set[tuple[str, str]] | None = None) -> dict[str, PhaseStatus]:
    """Every phase at the province 13, above the counties 1301 and 1302."""
    verdicts = pl.DataFrame(
        [(*duty, period_of(duty), micros(at("2020-08-01T00:00"))) for duty in duties],
        schema={
            "unit": pl.String,
            "place": pl.Int32,
            "standing": STANDINGS,
            "timing": TIMINGS,
            "waived": pl.Boolean,
            "period": pl.String,
            "due": pl.Int64,
        },
        orient="row",
    )
    groups = pl.DataFrame({"unit": ["13", "1301", "1302", "1301"], "ancestor": ["13", "13", "13", "1301"]})
    counted = count_phases(verdicts, plan, groups)
    return {one.id: one for one in phases_at(plan, "13", counted, exits or set(), at(now))}


FUNDS, WEEKLY, DONE = 0, 1, 2


def period_of(duty: Duty) -> str:
    return "2020-07-27" if duty[1] == WEEKLY else ""


def test_duties_below_are_counted_with_those_overdue_and_those_waived(plan: Plan) -> None:
    found = states(
        plan,
        "2020-08-02T09:00",
        ("1301", FUNDS, "met", "not_due", False),
        ("1302", FUNDS, "unmet", "overdue", False),
        ("1302", DONE, "unreported", "not_due", False),
        ("1301", DONE, "unmet", "not_due", True),
    )

    preparation, registration = found["preparation"], found["registration"]
    assert (preparation.met, preparation.unmet, preparation.unreported, preparation.overdue) == (1, 1, 0, 1)
    assert preparation.worst_due == at("2020-08-01T00:00")
    assert (registration.met, registration.unmet, registration.unreported, registration.waived) == (0, 0, 1, 1)
    assert registration.owed == 1
    assert registration.worst_due is None


@pytest.mark.parametrize(
    ("now", "standing", "timing", "state"),
    [
        ("2020-06-30T23:59", "unreported", "not_due", "planned"),
        ("2020-07-01T00:00", "unreported", "not_due", "open"),
        ("2020-07-31T23:59", "unmet", "due_soon", "open"),
        ("2020-08-01T00:00", "unmet", "overdue", "overdue"),
        ("2020-07-05T00:00", "met", "not_due", "closed"),
        ("2020-06-05T00:00", "met", "not_due", "planned"),
    ],
)
def test_a_phase_is_planned_open_overdue_or_closed(
    plan: Plan, now: str, standing: str, timing: str, state: str
) -> None:
    found = states(plan, now, ("1301", FUNDS, standing, timing, False))

    assert found["preparation"].state == state


def test_a_phase_is_blocked_by_name_until_the_gate_before_it_is_passed(plan: Plan) -> None:
    late = ("1301", FUNDS, "unmet", "overdue", False)

    assert states(plan, "2020-08-02T09:00", late)["registration"].state == "blocked"
    assert states(plan, "2020-08-02T09:00", late)["registration"].blocked_by == ("preparation",)
    assert states(plan, "2020-07-15T09:00", late)["registration"].state == "planned"
    assert states(plan, "2020-07-15T09:00", late)["registration"].blocked_by == ("preparation", "publicity")


def test_the_duties_of_a_blocked_phase_are_judged_all_the_same(plan: Plan) -> None:
    found = states(
        plan, "2020-09-02T09:00", ("1301", FUNDS, "unmet", "overdue", False), ("1301", DONE, "unmet", "overdue", False)
    )

    assert found["registration"].state == "blocked"
    assert found["registration"].overdue == 1


@pytest.mark.parametrize(
    ("standing", "timing", "signed", "exit_", "unreported_due"),
    [
        ("met", "not_due", frozenset(), "passed", 0),
        ("unreported", "not_due", frozenset(), "open", 0),
        ("unreported", "overdue", frozenset(), "open", 1),
        ("unreported", "overdue", frozenset({("13", "preparation")}), "signed", 1),
    ],
)
def test_an_exit_and_what_is_due_are_told_apart_from_the_state(
    plan: Plan, standing: str, timing: str, signed: frozenset[tuple[str, str]], exit_: str, unreported_due: int
) -> None:
    found = states(plan, "2020-08-02T09:00", ("1301", FUNDS, standing, timing, False), exits=set(signed))["preparation"]

    assert (found.exit, found.owed, found.overdue) == (exit_, 1, unreported_due)
    assert (found.unreported, found.unreported_due) == (int(standing == "unreported"), unreported_due)


@pytest.mark.parametrize("standing", ["unmet", "unreported"])
def test_one_duty_left_at_one_county_holds_the_gate(plan: Plan, standing: str) -> None:
    found = states(
        plan, "2020-08-02T09:00", ("1301", FUNDS, "met", "not_due", False), ("1302", FUNDS, standing, "overdue", False)
    )

    assert found["registration"].blocked_by == ("preparation",)


def test_a_waiver_passes_the_gate(plan: Plan) -> None:
    found = states(
        plan,
        "2020-08-02T09:00",
        ("1301", FUNDS, "met", "not_due", False),
        ("1302", FUNDS, "unmet", "not_due", True),
        ("1301", DONE, "unmet", "not_due", False),
    )

    assert (found["preparation"].state, found["registration"].state) == ("closed", "open")


def test_a_signed_exit_passes_the_gate_of_that_unit_and_phase(plan: Plan) -> None:
    late = [("1301", FUNDS, "unmet", "overdue", False), ("1301", DONE, "unmet", "not_due", False)]

    signed = states(plan, "2020-08-02T09:00", *late, exits={("13", "preparation")})
    elsewhere = states(plan, "2020-08-02T09:00", *late, exits={("1301", "preparation"), ("13", "publicity")})

    assert (signed["preparation"].state, signed["registration"].state) == ("closed", "open")
    assert elsewhere["registration"].state == "blocked"


def test_a_phase_that_requires_nothing_is_passed_when_it_ends(plan: Plan) -> None:
    publicity = plan.phase("publicity")
    assert publicity is not None

    assert not gate_passed(publicity, {}, False, at("2020-07-31T23:59"))
    assert gate_passed(publicity, {}, False, at("2020-08-01T00:00"))
    assert states(plan, "2020-07-15T00:00")["publicity"].state == "open"


def test_a_phase_of_periodic_duties_is_passed_only_after_its_last_period(plan: Plan) -> None:
    met = ("1301", WEEKLY, "met", "not_due", False)

    assert states(plan, "2020-07-31T23:59", met)["weekly"].state == "open"
    assert states(plan, "2020-08-01T00:00", met)["weekly"].state == "closed"
    assert states(plan, "2020-08-02T00:00", ("1301", WEEKLY, "unmet", "overdue", False))["weekly"].state == "overdue"


@pytest.mark.parametrize(
    ("note", "by_default"), [("", 0), (", note: 期限为默认设置", 2), (", note: 比对规则为默认设置", 0)]
)
def test_what_is_overdue_at_a_date_that_no_source_says_is_counted_apart(note: str, by_default: int) -> None:
    marked = plan_of(PLAN.replace("due: 2020-07-31}", f"due: 2020-07-31{note}}}"))
    late = (("1301", FUNDS, "unmet", "overdue", False), ("1302", FUNDS, "unreported", "overdue", False))
    found = states(marked, "2020-08-05T09:00", *late, ("1302", WEEKLY, "unmet", "overdue", False))
    assert (found["preparation"].overdue, found["preparation"].overdue_by_default) == (2, by_default)
    assert found["weekly"].overdue_by_default == 0
