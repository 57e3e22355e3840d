"""Cells that answer 是 or 否 (比对差异是否已核实): as 1 or 0, and why a row with anything else is refused."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from models.cells import AROUND, tidy
from models.lawful import first_personal
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.report_columns import ROW, Columns, column

_YES = ("是", "yes", "y", "true", "1", "√", "✓", "✔")
_NO = ("否", "no", "n", "false", "0", "×", "✗")
YES, NO = (*_YES, "已核实"), (*_NO, "未核实")


def read_answers(part: pl.DataFrame, columns: Columns, place: int) -> tuple[pl.Series, pl.Series, list[pl.DataFrame]]:
    """One column's answers (1, 0, or null: none, or refused), which cells were filled, and the faults in it."""
    text, title = part[column(place)].cast(pl.String), columns.title(place)
    refuse_respondents(columns.file, part[ROW], title, first_personal(text))
    plain, value = answers(text, YES, NO)
    wrong = part[ROW].filter(plain.is_not_null() & value.is_null())
    fault = wrong.to_frame(ROW).with_columns(
        zh=pl.lit(f"“{title}”只填 是 或 否；尚未核实请留空"),
        en=pl.lit(f"“{title}” takes yes (是) or no (否); leave the cell empty until somebody has looked"),
    )
    return value.cast(pl.Float64), plain.is_not_null(), [fault] if wrong.len() else []


def answers(text: pl.Series, yes: Sequence[str] = _YES, no: Sequence[str] = _NO) -> tuple[pl.Series, pl.Series]:
    """What stands in cells, null for nothing, and whether it says yes or no, null for anything else."""
    plain = tidy(text).str.strip_chars(AROUND).str.to_lowercase().str.replace(r"\.0+$", "")
    known = {**dict.fromkeys(yes, True), **dict.fromkeys(no, False)}
    return plain, plain.replace_strict(known, default=None, return_dtype=pl.Boolean)
