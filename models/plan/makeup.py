"""What a condition or a sum is made of: which figures stand outside denominators, and which are divided by which.

A figure in a denominator sets no goal of its own as long as the numerator is a sum of other figures and the
denominator cannot turn the fraction over. What stands in anything else (a function, a reversed sign, the denominator of
a denominator) stands outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from sqlglot import exp

Names = tuple[str, ...]


@dataclass(frozen=True)
class Makeup:
    """outside: names in reading order; fractions: (what is divided, by what), sums of different figures both.

    Nothing is divided where it is no such sum, or where the denominator is none and can turn the fraction over.
    is_sum: all of it is a sum of different figures by fixed factors, with nothing added. together: the names in each
    comparison (of a number: in all of it), as often as they stand there.
    """

    outside: Names = ()
    fractions: tuple[tuple[Names, Names], ...] = ()
    is_sum: bool = False
    together: tuple[Names, ...] = ()

    @classmethod
    def of(cls, tree: exp.Expr) -> Self:
        """The makeup of a tree of the grammar."""
        outside: list[str] = []
        fractions: list[tuple[Names, Names]] = []
        _take_apart(tree, outside, fractions)
        return cls(
            outside=tuple(dict.fromkeys(outside)),
            fractions=tuple(dict.fromkeys(fractions)),
            is_sum=_different(sum_of(tree)) != (),
            together=tuple(dict.fromkeys(_occurring(part) for part in _compared(tree))),
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The makeup that was written as JSON."""
        fractions = tuple((tuple(above), tuple(below)) for above, below in data["fractions"])
        together = tuple(tuple(names) for names in data["together"])
        return cls(tuple(data["outside"]), fractions, data["is_sum"], together)


_COMPARED = ("EQ", "NEQ", "GT", "GTE", "LT", "LTE", "Between", "In", "Is")
_JOINED = ("And", "Or", "Not", "Paren")


def _compared(tree: exp.Expr) -> list[exp.Expr]:
    """The comparisons that a condition joins; all of anything else."""
    if type(tree).__name__ not in _JOINED:
        return [tree]
    return [one for one in tree.walk() if type(one).__name__ in _COMPARED] or [tree]


def _occurring(tree: exp.Expr) -> Names:
    from sqlglot import exp

    return tuple(sorted(column.name for column in tree.find_all(exp.Column)))


def _take_apart(tree: exp.Expr, outside: list[str], fractions: list[tuple[Names, Names]]) -> None:
    from sqlglot import exp

    if isinstance(tree, exp.Column):
        outside.append(tree.name)
    elif isinstance(tree, exp.Div) and names_in(tree.expression):
        _take_apart(tree.this, outside, fractions)
        above, below = _different(sum_of(tree.this)), _below(sum_of(tree.expression))
        fractions.append((above, below) if below else ((), names_in(tree.expression)))
    else:
        for part in tree.iter_expressions():
            _take_apart(part, outside, fractions)


def _different(terms: list[tuple[str, float]] | None) -> Names:
    """The names of a sum; none where one stands in it twice and could be taken away from itself."""
    names = tuple(name for name, _ in terms or ())
    return names if len(set(names)) == len(names) else ()


def _below(terms: list[tuple[str, float]] | None) -> Names:
    return tuple(name for name, factor in terms if factor > 0) if terms and all(f > 0 for _, f in terms) else ()


def names_in(tree: exp.Expr) -> Names:
    """The indicators in a tree, in reading order."""
    from sqlglot import exp

    return tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column, bfs=False)))


def value_of(tree: exp.Expr) -> float | None:
    """What a part without indicators comes to; None for any other."""
    from sqlglot import exp

    if isinstance(tree, exp.Literal):
        return float(tree.this)
    if isinstance(tree, exp.Paren):
        return value_of(tree.this)
    if isinstance(tree, exp.Neg):
        below = value_of(tree.this)
        return None if below is None else -below
    if not isinstance(tree, (exp.Add, exp.Sub, exp.Mul, exp.Div)):
        return None
    left, right = value_of(tree.this), value_of(tree.expression)
    if left is None or right is None or (isinstance(tree, exp.Div) and right == 0):
        return None
    if isinstance(tree, exp.Add):
        return left + right
    if isinstance(tree, exp.Sub):
        return left - right
    return left * right if isinstance(tree, exp.Mul) else left / right


def sum_of(tree: exp.Expr) -> list[tuple[str, float]] | None:
    """The figures that are added up in `tree`, each with its factor; None where it is anything but such a sum."""
    from sqlglot import exp

    if isinstance(tree, exp.Paren):
        return sum_of(tree.this)
    if isinstance(tree, exp.Column):
        return [(tree.name, 1.0)]
    if isinstance(tree, exp.Nullif) and value_of(tree.expression) == 0:
        return sum_of(tree.this)
    if isinstance(tree, (exp.Add, exp.Sub)):
        left, right = sum_of(tree.this), sum_of(tree.expression)
        if left is None or right is None:
            return None
        sign = 1.0 if isinstance(tree, exp.Add) else -1.0
        return [*left, *((name, sign * factor) for name, factor in right)]
    if isinstance(tree, exp.Mul):
        fixed = value_of(tree.this)
        return _times(tree.this, value_of(tree.expression)) if fixed is None else _times(tree.expression, fixed)
    if isinstance(tree, exp.Div):
        fixed = value_of(tree.expression)
        return _times(tree.this, 1 / fixed) if fixed else None
    return None


def _times(tree: exp.Expr, factor: float | None) -> list[tuple[str, float]] | None:
    """A factor of zero would make any figure of any other."""
    terms = sum_of(tree)
    return [(name, own * factor) for name, own in terms] if terms is not None and factor else None
