"""Tables of rows of a register (登记册) on their way in: held against the rows that hold, then laid over them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl
from sqlalchemy import Connection

from models.plan.lists import Register
from models.plan.model import Plan
from models.rules.intake.cells import Reading
from models.rules.intake.codes import Called
from models.rules.intake.dates import Dated
from models.rules.intake.gathering import TAKEN_ROW, Rows, gather
from models.rules.intake.own_duties import own_duty_faults
from models.rules.intake.register_columns import RowColumns
from models.rules.intake.report_columns import ROW
from models.rules.intake.report_units import Known
from models.rules.intake.row_faults import Held, row_faults
from models.rules.intake.rows import read_rows
from models.rules.intake.whole_lists import Missing, missing_rows
from models.rules.registers.frames import CODE, NIL, WITHDRAWN, report_schema
from models.rules.registers.keys import (
    KEEPER,
    cell_text,
    identity,
    keeper_digits,
    key_text,
    order_of,
    provinces_of,
)
from models.rules.registers.offices import OFFICE, with_offices
from models.rules.registers.overlay import told_in_order
from tasks.archive.drafts import Write
from tasks.archive.place import REPORTS, Archive
from tasks.files.tabular import Table
from tasks.intake.held_rows import Offices, offices_around, open_cases
from tasks.intake.incoming import Received, Settled, read_whole
from tasks.intake.laying_over import LayingOver
from tasks.intake.receipts import Receipt
from tasks.intake.rejections import refusals_of, rejections_path, write_rejections
from tasks.registers.archived import archive_name, shared_prefix
from tasks.registers.before import Before, open_before
from tasks.registers.states import state_names


@dataclass(frozen=True, eq=False)
class RowTable:
    """A table of rows, read. Its rows have `office` and KEEPER."""

    report: Received
    table: Table
    columns: RowColumns
    plan: Plan
    offices: Offices
    rows: Rows

    @property
    def of(self) -> Register:
        return self.columns.register

    @property
    def register(self) -> str:
        return self.of.id

    @cached_property
    def provinces(self) -> list[str]:
        return provinces_of(self.rows.taken)

    @cached_property
    def archived(self) -> str:
        keepers = self.rows.taken[KEEPER].sort()
        return archive_name(self.report.moment, shared_prefix(keepers), self.report.digest)

    @cached_property
    def files(self) -> Collection[str]:
        return {f"{REPORTS}/{self.archived}", *state_names(self.archived, self.provinces)}

    @cached_property
    def rejections(self) -> Path:
        report = self.report
        return rejections_path(report.store.home, report.file, report.as_of, report.digest, self.register)

    def told(self, refusals: pl.DataFrame) -> pl.DataFrame:
        """The rows that were taken in, as they were sent: `:row`, code and columns. refusals: REFUSALS of the table."""
        taken = self.rows.taken
        if taken.select((pl.col(NIL) | pl.col(WITHDRAWN)).any()).item():
            taken = taken.filter(~pl.col(NIL) & ~pl.col(WITHDRAWN))
        if refusals.height:
            taken = taken.join(refusals, left_on=TAKEN_ROW, right_on=ROW, how="anti")
        return taken.select(TAKEN_ROW, CODE, *(column.id for column in self.of.reported))

    def keyed(self, told: pl.DataFrame) -> pl.DataFrame:
        """`row` and `key` of rows that were taken."""
        return told.select(pl.col(TAKEN_ROW).alias(ROW), key=key_text(self.of, self.plan.zone))

    def refused(self) -> Settled:
        refusals = self._refusals(self.rows.faults, self.rows.refused)
        write_rejections(self.rejections, self.table, self.columns, refusals, True)
        return Settled(self._receipt(None, 0, refusals))

    def settle(self, connection: Connection, archive: Archive, write: Write) -> Settled:
        report = self.report
        before = open_before(connection, archive, self.of, self.rows.taken, report.moment, whole=report.whole)
        held = self._held(connection, archive, before)
        taken = self.rows.taken
        found = pl.concat([row_faults(taken, held), own_duty_faults(taken, held)])
        wrong = taken.clear()
        if found.height:
            wrong = taken.join(found, left_on=TAKEN_ROW, right_on=ROW, how="semi")
            taken = taken.join(found, left_on=TAKEN_ROW, right_on=ROW, how="anti", maintain_order="left")
        refused = pl.concat([self.rows.refused, wrong], how="vertical_relaxed")
        refusals = self._refusals(pl.concat([self.rows.faults, found]), refused)
        missing = None
        if report.whole and taken.height:
            keys = key_text(self.of, self.plan.zone)
            missing = missing_rows(taken, refused, keys, held, agreed=report.agreed)
        if refusals.height:
            write(write_rejections, self.rejections, self.table, self.columns, refusals, True)
        if taken.is_empty():
            return Settled(self._receipt(None, 0, refusals))
        told = taken.select(report_schema(self.of).names())
        if missing is not None:
            told = pl.concat([told, missing.withdrawn])
        laying = LayingOver(report, self.of, self.archived, before)
        batch = laying.put(
            connection,
            archive,
            told_in_order(told, self.of),
            write,
            accepted=taken.height,
            rejected=refusals.height,
            rejections=self.rejections.name if refusals.height else None,
        )
        return laying.settled(self._receipt(batch, taken.height, refusals, missing))

    def _held(self, connection: Connection, archive: Archive, before: Before) -> Held:
        rows = before.at(connection, archive, self.report.moment)
        taken = self.rows.taken
        # of a whole list and of nil returns all rows of a keeper count; of others those that were looked up by their names
        if rows.height and before.states and not self.report.whole and not taken[NIL].any():
            named = rows.with_columns(keeper_digits(self.of).alias(KEEPER))
            rows = named.join(taken.select(identity(self.of)), on=identity(self.of), how="semi", maintain_order="left")
            # of provinces one after another, as the report has them
            rows = rows.drop(KEEPER).sort(CODE, maintain_order=True)
        held = Held(
            register=self.of,
            plan=self.plan,
            rows=rows,
            units=self.offices.units,
            chains=self.offices.chains,
            cases=open_cases(connection, self.plan, self.register, taken[OFFICE]),
            as_of=self.report.as_of,
            covered_by=self.offices.covered_by,
            affiliation=self.offices.affiliation,
        )
        return held.placed(taken)

    def _refusals(self, faults: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
        named = refused.select(pl.col(TAKEN_ROW).alias(ROW), key=_key(self.of, self.plan))
        return refusals_of(faults, named)

    def _receipt(
        self, batch: int | None, accepted: int, refusals: pl.DataFrame, missing: Missing | None = None
    ) -> Receipt:
        more = () if missing is None else missing.remarks(self.of)
        return Receipt(
            batch,
            accepted,
            refusals.height,
            self.rejections if refusals.height else None,
            remarks=(*self.report.remarks(self.table, self.rows), *more),
            register=self.register,
            refusals=refusals,
        )


def read_row_table(report: Received, table: Table, columns: RowColumns, plan: Plan, known: Known) -> RowTable:
    """Read a table of rows. Refusal for what `read_whole` says."""
    by = Reading(known, Dated(plan.standard_time, plan.zone), is_gb=table.layout.is_gb)
    register = columns.register
    offices: list[Offices] = []

    def owned(taken: pl.DataFrame) -> pl.DataFrame:
        offices.append(offices_around(report, taken))
        placed = with_offices(taken, register, offices[-1].units, offices[-1].chains)
        return placed.with_columns(keeper_digits(register).alias(KEEPER))

    def gathered(pieces: Iterable[pl.DataFrame], called: Called | None) -> Rows:
        parts = (read_rows(piece, columns, by, table.layout, called) for piece in pieces)
        return gather(table.name, parts, identity(register), order_of(register), owned)

    rows = read_whole(report, table, columns, known, gathered)
    return RowTable(report=report, table=table, columns=columns, plan=plan, offices=offices[-1], rows=rows)


def _key(register: Register, plan: Plan) -> pl.Expr:
    """As much of a row's key as could be read; a nil return has none."""
    texts = (cell_text(register, name, plan.zone) for name in register.key)
    parts = [pl.when(text != "").then(text) for text in texts]
    return pl.when(pl.col(NIL)).then(pl.lit("")).otherwise(pl.concat_str(parts, separator="/", ignore_nulls=True))
