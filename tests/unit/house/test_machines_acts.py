"""What a machine may not do by itself (条例 art. 33, 统计法 art. 7): decide, sign, change a figure, rank by one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import click
import pytest

from deployments.cli import cli
from models import status

ROOT = Path(__file__).parents[3]
FLOORS = ("models", "tasks", "flows", "deployments")
CARRIED = "tasks/loading/carried_ledger.py"
"""Where what a person has decided goes on under the new code of an office, by a change of divisions that a person makes."""
ACTS = {
    "decides on a case": (
        r"insert\(Decision\)|(?:INTO|UPDATE|FROM) decisions SET",
        {"tasks/chasing/decisions.py", CARRIED},
    ),
    "signs an exit": (r"insert\(Exit\)|INTO exits\b", {"tasks/chasing/exits.py", CARRIED}),
    "signs a paper": (r"insert\(Signature\)|INTO signatures\b", {"tasks/papers/signing.py"}),
    "adds a figure": (
        r"^(?!def )(?!.*import).*\badd_readings\(",
        {"tasks/intake/figure_tables.py", "tasks/loading/unit_changes.py"},
    ),
    "changes or takes away a figure": (
        r"update\((?:Reading|Batch)\)|delete\(Batch\)|UPDATE readings|DELETE FROM (?:readings|batches)",
        set[str](),
    ),
    "moves figures into columns": (r"delete\(Reading(?:Columns)?\)", {"tasks/campaign/folding.py"}),
    "keeps figures otherwise than as they came": (r"update\(ReadingColumns\)(?!.*pending=)", set[str]()),
    "changes or takes away a decision": (
        r"(?:update|delete)\((?:Decision|Exit|Signature)\)|DELETE FROM (?:decisions|exits|signatures)",
        {CARRIED},
    ),
}
BY_PEOPLE = {
    "tasks.chasing.decisions",
    "tasks.chasing.exits",
    "tasks.papers.signing",
    "tasks.papers.codes",
    "tasks.loading.unit_changes",
    "tasks.loading.carried_ledger",
}
OF_PEOPLE = re.compile("约谈|问责|督查|追责|处分")
GUARDS = ("models/demands.py", "models/rules/papers/papers.py")
"""Which list such words, to refuse them."""
NAMED = ("report", "ack", "extend", "waive", "sign-exit", "sign", "return", "units change")


@cache
def sources() -> dict[str, str]:
    """Every module of the product by its path; the bench, which invents campaigns to measure with, left out."""
    paths = (path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py")))
    named = ((str(path.relative_to(ROOT)), path) for path in paths)
    return {name: path.read_text(encoding="utf-8") for name, path in named if "/bench/" not in name}


@pytest.mark.parametrize("act", ACTS)
def test_each_act_that_is_a_person_s_is_done_in_its_place_and_no_figure_is_ever_changed(act: str) -> None:
    pattern, places = ACTS[act]

    found = {name for name, code in sources().items() if re.search(pattern, code, re.MULTILINE)}

    assert found == places


def test_nothing_that_the_clock_starts_can_reach_an_act_that_is_a_person_s() -> None:
    started = {name: code for name, code in sources().items() if name.startswith("flows/") or name == "tasks/steps.py"}

    reached = {
        f"{name}: {module}" for name, code in started.items() for module in imported(code) if module in BY_PEOPLE
    }

    assert len(started) > 10
    assert reached == set()


def imported(code: str) -> Iterator[str]:
    """Every module that a text imports, those inside functions too."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


@pytest.mark.parametrize("name", NAMED)
def test_no_act_is_taken_without_the_name_of_a_person(name: str) -> None:
    command: click.Command | None = cli
    for word in name.split():
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)

    assert command is not None
    (by,) = [one for one in command.params if "--by" in one.opts]
    assert by.required


def test_no_text_that_is_shipped_announces_what_governments_decide() -> None:
    texts = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in ROOT.glob("models/templates/**/*.j2")
    }
    for name, code in sources().items():
        texts |= {f"{name}:{line}": said for line, said in spoken(code)}

    found = {name for name, said in texts.items() if OF_PEOPLE.search(said)}

    assert len(texts) > 1000
    assert {name for name in found if not name.startswith(GUARDS)} == set()


def spoken(code: str) -> Iterator[tuple[int, str]]:
    """Every text in a module that is no docstring, with its line."""
    tree = ast.parse(code)
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in bare:
            yield node.lineno, node.value


def test_what_a_board_is_drawn_from_holds_no_figure_that_it_could_rank_by() -> None:
    shown = [kind for kind in vars(status).values() if isinstance(kind, type) and kind.__module__ == status.__name__]

    held = {f"{kind.__name__}.{one.name}" for kind in shown for one in fields(kind) if "float" in str(one.type)}

    assert len(shown) >= 6
    assert held == set()
