"""Making a small table what it should be: row by row, with what that changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert
from sqlmodel import SQLModel

from tasks.campaign.frames import delete_rows, learn


def put_rows(
    connection: Connection,
    table: type[SQLModel],
    current: Sequence[dict[str, Any]],
    wanted: Sequence[dict[str, Any]],
    key: tuple[str, ...],
) -> dict[str, int]:
    """Make the rows of `table` those in `wanted`. Returns how many were added, changed and removed."""
    held = {tuple(row[part] for part in key): row for row in current}
    asked = {tuple(row[part] for part in key): row for row in wanted}
    added = [row for name, row in asked.items() if name not in held]
    changed = [row for name, row in asked.items() if name in held and held[name] != row]
    removed = [row for name, row in held.items() if name not in asked]
    delete_rows(connection, table, [{part: row[part] for part in key} for row in (*removed, *changed)])
    if added or changed:
        connection.execute(insert(table), [*added, *changed])
        learn(connection, str(table.__tablename__), len(added) + len(changed))
    return {"added": len(added), "changed": len(changed), "removed": len(removed)}
