"""Intake (接收报表): one report into the archive and, rolled up to townships, into the database; all of it or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, func, select
from sqlmodel import col

from models.lawful import first_personal
from models.moments import micros
from models.personal import kept_words
from models.plan.model import Plan
from models.rules.intake.codes import Called
from models.rules.intake.guard import refuse_respondents
from models.rules.intake.read_past import refuse_other_units
from models.rules.intake.remarks import of_layout, of_moment, of_rows
from models.rules.intake.report_columns import Columns, match_columns
from models.rules.intake.report_units import Known
from models.rules.intake.reports import (
    EVIDENCE,
    TAKEN_LEVEL,
    TAKEN_ROW,
    Rows,
    are_districts,
    as_numbers,
    gather,
    read_part,
)
from models.tables import Batch, UnitRow
from models.unit_names import UnitNames
from models.units import DIGITS
from models.wording import Refusal, Said
from tasks.archive.address import open_archive
from tasks.archive.drafts import writing_files
from tasks.archive.loose_files import add_loose, no_longer_loose, sweep
from tasks.archive.place import REPORTS, Archive
from tasks.archive.seal import fault_of, mark, seal
from tasks.audit_trail import records
from tasks.audit_trail.tied_readings import READING
from tasks.campaign.frames import add_row
from tasks.campaign.locks import LEDGER, Writes, of_offices
from tasks.campaign.store import Store
from tasks.files.opening import open_table
from tasks.files.received import fingerprint, shown_name, still_the_same
from tasks.files.tabular import ROWS_A_PART, NotSuch, Table
from tasks.intake.archive import archive_name, shared_prefix, write_report
from tasks.intake.district_readings import take_districts
from tasks.intake.latest_districts import Overlaid, by_province, save_state, state_name
from tasks.intake.needs import Needs
from tasks.intake.readings import add_readings
from tasks.intake.rejections import FOLDER as REJECTIONS
from tasks.intake.rejections import rejections_path, write_rejections


@dataclass(frozen=True)
class Receipt:
    """What became of a report. rejections: the file of refused rows, None if there are none.

    batch is None where every row was refused: then only that file was written. repeated: the same file
    was taken in for the same time before, and nothing changed. remarks: what whoever reports should know.
    corrected: figures that stood otherwise for the same moment before; reason: the one that was given for it.
    """

    batch: int | None
    accepted: int
    rejected: int
    rejections: Path | None
    repeated: bool = False
    remarks: tuple[Said, ...] = ()
    corrected: int = 0
    reason: str | None = None


def take_in(
    store: Store, file: Path, as_of: datetime, author: str, received_at: datetime, reason: str | None = None
) -> Receipt:
    """Take in one report of figures as of `as_of`. reason: why it corrects figures of the same moment, if it does.

    Refusal, with nothing stored, where the file cannot be used as a whole: it cannot be read, has
    columns that the plan does not know, or holds respondents' data. Faulty rows are refused one by one.
    """
    print_ = fingerprint(file)
    name, author = shown_name(file), kept_words(author, "报送人", "the name of who reports")
    reason = kept_words(reason or "", "更正原因", "the reason") or None
    if not author:
        raise Refusal("请用 --by 注明报送人", "say with --by who reports")
    moment = micros(as_of)
    with store.reading() as connection:
        before = _before(connection, store.home, print_.digest, moment)
        known = known_offices(connection)
    if before is not None:
        return before
    plan = store.plan()
    table = open_table(file, print_)
    columns = match_columns(name, table.columns, plan)
    rows = _read(store, table, columns, known, author)
    still_the_same(file, print_)
    rejected = rows.faults["row"].n_unique()
    remarks = (
        *of_layout(table.layout),
        *of_rows(table.above + rows.passed, rows.by_name),
        *of_moment(as_of, received_at),
    )
    path = rejections_path(store.home, file, as_of, print_.digest) if rejected else None
    if rows.taken.is_empty():
        if path is not None:
            write_rejections(path, table, columns, rows.faults)
        return Receipt(None, 0, rejected, path, remarks=remarks)
    districts = _districts(rows.taken, plan)
    archived = archive_name(moment, shared_prefix(districts["code"]), print_.digest)
    written = {f"{REPORTS}/{archived}", *(state_name(archived, one) for one, _ in by_province(districts))}
    archive = _begin(store, written, received_at)
    overlaid: list[Overlaid] = []
    with store.writing(_writes(rows.taken)) as connection:
        before = _before(connection, store.home, print_.digest, moment)
        if before is not None:
            no_longer_loose(connection, written)
            return before
        with _undone_by_failure(archive, written, path):
            about = {
                "file": name,
                "as_of": as_of.isoformat(),
                "author": author,
                "received_at": received_at.isoformat(),
            }
            draft = archive.draft(f"{REPORTS}/{archived}")
            with writing_files() as write:
                write(write_report, draft, rows.taken.drop(TAKEN_ROW, TAKEN_LEVEL), about)
                if path is not None:
                    write(write_rejections, path, table, columns, rows.faults)
                found: list[pl.DataFrame] = []
                if districts.height:
                    found, overlaid = take_districts(
                        connection=connection,
                        archive=archive,
                        needs=Needs.of(plan, known.villages),
                        rows=districts,
                        as_of=moment,
                        report=archived,
                        write=write,
                    )
                readings = pl.concat([_of_offices(rows.taken, plan, moment), *map(_as_readings, found)])
                batch = add_row(
                    connection,
                    Batch,
                    digest=print_.digest,
                    file_name=name,
                    as_of=moment,
                    author=author,
                    received_at=micros(received_at),
                    accepted=rows.taken.height,
                    rejected=rejected,
                    archive=archived,
                    rejections=path.name if path else None,
                    districts=districts.height > 0,
                )
                add_readings(connection, readings, batch)
                corrected = records.record_report(connection, batch, readings, received_at, reason)
            _put(connection, archive, written, overlaid, batch=batch, at=received_at)
    _remove_overtaken(archive, overlaid)
    return Receipt(batch, rows.taken.height, rejected, path, remarks=remarks, corrected=corrected, reason=reason)


def _begin(store: Store, written: Collection[str], at: datetime) -> Archive:
    """The archive, once it is known to be this campaign's and the database knows what is about to be written there.

    Refusal where it cannot be reached, or is another one's.
    """
    archive = open_archive(store)
    with store.reading() as connection:
        fault = fault_of(connection, archive, store)
    if fault is not None:
        raise Refusal(*fault)
    with store.writing(LEDGER) as connection:
        identity = seal(connection, archive)
        sweep(connection, archive, at)
        add_loose(connection, written, at)
    mark(archive, identity)
    return archive


def _put(
    connection: Connection,
    archive: Archive,
    written: Collection[str],
    overlaid: Sequence[Overlaid],
    batch: int,
    at: datetime,
) -> None:
    """Put what was written into the archive, and let the database speak of it."""
    for name in sorted(written):
        archive.put(connection, name, archive.draft(name))
    for one in overlaid:
        save_state(connection, one, batch)
        if archive.in_database:
            archive.remove(connection, one.overtaken)
        else:
            add_loose(connection, one.overtaken, at)
    no_longer_loose(connection, written)


def _remove_overtaken(archive: Archive, overlaid: Sequence[Overlaid]) -> None:
    """Nobody can come upon these files any more. What remains of them is removed in a day."""
    with suppress(Refusal):
        for one in overlaid:
            archive.remove(None, one.overtaken)


def _writes(taken: pl.DataFrame) -> Writes:
    """Whoever writes of the provinces of these rows waits."""
    return of_offices(taken["code"].cast(pl.String).str.head(DIGITS["province"]).unique())


def _read(store: Store, table: Table, columns: Columns, known: Known, author: str) -> Rows:
    """All rows of a table. Refusal if it has none, or if anything in the file is respondents' data.

    The names of units are looked up only where a row has no code and something that may be one.
    """
    for place, cells in table.elsewhere:
        refuse_respondents(table.name, cells["row"], place, first_personal(cells["text"], townships=known.townships))
    refuse_other_units(table.name, table.over, columns)
    rows = gather(
        table.name, (read_part(piece, columns, known, table.layout) for piece in _pieces(_parts(table, columns)))
    )
    if rows.worded:
        names = UnitNames.of(store.units())
        called = Called(names, sender=names.area_of(author))
        pieces = _pieces(table.parts())
        rows = gather(table.name, (read_part(piece, columns, known, table.layout, called) for piece in pieces))
    if rows.taken.is_empty() and rows.faults.is_empty():
        raise Refusal(f"{table.name} 只有表头，没有数据", f"{table.name} has a header and no rows")
    return rows


def _pieces(parts: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """So many rows at a time that faults in all of them are noticed before they fill the memory."""
    for part in parts:
        yield from part.iter_slices(ROWS_A_PART)


def _parts(table: Table, columns: Columns) -> Iterable[pl.DataFrame]:
    """The table in numbers if it is nothing but districts with whole numbers, else in text."""
    with suppress(NotSuch):
        parts = list(table.parts_as(as_numbers(columns)))
        if all(are_districts(part, columns) for part in parts):
            return parts
    return table.parts()


def _before(connection: Connection, home: Path, digest: str, as_of: int) -> Receipt | None:
    """What became of the same file for the same time, if it was taken in before."""
    same = (col(Batch.digest) == digest, col(Batch.as_of) == as_of)
    row = connection.execute(select(Batch).where(*same)).first()
    if row is None:
        return None
    path = home / REJECTIONS / row.rejections if row.rejections else None
    return Receipt(row.id, row.accepted, row.rejected, path, repeated=True)


def known_offices(connection: Connection) -> Known:
    """All offices. Codes come as one text a level: a tenth of the time that a row for each would take."""
    codes = func.aggregate_strings(col(UnitRow.code), ",").label("codes")
    rows = connection.execute(select(col(UnitRow.level), codes).group_by(col(UnitRow.level))).all()
    schema = {"level": pl.String, "code": pl.String}
    listed = pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")
    return Known.of(listed.with_columns(pl.col("code").str.split(",")).explode("code").cast({"code": pl.Int64}))


@contextmanager
def _undone_by_failure(archive: Archive, written: Collection[str], rejections: Path | None) -> Iterator[None]:
    """Remove the files of a report that fails before its commit. What becomes of one that fails in its commit is for the
    database to say, when somebody sweeps."""
    try:
        yield
    except BaseException:
        with suppress(Refusal):
            archive.remove(None, written)
        if rejections is not None:
            rejections.unlink(missing_ok=True)
        raise


def _districts(taken: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """The district rows: code and the indicators that are reported at districts."""
    names = [name for name in taken.columns if name in plan.indicators and plan.indicators[name].level == "district"]
    return taken.filter(pl.col(TAKEN_LEVEL) == "district").select("code", *names)


def _of_offices(taken: pl.DataFrame, plan: Plan, as_of: int) -> pl.DataFrame:
    """One reading for each figure of an office, with the row's evidence."""
    offices = taken.filter(pl.col(TAKEN_LEVEL) != "district")
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


def _as_readings(held: pl.DataFrame) -> pl.DataFrame:
    return (
        held.cast({"unit": pl.String}).with_columns(pl.lit(None, pl.String).alias("evidence")).select(READING.names())
    )
