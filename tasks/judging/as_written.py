"""What stands beside a figure that is explained: how the office wrote it, what that allows, and what it said without a number."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl
from sqlalchemy import Connection, select
from sqlmodel import col

from models.rules.judging.bounds import above, are_loose, below, least, loose, most, written
from models.tables import Batch
from models.wording import Said
from models.written import allowed_said
from tasks.campaign.former_codes import read_former
from tasks.campaign.written_figures import last_statement


@dataclass(frozen=True)
class Statement:
    """陈述（无数字）: what an office said of a figure instead of giving it; evidence, and never judged. as_of: microseconds."""

    text: str
    as_of: int
    author: str | None
    file: str | None


@dataclass(frozen=True)
class AsWritten:
    """written: as the office itself wrote it, None where it gave a plain number; allows: what the figure may be, None where
    that is one number."""

    written: str | None = None
    allows: Said | None = None


PLAIN = AsWritten()
"""A plain number."""


def as_written(figures: pl.DataFrame, name: str) -> AsWritten:
    """How a figure was written. figures: the row of one office, as `rollup.figures` gives it."""
    if not are_loose(figures, [name]):
        return PLAIN
    row = figures.row(0, named=True)
    if row[name] is None or not row[loose(name)]:
        return PLAIN
    low, high = row[least(name)], row[most(name)]
    allows = None if low == high else allowed_said(low, high, row[above(name)], row[below(name)])
    return AsWritten(row.get(written(name)), allows)


def statements_of(
    connection: Connection, names: Collection[str], unit: str, first: int, last: int
) -> dict[str, Statement]:
    """Of each indicator what an office said last without a number, from `first` up to `last`, under whatever code it had."""
    found = {}
    for name, as_of, text, batch in last_statement(
        connection, names, read_former(connection).lineage(unit), since=first, until=last
    ).iter_rows():
        brought = connection.execute(
            select(col(Batch.author), col(Batch.file_name)).where(col(Batch.id) == batch)
        ).first()
        author, file = tuple(brought) if brought else (None, None)
        found[name] = Statement(text, as_of, author, file)
    return found
