"""Arithmetic as a person with a pencil does it: what Polars evaluates of a condition or a sum.

Polars counts in binary fractions, in which 0.1 + 0.2 is a hair above 0.3. So two numbers are the same here when they
agree to twelve significant digits of the largest number that was added, subtracted or compared on the way to them,
and from a milliard on to the thousandth: see `_within`. Whole numbers up to 10^12, and figures of up to twelve digits,
are compared exactly. Every comparison, FLOOR, CEIL, ROUND and remainder is written out with that margin, every division
guarded against zero, and every number is a Float64, so that nothing runs over. ADR 18 says what else was tried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from models.plan.grammar import COMPARISONS, is_condition

if TYPE_CHECKING:
    from sqlglot import exp

SHARE, FINEST, NOISE = 1e-12, 1e-3, 1e-15
"""Of a number: what twelve digits leave open; as much as is ever left open; what its binary fraction may be off by."""
_PLACES = (2, 4, 6, 9)
"""After the point: the roundest number within the margin is the one that was meant."""
_MOST_PLACES = 15
"""As many as a double has; rounding to more changes nothing."""
_OPENS = {"=": "({0} >= {1} AND {0} <= {2})", "<>": "({0} < {1} OR {0} > {2})"}
_MIRRORED = {"=": "=", "<>": "<>", ">": "<", ">=": "<=", "<": ">", "<=": ">="}


@dataclass(frozen=True)
class Number:
    """SQL of a number, and of its magnitude: the largest number that went into it, by which its error is bounded."""

    sql: str
    magnitude: str

    @property
    def margin(self) -> str:
        return _within(f"2.0 * ({self.magnitude})")


def margin_of(limit: float) -> float:
    """By how much a figure may miss a limit and is still equal to it."""
    return min(SHARE * abs(limit), FINEST + NOISE * abs(limit))


def exact_sql(tree: exp.Expr, condition: bool) -> str:
    """SQL, for Polars alone, of a condition or of a number."""
    return _truth(tree) if condition else _settled(tree)


def _settled(tree: exp.Expr) -> str:
    """A number without the noise of its arithmetic: the roundest that lies within the margin."""
    number = _number(tree)
    if type(tree.unnest()).__name__ in ("Column", "Literal"):
        return number.sql
    cases = " ".join(
        f"WHEN ABS({number.sql} - ROUND({number.sql}, {places})) <= {number.margin} THEN ROUND({number.sql}, {places})"
        for places in _PLACES
    )
    return f"CASE {cases} ELSE {number.sql} END"


def _within(magnitudes: str) -> str:
    """The margin between two numbers whose magnitudes add up to `magnitudes`."""
    return f"LEAST({SHARE / 2} * ({magnitudes}), {FINEST} + {NOISE} * ({magnitudes}))"


def _truth(node: exp.Expr) -> str:
    from sqlglot import exp

    kind = type(node).__name__
    if kind in COMPARISONS:
        return _comparison(node.this, COMPARISONS[kind], node.expression)
    match kind:
        case "Paren":
            return f"({_truth(node.this)})"
        case "And" | "Or":
            return f"({_truth(node.this)} {kind.upper()} {_truth(node.expression)})"
        case "Not":
            return f"(NOT {_truth(node.this)})"
        case "Between":
            low = _comparison(node.this, ">=", node.args["low"])
            return f"({low} AND {_comparison(node.this, '<=', node.args['high'])})"
        case "In":
            return f"({' OR '.join(_comparison(node.this, '=', one) for one in node.expressions)})"
        case "Is":
            negated = "NOT " if node.args.get("negate") else ""
            return f"({_either(node.this)} IS {negated}{node.expression.sql(dialect='postgres')})"
        case "Case" | "If":
            return _choice(node, _truth)
    assert isinstance(node, (exp.Boolean, exp.Null)), kind
    return str(node.sql(dialect="postgres"))


def _either(node: exp.Expr) -> str:
    return _truth(node) if is_condition("", node) else _number(node).sql


def _comparison(left: exp.Expr, operator: str, right: exp.Expr) -> str:
    if is_condition("", left):
        return f"({_truth(left)} {operator} {_truth(right)})"
    constant = _constant(right)
    if constant is not None and type(left.unnest()).__name__ == "Column":
        return _against(_named(left.unnest()), operator, float(constant))
    constant = _constant(left)
    if constant is not None and type(right.unnest()).__name__ == "Column":
        return _against(_named(right.unnest()), _MIRRORED[operator], float(constant))
    one, other = _number(left), _number(right)
    difference = f"({one.sql}) - ({other.sql})"
    margin = _within(f"{one.magnitude} + {other.magnitude}")
    if operator in ("=", "<>"):
        return f"ABS({difference}) {'<=' if operator == '=' else '>'} {margin}"
    return f"{difference} {operator} {'-' if operator in ('<', '>=') else ''}{margin}"


def _against(name: str, operator: str, limit: float) -> str:
    """A figure against a limit: the margin is reckoned once and not for every office."""
    margin = margin_of(limit)
    low, high = repr(limit - margin), repr(limit + margin)
    if margin == 0:
        return f"{name} {operator} {limit!r}"
    if operator in _OPENS:
        return _OPENS[operator].format(name, low, high)
    return f"{name} {operator} {low if operator in ('<', '>=') else high}"


def _named(column: exp.Expr) -> str:
    """A figure by its name, in quotes where the tree has it so: those of registers' columns may be words of SQL."""
    return f'"{column.name}"' if column.this.args.get("quoted") else column.name


