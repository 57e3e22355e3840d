"""Where a figure leaves, a small cell does not: two births and a death in a township, looked for on every surface."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from standins.webhook import JsonSink
from worlds.campaign import everyone
from worlds.clerk import Clerk

from deployments.console import moment, read_store
from models.wording import Lang
from tasks import boards
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
  births_health: {title: 卫健部门资料, level: township, about: people, roll_up: sum}
  staff: {title: 两员人数, level: township, roll_up: sum}
  both: {title: 出生死亡合计, level: township, sum_where: "births + deaths"}
  weighted: {title: 加权数, level: township, sum_where: "births * 7919 + deaths * 6007"}
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
      - {id: births, title: 出生登记, judged_at: township, verify: [births, births_health], within: 4 permille, due: 2020-08-05, ladder: standard}
      - {id: both, title: 出生死亡登记, judged_at: township, verify: [both, births_health], due: 2020-08-05, ladder: standard}
      - {id: rate, title: 出生登记力量, judged_at: township, met_when: "staff / births >= 9999", due: 2020-08-05, ladder: standard}
      - {id: weighted, title: 加权登记, judged_at: township, verify: [weighted, births_health], within: 2 %, due: 2020-08-05, ladder: standard}
      - {id: mixed, title: 合并登记, judged_at: township, met_when: "7919 * staff / (births + deaths) >= 99999999", due: 2020-08-05, ladder: standard}
      - {id: staff, title: 两员到位, judged_at: township, met_when: "staff >= 9999", due: 2020-08-05, ladder: standard}
"""
UNITS = "code,name\n13,甲省\n1301,乙市\n130101,丙县\n130101001,戊镇\n130101002,己乡\n"
FEW, ENOUGH = "130101001", "130101002"
REPORT = "code,births,deaths,births_health,staff\n130101001,2,1,146,4321\n130101002,3,3,146,4321\n"
REQUIREMENTS = ("births", "both", "rate", "weighted", "mixed", "staff")
RAW = re.compile(
    r"21845|2160\.5|11405999|11406|986\.|979\.|(?:births|deaths|出生人口|死亡人口)[ =:“”为]{0,4}[12](?![0-9])|\"value\": [12]\.0"
)
"""Two births and one death, and what is made of them: by 7919 and 6007, the staff by them, how far they differ."""
STAFF, OF_THREE = "4321", "1440.3333"
"""Figures that everybody may see: staff, and what is made of the three births of the other township."""
WITH_FIGURES = (
    *("explain", "explain --json", "status", "status --json", "notices --text", "notices --text --json"),
    *("messages", "papers --show", "papers --show --json", "board", "overdue list", "duty table", "phase page"),
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
    "sheet of a run": "摸底",
    "audit ledger": "戊镇",
    "audit ledger --json": FEW,
    "audit page": "戊镇",
    "audit export": "P00000001",
    "health --json": "",
    "log": "",
}
"""Where no figure stands today, each with a word that shows what it is about."""


@pytest.fixture
def mailbox() -> Iterator[JsonSink]:
    with JsonSink() as standin:
        yield standin


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Clerk:
    return Clerk(tmp_path, capsys, monkeypatch)


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
    clerk.load(PLAN, UNITS, everyone(mailbox.json_url, UNITS, ("owner", "leader", "head")))
    clerk.report(REPORT, "2020-07-20")
    said = Said(clerk)
    said.asked("preview", "watch --dry-run --as-of 2020-07-21T09:00 --until 2020-08-12 --limit 0")
    for at in ("07-21", "08-04", "08-05", "08-06", "08-07", "08-10"):
        said.add("watch", clerk("watch", "--as-of", f"2020-{at}T09:00").out)
    for paper in clerk.json("papers"):
        said.asked("papers --show", f"papers --show {paper['id']}")
        signs = ("sign", paper["id"], "--by", "leader130101", "--as-of", "2020-08-10T09:05")
        clerk(*signs)
        (code,) = re.findall(r"\b\d{6}\b", mailbox.accepted[-1].text)
        assert clerk(*signs, "--code", code).code == 0
    said.add("watch --json", json.dumps(clerk.json("watch", "--as-of", "2020-08-11T09:00")))
    said.asked("status", "status --limit 0 --as-of 2020-08-11T09:00")
    for unit in (FEW, ENOUGH):
        for requirement in REQUIREMENTS:
            said.asked("explain", f"explain {unit} {requirement} --as-of 2020-08-11T09:00")
    said.asked("notices --text", "notices --text --limit 0")
    said.asked("cases", "cases --limit 0")
    said.asked("papers", "papers")
    said.asked("audit ledger", "audit ledger --since 2020-07-21 --as-of 2020-08-11T09:00")
    said.add("health --json", json.dumps(clerk.json("health")))
    clerk("audit", "export", "trail.jsonl")
    said.add("audit export", (clerk.folder / "trail.jsonl").read_text(encoding="utf-8"))
    for message in mailbox.accepted:
        said.add("messages", f"{message.title}\n{message.text}\n{message.raw.decode()}")
    for surface, page in pages(lang):
        said.add(surface, page)
    return said.texts


def pages(lang: Lang) -> Iterator[tuple[str, str]]:
    """What the screen would show."""
    store = read_store()
    now = moment(store, "2020-08-11T09:00")
    titles = {"listing": "摸底"}
    for unit in ("130101", FEW, ENOUGH):
        status = read_statuses(store, unit, now).of()
        phase = read_statuses(store, unit, now).of(phase="listing")
        yield "board", str(boards.board(status, {}, lang).body)
        yield "overdue list", str(boards.overdue_list(status, {}, lang).body)
        yield "calendar", str(boards.calendar(status, {}, lang).body)
        yield "duty table", str(boards.duty_table(status, lang).body)
        yield "phase page", str(boards.phase_page(phase, titles, {}, lang).body)
        yield "sheet of a run", "".join(boards.run_sheet(phase, titles, (), rehearsed=False, links={}, lang=lang))
    found = audit(store, moment(store, "2020-07-21"), now)
    yield "audit page", str(audit_page(store, found, now, lang).body)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_two_births_and_a_death_in_a_township_leave_nowhere(
    clerk: Clerk, mailbox: JsonSink, caplog: pytest.LogCaptureFixture, lang: Lang
) -> None:
    caplog.set_level(logging.DEBUG)

    said = surfaces(clerk, mailbox, lang) | {"log": caplog.text}

    assert {surface: found for surface, text in said.items() if (found := RAW.findall(text))} == {}
    assert said.keys() == {*WITH_FIGURES, *WITHOUT}
    assert [surface for surface in WITH_FIGURES if STAFF not in said[surface] or OF_THREE not in said[surface]] == []
    assert [surface for surface, word in WITHOUT.items() if word not in said[surface]] == []


def test_explain_says_that_there_is_a_figure_and_that_it_is_not_shown(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.report(REPORT, "2020-07-20")

    few = clerk.json("explain", FEW, "births", "--as-of", "2020-08-11")["figures"][0]
    enough = clerk.json("explain", ENOUGH, "births", "--as-of", "2020-08-11")["figures"][0]

    assert (few["value"], few["hidden"], few["reported"]) == (None, True, 1)
    assert (enough["value"], enough["hidden"], enough["reported"]) == (3.0, False, 1)
    assert "出生人口 births = 不足3，不予显示" in clerk("explain", FEW, "births", "--as-of", "2020-08-11").out
    assert "出生人口 births = 3" in clerk("explain", ENOUGH, "births", "--as-of", "2020-08-11").out
