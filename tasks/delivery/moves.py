"""What happens to notices, row by row: locked where others write beside, and written down in the order of the commits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl
from sqlalchemy import BigInteger, Connection, bindparam, text

from models.rules.delivery.delivering import State
from tasks.audit_trail.appending import is_laid_out
from tasks.campaign.frames import insert_frame
from tasks.campaign.locks import at_last, holds_ledger

_MOVES = {"notice_id": pl.Int64, "at": pl.Int64, "was": pl.String, "state": pl.String, "reason": pl.String}
_Move = tuple[int, State, State, str | None]
"""A notice, the state that it was in, the one that it is in now, and why."""


def lock_notices(connection: Connection, where: str, *, wait: bool, **values: Any) -> list[int]:
    """The numbers of the notices that fulfil `where`, which nobody changes until this transaction is over.

    wait: for senders that have them in hand at this moment; else those are left out.
    """
    how = "" if connection.dialect.name != "postgresql" else " FOR UPDATE" if wait else " FOR UPDATE SKIP LOCKED"
    lists = [
        bindparam(name, type_=BigInteger(), expanding=True) for name, value in values.items() if isinstance(value, list)
    ]
    query = text(f"SELECT n.id FROM notices n WHERE {where} ORDER BY n.id{how}").bindparams(*lists)
    return list(connection.execute(query, values).scalars())


def add_moves(connection: Connection, moves: Iterable[_Move], at: int) -> None:
    """Write down what happened to notices."""
    rows = [(notice, at, was, state, why) for notice, was, state, why in moves]
    if rows:
        note_moves(connection, pl.DataFrame(rows, schema=_MOVES, orient="row"))


def note_moves(connection: Connection, moves: pl.DataFrame) -> None:
    """Write down what happened to notices. Such rows are only ever added, in the order of the commits."""
    if holds_ledger(connection):
        insert_frame(connection, "transitions", moves.select(*_MOVES))
        return
    connection.exec_driver_sql(
        "CREATE TEMPORARY TABLE IF NOT EXISTS put_off_moves (place BIGINT GENERATED ALWAYS AS IDENTITY,"
        " notice_id BIGINT, at BIGINT, was TEXT, state TEXT, reason TEXT) ON COMMIT DROP"
    )
    insert_frame(connection, "put_off_moves", moves.select(*_MOVES), many=None)
    at_last(connection, "moves", _write_put_off)


def _write_put_off(connection: Connection) -> None:
    if is_laid_out(connection, "put_off_moves"):
        columns = ", ".join(_MOVES)
        connection.exec_driver_sql(
            f"INSERT INTO transitions ({columns}) SELECT {columns} FROM put_off_moves ORDER BY place"
        )
