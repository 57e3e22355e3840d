"""Registers on the command line: `plan check` finds what is wrong with them, `plan show` shows them and what is owed over them."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds.clerk import Clerk
from worlds.lists import LISTS

OVERLAY = 'extends: plan.yaml\nunit: "14"\nregisters: {papers: {columns: {kind: {one_of: {leaflet: 折页}}, number: {title: 文号, type: text}}}}\n'


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Clerk:
    (tmp_path / "plan.yaml").write_text(LISTS, encoding="utf-8")
    (tmp_path / "shanxi.yaml").write_text(OVERLAY, encoding="utf-8")
    return Clerk(tmp_path, capsys, monkeypatch)


def test_every_fault_of_a_register_is_told_at_once_with_its_line(clerk: Clerk) -> None:
    broken = LISTS.replace("type: code, outside", "type: codes, outside").replace(
        "{register: papers", "{register: paper"
    )
    (clerk.folder / "plan.yaml").write_text(broken, encoding="utf-8")

    answer = clerk("plan", "check", "plan.yaml")

    assert answer.code == 2
    assert "plan.yaml:15: 错误: “type”应为 text、number、date、moment、code、yes_no 之一" in answer.out
    assert "没有登记册“paper”，是否为“papers”" in answer.out
    assert "共 2 处错误，0 处疑点" in answer.out


def test_rows_that_are_in_no_figure_are_a_doubt(clerk: Clerk) -> None:
    answer = clerk("plan", "check", "plan.yaml")

    assert answer.code == 1
    assert "登记册“问题清单”的行可写县级代码，这些行不计入乡级的“未办结问题”" in answer.out


def test_the_registers_of_a_plan_are_shown_as_an_office_says_them(clerk: Clerk) -> None:
    answer = clerk("plan", "show", "plan.yaml")

    assert answer.code == 0
    assert (
        "登记册 问题清单 problems：县级负责，行写县级、乡级、村级、普查小区代码，按清单批次、序号认定是哪一行；"
        "推算：未办结问题 problems_open" in answer.out
    )
    for said in (
        "received 已接收 → assigned, returned",
        "数（元） ≥ 0",
        "区划代码，可填名录以外的单位",
        "按各行“办理期限”",
    ):
        assert said in answer.out
    clerk.english()
    told = clerk("plan", "show", "plan.yaml").out
    assert (
        "register 问题清单 problems: kept by county, rows at county, township, village, district, each named by list, row"
        in told
    )
    assert "by each row's 办理期限" in told


def test_what_an_overlay_adds_is_shown_to_its_unit_alone(clerk: Clerk) -> None:
    def papers(*options: str) -> list[str]:
        registers = clerk.json("plan", "show", "shanxi.yaml", *options)["registers"]
        found = next(one for one in registers if one["id"] == "papers")
        return [column["id"] for column in found["columns"]] + list(found["columns"][0]["one_of"])

    assert papers() == papers("--unit", "140105")
    assert papers()[2:3] + papers()[-1:] == ["number", "leaflet"]
    assert {"number", "leaflet"}.isdisjoint(papers("--unit", "13"))


def test_duties_over_rows_stand_in_the_answer_for_programs(clerk: Clerk) -> None:
    shown = clerk.json("plan", "show", "plan.yaml")

    assert shown["registers"][0]["key"] == ["list", "row"]
    assert shown["registers"][0]["columns"][5]["moves"]["received"] == ["assigned", "returned"]
    assert shown["registers"][1]["figures"] == ["funds_arrived"]
    duties = {duty["requirement"]: duty for duty in shown["duties"]}
    assert duties["lists-closed"]["due"] is None
    assert duties["lists-closed"]["met_when"] == "state in ('closed', 'returned')"
    assert duties["lists-closed"]["each"] == {
        "register": "problems",
        "by": "list",
        "of": None,
        "met_by": "all",
        "where": None,
        "owed_by": None,
        "due": "due",
    }
    assert duties["returned-settled"]["each"]["owed_by"] == "pool"
    assert duties["four-papers"]["each"]["of"] == ["work-plan", "office-rules", "schedule", "division"]
