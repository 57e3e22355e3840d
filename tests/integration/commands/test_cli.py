"""The command line itself: help, languages, exit codes, what is imported, and real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from worlds.clerk import UNITS, Clerk
from worlds.plans import without_codes

from deployments.cli import COMMANDS

ROOT = Path(__file__).parents[3]
PUCHA = Path(sys.executable).parent / "pucha"

PLAN = """\
census: trial
title: Trial
standard_time: 2020-11-01
indicators:
  staff: {title: Staff, level: township, unit: persons, roll_up: sum, min: 0}
ladders:
  standard: [{id: overdue, at: +0d, to: [unit.owner]}]
phases:
  - id: recruitment
    title: Recruitment
    starts: T-120d
    ends: T-73d
    requirements:
      - {id: staff, no: 14, title: Ten at least, judged_at: township, met_when: "staff >= 10", due: T-73d, ladder: standard}
      - {id: weekly, title: A report a week, judged_at: township, met_when: "staff >= 0", every: week, ladder: standard}
"""
LATIN_PEOPLE = (("130101001", "owner"), ("130101", "leader"), ("13", "leader"))
LATIN_UNITS = "code,name\n13,Jia\n1301,Yi\n130101,Bing\n130101001,Ding\n"


def process(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a process of its own."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PUCHA_")}
    environment |= {"PUCHA_HOME": str(folder / "home"), **variables}
    return subprocess.run(
        [PUCHA, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_help_names_every_command_in_both_languages(clerk: Clerk) -> None:
    answer = clerk("--help")

    assert answer.code == 0
    for name, entry in COMMANDS.items():
        assert f"  {name} " in answer.out
        assert entry.zh in answer.out
    clerk.english()
    assert COMMANDS["status"].zh not in clerk("--help").out


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("run", "up", "demo")])
def test_every_command_has_help_and_asks_for_nothing_before(clerk: Clerk, name: str) -> None:
    answer = clerk(name, "--help")

    assert answer.code == 0
    assert "--help" in answer.out
    assert not (clerk.folder / "home").exists()


COMMANDS_OF_A_CLERK = [
    ["plan", "check", "plan.yaml"],
    ["plan", "show", "plan.yaml"],
    ["load", "--plan", "plan.yaml", "--units", "units.csv", "--contacts", "contacts.csv"],
    ["status"],
    ["report", "report.csv", "--as-of", "2020-08-01", "--by", "a"],
    ["explain", "130101001", "staff"],
    ["watch", "--as-of", "2020-08-21"],
    ["cases"],
    ["notices"],
    ["ack", "1", "--by", "a"],
    ["waive", "1", "--by", "a", "--reason", "b"],
    ["calendar", "show", "2020"],
    ["channels"],
    ["vacancies"],
    ["contacts"],
    ["audit", "verify"],
]
MODULES_AFTER = """
import json, sys
from deployments.cli import main
heavy = {}
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as ended:
        known = {name.split(".")[0] for name in sys.modules}
        heavy[" ".join(arguments)] = [ended.code, sorted(known & {"prefect", "polars", "sqlalchemy", "pydantic", "httpx", "apprise", "fastapi", "uvicorn"})]
