"""Spans (取值范围): between which ends an expression over indicators can lie, and whether a condition can hold at all.

Every answer errs on one side: a span is never too narrow, so what is called impossible is impossible. Figures are taken
as reported; a missing one is judged `unreported`, never by the condition.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from models.plan.grammar import COMPARISONS

if TYPE_CHECKING:
    from sqlglot import exp

Number = Fraction | float
"""Exact; a float only where it is infinite."""


@dataclass(frozen=True)
class Span:
    """From `low` to `high`; an end that `is_open` at its side is left out."""

    low: Number = -math.inf
    high: Number = math.inf
    low_open: bool = False
    high_open: bool = False

    @property
    def is_empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def meet(self, other: Span) -> Span:
        """What both allow."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Span(
            low,
            high,
            any(one.low_open for one in (self, other) if one.low == low),
            any(one.high_open for one in (self, other) if one.high == high),
        )


ANYTHING = Span()
FROM_NOTHING = Span(low=Fraction(0))
Box = Mapping[str, Span]
"""For each indicator by its id what it can be; one that is not there can be anything."""

_MOST_BOXES = 64
_OPPOSITE = {"=": "<>", "<>": "=", ">": "<=", ">=": "<", "<": ">=", "<=": ">"}
_MIRRORED = {"=": "=", "<>": "<>", ">": "<", ">=": "<=", "<": ">", "<=": ">="}


def point(value: Number) -> Span:
    """One number alone."""
    return Span(value, value)


def can_be(tree: exp.Expr, holds: bool, box: Box) -> bool:
    """False only where no figures in `box` make the condition hold (or, for `holds` False, fail)."""
    try:
        return bool(_boxes(tree, holds, box))
    except (OverflowError, RecursionError):
        return True


def span_of(tree: exp.Expr, box: Box) -> Span:
    """Between which ends a number lies."""
    try:
        return _span(tree, box)
    except (OverflowError, RecursionError):
        return ANYTHING


def _boxes(tree: exp.Expr, holds: bool, box: Box) -> list[Box]:
    """Boxes within `box` that together hold all figures for which `tree` is `holds`."""
    from sqlglot import exp

    if isinstance(tree, exp.Paren):
        return _boxes(tree.this, holds, box)
    if isinstance(tree, exp.Not):
        return _boxes(tree.this, not holds, box)
    if isinstance(tree, exp.Boolean):
        return [box] if tree.this is holds else []
    if isinstance(tree, (exp.And, exp.Or)):
        return _joined(tree.left, tree.right, holds, box, both=isinstance(tree, exp.And) is holds)
    if isinstance(tree, exp.Between):
        low = exp.GTE(this=tree.this.copy(), expression=tree.args["low"].copy())
        high = exp.LTE(this=tree.this.copy(), expression=tree.args["high"].copy())
        return _joined(low, high, holds, box, both=holds)
    if isinstance(tree, exp.In):
        return _one_of(tree, holds, box)
    if isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null):
        return [box] if holds is bool(tree.args.get("negate")) else []  # a figure that is judged is there
    operator = COMPARISONS.get(type(tree).__name__)
    if operator is None:
        return [box]
    return _compared(tree, operator if holds else _OPPOSITE[operator], box)


def _joined(left: exp.Expr, right: exp.Expr, holds: bool, box: Box, *, both: bool) -> list[Box]:
    if both:
        found = [inner for outer in _boxes(left, holds, box) for inner in _boxes(right, holds, outer)]
    else:
        found = [*_boxes(left, holds, box), *_boxes(right, holds, box)]
    return found if len(found) <= _MOST_BOXES else [box]


def _one_of(tree: exp.In, holds: bool, box: Box) -> list[Box]:
    from sqlglot import exp

    equal = [exp.EQ(this=tree.this.copy(), expression=one.copy()) for one in tree.expressions]
    if not equal:
        return [box]
    joined: exp.Expr = equal[0]
    for one in equal[1:]:
        joined = exp.Or(this=joined, expression=one)
    return _boxes(joined, holds, box)


def _compared(tree: exp.Expr, operator: str, box: Box) -> list[Box]:
    from sqlglot import exp

    left, right = tree.this.unnest(), tree.expression.unnest()
    if isinstance(left, exp.Null) or isinstance(right, exp.Null):
        return []  # neither true nor false
    spans = _span(left, box), _span(right, box)
    if left == right:
        return [box] if operator in ("=", "<=", ">=") else []
    if not _possible(*spans, operator):
        return []
    narrowed = dict(box)
    for side, other, seen in ((left, spans[1], operator), (right, spans[0], _MIRRORED[operator])):
        if isinstance(side, exp.Column):
            narrowed[side.name] = narrowed.get(side.name, ANYTHING).meet(_allowed(other, seen))
    return [] if any(span.is_empty for span in narrowed.values()) else [narrowed]


