"""Conditions over indicators: what may stand in `met_when`, `count_where` and `sum_where`.

The text is SQL. sqlglot reads it to refuse what is no condition (aggregates, subqueries, calls that
would turn a missing figure into a value) and to make division safe; Polars evaluates it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from models.plan.exactness import exact_sql
from models.plan.grammar import COMPARISONS, ExpressionError, is_condition, parse, within_bounds
from models.plan.makeup import Makeup
from models.plan.noting import note
from models.plan.row_expressions import rows_proven, trust_rows

if TYPE_CHECKING:
    import polars as pl
    from sqlglot import exp


@dataclass(frozen=True)
class Clause:
    """One part of a condition that is joined by `and`: the smallest thing that can be the reason.

    text: as it is spoken of. sql: as Polars evaluates it, strictly where `strict` (see Expression). left, operator, right:
    of a comparison, the side with an indicator on the left.
    """

    text: str
    sql: str
    names: tuple[str, ...]
    strict: bool = False
    left: str | None = None
    operator: str | None = None
    right: str | None = None

    def polars(self) -> pl.Expr:
        """True, false, or null where it cannot be decided."""
        return _polars(self.sql, self.names, self.strict)


@dataclass(frozen=True)
class Expression:
    """A condition or a sum over indicators.

    sql: as Polars evaluates it, exactly (`exactness`).
    names: the indicators in it, sorted. strict: null as soon as one of them is null, because it uses
    something (CASE, LEAST …) that would otherwise skip over a missing figure. makeup: what it is made of.
    """

    text: str
    sql: str
    names: tuple[str, ...]
    strict: bool
    condition: bool
    clauses: tuple[Clause, ...]
    makeup: Makeup

    def polars(self) -> pl.Expr:
        """The expression over columns named like the indicators; null where it cannot be decided."""
        return _polars(self.sql, self.names, self.strict)


@lru_cache(maxsize=4096)
def _polars(sql: str, names: tuple[str, ...], strict: bool) -> pl.Expr:
    import polars as pl

    value = pl.sql_expr(sql)
    if not strict or not names:
        return value
    missing = pl.any_horizontal(pl.col(name).is_null() for name in names)
    return pl.when(missing).then(None).otherwise(value)


RESERVED = frozenset({"in", "is", "if", "div", "mod", "by", "asc", "desc", "inf", "nan", "infinity"})
"""Words that a parser might take for a name, though a reader would not."""
_STRICT = {"Case", "If", "Least", "Greatest", "Coalesce", "Nullif", "Is", "Null"}


READER = 3
"""Counts up whenever this module reads a text otherwise than before: what an older one proved is read again."""

_PROVEN: dict[str, Expression] = {}


def proven(keys: Collection[str]) -> str:
    """The conditions and expressions under these keys (`noting.noting`) that were read and computed, as JSON, so that
    the next process need not do it again."""
    own = [asdict(_PROVEN[key]) for key in sorted(keys) if key in _PROVEN]
    return json.dumps({"reader": READER, "expressions": own, "rows": rows_proven(keys)}, ensure_ascii=False)


def trust(proof: str | None) -> None:
    """Take over what `proven` wrote. Reading a plan of a hundred conditions anew takes most of a second."""
    data = json.loads(proof) if proof else {}
    trust_rows(data.get("rows", {}))
    if data.get("reader") != READER:
        return
    for one in data["expressions"]:
        clauses = tuple(Clause(**{**clause, "names": tuple(clause["names"])}) for clause in one["clauses"])
        made = {"names": tuple(one["names"]), "clauses": clauses, "makeup": Makeup.from_json(one["makeup"])}
        _PROVEN.setdefault(one["text"], Expression(**{**one, **made}))


def read_expression(text: str) -> Expression:
    """Read one condition or sum. ExpressionError says what in it cannot be used."""
    note(text)
    return _read(text)


@lru_cache(maxsize=4096)
def _read(text: str) -> Expression:
    if text in _PROVEN:
        return _PROVEN[text]
    with within_bounds(text):
        tree = parse(text)
        condition = is_condition(text, tree)
        clauses = tuple(_clause(part) for part in _parts(tree))
        return Expression(
            text=text,
            sql=exact_sql(tree, condition),
            names=_names(tree),
            strict=_is_strict(tree),
            condition=condition,
            clauses=clauses,
            makeup=Makeup.of(tree),
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


def names_written(text: str) -> frozenset[str]:
    """Every word in a text that could be the name of an indicator, whether or not the text can be read."""
    return frozenset(re.findall(r"[a-z][a-z0-9_]*", text))


def rows_decide() -> Expression:
    """What stands as the condition of a requirement whose duties are rows of a register: it asks for no figure."""
    return check_expression("1 = 1", lambda _: True)


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
    if expression.text in _PROVEN:
        return True
    import polars as pl

    probe = pl.DataFrame({name: [1.0] for name in expression.names} or {"_": [1.0]})
    try:
        for clause in expression.clauses:
            pl.sql_expr(clause.text)
        probe.select(expression.polars().alias("_"))
    except pl.exceptions.PolarsError:
        return False
    _PROVEN[expression.text] = expression
    return True


def _names(tree: exp.Expr) -> tuple[str, ...]:
    from sqlglot import exp

    return tuple(sorted({column.name for column in tree.find_all(exp.Column)}))


def _parts(tree: exp.Expr) -> list[exp.Expr]:
    """The parts of a conjunction, in reading order. `a between 1 and 2` is two, `not a < 5` is `a >= 5`."""
    from sqlglot import exp

    if isinstance(tree, exp.Paren):
        return _parts(tree.this)
    if isinstance(tree, exp.And):
        return [*_parts(tree.left), *_parts(tree.right)]
    if isinstance(tree, exp.Between):
        low, high = tree.args["low"], tree.args["high"]
        return [
            exp.GTE(this=tree.this.copy(), expression=low.copy()),
            exp.LTE(this=tree.this.copy(), expression=high.copy()),
        ]
    if isinstance(tree, exp.Not):
        denied = tree.this.unnest()
        opposite = _OPPOSITES.get(type(denied).__name__)
        if opposite and not is_condition("", denied.this):
            return [getattr(exp, opposite)(this=denied.this.copy(), expression=denied.expression.copy())]
    return [tree]


_OPPOSITES = {"EQ": "NEQ", "NEQ": "EQ", "GT": "LTE", "GTE": "LT", "LT": "GTE", "LTE": "GT"}
_MIRRORED = {"=": "=", "<>": "<>", ">": "<", ">=": "<=", "<": ">", "<=": ">="}


def _clause(part: exp.Expr) -> Clause:
    names, strict = _names(part), _is_strict(part)
    operator = COMPARISONS.get(type(part).__name__)
    if operator is None:
        return Clause(_safe(part), _sql(part), names, strict)
    left, right = part.this, part.expression
    if not _names(left) and _names(right):
        left, operator, right = right, _MIRRORED[operator], left
    return Clause(
        text=_safe(part),
        sql=_sql(part),
        names=names,
        strict=strict,
        left=_safe(left),
        operator=operator,
        right=_safe(right),
    )


def _sql(part: exp.Expr) -> str:
    return exact_sql(part, is_condition("", part))


def _is_strict(tree: exp.Expr) -> bool:
    return any(type(node).__name__ in _STRICT for node in tree.walk())


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
