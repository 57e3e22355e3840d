"""What a name, a file or an option may hold, and what the terminal shows of it."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import sys

import pytest
from worlds.clerk import Answer, Clerk

from deployments.cli import main

PLAN = """\
census: trial
title: 试点普查
standard_time: 2020-11-01
indicators:
  meetings: {title: 专题会议, level: county, roll_up: sum}
ladders:
  standard: [{id: overdue, at: +0d, to: [unit.owner]}]
phases:
  - id: preparation
    title: 准备
    starts: T-200d
    ends: T-73d
    requirements:
      - {id: met, title: 开会, judged_at: county, met_when: "meetings >= 1", due: 2020-08-05, ladder: standard}
"""
UNITS = """\
code,name
13,甲省
1301,乙市[/bold]
130101,丙县[bold]:v:
130102,丁\x1b[31m区
130101001,戊镇
"""
CONTACTS = "130101,owner,[link=http://x]张,json://127.0.0.1:9/x\n"


@pytest.fixture
def clerk(clerk: Clerk) -> Clerk:
    clerk.load(PLAN, UNITS, CONTACTS)
    return clerk


def test_square_brackets_of_names_and_rungs_are_text_in_every_table(clerk: Clerk) -> None:
    clerk("watch", "--as-of", "2020-09-01T09:00")
    for command in (["status", "--as-of", "2020-09-01"], ["cases"], ["channels"], ["notices"]):
        answer = clerk(*command)
        assert answer.code in (0, 1), answer
    assert "丙县[bold]:v:" in clerk("status", "--as-of", "2020-09-01").out
    assert re.search(r"\[[a-z0-9-]+\]", clerk("notices").out)


def test_an_escape_reaches_neither_the_terminal_nor_the_campaign(clerk: Clerk) -> None:
    file = clerk.file("a\x1b[31m\u202ered.csv", "code,nothing\n130101,1\n")
    refused = clerk("report", file, "--as-of", "2020-09-01", "--by", "\x1b]0;x\x07张")
    missing = clerk("report", "\x1b[31mnone.csv", "--as-of", "2020-09-01", "--by", "张")
    assert (refused.code, missing.code) == (2, 2)
    assert not re.search("[\x1b\x07\u202e]", refused.err + missing.err)
    assert "丁[31m区" in clerk("status", "--as-of", "2020-09-01", "--limit", "0").out


@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_a_terminal_that_cannot_show_a_sign_shows_its_number(
    clerk: Clerk, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    clerk.load(PLAN, UNITS.replace("丙县", "𬭎县"), CONTACTS)
    for arguments in (
        ["status", "--as-of", "2020-09-01", "--limit", "0"],
        ["status", "--as-of", "2020-09-01", "--json"],
    ):
        shown = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", shown)
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        shown.flush()
        written = shown.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
        assert ended.value.code == 0
        assert "2cb4e" in written or "udf4e" in written or json.loads(written)


@pytest.mark.parametrize(
    "arguments",
    [
        ["waive", "1", "--by", "户主13812345678", "--reason", "已迁出"],
        ["waive", "1", "--by", "张", "--reason", "户主 138-1234-5678 已迁出"],
        ["extend", "1", "--by", "张", "--until", "11010519491231002X"],
        ["report", "none.csv", "--as-of", "2020-09-01", "--by=一三八一二三四五六七八"],
        ["sign-exit", "preparation", "--unit", "13812345678", "--by", "张"],
    ],
)
def test_no_option_takes_a_number_of_a_person_or_repeats_it(clerk: Clerk, arguments: list[str]) -> None:
    answer = clerk(*arguments)
    assert answer.code == 2
    assert "个人信息" in answer.err
    assert not re.search("1234|二三四|4912", answer.err + answer.out)


def test_a_fault_of_the_program_is_one_sentence_and_where_it_arose_is_kept(clerk: Clerk) -> None:
    with sqlite3.connect(clerk.folder / "home" / "pucha.db") as database:
        database.execute("UPDATE campaign SET sources = 'secret://token'")
    answer: Answer = clerk("status", "--json")
    log = clerk.folder / "home" / "errors.log"
    assert answer.code == 2
    assert "Traceback" not in answer.err + answer.out
    assert "errors.log" in answer.data["error"]
    assert log.stat().st_mode & 0o077 == 0
    assert "store.py" in log.read_text()
    assert "token" not in log.read_text() + answer.err
