"""The limits of counts of an office's own work (`work:` in a plan) wherever a condition compares them.

due and done: `done` only with its `due`, or with 0 or 1; open: only with 0; checked: only a denominator; errors: only
bounded above. Otherwise a count of records of births could be made to stand for the births themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from models.plan.makeup import names_in, sum_of, value_of
from models.plan.weights import Kind, Weights
from models.wording import Said

if TYPE_CHECKING:
    from sqlglot import exp

_NONE: frozenset[Kind] = frozenset()
_MIXED: frozenset[Kind] = frozenset({"mixed"})
_OPERATORS = {"EQ": "=", "NEQ": "<>", "GT": ">", "GTE": ">=", "LT": "<", "LTE": "<=", "In": "=", "Is": "is"}
_MIRRORED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
_DENIED = {"=": "<>", "<>": "=", ">": "<=", ">=": "<", "<": ">=", "<=": ">"}


class Comparison(NamedTuple):
    """Two sides as they must stand to each other; operator is `?` where that depends on something else."""

    left: exp.Expr
    operator: str
    right: exp.Expr


def comparisons(tree: exp.Expr, holds: bool | None = True) -> Iterator[Comparison]:
    """Every comparison in a condition. holds: False below a `not`, None where it may be either (`case`, `a = b`)."""
    from sqlglot import exp

    if isinstance(tree, exp.Paren):
        yield from comparisons(tree.this, holds)
    elif isinstance(tree, (exp.And, exp.Or)):
        yield from comparisons(tree.this, holds)
        yield from comparisons(tree.expression, holds)
    elif isinstance(tree, exp.Not):
        yield from comparisons(tree.this, None if holds is None else not holds)
    elif isinstance(tree, exp.Between):
        yield _turned(Comparison(tree.this, ">=", tree.args["low"]), holds)
        yield _turned(Comparison(tree.this, "<=", tree.args["high"]), holds)
        yield from _within(tree)
    elif isinstance(tree, exp.In):
        for one in tree.expressions:
            yield _turned(Comparison(tree.this, "=", one), holds)
        yield from _within(tree)
    elif type(tree).__name__ in _OPERATORS:
        if not isinstance(tree, exp.Is):
            yield _turned(Comparison(tree.this, _OPERATORS[type(tree).__name__], tree.expression), holds)
        yield from _within(tree)
    else:
        yield from _within(tree)


def _within(tree: exp.Expr) -> Iterator[Comparison]:
    for part in tree.iter_expressions():
        yield from comparisons(part, None)


def _turned(one: Comparison, holds: bool | None) -> Comparison:
    if holds:
        return one
    return one._replace(operator="?" if holds is None and one.operator not in ("=", "<>") else _turn(one, holds))


def _turn(one: Comparison, holds: bool | None) -> str:
    return one.operator if holds is None else _DENIED[one.operator]


def overstepped(tree: exp.Expr, weights: Weights, *, counts: bool = False) -> Iterator[Said]:
    """What in a condition no count of such work may be compared with.

    counts: the condition counts places (`count_where`), and so asks for no figure by itself.
    """
    for one in comparisons(tree):
        said = _overstepped(one, weights, counts)
        if said is not None:
            yield said


def _overstepped(one: Comparison, weights: Weights, counts: bool) -> Said | None:
    left, right = kinds_of(one.left, weights), kinds_of(one.right, weights)
    if not left and not right:
        return None
    if not left:
        one, left, right = Comparison(one.right, _MIRRORED.get(one.operator, one.operator), one.left), right, left
    names = ", ".join(name for side in (one.left, one.right) for name in names_in(side) if weights[name].kinds)
    if "mixed" in left | right:
        return _said(names, "应单独或相加后比较，不得另作运算", "must be compared alone or as a sum, not computed with")
    if "checked" in left | right:
        return _said(names, "（work: checked）只能作分母", "(work: checked) may only be a denominator")
    if {left, right} == {frozenset({"done"}), frozenset({"due"})}:
        return None
    fixed = value_of(one.right)
    if left & {"due", "done"} and (right or fixed not in (0, 1) or (fixed == 1 and _is_scaled(one.left))):
        return _said(
            names,
            "（work: due、done）只能用 done 与 due 比较，或与0、1比较",
            "(work: due, done) may only be compared done with due, or with 0 or 1",
        )
    if left & {"open", "left"} and (right or fixed != 0):
        return _said(
            names,
            "（work: open，或 due 减 done）只能与0比较",
            "(work: open, or due less done) may only be compared with 0",
        )
    if "share" in left and (right or fixed is None):
        return _said(names, "的完成率只能与一个数比较", "by due may only be compared with a number")
    if "errors" in left and (right or not _bounds_above(one.operator, fixed, counts)):
        return _said(
            names, "（work: errors）只能规定上限，如 <= 4", "(work: errors) may only be bounded above, such as <= 4"
        )
    return None


def _bounds_above(operator: str, fixed: float | None, counts: bool) -> bool:
    return counts or operator in ("<", "<=") or (operator == "=" and fixed == 0)


def _is_scaled(tree: exp.Expr) -> bool:
    """True where a factor makes another number of the 1 that is compared with."""
    from sqlglot import exp

    return tree.find(exp.Mul, exp.Div) is not None


def _said(names: str, zh: str, en: str) -> Said:
    return Said(f"{names}{zh}", f"{names} {en}")


def kinds_of(tree: exp.Expr, weights: Weights) -> frozenset[Kind]:
    """The counts of an office's own work that a number is made of; `mixed` where it can no longer be told of which."""
    from sqlglot import exp

    if isinstance(tree, exp.Column):
        return weights[tree.name].kinds
    if isinstance(tree, (exp.Paren, exp.Round, exp.Floor, exp.Ceil, exp.Abs)):
        return kinds_of(tree.this, weights)
    if not any(weights[name].kinds for name in names_in(tree)):
        return _NONE
    if isinstance(tree, exp.Sub):
        sides = {kinds_of(tree.this, weights), kinds_of(tree.expression, weights)}
        return frozenset({"left"}) if sides == {frozenset({"due"}), frozenset({"done"})} else _MIXED
    if isinstance(tree, exp.Mul):
        return _scaled(tree, weights)
    if isinstance(tree, exp.Div):
        return _divided(tree, weights)
    if isinstance(tree, exp.Add):
        return _together([tree.this, tree.expression], weights)
    if isinstance(tree, (exp.Greatest, exp.Least, exp.Coalesce)):
        parts = [part for part in (tree.this, *tree.expressions) if part is not None]
        return _together([part for part in parts if value_of(part) != 0], weights)
    if isinstance(tree, exp.Nullif) and value_of(tree.expression) == 0:
        return kinds_of(tree.this, weights)
    return _MIXED


