"""The audit trail as a chain (审计链): each record carries the hash of the one before it.

The hash is SHA-256 over the canonical JSON of id, at, act, author and about, followed by the previous hash.
So an edited, deleted, inserted or moved record breaks the chain at its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from models.wording import Said

START = ""
"""What stands for the previous hash in the first record."""


@dataclass(frozen=True)
class ChainedRecord:
    """One act as it is kept. at: microseconds; about: canonical JSON."""

    id: int
    at: int
    act: str
    author: str
    about: str
    previous: str
    hash: str


@dataclass(frozen=True)
class ChainFault:
    """The first record that is not as it was written, or is no longer there."""

    id: int
    said: Said


def canonical(data: Any) -> str:
    """JSON with one spelling only: sorted keys, no blanks, characters as they are."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def chained(number: int, at: int, act: str, author: str, about: Mapping[str, Any], previous: str) -> ChainedRecord:
    """The record that follows the one whose hash is `previous`."""
    body = canonical({"id": number, "at": at, "act": act, "author": author, "about": about})
    return ChainedRecord(
        id=number,
        at=at,
        act=act,
        author=author,
        about=canonical(about),
        previous=previous,
        hash=sha256((body + previous).encode()).hexdigest(),
    )


def first_fault(records: Iterable[ChainedRecord | int], previous: str = START, after: int = 0) -> ChainFault | None:
    """The first place at which `records` are not the chain that goes on from record `after`, None if they are.

    A number stands for a record whose bytes cannot even be read.
    """
    return next(_faults(records, previous, after), None)


def _faults(records: Iterable[ChainedRecord | int], previous: str, after: int) -> Iterator[ChainFault]:
    expected = after + 1
    for record in records:
        if isinstance(record, int):
            yield ChainFault(record, Said(f"第 {record} 条无法读出", f"record {record} cannot be read"))
            continue
        if record.id != expected:
            said = (
                Said(f"第 {expected} 条缺失", f"record {expected} is missing")
                if record.id > expected
                else Said(f"第 {record.id} 条位置不对", f"record {record.id} is out of place")
            )
            yield ChainFault(min(expected, record.id), said)
        if record.previous != previous:
            yield ChainFault(
                record.id,
                Said(f"第 {record.id} 条与上一条不相接", f"record {record.id} does not follow the one before it"),
            )
        if not _is_as_written(record):
            yield ChainFault(record.id, Said(f"第 {record.id} 条被改动", f"record {record.id} was changed"))
        expected, previous = record.id + 1, record.hash


def _is_as_written(record: ChainedRecord) -> bool:
    try:
        about = json.loads(record.about)
        return (
            chained(
                number=record.id,
                at=record.at,
                act=record.act,
                author=record.author,
                about=about,
                previous=record.previous,
            )
            == record
        )
    except (ValueError, RecursionError):
        return False
