"""Tables of figures (指标报表) on their way in: into the archive and, districts rolled up to townships, into the readings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import polars as pl
from sqlalchemy import Connection

from models.plan.lists import DISTRICTS
from models.plan.model import Plan
from models.rules.intake.codes import Called
from models.rules.intake.gathering import TAKEN_LEVEL, TAKEN_ROW, Rows, gather
from models.rules.intake.report_columns import ROW, Columns, is_of_districts
from models.rules.intake.report_units import TO_TOWNSHIP, Known
from models.rules.intake.reports import EVIDENCE, are_districts, as_numbers, read_part
from models.rules.intake.whole_lists import Missing
from models.rules.intake.with_words import WITH_WORDS, may_be_small
from models.rules.registers.frames import CODE, EMPTIED, WITHDRAWN
from models.units import DIGITS, Level
from tasks.archive.drafts import Write
from tasks.archive.place import REPORTS, Archive
from tasks.audit_trail import records
from tasks.audit_trail.tied_readings import READING
from tasks.campaign.written_figures import BROUGHT, add_written, brought
from tasks.files.tabular import NotSuch, Table
from tasks.intake.district_readings import take_districts
from tasks.intake.held_districts import are_held_against, held_against
from tasks.intake.incoming import Received, Settled, read_whole
from tasks.intake.needs import Needs, townships_of
from tasks.intake.readings import add_readings
from tasks.intake.receipts import Receipt
from tasks.intake.rejections import refusals_of, rejections_path, write_rejections
from tasks.registers.archived import archive_name, shared_prefix, write_report
from tasks.registers.districts import by_province
from tasks.registers.states import Overlaid, state_name


@dataclass(frozen=True, eq=False)
class FigureTable:
    """A table of figures, read. archived: the name of its file in the archive; named: where it has one already.

    missing: the districts that a full list leaves out, once it was held against those that there are. register: that of districts
    for a sheet of them beside figures of offices in one workbook, which so are two batches; "" for any other.
    """

    report: Received
    table: Table
    columns: Columns
    plan: Plan
    known: Known
    rows: Rows
    register: str = ""
    missing: Missing | None = None
    named: str | None = None

    @cached_property
    def provinces(self) -> list[str]:
        return self._beginnings("province")

    def _beginnings(self, level: Level) -> list[str]:
        """The digits of that level with which codes begin, each once, in order. Millions of districts lie in few townships."""
        code = pl.col("code")
        place = pl.when(code >= 10 ** (DIGITS["district"] - 1)).then(code // TO_TOWNSHIP).otherwise(code)
        places = self.rows.taken.select(place.rle().struct.field("value").cast(pl.String)).to_series()
        return places.str.head(DIGITS[level]).unique().sort().to_list()

    @cached_property
    def districts(self) -> pl.DataFrame:
        """The district rows: code, what is reported of districts, `:withdrawn` where any is withdrawn, `:emptied` where a cell is."""
        names = [name for name in self.taken.columns if self._is_of_districts(name)]
        return self.taken.filter(pl.col(TAKEN_LEVEL) == "district").select("code", *names)

    def _is_of_districts(self, name: str) -> bool:
        own = {WITHDRAWN, EMPTIED, *(one.id for _, one in self.columns.cells)}
        return name in own or (name in self.plan.indicators and self.plan.indicators[name].level == "district")

    @cached_property
    def taken(self) -> pl.DataFrame:
        """The rows that are taken in, without the marks of withdrawn ones and of emptied cells where there are none."""
        rows = self.rows.taken
        if self.missing is not None and self.missing.withdrawn.height:
            gone = self.missing.withdrawn.select(pl.col(CODE).cast(pl.Int64), WITHDRAWN)
            gone = gone.with_columns(pl.lit("district", rows.schema[TAKEN_LEVEL]).alias(TAKEN_LEVEL))
            rows = pl.concat([rows, gone], how="diagonal").sort("code")
        if WITHDRAWN in rows.columns and not rows[WITHDRAWN].any():
            rows = rows.drop(WITHDRAWN)
        return rows if EMPTIED not in rows.columns or rows[EMPTIED].count() else rows.drop(EMPTIED)

    @property
    def whole(self) -> bool:
        """Whether it is the full list of the districts of its townships."""
        return self.report.whole and is_of_districts(self.columns)

    @cached_property
    def archived(self) -> str:
        if self.named is not None:
            return self.named
        # a full list speaks of all districts of its townships, of those too that it leaves out
        codes = townships_of(self.districts) if self.whole else self.districts["code"]
        return archive_name(self.report.moment, shared_prefix(codes), self.report.digest)

    @cached_property
    def files(self) -> Collection[str]:
        return {
            f"{REPORTS}/{self.archived}",
            *(state_name(self.archived, province) for province, _ in by_province(self.districts)),
        }

    @cached_property
    def rejections(self) -> Path:
        report = self.report
        return rejections_path(report.store.home, report.file, report.as_of, report.digest, self.register)

    @cached_property
    def refusals(self) -> pl.DataFrame:
        named = self.rows.refused.select(pl.col(TAKEN_ROW).alias(ROW), key=pl.col("code").cast(pl.String))
        return refusals_of(self.rows.faults, named)

    def refused(self) -> Settled:
        write_rejections(self.rejections, self.table, self.columns, self.refusals)
        return Settled(self._receipt(None))

    def settle(self, connection: Connection, archive: Archive, write: Write) -> Settled:
        held = self._held_against_districts(connection, archive)
        if held.rows.taken.is_empty():
            return held.refused()
        return held._put(connection, archive, write)

    def _held_against_districts(self, connection: Connection, archive: Archive) -> FigureTable:
        """The table without the rows that are wrong beside the districts that there are, and with those that it leaves out."""
        if not are_held_against(self.plan, self.districts, whole=self.whole):
            return self
        districts = self.taken.filter(pl.col(TAKEN_LEVEL) == "district")
        found = held_against(
            self.report,
            self.plan,
            districts,
            self.rows.refused,
            connection=connection,
            archive=archive,
            whole=self.whole,
        )
        taken, wrong = (
            self.rows.taken.join(found.faults, left_on=TAKEN_ROW, right_on=ROW, how=how, maintain_order="left")
            for how in ("anti", "semi")
        )
        faults = pl.concat([self.rows.faults, found.faults])
        refused = pl.concat([self.rows.refused, wrong], how="diagonal_relaxed")
        rows = replace(self.rows, taken=taken, faults=faults, refused=refused)
        return replace(self, rows=rows, missing=found.missing, named=self.archived)

    def _put(self, connection: Connection, archive: Archive, write: Write) -> Settled:
        report, taken = self.report, self.taken
        draft = archive.draft(f"{REPORTS}/{self.archived}")
        archived = write(write_report, draft, taken.drop(TAKEN_ROW, TAKEN_LEVEL), report.about)
        if self.refusals.height:
            write(write_rejections, self.rejections, self.table, self.columns, self.refusals)
        found: list[pl.DataFrame] = []
        overlaid: list[Overlaid] = []
        if self.districts.height:
            found, overlaid = take_districts(
                connection=connection,
                archive=archive,
                needs=Needs.of(self.plan, self.known.villages),
                rows=self.districts,
                as_of=report.moment,
                report=self.archived,
                write=write,
            )
        readings = pl.concat([_of_offices(taken, self.plan, report.moment), *map(_as_readings, found)])
        batch = report.add_batch(
            connection,
            accepted=taken.height,
            rejected=self.refusals.height,
            archive=self.archived,
            rejections=self.rejections.name if self.refusals.height else None,
            districts=self.districts.height > 0,
            whole=self.whole,
            register=self.register,
            areas=" ".join(self._beginnings("city")) if self.register else "",
        )
        add_readings(connection, readings, batch)
        written = add_written(connection, self._written(report.moment), readings, batch)
        if self.register:
            archived.result()
        corrected = records.record_report(
            connection,
            batch,
            readings,
            report.received_at,
            reason=report.reason,
            written=written,
            rows=draft if self.register else None,
        )
        return Settled(self._receipt(batch, corrected), self.files, overlaid)

    def _written(self, as_of: int) -> pl.DataFrame:
        """The figures of offices that have words or a unit, and what they said instead of any figure: BROUGHT."""
        offices = self.taken.filter(pl.col(TAKEN_LEVEL) != "district")
        said = _statements(offices, self.columns)
        if self.rows.written.is_empty() and said.is_empty():
            return pl.DataFrame(schema=BROUGHT)
        units = offices.select(pl.col(TAKEN_ROW).alias(ROW), unit=pl.col("code").cast(pl.String))
        moment = pl.lit(as_of, pl.Int64).alias("as_of")
        figures, statements = (found.join(units, on=ROW).with_columns(moment) for found in (self.rows.written, said))
        return pl.concat([brought(figures), brought(statements, statement=True)])

    def _receipt(self, batch: int | None, corrected: int = 0) -> Receipt:
        more = () if self.missing is None else self.missing.remarks(self.plan.registers[DISTRICTS])
        return Receipt(
            batch,
            self.rows.taken.height,
            self.refusals.height,
            self.rejections if self.refusals.height else None,
            remarks=(*self.report.remarks(self.table, self.rows), *more),
            corrected=corrected,
            reason=None if batch is None else self.report.reason,
            register=self.register or None,
            refusals=self.refusals,
        )


def read_figure_table(report: Received, table: Table, columns: Columns, plan: Plan, known: Known) -> FigureTable:
    """Read a table of figures. Refusal for what `read_whole` says."""

    def gathered(pieces: Iterable[pl.DataFrame], called: Called | None) -> Rows:
        return gather(table.name, (read_part(piece, columns, known, table.layout, called) for piece in pieces))

    rows = read_whole(report, table, columns, known, gathered, first=lambda: _parts(table, columns))
    register = DISTRICTS if columns.apart else ""
    return FigureTable(
        report=report, table=table, columns=columns, plan=plan, known=known, rows=rows, register=register
    )


def _parts(table: Table, columns: Columns) -> Iterable[pl.DataFrame]:
    """The table in numbers if it is nothing but districts with whole numbers, else in text."""
    with suppress(NotSuch):
        parts = list(table.parts_as(as_numbers(columns)))
        if all(are_districts(part, columns) for part in parts):
            return parts
    return table.parts()


def _of_offices(taken: pl.DataFrame, plan: Plan, as_of: int) -> pl.DataFrame:
    """One reading for each figure of an office, with the row's evidence."""
    offices = taken.filter(pl.col(TAKEN_LEVEL) != "district")
    if offices.is_empty():
        return pl.DataFrame(schema=READING)
    evidence = pl.col(EVIDENCE) if EVIDENCE in taken.columns else pl.lit(None, pl.String)
    return pl.concat(
        [pl.DataFrame(schema=READING)]
        + [
            offices.filter(pl.col(name).is_not_null()).select(
                pl.lit(name).alias("indicator"),
                pl.col("code").cast(pl.String).alias("unit"),
                pl.lit(as_of, pl.Int64).alias("as_of"),
                pl.col(name).cast(pl.Float64).alias("value"),
                pl.lit(None, pl.Int64).alias("reported"),
                pl.lit(None, pl.Int64).alias("expected"),
                evidence.alias("evidence"),
            )
            for name in taken.columns
            if name in plan.indicators and name != EVIDENCE
        ]
    )


def _statements(offices: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Rows without any figure that give evidence: what the office says of each figure that it could have given. WITH_WORDS."""
    none = pl.DataFrame(schema=WITH_WORDS)
    if EVIDENCE not in offices.columns:
        return none
    names = [one.id for _, one in columns.indicators]
    bare = offices.filter(pl.all_horizontal(pl.col(names).is_null()) & pl.col(EVIDENCE).is_not_null())
    found = [
        bare.filter(pl.col(TAKEN_LEVEL) == one.level).select(
            pl.col(TAKEN_ROW).alias(ROW), indicator=pl.lit(one.id), written=EVIDENCE
        )
        for _, one in columns.indicators
        if not one.answers and not may_be_small(one)
    ]
    return pl.concat([none, *found], how="diagonal").with_columns(pl.col("above", "below").fill_null(False))


def _as_readings(held: pl.DataFrame) -> pl.DataFrame:
    return (
        held.cast({"unit": pl.String}).with_columns(pl.lit(None, pl.String).alias("evidence")).select(READING.names())
    )