def _scaled(tree: exp.Expr, weights: Weights) -> frozenset[Kind]:
    """By a factor above zero the sense of a limit stays, though no longer the number that it is compared with."""
    for factor, rest in ((tree.this, tree.expression), (tree.expression, tree.this)):
        fixed = value_of(factor)
        if fixed is not None:
            return kinds_of(rest, weights) if fixed > 0 else _MIXED
    return _MIXED


def _divided(tree: exp.Expr, weights: Weights) -> frozenset[Kind]:
    above, below = kinds_of(tree.this, weights), kinds_of(tree.expression, weights)
    fixed = value_of(tree.expression)
    if fixed is not None:
        return above if fixed > 0 else _MIXED
    terms = sum_of(tree.expression)
    if value_of(tree.this) is not None:  # 600 / forms_due <= 1 would be a number for them to reach
        return _MIXED
    if terms is None or any(factor <= 0 for _, factor in terms):
        return _MIXED
    if (above, below) == (frozenset({"done"}), frozenset({"due"})):
        return frozenset({"share"})
    return above if below <= {"checked", "due"} and "done" not in above else _MIXED


def _together(parts: list[exp.Expr], weights: Weights) -> frozenset[Kind]:
    """Of a sum; a number or another figure in it would move what a limit is compared with."""
    each = [kinds_of(part, weights) for part in parts]
    return frozenset().union(*each) if all(each) else _MIXED


def kinds_counted(tree: exp.Expr, weights: Weights) -> frozenset[Kind]:
    """The kinds of a count of places where a condition holds: those with faults are faults themselves."""
    faulty = any(
        "errors" in kinds_of(one.left, weights) | kinds_of(one.right, weights)
        and not (one.operator == "=" or _points_below(one, weights))
        for one in comparisons(tree)
    )
    return frozenset({"errors"}) if faulty else _NONE


def _points_below(one: Comparison, weights: Weights) -> bool:
    on_left = "errors" in kinds_of(one.left, weights)
    return one.operator in (("<", "<=") if on_left else (">", ">="))
