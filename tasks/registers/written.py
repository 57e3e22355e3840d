"""Rows written as a workbook, a CSV or a Parquet file, under the plan's titles: an office mends it and reports it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from models.cells import harmless
from models.plan.lists import Register
from models.plan.model import Plan
from models.rules.intake.reported_again import for_spreadsheets, reportable
from models.wording import Refusal
from tasks.campaign.on_disk import new_file
from tasks.files.workbook_child import MOST_CELLS

if TYPE_CHECKING:
    import xlsxwriter

KINDS = (".xlsx", ".csv", ".parquet")
_MOST_ROWS = 1_048_575
"""Rows of a sheet below its header."""
_LONGEST_NAME = 31
_NOT_IN_A_NAME = frozenset("[]:*?/\\'")
_WIDTHS = {pl.String(): 20, pl.Float64(): 12, pl.Date(): 12, pl.Datetime("us"): 18}
_PORTION = 10_000


def check_name(file: Path) -> None:
    """Refusal for a name that does not end like a file that can be reported."""
    if file.suffix.lower() not in KINDS:
        raise Refusal(
            f"--out 应以 {'、'.join(KINDS)} 之一结尾，如 问题清单.xlsx",
            f"--out must end with one of {', '.join(KINDS)}, such as problems.xlsx",
        )


def write_rows(file: Path, rows: pl.DataFrame, register: Register, plan: Plan) -> None:
    """Write rows so that `pucha report` takes the file in again as it is.

    Refusal where there is a file of that name, more than a workbook holds, or no room on the disk.
    """
    check_name(file)
    table = reportable(rows, register, plan.zone)
    kind = file.suffix.lower()
    if kind == ".xlsx":
        _check_size(table)
    with new_file(file) as part:
        if kind == ".xlsx":
            _write_workbook(part, table, _sheet_name(register))
        elif kind == ".csv":
            for_spreadsheets(table).write_csv(part, include_bom=True, float_scientific=False)
        else:
            table.write_parquet(part, compression="zstd")


def _check_size(table: pl.DataFrame) -> None:
    if table.height > _MOST_ROWS or table.height * table.width > MOST_CELLS:
        raise Refusal(
            f"共 {table.height} 行，一张工作表放不下；请用 --unit、--where 少取一些，或写成 .csv、.parquet",
            f"{table.height} rows are more than one sheet can hold; take fewer with --unit or --where, or write .csv or .parquet",
        )


def _sheet_name(register: Register) -> str:
    """The register's title where a sheet may be called so, else its id."""
    usable = len(register.title) <= _LONGEST_NAME and not _NOT_IN_A_NAME & set(register.title)
    return register.title if usable else register.id[:_LONGEST_NAME]


def _write_workbook(part: Path, table: pl.DataFrame, name: str) -> None:
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(part), options)
    sheet = book.add_worksheet(name)
    header = book.add_format({"bold": True, "num_format": "@"})
    formats = {
        pl.String(): book.add_format({"num_format": "@"}),
        pl.Float64(): None,
        pl.Date(): book.add_format({"num_format": "yyyy-mm-dd"}),
        pl.Datetime("us"): book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
    }
    kinds = table.dtypes
    for place, (title, kind) in enumerate(table.schema.items()):
        # whole columns have the format, so that a code that is added below stays text
        sheet.set_column(place, place, _WIDTHS[kind], formats[kind])
        sheet.write_string(0, place, title, header)
    sheet.freeze_panes(1, 1)
    for number, cells in enumerate(_portions(table), 1):
        for place, cell in enumerate(cells):
            _write_cell(sheet, number, place, cell, formats[kinds[place]])
    try:
        book.close()
    except FileCreateError as fault:
        cause = fault.args[0] if fault.args else fault
        raise (cause if isinstance(cause, OSError) else OSError(str(cause))) from None


def _portions(table: pl.DataFrame) -> Iterator[Sequence[Any]]:
    """The rows, texts that a spreadsheet would run made harmless, a portion at a time."""
    texts = [harmless(pl.col(name)).alias(name) for name, kind in table.schema.items() if kind == pl.String()]
    for begun in range(0, table.height, _PORTION):
        yield from table.slice(begun, _PORTION).with_columns(texts).iter_rows()


def _write_cell(
    sheet: xlsxwriter.worksheet.Worksheet, row: int, place: int, cell: Any, shape: xlsxwriter.format.Format | None
) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(row, place, cell, shape)
    elif isinstance(cell, float):
        sheet.write_number(row, place, cell)
    else:
        sheet.write_datetime(row, place, cell, shape)
