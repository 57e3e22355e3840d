"""docs/commands.md names exactly the keys that each command's JSON has."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

from deployments.cli import main

PAGE = Path(__file__).parents[3] / "docs" / "commands.md"
PLAN = """
census: trial
title: 试验普查
standard_time: 2020-11-01
indicators:
  offices: {title: 普查机构, level: township, roll_up: sum, min: 0, max: 1}
  daily: {title: 日报, level: township, roll_up: sum}
ladders:
  standard:
    - {id: overdue, at: +0d, to: [unit.owner]}
    - {id: superior, at: +1wd, to: [superior.owner]}
phases:
  - id: preparation
    title: 普查准备
    starts: 2020-03-01
    ends: 2020-10-31
    hours: always
    requirements:
      - {id: office, no: 1, title: 机构组建, judged_at: township, met_when: "offices >= 1", due: 2020-06-30, ladder: standard}
      - {id: daily, title: 日报, judged_at: township, met_when: "daily > 0", every: month, ladder: standard}
authority: {codes: no}
sets:
  one: {title: 一落实, requirements: [preparation.office]}
"""
LISTS = PLAN.replace(
    "indicators:",
    "registers:\n  papers: {title: 文件登记, kept_by: township, key: [code, number], refuse: [{when: number < 1, title: 无序号}],\n"
    "           columns: {number: {title: 序号, type: number}, issued: {title: 印发日期, type: date}}}\nindicators:",
).replace(
    "    requirements:\n",
    "    requirements:\n      - {id: papers, title: 文件印发, judged_at: township, each: {register: papers}, met_when: issued is not null, due: 2020-06-30}\n",
)
FILES = {
    "plan.yaml": PLAN,
    "lists.yaml": LISTS,
    "earlier.yaml": PLAN.replace("2020-06-30", "2020-06-29"),
    "doubtful.yaml": PLAN.replace("2020-06-30", "2020-06-28"),
    "wrong.yaml": PLAN.replace("judged_at", "judged"),
    "units.csv": "code,name\n370481,滕州市\n370481100,东沙河镇\n370481101,洪绪镇\n",
    "report.csv": "code,offices\n370481100,0\n370481101,2\n",
    "rows.csv": "code,序号,印发日期\n370481100,1,2020-07-01\n",
    "contacts.csv": "unit,role,name,channel\n370481100,owner,王一,json://127.0.0.1:9/x\n"
    "370481,leader,张主任,json://127.0.0.1:9/y\n",
    "changes.csv": "old,new,name\n370481100,370481100,\n370481100,370481103,东沙河分镇\n370481999,370481998,无\n",
    "renamed.csv": "old,new,name\n370481101,370481101,洪绪新镇\n",
    "days.csv": "day,kind,name\n2020-07-02,off,本地放假\n",
}
CALLS = (
    "plan check doubtful.yaml",
    "plan check wrong.yaml",
    "plan show plan.yaml",
    "plan show lists.yaml",
    "load --plan plan.yaml --units units.csv",
    "report report.csv --as-of 2020-06-01 --by 滕州市人普办",
    "status --as-of 2020-07-02",
    "watch --as-of 2020-07-02 --dry-run",
    "watch --as-of 2020-07-02",
    "load --plan earlier.yaml --dry-run",
    "load --contacts contacts.csv",
    "ack 1 --by 王一 --as-of 2020-07-02",
    "explain 370481100 office --as-of 2020-07-02",
    "explain 370481100 daily --as-of 2020-07-02",
    "cases",
    "notices --text",
    "vacancies --as-of 2020-07-02",
    "contacts --unit 370481100 --as-of 2020-07-02",
    "extend 1 --by 张主任 --reason 汛情 --until 2020-08-01 --as-of 2020-07-02",
    "waive 2 --by 张主任 --reason 撤并",
    "sign-exit preparation --unit 370481 --by 张主任 --reason 撤并",
    "calendar show 2020",
    "calendar import days.csv --local --dry-run",
    "watch --as-of 2020-07-02 --dry-run --until 2020-08-05",
    "load --plan lists.yaml",
    "report rows.csv --as-of 2020-07-03 --by 王一",
    "explain 370481100 papers --as-of 2020-07-04",
    "form papers --unit 370481100 --as-of 2020-07-04 --out form.xlsx",
    "units change changes.csv --from 2020-07-03 --by 王一 --dry-run",
    "units change renamed.csv --from 2020-07-03 --by 王一 --dry-run",
)
CELLS = ("cells", "was", "now")
DECISIONS = ("ack", "extend", "waive")


def _command(call: str) -> str:
    """The command of a call, by its heading on the page; decisions are described under ack."""
    first, second, *_ = [*call.split(), ""]
    if first in ("plan", "calendar", "units"):
        return f"{first} {second}"
    return "ack" if first in DECISIONS else first


def keys(answer: object) -> set[str]:
    """Every key of a JSON answer, however deep; the cells of a row have names that the plan gives them."""
    if isinstance(answer, dict):
        return set(answer).union(*(keys(value) for name, value in answer.items() if name != "cells"))
    return set().union(*(keys(value) for value in answer)) if isinstance(answer, list) else set()


def documented() -> dict[str, set[str]]:
    """The keys that the page names for each command. Decisions answer alike and are described once."""
    parts = re.split(r"^### `pucha ([a-z -]+?)(?: \[?[A-Z].*)?`$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {parts[at]: set(re.findall(r'"(\w+)"', parts[at + 1])) for at in range(1, len(parts), 2)}


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The keys that each command answered with in a small campaign."""
    found: dict[str, set[str]] = {}
    folder = tmp_path_factory.mktemp("campaign")
    for name, body in FILES.items():
        (folder / name).write_text(body, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PUCHA_HOME", str(folder / "home"))
        patch.chdir(folder)
        for call in CALLS:
            found.setdefault(_command(call), set()).update(keys(json.loads(_said(call.split()))))
    return found


def _said(words: list[str]) -> str:
    """What a command printed with --json."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit):
        main([*words, "--json"])
    return out.getvalue()


@pytest.mark.parametrize("name", sorted({_command(call) for call in CALLS}))
def test_the_page_names_the_keys_of_each_answer_and_no_others(name: str, answered: dict[str, set[str]]) -> None:
    assert answered[name] == documented()[name]
