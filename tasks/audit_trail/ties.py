"""Rows tied to the trail: decisions, exits, readings and notices are what its records say, or they were changed since.

A decision or an exit stands in its record with all its columns. Of what is many a record keeps digests, made once:
of a report's readings when it is taken in, of notices and their lines when they are written, and of how notices
ended when they have. Rows that were written before records kept digests are tied by nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import polars as pl
from sqlalchemy import Connection, update
from sqlmodel import col, select

from models.rules.oversight.row_digests import digest_of
from models.tables import Decision, Exit, Notice, TrailRecord, Transition
from models.vocabulary import DECISION
from models.wording import Said
from tasks.audit_trail.blocks import blocks_of, digest_of_lines, untold_lines
from tasks.campaign.frames import read_frame

NOTICES, REPORT, EXIT, HEALED = "notices", "report", "sign-exit", "clock-heal"
_DECIDED = ("case_id", "unit", "requirement", "period", "until", "machine_at", "reason")
_EXITS = ("unit", "phase", "machine_at", "reason")
_AT_ONCE = 1_000_000
"""Readings looked at together."""
READING = pl.Schema(
    {
        "indicator": pl.String,
        "unit": pl.String,
        "as_of": pl.Int64,
        "value": pl.Float64,
        "reported": pl.Int64,
        "expected": pl.Int64,
        "evidence": pl.String,
    }
)
_WRITTEN = pl.Schema(
    {
        "id": pl.Int64,
        "unit": pl.String,
        "role": pl.String,
        "person": pl.String,
        "pass_id": pl.Int64,
        "created_at": pl.Int64,
        "always": pl.Boolean,
    }
)
_ENDED = pl.Schema(
    {
        "id": pl.Int64,
        "state": pl.String,
        "settled_at": pl.Int64,
        "attempts": pl.Int64,
        "code": pl.String,
        "error": pl.String,
        "sent_text": pl.String,
        "address": pl.String,
        "repeat": pl.Boolean,
    }
)


def digest_of_readings(readings: pl.DataFrame) -> dict[str, Any]:
    """What the record of a report keeps of its readings."""
    rows = readings.select(READING.names()).sort("indicator", "unit", "as_of")
    return {"rows": rows.height, "digest": digest_of(rows)}


def digests_of_notices(connection: Connection, after: int, last: int) -> dict[str, Any]:
    """What a record of the transitions after `after` up to `last` keeps of the notices that they are about.

    Those that have ended since are sealed: from now on nothing of how they did may change.
    """
    within = {"after": after, "last": last}
    settled = (
        "settled_at IS NOT NULL AND sealed IS NULL AND id IN"
        " (SELECT notice_id FROM transitions WHERE id > :after AND id <= :last)"
    )
    ended = read_frame(
        connection, f"SELECT {_names(_ENDED)} FROM notices WHERE {settled} ORDER BY id", _ENDED, **within
    )
    if ended.height:
        moved = select(col(Transition.notice_id)).where(col(Transition.id) > after, col(Transition.id) <= last)
        over = (col(Notice.settled_at).is_not(None), col(Notice.sealed).is_(None), col(Notice.id).in_(moved))
        connection.execute(update(Notice).where(*over).values(sealed=last))
    return {"written": digest_of(_written(connection, after, last)), "ended": digest_of(ended)}


def _written(connection: Connection, after: int, last: int) -> pl.DataFrame:
    begun = "SELECT notice_id FROM transitions WHERE id > :after AND id <= :last AND was IS NULL"
    query = f"SELECT {_names(_WRITTEN)} FROM notices WHERE id IN ({begun}) ORDER BY id"
    return read_frame(connection, query, _WRITTEN, after=after, last=last)


def _names(schema: pl.Schema) -> str:
    return ", ".join(schema.names())


def untied(connection: Connection) -> list[Said]:
    """Findings for rows that are not what the trail says of them."""
    return [
        *_decisions(connection),
        *_exits(connection),
        *_notices(connection),
        *untold_lines(connection, (about["lines"] for about in _told_of_notices(connection).values())),
        *_unlike_their_history(connection),
        *_readings(connection),
    ]


def _records(connection: Connection, *acts: str) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """The records of these acts with what they are about."""
    query = select(TrailRecord).where(col(TrailRecord.act).in_(acts)).order_by(col(TrailRecord.id))
    for row in connection.execute(query).all():
        yield row, json.loads(row.about)


def _unequal(kept: Counter[Hashable], told: Counter[Hashable]) -> list[Any]:
    return sorted({row for row in kept.keys() | told.keys() if kept[row] != told[row]}, key=str)


def _decisions(connection: Connection) -> list[Said]:
    told = Counter[Hashable](
        (row.act, row.author, row.at, *(about.get(name) for name in _DECIDED))
        for row, about in _records(connection, *DECISION)
    )
    kept = Counter[Hashable](
        (row["kind"], row["author"], row["at"], *(row[name] for name in _DECIDED))
        for row in connection.execute(select(Decision)).mappings()
    )
    return [
        Said(f"对第 {case} 号催办件的决定与审计记录不符", f"what was decided on case {case} is not what the trail says")
        for case in sorted({row[3] for row in _unequal(kept, told)})
    ]


def _exits(connection: Connection) -> list[Said]:
    told = Counter[Hashable](
        (row.author, row.at, *(about.get(name) for name in _EXITS)) for row, about in _records(connection, EXIT)
    )
    kept = Counter[Hashable](
        (row["author"], row["at"], *(row[name] for name in _EXITS))
        for row in connection.execute(select(Exit)).mappings()
    )
    return [
        Said(
            f"{unit} 的签字放行（{phase}）与审计记录不符",
            f"the signed exit of {unit} from {phase} is not what the trail says",
        )
        for unit, phase in sorted({(row[2], row[3]) for row in _unequal(kept, told)})
    ]


def notices_in_tie(connection: Connection) -> dict[int, Mapping[str, Any]]:
    """What the trail says of the ledger, stretch by stretch and where it is so: by the number of a record, its about."""
    return {number: about for number, about in _told_of_notices(connection).items() if not _unlike(connection, about)}


def tied_anew(connection: Connection, before: Mapping[int, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """For the record of an act that itself changes notices: the digests that it changed. before: notices_in_tie.

    What was not in tie before is left out, so that such an act makes good nothing that somebody else has changed.
    """
    return {str(number): new for number, about in before.items() if (new := _unlike(connection, about))}


def _told_of_notices(connection: Connection) -> dict[int, Mapping[str, Any]]:
    """What the records of notices say, with what acts that changed notices have said of them since."""
    told: dict[int, Mapping[str, Any]] = {}
    for row, about in _records(connection, NOTICES, HEALED):
        if row.act == NOTICES and "written" in about:  # those of before have no digests
            told[row.id] = about
        for number, anew in about.get("notices", {}).items():
            told[int(number)] = {**told[int(number)], **anew}
    return told


def _unlike(connection: Connection, about: Mapping[str, Any]) -> dict[str, Any]:
    """The digests of a stretch of the ledger that are not, or no more, what its record says."""
    query = f"SELECT {_names(_ENDED)} FROM notices WHERE sealed = :last ORDER BY id"
    lines = about["lines"]
    now = {
        "written": digest_of(_written(connection, about["after"], about["last"])),
        "ended": digest_of(read_frame(connection, query, _ENDED, last=about["last"])),
        "lines": {**lines, "digest": digest_of_lines(connection, blocks_of(lines))},
    }
    return {part: digest for part, digest in now.items() if digest != about[part]}


def _notices(connection: Connection) -> list[Said]:
    """Stretches of the ledger whose notices or lines are not those that were written."""
    return [
        Said(
            f"第 {number} 条所记的通知（收件人、内容或结果）已被改动",
            f"notices that record {number} covers were changed: to whom, what they say, or how they ended",
        )
        for number, about in _told_of_notices(connection).items()
        if _unlike(connection, about)
    ]


def _unlike_their_history(connection: Connection) -> list[Said]:
    """Notices whose state is not the last that happened to them, or to which nothing ever happened."""
    query = (
        "SELECT n.id FROM notices n LEFT JOIN (SELECT notice_id, MAX(id) AS newest FROM transitions GROUP BY notice_id) m"
        " ON m.notice_id = n.id LEFT JOIN transitions t ON t.id = m.newest"
        " WHERE t.state IS NULL OR t.state <> n.state ORDER BY n.id LIMIT 20"
    )
    found = read_frame(connection, query, {"id": pl.Int64})["id"].to_list()
    if not found:
        return []
    listed = ", ".join(f"N{number:08d}" for number in found)
    return [Said(f"通知的状态与其经过不符：{listed}", f"the state of notices is not what happened to them: {listed}")]


def _readings(connection: Connection) -> list[Said]:
    """Reports whose readings are not those that were taken in, and readings of no report."""
    told = {about["batch"]: about for _, about in _records(connection, REPORT)}
    counted = read_frame(
        connection,
        "SELECT batch, COUNT(*) FROM readings GROUP BY batch ORDER BY batch",
        {"batch": pl.Int64, "rows": pl.Int64},
    )
    there = dict(counted.iter_rows())
    bad = {batch for batch in there if batch not in told}
    tied = {batch: about["readings"] for batch, about in told.items() if "readings" in about}
    bad |= {batch for batch, kept in tied.items() if kept["rows"] != there.get(batch, 0)}
    for first, last in _windows({batch: there[batch] for batch in sorted(there) if batch in tied and batch not in bad}):
        query = f"SELECT batch, {_names(READING)} FROM readings WHERE batch >= :first AND batch <= :last"
        rows = read_frame(connection, query, {"batch": pl.Int64, **READING}, first=first, last=last)
        for (batch,), part in rows.partition_by("batch", as_dict=True).items():
            if batch in tied and batch not in bad and digest_of_readings(part) != tied[batch]:
                bad.add(batch)
    return [
        Said(f"第 {batch} 批上报的数据与审计记录不符", f"the figures of report {batch} are not what the trail says")
        for batch in sorted(bad)
    ]


def _windows(counts: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Runs of batches that have about so many rows together: first and last. A run costs one look at the table."""
    first, rows = None, 0
    for batch, count in counts.items():
        first, rows = (batch if first is None else first), rows + count
        if rows >= _AT_ONCE:
            yield first, batch
            first, rows = None, 0
    if first is not None:
        yield first, max(counts)
