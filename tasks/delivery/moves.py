"""Moves: what happened to notices, in order. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert

from models.rules.delivery.delivering import State
from models.tables import Transition

Move = tuple[int, State | None, State, str | None]
"""A notice, the state that it was in, the one that it is in now, and why."""


def note_moves(connection: Connection, moves: Iterable[Move], at: int) -> None:
    """Write down what happened to notices."""
    rows = [{"notice_id": n, "at": at, "was": was, "state": state, "reason": why} for n, was, state, why in moves]
    if rows:
        connection.execute(insert(Transition), rows)
