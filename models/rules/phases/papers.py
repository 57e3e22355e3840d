"""Papers (文件登记): the year in a paper's number is that in which it was issued."""

from __future__ import annotations

import polars as pl

from models.rules.phases.given import DOUBTS, ROW, Given

REGISTERS = ("papers",)
_NUMBER, _ISSUED, _YEAR = "number", "issued", ":year"
_BRACKETED_YEAR = r"[〔\[［(（【]\s*(\d{4})\s*[〕\]］)）】]"


def doubts(given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
    """Papers whose number is of another year than the day on which they were issued: DOUBTS."""
    columns = given.plan.registers[register].columns
    kinds = {name: column.type for name, column in columns.items()}
    if kinds.get(_NUMBER) != "text" or kinds.get(_ISSUED) != "date":
        return pl.DataFrame(schema=DOUBTS)
    dated = told.with_columns(pl.col(_NUMBER).str.extract(_BRACKETED_YEAR).cast(pl.Int32).alias(_YEAR))
    year = pl.col(_ISSUED).dt.year()
    return dated.filter(pl.col(_YEAR) != year).select(
        ROW,
        zh=pl.format("文号写的是 {} 年，印发日期却在 {} 年，请核对", _YEAR, year),
        en=pl.format("the number is of {}, the paper was issued in {}; check it", _YEAR, year),
    )
