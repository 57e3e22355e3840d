"""What a plan says of authority: whose role each act asks for, and whether acts that bind ask for a code."""

from __future__ import annotations

import pytest
from worlds.plans import ONE_DUTY, plan_of

from models.plan.files import read_plan
from models.plan.layers import PlanError
from models.plan.model import BINDING

LATER = "extends: plan.yaml\ncensus: trial-2\n"


def test_a_plan_that_says_nothing_asks_for_the_superior_s_leader_and_a_code() -> None:
    authority = plan_of(ONE_DUTY).authority

    assert {authority.role_for(act) for act in ("waive", "extend", "sign-exit", "return")} == {"superior.leader"}
    assert authority.role_for("ack") is None
    assert [authority.asks_code(act) for act in ("waive", "extend", "sign-exit", "return", "ack")] == [True] * 3 + [
        False,
        False,
    ]


@pytest.mark.parametrize(("codes", "asked"), [("no", False), ("false", False), ("yes", True), ("true", True)])
def test_codes_are_left_out_where_a_plan_says_no(codes: str, asked: bool) -> None:
    authority = plan_of(f"{ONE_DUTY}authority: {{codes: {codes}, waive: government.head}}\n").authority

    assert {authority.asks_code(act) for act in BINDING} == {asked}
    assert authority.role_for("waive") == "government.head"
    assert authority.role_for("extend") == "superior.leader"


def test_a_later_census_says_otherwise_and_a_lower_office_does_not() -> None:
    plan = plan_of(ONE_DUTY, f"{LATER}authority: {{extend: government.head}}\n")

    assert plan.authority.role_for("extend") == "government.head"
    with pytest.raises(PlanError, match="may not change authority"):
        plan_of(ONE_DUTY, 'extends: plan.yaml\nunit: "9901"\nauthority: {codes: no}\n')


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{waive: boss}", "must look like unit.owner, superior.leader"),
        ("{wave: superior.leader}", "did you mean “waive”"),
        ("{sign_exit: superior.leader}", "did you mean “sign-exit”"),
        ("{codes: maybe}", "“codes” must be true or false"),
        ("superior.leader", "must be a mapping"),
    ],
)
def test_what_cannot_be_meant_is_a_fault_at_its_line(written: str, said: str) -> None:
    text = f"{ONE_DUTY}authority: {written}\n"

    with pytest.raises(PlanError) as caught:
        read_plan(("plan.yaml",), {"plan.yaml": text}.__getitem__)

    (fault,) = caught.value.faults
    assert said in fault.said.en
    assert fault.line == text.count("\n")
