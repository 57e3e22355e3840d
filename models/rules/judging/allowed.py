"""What conditions make of figures with words (原样的数): met when every value that they allow meets it.

Arithmetic goes by the ends of what is allowed, as on paper: it never allows too little, and where one figure stands in a
condition twice it may allow more than it need. The margins are those of `models.plan.exactness`. Frames: see `bounds`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING

import polars as pl

from models.plan.exactness import FINEST, NOISE, SHARE
from models.plan.expressions import Clause, Expression
from models.plan.grammar import COMPARISONS, is_condition, parse
from models.plan.model import Indicator
from models.rules.judging.bounds import above, are_loose, below, bounds, least, loose, most

if TYPE_CHECKING:
    from sqlglot import exp


@dataclass(frozen=True)
class Allowed:
    """Numbers by their ends, one a row. value: as it is without words; size: the largest number that went into it."""

    value: pl.Series
    least: pl.Series
    most: pl.Series
    above: pl.Series
    below: pl.Series
    size: pl.Series


@dataclass(frozen=True)
class Truth:
    """Whether a condition holds for all values that are allowed, and whether for none; neither where that is open."""

    yes: pl.Series
    no: pl.Series

    def opposite(self) -> Truth:
        return Truth(self.no, self.yes)


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
    sure = surely(expression, frame)
    both = pl.DataFrame({"plainly": plainly, "yes": sure.yes, "loose": rows_loose(frame, expression.names)})
    minded = pl.when(pl.col("yes")).then(True).when(pl.col("plainly").is_not_null()).then(False)
    return both.select(pl.when(pl.col("loose")).then(minded).otherwise("plainly")).to_series()


def allowed_of(text: str, frame: pl.DataFrame) -> Allowed:
    """What a sum or a share allows; of a condition, 1 where it holds and 0 where it does not."""
    tree, own = _tree(text), _Frame(frame)
    if not is_condition(text, tree):
        return own.number(tree)
    holds = own.truth(tree)
    low, high = holds.yes.cast(pl.Float64), (~holds.no).cast(pl.Float64)
    never = own.always(False)
    return Allowed(low, low, high, never, never, high)


def derived_bounds(frame: pl.DataFrame, indicator: Indicator) -> pl.DataFrame:
    """A frame of figures with what a derived one among them allows, where words stand behind its parts.

    A condition that counts (`count_where`) counts 0 to 1 where it is open.
    """
    where, name = indicator.where, indicator.id
    if where is None or not are_loose(frame, where.names):
        return frame
    found, mine = allowed_of(where.text, frame), rows_loose(frame, where.names)
    there = frame[name].is_not_null() & mine
    ends = (found.least, found.most, found.above, found.below, mine)
    nothing = pl.Series([None], dtype=pl.Float64).new_from_index(0, frame.height)
    kept = [
        _where(there, end, nothing if end.dtype == pl.Float64 else end & there).alias(column)
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

    def always(self, value: bool) -> pl.Series:
        return pl.repeat(value, self.height, dtype=pl.Boolean, eager=True)

    def _constant(self, value: float | None) -> pl.Series:
        return pl.Series([value], dtype=pl.Float64).new_from_index(0, self.height)

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
                one, other = self.truth(node.this), self.truth(node.expression)
                return Truth(one.yes | other.yes, one.no & other.no)
            case "Not":
                return self.truth(node.this).opposite()
            case "Between":
                low = self._compared(node.this, ">=", node.args["low"])
                high = self._compared(node.this, "<=", node.args["high"])
                return Truth(low.yes & high.yes, low.no | high.no)
            case "In":
                each = [self._compared(node.this, "=", one) for one in node.expressions]
                found = Truth(self.always(False), self.always(True))
                for one in each:
                    found = Truth(found.yes | one.yes, found.no & one.no)
                return found
            case "Is":
                return self._is(node)
            case "Boolean":
                return Truth(self.always(bool(node.this)), self.always(not node.this))
            case "Case" | "If":
                return self._chosen_truth(node)
        return Truth(self.always(False), self.always(False))

    def _is(self, node: exp.Expr) -> Truth:
        wanted = node.expression
        if type(wanted).__name__ == "Null":
            if is_condition("", node.this):
                known = self.truth(node.this)
                found = Truth(~(known.yes | known.no), known.yes | known.no)
            else:
                own = self.number(node.this)
                found = Truth(own.value.is_null(), own.value.is_not_null())
        else:
            own_truth = self.truth(node.this)
            found = own_truth if wanted.this else own_truth.opposite()
        return found.opposite() if node.args.get("negate") else found

    def _compared(self, left: exp.Expr, operator: str, right: exp.Expr) -> Truth:
        if is_condition("", left):
            one, other = self.truth(left), self.truth(right)
            same = Truth((one.yes & other.yes) | (one.no & other.no), (one.yes & other.no) | (one.no & other.yes))
            return same if operator == "=" else same.opposite()
        one_number, other_number = self.number(left), self.number(right)
        gap = self._sum(one_number, _negative(other_number))
        margin = _margin(one_number.size + other_number.size)
        low_meets, high_meets = gap.least.abs() <= margin, gap.most.abs() <= margin
        over = (gap.least > margin) | (low_meets & gap.above)
        under = (gap.most < -margin) | (high_meets & gap.below)
        found = {
            ">": (over, gap.most <= margin),
            "<": (under, gap.least >= -margin),
            ">=": (gap.least >= -margin, under),
            "<=": (gap.most <= margin, over),
            "=": (low_meets & high_meets, over | under),
            "<>": (over | under, low_meets & high_meets),
        }[operator]
        return Truth(found[0].fill_null(False), found[1].fill_null(False))

    def number(self, node: exp.Expr) -> Allowed:
        match type(node).__name__:
            case "Column":
                return self._named(node.name)
            case "Literal":
                return self._exact(self._constant(float(node.this)))
            case "Null":
                return self._exact(self._constant(None))
            case "Paren":
                return self.number(node.this)
            case "Neg":
                return _negative(self.number(node.this))
            case "Abs":
                return self._absolute(self.number(node.this))
            case "Add":
                return self._sum(self.number(node.this), self.number(node.expression))
            case "Sub":
                return self._sum(self.number(node.this), _negative(self.number(node.expression)))
            case "Mul":
                return self._product(self.number(node.this), self.number(node.expression))
            case "Div":
                return self._quotient(self.number(node.this), self.number(node.expression))
            case "Floor" | "Ceil" | "Round" as kind:
                return self._rounded(kind, node)
            case "Least" | "Greatest" as kind:
                return self._outermost(kind, [self.number(part) for part in (node.this, *node.expressions)])
            case "Coalesce":
                return self._first([self.number(part) for part in (node.this, *node.expressions)])
            case "Nullif":
                return self._nullif(node)
            case "Case" | "If":
                return self._chosen(node)
        return self._anything(self._constant(0.0))

    def _named(self, name: str) -> Allowed:
        own = self.frame[name].cast(pl.Float64)
        if loose(name) not in self.frame.columns:
            return self._exact(own)
        there = pl.col(name).is_not_null()
        column = self.frame.select(
            least=pl.when(there).then(pl.coalesce(least(name), name)),
            most=pl.when(there).then(pl.coalesce(most(name), name)),
            above=pl.col(above(name)).fill_null(False),
            below=pl.col(below(name)).fill_null(False),
        )
        return Allowed(own, column["least"], column["most"], column["above"], column["below"], own.abs())

    def _exact(self, value: pl.Series) -> Allowed:
        never = self.always(False)
        return Allowed(value, value, value, never, never, value.abs())

    def _anything(self, value: pl.Series) -> Allowed:
        """Numbers of which nothing is known; null where `value` is."""
        there = value.is_not_null()
        low, high = (_where(there, self._constant(end), self._constant(None)) for end in (-inf, inf))
        never = self.always(False)
        return Allowed(value, low, high, never, never, value.abs())

    def _sum(self, one: Allowed, other: Allowed) -> Allowed:
        return Allowed(
            one.value + other.value,
            one.least + other.least,
            one.most + other.most,
            one.above | other.above,
            one.below | other.below,
            one.size + other.size,
        )

    def _product(self, one: Allowed, other: Allowed) -> Allowed:
        corners = []
        for end, is_open in ((one.least, one.above), (one.most, one.below)):
            for other_end, other_open in ((other.least, other.above), (other.most, other.below)):
                # nothing times any number, however large, is nothing
                nothing = ((end == 0) & ~is_open) | ((other_end == 0) & ~other_open)
                corners.append(((end * other_end).fill_nan(0.0), (is_open | other_open) & ~nothing))
        low, high = corners[0][0], corners[0][0]
        for corner, _ in corners[1:]:
            low, high = _where(corner < low, corner, low), _where(corner > high, corner, high)
        opens_low, opens_high = self.always(True), self.always(True)
        for corner, is_open in corners:
            opens_low, opens_high = opens_low & (is_open | (corner != low)), opens_high & (is_open | (corner != high))
        return Allowed(
            one.value * other.value,
            low,
            high,
            opens_low.fill_null(False),
            opens_high.fill_null(False),
            one.size * other.size,
        )

    def _quotient(self, one: Allowed, other: Allowed) -> Allowed:
        is_nothing = (other.least == 0) & (other.most == 0)
        holds_nothing = (
            ((other.least < 0) & (other.most >= 0)) | ((other.least == 0) & ~other.above) | (other.most == 0)
        )
        by = _where(is_nothing, self._constant(None), other.value)
        turned = Allowed(
            1 / by, 1 / other.most, 1 / other.least, other.below | other.most.is_infinite(), other.above, 1 / by.abs()
        )
        found = self._product(one, turned)
        size = one.size * other.size / (by * by)
        open_ = self._anything(by)
        return Allowed(
            one.value / by,
            _where(holds_nothing, open_.least, found.least),
            _where(holds_nothing, open_.most, found.most),
            found.above & ~holds_nothing,
            found.below & ~holds_nothing,
            size,
        )

    def _absolute(self, one: Allowed) -> Allowed:
        turned = _negative(one)
        positive, negative = one.least >= 0, one.most <= 0
        larger = one.most >= turned.most
        nothing = self._constant(0.0)
        return Allowed(
            one.value.abs(),
            _where(positive, one.least, _where(negative, turned.least, nothing)),
            _where(larger, one.most, turned.most),
            _where(positive, one.above, _where(negative, turned.above, self.always(False))),
            _where(larger, one.below, turned.below) & (one.most != turned.most),
            one.size,
        )

    def _rounded(self, kind: str, node: exp.Expr) -> Allowed:
        """Rounding never turns an order over, so the ends are rounded. What lies beside an open end may be rounded to it."""
        inner = self.number(node.this)
        margin = _margin(2.0 * inner.size)
        places = node.args.get("decimals")
        shift = 10.0 ** (float(places.sql()) if places is not None else 0.0)

        def rounded(value: pl.Series) -> pl.Series:
            if kind == "Floor":
                return (value + margin).floor()
            if kind == "Ceil":
                return (value - margin).ceil()
            return value.sign() * ((value.abs() + margin) * shift + 0.5).floor() / shift

        value, never = rounded(inner.value), self.always(False)
        return Allowed(value, rounded(inner.least), rounded(inner.most), never, never, value.abs())

    def _outermost(self, kind: str, parts: list[Allowed]) -> Allowed:
        found = parts[0]
        for part in parts[1:]:
            values, lows, highs = (
                (found.value, part.value),
                (found.least, part.least),
                (found.most, part.most),
            )
            value, low, high = (_where((a < b) if kind == "Least" else (a > b), a, b) for a, b in (values, lows, highs))
            never = self.always(False)
            size = _where(found.size > part.size, found.size, part.size)
            found = Allowed(value, low, high, never, never, size)
        return found

    def _first(self, parts: list[Allowed]) -> Allowed:
        found = parts[-1]
        for part in reversed(parts[:-1]):
            found = _either(part.value.is_not_null(), part, found)
        return found

    def _nullif(self, node: exp.Expr) -> Allowed:
        own = self.number(node.this)
        same = self._compared(node.this, "=", node.expression)
        kept = _either(same.no, own, self._anything(own.value))
        return _either(same.yes, self._exact(self._constant(None)), kept)

    def _branches(self, node: exp.Expr) -> tuple[list[tuple[Truth, exp.Expr]], exp.Expr | None]:
        from sqlglot import exp

        branches, last = (
            ([node], node.args.get("false"))
            if isinstance(node, exp.If)
            else (node.args["ifs"], node.args.get("default"))
        )
        return [(self.truth(branch.this), branch.args["true"]) for branch in branches], last

    def _chosen(self, node: exp.Expr) -> Allowed:
        """The number of the branch that is taken; any number where that is open."""
        branches, last = self._branches(node)
        found = self._exact(self._constant(None)) if last is None else self.number(last)
        for holds, value in reversed(branches):
            taken = self.number(value)
            decided = _either(holds.yes, taken, found)
            found = _either(holds.yes | holds.no, decided, self._anything(self._constant(0.0)))
        return found

    def _chosen_truth(self, node: exp.Expr) -> Truth:
        branches, last = self._branches(node)
        found = Truth(self.always(False), self.always(False)) if last is None else self.truth(last)
        for holds, value in reversed(branches):
            taken = self.truth(value)
            found = Truth(
                (holds.yes & taken.yes) | (holds.no & found.yes) | (taken.yes & found.yes),
                (holds.yes & taken.no) | (holds.no & found.no) | (taken.no & found.no),
            )
        return found


def _where(mask: pl.Series, then: pl.Series, otherwise: pl.Series) -> pl.Series:
    return then.zip_with(mask.fill_null(False), otherwise)


def _either(mask: pl.Series, then: Allowed, otherwise: Allowed) -> Allowed:
    pairs = zip(_parts(then), _parts(otherwise), strict=True)
    return Allowed(*(_where(mask, one, other) for one, other in pairs))


def _parts(one: Allowed) -> tuple[pl.Series, ...]:
    return one.value, one.least, one.most, one.above, one.below, one.size


def _negative(one: Allowed) -> Allowed:
    return Allowed(-one.value, -one.most, -one.least, one.below, one.above, one.size)


def _margin(sizes: pl.Series) -> pl.Series:
    """As `exactness` has it; nothing where no number can be told."""
    finite = sizes.is_finite().fill_null(False)
    known = _where(finite, sizes, pl.repeat(0.0, len(sizes), dtype=pl.Float64, eager=True))
    share, fixed = known * (SHARE / 2), known * NOISE + FINEST
    return _where(share < fixed, share, fixed)
