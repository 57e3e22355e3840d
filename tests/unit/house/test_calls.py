"""A call that passes more than five arguments names them: nobody counts commas."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PRODUCT = ("models", "tasks", "flows", "deployments")
MOST_BY_POSITION = 5
LISTS_COLUMNS = {"select", "create_table"}
"""Polars and Alembic take as many columns as there are, and no names for them."""


def long_calls(root: Path) -> list[str]:
    """file:line of each call in the product with too many arguments by position.

    Starred ones are not counted, nor those that a function of ours lists as `*args`.
    """
    files = [file for package in PRODUCT for file in sorted((root / package).rglob("*.py"))]
    trees = {file: list(ast.walk(ast.parse(file.read_text(encoding="utf-8")))) for file in files}
    functions = [node for nodes in trees.values() for node in nodes if isinstance(node, ast.FunctionDef)]
    listing = LISTS_COLUMNS | {function.name for function in functions if function.args.vararg}
    return [
        f"{file.relative_to(root)}:{node.lineno}"
        for file, nodes in trees.items()
        for node in nodes
        if isinstance(node, ast.Call) and _by_position(node) > MOST_BY_POSITION and _called(node) not in listing
    ]


def _by_position(call: ast.Call) -> int:
    """How many; those of `partial` without the function that they are for."""
    return sum(not isinstance(one, ast.Starred) for one in call.args) - (_called(call) == "partial")


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def test_no_call_passes_more_than_five_arguments_by_position() -> None:
    assert long_calls(ROOT) == []


@pytest.mark.parametrize(
    ("call", "too_many"),
    [
        ("judge(1, 2, 3, 4, 5)", False),
        ("judge(1, 2, 3, 4, 5, 6)", True),
        ("judge(1, 2, 3, 4, 5, now=6)", False),
        ("judge(1, 2, 3, 4, 5, *six)", False),
        ("office.judge(1, 2, 3, 4, 5, *six, 7)", True),
        ("print(judge(1, 2, 3, 4, 5, 6))", True),
        ("partial(judge, 1, 2, 3, 4, 5)", False),
        ("partial(judge, 1, 2, 3, 4, 5, 6)", True),
        ("frame.select(1, 2, 3, 4, 5, 6)", False),
        ("def judge(*units): ...\njudge(1, 2, 3, 4, 5, 6)", False),
    ],
)
def test_a_call_with_a_sixth_argument_by_position_is_found(tmp_path: Path, call: str, too_many: bool) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "judge.py").write_text(call, encoding="utf-8")

    assert long_calls(tmp_path) == (["tasks/judge.py:1"] if too_many else [])
