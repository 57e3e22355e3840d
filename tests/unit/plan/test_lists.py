"""The hardest lists of offices can be written in the grammar of registers, without a special case."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from worlds.lists import CATALOGUE
from worlds.plans import phase, plan_of, trial

from models.plan.expressions import proven
from models.plan.files import read_plan
from models.plan.lists import Each
from models.plan.model import Plan

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(CATALOGUE)


def each_of(plan: Plan, name: str) -> Each:
    each = next(one.each for one in plan.requirements if one.id == name)
    assert each is not None
    return each


def test_papers_are_owed_one_by_one_and_met_by_any_of_a_kind(plan: Plan) -> None:
    each = each_of(plan, "two-papers")

    assert (each.of, each.met_by_any) == (("work-plan", "schedule"), True)
    assert plan.registers["papers"].columns["jointly"].several


def test_a_meeting_is_passed_on_by_the_day_that_stands_in_its_row(plan: Plan) -> None:
    each = each_of(plan, "meetings-passed-on")

    assert each.due == "due"
    assert each.where is not None
    assert each.where.names == ("passes_on",)
    assert each.met_when.names == ("held", "now")


def test_a_request_is_owed_upward_by_whom_it_names(plan: Plan) -> None:
    each = each_of(plan, "requests-answered")

    assert (each.owed_by, each.due) == ("addressee", "due")
    assert plan.registers["requests"].on_occasion
    assert plan.registers["requests"].columns["addressee"].outside


def test_a_verdict_is_computed_from_what_was_found_and_judged_by_its_ids(plan: Plan) -> None:
    acceptance = plan.registers["acceptance"]

    verdict = acceptance.columns["verdict"].computed
    assert verdict is not None
    assert verdict.gives == ("not-yet", "passed", "rework")
    assert {"persons_wrong", "persons_checked", "maps", "births_exact"} < set(verdict.names)
    assert [one.when.names for one in acceptance.refuse] == [
        ("checked_by", "code", "office"),
        ("persons_checked", "persons_wrong"),
    ]


def test_five_conditions_are_met_together_by_each_person(plan: Plan) -> None:
    each = each_of(plan, "five-conditions")

    assert each.by is None
    assert each.met_when.names == ("assigned", "certified", "insured", "pledged", "registered")
    assert plan.indicators["cadre_share"].roll_up == "is"


def proof_of(text: str) -> str:
    return proven(read_plan(["a.yaml"], {"a.yaml": text}.__getitem__).provable)


def test_a_proof_speaks_of_its_own_plan_alone_whatever_was_read_before() -> None:
    proof_of(CATALOGUE)
    duty = '{id: b, title: 乙, judged_at: township, met_when: "staff >= 37", due: 2020-08-20}'
    figure = "staff: {title: 人数, level: township, roll_up: sum}"
    small = trial([figure], [phase("a", "甲", "2020-08-05", "2020-10-19", [duty])])

    for _ in range(2):  # what is known already is proved again
        proof = json.loads(proof_of(small))

        assert {one["text"] for one in proof["expressions"]} == {"staff >= 37", "staff = 0 and 1 + staff / staff > 0"}
        assert proof["rows"]["expressions"] == {}


def test_a_plan_with_registers_is_read_again_without_its_parser() -> None:
    program = (
        "import json, sys\n"
        "from models.plan.files import reread\n"
        "text, proof = json.load(sys.stdin)\n"
        "plan = reread([('a.yaml', text)], ['a.yaml'], proof)\n"
        "print(json.dumps(['sqlglot' in sys.modules, repr(plan.registers), repr(plan.requirements[7].each)]))\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps([CATALOGUE, proof_of(CATALOGUE)]),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    loaded, registers, each = json.loads(ended.stdout)
    assert not loaded
    assert registers == repr(plan_of(CATALOGUE).registers)
    assert each == repr(plan_of(CATALOGUE).requirements[7].each)


def test_what_an_older_reader_proved_is_read_again() -> None:
    proof = json.loads(proof_of(CATALOGUE))
    proof["rows"]["reader"] -= 1
    program = (
        "import json, sys\n"
        "from models.plan.expressions import trust\n"
        "from models.plan.row_expressions import rows_proven\n"
        "proof = sys.stdin.read()\n"
        "trust(proof)\n"
        "print(len(rows_proven(json.loads(proof)['rows']['expressions'])['expressions']))\n"
    )

    def taken_over(written: str) -> int:
        ended = subprocess.run(
            [sys.executable, "-c", program],
            input=written,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return int(ended.stdout)

    assert taken_over(json.dumps(proof)) == 0
    proof["rows"]["reader"] += 1
    assert taken_over(json.dumps(proof)) >= 20
