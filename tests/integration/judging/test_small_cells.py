"""Where a figure leaves, a small cell does not: two births and a death in a township, looked for on every surface."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import pytest
from standins.webhook import JsonSink
from worlds.campaign import everyone
from worlds.clerk import Clerk

from deployments.cli import cli
from deployments.console import moment, read_store
from models.wording import Lang
from tasks import boards
from tasks.files.opening import open_tables
from tasks.judging.status import read_statuses
from tasks.oversight.auditor import audit
from tasks.oversight.page import audit_page

PLAN = """\
census: trial
title: 试验普查
standard_time: 2020-11-01
indicators:
  births: {title: 出生人口, level: township, roll_up: sum}
  deaths: {title: 死亡人口, level: township, roll_up: sum}
  born: {title: 活产数, level: township, roll_up: sum}
  newborns: {title: 新 生 儿数, level: township, roll_up: min}
  gone: {title: 去世人数, level: township, roll_up: sum}
  births_health: {title: 卫健部门资料, level: township, roll_up: sum, about: people}
  born_health: {title: 卫健部门活产资料, level: township, roll_up: sum}
  staff: {title: 两员人数, level: township, roll_up: sum}
  weighted: {title: 加权数, level: township, sum_where: "births * 7919 + deaths * 6007"}
registers:
  handovers:
    title: 资料移交
    kept_by: township
    key: [code]
    columns:
      births_told: {title: 出生资料数, type: number}
      copies: {title: 份数, type: number}
      left: {title: 尚缺, type: number, is: "births_told - copies"}
ladders:
  standard:
    - {id: remind, at: -1d, to: [unit.owner]}
    - {id: overdue, at: +0d, to: [unit.owner]}
    - {id: superior, at: +1wd, to: [superior.owner]}
    - {id: letter, at: +2wd, to: [superior.leader], draft: supervision-letter}
    - {id: head, at: +3wd, to: [government.head], signed_by: superior.leader}
phases:
  - id: listing
    title: 摸底
    starts: 2020-07-01
    ends: 2020-10-31
    hours: always
    requirements:
      - {id: births, title: 人均出生登记, judged_at: township, met_when: "staff / births <= 0.001", due: 2020-08-05, ladder: standard}
      - {id: both, title: 人均出生死亡登记, judged_at: township, met_when: "staff / (births + deaths) <= 0.001", due: 2020-08-05, ladder: standard}
      - {id: weighted, title: 加权登记, judged_at: township, met_when: "staff / weighted <= 0.001", due: 2020-08-05, ladder: standard}
      - {id: gone, title: 人均去世登记, judged_at: township, met_when: "staff / gone <= 0.001", due: 2020-08-05, ladder: standard}
      - {id: verified, title: 出生登记, judged_at: township, verify: [births, births_health], within: 4 permille, due: 2020-08-05, ladder: standard}
      - {id: staff, title: 两员到位, judged_at: township, met_when: "staff >= 9999", due: 2020-08-05, ladder: standard}
      - {id: gone-county, title: 人均去世登记, judged_at: county, met_when: "staff / gone <= 0.001", due: 2020-08-05, ladder: standard}
      - {id: born-county, title: 人均活产登记, judged_at: county, met_when: "staff / born <= 0.001", due: 2020-08-05, ladder: standard}
      - {id: born-verified, title: 活产登记, judged_at: county, verify: [born, born_health], due: 2020-08-05, ladder: standard}
      - {id: least-county, title: 新生儿登记, judged_at: county, met_when: "staff / newborns <= 0.001", due: 2020-08-05, ladder: standard}
