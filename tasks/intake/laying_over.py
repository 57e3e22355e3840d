"""Rows of a register on their last step: into the archive, the database, the trail, and over what holds."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl
from sqlalchemy import Connection

from models.plan.lists import Register
from models.rules.registers.keys import AREA, beginnings
from tasks.archive.drafts import Write
from tasks.archive.place import REPORTS, Archive
from tasks.audit_trail import records
from tasks.audit_trail.tied_readings import READING
from tasks.intake.incoming import Received, Settled
from tasks.intake.receipts import Receipt
from tasks.registers.archived import write_rows
from tasks.registers.before import Before
from tasks.registers.states import Overlaid


@dataclass
class LayingOver:
    """Rows that are being laid over what holds before them. archived: the name of the report's file."""

    report: Received
    register: Register
    archived: str
    before: Before
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
            areas=" ".join(beginnings(told, AREA)),
            whole=report.whole,
            **about,
        )
        self.overlaid += self.before.with_report(
            connection=connection,
            archive=archive,
            rows=told,
            as_of=report.moment,
            batch=batch,
            report=self.archived,
            write=write,
        )
        archived.result()
        none = pl.DataFrame(schema=READING)
        records.record_report(connection, batch, none, report.received_at, reason=report.reason, rows=draft)
        return batch

    def settled(self, receipt: Receipt) -> Settled:
        """What the table came to, with the files that were written."""
        files = {f"{REPORTS}/{self.archived}", *(one.new for one in self.overlaid if one.new is not None)}
        return Settled(receipt, files, self.overlaid)
