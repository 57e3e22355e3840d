"""What a spreadsheet tells beside the text of its cells (版式): formulas without a result, merged cells, what is hidden."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

UNVALUED = {"row": pl.Int64, "place": pl.Int64, "cell": pl.String}
MERGED = {
    "cells": pl.String,
    "first_row": pl.Int64,
    "last_row": pl.Int64,
    "first_place": pl.Int64,
    "last_place": pl.Int64,
}


@dataclass(frozen=True)
class Layout:
    """The layout of the sheet that was read; that of a file without sheets is empty.

    unvalued: formulas without a result: row, place of the column, cell (B5). merged: cells (A3:A4) below the header, the
    rows and the places of columns that they cover. hidden_rows, hidden_columns: how many rows, and which titles, a filter
    or a person has hidden. hidden_sheets: those with something in them, which are not read. unread_sheets: those that anybody
    sees, with lines of several cells and no header of codes or names, which are not read either.
    is_gb: the text came in GB18030, where a damaged byte may leave another character in place of two.
    """

    unvalued: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=UNVALUED), repr=False)
    merged: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=MERGED), repr=False)
    hidden_rows: int = 0
    hidden_columns: tuple[str, ...] = ()
    hidden_sheets: tuple[str, ...] = ()
    unread_sheets: tuple[str, ...] = ()
    is_gb: bool = False
