"""A report on its way in (待收报表): what all its tables share, and what each of them brings into the database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Protocol

import polars as pl
from sqlalchemy import Connection

from models.lawful import first_personal
from models.moments import micros
from models.rules.intake.codes import Called
from models.rules.intake.gathering import Rows
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.read_past import refuse_other_units
from models.rules.intake.remarks import of_form, of_former_codes, of_layout, of_moment, of_rows
from models.rules.intake.report_columns import Header
from models.rules.intake.report_units import Known
from models.tables import Batch
from models.unit_names import UnitNames
from models.wording import Refusal, Said
from tasks.archive.drafts import Write
from tasks.archive.place import Archive
from tasks.campaign.frames import add_row
from tasks.campaign.store import Store
from tasks.files.tabular import ROWS_A_PART, Table
from tasks.intake.receipts import Receipt
from tasks.registers.states import Overlaid


@dataclass(frozen=True)
class Received:
    """A received file and whoever sent it. whole: of registers, its rows are all that the keepers of its codes have.

    agreed: whether it may take away more than a fifth of a keeper's rows.
    """

    store: Store
    file: Path
    name: str
    digest: str
    as_of: datetime
    author: str
    received_at: datetime
    reason: str | None = None
    whole: bool = False
    agreed: bool = False

    @property
    def moment(self) -> int:
        return micros(self.as_of)

    @property
    def about(self) -> dict[str, str]:
        """What its file in the archive says of itself."""
        return {
            "file": self.name,
            "as_of": self.as_of.isoformat(),
            "author": self.author,
            "received_at": self.received_at.isoformat(),
        }

    def add_batch(self, connection: Connection, **values: object) -> int:
        """The report in the database, and its number."""
        return add_row(
            connection,
            Batch,
            digest=self.digest,
            file_name=self.name,
            as_of=self.moment,
            author=self.author,
            received_at=micros(self.received_at),
            **values,
        )

    def remarks(self, table: Table, rows: Rows) -> tuple[Said, ...]:
        """What whoever reports should know of a table."""
        return (
            *of_layout(table.layout),
            *of_rows(table.above + rows.passed, rows.by_name),
            *of_form(table.untouched),
            *of_former_codes(rows.by_former),
            *of_moment(self.as_of, self.received_at),
        )


@dataclass(frozen=True)
class Settled:
    """What a table came to: its receipt, the files written for it, and what the database is to say of each province."""

    receipt: Receipt
    written: Collection[str] = ()
    overlaid: Sequence[Overlaid] = field(default=())


class Incoming(Protocol):
    """A table that was read, and what is to become of it."""

    @property
    def register(self) -> str:
        """Whose rows it brings, "" for figures."""
        ...

    @property
    def provinces(self) -> Collection[str]:
        """Those in which whatever may be taken lies; none where every row was refused already."""
        ...

    @property
    def files(self) -> Collection[str]:
        """The names of the files that it may write."""
        ...

    @property
    def rejections(self) -> Path:
        """Where its refused rows are written, if there are any."""
        ...

    def refused(self) -> Settled:
        """Where every row was refused already: write the refused rows, and nothing else."""
        ...

    def settle(self, connection: Connection, archive: Archive, write: Write) -> Settled:
        """Take it in, within the transaction that keeps its provinces."""
        ...


class NothingFilledIn(Exception):
    """A form whose rows all stand as they were handed out: it says nothing, and is in order."""


def read_whole(
    report: Received,
    table: Table,
    columns: Header,
    known: Known,
    gathered: Callable[[Iterable[pl.DataFrame], Called | None], Rows],
    first: Callable[[], Iterable[pl.DataFrame]] | None = None,
) -> Rows:
    """All rows of a table. Refusal if it has none, or if anything in the file is respondents' data; NothingFilledIn of a form.

    gathered: makes rows of the pieces of a table. first: the table as it is read at first, if not as text. The names of units
    are looked up only where a row has no code and something that may be one.
    """
    for place, cells in table.elsewhere:
        refuse_respondents(table.name, cells["row"], place, first_personal(cells["text"], townships=known.townships))
    refuse_other_units(table.name, table.over, columns)
    if table.untouched is not None and not any(part.height for part in table.parts()):
        raise NothingFilledIn
    pieces = _pieces(table.parts() if first is None else first())
    begun = next(pieces, None)
    rows = None if begun is None else gathered(chain([begun], pieces), None)
    if rows is not None and rows.worded:
        names = UnitNames.of(report.store.units())
        rows = gathered(_pieces(table.parts()), Called(names, sender=names.area_of(report.author)))
    if rows is None or (rows.taken.is_empty() and rows.faults.is_empty()):
        if table.untouched is not None:  # a sum or a signature below what was handed out
            raise NothingFilledIn
        raise Refusal(f"{table.name} 只有表头，没有数据", f"{table.name} has a header and no rows")
    return rows


def _pieces(parts: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """So many rows at a time that faults in all of them are noticed before they fill the memory."""
    for part in parts:
        yield from part.iter_slices(ROWS_A_PART)
