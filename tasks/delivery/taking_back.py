"""Taking back (撤回): what was owed and is not to be said any more, whatever senders do meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from sqlalchemy import Connection, text

from tasks.audit_trail.appending import is_laid_out
from tasks.campaign.frames import staged
from tasks.campaign.locks import at_last, holds_ledger
from tasks.delivery.moves import add_moves, lock_notices

_OWN = (
    " AND notice_lines.kind NOT IN ('paper', 'unsigned') AND notice_lines.unit = (SELECT c.unit FROM cases c"
    " WHERE c.id = s.case_id)"
)
_UNSENT = (
    "(n.settled_at IS NULL AND"
    " (n.state IN ('planned', 'held', 'retry') OR (n.state = 'unknown' AND n.next_try IS NOT NULL)))"
)
_UNTOLD = f"({_UNSENT} OR n.state = 'sending')"
_EMPTY = f"{_UNSENT} AND NOT EXISTS (SELECT 1 FROM notice_lines l WHERE l.notice_id = n.id AND l.state = 'live')"


def withdraw_lines(connection: Connection, cases: pl.DataFrame, state: str, at: int, *, own: bool = False) -> None:
    """Take back the unsent lines of `cases` (case, reason). state: superseded or withdrawn.

    A notice that a sender has begun stays with it, its lines are marked: the sender looks before it
    sends, and where it was too late notes that they have been told all the same. One that may have
    arrived and was to be sent once more stays unknown and is not repeated. A signed paper on its way is held
    back only by a case that is closed. What the administrator hears of a vacancy or a dead channel stays: it does not end
    with the duty. own: only what the late office itself was to hear, and no paper.
    """
    if cases.is_empty():
        return
    with staged(connection, cases.select(case_id="case", why="reason")):
        about = "n.id IN (SELECT l.notice_id FROM staged s JOIN notice_lines l ON l.case_id = s.case_id)"
        # whoever is about to take them up waits; what is on its way by then may arrive (`_told_meanwhile`)
        lock_notices(connection, f"{about} AND {_UNSENT}", wait=True)
        gone = _take_back(
            connection,
            "UPDATE notice_lines SET state = :state, ended_at = :at, ended_why = s.why FROM staged s"
            " WHERE notice_lines.case_id = s.case_id AND notice_lines.state = 'live' AND notice_lines.kind <> 'vacancy'"
            f" AND EXISTS (SELECT 1 FROM notices n WHERE n.id = notice_lines.notice_id AND {_UNTOLD})"
            " AND (notice_lines.kind <> 'issued' OR EXISTS (SELECT 1 FROM cases c WHERE c.id = s.case_id"
            f" AND c.closed_at IS NOT NULL)){_OWN if own else ''}",
            {"state": state, "at": at},
        )
        if gone:
            _end_empty(connection, about, state, at)


def _take_back(connection: Connection, statement: str, values: Mapping[str, Any]) -> int:
    """Mark lines as taken back. Where a sender may record meanwhile, those that are on their way are kept in mind."""
    if holds_ledger(connection):
        return int(connection.execute(text(statement), values).rowcount)
    connection.exec_driver_sql(
        "CREATE TEMPORARY TABLE IF NOT EXISTS taken_back (line BIGINT, notice BIGINT, sending BOOLEAN, attempts BIGINT)"
        " ON COMMIT DROP"
    )
    at_last(connection, "told meanwhile", _told_meanwhile)
    kept = (
        f"WITH gone AS ({statement} RETURNING notice_lines.id, notice_lines.notice_id) INSERT INTO taken_back"
        " SELECT g.id, n.id, n.state = 'sending', n.attempts FROM gone g JOIN notices n ON n.id = g.notice_id"
    )
    return int(connection.execute(text(kept), values).rowcount)


def _told_meanwhile(connection: Connection) -> None:
    """What a sender had in hand when this transaction took it back, and has told since, was told all the same."""
    if is_laid_out(connection, "taken_back"):
        connection.exec_driver_sql(
            "UPDATE notice_lines SET state = 'live', ended_at = NULL, ended_why = NULL FROM taken_back b"
            " JOIN notices n ON n.id = b.notice WHERE notice_lines.id = b.line AND n.state IN ('accepted', 'unknown')"
            " AND (b.sending OR n.attempts > b.attempts)"
        )


def _end_empty(connection: Connection, about: str, state: str, at: int) -> None:
    """Notices among those `about` which are left without a line say nothing more, and end."""
    same = "(SELECT CASE WHEN MIN(l.ended_why) = MAX(l.ended_why) THEN MIN(l.ended_why) ELSE :state END"
    becomes = "CASE WHEN n.state = 'unknown' THEN 'unknown' ELSE :state END"
    query = text(
        f"SELECT n.id, {becomes} AS becomes, n.state, {same} FROM notice_lines l WHERE l.notice_id = n.id) AS reason"
        f" FROM notices n WHERE {about} AND {_EMPTY} ORDER BY n.id"
    )
    rows = connection.execute(query, {"state": state}).all()
    if not rows:
        return
    connection.execute(
        text(
            "UPDATE notices SET state = :becomes, settled_at = :at, next_try = NULL, lease = NULL, lease_until = NULL"
            " WHERE id = :id"
        ),
        [{"id": row.id, "becomes": row.becomes, "at": at} for row in rows],
    )
    add_moves(connection, [(row.id, row.state, row.becomes, row.reason) for row in rows], at)
