"""The audit trail (审计记录): every act, appended in the transaction of the act itself, and never changed.

What became of notices is recorded in batches: one record, with a digest over every transition since the last.
Nothing here deletes a record: 网络安全法 art. 21(3) asks for six months at least.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, func, text
from sqlmodel import col, select

from models.rules.oversight.trail_chain import START, ChainedRecord, ChainFault, first_fault
from models.rules.papers.papers import content_hash, paper_number
from models.tables import Batch, Campaign, Paper, Signature, TrailHead, TrailRecord
from models.wording import Said
from tasks.audit_trail.appending import PUCHA as PUCHA
from tasks.audit_trail.appending import record as record
from tasks.audit_trail.appending import record_all as record_all
from tasks.audit_trail.appending import record_notices as record_notices
from tasks.audit_trail.corrections import CORRECTION, corrected_among, replaced_by
from tasks.audit_trail.grounds import about_report, ungrounded
from tasks.audit_trail.retired import altered_retirements
from tasks.audit_trail.tied_readings import digest_of_readings
from tasks.audit_trail.tied_rows import hash_of_rows, untied_rows
from tasks.audit_trail.tied_written import digest_of_written
from tasks.audit_trail.ties import REPORT, untied
from tasks.audit_trail.transitions import altered_transitions
from tasks.campaign.store import Store
from tasks.campaign.trail_heads import Head, holds, read_heads

ADMINISTRATOR = "administrator"
"""The author of what whoever may run it on this machine did, and was not named."""
LOAD = "load"
SIGNATURE = "signature"
_GUARDS = {
    "audit": ("audit_update", "audit_delete", "audit_insert"),
    "audit_head": ("audit_head_update", "audit_head_delete"),
}
_STEP = 5000


@dataclass(frozen=True)
class Verified:
    """What a check of the trail found. bad: the first bad record, None where the chain is whole.

    findings: everything else that is not as it should be, in words.
    """

    records: int
    head: str
    bad: int | None = None
    findings: tuple[Said, ...] = ()

    @property
    def whole(self) -> bool:
        return self.bad is None and not self.findings


def record_report(
    connection: Connection,
    batch: int,
    readings: pl.DataFrame,
    at: datetime,
    *,
    reason: str | None = None,
    rows: Path | None = None,
    written: pl.DataFrame | None = None,
) -> int:
    """Append one record for a report that was taken in, and one more, with the reason, where it replaces figures.

    rows: the file, all written, in which those of a register are archived. written: what `add_written` kept of it.

    Returns how many figures it corrects: those that stood otherwise before, of as many districts.
    """
    row = connection.execute(select(Batch).where(col(Batch.id) == batch)).one()
    about = {**about_report(row), "readings": digest_of_readings(readings)}
    if rows is not None:
        about["rows"] = hash_of_rows(rows)
    if written is not None and written.height:
        about["words"] = digest_of_written(written)
    record(connection, REPORT, row.author, about, at)
    if readings.is_empty():  # as of a report of rows
        return 0
    found = replaced_by(connection, batch, readings)
    if found.is_empty():
        return 0
    corrected = corrected_among(connection, found).height
    counts = {"replaced": found.height, "corrected": corrected, "latest_before": found["batch:before"].max()}
    record(connection, CORRECTION, row.author, {"batch": batch, **counts, "reason": reason}, at)
    return corrected


def verify(store: Store, known: Sequence[Head] = ()) -> Verified:
    """Read the whole trail and find the first record that was edited, deleted, inserted or moved.

    Transitions, signed papers, decisions, exits, readings, rows of registers and notices are checked against it as well, and it
    against the heads that stand outside the database.
    """
    with store.one_moment() as connection:
        fault = first_fault(stored_records(store, connection))
        head = connection.execute(select(TrailHead)).first()
        found = connection.execute(select(func.count()).select_from(TrailRecord)).scalar_one()
        if fault is None and (found, _last_hash(connection)) != ((head.records, head.hash) if head else (0, START)):
            fault = _cut_off(found, head.records if head else 0)
        findings = [] if fault is None else [fault.said]
        findings += _unguarded(store, connection)
        findings += _unlike_heads(connection, [*read_heads(store.home), *known])
        if found == 0 and connection.execute(select(Campaign.id)).first():
            findings.append(Said("普查方案已装载，审计记录却是空的", "there is a campaign, and its trail is empty"))
        if fault is None:
            findings += [*altered_transitions(connection), *_altered_papers(connection), *untied(connection)]
            findings += [*untied_rows(store, connection), *ungrounded(connection), *altered_retirements(connection)]
    return Verified(found, head.hash if head else START, fault.id if fault else None, tuple(findings))


def _unlike_heads(connection: Connection, heads: Sequence[Head]) -> list[Said]:
    """A finding where the trail is not the one that had these heads: cut off, emptied, or written anew."""
    other = next((head for head in heads if not holds(connection, head)), None)
    if other is None:
        return []
    return [
        Said(
            f"第 {other.records} 条与库外留存的校验码不符：审计记录曾被截断、清空或整体改写",
            f"record {other.records} is not the one whose hash was kept outside the database: the trail was cut off,"
            " emptied or written anew",
        )
    ]


def _cut_off(found: int, expected: int) -> ChainFault:
    if found < expected:
        return ChainFault(found + 1, Said(f"第 {found + 1} 条起缺失", f"records are missing from {found + 1} on"))
    return ChainFault(found, Said(f"第 {found} 条不是正常写入的", f"record {found} was not written by the product"))


def _last_hash(connection: Connection) -> str:
    last = select(TrailRecord.hash).order_by(col(TrailRecord.id).desc()).limit(1)
    return connection.execute(last).scalar() or START


def stored_records(
    store: Store, connection: Connection, first: int = 1, last: int | None = None
) -> Iterator[ChainedRecord | int]:
    """The records as they stand, in the order of their numbers; a number for one that cannot be read."""
    raw = "CAST({0} AS BLOB) AS {0}" if store.is_sqlite else "{0}"
    columns = ", ".join(raw.format(name) for name in ("act", "author", "about", "previous", "hash"))
    upto = "" if last is None else " AND id <= :last"
    query = f"SELECT id, at, {columns} FROM audit WHERE id > :after{upto} ORDER BY id LIMIT {_STEP}"
    after = first - 1
    while True:
        values = {"after": after} if last is None else {"after": after, "last": last}
        rows = connection.execute(text(query), values).all()
        for row in rows:
            yield _read(row)
        if len(rows) < _STEP:
            return
        after = rows[-1].id


def _read(row: Any) -> ChainedRecord | int:
    """A row as a record. SQLite hands out bytes, because an edited text may be no text any more."""
    number, at, *texts = row
    try:
        if not isinstance(at, int):
            return int(number)
        return ChainedRecord(number, at, *(part.decode() if isinstance(part, bytes) else part for part in texts))
    except UnicodeDecodeError:
        return int(number)


def _unguarded(store: Store, connection: Connection) -> list[Said]:
    """Findings for the database's own guards of the trail that somebody took away or switched off."""
    if store.is_sqlite:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname AS name FROM pg_trigger WHERE tgenabled <> 'D'"
    there = {row.name for row in connection.execute(text(query))}
    return [
        Said(f"数据库保护 {name} 已被去掉，审计记录可被改动", f"the database's guard {name} of the trail is gone")
        for names in _GUARDS.values()
        for name in names
        if name not in there
    ]


def _altered_papers(connection: Connection) -> list[Said]:
    """Findings for signed papers whose text, signature or record in the trail do not agree."""
    signed = {}
    for row in connection.execute(select(TrailRecord.about).where(col(TrailRecord.act) == SIGNATURE)):
        about = json.loads(row.about)
        signed[about["paper"]] = about["content_hash"]
    papers = select(Paper.id, Paper.content, Signature.content_hash)
    papers = papers.join(Signature, col(Signature.paper_id) == col(Paper.id))
    kept = {paper_number(row.id): {content_hash(row.content), row.content_hash} for row in connection.execute(papers)}
    return [
        Said(f"文稿 {number} 与签发时不一致", f"paper {number} is not what was signed")
        for number in sorted(signed.keys() | kept.keys())
        if kept.get(number) != {signed.get(number)}
    ]
