"""What was retired (归档清理): where it went and by whom, and how the trail goes on vouching for what is left.

A retirement removes rows of which the trail keeps digests. Its record says of each stretch that was as the trail says
what it is now; the digests of before stay in the records before it. So a row that somebody else removes is missed.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from hashlib import sha256
from typing import Any

import polars as pl
from sqlalchemy import Connection, func
from sqlmodel import col, select

from models.moments import moment_at
from models.tables import Retirement, TrailRecord
from models.wording import Refusal, Said
from tasks.audit_trail.ties import RETIRED, emptied, told_of_stretches, unlike
from tasks.audit_trail.transitions import digest_transitions

CASES = pl.Schema(
    {
        "case": pl.Int64,
        "unit": pl.String,
        "requirement": pl.String,
        "period": pl.String,
        "due": pl.Int64,
        "opened_at": pl.Int64,
        "closed_at": pl.Int64,
        "lines": pl.Int64,
        "gone": pl.Boolean,
    }
)
"""What is kept of each case that went (`gone`), or of which notices went: how many lines of these there were."""
_TIED = ("at", "machine_at", "author", "before", "folder", "manifest")


@dataclass(frozen=True)
class Exported:
    """What was retired of one duty in one period: how many cases, how many lines of notices, where they lie.

    due: the last due moment that a case of it had, in microseconds; manifest: SHA-256 of the folder's list.
    """

    period: str
    due: int
    at: datetime
    author: str
    folder: str
    manifest: str
    cases: int
    lines: int

    @property
    def said(self) -> Said:
        return Said(
            f"{self.at:%Y年%m月%d日}由{self.author}归档清理：催办件 {self.cases} 件、通知 {self.lines} 条已导出到 {self.folder}"
            f"（清单校验值 {self.manifest[:16]}），本库不再保留",
            f"retired on {self.at:%Y-%m-%d} by {self.author}: {self.cases} cases and {self.lines} lines of notices were"
            f" exported to {self.folder} (its list has the hash {self.manifest[:16]}) and are no longer in this database",
        )


def exported_of(connection: Connection, units: Collection[str], requirement: str, zone: tzinfo) -> list[Exported]:
    """What was retired of a requirement under these codes, a retirement and a period each, the newest period first."""
    found = []
    for row in connection.execute(select(Retirement).order_by(col(Retirement.id))).all():
        kept = read_cases(row.cases).filter(
            (pl.col("requirement") == requirement) & pl.col("unit").is_in(sorted(units))
        )
        by_period = kept.group_by("period").agg(
            pl.col("due").max(), cases=pl.col("gone").sum(), lines=pl.col("lines").sum()
        )
        found += [
            Exported(
                period=period,
                due=due,
                at=moment_at(row.machine_at, zone),
                author=row.author,
                folder=row.folder,
                manifest=row.manifest,
                cases=cases,
                lines=lines,
            )
            for period, due, cases, lines in by_period.iter_rows()
        ]
    return sorted(found, key=lambda one: one.period, reverse=True)


def horizon(connection: Connection) -> int | None:
    """Up to when the ledger was retired, in microseconds: of what ended before, rows are missing. None: nothing was."""
    return connection.execute(select(func.max(col(Retirement.before)))).scalar()


def refuse_retired(connection: Connection, since: int, zone: tzinfo) -> None:
    """Refusal for a question about the ledger of times of which it was retired."""
    told = select(Retirement).where(col(Retirement.before) > since).order_by(col(Retirement.before).desc())
    row = connection.execute(told.limit(1)).first()
    if row is None:
        return
    before, at = moment_at(row.before, zone), moment_at(row.machine_at, zone)
    raise Refusal(
        f"{before:%Y-%m-%d %H:%M} 以前的台账已于{at:%Y年%m月%d日}由{row.author}归档清理，存放在 {row.folder}，不能再凭本库核查；"
        f"请从 {before:%Y-%m-%dT%H:%M} 起核查，更早的查阅该文件夹",
        f"the ledger before {before:%Y-%m-%d %H:%M} was retired on {at:%Y-%m-%d} by {row.author} to {row.folder}; ask from"
        f" {before:%Y-%m-%dT%H:%M} on, and look into that folder for what was earlier",
    )


def write_cases(cases: pl.DataFrame) -> bytes:
    """The columns of CASES as Parquet."""
    out = io.BytesIO()
    cases.select(CASES.names()).sort("requirement", "period", "unit", "case").write_parquet(out)
    return out.getvalue()


def read_cases(kept: bytes) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(kept), use_statistics=False)


def stretches_in_tie(connection: Connection, transition: int, line: int) -> dict[int, Mapping[str, Any]]:
    """What the trail says of the ledger, stretch by stretch and where it is so, up to this transition and this line."""
    return {
        number: about
        for number, about in told_of_stretches(connection).items()
        if (about["after"] < transition or about.get("lines", {"after": line})["after"] < line)
        and not _changed(connection, about)
    }


def tied_anew(connection: Connection, before: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """For the record of a retirement: `emptied`, ranges of records of whose stretches nothing is left, and `notices`, the
    digests of the others that changed. before: stretches_in_tie; what is not in it is left as it was."""
    anew: dict[str, Any] = {}
    ranges: list[list[int]] = []
    goes_on = False
    for number in sorted(told_of_stretches(connection)):
        about = before.get(number)
        changed = _changed(connection, about) if about is not None else {}
        is_empty = bool(changed) and about is not None and {**about, **changed} == emptied(about)
        if is_empty and goes_on:
            ranges[-1][1] = number
        elif is_empty:
            ranges.append([number, number])
        elif changed:
            anew[str(number)] = changed
        goes_on = is_empty
    return {"emptied": ranges, "notices": anew}


def _changed(connection: Connection, about: Mapping[str, Any]) -> dict[str, Any]:
    """The digests of a stretch, its transitions with it, that are not what is said of it."""
    digest, _, _ = digest_transitions(connection, about["after"], about["last"])
    found = {"digest": digest} if digest != about["digest"] else {}
    return found | (unlike(connection, about) if "written" in about else {})


def about_retirement(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the record of a retirement keeps of its row."""
    return {**{name: row[name] for name in _TIED if name not in ("at", "author")}, "cases": _hash(row["cases"])}


def altered_retirements(connection: Connection) -> list[Said]:
    """Findings for retirements that are not what the trail says of them."""
    query = select(TrailRecord).where(col(TrailRecord.act) == RETIRED)
    told = set()
    for row in connection.execute(query).all():
        about = json.loads(row.about)
        told.add((row.at, about["machine_at"], row.author, *(about[name] for name in _TIED[3:]), about["cases"]))
    kept = {
        (*(row[name] for name in _TIED), _hash(row["cases"]))
        for row in connection.execute(select(Retirement)).mappings()
    }
    return [
        Said(
            f"归档清理记录（存放在 {folder}）与审计记录不符",
            f"what stands of the retirement to {folder} is not what the trail says",
        )
        for folder in sorted({row[4] for row in told ^ kept})
    ]


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()
