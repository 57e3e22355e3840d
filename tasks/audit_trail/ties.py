"""Rows tied to the trail: decisions, exits, readings and notices are what its records say, or they were changed since.

A decision or an exit stands in its record with all its columns. Of what is many a record keeps digests, made once:
of a report's readings when it is taken in, of notices and their lines when they are written, and of how notices
ended when they have. Rows that were written before records kept digests are tied by nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from hashlib import sha256
from typing import Any

import polars as pl
from sqlalchemy import Connection, RowMapping, update
from sqlmodel import col, select

from models.rules.oversight.row_digests import digest_of
from models.tables import Decision, Exit, Notice, TrailRecord, Transition
from models.vocabulary import DECISION
from models.wording import Said
from tasks.audit_trail.blocks import blocks_of, digest_of_lines, digest_of_no_lines, untold_lines
from tasks.audit_trail.tied_readings import untied_readings
from tasks.audit_trail.tied_written import untied_written
from tasks.campaign.frames import read_frame

NOTICES, REPORT, EXIT, HEALED, RETIRED = "notices", "report", "sign-exit", "clock-heal", "retire"
CHANGED = "units-change"
_DECIDED = ("case_id", "unit", "requirement", "period", "until", "machine_at", "reason")
_EXITS = ("unit", "phase", "machine_at", "reason")
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
_NOT_TOLD_BEFORE = ("address", "repeat")
"""What records of databases of version 0003 and earlier do not speak of."""


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
        *untied_readings(connection, reports := {about["batch"]: about for _, about in _records(connection, REPORT)}),
        *untied_written(connection, reports),
    ]


def _records(connection: Connection, *acts: str) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """The records of these acts with what they are about."""
    query = select(TrailRecord).where(col(TrailRecord.act).in_(acts)).order_by(col(TrailRecord.id))
    for row in connection.execute(query).all():
        yield row, json.loads(row.about)


def _unequal(kept: Counter[Hashable], told: Counter[Hashable]) -> list[Any]:
    return sorted({row for row in kept.keys() | told.keys() if kept[row] != told[row]}, key=str)


def decided(row: RowMapping | Mapping[str, Any]) -> tuple[Hashable, ...]:
    """What the trail vouches for of a decision."""
    return (row["kind"], row["author"], row["at"], *(row[name] for name in _DECIDED))


def signed_exit(row: RowMapping | Mapping[str, Any]) -> tuple[Hashable, ...]:
    """What the trail vouches for of a signed exit."""
    return (row["author"], row["at"], *(row[name] for name in _EXITS))


def _as_carried(connection: Connection, told: Counter[Hashable], kind: str) -> Counter[Hashable]:
    """What acts said, under the codes that changes of divisions have given to it since.

    A change takes away only what was there, so that it makes good nothing that somebody else has changed.
    """
    for _, about in _records(connection, CHANGED):
        was, now = ([tuple(row) for row in about[kind][part]] for part in ("was", "now"))
        told = told - Counter[Hashable](was)
        told.update(now)
    return told


def _decisions(connection: Connection) -> list[Said]:
    told = Counter[Hashable](
        (row.act, row.author, row.at, *(about.get(name) for name in _DECIDED))
        for row, about in _records(connection, *DECISION)
    )
    told = _as_carried(connection, told, "decisions")
    kept = Counter[Hashable](decided(row) for row in connection.execute(select(Decision)).mappings())
    return [
        Said(f"对第 {case} 号催办件的决定与审计记录不符", f"what was decided on case {case} is not what the trail says")
        for case in sorted({row[3] for row in _unequal(kept, told)})
    ]


def _exits(connection: Connection) -> list[Said]:
    told = Counter[Hashable](
        (row.author, row.at, *(about.get(name) for name in _EXITS)) for row, about in _records(connection, EXIT)
    )
    told = _as_carried(connection, told, "exits")
    kept = Counter[Hashable](signed_exit(row) for row in connection.execute(select(Exit)).mappings())
    return [
        Said(
            f"{unit} 的签字放行（{phase}）与审计记录不符",
            f"the signed exit of {unit} from {phase} is not what the trail says",
        )
        for unit, phase in sorted({(row[2], row[3]) for row in _unequal(kept, told)})
    ]


def notices_in_tie(connection: Connection) -> dict[int, Mapping[str, Any]]:
    """What the trail says of the ledger, stretch by stretch and where it is so: by the number of a record, its about."""
    return {number: about for number, about in _told_of_notices(connection).items() if not unlike(connection, about)}


def tied_anew(connection: Connection, before: Mapping[int, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """For the record of an act that itself changes notices: the digests that it changed. before: notices_in_tie.

    What was not in tie before is left out, so that such an act makes good nothing that somebody else has changed.
    """
    return {str(number): new for number, about in before.items() if (new := unlike(connection, about))}


def _told_of_notices(connection: Connection) -> dict[int, Mapping[str, Any]]:
    """What the records of notices say of these; those of before have no digests of them."""
    return {number: about for number, about in told_of_stretches(connection).items() if "written" in about}


def told_of_stretches(connection: Connection) -> dict[int, Mapping[str, Any]]:
    """What the records of notices say, with what acts that changed or retired notices have said of them since."""
    told: dict[int, Mapping[str, Any]] = {}
    for row, about in _records(connection, NOTICES, HEALED, RETIRED, CHANGED):
        if row.act == NOTICES:
            told[row.id] = about
        for first, last in about.get("emptied", ()):
            told |= {number: emptied(one) for number, one in told.items() if first <= number <= last}
        for number, anew in about.get("notices", {}).items():
            told[int(number)] = {**told[int(number)], **anew}
    return told


def emptied(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is said of a stretch of which nothing is left."""
    found = {**about, "digest": sha256().hexdigest()}
    if "written" in about:
        found["written"], found["ended"] = digest_of(_WRITTEN.to_frame()), digest_of(_ENDED.to_frame())
        found["lines"] = {**about["lines"], "digest": digest_of_no_lines()}
    return found


def unlike(connection: Connection, about: Mapping[str, Any]) -> dict[str, Any]:
    """The digests of a stretch of the ledger that are not, or no more, what its record says."""
    # of lines that joined notices of before, nothing happened: what ended by then is an earlier record's
    query = f"SELECT {_names(_ENDED)} FROM notices WHERE sealed = :last AND sealed > :after ORDER BY id"
    ended, lines = read_frame(connection, query, _ENDED, after=about["after"], last=about["last"]), about["lines"]
    as_told = digest_of(ended.drop(_NOT_TOLD_BEFORE))
    now = {
        "written": digest_of(_written(connection, about["after"], about["last"])),
        "ended": as_told if as_told == about["ended"] else digest_of(ended),
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
        if unlike(connection, about)
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
