"""Numbers in expressions over rows: SQL of columns, and of what SQL cannot compute under names that no column has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.plan.exactness import exact_sql
from models.plan.grammar import COMPARISONS
from models.plan.row_values import Value

if TYPE_CHECKING:
    from sqlglot import exp

    from models.plan.row_kinds import Term


class Numbers:
    """The numbers of one expression. A number is kept as a tree until it is compared, as only then its margin is known."""

    def __init__(self) -> None:
        self._inner: dict[str, Term] = {}

    def column(self, name: str) -> Value:
        """A column of numbers; in quotes, as its name may be a word of SQL."""
        from sqlglot import exp

        return Value("number", number=exp.column(name, quoted=True))

    def computed(self, term: Term) -> Value:
        """A number that SQL cannot compute, under a name by which SQL can use it."""
        name = f":{len(self._inner)}"
        self._inner[name] = term
        return self.column(name)

    def compared(self, operator: str, one: exp.Expr, other: exp.Expr) -> Value:
        """Two numbers held against each other."""
        from sqlglot import exp

        names = {sign: name for name, sign in COMPARISONS.items()}
        return Value("truth", self._exact(getattr(exp, names[operator])(this=one, expression=other), True))

    def term(self, value: Value) -> Term:
        """What a value of any kind is made of."""
        if value.number is None:
            return value.term
        if value.number.key == "column":
            name = value.number.name
            return self._inner.get(name, ("column", name, "number"))
        return self._exact(value.number, False)

    def _exact(self, tree: exp.Expr, condition: bool) -> Term:
        from sqlglot import exp

        names = sorted({column.name for column in tree.find_all(exp.Column)})
        inner = tuple((name, self._inner[name]) for name in names if name in self._inner)
        return "exact", exact_sql(tree, condition), condition, tuple(n for n in names if n not in self._inner), inner
