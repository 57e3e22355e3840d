"""The page of what the documents ask for: every fact once, and nothing named there that the product has not."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from deployments.cli import COMMANDS, cli
from models.plan.files import read_plan_files
from models.plan.model import Plan

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "mission.md").read_text(encoding="utf-8")
FACTS = {0: 48, 1: 31, 2: 28, 3: 29, 4: 19}
"""Document → how many facts of it were written down."""
STATES = {"works": "可用", "partly": "部分可用", "waits": "尚缺", "not modelled": "不做"}
NONE = "–"
HAN, LATIN = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]{2}")


class Fact(NamedTuple):
    id: str
    english: str
    chinese: str
    state: str
    lacks: str
    where: str
    tests: str


def facts(page: str) -> dict[str, list[Fact]]:
    """The plan that a section names → the rows of its table."""
    found = {}
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        place = re.findall(r"\]\(\.\./deployments/plans/([\w-]+)\.yaml\)", section)
        lines = [line for line in section.splitlines() if re.match(r"\| \d", line)]
        found[place[0]] = [Fact(*line.strip("| ").split(" | ")) for line in lines]
    return found


SECTIONS = facts(PAGE)


@cache
def plan(place: str) -> Plan:
    return read_plan_files(ROOT / "deployments" / "plans" / f"{place}.yaml").plan


@cache
def named_in(file: str) -> frozenset[str]:
    path = ROOT / "tests" / file
    if not path.is_file():
        return frozenset()
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@cache
def is_command(words: str) -> bool:
    first, _, second = words.partition(" ")
    if first not in COMMANDS or not second:
        return first in COMMANDS
    group = cli.get_command(click.Context(cli), first)
    return isinstance(group, click.Group) and second in group.list_commands(click.Context(group))


def is_there(target: str, place: str) -> bool:
    """Whether the product, or the plan of that place, has what an entry names."""
    kind, _, name = target.partition(" ")
    if kind == "pucha":
        return is_command(name)
    if "/" in target:
        return (ROOT / target).is_file()
    of_plan = plan(place)
    known = {
        "register": of_plan.registers.keys(),
        "indicator": of_plan.indicators.keys(),
        "set": {one.id for one in of_plan.sets},
        "phase": {one.id for one in of_plan.phases},
        "role": of_plan.roles.keys(),
    }
    if name:
        return name in known.get(kind, ())
    return target in {one.key for one in of_plan.requirements}


def faults(fact: Fact, place: str) -> list[str]:
    """What is wrong with a row, in words."""
    state = next((one for one, said in STATES.items() if fact.state == f"{one} {said}"), None)
    where, tests = re.findall(r"`([^`]+)`", fact.where), re.findall(r"`([^`]+)`", fact.tests)
    found = [f"{fact.state} is no state"] if state is None else []
    found += [f"{name} is not there" for name in where if not is_there(name, place)]
    found += [
        f"{name} is no test" for name in tests if name.partition("::")[2] not in named_in(name.partition("::")[0])
    ]
    if state == "works" and fact.lacks != NONE:
        found.append("works, and lacks something")
    if state != "works" and not (HAN.search(fact.lacks) and LATIN.search(fact.lacks)):
        found.append("does not say in both languages what it lacks")
    if state != "waits" and not (where and tests):
        found.append("says neither where it is nor what shows it")
    if state == "waits" and (where or tests):
        found.append("waits, and is there")
    if not (LATIN.search(fact.english) and HAN.search(fact.chinese)):
        found.append("is not told in both languages")
    return found


def test_every_fact_of_the_five_documents_stands_there_once_and_in_order() -> None:
    ids = [fact.id for rows in SECTIONS.values() for fact in rows]

    assert ids == [f"{document}-{number:02}" for document, many in FACTS.items() for number in range(1, many + 1)]
    assert len(ids) == 155


@pytest.mark.parametrize("place", SECTIONS)
def test_what_a_row_names_is_there(place: str) -> None:
    wrong = {fact.id: faults(fact, place) for fact in SECTIONS[place]}

    assert {key: found for key, found in wrong.items() if found} == {}


def test_the_page_counts_its_own_states() -> None:
    counted = Counter(fact.state for rows in SECTIONS.values() for fact in rows)
    told = dict(re.findall(rf"^\| ((?:{'|'.join(STATES)}) \S+) \| .* \| (\d+) \|$", PAGE, re.MULTILINE))

    assert told == {state: str(many) for state, many in counted.items()}


SOUND = Fact(
    "0-11",
    "a meeting is passed on",
    "传达会议",
    "works 可用",
    NONE,
    "`register meetings` `coordination.meetings-passed-on` `set five-levels` `role duty` `phase zoning` `pucha plan show`",
    "`unit/house/test_mission.py::test_what_a_row_names_is_there`",
)


def test_a_sound_row_has_no_fault() -> None:
    assert faults(SOUND, "shanxi-2020") == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"where": "`preparation.gone`"}, "preparation.gone is not there"),
        ({"where": "`listing.duty`"}, "listing.duty is not there"),  # of another place's plan
        ({"where": "`register gone`"}, "register gone is not there"),
        ({"where": "`indicator gone`"}, "indicator gone is not there"),
        ({"where": "`set gone`"}, "set gone is not there"),
        ({"where": "`phase gone`"}, "phase gone is not there"),
        ({"where": "`role gone`"}, "role gone is not there"),
        ({"where": "`page gone`"}, "page gone is not there"),
        ({"where": "`pucha gone`"}, "pucha gone is not there"),
        ({"where": "`pucha plan gone`"}, "pucha plan gone is not there"),
        ({"where": "`models/gone.py`"}, "models/gone.py is not there"),
        ({"tests": "`unit/gone.py::test_it`"}, "unit/gone.py::test_it is no test"),
        ({"tests": "`unit/house/test_mission.py::test_gone`"}, "unit/house/test_mission.py::test_gone is no test"),
        ({"tests": "`unit/house/test_mission.py`"}, "unit/house/test_mission.py is no test"),
        ({"tests": NONE}, "says neither where it is nor what shows it"),
        ({"where": NONE}, "says neither where it is nor what shows it"),
        ({"state": "done 完成"}, "done 完成 is no state"),
        ({"lacks": "a thing 一项"}, "works, and lacks something"),
        ({"state": "partly 部分可用"}, "does not say in both languages what it lacks"),
        ({"state": "partly 部分可用", "lacks": "a thing"}, "does not say in both languages what it lacks"),
        ({"state": "waits 尚缺", "lacks": "a thing 一项"}, "waits, and is there"),
        ({"chinese": "a meeting"}, "is not told in both languages"),
    ],
)
def test_a_row_that_names_what_is_gone_or_says_too_little_is_found(change: dict[str, str], fault: str) -> None:
    assert fault in faults(SOUND._replace(**change), "shanxi-2020")
