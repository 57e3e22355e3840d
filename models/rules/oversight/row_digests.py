"""Digests of rows (行摘要): what the trail keeps of rows that are too many to stand in it one by one."""

from __future__ import annotations

import sys
from array import array
from hashlib import sha256

import polars as pl


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
            hashed.update(f"{_listed(column.str.len_bytes())}\n{_run_on(column, '')}".encode())
        elif column.dtype == pl.Float64:
            bits = array("d", [value + 0.0 for value in column.fill_null(0.0).to_list()])
            if sys.byteorder == "big":
                bits.byteswap()
            hashed.update(f"{_listed(column.is_null())}\n".encode() + bits.tobytes())
        else:
            hashed.update(_listed(column).encode())
    return hashed.hexdigest()


def _listed(numbers: pl.Series) -> str:
    """Whole numbers or booleans, one after another; nothing stands for what is not there."""
    return _run_on(numbers.cast(pl.Int64).cast(pl.String).fill_null(""), ",")


def _run_on(texts: pl.Series, between: str) -> str:
    return str(texts.str.join(between)[0]) if texts.len() else ""
