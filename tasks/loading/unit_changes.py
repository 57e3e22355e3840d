"""Divisions change in mid-campaign (区划变更): units, figures, contacts, cases and decisions follow to the new codes.

All of it is one transaction, so that a kill leaves the old or the new. What was known under an old code is found under the
new one from then on, and what the old code asks for is answered by the new one (`tasks.campaign.former_codes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, insert

from models.moments import micros
from models.personal import kept_words
from models.rules.loading.carried_readings import carried_readings, carried_written
from models.rules.loading.unit_changes import UnitChanges, read_changes
from models.tables import Batch, UnitChange, UnitRow
from models.units import UNIT_COLUMNS
from models.wording import Refusal, Said
from tasks.archive.address import open_archive
from tasks.archive.drafts import writing_files
from tasks.archive.loose_files import no_longer_loose
from tasks.archive.place import Archive
from tasks.audit_trail import records
from tasks.audit_trail.grounds import UNITS_CHANGE, digest_of_change, digests_of_loaded
from tasks.audit_trail.ties import notices_in_tie, tied_anew
from tasks.campaign.former_codes import read_former
from tasks.campaign.frames import add_row
from tasks.campaign.kept_readings import every_reading
from tasks.campaign.reading_columns import KEPT, Asked
from tasks.campaign.store import Store
from tasks.campaign.written_figures import add_written, brought, holding_written
from tasks.files.received import fingerprint, shown_name
from tasks.intake.intake import begin, put_written, remove_overtaken, undone_by_failure
from tasks.intake.readings import add_readings
from tasks.judging.settled import forget_settled
from tasks.loading.carried_ledger import LedgerCarried, carry_ledger
from tasks.loading.carried_people import carry_contacts, carry_superiors
from tasks.loading.carried_rows import CarriedRows, anything_archived, newest_report, rows_to_carry, write_carried
from tasks.loading.changed_units import Changed
from tasks.loading.listed import read_listed, refuse_circles
from tasks.loading.put import put_rows
from tasks.papers.drafts import readdress_papers, settle_papers

_TRIES = 3


def change_units(
    store: Store, file: Path, since: datetime, now: datetime, by: str, *, dry_run: bool = False
) -> Changed:
    """Carry out the changes that `file` lists, counting from `since`. With `dry_run` nothing is kept.

    Refusal, with nothing changed, where the list cannot be followed: it names every row and what to do.
    """
    author = kept_words(by, "经办人", "the name of who changes units")
    if not author:
        raise Refusal("请用 --by 注明经办人", "say with --by who changes the units")
    if since > now:
        raise Refusal(
            f"生效时刻 {since:%Y-%m-%d %H:%M} 尚未到，请届时再执行（可先用 --dry-run 演练）",
            f"the change counts from {since:%Y-%m-%d %H:%M}, which is yet to come; carry it out then",
        )
    return _Change(store, file, since, now, author).run(dry_run=dry_run)


class _Change:
    """One change of divisions."""

    def __init__(self, store: Store, file: Path, since: datetime, now: datetime, author: str) -> None:
        self.store, self.since, self.now, self.author = store, since, now, author
        self.name, self.plan = shown_name(file), store.plan()
        self.remarks: list[Said] = []
        self.digest = fingerprint(file).digest
        self.table = read_listed(file, self.remarks)
        self.added = 0
        self.about: dict[str, Any] = {}

    def run(self, *, dry_run: bool) -> Changed:
        for _ in range(_TRIES):
            archive, rows = self._rows_to_carry()
            if archive is not None and rows.files and not dry_run:
                begin(self.store, rows.files, self.now)
            done = self._attempt(archive, rows, dry_run=dry_run)
            if done is not None:
                return done
        raise Refusal(
            "处理期间不断有新的报表收进来，本次未作更改，请稍后再试",
            "reports kept coming in meanwhile; nothing was changed, try again later",
        )

    def _rows_to_carry(self) -> tuple[Archive | None, CarriedRows]:
        """What of the archive has to be told again, worked out while others go on; no archive where there is nothing in it."""
        with self.store.one_moment() as connection:
            if not anything_archived(connection):
                return None, CarriedRows((), newest_report(connection))
            pairs = self._changes(connection).pairs
            archive = open_archive(self.store)
            return archive, rows_to_carry(connection, archive, self.plan, pairs, self.since)

    def _changes(self, connection: Connection) -> UnitChanges:
        units = self.store.units(connection=connection)
        changes = read_changes(self.table, self.name, units, read_former(connection))
        refuse_circles(changes.units, self.name)
        return changes

    def _attempt(self, archive: Archive | None, rows: CarriedRows, *, dry_run: bool) -> Changed | None:
        """Carry the change out; None where somebody has reported since `rows` was worked out."""
        overtaken: set[str] = set()
        with self.store.writing() as connection:
            if rows.is_stale(connection):
                return None
            changes = self._changes(connection)
            done = Changed(changes, remarks=self.remarks, dry_run=dry_run)
            if changes.something:
                self._carry_out(connection, changes, done)
                done.counts |= {
                    "districts": rows.count(districts=True),
                    "rows": rows.count(districts=False),
                    "rows_left": rows.left,
                }
                if archive is not None and rows.files and not dry_run:
                    overtaken = self._carry_rows(connection, archive, rows)
                self._record(connection, done)
            if dry_run:
                connection.rollback()
        if archive is not None:
            remove_overtaken(archive, overtaken)
        return done

    def _carry_rows(self, connection: Connection, archive: Archive, rows: CarriedRows) -> set[str]:
        with undone_by_failure(archive, rows.files, ()):
            with writing_files() as write:
                written = write_carried(connection, archive, rows, write, add_batch=self._add_report, now=self.now)
            for name in sorted(rows.files):
                archive.put(connection, name, archive.draft(name))
            overtaken = set[str]().union(
                *(
                    put_written(connection, archive, (), [one], batch=batch, at=self.now)
                    for one, batch in written.overlaid
                )
            )
            no_longer_loose(connection, rows.files)
        return overtaken

    def _carry_out(self, connection: Connection, changes: UnitChanges, done: Changed) -> None:
        units = self.store.units(connection=connection)
        pairs, tied = changes.pairs, notices_in_tie(connection)
        done.batch = batch = self._add_batch(connection, changes)
        put_rows(connection, UnitRow, _as_rows(units), _as_rows(changes.units), ("code",))
        if pairs.height:
            moment, made = micros(self.since), micros(self.now)
            rows = ({**row, "change": batch, "since": moment, "made_at": made} for row in pairs.iter_rows(named=True))
            connection.execute(insert(UnitChange), list(rows))
        contacts = carry_contacts(connection, pairs)
        carry_superiors(connection, pairs)
        readings = self._carry_readings(connection, pairs, batch, done)
        ledger = carry_ledger(connection, self.plan, pairs, self.since, self.now)
        papers = readdress_papers(connection, self.store, _of_papers(changes, ledger), self.now)
        settle_papers(connection, self.store, self.now)
        forget_settled(connection)
        names = dict(changes.units.select("unit", "name").iter_rows())
        done.moved = [
            {"old": old, "new": new, "name": names[new]}
            for old, new in pairs.select("old", "new").iter_rows()
            if old != new
        ]
        done.counts = {
            "units": len(done.moved),
            "renamed": len(changes.renamed),
            "readings": readings,
            "contacts": contacts,
            "cases": ledger.cases,
            "merged": len(ledger.merged),
            "decisions": ledger.decided,
            "left": ledger.left,
            "papers": papers,
        }
        self.about = {"decisions": ledger.decisions, "exits": ledger.exits, "notices": tied_anew(connection, tied)}

    def _record(self, connection: Connection, done: Changed) -> None:
        assert done.batch is not None
        about = {
            "batch": done.batch,
            "changes": digest_of_change(connection, done.batch),
            "counts": done.counts,
            "loaded": digests_of_loaded(connection),
            **self.about,
        }
        records.record(connection, UNITS_CHANGE, self.author, about, self.now)

    def _add_batch(self, connection: Connection, changes: UnitChanges) -> int:
        return self._add_report(
            connection,
            as_of=micros(self.since),
            accepted=changes.pairs.height + len(changes.renamed) + len(changes.placed),
            rejected=len(changes.unknown),
        )

    def _add_report(self, connection: Connection, **columns: Any) -> int:
        # the rest of a list may be carried out later, when its units are loaded: other batches of the same file
        self.added += 1
        digest = sha256(f"{self.digest} {micros(self.now)} {self.added}".encode()).hexdigest()
        return add_row(
            connection,
            Batch,
            digest=digest,
            file_name=self.name,
            author=self.author,
            received_at=micros(self.now),
            **columns,
        )

    def _carry_readings(self, connection: Connection, pairs: pl.DataFrame, batch: int, done: Changed) -> int:
        theirs = Asked(units=pairs["old"].unique().to_list())
        history = every_reading(connection, theirs, KEPT.names())
        carried = carried_readings(history, pairs, self.plan)
        add_readings(connection, carried.readings, batch)
        words = carried_written(history, holding_written(connection, theirs), pairs, self.plan)
        written = add_written(connection, brought(words), carried.readings, batch)
        records.record_report(connection, batch, carried.readings, self.now, written=written)
        done.left = carried.left.to_dicts()
        return carried.readings.height


def _as_rows(units: pl.DataFrame) -> list[dict[str, Any]]:
    return units.select(*UNIT_COLUMNS).rename({"unit": "code"}).to_dicts()


def _of_papers(changes: UnitChanges, ledger: LedgerCarried) -> dict[str, list[tuple[str, Mapping[int, int]]]]:
    """What drafts are to say: by the code of before the codes of now, with the cases that go on under other numbers."""
    found: dict[str, list[tuple[str, Mapping[int, int]]]] = {code: [(code, {})] for code, _, _ in changes.renamed}
    for old, new in changes.pairs.select("old", "new").iter_rows():
        found.setdefault(old, []).append((new, ledger.copies.get(new, {})))
    return found
