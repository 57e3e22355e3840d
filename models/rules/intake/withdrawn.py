"""Cells that say that a row is no more (撤销)."""

from __future__ import annotations

import polars as pl

from models.lawful import first_personal
from models.rules.intake.answers import answers
from models.rules.intake.figures import same_fault
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.report_columns import ROW, Header, column


def read_withdrawn(part: pl.DataFrame, columns: Header, place: int | None) -> tuple[pl.Series, list[pl.DataFrame]]:
    """Which rows are to go, and the faults of the cells that say so. place: of those cells, None where there are none."""
    if place is None:
        return pl.repeat(False, part.height, dtype=pl.Boolean, eager=True), []
    text, title = part[column(place)].cast(pl.String), columns.title(place)
    refuse_respondents(columns.file, part[ROW], title, first_personal(text))
    plain, value = answers(text)
    wrong = part[ROW].filter(plain.is_not_null() & value.is_null())
    fault = same_fault(
        wrong,
        f"“{title}”只填 是，或留空",
        f"“{title}” takes yes (是) where the row is withdrawn, else nothing",
    )
    return value.fill_null(False), [fault]
