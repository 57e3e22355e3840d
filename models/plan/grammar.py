"""The grammar of conditions: SQL of which only arithmetic and comparisons of indicators are let in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.text import look_alike
from models.wording import Refusal, Said

if TYPE_CHECKING:
    from sqlglot import exp


class ExpressionError(Refusal):
    """A condition that cannot be used."""


MOST_CHARACTERS = 2_000
_SMALLEST, _LARGEST = 1e-30, 1e30

COMPARISONS = {"EQ": "=", "NEQ": "<>", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}
ARITHMETIC = {
    "Add",
    "Sub",
    "Mul",
    "Div",
    "Mod",
    "Neg",
    "Abs",
    "Round",
    "Floor",
    "Ceil",
    "Least",
    "Greatest",
    "Coalesce",
    "Nullif",
}
LOGIC = {"And", "Or", "Not"}
_PASSING = {"Paren", "Case", "If"}
_LEAVES = {"Column", "Identifier", "Literal", "Boolean", "Null"}
_QUOTED = re.compile("'[^']*'")
KNOWN = frozenset({*COMPARISONS, *ARITHMETIC, *LOGIC, *_PASSING, *_LEAVES, "Between", "In", "Is"})
_FULL_WIDTH = re.compile("[＝＞＜≥≤≠（），＋－×÷／０-９且或‐‑‒–—―−“”‘’]")


@dataclass(frozen=True)
class Subject:
    """What an expression is about: how its names are called, what to do about one that is too long, and what may stand in it.

    known: the kinds of nodes that sqlglot may find in it; only: what is said of any other.
    """

    names: Said
    shorter: Said
    only: Said
    known: frozenset[str]


OF_INDICATORS = Subject(
    names=Said("指标名", "an indicator's name"),
    shorter=Said("请拆成几项指标（count_where、sum_where）", "split it into indicators (count_where, sum_where)"),
    only=Said("条件中只能对指标作四则运算和比较", "only arithmetic and comparisons of indicators may stand here"),
    known=KNOWN,
)


def parse(text: str) -> exp.Expr:
    """The tree of a condition or sum. ExpressionError says what in it cannot be used."""
    from sqlglot import exp

    tree = tree_of(text, OF_INDICATORS)
    for node in tree.find_all(exp.Literal):
        if node.is_string:
            raise ExpressionError(
                f"条件“{text}”与文字 {node.sql()} 比较，而指标都是数",
                f"the condition “{text}” compares with the text {node.sql()}, but indicators are numbers",
            )
    return tree


@contextmanager
def within_bounds(text: str) -> Iterator[None]:
    """Say in a sentence where what is done with an expression goes deeper, or with larger numbers, than can be done."""
    try:
        yield
    except RecursionError:
        raise ExpressionError("条件的括号或层次过多", "the condition is nested too deeply") from None
    except OverflowError:
        raise ExpressionError(
            f"条件“{text}”中的数过大，无法计算",
            f"the numbers of the condition “{text}” are too large to be computed with",
        ) from None


def tree_of(text: str, subject: Subject) -> exp.Expr:
    """The tree of an expression in which only what its subject knows may stand."""
    tree = _parse(text, subject)
    for node in tree.walk():
        _refuse_strange(text, node, subject)
    return tree


def _parse(text: str, subject: Subject) -> exp.Expr:
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    if not text.strip():
        raise ExpressionError("条件是空的", "the condition is empty")
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(
            f"条件长达 {len(text)} 个字符，{subject.shorter.zh}",
            f"the condition has {len(text)} characters; {subject.shorter.en}",
        )
    # within quotes any character may stand: '甲批（一）'
    bare = _QUOTED.sub("''", text)
    odd = look_alike(bare)
    if _FULL_WIDTH.search(bare):
        raise ExpressionError(
            f"条件“{text}”无法读懂：符号和数字须用半角，≥ 写作 >=，≠ 写作 <>，“且”“或”写作 and、or{odd.zh}",
            f"the condition “{text}” cannot be read: use plain characters, >= for ≥, <> for ≠, and, or{odd.en}",
        )
    try:
        return parse_one(text, dialect="postgres", into=exp.Condition)
    except SqlglotError:
        raise ExpressionError(
            f"条件“{text}”无法读懂，请检查括号、运算符和{subject.names.zh}{odd.zh}",
            f"the condition “{text}” cannot be read; check brackets, operators and names{odd.en}",
        ) from None


def _refuse_strange(text: str, node: exp.Expr, subject: Subject) -> None:
    """Refuse what the subject does not know (aggregates, subqueries, calls), and numbers that cannot be computed with."""
    from sqlglot import exp

    if type(node).__name__ not in subject.known:
        raise strange(text, node, subject)
    if isinstance(node, exp.Column) and node.table:
        raise ExpressionError(
            f"条件“{text}”中的 {node.sql()} 不是{subject.names.zh}，{subject.names.zh}不带点号",
            f"the condition “{text}” names {node.sql()}, but {subject.names.en} has no dot",
        )
    if isinstance(node, exp.Literal) and not node.is_string and _is_beyond(node.this):
        raise ExpressionError(
            f"条件“{text}”中的 {node.this} 过大或过小，无法计算",
            f"{node.this} in the condition “{text}” is too large or too small to be computed with",
        )
    if (
        isinstance(node, (exp.Div, exp.Mod))
        and isinstance(node.expression, exp.Literal)
        and not node.expression.is_string
        and float(node.expression.this) == 0
    ):
        raise ExpressionError(f"条件“{text}”除以零", f"the condition “{text}” divides by zero")


def strange(text: str, node: exp.Expr, subject: Subject) -> ExpressionError:
    """What to say of a part that is nothing which may stand there."""
    from sqlglot import exp

    used = _spoken(node)
    if isinstance(node, (exp.Max, exp.Min)) and node.expressions:
        right = "greatest" if isinstance(node, exp.Max) else "least"
        return ExpressionError(
            f"条件“{text}”用了{used.zh}；取几个数中的最大（最小）者请写作 {right}(a, b)",
            f"the condition “{text}” uses {used.en}; of several numbers write {right}(a, b)",
        )
    return ExpressionError(
        f"条件“{text}”用了{used.zh}，{subject.only.zh}", f"the condition “{text}” uses {used.en}; {subject.only.en}"
    )


def _is_beyond(number: str) -> bool:
    """True for what no office ever reports, and would run over when it is computed with."""
    value = float(number)
    return value != 0 and not _SMALLEST <= value <= _LARGEST


def is_condition(text: str, node: exp.Expr) -> bool:
    """True for a condition, False for a number. ExpressionError where one stands in the other's place.

    Polars would compare a truth value with a number: 1 < a < 10 would always hold.
    """
    from sqlglot import exp

    kind = type(node).__name__
    if kind == "Boolean":
        return True
    if kind in ("Column", "Literal", "Null"):
        return False
    if kind == "Paren":
        return is_condition(text, node.this)
    if kind in LOGIC:
        for side in (node.this, node.args.get("expression")):
            if side is not None and not is_condition(text, side):
                raise misplaced(text, side, A_CONDITION)
        return True
    if kind == "Is":
        return True
    if isinstance(node, exp.Case):
        for branch in node.args["ifs"]:
            if not is_condition(text, branch.this):
                raise misplaced(text, branch.this, A_CONDITION)
        values = [branch.args["true"] for branch in node.args["ifs"]]
        return _all_alike(text, [*values, node.args.get("default")])
    if isinstance(node, exp.If):
        if not is_condition(text, node.this):
            raise misplaced(text, node.this, A_CONDITION)
        return _all_alike(text, [node.args["true"], node.args.get("false")])
    sides = list(node.iter_expressions())
    if kind in ("EQ", "NEQ") and all(is_condition(text, side) for side in sides):
        return True
    for side in sides:
        if is_condition(text, side):
            raise misplaced(text, side, A_NUMBER, RANGE)
    return kind not in ARITHMETIC


def _all_alike(text: str, values: list[exp.Expr | None]) -> bool:
    kinds = {is_condition(text, value) for value in values if value is not None}
    if len(kinds) > 1:
        raise ExpressionError(
            f"条件“{text}”的各个分支有的是条件、有的是数", f"the branches of “{text}” are conditions and numbers"
        )
    return kinds.pop()


A_CONDITION, A_NUMBER = Said("条件", "a condition"), Said("数", "a number")
_NOTHING = Said("", "")
RANGE = Said("；区间请写作 a > 1 and a < 10", "; write a range as a > 1 and a < 10")


def misplaced(text: str, node: exp.Expr, wanted: Said, cure: Said = _NOTHING) -> ExpressionError:
    """What to say of a part that is of another kind than must stand in its place."""
    part = node.sql(dialect="postgres", comments=False)
    return ExpressionError(
        f"条件“{text}”中的“{part}”处应是{wanted.zh}{cure.zh}",
        f"in the condition “{text}”, “{part}” stands where {wanted.en} must be{cure.en}",
    )


def _spoken(node: exp.Expr) -> Said:
    from sqlglot import exp

    text = node.sql(dialect="postgres", comments=False)
    if isinstance(node, exp.AggFunc):
        return Said(f"汇总函数 {text}", f"the aggregate {text}")
    if isinstance(node, exp.Anonymous):
        return Said(f"函数 {text}", f"the function {text}")
    return Said(f"“{text}”", f"“{text}”")
