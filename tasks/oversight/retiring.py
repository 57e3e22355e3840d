"""Retiring (归档清理): old rows of the ledger are exported, read back, and only then removed, on the word of a person.

Killed anywhere, nothing is lost and running it again finishes: until the one transaction that removes, all is still in the
database; an export that was written before is read back and used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, func, insert
from sqlmodel import SQLModel, col, select

from models.moments import micros, moment_at
from models.rules.oversight.row_digests import digest_of
from models.rules.oversight.terms import latest_cut
from models.rules.papers.papers import content_hash
from models.tables import Campaign, Retirement, UnitRow
from models.wording import Refusal, Said
from tasks.audit_trail import records
from tasks.audit_trail.records import verify
from tasks.audit_trail.retired import about_retirement, stretches_in_tie, tied_anew, write_cases
from tasks.audit_trail.ties import RETIRED
from tasks.campaign.database import VERSION
from tasks.campaign.frames import table_parts
from tasks.campaign.one_writer import alone
from tasks.campaign.store import Store
from tasks.oversight.exporting import Export, place_for, read_export, terms_of, write_export
from tasks.oversight.readings_kept import MonthOfReadings, bytes_that_hold, months_of_readings
from tasks.oversight.retirable import (
    KINDS,
    Kind,
    Stays,
    cases_of,
    delete_them,
    free_pages,
    select_rows,
    staying,
    table_bytes,
)
from tasks.papers.authority import ActBy, Holder, holders_for
from tasks.papers.codes import CodeSent, ToConfirm, confirm

FOLDER = "retired"
_COPIES = ("policies", "units")
"""Tables that go along so that the others can be read: ladders by the number in a case, names of offices."""


@dataclass(frozen=True)
class Going:
    """Of one kind how many rows would go, of when (None: none), and about how many bytes they take (None: unknown)."""

    name: str
    said: Said
    rows: int
    first: datetime | None
    last: datetime | None
    bytes: int | None


@dataclass(frozen=True)
class Outlook:
    """What a retirement would do. cut: up to when the terms let the ledger go; sizes: bytes by table; free: bytes of the
    file that hold nothing (None for a server); readings: what stays of them, by month; holding: bytes of those that hold."""

    cut: datetime
    going: tuple[Going, ...]
    stays: tuple[Stays, ...]
    sizes: Mapping[str, int]
    free: int | None
    readings: tuple[MonthOfReadings, ...] = ()
    holding: int = 0

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.going)


@dataclass(frozen=True)
class Retired:
    """What was retired: into which folder, how many rows by table, and the hash of the folder's list."""

    folder: Path
    author: str
    manifest: str
    rows: Mapping[str, int]


def look(store: Store, before: datetime, now: datetime) -> Outlook:
    """What would go up to `before` and what stays; changes nothing."""
    cut, zone = latest_cut(before, now, store.settings.keep_ledger_months), store.plan().zone
    with store.one_moment() as connection:
        rows = select_rows(connection, micros(cut))
        sizes = table_bytes(store, connection)
        counts = {
            kind.name: int(connection.execute(select(func.count()).select_from(kind.table)).scalar_one())
            for kind in KINDS
        }
        stays, free = staying(connection, rows), free_pages(store, connection)
        readings, holding = months_of_readings(connection, zone), bytes_that_hold(connection)
    going = tuple(_going(kind, rows[kind.name], sizes.get(kind.name), counts[kind.name], zone) for kind in KINDS)
    return Outlook(cut=cut, going=going, stays=stays, sizes=sizes, free=free, readings=readings, holding=holding)


def _going(kind: Kind, rows: pl.DataFrame, size: int | None, count: int, zone: tzinfo) -> Going:
    """size, count: bytes and rows of its whole table."""
    first, last = rows[kind.moment].min(), rows[kind.moment].max()
    return Going(
        name=kind.name,
        said=kind.said,
        rows=rows.height,
        first=moment_at(first, zone) if isinstance(first, int) else None,
        last=moment_at(last, zone) if isinstance(last, int) else None,
        bytes=None if size is None else size * rows.height // max(count, 1),
    )


def retire(store: Store, before: datetime, folder: Path | None, by: ActBy) -> Retired | CodeSent:
    """Export what is over up to `before`, read it back and remove it, on the word of somebody who may.

    With codes the export is written and read back first; the code is for just this export. Refusal where there is nothing
    to retire, where the trail is not whole, and for a folder that holds another export.
    """
    cut = latest_cut(before, by.clock, store.settings.keep_ledger_months)
    target = place_for(folder or store.home / FOLDER / f"{cut:%Y-%m-%d}", store.home)
    _refuse_where_changed(store)
    with store.reading() as connection:
        _Retiring(store, by, target.name).holders(connection)  # nobody exports who may not
    if not target.exists():
        _export(store, cut, target, by)
    export = read_export(target)
    if export.listed.get("cut") != micros(cut):
        raise Refusal(
            f"{target} 已有另一日期的导出，请另起文件夹名",
            f"{target} holds an export up to another date; give another name",
        )
    act = _Retiring(store, by, target.name, export)
    if store.plan().authority.asks_code("retire"):
        return confirm(store, by, act.prepare, act.confirmed)
    with store.writing() as connection:
        return act.take(connection)


def _refuse_where_changed(store: Store) -> None:
    found = verify(store)
    if not found.whole:
        first = list(found.findings[:1]) or [Said("审计记录不完整", "the trail is not whole")]
        raise Refusal(
            f"审计记录核验有问题（{first[0].zh}），未作任何更改：请先查明，见 pucha audit verify",
            f"the trail is not whole ({first[0].en}); nothing was changed: see pucha audit verify first",
        )


