"""The sheet of districts (普查小区的工作表) in the form of a phase: those columns that the phase asks for, and how many rows it may have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

import polars as pl

from models.moments import micros
from models.plan.lists import DISTRICTS, Register
from models.plan.model import Plan
from models.rules.registers.frames import CODE
from models.units import DIGITS
from models.wording import Said
from tasks.forms.owed import OVERDUE, OWED, Owed, due_at

MOST_DISTRICTS = 50_000
"""A sheet of so many districts opens in an office's spreadsheet; the form of a phase leaves out a longer one and says so."""


def asked_of_districts(plan: Plan, phases: Collection[str]) -> Register | None:
    """The register of districts with the figures alone that some phases ask for, and what else it says of a district; None
    where they ask for nothing of them."""
    register = plan.registers.get(DISTRICTS)
    asked = [one for one in plan.requirements if one.phase in phases]
    behind = frozenset[str]().union(*(plan.behind[one.key] for one in asked))
    by_figure = any(name in plan.indicators and plan.indicators[name].level == "district" for name in behind)
    by_row = any(one.each is not None and one.each.register == DISTRICTS for one in asked)
    if register is None or not (by_figure or by_row):
        return None
    return _narrowed(register, plan, behind)


def joined(one: Register | None, other: Register | None) -> Register | None:
    """The register with the columns of both, in the order of the plan as far as each has it."""
    if one is None or other is None:
        return one or other
    return replace(one, columns={**one.columns, **other.columns})


def _narrowed(register: Register, plan: Plan, names: Collection[str]) -> Register:
    """The register without the figures that are not among `names`, nor in what a column is computed from."""
    needed = {name for one in register.computed if one.computed is not None for name in one.computed.names}
    columns = {
        name: one
        for name, one in register.columns.items()
        if name not in plan.indicators or name in names or name in needed
    }
    return replace(register, columns=columns)


def too_many(register: Register, count: int, most: int) -> Said:
    """What is said where the districts of an office are left out of a form."""
    return Said(
        f"“{register.title}”共 {count} 个，超过 {most} 个，未列入本表；"
        f"请按下级单位出表（--unit），或单独出表：pucha form {register.id} --unit …",
        f"{count} districts, more than {most}: they are not in this form. Make forms of lower offices with"
        f" --unit, or one of districts alone: pucha form {register.id} --unit …",
    )


def owed_of_districts(rows: pl.DataFrame, register: Register, owed: Owed, at: datetime) -> pl.DataFrame:
    """Which districts lack a figure that an office above them still owes: code, OWED (the figures with their day), OVERDUE."""
    plan, lang = owed.plan, owed.lang
    names = [one.id for one in register.reported if one.id in plan.indicators]
    found = owed.of_figures(names, micros(at))
    parts: list[pl.DataFrame] = []
    for name in names:
        dues = {unit: due for (of, unit), due in found.items() if of == name and unit}
        lacking = rows.filter(pl.col(name).is_null()).select(CODE)
        if not dues or lacking.is_empty():
            continue
        title = name if lang == "en" else register.columns[name].title
        table = pl.DataFrame(
            {
                "unit": list(dues),
                OWED: [
                    Said(f"{title}（{by}）", f"{title}, {by}").in_language(lang) for by in _days(dues.values(), owed)
                ],
                OVERDUE: [is_over for _, is_over in dues.values()],
            },
            schema={"unit": pl.String, OWED: pl.String, OVERDUE: pl.Boolean},
        )
        parts += [
            lacking.join(table, left_on=pl.col(CODE).str.head(digits), right_on="unit", how="inner").select(
                CODE, OWED, OVERDUE
            )
            for digits in sorted({len(unit) for unit in dues} & set(DIGITS.values()), reverse=True)
        ]
    if not parts:
        return pl.DataFrame(schema={CODE: pl.String, OWED: pl.String, OVERDUE: pl.Boolean})
    # of a figure that a township and its county owe the township's word is enough
    said = pl.col(OWED).unique(maintain_order=True).str.join(Said("；", "; ").in_language(lang))
    return pl.concat(parts).group_by(CODE, maintain_order=True).agg(said, pl.col(OVERDUE).any())


def _days(dues: Collection[tuple[int | None, bool]], owed: Owed) -> Sequence[str]:
    return [due_at(due, owed.plan, owed.lang) for due, _ in dues]
