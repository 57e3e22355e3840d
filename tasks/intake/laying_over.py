"""Rows of a register on their last step: into the archive, the database, the trail, and over what holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl
from sqlalchemy import Connection

from models.plan.lists import Register
from models.rules.registers.frames import CODE
from models.rules.registers.keys import of_province, provinces_of
from models.units import DIGITS
from tasks.archive.drafts import Write
from tasks.archive.place import REPORTS, Archive
from tasks.audit_trail import records
from tasks.audit_trail.tied_readings import READING
from tasks.intake.incoming import Received, Settled
from tasks.intake.receipts import Receipt
from tasks.registers.archived import write_rows
from tasks.registers.rows import RowState
from tasks.registers.states import Overlaid


@dataclass
class LayingOver:
    """Rows that are being laid over what holds. archived: the name of the report's file. states: what holds in each of
    their provinces."""

    report: Received
    register: Register
    archived: str
    states: Mapping[str, RowState]
    overlaid: list[Overlaid] = field(default_factory=list)

    def put(self, connection: Connection, archive: Archive, told: pl.DataFrame, write: Write, **about: object) -> int:
        """Put rows (`told_in_order`), within the transaction that keeps their provinces; the number of their batch.

        about: of the batch, what is not the same for all rows of a report.
        """
        report = self.report
        draft = archive.draft(f"{REPORTS}/{self.archived}")
        archived = write(write_rows, draft, self.register, told, report.about)
        batch = report.add_batch(
            connection,
            archive=self.archived,
            register=self.register.id,
            areas=" ".join(told[CODE].str.head(DIGITS["city"]).unique().sort()),
            whole=report.whole,
            **about,
        )
        for province in provinces_of(told):
            laid = self.states[province].with_report(
                connection=connection,
                archive=archive,
                rows=of_province(told, province),
                as_of=report.moment,
                batch=batch,
                report=self.archived,
                write=write,
            )
            self.overlaid.append(laid)
        archived.result()
        none = pl.DataFrame(schema=READING)
        records.record_report(connection, batch, none, report.received_at, report.reason, rows=draft)
        return batch

    def settled(self, receipt: Receipt) -> Settled:
        """What the table came to, with the files that were written."""
        files = {f"{REPORTS}/{self.archived}", *(one.new for one in self.overlaid)}
        return Settled(receipt, files, self.overlaid)
