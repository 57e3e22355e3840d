"""Appending (追加): an act's record, in the transaction of the act itself, at the end of the one chain.

Provinces write side by side, and the chain has one end: a transaction puts its records off until it ends, and holds the
ledger from then until its commit. Numbers of transitions are given in that moment too, so that their order is that of the
commits and a record can speak of all between two of them. Lines of notices are written long before; each transaction
speaks of the block of numbers that it gave to its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, text, update
from sqlmodel import func, select

from models.moments import micros
from models.rules.oversight.trail_chain import START, canonical, chained
from models.tables import TrailHead, TrailRecord, Transition
from tasks.audit_trail.blocks import WrittenBlock, tie_of_lines
from tasks.audit_trail.ties import NOTICES, digests_of_notices
from tasks.audit_trail.transitions import digest_transitions
from tasks.campaign.locks import at_last, hold_ledger, holds_ledger, is_anything_put_off, no_more
from tasks.campaign.trail_heads import WRITTEN

PUCHA = "pucha"
"""The author of what the product does by itself."""
_BLOCKS, _PLACE = "blocks of lines", "places of records"


def record(connection: Connection, act: str, author: str, about: Mapping[str, Any], at: datetime) -> None:
    """Append one act, in the caller's transaction.

    about: plain JSON values; never a channel, a code or anything of a respondent.
    """
    record_all(connection, act, author, [about], at)


def record_all(
    connection: Connection, act: str, author: str, abouts: Sequence[Mapping[str, Any]], at: datetime
) -> None:
    """Append one act for each of `abouts`, in their order; where others may append meanwhile, when the transaction ends."""
    if not abouts:
        return
    if holds_ledger(connection):
        _append(connection, [(act, author, about, micros(at)) for about in abouts])
        return
    # a table, so that what a savepoint takes back is not recorded either
    connection.exec_driver_sql(
        "CREATE TEMPORARY TABLE IF NOT EXISTS put_off_records (place BIGINT, at BIGINT, act TEXT, author TEXT, about TEXT)"
        " ON COMMIT DROP"
    )
    place = connection.info[_PLACE] = connection.info.get(_PLACE, 0) + len(abouts)
    connection.execute(
        text("INSERT INTO put_off_records VALUES (:place, :at, :act, :author, :about)"),
        [
            {"place": place + n, "at": micros(at), "act": act, "author": author, "about": canonical(about)}
            for n, about in enumerate(abouts, 1 - len(abouts))
        ],
    )
    at_last(connection, "records", _append_put_off)


def _append_put_off(connection: Connection) -> None:
    if not is_laid_out(connection, "put_off_records"):
        return
    query = "SELECT act, author, about, at FROM put_off_records ORDER BY place"
    rows = connection.exec_driver_sql(query).all()
    _append(connection, [(row.act, row.author, json.loads(row.about), row.at) for row in rows])


def is_laid_out(connection: Connection, table: str) -> bool:
    """Whether a table of this transaction alone is there: the savepoint that made it may have been taken back."""
    return connection.execute(text("SELECT to_regclass(:name)"), {"name": f"pg_temp.{table}"}).scalar() is not None


def _append(connection: Connection, acts: Sequence[tuple[str, str, Mapping[str, Any], int]]) -> None:
    """Append acts (act, author, about, at) at the end of the chain, which this transaction holds."""
    if not acts:
        return
    head = connection.execute(select(TrailHead)).first()
    if head is None:
        connection.execute(insert(TrailHead), [{"id": 1, "records": 0, "hash": START, "transitions": 0}])
    number, previous = (head.records, head.hash) if head else (0, START)
    added = []
    for act, author, about, at in acts:
        number += 1
        added.append(asdict(chained(number=number, at=at, act=act, author=author, about=about, previous=previous)))
        previous = added[-1]["hash"]
    connection.execute(insert(TrailRecord), added)
    connection.execute(update(TrailHead).values(records=number, hash=previous))
    connection.info[WRITTEN] = True


def speak_of_lines(connection: Connection, written: WrittenBlock, at: datetime) -> None:
    """Have this transaction's record of notices tie the lines that it has just written."""
    connection.info.setdefault(_BLOCKS, []).append(written)
    at_last(connection, NOTICES, lambda ending: record_notices(ending, at))


def record_notices(connection: Connection, at: datetime) -> None:
    """Append one record for all that has become of notices since the last such record: planned, sent, withdrawn …

    Whoever calls it has little left to do: until the commit no sender can record.
    """
    no_more(connection, NOTICES)
    blocks = connection.info.pop(_BLOCKS, [])
    newest = select(func.max(Transition.id)).scalar_subquery()
    known = connection.execute(select(TrailHead.lines, TrailHead.transitions, newest.label("newest"))).first()
    before = known.lines or 0 if known else 0
    if not blocks and known and known.transitions >= (known.newest or 0) and not is_anything_put_off(connection):
        return  # what a sender commits from now on is its own to speak of, or the next one's
    lines = tie_of_lines(connection, blocks, before)  # its own, so that nobody need wait meanwhile
    hold_ledger(connection)
    head = connection.execute(select(TrailHead.transitions, TrailHead.lines)).first()
    covered, lines_told = (head.transitions, head.lines or 0) if head else (0, 0)
    digest, states, last = digest_transitions(connection, covered, None)
    if last == covered and not blocks:
        return
    about = {"after": covered, "last": last, "states": dict(states), "digest": digest}
    about |= {**digests_of_notices(connection, covered, last), "lines": lines}
    record(connection, NOTICES, PUCHA, about, at)
    connection.execute(update(TrailHead).values(transitions=last, lines=max(lines_told, lines["last"])))
