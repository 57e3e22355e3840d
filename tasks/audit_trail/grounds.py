"""Grounds (依据): what acts rest on, tied to the trail: the plan, offices and contacts that were loaded, the reports that
were received, the codes that were sent.

Whoever changes a contact in the database makes themselves a leader, or has a leader's code sent to themselves; whoever
puts a code there has no need of one that was sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import polars as pl
from sqlalchemy import Connection
from sqlmodel import col, select

from models.rules.oversight.row_digests import digest_of
from models.tables import Batch, TrailRecord, UnitChange
from models.wording import Said
from tasks.campaign.frames import read_frame

LOAD, REPORT, CODE, UNITS_CHANGE = "load", "report", "sign-code", "units-change"
_BY_CODE = ("waive", "extend", "sign-exit", "sign", "retire")
_LOADED: Mapping[str, tuple[Said, tuple[str, ...], frozenset[str]]] = {
    "campaign": (Said("方案", "the plan"), ("census", "title", "sources", "leaves", "proof"), frozenset()),
    "units": (Said("单位表", "the offices"), ("code", "name", "level", "superior", "kind"), frozenset()),
    "superiors": (Said("另有上级表", "the further superiors"), ("code", "superior", "line"), frozenset()),
    "contacts": (
        Said("联系人表", "the contacts"),
        ("unit", "role", "person", "address", "name", "shown", "quiet", "place", "only_for", "seat"),
        frozenset({"place", "seat"}),
    ),
}
"""By table: what it is called, its columns, and which of them are whole numbers.

Not the locked channel of a contact, which is locked anew when the key changes: `address` is a hash of what is in it."""
_SINCE: Mapping[str, Mapping[str, str | None]] = {"contacts": {"only_for": "", "seat": None}, "units": {"kind": None}}
"""Columns that older versions had not, with what stands there where nobody says anything: unused, they change no digest."""


def digests_of_loaded(connection: Connection) -> dict[str, str]:
    """What the record of a load keeps of the tables as it leaves them."""
    return {table: _digest(connection, table) for table in _LOADED}


def _digest(connection: Connection, table: str) -> str:
    _, columns, numbers = _LOADED[table]
    schema = {name: pl.Int64 if name in numbers else pl.String for name in columns}
    rows = read_frame(connection, f"SELECT {', '.join(columns)} FROM {table} ORDER BY {columns[0]}", schema)
    unused = [name for name, blank in _SINCE.get(table, {}).items() if rows[name].eq_missing(blank).all()]
    return digest_of(rows.sort(columns).drop(unused))


def hash_of_code(code_hash: str) -> str:
    """What the record of a sent code keeps of it. The salt is not in it, so that nobody can try codes out on it."""
    return sha256(code_hash.encode()).hexdigest()


def about_report(batch: Batch | Any) -> dict[str, Any]:
    """What the record of a report keeps of where it came from. The name of the file stands there as its hash."""
    of_register = {"register": batch.register, "whole": batch.whole} if batch.register else {}
    return {
        **of_register,
        "batch": batch.id,
        "digest": batch.digest,
        "as_of": batch.as_of,
        "accepted": batch.accepted,
        "rejected": batch.rejected,
        "received_at": batch.received_at,
        "file": sha256(batch.file_name.encode()).hexdigest(),
    }


def ungrounded(connection: Connection) -> list[Said]:
    """Findings for what acts rest on and the trail says otherwise."""
    return [*_loaded(connection), *_changes(connection), *_reports(connection), *_codes(connection)]


def _records(connection: Connection, *acts: str) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    query = select(TrailRecord).where(col(TrailRecord.act).in_(acts)).order_by(col(TrailRecord.id))
    for row in connection.execute(query).all():
        yield row, json.loads(row.about)


def _loaded(connection: Connection) -> list[Said]:
    told: Mapping[str, str] = {}
    for _, about in _records(connection, LOAD, UNITS_CHANGE):
        told = about.get("loaded", {})
    return [
        Said(
            f"{said.zh}与最近一次装载时不符，曾在程序之外被改动",
            f"{said.en} is not what was last loaded; it was changed outside the program",
        )
        for table, (said, *_) in _LOADED.items()
        if table in told and told[table] != _digest(connection, table)
    ]


def digest_of_change(connection: Connection, change: int) -> dict[str, Any]:
    """What the record of a change of divisions keeps of which code became which."""
    query = "SELECT old, new, since, made_at, parts, joined FROM unit_changes WHERE change = :change ORDER BY old, new"
    schema = {name: pl.String if name in ("old", "new") else pl.Int64 for name in _CHANGE}
    rows = read_frame(connection, query, schema, change=change).sort("old", "new")
    return {"rows": rows.height, "digest": digest_of(rows)}


_CHANGE = ("old", "new", "since", "made_at", "parts", "joined")


def _changes(connection: Connection) -> list[Said]:
    """Changes of divisions that are not what was recorded of them, or of which nothing was."""
    told = {about["batch"]: about["changes"] for _, about in _records(connection, UNITS_CHANGE)}
    there = connection.execute(select(col(UnitChange.change)).distinct()).scalars()
    return [
        Said(
            f"第 {change} 批区划变更的新旧代码与审计记录不符",
            f"the old and new codes of change {change} of divisions are not what the trail says",
        )
        for change in sorted({*told, *there})
        if told.get(change) != digest_of_change(connection, change)
    ]


def _reports(connection: Connection) -> list[Said]:
    """Reports that are not, or not any more, from where their record says. Older records say less."""
    kept = {row.id: {**about_report(row), "author": row.author} for row in connection.execute(select(Batch)).all()}
    bad = set(kept)
    for row, about in _records(connection, REPORT):
        told = {**about, "author": row.author}
        found = kept.get(about["batch"])
        if found is not None and all(told.get(name, value) == value for name, value in found.items()):
            bad.discard(about["batch"])
        else:
            bad.add(about["batch"])
    return [
        Said(
            f"第 {batch} 批上报的来源（文件、时刻、上报人）与审计记录不符",
            f"where report {batch} came from (file, moment, author) is not what the trail says",
        )
        for batch in sorted(bad)
    ]


def _codes(connection: Connection) -> list[Said]:
    """Acts that were confirmed by a code of which no record says that it was sent to whoever did them, for just this."""
    sent: set[tuple[str, str]] = set()
    findings = []
    tied = False
    for row, about in _records(connection, CODE, *_BY_CODE):
        if row.act == CODE:
            tied = tied or "hash" in about
            sent.add((row.author, about.get("hash", "")))
        elif tied and about.get("code_hash") and (row.author, hash_of_code(about["code_hash"])) not in sent:
            findings.append(
                Said(
                    f"第 {row.id} 条所用的验证码从未发出",
                    f"the code by which record {row.id} was confirmed was never sent",
                )
            )
    return findings
