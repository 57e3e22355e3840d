"""The ledger (台账): every row of notices, their lines and what happened to them is written here, and only here.

Others read it and decide; what they decided comes here as a value or as a frame. Each function runs in its
caller's transaction. Senders hold the ledger (`tasks.campaign.locks`) and are alone with it; a pass writes beside them,
so it locks the notices that it changes, and speaks of what happened to them when it ends.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import Any

import polars as pl
from sqlalchemy import BigInteger, Connection, Row, bindparam, text, update
from sqlmodel import col, select

from models.moments import moment_at
from models.rules.delivery.delivering import Tried
from models.rules.delivery.outcomes import Attempt
from models.tables import NoticeLine
from tasks.audit_trail.appending import speak_of_lines
from tasks.audit_trail.blocks import WrittenBlock
from tasks.campaign.frames import insert_frame, next_ids, staged
from tasks.delivery.attempts import EndedAttempt, Held, Leased, Settled
from tasks.delivery.moves import add_moves, lock_notices, note_moves

UNTRIED = "(settled_at IS NULL AND state IN ('planned', 'held') AND attempts = 0 AND lease IS NULL)"
"""Of a row of `notices`: nobody has taken it up yet, so that it can take more lines."""
_OF_THESE = bindparam("notices", type_=BigInteger(), expanding=True)
_LEASE = text("UPDATE notices SET lease = :token, lease_until = :until WHERE id IN :notices").bindparams(_OF_THESE)
_KEEP = text("UPDATE notices SET lease_until = :until WHERE id IN :notices").bindparams(_OF_THESE)
_FREE = text("UPDATE notices SET lease = NULL, lease_until = NULL WHERE id IN :notices").bindparams(_OF_THESE)


def add_notices(connection: Connection, heads: pl.DataFrame, pass_id: int, reason: str, at: int) -> pl.DataFrame:
    """Add notices, held where their hour is still to come. Returns `heads` with number, by which lines join them.

    heads: to_unit, role, person, urgency, always, not_before, one row a notice. reason: why they were planned.
    """
    first = next_ids(connection, "notices", heads.height) if heads.height else 0
    fresh = heads.with_row_index("number", offset=first).with_columns(
        pl.col("number").cast(pl.Int64),
        state=pl.when(pl.col("not_before") > at).then(pl.lit("held")).otherwise(pl.lit("planned")),
    )
    rows = fresh.select(
        "role",
        "person",
        "state",
        "urgency",
        "always",
        "not_before",
        id="number",
        unit="to_unit",
        any_hour="always",
        pass_id=pl.lit(pass_id, pl.Int64),
        created_at=pl.lit(at, pl.Int64),
        attempts=pl.lit(0, pl.Int64),
        repeat=pl.lit(False),
    )
    insert_frame(connection, "notices", rows)
    moves = fresh.select(
        notice_id="number", at=pl.lit(at, pl.Int64), was=pl.lit(None, pl.String), state="state", reason=pl.lit(reason)
    )
    note_moves(connection, moves)
    return fresh


def join_notices(connection: Connection, joined: Iterable[tuple[int, int, bool, int]]) -> None:
    """A notice is as urgent as the worst line that joins it, and goes with the first that may go: one that waits for the
    next day is looked at again.

    joined: notice, urgency, whether a line of it may go at any hour, and from when.
    """
    rows = [dict(zip(("id", "urgency", "always", "not_before"), row, strict=True)) for row in sorted(joined)]
    if rows:
        connection.execute(text("UPDATE notices SET urgency = :urgency WHERE id = :id AND urgency < :urgency"), rows)
        earlier = "UPDATE notices SET not_before = :not_before WHERE id = :id AND not_before > :not_before"
        connection.execute(text(earlier), rows)
    if hurried := [row for row in rows if row["always"]]:
        connection.execute(text("UPDATE notices SET any_hour = TRUE WHERE id = :id"), hurried)


def add_lines(connection: Connection, lines: pl.DataFrame, at: int) -> None:
    """Add lines to notices: notice_id, case_id, rung, rung_no, unit, role, person, kind, about (JSON)."""
    if lines.is_empty():
        return
    first = next_ids(connection, "notice_lines", lines.height)
    numbered = lines.with_row_index("id", offset=first).with_columns(
        pl.col("id").cast(pl.Int64), state=pl.lit("live"), owed_at=pl.lit(at, pl.Int64)
    )
    insert_frame(connection, "notice_lines", numbered)
    speak_of_lines(connection, WrittenBlock.of(numbered), moment_at(at, UTC))


def lease(connection: Connection, notices: Sequence[int], token: str, until: int) -> None:
    """Let a sender have notices until then. Nothing of them has begun: their state stays as it is."""
    if notices:
        connection.execute(_LEASE, {"notices": list(notices), "token": token, "until": until})


def begin(connection: Connection, leased: Sequence[Leased], until: int, at: int) -> None:
    """From this commit on these may be on their way; whose sender is not heard of until then may have arrived."""
    if not leased:
        return
    connection.execute(
        text(
            "UPDATE notices SET state = 'sending', attempts = attempts + 1, lease_until = :until, address = :address,"
            " next_try = NULL WHERE id = :id"
        ),
        [{"id": one.id, "until": until, "address": one.way.address} for one in leased],
    )
    add_moves(connection, [(one.id, one.was, "sending", one.way.shown) for one in leased], at)


def keep_leased(connection: Connection, notices: Sequence[int], until: int) -> None:
    """Their sender is alive, and holds them until then."""
    if notices:
        connection.execute(_KEEP, {"notices": list(notices), "until": until})


def free(connection: Connection, notices: Sequence[int]) -> None:
    """Nobody holds these any more; nothing of them had begun."""
    if notices:
        connection.execute(_FREE, {"notices": list(notices)})


def free_unbegun(connection: Connection, at: int) -> None:
    """What dead senders held and had not begun is as if it had never been taken up."""
    gone = "n.settled_at IS NULL AND n.state <> 'sending' AND n.lease_until <= :at"
    if freed := lock_notices(connection, gone, wait=False, at=at):
        with staged(connection, pl.DataFrame({"notice": freed}, schema={"notice": pl.Int64})):
            connection.execute(
                text("UPDATE notices SET lease = NULL, lease_until = NULL FROM staged s WHERE notices.id = s.notice")
            )


def hold(connection: Connection, held: Sequence[Held], at: int) -> None:
    """Let notices wait until their next moment."""
    if not held:
        return
    connection.execute(
        text(
            "UPDATE notices SET state = :state, address = :address, next_try = :next, lease = NULL, lease_until = NULL,"
            " not_before = COALESCE(:not_before, not_before) WHERE id = :id"
        ),
        [
            {
                "id": one.id,
                "state": one.state,
                "address": one.address,
                "next": one.next_try,
                "not_before": one.not_before,
            }
            for one in held
        ],
    )
    add_moves(connection, [(one.id, one.was, one.state, one.reason) for one in held if not one.silent], at)


def hold_until_opening(connection: Connection, opening: int, reason: str, at: int) -> None:
    """Let everything that was owed by `at` and is bound to office hours wait for the opening."""
    values = {"at": at, "opening": opening, "reason": reason}
    bound = "settled_at IS NULL AND NOT any_hour AND created_at <= :at"
    early = f"{bound} AND state IN ('planned', 'held') AND not_before < :opening"
    held = lock_notices(connection, early, wait=False, at=at, opening=opening)
    with staged(connection, pl.DataFrame({"notice": held}, schema={"notice": pl.Int64})):
        connection.execute(
            text(
                "INSERT INTO transitions (notice_id, at, was, state, reason)"
                " SELECT n.id, :at, n.state, 'held', :reason FROM staged s JOIN notices n ON n.id = s.notice ORDER BY n.id"
            ),
            values,
        )
        connection.execute(
            text("UPDATE notices SET state = 'held', not_before = :opening FROM staged s WHERE notices.id = s.notice"),
            values,
        )
    connection.execute(
        text(
            f"UPDATE notices SET next_try = :opening WHERE {bound} AND state IN ('retry', 'unknown') AND next_try < :opening"
        ),
        values,
    )


def settle(connection: Connection, settled: Sequence[Settled], at: int) -> None:
    """End notices that were not sent, for good."""
    if not settled:
        return
    connection.execute(
        text(
            "UPDATE notices SET state = :state, settled_at = :at, code = :code, error = :error, next_try = NULL,"
            " lease = NULL, lease_until = NULL, address = NULL WHERE id = :id"
        ),
        [{"id": one.id, "state": one.state, "at": at, "code": one.code, "error": one.reason} for one in settled],
    )
    add_moves(connection, [(one.id, one.was, one.state, one.reason) for one in settled], at)


def end_attempts(connection: Connection, ended: Sequence[EndedAttempt], at: int) -> None:
    """Write down what follows the attempts that are over, and free their leases."""
    if not ended:
        return
    add_moves(connection, [(one.notice, "sending", one.after.state, one.reason) for one in ended], at)
    connection.execute(
        text(
            "UPDATE notices SET state = :state, code = :code, error = :error, settled_at = :settled, next_try = :next,"
            " repeat = :repeat, tried = :tried, sent_text = :sent, attempts = :attempts, turn = :attempts,"
            " lease = NULL, lease_until = NULL, address = NULL, not_before = COALESCE(:not_before, not_before)"
            " WHERE id = :id AND lease = :token"
        ),
        [
            {
                "id": one.notice,
                "token": one.token,
                "state": one.after.state,
                "code": one.code,
                "error": one.error,
                "settled": at if one.after.is_settled else None,
                "next": one.after.next_try,
                "repeat": one.after.repeat,
                "tried": _tried_text(one.after.tried),
                "sent": one.sent_text,
                "attempts": one.after.leases,
                "not_before": one.after.not_before,
            }
            for one in ended
        ],
    )


def keep_as_told(connection: Connection, lines: Sequence[int]) -> None:
    """A line that was withdrawn while it was on its way has been told all the same."""
    if lines:
        connection.execute(
            update(NoticeLine)
            .where(col(NoticeLine.id).in_(list(lines)), col(NoticeLine.state) != "live")
            .values(state="live", ended_at=None, ended_why=None)
        )


def attempt_of(row: Row[Any], leases: int, *, resend: bool) -> Attempt:
    """A row of `notices` as an attempt at it: of its columns repeat, any_hour, created_at, tried."""
    return Attempt(
        leases=leases,
        repeat=bool(row.repeat),
        always=bool(row.any_hour),
        resend=resend,
        created_at=row.created_at,
        tried=_read_tried(row.tried),
    )


def _read_tried(text_of: str | None) -> Tried:
    """What the column `tried` says of earlier attempts."""
    if not text_of:
        return Tried()
    data = json.loads(text_of)
    return Tried(data.get("failures", {}), frozenset(data.get("refused", ())))


def _tried_text(tried: Tried) -> str | None:
    if not tried.failures and not tried.refused:
        return None
    return json.dumps({"failures": dict(tried.failures), "refused": sorted(tried.refused)})


def place_rungs(connection: Connection, case: int, places: Mapping[str, int]) -> None:
    """A case has another ladder: its lines stand at the places that their rungs have there, -1 for one that is gone."""
    own = col(NoticeLine.case_id) == case
    for rung in connection.execute(select(NoticeLine.rung).where(own).distinct()).scalars().all():
        connection.execute(
            update(NoticeLine).where(own, col(NoticeLine.rung) == rung).values(rung_no=places.get(rung, -1))
        )


def forget_gone_channels(connection: Connection) -> None:
    """Unsent notices that waited for a channel which nobody has any more wait for it no longer."""
    connection.execute(
        text(
            "UPDATE notices SET address = NULL WHERE settled_at IS NULL AND address IS NOT NULL AND state <> 'sending'"
            " AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.address = notices.address)"
        )
    )


def let_go(connection: Connection, at: int) -> None:
    """On a copy: what another sender has in its hands right now is as good as out."""
    connection.execute(
        text(
            "UPDATE notices SET state = 'accepted', settled_at = :at, lease = NULL, lease_until = NULL, address = NULL"
            " WHERE settled_at IS NULL AND lease_until > :at"
        ),
        {"at": at},
    )