def _export(store: Store, cut: datetime, target: Path, by: ActBy) -> None:
    with store.one_moment() as connection:
        rows = select_rows(connection, micros(cut))
        if not any(frame.height for frame in rows.values()):
            raise Refusal(
                f"{cut:%Y-%m-%d %H:%M} 以前没有可归档清理的记录（见 pucha retire --dry-run）",
                f"there is nothing to retire up to {cut:%Y-%m-%d %H:%M}; see pucha retire --dry-run",
            )
        tables = SQLModel.metadata.tables
        copies = {name: pl.concat([*table_parts(connection, tables[name])]) for name in _COPIES}
        title = connection.execute(select(Campaign.title)).scalar_one()
    about = {
        "campaign": title,
        "by": by.name.strip(),
        "exported": by.clock.isoformat(),
        "before": cut.isoformat(),
        "cut": micros(cut),
        "database": VERSION,
    }
    write_export(target, rows, copies, about)


class _Retiring:
    """An export whose rows somebody removes from the database."""

    def __init__(self, store: Store, by: ActBy, name: str, export: Export | None = None) -> None:
        self.store, self.by, self.name, self._written = store, by, name, export
        self.what = Said("归档清理", "retiring what is over")

    @property
    def export(self) -> Export:
        assert self._written is not None
        return self._written

    def holders(self, connection: Connection) -> list[Holder]:
        top = select(UnitRow.code).where(col(UnitRow.superior).is_(None)).order_by(col(UnitRow.code)).limit(1)
        unit = connection.execute(top).scalar()
        if unit is None:
            raise Refusal("本库还没有单位", "no office is loaded yet")
        return holders_for(
            connection=connection, store=self.store, act="retire", unit=str(unit), by=self.by, what=self.what
        )

    def prepare(self, connection: Connection) -> ToConfirm:
        holders = self.holders(connection)
        self._refuse_where_done(connection)
        counts = self._counts()
        return ToConfirm(
            act="retire",
            subject=self.export.manifest,
            content_hash=content_hash(terms_of(self.export)),
            number="R" + self.export.manifest[:8],
            said=Said(
                f"归档清理 {self.name}：从库中清理通知 {counts['notices']} 份、催办件 {counts['cases']} 件，已导出并核对",
                f"retire {self.name}: remove {counts['notices']} notices and {counts['cases']} cases, exported and checked",
            ),
            again=f"pucha retire --before … --by {self.by.name.strip()}",
            holders=holders,
        )

    def confirmed(self, connection: Connection, _asked: ToConfirm, code: Mapping[str, Any]) -> Retired:
        return self.take(connection, str(code["code_hash"]))

    def take(self, connection: Connection, code_hash: str | None = None) -> Retired:
        author = self.holders(connection)[0]["name"]
        self._refuse_where_done(connection)
        rows, cut = self.export.rows, int(self.export.listed["cut"])
        now = select_rows(connection, cut)
        if any(digest_of(frame) != digest_of(now[name]) for name, frame in rows.items()):
            raise Refusal(
                f"导出之后库中的记录有变动，未作任何更改：请移走 {self.export.folder}，重新导出",
                f"what it exported is not what may go now; nothing was removed: move {self.export.folder} away, export again",
            )
        cases = write_cases(cases_of(connection, rows))
        newest = [int(str(frame["id"].max() or 0)) for frame in (rows["transitions"], rows["notice_lines"])]
        before = stretches_in_tie(connection, newest[0], newest[1])
        delete_them(connection, rows)
        values: dict[str, Any] = {
            "at": micros(self.by.at),
            "machine_at": micros(self.by.clock),
            "author": author,
            "before": cut,
            "folder": str(self.export.folder),
            "manifest": self.export.manifest,
            "cases": cases,
        }
        connection.execute(insert(Retirement), [values])
        about = {**about_retirement(values), "rows": self._counts(), "code_hash": code_hash}
        records.record(connection, RETIRED, author, {**about, **tied_anew(connection, before)}, self.by.at)
        return Retired(self.export.folder, author, self.export.manifest, self._counts())

    def _counts(self) -> dict[str, int]:
        return {name: frame.height for name, frame in self.export.rows.items()}

    def _refuse_where_done(self, connection: Connection) -> None:
        known = select(Retirement.author).where(col(Retirement.manifest) == self.export.manifest)
        author = connection.execute(known).scalar()
        if author is not None:
            raise Refusal(
                f"{self.export.folder} 所导出的已由{author}归档清理，不必再做",
                f"what lies in {self.export.folder} was retired by {author} already",
            )


@dataclass(frozen=True)
class Checked:
    """An export that was read back. retired: when and by whom its rows were removed from this database; None: were not."""

    export: Export
    retired: tuple[datetime, str] | None


def check(store: Store, folder: Path) -> Checked:
    """Read an export back and look whether the trail of this database knows it. Refusal where it is not whole."""
    export = read_export(folder)
    known = select(Retirement.machine_at, Retirement.author).where(col(Retirement.manifest) == export.manifest)
    with store.reading() as connection:
        row = connection.execute(known).first()
    return Checked(export, (moment_at(row.machine_at, store.plan().zone), row.author) if row else None)


def compact(store: Store) -> int:
    """Give the pages that hold nothing back to the disk; returns how many bytes. Refusal for a server."""
    if not store.is_sqlite:
        raise Refusal(
            "PostgreSQL 自行回收空间（autovacuum），不用 --compact；确要缩小文件，请数据库管理员执行 VACUUM FULL",
            "PostgreSQL takes space back by itself (autovacuum); to shrink its files ask its administrator for VACUUM FULL",
        )
    with store.reading() as connection:
        free = free_pages(store, connection) or 0
    file = store.engine.url.database
    with alone(file), store.reading() as connection:
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return free
