"""Conditions over indicators: what may stand in `met_when`, `count_where` and `sum_where`.

The text is SQL. sqlglot reads it to refuse what is no condition (aggregates, subqueries, calls that
would turn a missing figure into a value) and to make division safe; Polars evaluates it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from models.wording import Refusal, Said

if TYPE_CHECKING:
    import polars as pl
    from sqlglot import exp


class ExpressionError(Refusal):
    """A condition that cannot be used."""


@dataclass(frozen=True)
class Clause:
    """One part of a condition that is joined by `and`: the smallest thing that can be the reason."""

    text: str
    names: tuple[str, ...]
    left: str | None = None
    operator: str | None = None
    right: str | None = None


@dataclass(frozen=True)
class Expression:
    """A condition or a sum over indicators.

    sql: as Polars evaluates it, every division guarded against zero.
    names: the indicators in it, sorted. strict: null as soon as one of them is null, because it uses
    something (CASE, LEAST …) that would otherwise skip over a missing figure.
    """

    text: str
    sql: str
    names: tuple[str, ...]
    strict: bool
    condition: bool
    clauses: tuple[Clause, ...]

    def polars(self) -> pl.Expr:
        """The expression over columns named like the indicators; null where it cannot be decided."""
        import polars as pl

        value = pl.sql_expr(self.sql)
        if not self.strict or not self.names:
            return value
        missing = pl.any_horizontal(pl.col(name).is_null() for name in self.names)
        return pl.when(missing).then(None).otherwise(value)


MOST_CHARACTERS = 2_000
RESERVED = frozenset({"in", "is", "if", "div", "mod", "by", "asc", "desc", "inf", "nan", "infinity"})
"""Words that a parser might take for a name, though a reader would not."""

_COMPARISONS = {"EQ": "=", "NEQ": "<>", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}
_ARITHMETIC = {
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
_LOGIC = {"And", "Or", "Not"}
_PASSING = {"Paren", "Case", "If"}
_LEAVES = {"Column", "Identifier", "Literal", "Boolean", "Null"}
_KNOWN = {*_COMPARISONS, *_ARITHMETIC, *_LOGIC, *_PASSING, *_LEAVES, "Between", "In", "Is"}
_STRICT = {"Case", "If", "Least", "Greatest", "Coalesce", "Nullif", "Is", "Null"}
_FULL_WIDTH = re.compile("[＝＞＜≥≤≠（），＋－×÷／０-９且或]")


@lru_cache(maxsize=4096)
def read_expression(text: str) -> Expression:
    """Read one condition or sum. ExpressionError says what in it cannot be used."""
    try:
        tree = _parse(text)
        for node in tree.walk():
            _refuse_strange(text, node)
        condition = _is_condition(text, tree)
        strict = any(type(node).__name__ in _STRICT for node in tree.walk())
        clauses = tuple(_clause(part) for part in _parts(tree))
        return Expression(text, _safe(tree), _names(tree), strict, condition, clauses)
    except RecursionError:
        raise ExpressionError("条件的括号或层次过多", "the condition is nested too deeply") from None


def _parse(text: str) -> exp.Expr:
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    if not text.strip():
        raise ExpressionError("条件是空的", "the condition is empty")
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(
            f"条件长达 {len(text)} 个字符，请拆成几项指标（count_where、sum_where）",
            f"the condition has {len(text)} characters; split it into indicators (count_where, sum_where)",
        )
    if _FULL_WIDTH.search(text):
        raise ExpressionError(
            f"条件“{text}”无法读懂：符号和数字须用半角，≥ 写作 >=，≠ 写作 <>，“且”“或”写作 and、or",
            f"the condition “{text}” cannot be read: use plain characters, >= for ≥, <> for ≠, and, or",
        )
    try:
        return parse_one(text, dialect="postgres", into=exp.Condition)
    except SqlglotError:
        raise ExpressionError(
            f"条件“{text}”无法读懂，请检查括号、运算符和指标名",
            f"the condition “{text}” cannot be read; check brackets, operators and names",
        ) from None


def _refuse_strange(text: str, node: exp.Expr) -> None:
    """Refuse what is no arithmetic or comparison of indicators: aggregates, subqueries, calls, texts."""
    from sqlglot import exp

    if type(node).__name__ not in _KNOWN:
        used = _spoken(node)
        raise ExpressionError(
            f"条件“{text}”用了{used.zh}，条件中只能对指标作四则运算和比较",
            f"the condition “{text}” uses {used.en}; only arithmetic and comparisons of indicators may stand here",
        )
    if isinstance(node, exp.Column) and node.table:
        raise ExpressionError(
            f"条件“{text}”中的 {node.sql()} 不是指标名，指标名不带点号",
            f"the condition “{text}” names {node.sql()}, but an indicator's name has no dot",
        )
    if isinstance(node, exp.Literal) and node.is_string:
        raise ExpressionError(
            f"条件“{text}”与文字 {node.sql()} 比较，而指标都是数",
            f"the condition “{text}” compares with the text {node.sql()}, but indicators are numbers",
        )
    if (
        isinstance(node, (exp.Div, exp.Mod))
        and isinstance(node.expression, exp.Literal)
        and float(node.expression.this) == 0
    ):
        raise ExpressionError(f"条件“{text}”除以零", f"the condition “{text}” divides by zero")


def _is_condition(text: str, node: exp.Expr) -> bool:
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
        return _is_condition(text, node.this)
    if kind in _LOGIC:
        for side in (node.this, node.args.get("expression")):
            if side is not None and not _is_condition(text, side):
                raise _misplaced(text, side, "条件", "a condition")
        return True
    if kind == "Is":
        return True
    if isinstance(node, exp.Case):
        for branch in node.args["ifs"]:
            if not _is_condition(text, branch.this):
                raise _misplaced(text, branch.this, "条件", "a condition")
        values = [branch.args["true"] for branch in node.args["ifs"]]
        return _all_alike(text, [*values, node.args.get("default")])
    if isinstance(node, exp.If):
        if not _is_condition(text, node.this):
            raise _misplaced(text, node.this, "条件", "a condition")
        return _all_alike(text, [node.args["true"], node.args.get("false")])
    sides = list(node.iter_expressions())
    if kind in ("EQ", "NEQ") and all(_is_condition(text, side) for side in sides):
        return True
    for side in sides:
        if _is_condition(text, side):
            raise _misplaced(text, side, "数", "a number")
    return kind not in _ARITHMETIC


def _all_alike(text: str, values: list[exp.Expr | None]) -> bool:
    kinds = {_is_condition(text, value) for value in values if value is not None}
    if len(kinds) > 1:
        raise ExpressionError(
            f"条件“{text}”的各个分支有的是条件、有的是数", f"the branches of “{text}” are conditions and numbers"
        )
    return kinds.pop()


def _misplaced(text: str, node: exp.Expr, zh: str, en: str) -> ExpressionError:
    part = node.sql(dialect="postgres", comments=False)
    return ExpressionError(
        f"条件“{text}”中的“{part}”处应是{zh}" + ("；区间请写作 a > 1 and a < 10" if en == "a number" else ""),
        f"in the condition “{text}”, “{part}” stands where {en} must be"
        + ("; write a range as a > 1 and a < 10" if en == "a number" else ""),
    )


def check_expression(text: str, knows: Callable[[str], bool], names: Iterable[str] = ()) -> Expression:
    """Read `text` and make sure that every name in it is an indicator and that Polars accepts it.

    knows: whether there is, or should be, an indicator of that name. names: those to suggest instead.
    """
    expression = read_expression(text)
    unknown = [name for name in expression.names if not knows(name)]
    if unknown:
        listed = ", ".join(unknown)
        near = next(iter(get_close_matches(unknown[0], list(names), 1)), None)
        raise ExpressionError(
            f"条件“{text}”中的 {listed} 未在 indicators 中定义" + (f"，是否为 {near}" if near else ""),
            f"the condition “{text}” names {listed}, which indicators does not define"
            + (f"; did you mean {near}?" if near else ""),
        )
    if not _computes(expression):
        raise ExpressionError(f"条件“{text}”无法计算", f"the condition “{text}” cannot be computed")
    return expression


def usable_name(name: str) -> bool:
    """True if `name` can stand in a condition as the name of an indicator: no word of SQL."""
    if name in RESERVED:
        return False
    try:
        expression = read_expression(f"{name} = 0 and 1 + {name} / {name} > 0")
    except ExpressionError:
        return False
    return expression.names == (name,) and _computes(expression)


def _computes(expression: Expression) -> bool:
    import polars as pl

    probe = pl.DataFrame({name: [1.0] for name in expression.names} or {"_": [1.0]})
    try:
        probe.select(expression.polars().alias("_"))
    except pl.exceptions.PolarsError:
        return False
    return True


def _spoken(node: exp.Expr) -> Said:
    from sqlglot import exp

    text = node.sql(dialect="postgres", comments=False)
    if isinstance(node, exp.AggFunc):
        return Said(f"汇总函数 {text}", f"the aggregate {text}")
    if isinstance(node, exp.Anonymous):
        return Said(f"函数 {text}", f"the function {text}")
    return Said(f"“{text}”", f"“{text}”")


def _names(tree: exp.Expr) -> tuple[str, ...]:
    from sqlglot import exp

    return tuple(sorted({column.name for column in tree.find_all(exp.Column)}))


def _parts(tree: exp.Expr) -> list[exp.Expr]:
    """The parts of a conjunction, in reading order."""
    from sqlglot import exp

    if isinstance(tree, exp.Paren):
        return _parts(tree.this)
    if isinstance(tree, exp.And):
        return [*_parts(tree.left), *_parts(tree.right)]
    return [tree]


def _clause(part: exp.Expr) -> Clause:
    operator = _COMPARISONS.get(type(part).__name__)
    if operator is None:
        return Clause(_safe(part), _names(part))
    return Clause(_safe(part), _names(part), _safe(part.this), operator, _safe(part.expression))


def _safe(tree: exp.Expr) -> str:
    """SQL in which a division by zero gives null; Polars alone would give infinity, which is ≥ 10."""
    guarded = tree.copy().transform(_guard_division)
    return str(guarded.sql(dialect="postgres", comments=False))


def _guard_division(node: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    if not isinstance(node, (exp.Div, exp.Mod)) or isinstance(node.expression, exp.Literal):
        return node
    node.set("expression", exp.Nullif(this=node.expression, expression=exp.Literal.number(0)))
    return node