def _possible(left: Span, right: Span, operator: str) -> bool:
    if operator in (">", ">="):
        left, right, operator = right, left, _MIRRORED[operator]
    if operator == "<":
        return left.low < right.high
    if operator == "<=":
        return left.low < right.high or (left.low == right.high and not (left.low_open or right.high_open))
    if operator == "=":
        return not left.meet(right).is_empty
    return not (left.low == left.high == right.low == right.high)


def _allowed(other: Span, operator: str) -> Span:
    """What a number can be that stands so to one of `other`."""
    if operator == "=":
        return other
    if operator in ("<", "<="):
        return Span(high=other.high, high_open=other.high_open or operator == "<")
    if operator in (">", ">="):
        return Span(low=other.low, low_open=other.low_open or operator == ">")
    return ANYTHING


def _span(tree: exp.Expr, box: Box) -> Span:
    from sqlglot import exp

    if isinstance(tree, exp.Paren):
        return _span(tree.this, box)
    if isinstance(tree, exp.Column):
        return box.get(tree.name, ANYTHING)
    if isinstance(tree, exp.Literal):
        return point(Fraction(str(tree.this)))
    if isinstance(tree, exp.Neg):
        inner = _span(tree.this, box)
        return Span(-inner.high, -inner.low)
    if isinstance(tree, exp.Div):
        return _divided(_span(tree.this, box), _span(tree.expression, box))
    if type(tree).__name__ in _OF_TWO:
        return _corners(_span(tree.this, box), _span(tree.expression, box), _OF_TWO[type(tree).__name__])
    if isinstance(tree, exp.Abs):
        inner = _span(tree.this, box)
        if inner.low >= 0:
            return Span(inner.low, inner.high)
        if inner.high <= 0:
            return Span(-inner.high, -inner.low)
        return Span(Fraction(0), max(-inner.low, inner.high))
    if isinstance(tree, (exp.Floor, exp.Ceil)):
        inner = _span(tree.this, box)
        low, high = (end if math.isinf(end) else Fraction(_ROUND[type(tree).__name__](end)) for end in _ends(inner))
        return Span(low, high)
    if isinstance(tree, (exp.Least, exp.Greatest)):
        spans = [_span(one, box) for one in (tree.this, *tree.expressions)]
        lows: list[Number] = [span.low for span in spans]
        highs: list[Number] = [span.high for span in spans]
        if isinstance(tree, exp.Least):
            return Span(min(lows), min(highs))
        return Span(max(lows), max(highs))
    if isinstance(tree, exp.Case) and tree.args.get("default") is not None:
        return _around(
            _span(one, box) for one in (*(ifs.args["true"] for ifs in tree.args["ifs"]), tree.args["default"])
        )
    return ANYTHING


def _ends(span: Span) -> tuple[Number, Number]:
    return span.low, span.high


def _times(left: Number, right: Number) -> Number:
    return Fraction(0) if 0 in (left, right) else left * right


_OF_TWO: dict[str, Callable[[Number, Number], Number]] = {
    "Add": lambda left, right: left + right,
    "Sub": lambda left, right: left - right,
    "Mul": _times,
}
_ROUND: dict[str, Callable[[Number], int]] = {"Floor": math.floor, "Ceil": math.ceil}


def _corners(left: Span, right: Span, reckon: Callable[[Number, Number], Number]) -> Span:
    found = [reckon(one, other) for one, other in product(_ends(left), _ends(right))]
    if any(math.isnan(value) for value in found):
        return ANYTHING
    return Span(min(found), max(found))


def _divided(left: Span, right: Span) -> Span:
    """A division by zero has no result, so that a divisor from zero on lies above it."""
    if right.low > 0 or right.high < 0:
        inverse = [Fraction(0) if math.isinf(end) else 1 / end for end in _ends(right)]
        return _corners(left, Span(min(inverse), max(inverse)), _times)
    if right.low < 0 < right.high:
        return ANYTHING
    above = left if right.low == 0 else Span(-left.high, -left.low)
    if above.low >= 0:
        return FROM_NOTHING
    return Span(high=Fraction(0)) if above.high <= 0 else ANYTHING


def _around(spans: Iterable[Span]) -> Span:
    listed = list(spans)
    return Span(min(span.low for span in listed), max(span.high for span in listed))
