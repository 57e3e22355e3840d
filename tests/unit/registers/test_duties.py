"""Duties over rows: what each is about, whether it is met, by when, and who owes it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from worlds.over_rows import BODIES, CHAINS, NOW, PAPERS, UNITS, ZONE, planned, problem, requirement, text_of
from worlds.plans import plan_of
from worlds.plans_over_rows import kept_rows, plan_over_rows

from models.moments import micros
from models.plan.model import Plan
from models.rules.registers.duties import judge_rows
from models.rules.registers.known import Known


def judged(plan: Plan, *rows: dict[str, Any], now: datetime = NOW) -> list[tuple[str, str, str, str | None]]:
    """unit, period, standing, due of every duty."""
    [one] = plan.requirements
    assert one.each is not None
    kept = kept_rows(plan.registers[one.each.register], rows)
    found = judge_rows(kept, one, plan, UNITS, CHAINS, now).verdicts
    return [
        (unit, period, standing, None if due is None else f"{datetime.fromtimestamp(due / 1e6, ZONE):%m-%dT%H:%M}")
        for unit, period, standing, due in found.iter_rows()
    ]


SILENT = ("140106", "", "unreported", "12-01T00:00")


def test_every_row_is_a_duty_of_its_keeper_under_its_key():
    plan = planned("register: problems, due: due")

    found = judged(plan, problem(7), problem(19, "closed"), problem(20.5, code="140106001", list="甲批"))

    assert found == [
        ("140105", "清单3/19", "met", "11-21T00:00"),
        ("140105", "清单3/7", "unmet", "11-21T00:00"),
        ("140106", "甲批/20.5", "unmet", "11-21T00:00"),
    ]


def test_the_rows_of_one_value_are_met_when_each_of_them_is():
    plan = planned("register: problems, by: list, due: due")
    done = [problem(1, "closed", "2020-11-18"), problem(2, "returned", "2020-11-19")]

    assert judged(plan, *done) == [("140105", "清单3", "met", "11-20T00:00")]
    assert judged(plan, *done, problem(3)) == [("140105", "清单3", "unmet", "11-21T00:00")]


def test_one_row_is_enough_where_the_plan_says_any():
    plan = planned("register: problems, by: list, met_by: any, due: due")

    assert judged(plan, problem(1), problem(2, "closed"))[0][2] == "met"
    assert judged(plan, problem(1), problem(2))[0][2] == "unmet"


def test_a_duty_of_several_rows_is_due_with_the_earliest_that_is_not_met():
    plan = planned("register: problems, by: list, due: due")

    found = judged(plan, problem(1, "closed", "2020-11-16"), problem(2, due="2020-11-19"), problem(3, due="2020-11-18"))

    assert found == [("140105", "清单3", "unmet", "11-19T00:00")]


def test_a_moment_is_due_as_it_is_and_may_be_computed():
    plan = planned("register: questions, due: due", "answered is not null")
    asked = datetime(2020, 11, 17, 15, 30, tzinfo=ZONE)

    found = judged(plan, {"code": "140105", "question": "甲", "asked": asked})

    assert found == [("140105", "140105/甲", "unmet", "11-18T15:30")]


def test_a_row_without_a_day_takes_that_of_the_requirement_and_without_one_is_never_due():
    without, fallback = planned("register: problems, due: due"), "judged_at: county, due: 2020-11-30"
    with_one = planned("register: problems, due: due", more=fallback)

    assert judged(without, problem(1, due=None)) == [("140105", "清单3/1", "unmet", None)]
    assert judged(with_one, problem(1, due=None)) == [("140105", "清单3/1", "unmet", "12-01T00:00"), SILENT]


def test_a_keeper_without_a_word_owes_one_duty_by_the_requirement_s_day_and_none_where_there_is_no_day():
    dated = planned("register: problems, by: list, due: due", more="judged_at: county, due: 2020-11-30")

    assert judged(dated) == [("140105", "", "unreported", "12-01T00:00"), SILENT]
    assert judged(dated, {"code": "140105", "nil": True}) == [SILENT]
    assert judged(dated, problem(1, withdrawn=True)) == [SILENT]
    assert judged(planned("register: problems, by: list, due: due")) == []


def test_a_list_on_occasion_awaits_nothing():
    plan = planned("register: questions", "answered is not null", "judged_at: county, due: 2020-11-30")

    assert judged(plan) == []


def test_a_value_that_is_listed_is_owed_row_or_no_row_and_after_a_nil_return_too():
    plan = planned("register: papers, by: kind, of: all", "issued is not null", "judged_at: county, due: 2020-11-30")
    issued = {"code": "140105", "kind": "work-plan", "issued": date(2020, 11, 1)}

    assert judged(plan, issued, {"code": "140106", "nil": True}) == [
        ("140105", "schedule", "unreported", "12-01T00:00"),
        ("140105", "work-plan", "met", "12-01T00:00"),
        ("140106", "schedule", "unreported", "12-01T00:00"),
        ("140106", "work-plan", "unreported", "12-01T00:00"),
    ]


def test_only_the_keepers_of_the_level_that_is_judged_owe():
    plan = planned(
        "register: papers, by: kind, of: [work-plan]", "issued is not null", "judged_at: province, due: 2020-11-30"
    )

    assert judged(plan, {"code": "140105", "kind": "work-plan"}) == [("14", "work-plan", "unreported", "12-01T00:00")]


def test_a_value_of_an_overlay_is_owed_at_and_below_its_unit_alone():
    overlay = (
        "extends: plan.yaml\nunit: '140106'\nregisters: {papers: {columns: {kind: {one_of: {leaflet: 折页}}}}}\n"
        "add:\n  - {phase: recheck, requirement: {id: own, title: 折页, judged_at: county, due: 2020-11-30,"
        ' each: {register: papers, by: kind, of: [leaflet]}, met_when: "issued is not null"}}\n'
    )
    papers = requirement(
        "register: papers, by: kind, of: all", "issued is not null", "judged_at: county, due: 2020-11-30"
    )
    text = plan_over_rows({"papers": PAPERS}, [papers])
    plan = plan_of(text, overlay)
    everywhere, own = plan.requirements

    kept = kept_rows(plan.registers["papers"], [])
    owed = {one.id: judge_rows(kept, one, plan, UNITS, CHAINS, NOW).verdicts for one in (everywhere, own)}

    assert owed["own"].select("unit", "period").rows() == [("140106", "leaflet")]
    assert ("140105", "leaflet") not in owed["closed"].select("unit", "period").rows()


def test_every_unit_of_a_level_is_owed_where_the_plan_names_the_level():
    each = "register: bodies, by: code, of: village"
    plan = planned(each, "formed is not null", "judged_at: township, due: 2020-11-30", bodies=BODIES)

    found = judged(plan, {"code": "140105001002", "formed": date(2020, 11, 2)})

    assert found == [
        ("140105001", "140105001001", "unreported", "12-01T00:00"),
        ("140105001", "140105001002", "met", "12-01T00:00"),
    ]


def test_all_rows_of_an_office_together_are_one_duty_without_a_label():
    plan = planned("register: problems, by: office, due: due")

    assert judged(plan, problem(1, "closed"), problem(2, list="清单4")) == [("140105", "", "unmet", "11-21T00:00")]


def test_a_row_that_nothing_selects_is_no_duty_and_neither_is_one_of_which_that_is_undecided():
    plan = planned("register: problems, where: kind = 'logic', due: due")

    assert judged(plan, problem(1, kind="logic"), problem(2, kind="missed"), problem(3)) == [
        ("140105", "清单3/1", "unmet", "11-21T00:00")
    ]


def test_a_row_of_which_it_is_undecided_whether_it_is_met_is_not_met():
    plan = planned("register: problems, due: due", "kind = 'logic'")

    assert judged(plan, problem(1)) == [("140105", "清单3/1", "unmet", "11-21T00:00")]


def test_whoever_a_column_names_owes_the_row_under_a_label_that_says_whose_it_is():
    each = "register: problems, where: state = 'returned', owed_by: pool"
    plan = planned(each, "state = 'closed'", "due: 2020-11-30")

    found = judged(
        plan,
        problem(14, "returned", list="甲批", pool="1401"),
        problem(15, "returned", pool="00"),
        problem(16, "returned", pool="65"),
        problem(17, "received", pool="1401"),
    )

    assert found == [("1401", "140105/甲批/14", "unmet", "12-01T00:00")]


def test_rows_without_the_value_that_makes_the_duties_are_one_duty_together():
    plan = planned("register: problems, by: kind, due: due")

    assert judged(plan, problem(1), problem(2, kind="logic", state="closed")) == [
        ("140105", "", "unmet", "11-21T00:00"),
        ("140105", "logic", "met", "11-21T00:00"),
    ]


@pytest.mark.parametrize(
    ("hour", "standing"),
    [(datetime(2020, 11, 18, 9, tzinfo=ZONE), "met"), (datetime(2020, 11, 18, 8, 59, tzinfo=ZONE), "unmet")],
)
def test_a_condition_may_ask_what_time_it_is(hour: datetime, standing: str):
    plan = planned("register: questions, due: due", "answered <= now")
    answered = datetime(2020, 11, 18, 9, tzinfo=ZONE)

    assert judged(plan, {"code": "140105", "question": "甲", "answered": answered}, now=hour)[0][2] == standing


EACHES = {
    "row": "register: problems, due: due",
    "list": "register: problems, by: list, due: due",
    "list-any": "register: problems, by: list, met_by: any, due: due",
    "kind-of": "register: problems, by: kind, of: [logic, missed], due: due",
    "office": "register: problems, by: office, due: due",
    "where": "register: problems, by: list, where: kind = 'logic', due: due",
    "owed": "register: problems, owed_by: pool, due: due",
}


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("each", EACHES)
@pytest.mark.parametrize("seed", range(6))
def test_verdicts_are_those_of_a_plain_reading_of_the_design(each: str, dated: bool, seed: int):
    level = [] if each == "owed" else ["judged_at: county"]
    plan = planned(EACHES[each], more=", ".join([*level, *(["due: 2020-11-30"] if dated else ["source: 无"])]))
    draw = random.Random(f"{each} {dated} {seed}")
    rows = [
        problem(
            number,
            draw.choice(["received", "closed", "returned"]),
            draw.choice(["2020-11-18", "2020-11-20", "2020-11-25", None]),
            code=draw.choice(["140105", "140105001", "140105001001", "140105001001003", "140106001"]),
            list=draw.choice(["甲批", "乙批"]),
            kind=draw.choice(["logic", "missed", None]),
            pool=draw.choice(["14", "1401", "140105", "00", "65", None]),
            withdrawn=draw.random() < 0.2,
        )
        for number in range(draw.choice([0, 1, 4, 30]))
    ]
    if draw.random() < 0.5 and not any(row["code"].startswith("140106") for row in rows):
        rows.append({"code": "140106", "nil": True})

    assert judged(plan, *rows) == plainly(each, dated, rows)


def plainly(each: str, dated: bool, rows: list[dict[str, Any]]) -> list[tuple[str, str, str, str | None]]:
    """What the design says of these rows, row by row."""
    own = "12-01T00:00" if dated else None
    duties: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if row.get("nil") or row.get("withdrawn") or (each == "where" and row["kind"] != "logic"):
            continue
        keeper, key = row["code"][:6], f"{row['list']}/{row['row']}"
        if each == "owed":
            if row["pool"] in ("14", "1401", "140105"):
                duties.setdefault((row["pool"], f"{keeper}/{key}"), []).append(row)
            continue
        label = {"row": key, "office": "", "kind-of": row["kind"]}.get(each, row["list"])
        if label is not None:
            duties.setdefault((keeper, label), []).append(row)
    found = [(unit, label, *standing(group, each, own)) for (unit, label), group in duties.items()]
    keepers = ["140105", "140106"]
    if each == "kind-of":
        listed = [(unit, kind) for unit in keepers for kind in ("logic", "missed")]
        return sorted([*found, *((*one, "unreported", own) for one in listed if one not in duties)])
    if each != "owed" and own:
        heard = {row["code"][:6] for row in rows}
        found += [(unit, "", "unreported", own) for unit in keepers if unit not in heard]
    return sorted(found)


def standing(rows: list[dict[str, Any]], each: str, own: str | None) -> tuple[str, str | None]:
    met = [row["state"] in ("closed", "returned") for row in rows]
    dues = [f"{row['due'] + timedelta(days=1):%m-%dT00:00}" if row["due"] else own for row in rows]
    if any(met) if each == "list-any" else all(met):
        return "met", max((due for due in dues if due), default=None)
    return "unmet", min((due for due, done in zip(dues, met, strict=True) if due and not done), default=None)


def test_what_was_heard_of_a_keeper_is_dated_by_its_newest_change():
    plan = planned("register: problems, due: due")
    [one] = plan.requirements
    newest = micros(datetime(2020, 11, 17, 12, tzinfo=ZONE))

    kept = kept_rows(plan.registers["problems"], [problem(1), problem(2, changed=newest, withdrawn=True)])

    assert judge_rows(kept, one, plan, UNITS, CHAINS, NOW).heard.rows() == [("140105", newest)]


def test_an_earlier_date_of_a_lower_office_holds_for_its_rows_without_a_day_and_its_silent_keepers():
    overlay = "extends: plan.yaml\nunit: '140106'\ntighten: {recheck.closed: 2020-11-25}\n"
    text = text_of(
        "register: papers, by: kind, of: [work-plan]", "issued is not null", "judged_at: county, due: 2020-11-30"
    )
    plan = plan_of(text, overlay)

    assert judged(plan, {"code": "140105", "kind": "work-plan"}) == [
        ("140105", "work-plan", "unmet", "12-01T00:00"),
        ("140106", "work-plan", "unreported", "11-26T00:00"),
    ]


def test_a_duty_of_an_overlay_is_owed_by_whoever_its_unit_is_by_now():
    [one] = planned("register: problems, due: due").requirements
    plan = planned("register: problems, due: due")
    scoped = replace(one, scope="140199")
    rows = kept_rows(plan.registers["problems"], [problem(7), problem(8, code="140106")])

    def owing(covered_by: dict[str, pl.Series]) -> list[str]:
        found = judge_rows(rows, scoped, plan, UNITS, CHAINS, NOW, Known(covered_by=covered_by)).verdicts
        return found["unit"].to_list()

    assert owing({}) == []
    assert owing({"140199": pl.Series(["140106", "140106001"])}) == ["140106"]
