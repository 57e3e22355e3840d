"""Comparisons in expressions over rows: which kinds go together, and which texts a column is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from models.plan.grammar import RANGE
from models.plan.row_numbers import Numbers
from models.plan.row_values import TIMES, Value, cure_of, may_be, negated, require_code, spoken, sql_of, started, wrong
from models.units import LEVELS, UNIT_KINDS, readings_of_code

if TYPE_CHECKING:
    from sqlglot import exp

    from models.plan.row_kinds import Kind

_VALUES: Mapping[str, Sequence[str]] = {"level": LEVELS, "unit_kind": tuple(UNIT_KINDS)}


class Side(NamedTuple):
    """One side of a comparison as it is written, and its value; None for null."""

    node: exp.Expr
    value: Value | None


class Comparisons:
    """The comparisons of one expression. kinds: of each name; remembered: each column of text with each text that it is
    held against."""

    def __init__(self, text: str, kinds: Mapping[str, Kind], numbers: Numbers) -> None:
        self.text, self.kinds = text, kinds
        self.remembered: set[tuple[str, str]] = set()
        self._numbers = numbers

    def held(self, whole: exp.Expr, operator: str, left: Side, right: Side) -> Value:
        """Two values held against each other. whole: the part of the text of which this is, to be spoken of."""
        if left.value is None or right.value is None:
            raise wrong(
                self.text,
                f"中的“{sql_of(whole)}”与 null 比较，永远不成立；请写作 is null 或 is not null",
                f"compares with null in “{sql_of(whole)}”, which never holds; write is null or is not null",
            )
        one, other = self._alike(whole, left.value, right.value)
        if one.number is not None and other.number is not None:
            return self._numbers.compared(operator, one.number, other.number)
        if operator not in ("=", "<>") and one.kind not in TIMES:
            raise wrong(
                self.text,
                f"中的“{sql_of(whole)}”比较先后大小，而{spoken(one.kind).zh}只能比较是否相同（=、<>、in）"
                + ("；上下级请写作 within(a, b)" if one.kind == "code" else ""),
                f"asks in “{sql_of(whole)}” which is greater, but {spoken(one.kind).en} can only be the same or not"
                " (=, <>, in)" + ("; for who is below whom write within(a, b)" if one.kind == "code" else ""),
            )
        self.remember(left.node, right.node)
        if one.kind == "code" and (one.is_text or other.is_text):
            code, text = (one, other) if other.is_text else (other, one)
            same = Value("truth", ("in", code.term, readings_of_code(text.term[1])))
            return same if operator == "=" else negated(same)
        return Value("truth", (operator, one.term, other.term))

    def _alike(self, whole: exp.Expr, one: Value, other: Value) -> tuple[Value, Value]:
        """Two values that are to be compared, of one kind: a day beside a moment is when it begins, a text beside a code one."""
        from sqlglot import exp

        kinds = frozenset({one.kind, other.kind})
        if kinds == TIMES:
            return started(one), started(other)
        text = one if one.kind == "text" else other
        if kinds == {"code", "text"} and text.is_text:
            require_code(self.text, text)
            return replace(one, kind="code"), replace(other, kind="code")
        if len(kinds) > 1 or kinds <= {"list", "interval"}:
            is_range = kinds == {"truth", "number"} and isinstance(whole.this, exp.Binary)
            cure = RANGE if is_range else cure_of(kinds)
            raise wrong(
                self.text,
                f"中的“{sql_of(whole)}”拿{spoken(one.kind).zh}与{spoken(other.kind).zh}比较{cure.zh}",
                f"compares {spoken(one.kind).en} with {spoken(other.kind).en} in “{sql_of(whole)}”{cure.en}",
            )
        return one, other

    def remember(self, *sides: exp.Expr) -> None:
        """Note which columns of text are held against which texts, and refuse what no level and no kind of unit is called."""
        for here, there in (sides, sides[::-1]):
            columns, _ = may_be(here)
            _, texts = may_be(there)
            held = ((column, text) for column in columns for text in texts)
            for column, text in held:
                values = _VALUES.get(column, (text,))
                if text not in values:
                    raise wrong(
                        self.text,
                        f"中的 '{text}' 不是 {column} 的取值，应为 {'、'.join(values)} 之一",
                        f"has '{text}', which is no {column}; it must be one of {', '.join(values)}",
                    )
                if self.kinds.get(column) in ("text", "list"):
                    self.remembered.add((column, text))
