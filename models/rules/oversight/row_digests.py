"""Digests of rows (行摘要): what the trail keeps of rows that are too many to stand in it one by one."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable
from hashlib import sha256

import polars as pl

_AT_ONCE = 50_000
"""So many rows are written out at a time: the texts of a nation's notices are many times what the rest of a pass holds."""
_Writes = Callable[[bytes], object]


def digest_of(rows: pl.DataFrame) -> str:
    """SHA-256 over the rows of a frame in their order, column by column, with where there is nothing.

    Columns are texts, whole numbers, numbers or booleans. Whatever a database hands out for the same rows digests
    alike: a negative zero is zero, and a number is taken by its bits, not by how somebody writes it.
    """
    hashed = sha256(str(rows.height).encode())
    for column in rows.get_columns():
        hashed.update(f"\n{column.name}\n".encode())
        if column.dtype == pl.String:
            # by their lengths, so that texts cannot run into each other; a text that is not there has none
            _listed(hashed.update, column.str.len_bytes())
            hashed.update(b"\n")
            _run_on(hashed.update, column, "")
        elif column.dtype == pl.Float64:
            bits = array("d", [value + 0.0 for value in column.fill_null(0.0).to_list()])
            if sys.byteorder == "big":
                bits.byteswap()
            _listed(hashed.update, column.is_null())
            hashed.update(b"\n")
            hashed.update(bits)
        else:
            _listed(hashed.update, column)
    return hashed.hexdigest()


def _listed(write: _Writes, numbers: pl.Series) -> None:
    """Whole numbers or booleans, one after another; nothing stands for what is not there."""
    _run_on(write, numbers, ",")


def _run_on(write: _Writes, values: pl.Series, between: str) -> None:
    for start in range(0, values.len(), _AT_ONCE):
        some = values.slice(start, _AT_ONCE)
        texts = some if some.dtype == pl.String else some.cast(pl.Int64).cast(pl.String).fill_null("")
        write(f"{between if start else ''}{texts.str.join(between)[0]}".encode())
