"""Digests of rows (行摘要): what the trail keeps of rows that are too many to stand in it one by one."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

import polars as pl

_AT_ONCE = 50_000
"""So many rows are written out at a time: the texts of a nation's notices are many times what the rest of a pass holds."""
_FEW = 1_000
"""So few rows are written out with all their columns at once."""


class _Part(NamedTuple):
    """A column as texts that are written out one after another, and what stands between two of them."""

    texts: pl.Expr
    between: str

    def written(self) -> pl.Expr:
        return self.texts.str.join(self.between)


def digest_of(rows: pl.DataFrame) -> str:
    """SHA-256 over the rows of a frame in their order, column by column, with where there is nothing.

    Columns are texts, whole numbers, numbers or booleans. Whatever a database hands out for the same rows digests
    alike: a negative zero is zero, and a number is taken by its bits, not by how somebody writes it.
    """
    hashed = sha256(str(rows.height).encode())
    parts = {column.name: _parts_of(column) for column in rows.get_columns()}
    # to look at each column of them by itself would take longer to prepare than to do
    few = _written_at_once(rows, parts) if rows.height <= _FEW else None
    for column in rows.get_columns():
        hashed.update(f"\n{column.name}\n".encode())
        for number, part in enumerate(parts[column.name]):
            hashed.update(b"\n" if number else b"")
            for text in _in_portions(rows, part) if few is None else [next(few)]:
                hashed.update(text.encode())
        if column.dtype == pl.Float64:
            bits = array("d", [value + 0.0 for value in column.fill_null(0.0).to_list()])
            if sys.byteorder == "big":
                bits.byteswap()
            hashed.update(b"\n")
            hashed.update(bits)
    return hashed.hexdigest()


def _parts_of(column: pl.Series) -> list[_Part]:
    """What is written out of a column: of texts their lengths first, so that they cannot run into each other; a text that is
    not there has none. Of numbers that are not whole, which are written by their bits, where there is none."""
    own = pl.col(column.name)
    if column.dtype == pl.String:
        return [_listed(own.str.len_bytes()), _Part(own, "")]
    return [_listed(own.is_null() if column.dtype == pl.Float64 else own)]


def _listed(numbers: pl.Expr) -> _Part:
    """Whole numbers or booleans, one after another; nothing stands for what is not there."""
    return _Part(numbers.cast(pl.Int64).cast(pl.String).fill_null(""), ",")


def _written_at_once(rows: pl.DataFrame, parts: dict[str, list[_Part]]) -> Iterator[str]:
    """All parts of all columns, each as one text, in their order."""
    asked = [part.written() for own in parts.values() for part in own]
    return iter(rows.select(one.alias(str(place)) for place, one in enumerate(asked)).row(0) if asked else ())


def _in_portions(rows: pl.DataFrame, part: _Part) -> Iterator[str]:
    """One part, a portion of the rows after the other."""
    for start in range(0, rows.height, _AT_ONCE):
        yield part.between if start else ""
        yield rows.slice(start, _AT_ONCE).select(part.written()).item()
