"""Forms (填报表) that offices send back: what stands in them as it was handed out is left out before they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from models.plan.model import Plan
from models.rules.intake.form_rows import without_untouched
from models.rules.intake.gathering import look_through
from models.rules.intake.register_columns import RowColumns
from models.rules.intake.report_columns import MARK_TITLES, Columns, place_in
from models.rules.intake.report_units import Known
from models.rules.registers.frames import CODE
from tasks.files.tabular import Schema, Table

CHOICES = ("下拉选项", "choices")
"""What a form calls the sheet, never to be seen, on which its drop-down lists stand."""


def as_returned(table: Table, columns: Columns | RowColumns, plan: Plan, known: Known) -> Table:
    """The table of a form without what stands in it as it was handed out; any other table as it is.

    Refusal where respondents' data stand in what is left out beside those cells.
    """
    mark = place_in(columns.titles, MARK_TITLES)
    if mark is None:
        return table
    parts = [part for part in table.parts() if part.height]
    for part in parts:
        look_through(part, columns, known)
    cells, key = _marked(columns)
    beside = [] if columns.withdrawn is None else [columns.withdrawn]
    left = [without_untouched(part, cells, key, beside, mark) for part in parts]

    def read(_: Schema) -> Iterator[pl.DataFrame]:
        return iter(left)

    hidden = tuple(name for name in table.layout.hidden_sheets if not _is_of_choices(table, name, plan))
    untouched = sum(part.height for part in parts) - sum(part.height for part in left)
    layout = replace(table.layout, hidden_sheets=hidden)
    return replace(table, read=read, layout=layout, above=0, untouched=untouched)


def _marked(columns: Columns | RowColumns) -> tuple[dict[int, str], list[int]]:
    """The columns whose cells leave letters in a mark, id by place, and the places of those of the key."""
    cells = {columns.code: CODE}
    if isinstance(columns, RowColumns):
        cells |= {place: one.id for place, one in columns.cells}
        own = columns.register.key
    else:
        cells |= {place: one.id for place, one in columns.indicators} | {place: one.id for place, one in columns.cells}
        own = (CODE,)
    return cells, [columns.code, *(place for place, name in cells.items() if name in own and place != columns.code)]


def _is_of_choices(table: Table, name: str, plan: Plan) -> bool:
    """Whether a hidden sheet holds nothing but values that the plan itself gives: then nobody misses anything on it."""
    if name not in CHOICES:
        return False
    values = {
        text
        for register in plan.registers.values()
        for one in register.columns.values()
        for text in (*one.values, *one.values.values())
    }
    cells = [frame["text"] for where, frame in table.elsewhere if where.rpartition("!")[0] == name]
    return all(cell in values for texts in cells for cell in texts if cell)
