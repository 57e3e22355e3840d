"""Totals that a list has replaced: who still types them is told which list to keep, in an overlay and in a report."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from worlds.lists import LISTS
from worlds.plans import faults_of, plan_of

from models.plan.files import read_plan_files
from models.plan.model import Plan
from models.rules.intake.report_columns import match_columns
from models.wording import Refusal

WITH = LISTS.replace(
    "    title: 经费台账\n", "    title: 经费台账\n    instead_of: {funds_paid: 已拨经费, funds_filed: 已报经费}\n"
)
OVERLAY = 'extends: plan.yaml\nunit: "14"\n'


def english(overlay: str) -> list[str]:
    return [one.said.en for one in faults_of(WITH, OVERLAY + overlay)]


def test_an_overlay_that_still_types_a_total_is_told_to_keep_the_list() -> None:
    typed = "indicators: {funds_paid: {title: 已拨经费, level: county, roll_up: sum}}\n"

    assert english(typed) == [
        "“funds_paid” is no total any more: offices keep the register funds instead. Remove the indicator, and let"
        " requirements ask for rows (each: {register: funds})"
    ]
    assert english(typed.replace("funds_paid", "funds_other").replace("已拨经费", "其他经费")) == []


def test_so_is_one_that_types_what_the_plan_draws_from_rows() -> None:
    typed = "indicators: {funds_arrived: {title: 到位经费合计, level: county, roll_up: sum}}\n"

    assert english(typed)[0].startswith("“funds_arrived” is no total any more: offices keep the register funds")


def test_so_is_a_condition_that_names_such_a_total() -> None:
    asked = (
        "add: [{phase: recheck, requirement: {id: paid, title: 经费已拨, judged_at: county, due: 2020-11-20,"
        ' ladder: field, met_when: "funds_paid > 0"}}]\n'
    )

    assert english(asked)[0].startswith("“funds_paid” is no total any more")


@pytest.mark.parametrize("title", ["funds_paid", "已拨经费", "已拨经费（元）"])
def test_a_file_with_the_old_column_is_answered_with_the_register_and_its_columns(title: str) -> None:
    with pytest.raises(Refusal) as refused:
        match_columns("报表.csv", ["code", title], plan_of(WITH))

    assert (
        "请改报“经费台账”（pucha report --register funds），每行填区划代码（code）、笔次（entry）"
        in refused.value.said.zh
    )
    assert "(pucha report --register funds), each with code, entry, amount, stage" in refused.value.said.en


def test_a_derived_figure_names_the_columns_that_it_is_drawn_from() -> None:
    with pytest.raises(Refusal) as refused:
        match_columns("报表.csv", ["code", "到位经费"], plan_of(WITH))

    assert "each with code, entry, amount, stage" in refused.value.said.en


@cache
def shipped() -> Plan:
    return read_plan_files(Path(__file__).parents[3] / "deployments" / "plans" / "census-2020.yaml").plan


TYPED = {
    "allowance_rate": "a rate, no total",
    "listing_reported": "the daily report itself",
    "registration_reported": "the daily report itself",
    "codes_due": "coding has no list",
    "codes_done": "coding has no list",
    "pes_districts": "the check after registration has no list",
    "pes_districts_done": "the check after registration has no list",
    "archives_filed": "archives have no list",
}
"""What is still typed of the base plan, and why."""


def test_no_duty_rests_on_a_typed_total_where_a_list_exists() -> None:
    behind = {name for one in shipped().requirements for name in shipped().behind[one.key]}
    typed = {
        name
        for name in behind
        if shipped().indicators[name].is_reported and shipped().indicators[name].level != "district"
    }

    assert typed <= set(TYPED)
    assert "office_staff" in shipped().indicators
    assert not shipped().indicators["office_staff"].is_reported


@pytest.mark.parametrize(
    ("name", "register"),
    [
        ("office_staff", "bodies"),
        ("普查办办公用房", "bodies"),
        ("hotlines", "bodies"),
        ("公布的举报渠道", "bodies"),
        ("schools_reached", "publicity"),
        ("leaders_trained", "meetings"),
        ("流失两员", "staff"),
    ],
)
def test_a_file_with_a_total_that_a_list_has_replaced_is_told_what_to_send(name: str, register: str) -> None:
    with pytest.raises(Refusal) as refused:
        match_columns("报表.csv", ["code", name], shipped())

    assert f"pucha report --register {register}" in refused.value.said.zh
