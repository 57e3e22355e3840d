"""Registers (登记册): lists that offices keep, the figures that are drawn from their rows, and the duties over rows.

A register has rows with a key, columns, perhaps a state; see docs/plan.md. Rows as data are `models.rules.registers`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from models.plan.row_expressions import RowExpression
from models.units import Level

ColumnType = Literal["text", "number", "date", "moment", "code", "yes_no", "one_of"]
RowRollUp = Literal["count_where", "sum", "distinct", "first", "last"]

ROSTER = "roster"
"""The register by which an office says who is on duty (值班表)."""
DISTRICTS = "districts"
"""The register that every plan with figures of districts has: its columns are those figures, its key the code."""


@dataclass(frozen=True)
class Column:
    """栏目: one column of a register.

    values: of a `one_of`, title by id; scopes: for values that an overlay added, the unit at and below which they hold.
    moves: from each value to those that may follow; None where any may. several: a cell holds a list of values. optional: part
    of a key that may be left empty, and is then an empty text. names: a text that says which one is meant (a part of the key, a
    number such as 文号), and so never how many.
    outside: of a code, whether it may be of a unit that is not loaded. given: the product alone fills it in, where it
    expects a row. computed: from the other columns; never reported.
    scope: the unit of the overlay that added the column, None for everyone.
    """

    id: str
    title: str
    type: ColumnType
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    outside: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    scopes: Mapping[str, str] = field(default_factory=dict)
    moves: Mapping[str, tuple[str, ...]] | None = None
    several: bool = False
    optional: bool = False
    names: bool = False
    given: bool = False
    computed: RowExpression | None = None
    scope: str | None = None


@dataclass(frozen=True)
class RefusedRow:
    """What makes one row wrong in itself, and how that is said to whoever sent it."""

    when: RowExpression
    title: str


@dataclass(frozen=True)
class Register:
    """登记册: rows with a key, kept by the offices of some levels.

    kept_by: the levels whose offices keep it and answer for it; rows_at: those whose codes a row may carry. key: the
    columns that name one row within its keeper, `code` perhaps among them. columns: in the order of the plan, without
    `code`. on_occasion: nothing is awaited, silence is no fault. instead_of: totals that offices used to type and that this list
    replaces, title by id. built_in: the register of districts.
    """

    id: str
    title: str
    kept_by: tuple[Level, ...]
    rows_at: tuple[Level, ...]
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    refuse: tuple[RefusedRow, ...] = ()
    on_occasion: bool = False
    source: str | None = None
    instead_of: Mapping[str, str] = field(default_factory=dict)
    built_in: bool = False

    @property
    def reported(self) -> tuple[Column, ...]:
        """The columns that a report may have, in order."""
        return tuple(column for column in self.columns.values() if column.computed is None)

    @property
    def computed(self) -> tuple[Column, ...]:
        """The columns that are computed, each after those that it is computed from."""
        return tuple(column for column in self.columns.values() if column.computed is not None)


@dataclass(frozen=True)
class RowFigure:
    """How an indicator is drawn from the rows of a register; `column` is None for a count.

    sum: of a number; distinct: how many values; first, last: of a date, in days from the standard time. own: of the rows that
    the office itself keeps, without those of offices below.
    """

    register: str
    kind: RowRollUp
    column: str | None = None
    where: RowExpression | None = None
    own: bool = False


@dataclass(frozen=True)
class Beside:
    """A figure that an indicator's own is held against wherever it is shown, such as a national average."""

    value: float
    title: str
    source: str | None = None


@dataclass(frozen=True)
class Each:
    """What one duty of a requirement is about: rows of a register, all together or by a value.

    met_when: when a row is met. by: the column whose values make a duty each, "office" for all rows of a keeper together,
    None for every row by itself. of: the values that are owed, row or no row; () where only those that there are, "all" is
    resolved to the ids by the plan's reader. of_level: for `by: code`, the level of the units that are owed each. met_by_any: one row that is
    met is enough. where: selects the rows. owed_by: the code column that names who owes; None for the keeper.
    due: the date or moment column by which each is due; None where the requirement's own date holds.
    """

    register: str
    met_when: RowExpression
    by: str | None = None
    of: tuple[str, ...] = ()
    of_level: Level | None = None
    met_by_any: bool = False
    where: RowExpression | None = None
    owed_by: str | None = None
    due: str | None = None
