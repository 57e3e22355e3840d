"""How channels fare (渠道状况): kept by address, a keyed hash; never the channel itself."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, func, text
from sqlmodel import col, select

from models.moments import micros
from models.rules.delivery.channel_condition import Condition
from models.tables import ChannelRow, Notice
from models.wording import Said
from tasks.campaign.store import Store

_COLUMNS = (
    "address",
    "shown",
    "failures",
    "refuses",
    "last_success_at",
    "last_failure_at",
    "code",
    "error",
    "aside_until",
    "free_at",
    "spent",
)
_WRITE = text(
    f"INSERT INTO channels ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"
    f" ON CONFLICT (address) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
)


def read_conditions(connection: Connection, shown: Mapping[str, str]) -> dict[str, Condition]:
    """How the channels of `shown` (address: masked channel) fare; one that was never used is sound."""
    found = {address: Condition(address, mask) for address, mask in shown.items()}
    if not found:
        return found
    for row in connection.execute(select(ChannelRow).where(col(ChannelRow.address).in_(list(shown)))).mappings():
        found[row["address"]] = _condition(dict(row))
    return found


def write_conditions(connection: Connection, conditions: Iterable[Condition]) -> None:
    """Keep how these channels fare."""
    rows = []
    for condition in conditions:
        row = asdict(condition)
        row["last_success_at"], row["last_failure_at"] = row.pop("last_success"), row.pop("last_failure")
        rows.append({**row, "spent": json.dumps(condition.spent)})
    if rows:
        # always in one order, so that two writers of a server with row locks cannot wait for each other
        connection.execute(_WRITE, sorted(rows, key=lambda row: row["address"]))


def _condition(row: Mapping[str, Any]) -> Condition:
    return Condition(
        address=row["address"],
        shown=row["shown"],
        failures=row["failures"],
        refuses=bool(row["refuses"]),
        last_success=row["last_success_at"],
        last_failure=row["last_failure_at"],
        code=row["code"],
        error=row["error"],
        aside_until=row["aside_until"],
        free_at=row["free_at"],
        spent=tuple(json.loads(row["spent"])),
    )


def list_channels(store: Store, at: Any, *, failing: bool, limit: int) -> list[dict[str, Any]]:
    """Every channel in use, those in trouble first: channel (masked), to, state, last_success, last_failure,
    failures, code, error, set_aside_until, free_at, waiting (notices). Moments in microseconds.

    failing: only those that are set aside, throttled, or whose last message failed. limit 0: all.
    """
    now = micros(at)
    with store.reading() as connection:
        holders: dict[str, list[dict[str, str]]] = {}
        shown: dict[str, str] = {}
        query = (
            "SELECT c.address, c.shown, c.unit, c.role, u.name AS unit_name FROM contacts c"
            " LEFT JOIN units u ON u.code = c.unit ORDER BY c.unit, c.role, c.place"
        )
        for row in connection.execute(text(query)):
            shown[row.address] = row.shown
            holder = {"unit": row.unit, "unit_name": row.unit_name or row.unit, "role": row.role}
            holders.setdefault(row.address, []).append(holder)
        used = {row["address"]: _condition(dict(row)) for row in connection.execute(select(ChannelRow)).mappings()}
        unsent = _unsent(connection)
    admin = store.settings.admin_channel
    if admin is not None:
        address = store.keeper.address(admin.get_secret_value())
        holder = {
            "unit": "",
            "unit_name": Said("系统管理员", "administrator").in_language(store.settings.lang),
            "role": "admin",
        }
        holders.setdefault(address, []).append(holder)
    known = {**{address: Condition(address, mask) for address, mask in shown.items()}, **used}
    rows = [
        _listed(condition, holders[address], unsent.get(address, 0), now)
        for address, condition in known.items()
        if address in holders
    ]
    if failing:
        rows = [row for row in rows if row["state"] not in ("ok", "unused")]
    rows.sort(key=lambda row: (_ORDER[row["state"]], -row["failures"], -row["waiting"]))
    return rows[:limit] if limit else rows


_ORDER = {"aside": 0, "failing": 1, "throttled": 2, "ok": 3, "unused": 4}


def _unsent(connection: Connection) -> dict[str, int]:
    waits = (col(Notice.settled_at).is_(None), col(Notice.address).is_not(None))
    query = select(Notice.address, func.count().label("unsent")).where(*waits).group_by(col(Notice.address))
    return {row.address: row.unsent for row in connection.execute(query)}


def _listed(condition: Condition, to: Collection[dict[str, str]], unsent: int, at: int) -> dict[str, Any]:
    return {
        "channel": condition.shown,
        "state": condition.word(at),
        "to": list(to),
        "last_success": condition.last_success,
        "last_failure": condition.last_failure,
        "failures": condition.failures,
        "code": condition.code,
        "error": condition.error,
        "set_aside_until": condition.aside_until if condition.is_aside(at) else None,
        "free_at": condition.free_at if condition.is_throttled(at) else None,
        "waiting": unsent,
    }