def _constant(node: exp.Expr) -> Fraction | None:
    """The value of a number without figures in it, exactly."""
    match type(node).__name__:
        case "Literal":
            return Fraction(node.this)
        case "Paren":
            return _constant(node.this)
        case "Neg":
            value = _constant(node.this)
            return None if value is None else -value
        case "Add" | "Sub" | "Mul" | "Div" as kind:
            one, other = _constant(node.this), _constant(node.expression)
            if one is None or other is None or (kind == "Div" and not other):
                return None
            return {"Add": one + other, "Sub": one - other, "Mul": one * other}.get(kind, one / (other or 1))
    return None


def _number(node: exp.Expr) -> Number:
    constant = _constant(node)
    if constant is not None:
        return Number(_written(float(constant)), _written(abs(float(constant))))
    match type(node).__name__:
        case "Column":
            own = f"CAST({_named(node)} AS DOUBLE)"
            return Number(own, f"ABS({own})")
        case "Null":
            return Number("NULL", "0.0")
        case "Paren":
            inner = _number(node.this)
            return Number(f"({inner.sql})", inner.magnitude)
        case "Neg":
            inner = _number(node.this)
            return Number(f"(-({inner.sql}))", inner.magnitude)
        case "Abs":
            inner = _number(node.this)
            return Number(f"ABS({inner.sql})", inner.magnitude)
        case "Add" | "Sub" | "Mul" | "Div" | "Mod" as kind:
            return _operation(kind, _number(node.this), _number(node.expression))
        case "Floor" | "Ceil" | "Round" as kind:
            return _rounded(kind, node)
        case "Least" | "Greatest" | "Coalesce" as kind:
            return _one_of(kind, [_number(part) for part in (node.this, *node.expressions)])
        case "Nullif":
            one, other = _number(node.this), _number(node.expression)
            return Number(f"NULLIF({one.sql}, {other.sql})", one.magnitude)
    return Number(
        _choice(node, lambda value: _number(value).sql), _choice(node, lambda value: _number(value).magnitude)
    )


def _one_of(kind: str, parts: list[Number]) -> Number:
    """One of several numbers, with the magnitude of that one: a large one that is not taken leaves the margin as it is."""
    taken = f"{kind.upper()}({', '.join(part.sql for part in parts)})"
    may_be_it = (
        f"CASE WHEN ABS({part.sql} - {taken}) <= {part.margin} THEN {part.magnitude} ELSE 0.0 END"
        for part in parts
        if part.magnitude != f"ABS({part.sql})"
    )
    return Number(taken, f"GREATEST({', '.join((f'ABS({taken})', *may_be_it))})")


def _operation(kind: str, one: Number, other: Number) -> Number:
    divisor = f"NULLIF({other.sql}, 0.0)"
    if kind in ("Add", "Sub"):
        sign = "+" if kind == "Add" else "-"
        return Number(f"({one.sql} {sign} {other.sql})", f"({one.magnitude} + {other.magnitude})")
    if kind == "Mul":
        return Number(f"({one.sql} * {other.sql})", f"({one.magnitude} * {other.magnitude})")
    steep = f"({one.magnitude} * {other.magnitude} / ({divisor} * {divisor}))"
    quotient = Number(f"({one.sql} / {divisor})", steep)
    if kind == "Div":
        return quotient
    whole = f"SIGN({quotient.sql}) * FLOOR(ABS({quotient.sql}) + {quotient.margin})"
    return Number(f"({one.sql} - {divisor} * {whole})", f"({one.magnitude} + {other.magnitude})")


def _rounded(kind: str, node: exp.Expr) -> Number:
    """A half is rounded away from zero, as at school. The margin is never so much that a whole unit is rounded up."""
    inner = _number(node.this)
    if kind != "Round":
        text = f"{kind.upper()}({inner.sql} {'+' if kind == 'Floor' else '-'} {inner.margin})"
        return Number(text, f"ABS({text})")
    places = node.args.get("decimals")
    digits = max(-_MOST_PLACES, min(int(_constant(places) or 0), _MOST_PLACES)) if places is not None else 0
    shift = _written(10.0**digits)
    margin = f"LEAST({inner.margin}, 0.25 / {shift})"
    text = f"(SIGN({inner.sql}) * FLOOR((ABS({inner.sql}) + {margin}) * {shift} + 0.5) / {shift})"
    return Number(text, f"ABS({text})")


def _choice(node: exp.Expr, write: Callable[[exp.Expr], str]) -> str:
    """CASE, with its values as `write` writes them."""
    from sqlglot import exp

    if isinstance(node, exp.If):
        branches, last = [node], node.args.get("false")
    else:
        branches, last = node.args["ifs"], node.args.get("default")
    cases = " ".join(f"WHEN {_truth(branch.this)} THEN {write(branch.args['true'])}" for branch in branches)
    return f"CASE {cases}{'' if last is None else f' ELSE {write(last)}'} END"


def _written(value: float) -> str:
    """With an exponent: Polars reads 0.25 as a decimal, rounds what is divided by it, and gives up beyond 38 digits."""
    text = repr(value)
    text = text if "e" in text else f"{text}e0"
    return f"({text})" if value < 0 else text
