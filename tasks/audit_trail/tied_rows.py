"""Rows of registers tied to the trail: a report's record has the hash of the file in which they are archived."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlmodel import col, select

from models.tables import Batch, TrailRecord
from models.wording import Refusal, Said
from tasks.archive.address import open_archive
from tasks.archive.place import REPORTS, Archive
from tasks.audit_trail.ties import REPORT
from tasks.campaign.store import Store


def hash_of_rows(file: Path) -> str:
    """What the record of a report keeps of its rows: the SHA-256 of the file that is archived."""
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def untied_rows(store: Store, connection: Connection) -> list[Said]:
    """Reports of registers whose archived rows are not, or no more, those that were taken in."""
    records = connection.execute(select(TrailRecord.about).where(col(TrailRecord.act) == REPORT)).scalars()
    tied = {about["batch"]: about for about in map(json.loads, records) if "rows" in about}
    kept = {row.id: row for row in connection.execute(select(Batch).where(col(Batch.register) != "")).all()}
    if not tied and not kept:
        return []
    try:
        archive = open_archive(store)
        return [
            said
            for number in sorted({*tied, *kept})
            for said in _faults(archive, number, kept.get(number), tied.get(number))
        ]
    except Refusal as refusal:
        return [refusal.said]


def _faults(archive: Archive, number: int, batch: Any, about: Mapping[str, Any] | None) -> Iterator[Said]:
    if batch is None or about is None or batch.register != about["register"]:
        yield _not_as_told(number)
        return
    name = f"{REPORTS}/{batch.archive}"
    try:
        if hash_of_rows(archive.path_of(name)) == about["rows"]:
            return
        archive.read_again(name)  # what this machine kept may be damaged where the archive is not
        found = hash_of_rows(archive.path_of(name))
    except FileNotFoundError:
        yield Said(
            f"第 {number} 批上报的存档文件 {batch.archive} 缺失，请从备份恢复",
            f"the archive file {batch.archive} of report {number} is missing; restore it from a backup",
        )
        return
    if found != about["rows"]:
        yield _not_as_told(number)


def _not_as_told(number: int) -> Said:
    return Said(
        f"第 {number} 批上报的登记册内容与审计记录不符", f"the rows of report {number} are not what the trail says"
    )
