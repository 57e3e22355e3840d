"""What conditions make of figures with words (原样的数): met when every value that they allow meets it.

Arithmetic goes by the ends of what is allowed, as on paper: it never allows too little, and where one figure stands in a
condition twice it may allow more than it need. The margins are those of `models.plan.exactness`. Frames: see `bounds`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from models.plan.expressions import Clause, Expression
from models.plan.grammar import COMPARISONS, is_condition, parse
from models.plan.model import Indicator
from models.rules.judging.bounds import above, are_loose, below, bounds, least, loose, most
from models.rules.judging.ends import (
    Allowed,
    Truth,
    absolute,
    always,
    anything,
    closed,
    compared,
    constant,
    either,
    exact,
    negative,
    outermost,
    product,
    quotient,
    rounded,
    sum_of,
    where,
)

if TYPE_CHECKING:
    from sqlglot import exp


def rows_loose(frame: pl.DataFrame, names: Iterable[str]) -> pl.Series:
    """At which offices words stand behind one of these figures."""
    there = [pl.col(loose(name)).fill_null(False) for name in names if loose(name) in frame.columns]
    return frame.select(pl.any_horizontal(pl.lit(False), *there).alias("loose")).to_series().rename("loose")


def surely(expression: Expression | Clause, frame: pl.DataFrame) -> Truth:
    """A condition over the columns of a frame of figures."""
    found = _Frame(frame).truth(_tree(expression.text))
    if not expression.strict:
        return found
    there = frame.select(pl.all_horizontal(pl.lit(True), *(pl.col(name).is_not_null() for name in expression.names)))
    complete = there.to_series()
    return Truth(found.yes & complete, found.no & complete)


def answered(expression: Expression | Clause, frame: pl.DataFrame, plainly: pl.Series) -> pl.Series:
    """A condition's answers where words are minded: true where all values that are allowed meet it, null as without them.

    plainly: the answers that the numbers in the words give.
    """
    mine = rows_loose(frame, expression.names).arg_true()
    sure = surely(expression, frame[mine])
    both = pl.DataFrame({"plainly": plainly.gather(mine), "yes": sure.yes})
    minded = both.select(pl.when("yes").then(True).when(pl.col("plainly").is_not_null()).then(False)).to_series()
    return plainly.clone().scatter(mine, minded)


def allowed_of(text: str, frame: pl.DataFrame) -> Allowed:
    """What a sum or a share allows; of a condition, 1 where it holds and 0 where it does not."""
    tree, own = _tree(text), _Frame(frame)
    if not is_condition(text, tree):
        return own.number(tree)
    holds = own.truth(tree)
    low, high = holds.yes.cast(pl.Float64), (~holds.no).cast(pl.Float64)
    return closed(value=low, low=low, high=high)


def derived_bounds(frame: pl.DataFrame, indicator: Indicator) -> pl.DataFrame:
    """A frame of figures with what a derived one among them allows, where words stand behind its parts.

    A condition that counts (`count_where`) counts 0 to 1 where it is open.
    """
    made_of, name = indicator.where, indicator.id
    if made_of is None or not are_loose(frame, made_of.names):
        return frame
    found, mine = allowed_of(made_of.text, frame), rows_loose(frame, made_of.names)
    there = frame[name].is_not_null() & mine
    ends = (found.least, found.most, found.above, found.below, mine)
    nothing = constant(None, frame.height)
    kept = [
        where(there, end, nothing if end.dtype == pl.Float64 else end & there).alias(column)
        for end, column in zip(ends, bounds(name), strict=True)
    ]
    return frame.with_columns(kept)


@lru_cache(maxsize=1024)
def _tree(text: str) -> exp.Expr:
    return parse(text)


class _Frame:
    """Evaluates trees of conditions over the offices of a frame."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame, self.height = frame, frame.height
        self.never, self.ever = always(False, frame.height), always(True, frame.height)

    def truth(self, node: exp.Expr) -> Truth:
        kind = type(node).__name__
        if kind in COMPARISONS:
            return self._compared(node.this, COMPARISONS[kind], node.expression)
        match kind:
            case "Paren":
                return self.truth(node.this)
            case "And":
                one, other = self.truth(node.this), self.truth(node.expression)
                return Truth(one.yes & other.yes, one.no | other.no)
            case "Or":
                return self._any([self.truth(node.this), self.truth(node.expression)])
            case "Not":
                return self.truth(node.this).opposite()
            case "Between":
                low = self._compared(node.this, ">=", node.args["low"])
                high = self._compared(node.this, "<=", node.args["high"])
                return Truth(low.yes & high.yes, low.no | high.no)
            case "In":
                return self._any([self._compared(node.this, "=", one) for one in node.expressions])
            case "Is":
                return self._is(node)
            case "Boolean":
                return Truth(self.ever, self.never) if node.this else Truth(self.never, self.ever)
            case "Case" | "If":
                return self._chosen_truth(node)
        return Truth(self.never, self.never)

    def _any(self, truths: Sequence[Truth]) -> Truth:
        found = Truth(self.never, self.ever)
        for one in truths:
            found = Truth(found.yes | one.yes, found.no & one.no)
        return found

    def _is(self, node: exp.Expr) -> Truth:
        wanted = node.expression
        if type(wanted).__name__ != "Null":
            own_truth = self.truth(node.this)
            found = own_truth if wanted.this else own_truth.opposite()
        elif is_condition("", node.this):
            known = self.truth(node.this)
            found = Truth(~(known.yes | known.no), known.yes | known.no)
        else:
            value = self.number(node.this).value
            found = Truth(value.is_null(), value.is_not_null())
        return found.opposite() if node.args.get("negate") else found

    def _compared(self, left: exp.Expr, operator: str, right: exp.Expr) -> Truth:
        if not is_condition("", left):
            return compared(self.number(left), operator, self.number(right))
        one, other = self.truth(left), self.truth(right)
        same = Truth((one.yes & other.yes) | (one.no & other.no), (one.yes & other.no) | (one.no & other.yes))
        return same if operator == "=" else same.opposite()

    def number(self, node: exp.Expr) -> Allowed:
        match type(node).__name__:
            case "Column":
                return self._named(node.name)
            case "Literal":
                return exact(constant(float(node.this), self.height))
            case "Null":
                return exact(constant(None, self.height))
            case "Paren":
                return self.number(node.this)
            case "Neg":
                return negative(self.number(node.this))
            case "Abs":
                return absolute(self.number(node.this))
            case "Add":
                return sum_of(self.number(node.this), self.number(node.expression))
            case "Sub":
                return sum_of(self.number(node.this), negative(self.number(node.expression)))
            case "Mul":
                return product(self.number(node.this), self.number(node.expression))
            case "Div":
                return quotient(self.number(node.this), self.number(node.expression))
            case "Floor" | "Ceil" | "Round" as kind:
                places = node.args.get("decimals")
                return rounded(self.number(node.this), kind, 0 if places is None else int(places.sql()))
            case "Least" | "Greatest" | "Coalesce" as kind:
                parts = [self.number(part) for part in (node.this, *node.expressions)]
                return _first(parts) if kind == "Coalesce" else outermost(parts, smallest=kind == "Least")
            case "Nullif":
                return self._nullif(node)
            case "Case" | "If":
                return self._chosen(node)
        return self._open()

    def _open(self) -> Allowed:
        return anything(constant(0.0, self.height))

    def _named(self, name: str) -> Allowed:
        own = self.frame[name].cast(pl.Float64)
        if loose(name) not in self.frame.columns:
            return exact(own)
        there = pl.col(name).is_not_null()
        ends = self.frame.select(
            least=pl.when(there).then(pl.coalesce(least(name), name)),
            most=pl.when(there).then(pl.coalesce(most(name), name)),
            above=pl.col(above(name)).fill_null(False),
            below=pl.col(below(name)).fill_null(False),
        )
        return Allowed(value=own, size=own.abs(), **{end: ends[end] for end in ends.columns})

    def _nullif(self, node: exp.Expr) -> Allowed:
        own, same = self.number(node.this), self._compared(node.this, "=", node.expression)
        kept = either(same.no, own, anything(own.value))
        return either(same.yes, exact(constant(None, self.height)), kept)

    def _branches(self, node: exp.Expr) -> tuple[list[tuple[Truth, exp.Expr]], exp.Expr | None]:
        from sqlglot import exp

        is_if = isinstance(node, exp.If)
        branches, last = ([node], node.args.get("false")) if is_if else (node.args["ifs"], node.args.get("default"))
        return [(self.truth(branch.this), branch.args["true"]) for branch in branches], last

    def _chosen(self, node: exp.Expr) -> Allowed:
        """The number of the branch that is taken; any number where that is open."""
        branches, last = self._branches(node)
        found = exact(constant(None, self.height)) if last is None else self.number(last)
        for holds, value in reversed(branches):
            decided = either(holds.yes, self.number(value), found)
            found = either(holds.yes | holds.no, decided, self._open())
        return found

    def _chosen_truth(self, node: exp.Expr) -> Truth:
        branches, last = self._branches(node)
        found = Truth(self.never, self.never) if last is None else self.truth(last)
        for holds, value in reversed(branches):
            taken = self.truth(value)
            found = Truth(
                (holds.yes & taken.yes) | (holds.no & found.yes) | (taken.yes & found.yes),
                (holds.yes & taken.no) | (holds.no & found.no) | (taken.no & found.no),
            )
        return found


def _first(parts: Sequence[Allowed]) -> Allowed:
    """The first of several numbers that is there."""
    found = parts[-1]
    for part in reversed(parts[:-1]):
        found = either(part.value.is_not_null(), part, found)
    return found