print(json.dumps(heavy), file=sys.stderr)
"""


def modules_after(folder: Path, commands: list[list[str]]) -> dict[str, list[Any]]:
    """Run commands one after another in one fresh process: the exit code of each, and what was imported by then."""
    environment = {**os.environ, "PUCHA_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-c", MODULES_AFTER, json.dumps(commands)]
    ended = subprocess.run(
        program, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=True
    )
    return json.loads(ended.stderr.splitlines()[-1])  # type: ignore[no-any-return]


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    assert modules_after(tmp_path, [["--help"], ["--version"]]) == {"--help": [0, []], "--version": [0, []]}


def test_no_command_of_a_clerk_imports_prefect_or_a_web_server(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(without_codes(PLAN), encoding="utf-8")
    (tmp_path / "units.csv").write_text(UNITS, encoding="utf-8")
    (tmp_path / "report.csv").write_text("code,staff\n130101001,5\n", encoding="utf-8")
    people = "".join(f"{unit},{role},a,json://127.0.0.1:9/x\n" for unit, role in LATIN_PEOPLE)
    (tmp_path / "contacts.csv").write_text("unit,role,name,channel\n" + people, encoding="utf-8")

    found = modules_after(tmp_path, COMMANDS_OF_A_CLERK)

    assert {name: code for name, (code, _) in found.items() if code not in (0, 1)} == {}
    served = {"prefect", "fastapi", "uvicorn"}
    assert [name for name, (_, modules) in found.items() if served & set(modules)] == []


def test_a_whole_campaign_runs_in_processes_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "units.csv").write_text(UNITS, encoding="utf-8")
    (tmp_path / "report.csv").write_text("code,staff\n130101001,5\n999,1\n", encoding="utf-8")

    codes = [
        process(tmp_path, "plan", "check", "plan.yaml").returncode,
        process(tmp_path, "load", "--plan", "plan.yaml", "--units", "units.csv").returncode,
        process(tmp_path, "report", "report.csv", "--as-of", "2020-08-20", "--by", "丙县").returncode,
        process(tmp_path, "status", "--as-of", "2020-08-21").returncode,
        process(tmp_path, "status", "--unit", "77").returncode,
    ]

    assert codes == [0, 0, 1, 0, 2]
    assert "两员" not in process(tmp_path, "status", "--as-of", "2020-08-21", PUCHA_LANG="en").stderr


def test_output_into_a_closed_pipe_ends_quietly(clerk: Clerk, tmp_path: Path) -> None:
    clerk.load(PLAN, UNITS)
    environment = {**os.environ, "PUCHA_HOME": str(tmp_path / "home")}

    answer = subprocess.run(
        f"{PUCHA} status --limit 0 --as-of 2020-12-01 --json | head -1",
        shell=True,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert answer.stdout.strip() == "{"
    assert answer.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        (("stauts",), "没有命令 stauts，是否为 status", "Did you mean status?"),
        (("status", "--jsn"), "没有选项 --jsn，是否为 --json", "'--json'"),
        (("status", "--limit", "many"), "--limit 的值不能用，应为整数，不小于 0", "'--limit'"),
        (("status", "--limit", "-1"), "--limit 的值不能用，应为整数，不小于 0", "'--limit'"),
        (("status", "--unit"), "选项 --unit 后面缺少内容", "requires an argument"),
        (("status", "--unit", ""), "--unit 的值不能用", "'--unit': it is empty"),
        (("watch", "--unit", " "), "--unit 的值不能用", "'--unit': it is empty"),
        (("status", "extra"), "多出了 extra", "unexpected extra argument"),
        (("ack",), "缺少 CASE", "Missing argument"),
        (("ack", "3"), "缺少 --by", "'--by'"),
        (("ack", "x", "--by", "a"), "CASE 的值不能用，应为整数，不小于 1", "'CASE'"),
        (("ack", "0", "--by", "a"), "CASE 的值不能用，应为整数，不小于 1", "'CASE'"),
        (("cases", "--state", "lost"), "应为 open、acknowledged、closed、all 之一", "'--state'"),
        (("notices", "--state", "lost"), "应为 planned", "'--state'"),
        (("report", "a.csv", "--by", "a"), "缺少 --as-of", "'--as-of'"),
        (("plan", "chek", "a"), "没有命令 chek，是否为 check", "Did you mean check?"),
    ],
)
def test_a_mistyped_command_is_answered_in_one_sentence_with_the_cure(
    clerk: Clerk, arguments: tuple[str, ...], zh: str, en: str
) -> None:
    chinese = clerk(*arguments)
    clerk.english()
    english = clerk(*arguments)

    assert chinese.code == english.code == 2
    assert zh in chinese.err
    assert "用法见 pucha" in chinese.err
    assert en in english.err
    assert "See pucha" in english.err
    assert len(chinese.err.strip().splitlines()) == len(english.err.strip().splitlines()) == 1


def test_a_mistyped_command_is_answered_in_json_too(clerk: Clerk) -> None:
    answer = clerk("status", "--limit", "x", "--json")

    assert (answer.code, list(answer.data)) == (2, ["error"])


def test_in_english_no_chinese_is_said(clerk: Clerk) -> None:
    """The plan and the units of this test are in Latin letters, so that what is said is the product's own."""
    clerk.english()
    contacts = "".join(f"{unit},{role},Ann,json://127.0.0.1:9/x\n" for unit, role in LATIN_PEOPLE)
    said = [clerk.load(without_codes(PLAN), LATIN_UNITS, contacts)]
    said.append(clerk.report("code,staff\n130101001,5\n", "2020-08-01", by="a"))
    said.append(clerk("report", "report.csv", "--as-of", "2020-08-01", "--by", "a"))
    for arguments in (
        ("plan", "check", "plan.yaml"),
        ("plan", "show", "plan.yaml"),
        ("status", "--as-of", "2020-08-21"),
        ("status", "--as-of", "2020-12-01", "--limit", "1"),
        ("explain", "130101001", "staff", "--as-of", "2020-08-21"),
        ("watch", "--as-of", "2020-08-21", "--dry-run"),
        ("watch", "--as-of", "2020-08-21T09:00"),
        ("cases",),
        ("notices",),
        ("ack", "1", "--by", "Ann"),
        ("waive", "2", "--by", "Ann", "--reason", "gone"),
        ("explain", "130101001", "staff", "--as-of", "2020-08-22"),
        ("sign-exit", "recruitment", "--unit", "13", "--by", "Ann", "--reason", "late"),
        ("calendar", "show", "2031"),
        ("calendar", "show", "2020", "--json"),
        ("load", "--plan", "plan.yaml", "--dry-run"),
        ("channels",),
        ("vacancies",),
        ("contacts",),
    ):
        said.append(clerk(*arguments))

    spoken = "".join(answer.out + answer.err for answer in said)
    assert all(answer.code in (0, 1) for answer in said), [answer for answer in said if answer.code not in (0, 1)]
    names_of_days = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节", "国庆节、中秋节", "上班", "调休")
    for name in names_of_days:
        spoken = spoken.replace(name, "")
    assert not [letter for letter in spoken if "一" <= letter <= "鿿"]
    assert not set("（），。；：") & set(spoken)


