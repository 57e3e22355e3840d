"""Unpacks one Parquet file in a process of its own (`children`), into a file of plain text columns.

A file of 100 KB can stand for gigabytes of rows, and its footer may lie about its pages; here it costs only this process.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tasks.files.children import answer, limit_this_process
from tasks.files.sizes import LONGEST_CELL, MOST_COLUMNS, MOST_ROWS, most_cells

SECONDS = 60
_LEAST_WRITTEN = 512 * 1024**2
_MOST_A_BYTE = 200
"""Bytes that may be written for one of the file."""
_LEAST_TEXT, _MOST_TEXT_A_BYTE = 256 * 1024**2, 50
"""The same of all texts together: one long text is written once, and stands in every row when it is read."""


def main(file: str, filled: str) -> int:
    """Fill `filled` with an Arrow file of texts; the answer is the columns and the height, or a fault."""
    size = Path(file).stat().st_size
    limit_this_process(SECONDS, _LEAST_WRITTEN + _MOST_A_BYTE * size)
    import polars as pl

    try:
        with open(file, "rb") as opened:
            source = f"/dev/fd/{opened.fileno()}"  # a name that is no UTF-8 cannot be given to Polars
            scan = pl.scan_parquet(source, glob=False)
            schema = scan.collect_schema()
            if len(schema) > MOST_COLUMNS:
                answer({"fault": "wide", "width": len(schema)})
                return 0
            height = scan.select(pl.len()).collect().item()
            if height > MOST_ROWS or height * len(schema) > most_cells(size):
                answer({"fault": "bomb"})
                return 0
            if any(kind.is_nested() or kind in (pl.Binary, pl.Object) for kind in schema.values()):
                answer({"fault": "nested"})
                return 0
            texts = scan.select(_text(name, kind) for name, kind in schema.items())
            texts.sink_ipc(filled)
            lengths = pl.scan_ipc(filled).select(pl.all().str.len_bytes().cast(pl.Int64))
            longest = [most or 0 for most in lengths.max().collect(engine="streaming").row(0)] if schema else []
            whole = sum(lengths.sum().collect(engine="streaming").row(0)) if schema else 0
            is_long = max(longest, default=0) > LONGEST_CELL
            if whole > _LEAST_TEXT + _MOST_TEXT_A_BYTE * size:
                answer({"fault": "bomb"})
                return 0
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, MemoryError):
        answer({"fault": "damaged"})
        return 0
    answer({"fault": "long"} if is_long else {"columns": list(schema), "height": height})
    return 0


def _text(name: str, kind: object) -> object:
    """A column as text; a number that is held as a float as whoever wrote it would, never in powers of ten."""
    import polars as pl

    cell = pl.col(name)
    if kind not in (pl.Float32, pl.Float64):
        return cell.cast(pl.String)
    whole = cell.is_finite() & (cell == cell.round()) & (cell.abs() < 1e18)
    written = cell.cast(pl.String)
    decimals = cell.cast(pl.Decimal(38, 18), strict=False).cast(pl.String)
    in_full = pl.coalesce(decimals.str.strip_chars_end("0").str.strip_chars_end("."), written)
    return (
        pl.when(whole)
        .then(cell.cast(pl.Int64, strict=False).cast(pl.String))
        .when((cell.abs() < 1) & written.str.contains("e", literal=True))
        .then(in_full)
        .otherwise(written)
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
