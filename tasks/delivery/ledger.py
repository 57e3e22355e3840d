"""The ledger (台账): what happened to notices, in order, and what is taken back before it is sent."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
from sqlalchemy import Connection, insert, text

from models.rules.delivery.delivering import State
from models.tables import Transition
from tasks.campaign.frames import staged

_UNSENT = "(n.state IN ('planned', 'held', 'retry') OR (n.state = 'unknown' AND n.next_try IS NOT NULL))"
_UNTOLD = f"({_UNSENT} OR n.state = 'sending')"
_EMPTY = f"{_UNSENT} AND NOT EXISTS (SELECT 1 FROM notice_lines l WHERE l.notice_id = n.id AND l.state = 'live')"

Move = tuple[int, State | None, State, str | None]
"""A notice, the state that it was in, the one that it is in now, and why."""


def note_moves(connection: Connection, moves: Iterable[Move], at: int) -> None:
    """Write down what happened to notices. Such rows are only ever added."""
    rows = [{"notice_id": n, "at": at, "was": was, "state": state, "reason": why} for n, was, state, why in moves]
    if rows:
        connection.execute(insert(Transition), rows)


def withdraw_lines(connection: Connection, cases: pl.DataFrame, state: str, at: int) -> None:
    """Take back the unsent lines of `cases` (case, reason). state: superseded or withdrawn.

    A notice that a sender holds at this moment stays with it, its lines are marked: the sender looks before it
    sends, and where it was too late notes that they have been told all the same. One that may have
    arrived and was to be sent once more stays unknown and is not repeated. A signed paper on its way is held
    back only by a case that is closed.
    """
    if cases.is_empty():
        return
    with staged(connection, cases.select(case_id="case", why="reason")):
        taken_back = connection.execute(
            text(
                "UPDATE notice_lines SET state = :state, ended_at = :at, ended_why = s.why FROM staged s"
                " WHERE notice_lines.case_id = s.case_id AND notice_lines.state = 'live'"
                f" AND EXISTS (SELECT 1 FROM notices n WHERE n.id = notice_lines.notice_id AND {_UNTOLD})"
                " AND (notice_lines.kind <> 'issued' OR EXISTS (SELECT 1 FROM cases c WHERE c.id = s.case_id"
                " AND c.closed_at IS NOT NULL))"
            ),
            {"state": state, "at": at},
        )
    if taken_back.rowcount == 0:
        return
    same = "(SELECT CASE WHEN MIN(l.ended_why) = MAX(l.ended_why) THEN MIN(l.ended_why) ELSE :state END"
    becomes = "CASE WHEN {0}.state = 'unknown' THEN 'unknown' ELSE :state END"
    values = {"state": state, "at": at}
    connection.execute(
        text(
            "INSERT INTO transitions (notice_id, at, was, state, reason)"
            f" SELECT n.id, :at, n.state, {becomes.format('n')}, {same} FROM notice_lines l WHERE l.notice_id = n.id)"
            f" FROM notices n WHERE {_EMPTY} ORDER BY n.id"
        ),
        values,
    )
    connection.execute(
        text(
            f"UPDATE notices AS n SET state = {becomes.format('n')}, settled_at = :at, next_try = NULL WHERE {_EMPTY}"
        ),
        values,
    )
