"""Intake (接收报表): one report into the archive and the database; all of it or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, func, select
from sqlmodel import col

from models.personal import kept_words
from models.plan.lists import DISTRICTS
from models.plan.model import Plan
from models.rules.intake.register_columns import RowColumns, match_register
from models.rules.intake.remarks import of_blank, of_unread
from models.rules.intake.report_columns import Columns, is_of_districts, match_columns, speaks_of_no_district
from models.rules.intake.report_units import Known
from models.rules.intake.which_register import register_called, register_of
from models.tables import UnitRow
from models.wording import Refusal
from tasks.archive.address import open_archive
from tasks.archive.drafts import writing_files
from tasks.archive.loose_files import add_loose, no_longer_loose, sweep
from tasks.archive.place import Archive
from tasks.archive.seal import fault_of, mark, seal
from tasks.campaign.former_codes import read_former
from tasks.campaign.giving_way import done_again
from tasks.campaign.locks import LEDGER, of_offices
from tasks.campaign.store import Store
from tasks.files.opening import open_tables
from tasks.files.received import fingerprint, shown_name, still_the_same
from tasks.files.tabular import Table
from tasks.files.workbook import several_sheets
from tasks.intake.doubts import doubts_about, is_looked_through
from tasks.intake.figure_tables import read_figure_table
from tasks.intake.incoming import Incoming, NothingFilledIn, Received, Settled
from tasks.intake.receipts import ReadColumns, Receipt, receipts_before
from tasks.intake.rejections import refusals_of
from tasks.intake.returned_forms import as_returned
from tasks.intake.row_tables import RowTable, read_row_table
from tasks.registers.states import Overlaid, needed_by_none, save_states

_WORKBOOK = b"PK"
"""What a file begins with that may hold several tables."""


@dataclass(frozen=True)
class AsRows:
    """What a report of rows says of itself. register: whose they are, by id or title, None where the header tells.

    whole: they are all that the keepers of their codes have. agreed: more than a fifth of a keeper's rows may go.
    """

    register: str | None = None
    whole: bool = False
    agreed: bool = False


FOR_ITSELF = AsRows()


@done_again
def take_in(
    store: Store,
    file: Path,
    as_of: datetime,
    author: str,
    received_at: datetime,
    reason: str | None = None,
    as_rows: AsRows = FOR_ITSELF,
) -> Receipt:
    """Take in one report as of `as_of`: figures, rows of a register, or a workbook of several tables, all of it or nothing.

    reason: why it corrects figures of the same moment, if it does. Refusal, with nothing stored, where the file cannot be
    used as a whole: it cannot be read, has columns that the plan does not know, or holds respondents' data. Faulty rows
    are refused one by one.
    """
    print_ = fingerprint(file)
    name, author = shown_name(file), kept_words(author, "报送人", "the name of who reports")
    reason = kept_words(reason or "", "更正原因", "the reason") or None
    if not author:
        raise Refusal("请用 --by 注明报送人", "say with --by who reports")
    report = Received(
        store=store,
        file=file,
        name=name,
        digest=print_.digest,
        as_of=as_of,
        author=author,
        received_at=received_at,
        reason=reason,
        whole=as_rows.whole,
        agreed=as_rows.agreed,
    )
    with store.reading() as connection:
        before = receipts_before(connection, store.home, print_.digest, report.moment)
        known = known_offices(connection)
    if before and as_rows == FOR_ITSELF and not print_.head.startswith(_WORKBOOK):
        return next(iter(before.values()))[0]
    plan = store.plan()
    tables = _headed(report, open_tables(file, print_), plan, known, as_rows)
    kept = {place: _again(before, columns, as_rows) for place, (_, columns) in enumerate(tables)}
    read: dict[int, Incoming] = {}
    settled: dict[int, Receipt] = {}
    for place, (table, columns) in enumerate(tables):
        if kept[place] is None:
            try:
                read[place] = _read(report, table, columns, plan, known)
            except NothingFilledIn:
                settled[place] = _blank(table, columns)
    still_the_same(file, print_)
    settled |= {place: one.refused().receipt for place, one in read.items() if not one.provinces}
    coming = {place: one for place, one in read.items() if one.provinces}
    if coming:
        settled |= settle(report, coming)
        settled = {place: _with_doubts(report, coming.get(place), receipt) for place, receipt in settled.items()}
    receipts = [
        replace(kept[place] or settled[place], columns=_read_columns(table, columns))
        for place, (table, columns) in enumerate(tables)
    ]
    return _together(receipts)


def _read_columns(table: Table, columns: Columns | RowColumns) -> ReadColumns:
    """Where the columns stand, by each title that a reason may call them by."""
    titles = {columns.title(place): place for place in (columns.code, *columns.used)}
    if isinstance(columns, RowColumns):
        called = {one.title: place for place, one in columns.cells}
    else:
        called = {one.title: place for place, one in columns.indicators}
        called |= {one.title: place for place, one in columns.cells}
    return ReadColumns(table.sheet, columns.code, called | titles)


def _headed(
    report: Received, tables: Sequence[Table], plan: Plan, known: Known, as_rows: AsRows
) -> list[tuple[Table, Columns | RowColumns]]:
    """Each table with what its columns hold. Refusal where two are of one register, or both of figures."""
    named = register_called(as_rows.register, plan) if as_rows.register is not None else None
    found: list[tuple[Table, Columns | RowColumns]] = []
    for table in tables:
        register = named or register_of(table.name, table.columns, plan, table.sheet)
        if register is None or register.built_in:
            columns: Columns | RowColumns = match_columns(table.name, table.columns, plan)
            if not columns.used and (len(tables) > 1 or any(not one.built_in for one in plan.registers.values())):
                raise _brings_nothing(table)
        else:
            columns = match_register(table.name, table.columns, register)
        # a full list speaks of every row that stands in it, touched or not
        found.append((table if as_rows.whole else as_returned(table, columns, plan, known), columns))
    found = _with_districts_apart(found)
    for _, columns in found:
        same = [table.sheet for table, others in found if _of(others) == _of(columns)]
        if len(same) > 1:
            raise several_sheets(report.name, same)
    if as_rows.whole and not any(_of(columns) or is_of_districts(columns) for _, columns in found):
        raise Refusal(
            "--whole（全量）只用于登记册，本文件报的是指标，请去掉 --whole",
            "--whole is for the rows of a register; this file reports figures: leave it out",
        )
    return found


def _with_districts_apart(
    tables: list[tuple[Table, Columns | RowColumns]],
) -> list[tuple[Table, Columns | RowColumns]]:
    """The tables, of which one of districts alone and one of figures of offices alone are no longer of the same."""
    of_figures = [columns for _, columns in tables if isinstance(columns, Columns)]
    districts = [columns for columns in of_figures if is_of_districts(columns)]
    others = [columns for columns in of_figures if speaks_of_no_district(columns)]
    if len(of_figures) != 2 or len(districts) != 1 or len(others) != 1 or districts == others:
        return tables
    (own,) = districts
    return [(table, replace(own, apart=True) if columns is own else columns) for table, columns in tables]


def _of(columns: Columns | RowColumns) -> str:
    if isinstance(columns, RowColumns):
        return columns.register.id
    return DISTRICTS if columns.apart else ""


def _brings_nothing(table: Table) -> Refusal:
    if not table.sheet:
        return Refusal(
            f"{table.name} 只有代码，没有可上报的列；如是登记册的零报告，请用 --register 指明是哪一册，否则请补上要报的列",
            f"{table.name} has codes and no column to report; if these are nil returns say with --register of which list, else"
            " add the columns",
        )
    return Refusal(
        f"{table.name} 的工作表“{table.sheet}”没有可上报的列；不是报表的请删去该表，是报表的请改正列名",
        f"{table.name}: the sheet “{table.sheet}” has no column to report; remove it, or mend its titles",
    )


def _again(
    before: Mapping[str, tuple[Receipt, bool]], columns: Columns | RowColumns, as_rows: AsRows
) -> Receipt | None:
    """What became of the same table before; Refusal where it is to be a full list now, and was none then."""
    receipt, whole = before.get(_of(columns), (None, False))
    if receipt is not None and as_rows.whole and not whole and (_of(columns) or is_of_districts(columns)):
        raise Refusal(
            "这份文件已按同一截至时刻收过，当时不是全量；如要按全量处理，请改用另一截至时刻（--as-of）再报",
            "this file was taken in for the same time and not as the full list; give another --as-of",
        )
    return receipt


def _blank(table: Table, columns: Columns | RowColumns) -> Receipt:
    """What becomes of a sheet of a form on which nothing was filled in."""
    remarks = (of_blank(table.sheet), *of_unread(table.layout.unread_sheets))
    return Receipt(None, 0, 0, None, remarks=remarks, register=_of(columns) or None)


def _read(report: Received, table: Table, columns: Columns | RowColumns, plan: Plan, known: Known) -> Incoming:
    if isinstance(columns, RowColumns):
        return read_row_table(report, table, columns, plan, known)
    return read_figure_table(report, table, columns, plan, known)


def _together(receipts: Sequence[Receipt]) -> Receipt:
    return receipts[0] if len(receipts) == 1 else replace(receipts[0], others=tuple(receipts[1:]))


def _with_doubts(report: Received, one: Incoming | None, receipt: Receipt) -> Receipt:
    """The receipt with what is doubtful in the rows that were taken."""
    if (
        not isinstance(one, RowTable)
        or receipt.batch is None
        or receipt.repeated
        or not is_looked_through(one.register)
    ):
        return receipt
    told = one.told(receipt.refusals)
    found = doubts_about(report.store, one.of, told, report.as_of)
    return replace(receipt, doubts=refusals_of(found, one.keyed(told))) if found.height else receipt


def settle(report: Received, coming: Mapping[int, Incoming]) -> dict[int, Receipt]:
    """Take in tables that were read, in one transaction; the receipt of each."""
    store, received_at = report.store, report.received_at
    files = {name for one in coming.values() for name in one.files}
    archive = begin(store, files, received_at)
    provinces = {province for one in coming.values() for province in one.provinces}
    settled: dict[int, Settled] = {}
    again: dict[int, Receipt] = {}
    overtaken: set[str] = set()
    with store.writing(of_offices(provinces)) as connection:
        before = receipts_before(connection, store.home, report.digest, report.moment)
        with undone_by_failure(archive, files, [one.rejections for one in coming.values()]):
            with writing_files() as write:
                for place, one in coming.items():
                    if one.register in before:  # somebody took it in meanwhile
                        again[place] = before[one.register][0]
                    else:
                        settled[place] = one.settle(connection, archive, write)
            for done in settled.values():
                if done.receipt.batch is not None:
                    overtaken |= put_written(
                        connection, archive, done.written, done.overlaid, batch=done.receipt.batch, at=received_at
                    )
            no_longer_loose(connection, files)
    remove_overtaken(archive, overtaken)
    return again | {place: done.receipt for place, done in settled.items()}


def begin(store: Store, written: Collection[str], at: datetime) -> Archive:
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


def put_written(
    connection: Connection,
    archive: Archive,
    written: Collection[str],
    overlaid: Sequence[Overlaid],
    batch: int,
    at: datetime,
) -> set[str]:
    """Put what was written into the archive, and let the database speak of it. Returns the files that nobody needs once this
    is committed."""
    for name in sorted(written):
        archive.put(connection, name, archive.draft(name))
    save_states(connection, overlaid, batch)
    left = set[str]().union(*(one.overtaken for one in overlaid))
    free = needed_by_none(connection, overlaid) if left else left
    # of two reports that leave a file of changes at once, each sees the other need it: whoever sweeps knows better
    add_loose(connection, left - free if archive.in_database else left, at)
    if archive.in_database:
        archive.remove(connection, free)
        return set()
    return free


def remove_overtaken(archive: Archive, overtaken: Collection[str]) -> None:
    """Nobody can come upon these files any more. What remains of them is removed in a day."""
    with suppress(Refusal):
        archive.remove(None, overtaken)


def known_offices(connection: Connection) -> Known:
    """All offices. Codes come as one text a level: a tenth of the time that a row for each would take."""
    codes = func.aggregate_strings(col(UnitRow.code), ",").label("codes")
    rows = connection.execute(select(col(UnitRow.level), codes).group_by(col(UnitRow.level))).all()
    schema = {"level": pl.String, "code": pl.String}
    listed = pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")
    offices = listed.with_columns(pl.col("code").str.split(",")).explode("code").cast({"code": pl.Int64})
    return Known.of(offices, read_former(connection))


@contextmanager
def undone_by_failure(archive: Archive, written: Collection[str], rejections: Sequence[Path]) -> Iterator[None]:
    """Remove the files of a report that fails before its commit. What becomes of one that fails in its commit is for the
    database to say, when somebody sweeps."""
    try:
        yield
    except BaseException:
        with suppress(Refusal):
            archive.remove(None, written)
        for path in rejections:
            path.unlink(missing_ok=True)
        raise