def test_the_language_of_the_env_file_holds_for_refusals_too(clerk: Clerk) -> None:
    clerk.file(".env", "# settings\nPUCHA_LANG='en'\n")

    assert clerk("status").err.startswith("there is no campaign")
    clerk.set("PUCHA_LANG", "zh")
    assert "中还没有普查数据" in clerk("status").err


def test_tables_for_people_hold_the_same_facts(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.report("code,staff\n130101001,5\n", "2020-08-01")

    shown = clerk("status", "--as-of", "2020-08-21").out

    for word in (
        "甲省",
        "有逾期",
        "戊镇",
        "130101001",
        "Ten at least",
        "2020-08-20 24:00",
        "未达标 逾期",
        "Staff 5人，应不低于10",
    ):
        assert word in shown
    assert "距标准时点还有72天" in shown


def test_cases_and_explanations_speak_in_words(clerk: Clerk) -> None:
    contacts = "130101001,owner,王一,json://127.0.0.1:9/x\n130101,leader,李主任,json://127.0.0.1:9/y\n"
    clerk.load(without_codes(PLAN), UNITS, contacts)
    clerk("watch", "--as-of", "2020-08-21T09:00")
    number = next(
        case["id"] for case in clerk.json("cases") if case["unit"] == "130101001" and case["requirement"] == "staff"
    )
    clerk(
        "extend",
        str(number),
        "--by",
        "李主任",
        "--until",
        "2020-08-30",
        "--reason",
        "停电",
        "--as-of",
        "2020-08-21T10:00",
    )

    cases = clerk("cases").out
    explained = clerk("explain", "130101001", "staff", "--as-of", "2020-08-22").out

    assert "办结（已延期）" in cases
    assert "在办" in cases
    assert "期限 2020-08-30 24:00  未报 未到期" in explained
    assert "李主任 延期 → 2020-08-30 24:00（停电）" in explained
    assert "130101001 经办人 王一" in explained
    for mark in ("closed", "extended", "accepted", "withdrawn", "unit.owner"):
        assert mark not in cases + explained


def test_the_version_is_told(clerk: Clerk) -> None:
    assert clerk("--version").out.startswith("pucha, version")
