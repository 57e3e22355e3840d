"""What happened to notices, stretch by stretch, held against the digests that the trail keeps of it."""

from __future__ import annotations

from collections import Counter
from functools import cache
from hashlib import sha256

from sqlalchemy import Connection
from sqlmodel import col, select

from models.rules.oversight.trail_chain import canonical
from models.tables import Transition
from models.wording import Said
from tasks.audit_trail.ties import told_of_stretches

_HASHED = ("id", "notice_id", "at", "was", "state", "reason")
"""Of a transition; another column would make another digest of those that are recorded already."""


def digest_transitions(connection: Connection, after: int, last: int | None) -> tuple[str, Counter[str], int]:
    """SHA-256 over the transitions after `after` up to `last` (all for None), how many by state, and the last one."""
    query = (
        select(*(col(getattr(Transition, name)) for name in _HASHED))
        .where(col(Transition.id) > after)
        .order_by(col(Transition.id))
    )
    if last is not None:
        query = query.where(col(Transition.id) <= last)
    hashed, states, newest = sha256(), Counter[str](), after
    spelt = cache(canonical)  # of few states and reasons; numbers are spelt as Python spells them
    for number, notice, at, was, state, reason in connection.execute(query):
        told = ",".join(map(spelt, (was, state, reason)))
        hashed.update(f"[{number},{notice},{at},{told}]\n".encode())
        states[state] += 1
        newest = number
    return hashed.hexdigest(), states, newest


def altered_transitions(connection: Connection) -> list[Said]:
    """Findings for stretches of the notices' history that are not what the trail says they were."""
    findings = []
    for number, about in told_of_stretches(connection).items():
        digest, _, _ = digest_transitions(connection, about["after"], about["last"])
        if digest != about["digest"]:
            findings.append(
                Said(
                    f"第 {number} 条所记的通知经过（{about['after'] + 1}—{about['last']}）已被改动",
                    f"the history of notices that record {number} covers"
                    f" ({about['after'] + 1}-{about['last']}) was changed",
                )
            )
    return findings
