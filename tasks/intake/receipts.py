"""What became of a report (回执): a receipt for each of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, Row, select
from sqlmodel import col

from models.tables import Batch
from models.wording import Said
from tasks.intake.rejections import FOLDER, REFUSALS, read_rejections


def _nothing_refused() -> pl.DataFrame:
    return pl.DataFrame(schema=REFUSALS)


@dataclass(frozen=True)
class ReadColumns:
    """Where the columns of a table stand in its file: those that were read by their titles, in the file and in the plan, and
    that of the codes. sheet: its name in a workbook, "" in any other file."""

    sheet: str
    code: int
    titles: Mapping[str, int]


@dataclass(frozen=True)
class Receipt:
    """What became of a report, or of one table of it. rejections: the file of refused rows, None if there are none.

    batch is None where every row was refused: then only that file was written. repeated: the same file
    was taken in for the same time before, and nothing changed. remarks: what whoever reports should know.
    corrected: figures that stood otherwise for the same moment before; reason: the one that was given for it.
    register: whose rows it brought, None for figures. refusals: REFUSALS; doubts: the same of rows that were taken and are
    doubtful beside those of others. others: of the further tables of a workbook.
    """

    batch: int | None
    accepted: int
    rejected: int
    rejections: Path | None
    repeated: bool = False
    remarks: tuple[Said, ...] = ()
    corrected: int = 0
    reason: str | None = None
    register: str | None = None
    refusals: pl.DataFrame = field(default_factory=_nothing_refused, compare=False, repr=False)
    doubts: pl.DataFrame = field(default_factory=_nothing_refused, compare=False, repr=False)
    others: tuple[Receipt, ...] = ()
    columns: ReadColumns | None = field(default=None, compare=False, repr=False)

    @property
    def tables(self) -> tuple[Receipt, ...]:
        """This one and the others."""
        return (self, *self.others)


def receipts_before(connection: Connection, home: Path, digest: str, as_of: int) -> dict[str, tuple[Receipt, bool]]:
    """What became of the same file for the same time, if it was taken in before, and whether as a full list: by register,
    "" for figures."""
    same = (col(Batch.digest) == digest, col(Batch.as_of) == as_of)
    rows = connection.execute(select(Batch).where(*same).order_by(col(Batch.id))).all()
    return {row.register: (_again(row, home), row.whole) for row in rows}


def _again(row: Row[tuple[Batch]], home: Path) -> Receipt:
    path = home / FOLDER / row.rejections if row.rejections else None
    return Receipt(
        row.id,
        row.accepted,
        row.rejected,
        path,
        repeated=True,
        register=row.register or None,
        refusals=read_rejections(path) if path else _nothing_refused(),
    )
