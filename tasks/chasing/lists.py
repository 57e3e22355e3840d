"""The ledger read back: cases and notices as lists."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import bindparam, func, text
from sqlmodel import col, select

from models.moments import micros, midnight
from models.rules.chasing.policy import Policy
from models.rules.delivery.delivering import notice_number
from models.tables import ContactRow, Notice, Pass
from models.units import NATION
from models.wording import Refusal
from tasks.campaign.former_codes import with_former
from tasks.campaign.offices import find_unit, scope_units
from tasks.campaign.store import Store
from tasks.chasing.cases import read_policies


def list_cases(store: Store, unit: str | None, state: str, limit: int) -> list[dict[str, Any]]:
    """Cases at and below `unit`, the open ones first, then by due moment. `state`: open, acknowledged, closed or all."""
    wanted = {
        "open": "c.closed_at IS NULL",
        "closed": "c.closed_at IS NOT NULL",
        "acknowledged": "c.closed_at IS NULL",
        "all": "1 = 1",
    }[state]
    query = text(
        "SELECT c.*, u.name AS unit_name FROM cases c"
        f" LEFT JOIN units u ON u.code = c.unit WHERE {wanted} ORDER BY CASE WHEN c.closed_at IS NULL THEN 0 ELSE 1 END, c.due, c.id"
    )
    inside = _inside(store, unit)
    newest = _newest_pass(store)
    rows, policies = [], dict[int, Policy]()
    with store.reading() as connection:
        for found in connection.execute(query).mappings():
            if inside is not None and found["unit"] not in inside:
                continue
            row = dict(found)
            if row["policy"] not in policies:
                policies |= read_policies(connection, [row["policy"]])
            rungs = policies[row["policy"]].rungs
            row["rung"] = rungs[row["rung"]].id if row["rung"] >= 0 else None
            quiet = row["acknowledged_until"] is not None and row["acknowledged_until"] > newest
            row["state"] = "closed" if row["closed_at"] is not None else "acknowledged" if quiet else "open"
            if state != "acknowledged" or quiet:
                rows.append(row)
            if limit and len(rows) == limit:
                break
    return rows


def list_notices(
    store: Store, unit: str | None, state: str | None, person: str | None, day: str | None, limit: int
) -> list[dict[str, Any]]:
    """Notices to offices at and below `unit`, newest first, each with its number and lines."""
    query = select(Notice).order_by(col(Notice.id).desc())
    if state:
        query = query.where(col(Notice.state) == state)
    if day:
        first, last = _day(store, day)
        query = query.where(col(Notice.created_at) >= first, col(Notice.created_at) < last)
    inside = _inside(store, unit)
    found = []
    with store.reading() as connection:
        persons = _persons(connection, person)
        for row in connection.execute(query).mappings():
            if (inside is not None and row["unit"] not in inside) or (
                persons is not None and row["person"] not in persons
            ):
                continue
            found.append({**row, "number": notice_number(row["id"])})
            if limit and len(found) == limit:
                break
        lines = _lines(connection, [row["id"] for row in found])
    return [{**row, "lines": lines[row["id"]]} for row in found]


def _lines(connection: Any, notices: list[int]) -> dict[int, list[dict[str, Any]]]:
    """The lines of each notice: those still in it, or all of them where none is."""
    query = text(
        "SELECT l.notice_id, l.rung, l.kind, l.state, l.about, c.unit, c.requirement, c.period, l.case_id FROM notice_lines l"
        " JOIN cases c ON c.id = l.case_id WHERE l.notice_id IN :ids ORDER BY l.id"
    ).bindparams(bindparam("ids", expanding=True))
    every: dict[int, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for start in range(0, len(notices), 5000):
        for row in connection.execute(query, {"ids": notices[start : start + 5000]}):
            phase, requirement = row.requirement.split(".", 1)
            line = {
                "unit": row.unit,
                "requirement": requirement,
                "rung": row.rung,
                "phase": phase,
                "period": row.period or None,
                "kind": row.kind,
                "case": row.case_id,
                "reason": json.loads(row.about).get("reason_en"),
            }
            every[row.notice_id].append((row.state, line))
    lines = {}
    for notice in notices:
        live = [line for line_state, line in every[notice] if line_state == "live"]
        lines[notice] = live or [line for _, line in every[notice]]
    return lines


def _inside(store: Store, unit: str | None) -> set[str] | None:
    if unit is None or unit == NATION:
        return None
    units = scope_units(store, find_unit(store, unit))["unit"]
    with store.reading() as connection:
        return with_former(connection, units)


def _newest_pass(store: Store) -> int:
    with store.reading() as connection:
        return int(connection.execute(select(func.coalesce(func.max(Pass.as_of), 0))).scalar_one())


def _persons(connection: Any, name: str | None) -> set[str] | None:
    if name is None:
        return None
    return set(connection.execute(select(ContactRow.person).where(col(ContactRow.name) == name)).scalars())


def _day(store: Store, day: str) -> tuple[int, int]:
    try:
        first = date.fromisoformat(day)
    except ValueError:
        raise Refusal(f"日期“{day}”应写作 2020-11-05", f"the day “{day}” must look like 2020-11-05") from None
    zone = store.plan().zone
    return micros(midnight(first, zone)), micros(midnight(first + timedelta(days=1), zone))
