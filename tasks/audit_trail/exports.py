"""Exports of the audit trail: JSON Lines that can be checked without the database they came from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func
from sqlmodel import col, select

from models.moments import micros
from models.rules.oversight.trail_chain import ChainedRecord, ChainFault, canonical, first_fault
from models.tables import TrailRecord
from models.wording import Refusal, Said
from tasks.audit_trail.records import Verified, stored_records
from tasks.campaign.on_disk import new_file
from tasks.campaign.store import Store
from tasks.campaign.trail_heads import Head, head_now, holds
from tasks.files.received import opened

FORMAT = "pucha-audit/1"
_LONGEST_HEAD = 4096
_LONGEST_LINE = 64 * 1024**2
"""Bytes. The longest record is that of a load in which much has changed; what is longer was not written by an export."""
_TOO_MANY = 2**63
"""Records: more than a database numbers."""


def export(store: Store, since: datetime | None, until: datetime | None, file: Path) -> int:
    """Write the acts from `since` up to, not including, `until`. Returns how many.

    The first line says where in the chain the others belong. Acts recorded between the first and the last
    of that time are all in, whatever their moment, so that the chain has no gap. Refusal if `file` is there
    already, or cannot be written, or if there is nothing to write.
    """
    first, last = micros(since) if since else -(2**62), micros(until) if until else 2**62
    with store.one_moment() as connection:
        number = col(TrailRecord.id)
        within = (col(TrailRecord.at) >= first, col(TrailRecord.at) < last)
        span = connection.execute(
            select(func.min(number).label("low"), func.max(number).label("high")).where(*within)
        ).one()
        if span.low is None:
            raise Refusal("这段时间没有审计记录", "there are no audit records in that time")
        ends = select(TrailRecord.id, TrailRecord.previous, TrailRecord.hash).where(number.in_((span.low, span.high)))
        by_id = {row.id: row for row in connection.execute(ends)}
        head = {
            "format": FORMAT,
            "first": span.low,
            "last": span.high,
            "previous": by_id[span.low].previous,
            "hash": by_id[span.high].hash,
            "head": _end(connection),
        }
        head["check"] = _check(head)
        _write(file, head, stored_records(store, connection, span.low, span.high))
    return int(span.high - span.low + 1)


def _check(head: dict[str, Any]) -> str:
    """So that a slip in the first line shows by itself; who means to change it is found against the database."""
    return sha256(canonical({name: value for name, value in head.items() if name != "check"}).encode()).hexdigest()


def _end(connection: Connection) -> dict[str, Any]:
    """Where the whole trail ends, so that an export of some days is a head of all the others too."""
    now = head_now(connection)
    return asdict(now) if now else {}


def _write(file: Path, head: dict[str, Any], records: Iterator[ChainedRecord | int]) -> None:
    """Write beside the file first: it appears whole, or not at all."""
    with new_file(file) as part, part.open("w", encoding="utf-8") as out:
        out.write(canonical(head) + "\n")
        for record in records:
            if isinstance(record, int):
                raise Refusal(
                    f"第 {record} 条审计记录无法读出，请先执行 pucha audit verify",
                    f"audit record {record} cannot be read; run pucha audit verify first",
                )
            out.write(canonical({**asdict(record), "about": _json(record.about)}) + "\n")


def _json(about: str) -> Any:
    try:
        return json.loads(about)
    except ValueError:
        return about


def verify_file(file: Path, store: Store | None = None) -> Verified:
    """Check an export by itself, and, where a store is given, that the trail there still holds the same records.

    Refusal if it is no export.
    """
    head, records = _read_export(file)
    fault = first_fault(records, head["previous"], head["first"] - 1) or _wrong_end(head, records)
    if fault is None and store is not None:
        fault = _unlike(store, records, head.get("head") or {})
    return Verified(len(records), head["hash"], fault.id if fault else None, (fault.said,) if fault else ())


def _read_export(file: Path) -> tuple[dict[str, Any], list[ChainedRecord | int]]:
    """The first line, and the records up to the first that cannot be read: where that stands is all that is asked."""
    records: list[ChainedRecord | int] = []
    with opened(file) as source:  # a device would never end
        head = _head(source.readline(_LONGEST_HEAD))
        if head is None:
            raise Refusal(
                f"{file} 不是审计记录的导出文件，或首行已被改动",
                f"{file} is no export of an audit trail, or its first line was changed",
            )
        while line := source.readline(_LONGEST_LINE):
            records.append(_record(line.removesuffix(b"\n"), head["first"] + len(records)))
            if isinstance(records[-1], int):
                break
    return head, records


def _head(line: bytes) -> dict[str, Any] | None:
    """The first line of an export; None for anything else."""
    line = line.removesuffix(b"\n")
    try:
        head: dict[str, Any] = json.loads(line)
        whole = canonical(head).encode() == line and head["format"] == FORMAT
        whole = whole and head.get("check", _check(head)) == _check(head)
        whole = whole and [type(head[key]) for key in ("first", "last", "previous", "hash")] == [int, int, str, str]
        whole = whole and 0 < head["first"] <= head["last"] < _TOO_MANY and _may_be_an_end(head.get("head"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return head if whole else None


def _may_be_an_end(end: object) -> bool:
    """Whether that is where a trail ended, or nothing, as in exports of old."""
    if not isinstance(end, dict) or not end:
        return end in (None, {})
    kinds = {name: type(value) for name, value in end.items()}
    return kinds == {"at": int, "records": int, "hash": str} and 0 < end["records"] < _TOO_MANY


def _record(line: bytes, number: int) -> ChainedRecord | int:
    """A line as a record; the number that it should have where it is none. Any other spelling is a change."""
    try:
        data = json.loads(line)
        if canonical(data).encode() != line or not isinstance(data["at"], int) or not isinstance(data["id"], int):
            return number
        return ChainedRecord(**{**data, "about": canonical(data["about"])})
    except (ValueError, TypeError, KeyError, RecursionError):
        return number


def _wrong_end(head: dict[str, Any], records: list[ChainedRecord | int]) -> ChainFault | None:
    last = records[-1] if records else None
    if isinstance(last, ChainedRecord) and (last.id, last.hash) == (head["last"], head["hash"]):
        return None
    number = (last.id if isinstance(last, ChainedRecord) else int(head["first"]) - 1) + 1
    return ChainFault(
        number, Said(f"第 {number} 条起与首行所记不符", f"from record {number} on it is not what its first line says")
    )


def _unlike(store: Store, records: list[ChainedRecord | int], end: dict[str, Any]) -> ChainFault | None:
    """The first exported record that the trail in the database does not hold as it was exported."""
    with store.one_moment() as connection:
        wanted = [record for record in records if isinstance(record, ChainedRecord)]
        kept = {
            record.id: record
            for record in stored_records(store, connection, wanted[0].id, wanted[-1].id)
            if isinstance(record, ChainedRecord)
        }
        if end and not holds(connection, Head(**end)):
            number = end["records"]
            said = Said(
                f"库中第 {number} 条不是导出时的最后一条",
                f"record {number} in the database is not the last one at the export",
            )
            return ChainFault(number, said)
    for record in wanted:
        if kept.get(record.id) != record:
            return ChainFault(
                record.id,
                Said(
                    f"库中第 {record.id} 条与导出文件不一致",
                    f"record {record.id} in the database is not the exported one",
                ),
            )
    return None
