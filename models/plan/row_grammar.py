"""Reading an expression over rows: of what kind each part is, and whether the parts go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from models.plan.grammar import COMPARISONS, RANGE, misplaced, strange, tree_of, within_bounds
from models.plan.row_comparisons import Comparisons, Side
from models.plan.row_numbers import Numbers
from models.plan.row_values import (
    A_TIME,
    A_TIME_OR_NUMBER,
    DAY,
    KIND_SAID,
    NULL,
    OF_ROWS,
    TIMES,
    Value,
    day_or_moment,
    interval,
    joined,
    may_be,
    negated,
    no_difference,
    no_number_of_days,
    require_code,
    size_of,
    spoken,
    sql_of,
    started,
    unknown,
    wrong,
)
from models.units import readings_of_code

if TYPE_CHECKING:
    from sqlglot import exp

    from models.plan.row_kinds import Kind, Term

CALLS = {
    "days": "days(a, b)",
    "within": "within(a, b)",
    "has": "has(a, 'x')",
    "district_number": "district_number(code)",
}
"""The calls that SQL has not, as they are written."""
_MOST_PARTS = 10_000
_TRUTHS = {"yes": True, "no": False}


class RowReader:
    """Reads one expression. kinds: of each name that may stand in it.

    names: those that do; gives: each text that may be the value of the whole.
    """

    def __init__(self, text: str, kinds: Mapping[str, Kind]) -> None:
        self.text, self.kinds = text, kinds
        self.names: set[str] = set()
        self.gives: set[str] = set()
        self._numbers = Numbers()
        self._comparisons = Comparisons(text, kinds, self._numbers)

    @property
    def compared(self) -> set[tuple[str, str]]:
        """Each column of text with each text that it is held against."""
        return self._comparisons.remembered

    def read(self, wanted: Kind | None) -> tuple[Kind, Term]:
        """The kind of the whole, and its term. ExpressionError says what cannot be used."""
        with within_bounds(self.text):
            tree = tree_of(self.text, OF_ROWS)
            value = self._value(tree)
            if wanted == "moment" and value.kind == "date":
                value = started(value)
            if value.kind == "interval":
                raise wrong(
                    self.text,
                    "只是一段时长，时长只能与日期、时刻相加减",
                    "is but a length of time, which is only added to dates and moments",
                )
            if wanted is not None and value.kind != wanted:
                raise misplaced(self.text, tree, KIND_SAID[wanted])
            self.gives = may_be(tree)[1]
            term = self._numbers.term(value)
            if size_of(term) > _MOST_PARTS:
                raise RecursionError
            return value.kind, term

    def _value(self, node: exp.Expr) -> Value:
        from sqlglot import exp

        match node:
            case exp.Paren():
                return self._value(node.this)
            case exp.Column():
                return self._column(node)
            case exp.Boolean():
                return Value("truth", ("truth", node.this))
            case exp.Null():
                raise wrong(
                    self.text,
                    "中的 null 只能写在 is null 和 case 的取值中",
                    "has null, which may only stand in is null and as a value of case",
                )
            case exp.Literal():
                return Value("text", ("text", node.this)) if node.is_string else Value("number", number=node)
            case exp.And() | exp.Or():
                sides = (self._of(side, "truth") for side in (node.this, node.expression))
                return Value("truth", (type(node).__name__.lower(), *(side.term for side in sides)))
            case exp.Not():
                return negated(self._of(node.this, "truth"))
            case exp.Is():
                return self._is(node)
            case exp.In():
                return self._in(node)
            case exp.Between():
                one, held = self._side(node.this), self._comparisons.held
                low = held(node, ">=", one, self._side(node.args["low"]))
                return joined([low, held(node, "<=", one, self._side(node.args["high"]))], "and")
            case exp.Add() | exp.Sub():
                return self._sum(node)
            case exp.Case() | exp.If():
                return self._case(node)
            case exp.Least() | exp.Greatest() | exp.Coalesce():
                return self._one_of([node.this, *node.expressions], node)
            case exp.Nullif():
                return self._nullif(node)
            case exp.Interval():
                return interval(self.text, node)
            case exp.Cast():
                return day_or_moment(self.text, node)
            case exp.Anonymous():
                return self._call(node)
        operator = COMPARISONS.get(type(node).__name__)
        if operator is not None:
            return self._held(node, operator, node.this, node.expression)
        return self._arithmetic(node)

    def _of(self, node: exp.Expr, kind: Kind) -> Value:
        """The value of a part that must be of a kind."""
        value = self._value(node)
        if value.kind != kind:
            raise misplaced(
                self.text, node, KIND_SAID[kind], *([RANGE] if (kind, value.kind) == ("number", "truth") else [])
            )
        return value

    def _column(self, node: exp.Expr) -> Value:
        name = node.name
        kind = self.kinds.get(name)
        if kind is None and name in _TRUTHS and not node.this.quoted:
            return Value("truth", ("truth", _TRUTHS[name]))
        if kind is None:
            raise unknown(self.text, name, self.kinds)
        self.names.add(name)
        return self._numbers.column(name) if kind == "number" else Value(kind, ("column", name, kind))

    def _side(self, node: exp.Expr) -> Side:
        from sqlglot import exp

        return Side(node, None if isinstance(node.unnest(), exp.Null) else self._value(node))

    def _held(self, whole: exp.Expr, operator: str, left: exp.Expr, right: exp.Expr) -> Value:
        return self._comparisons.held(whole, operator, self._side(left), self._side(right))

    def _is(self, node: exp.Expr) -> Value:
        from sqlglot import exp

        if isinstance(node.expression, exp.Null):
            found = Value("truth", ("is null", self._numbers.term(self._value(node.this))))
        else:
            truth = self._of(node.this, "truth")
            found = Value("truth", ("is true", (truth if node.expression.this else negated(truth)).term))
        return negated(found) if node.args.get("negate") else found

    def _in(self, node: exp.Expr) -> Value:
        field = node.args.get("field")
        if field is not None:
            raise wrong(
                self.text,
                f"中的“{sql_of(node)}”请写作 has({sql_of(field)}, {sql_of(node.this)})",
                f"has “{sql_of(node)}”; write has({sql_of(field)}, {sql_of(node.this)})",
            )
        one, others = self._side(node.this), [self._side(other) for other in node.expressions]
        same = [self._comparisons.held(node, "=", one, other) for other in others]
        texts = [other.value.term[1] for other in others if other.value is not None and other.value.is_text]
        if one.value is not None and one.value.kind == "text" and len(texts) == len(others):
            return Value("truth", ("in", one.value.term, tuple(texts)))
        return joined(same, "or")

    def _sum(self, node: exp.Expr) -> Value:
        """Numbers, or a day or moment and a length of time."""
        one, other = self._value(node.this), self._value(node.expression)
        if one.kind == "interval" and other.kind in TIMES and node.key == "add":
            one, other = other, one
        if one.kind in TIMES and other.kind == "interval":
            span = other.term[1] if node.key == "add" else -other.term[1]
            if one.kind == "date" and span % DAY:
                one = started(one)
            return replace(one, term=("shift", one.term, span))
        if one.kind in TIMES and other.kind in TIMES:
            raise no_difference(self.text, node)
        if one.kind in TIMES and other.kind == "number":
            raise no_number_of_days(self.text, node)
        return self._arithmetic(node)

    def _arithmetic(self, node: exp.Expr) -> Value:
        from sqlglot import exp

        parts = [node.this, node.args.get("expression")]
        numbers = [self._of(part, "number").number for part in parts if part is not None]
        if node.args.get("decimals") is not None and not (
            isinstance(node, exp.Round) and isinstance(node.args["decimals"].this, (str, exp.Literal))
        ):
            raise strange(self.text, node, OF_ROWS)
        args = dict(zip(("this", "expression"), numbers, strict=False))
        return Value("number", number=type(node)(**args, decimals=node.args.get("decimals")))

    def _case(self, node: exp.Expr) -> Value:
        from sqlglot import exp

        branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
        last = node.args.get("default" if isinstance(node, exp.Case) else "false") or exp.Null()
        subject = self._side(node.this) if isinstance(node, exp.Case) and node.this is not None else None
        conditions = [
            self._of(branch.this, "truth")
            if subject is None
            else self._comparisons.held(node, "=", subject, self._side(branch.this))
            for branch in branches
        ]
        *values, otherwise = self._of_one_kind(node, [*(branch.args["true"] for branch in branches), last])
        terms = tuple(
            (condition.term, self._numbers.term(value)) for condition, value in zip(conditions, values, strict=True)
        )
        return self._made(
            next(v.kind for v in (*values, otherwise) if v.term != NULL), ("case", terms, self._numbers.term(otherwise))
        )

    def _one_of(self, parts: Sequence[exp.Expr], node: exp.Expr) -> Value:
        """One of several values: the first that is there, the least or the greatest of those that are."""
        from sqlglot import exp

        values = self._of_one_kind(node, parts)
        if values[0].number is not None:
            tree = type(node)(this=values[0].number, expressions=[value.number for value in values[1:]])
            return Value("number", number=tree)
        if not isinstance(node, exp.Coalesce) and values[0].kind not in TIMES:
            raise misplaced(self.text, parts[0], A_TIME_OR_NUMBER)
        return replace(values[0], term=(node.key, *(value.term for value in values)))

    def _nullif(self, node: exp.Expr) -> Value:
        one = self._side(node.this)
        same = self._comparisons.held(node, "=", one, self._side(node.expression))
        assert one.value is not None, "null is held against nothing"
        return self._made(one.value.kind, ("case", ((same.term, NULL),), self._numbers.term(one.value)))

    def _made(self, kind: Kind, term: Term) -> Value:
        return self._numbers.computed(term) if kind == "number" else Value(kind, term)

    def _of_one_kind(self, node: exp.Expr, parts: Sequence[exp.Expr]) -> list[Value]:
        """Values of which one is taken: all of one kind, days as moments where one is a moment; null goes with any in CASE."""
        from sqlglot import exp

        empty = [isinstance(part.unnest(), exp.Null) and node.key in ("case", "if") for part in parts]
        values = [Value("text", NULL) if null else self._value(part) for null, part in zip(empty, parts, strict=True)]
        kinds = {value.kind for null, value in zip(empty, values, strict=True) if not null}
        if kinds == TIMES:
            values = [started(value) if value.kind == "date" else value for value in values]
            kinds = {"moment"}
        if kinds == {"code", "text"} and all(v.kind == "code" or v.is_text or v.term == NULL for v in values):
            for value in values:
                if value.is_text:
                    require_code(self.text, value)
            values, kinds = [replace(v, kind="code") for v in values], {"code"}
        if len(kinds) != 1 or kinds <= {"interval", "list"}:
            said = [spoken(kind) for kind in sorted(kinds)]
            raise wrong(
                self.text,
                f"中“{sql_of(node)}”的各个取值须是同一类，而这里有{'、'.join(one.zh for one in said) or '空值'}",
                f"has “{sql_of(node)}”, whose values must be of one kind, but are {', '.join(one.en for one in said) or 'null'}",
            )
        return values

    def _call(self, node: exp.Expr) -> Value:
        name, parts = str(node.this).lower(), node.expressions
        if name not in CALLS:
            raise strange(self.text, node, OF_ROWS)
        if len(parts) != CALLS[name].count(",") + 1:
            raise wrong(
                self.text,
                f"中的“{sql_of(node)}”须写作 {CALLS[name]}",
                f"has “{sql_of(node)}”, which must be {CALLS[name]}",
            )
        if name == "district_number":
            return self._numbers.computed((name, self._unit(parts[0])))
        one, other = parts
        if name == "days":
            return self._numbers.computed(("days", self._day(one), self._day(other)))
        if name == "within":
            return Value("truth", ("within", self._unit(one), self._unit(other)))
        self._comparisons.remember(one, other)
        return Value("truth", ("has", self._of(one, "list").term, self._of(other, "text").term))

    def _day(self, node: exp.Expr) -> Term:
        value = self._value(node)
        if value.kind not in TIMES:
            raise misplaced(self.text, node, A_TIME)
        return value.term if value.kind == "date" else ("day", value.term)

    def _unit(self, node: exp.Expr) -> Term:
        value = self._value(node)
        if value.is_text:
            require_code(self.text, value)
            return "text", readings_of_code(value.term[1])[0]
        if value.kind != "code":
            raise misplaced(self.text, node, KIND_SAID["code"])
        return value.term