"""
UNITS = "code,name\n13,甲省\n1301,乙市\n130101,丙县\n130101001,戊镇\n130101002,己乡\n130102,丁区\n130102001,庚街道\n"
FEW, ENOUGH, COUNTY, OF_ONE = "130101001", "130101002", "130101", "130102"
REPORT = """\
code,births,deaths,born,newborns,gone,staff,births_health,born_health
130101001,2,1,2,2,2,4321,146,6
130101002,3,3,7,9,40,7879,146,6
130102001,30,30,2,5,30,5003,146,8
"""
ROWS = "code,births_told,copies\n130101001,2,1\n130101002,3,1\n"
REQUIREMENTS = {
    FEW: ("births", "both", "weighted", "gone", "staff", "verified"),
    ENOUGH: ("births", "both", "weighted", "gone", "staff", "verified"),
    COUNTY: ("gone-county", "born-county", "born-verified", "least-county"),
    OF_ONE: ("gone-county", "born-county", "born-verified", "least-county"),
}
NAMED = "births|deaths|born|newborns|gone|出生人口|死亡人口|活产数|新 生 儿数|去世人数"
RAW = re.compile(
    r"2160\.5|1440\.3333|0\.1978|(?<![0-9a-f])21845(?![0-9a-f])|2501\.5|(?<![0-9a-f])6100(?![0-9a-f])|196\.975"
    rf"|(?<![a-z])(?:{NAMED})[ =:“”为]{{0,4}}[12](?![0-9])|\"value\": (?:[12]|40)\.0"
    r"|\"(?:births_told|left)\": [12](?![0-9])"
)
"""The staff of the first township by its two births, by its birth and two deaths, and by both weighted; of the place of
one township by its two born; of the county by the fewest newborn of its townships; of the second township by its 40
gone, from which and the county's 42 the first one's two would follow."""
STAFF, OF_THREE, OF_COUNTY = "4321", "2626.3333", "290.4762"
"""Figures that everybody may see: staff, what is made of three births of a township, and of 42 gone of a county."""
WITH_FIGURES = (
    *("explain", "explain --json", "status", "status --json", "notices --text", "notices --text --json"),
    *("messages", "papers --show", "papers --show --json", "board", "overdue_list", "duty_table", "phase_page"),
)
WITHOUT = {
    "preview": "戊镇",
    "preview --json": FEW,
    "watch": "",
    "watch --json": "",
    "cases": FEW,
    "cases --json": FEW,
    "papers": "P00000001",
    "papers --json": FEW,
    "calendar": "摸底",
    "run_sheet": "摸底",
    "audit ledger": "戊镇",
    "audit ledger --json": FEW,
    "audit_page": "戊镇",
    "audit export": "P00000001",
    "audit verify": "",
    "audit verify --json": "",
    "health": "",
    "health --json": "",
    "channels": "",
    "channels --json": "",
    "form": "戊镇",
    "form --json": "handovers",
    "rows": "戊镇",
    "rows --json": FEW,
    "rows --history": "资料移交",
    "rows --history --json": "copies",
    "rows --out": FEW,
    "vacancies": "",
    "vacancies --json": "",
    "load": "",
    "report": "3",
    "plan show": "births",
    "plan show --json": "births",
    "log": "",
}
"""Where no figure stands today, each with a word that shows what it is about."""
SILENT = {
    "contacts": "names contacts and rungs, and reads no figure",
    "plan check": "reads a plan, and no campaign",
    "ack": "repeats the case and who acknowledged it",
    "extend": "repeats the case and its new moment",
    "waive": "repeats the case and who waived it",
    "sign-exit": "repeats the phase, the unit and who signed",
    "sign": "repeats the number of the paper, which `papers --show` shows",
    "return": "repeats the number of the paper and the reason",
    "retire": "counts rows of the ledger and bytes; notices that it exports hide small cells already",
    "units change": "counts what follows an office, and names indicators of which nothing does",
    "archive check": "names files, and opens none",
    "archive copy": "counts files",
    "clock heal": "counts what stands ahead of the clock",
    "calendar show": "shows days off",
    "calendar import": "shows days off",
    "deploy": "lists what is deployed",
    "run": "publishes the pages of a turn: `run_sheet` and the boards",
    "up": "publishes the boards",
    "demo": "plays a campaign of invented figures on the boards",
}
"""Commands that are not tried here, and why nothing of a figure could stand in their answers."""


@dataclass
class Said:
    """What a campaign said, by where it said it."""

    clerk: Clerk
    texts: dict[str, str] = field(default_factory=dict)

    def add(self, surface: str, text: str) -> None:
        self.texts[surface] = self.texts.get(surface, "") + text

    def asked(self, surface: str, command: str) -> None:
        """Ask for people and for programs."""
        written = self.clerk(*command.split())
        assert written.code in (0, 1), written
        self.add(surface, written.out + written.err)
        self.add(f"{surface} --json", json.dumps(self.clerk.json(*command.split()), ensure_ascii=False))


def surfaces(clerk: Clerk, mailbox: JsonSink, lang: Lang) -> dict[str, str]:
    """All that a campaign says from the first reminder to a signed letter."""
    clerk.set("PUCHA_LANG", lang)
    said = Said(clerk)
    said.add("load", clerk.load(PLAN, UNITS, everyone(mailbox.json_url, UNITS, ("owner", "leader", "head"))).out)
    said.add("report", clerk.report(REPORT, "2020-07-20").out)
    said.add("report", clerk.report(ROWS, "2020-07-20").out)
    said.asked("rows", "rows handovers --as-of 2020-07-21")
    said.asked("rows --history", f"rows handovers --history {FEW} --as-of 2020-07-21")
    clerk("rows", "handovers", "--as-of", "2020-07-21", "--out", "rows.csv")
    said.add("rows --out", (clerk.folder / "rows.csv").read_text(encoding="utf-8-sig"))
    asked = ("form", "handovers", "listing", "--unit", "130101", "--as-of", "2020-07-21", "--out")
    said.add("form", clerk(*asked, "form.xlsx").out)
    said.add("form --json", json.dumps(clerk.json(*asked, "again.xlsx"), ensure_ascii=False))
    said.add("form", "\n".join(filled_cells(clerk.folder / "form.xlsx")))
    said.asked("plan show", "plan show plan.yaml")
    said.asked("preview", "watch --dry-run --as-of 2020-07-21T09:00 --until 2020-08-12 --limit 0")
    for at in ("07-21", "08-04", "08-05", "08-06", "08-07", "08-10"):
        said.add("watch", clerk("watch", "--as-of", f"2020-{at}T09:00").out)
    for paper in clerk.json("papers"):
        said.asked("papers --show", f"papers --show {paper['id']}")
        signs = ("sign", paper["id"], "--by", f"leader{paper['signer_unit']}", "--as-of", "2020-08-10T09:05")
        clerk(*signs)
        (code,) = re.findall(r"\b\d{6}\b", mailbox.accepted[-1].text)
        assert clerk(*signs, "--code", code).code == 0
    said.add("watch --json", json.dumps(clerk.json("watch", "--as-of", "2020-08-11T09:00")))
    said.asked("status", "status --limit 0 --as-of 2020-08-11T09:00")
    for unit, requirements in REQUIREMENTS.items():
        for requirement in requirements:
            said.asked("explain", f"explain {unit} {requirement} --as-of 2020-08-11T09:00")
    said.asked("notices --text", "notices --text --limit 0")
    said.asked("cases", "cases --limit 0")
    said.asked("papers", "papers")
    said.asked("audit ledger", "audit ledger --since 2020-07-21 --as-of 2020-08-11T09:00")
    said.asked("audit verify", "audit verify")
    said.asked("health", "health")
    said.asked("channels", "channels")
    said.asked("vacancies", "vacancies --limit 0")
    clerk("audit", "export", "trail.jsonl")
    said.add("audit export", (clerk.folder / "trail.jsonl").read_text(encoding="utf-8"))
    for message in mailbox.accepted:
        said.add("messages", f"{message.title}\n{message.text}\n{message.raw.decode()}")
    for surface, page in pages(lang):
        said.add(surface, page)
    return said.texts


def filled_cells(form: Path) -> Iterator[str]:
    """Every cell of a form behind the id of its column, as JSON has it."""
    for table in open_tables(form):
        for part in table.parts():
            for row in part.iter_rows(named=True):
                for place, title in enumerate(table.columns):
                    name = re.sub("^(上次|last )|（不填）$| \\(leave as it is\\)$", "", title)
                    name = {"出生资料数": "births_told", "尚缺": "left"}.get(name, name)
                    cell = row[f"c{place}"]
                    if cell is not None:
                        yield f'"{name}": {cell}' if name in ("births_told", "left") else f"{name} {cell}"


def pages(lang: Lang) -> Iterator[tuple[str, str]]:
    """What the screen would show."""
    store = read_store()
    now = moment(store, "2020-08-11T09:00")
    for unit in (COUNTY, OF_ONE, FEW, ENOUGH):
        status = read_statuses(store, unit, now).of()
        phase = read_statuses(store, unit, now).of(phase="listing")
        yield "board", str(boards.board(status, {}, lang).body)
        yield "overdue_list", str(boards.overdue_list(status, {}, lang).body)
        yield "calendar", str(boards.calendar(status, {}, lang).body)
        yield "duty_table", str(boards.duty_table(status, lang).body)
        yield "phase_page", str(boards.phase_page(phase, {}, lang).body)
        yield "run_sheet", "".join(boards.run_sheet(phase, (), rehearsed=False, links={}, lang=lang))
    found = audit(store, moment(store, "2020-07-21"), now)
    yield "audit_page", str(audit_page(store, found, now, lang).body)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_two_births_and_a_death_in_a_township_leave_nowhere(
    clerk: Clerk, mailbox: JsonSink, caplog: pytest.LogCaptureFixture, lang: Lang
) -> None:
    caplog.set_level(logging.DEBUG)

    said = surfaces(clerk, mailbox, lang) | {"log": caplog.text}

    assert {surface: found for surface, text in said.items() if (found := RAW.findall(text))} == {}
    assert said.keys() == {*WITH_FIGURES, *WITHOUT}
    assert [surface for surface in WITH_FIGURES if STAFF not in said[surface] or OF_THREE not in said[surface]] == []
    assert OF_COUNTY in said["explain"]
    assert OF_COUNTY in said["board"] + said["overdue_list"]
    assert [surface for surface, word in WITHOUT.items() if word not in said[surface]] == []


def test_every_command_and_every_page_is_looked_through_or_said_to_be_silent() -> None:
    looked_through = {surface.partition(" --")[0] for surface in (*WITH_FIGURES, *WITHOUT)}
    pages = {name for name in boards.__all__ if name.islower() and not name.endswith("_key")}

    assert set(commands()) <= looked_through | set(SILENT)
    assert set(SILENT) <= set(commands()) - looked_through
    assert pages <= looked_through


def commands() -> Iterator[str]:
    """Every command by its full name: plan check, load …"""
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        inner = command.list_commands(context) if isinstance(command, click.Group) else []
        yield from [f"{name} {one}" for one in inner] or [name]


def explained(clerk: Clerk, unit: str, requirement: str, name: str, as_of: str = "2020-08-11") -> dict[str, Any]:
    figures = clerk.json("explain", unit, requirement, "--as-of", as_of)["figures"]
    return next(one for one in figures if one["indicator"] == name)


def test_explain_says_that_there_is_a_figure_and_that_it_is_not_shown(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.report(REPORT, "2020-07-20")

    few, enough = (explained(clerk, unit, "births", "births") for unit in (FEW, ENOUGH))

    assert (few["value"], few["hidden"], few["reported"]) == (None, True, 1)
    assert (enough["value"], enough["hidden"], enough["reported"]) == (3.0, False, 1)
    assert (
        "出生人口 births = 不予显示（不足3，或可据以推算）"
        in clerk("explain", FEW, "births", "--as-of", "2020-08-11").out
    )
    assert "出生人口 births = 3" in clerk("explain", ENOUGH, "births", "--as-of", "2020-08-11").out


def test_two_answers_of_different_days_do_not_tell_of_one_child(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    for day, births in (("20", 30), ("21", 31), ("22", 32), ("23", 33), ("24", 34)):
        clerk.report(f"code,births,deaths,staff\n{ENOUGH},{births},90,7879\n", f"2020-07-{day}")
    clerk.report(f"code,births\n{ENOUGH},35\n", "2020-07-23")

    days = [explained(clerk, ENOUGH, "births", "births", f"2020-07-{day}T12:00") for day in range(20, 25)]
    rates = [explained(clerk, ENOUGH, "weighted", "weighted", f"2020-07-{day}T12:00") for day in range(20, 25)]

    assert [one["value"] for one in days] == [30.0, None, None, None, None]
    assert [one["hidden"] for one in rates] == [False, True, True, True, True]


def test_a_correction_does_not_tell_of_one_child_either(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.report(f"code,births\n{ENOUGH},30\n", "2020-07-20")
    before = explained(clerk, ENOUGH, "births", "births")["value"]
    clerk.report(f"code,births\n{ENOUGH},32\n", "2020-07-20")
    near = explained(clerk, ENOUGH, "births", "births")["value"]
    clerk.report(f"code,births\n{ENOUGH},33\n", "2020-07-20")

    assert (before, near, explained(clerk, ENOUGH, "births", "births")["value"]) == (30.0, None, 33.0)


def test_a_late_report_of_an_earlier_day_is_shown_unless_it_is_too_near(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    for day, births in (("24", 30), ("20", 20), ("22", 29)):
        clerk.report(f"code,births\n{ENOUGH},{births}\n", f"2020-07-{day}")

    days = [explained(clerk, ENOUGH, "births", "births", f"2020-07-{day}T12:00")["value"] for day in (20, 22, 24)]

    assert days == [20.0, None, 30.0]


def test_a_county_of_one_township_and_the_fewest_of_several_are_not_shown(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.report(REPORT, "2020-07-20")

    shown = {
        (unit, name): explained(clerk, unit, requirement, name)["value"]
        for unit in (COUNTY, OF_ONE)
        for requirement, name in (("born-county", "born"), ("least-county", "newborns"), ("gone-county", "gone"))
    }

    assert shown == {
        (COUNTY, "born"): 9.0,
        (COUNTY, "newborns"): None,
        (COUNTY, "gone"): 42.0,
        (OF_ONE, "born"): None,
        (OF_ONE, "newborns"): 5.0,
        (OF_ONE, "gone"): 30.0,
    }
    assert [explained(clerk, unit, "gone", "gone")["value"] for unit in (FEW, ENOUGH)] == [None, None]
