"""Expressions over the rows of a register: conditions, and what a computed column or a figure is made of.

SQL of which comparisons, arithmetic and a few calls are let in, over typed columns; see docs/plan.md. An empty cell is
null, and null decides nothing, as in SQL: `is null` asks for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from models.plan.grammar import ExpressionError
from models.plan.noting import note
from models.plan.row_grammar import RowReader
from models.plan.row_kinds import KNOWN_OF_ROWS as KNOWN_OF_ROWS
from models.plan.row_kinds import Clock as Clock
from models.plan.row_kinds import Kind as Kind
from models.plan.row_kinds import Term

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class RowExpression:
    """An expression as the plan writes it, with the names in it, sorted, and the kind of its value.

    term: what it is made of. compared: each column of text with each 'text' that it is held against, sorted, so that
    one that is no value of a `one_of` can be found. gives: each 'text' that may be its value, sorted.
    """

    text: str
    names: tuple[str, ...]
    kind: Kind
    term: Term = ()
    compared: tuple[tuple[str, str], ...] = ()
    gives: tuple[str, ...] = ()

    def polars(self, clock: Clock) -> pl.Expr:
        """The expression over a frame of rows (`models.rules.registers.frames`); null where it cannot be decided."""
        from models.plan.row_terms import polars_of

        return polars_of(self.term, clock)


def read_row_expression(text: str, columns: Mapping[str, Kind], wanted: Kind | None = None) -> RowExpression:
    """Read an expression over the columns of a register. ExpressionError says what in it cannot be used.

    wanted: the kind of which its value must be; None for any.
    """
    expression, key = _read(text, tuple(sorted({**columns, **KNOWN_OF_ROWS}.items())), wanted)
    note(key)
    return expression


READER = 1
"""Counts up whenever expressions are read otherwise than before: what an older reader proved is read again."""

_PROVEN: dict[str, RowExpression] = {}


def rows_proven(keys: Collection[str]) -> dict[str, Any]:
    """The expressions under these keys, to be kept as JSON, so that the next process need not read them again."""
    return {"reader": READER, "expressions": {key: vars(_PROVEN[key]) for key in sorted(keys) if key in _PROVEN}}


def trust_rows(proof: Mapping[str, Any]) -> None:
    """Take over what `rows_proven` gave. Reading a hundred anew takes half a second, and the parser has to be loaded."""
    if proof.get("reader") != READER:
        return
    for key, one in proof["expressions"].items():
        _PROVEN.setdefault(key, RowExpression(**{name: _in_tuples(value) for name, value in one.items()}))


def _in_tuples(value: Any) -> Any:
    return tuple(map(_in_tuples, value)) if isinstance(value, list) else value


@lru_cache(maxsize=4096)
def _read(text: str, kinds: tuple[tuple[str, Kind], ...], wanted: Kind | None) -> tuple[RowExpression, str]:
    """The expression, and the key under which it is proved."""
    key = f"{sha256(repr((kinds, wanted)).encode()).hexdigest()[:16]} {text}"
    if key not in _PROVEN:
        _PROVEN[key] = _read_anew(text, kinds, wanted)
    return _PROVEN[key], key


def _read_anew(text: str, kinds: tuple[tuple[str, Kind], ...], wanted: Kind | None) -> RowExpression:
    reader = RowReader(text, dict(kinds))
    kind, term = reader.read(wanted)
    expression = RowExpression(
        text=text,
        names=tuple(sorted(reader.names)),
        kind=kind,
        term=term,
        compared=tuple(sorted(reader.compared)),
        gives=tuple(sorted(reader.gives)),
    )
    _make_sure_that_it_computes(expression)
    return expression


def _make_sure_that_it_computes(expression: RowExpression) -> None:
    """Polars gives up on SQL that is nested too deeply."""
    import polars as pl

    moment = datetime(2020, 11, 1, tzinfo=ZoneInfo("UTC"))
    try:
        expression.polars(Clock(moment, moment))
    except (pl.exceptions.PolarsError, RecursionError):
        raise ExpressionError(
            f"条件“{expression.text}”无法计算", f"the condition “{expression.text}” cannot be computed"
        ) from None


@lru_cache(maxsize=1024)
def usable_in_rows(name: str) -> bool:
    """True if a column may bear the name: it is no word of SQL, and none of those that expressions know already."""
    if name in KNOWN_OF_ROWS:
        return False
    try:
        expression = _read_anew(
            f"{name} + interval '1 day' > date '2020-08-05' and days({name}, {name}) > 0", ((name, "date"),), "truth"
        )
    except ExpressionError:
        return False
    return expression.names == (name,)
