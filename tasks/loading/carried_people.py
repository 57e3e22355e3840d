"""Contacts and further superiors under new codes (联系人随转)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from sqlalchemy import Connection, bindparam, delete, insert, update
from sqlmodel import col, select

from models.plan.answerable import UNITS, joined, parts_of
from models.tables import ContactRow, SuperiorRow

_KEY = ("unit", "role", "person", "address")


def carry_contacts(connection: Connection, pairs: pl.DataFrame) -> int:
    """Give the contacts of old codes to the new ones: those of merged offices all to the one, those of a split one to each.

    pairs: old, new. In a role that several hold, those of the office that kept its code come first. Returns how many
    contacts are under another code now.
    """
    olds = pairs["old"].unique().to_list()
    held: dict[str, list[Mapping[str, Any]]] = {}
    order = (ContactRow.unit, ContactRow.role, col(ContactRow.place), col(ContactRow.id))
    for held_row in connection.execute(select(ContactRow).order_by(*order)).mappings():
        held.setdefault(held_row["unit"], []).append(dict(held_row))
    became: dict[str, list[str]] = {}
    for old, new in pairs.select("old", "new").iter_rows():
        became.setdefault(old, []).append(new)
    wanted: dict[tuple[Any, ...], dict[str, Any]] = {}
    places: dict[tuple[str, str], int] = {}
    moved = 0
    for new, old in _own_first(pairs):
        for row in held.get(old, ()):
            place = places.get((new, row["role"]), 0)
            only_for = _now(row["only_for"], became)
            contact = {
                **{name: row[name] for name in row if name != "id"},
                "unit": new,
                "place": place,
                "only_for": only_for,
            }
            if (key := tuple(contact[name] for name in _KEY)) not in wanted:
                wanted[key] = contact
                places[new, row["role"]] = place + 1
                moved += old != new
    _carry_answerable(connection, held, set(olds), became)
    for start in range(0, len(olds), 500):
        connection.execute(delete(ContactRow).where(col(ContactRow.unit).in_(olds[start : start + 500])))
    if wanted:
        connection.execute(insert(ContactRow), list(wanted.values()))
    return moved


def _now(only_for: str, became: Mapping[str, Sequence[str]]) -> str:
    """What a contact answers for by the codes of today."""
    return joined(
        value if kind == UNITS else f"{kind}:{value}"
        for kind, written in parts_of(only_for)
        for value in (became.get(written, [written]) if kind == UNITS else [written])
    )


def _carry_answerable(
    connection: Connection,
    held: Mapping[str, Sequence[Mapping[str, Any]]],
    olds: set[str],
    became: Mapping[str, Sequence[str]],
) -> None:
    """Let those of other offices who answer for an old code answer for what became of it."""
    others = [row for unit, rows in held.items() if unit not in olds for row in rows if row["only_for"]]
    moved = [
        {"contact": row["id"], "now": now}
        for row in others
        if (now := _now(row["only_for"], became)) != row["only_for"]
    ]
    if moved:
        own = update(ContactRow).where(col(ContactRow.id) == bindparam("contact"))
        connection.execute(own.values(only_for=bindparam("now")), moved)


def _own_first(pairs: pl.DataFrame) -> Sequence[tuple[str, str]]:
    return sorted(pairs.select("new", "old").iter_rows(), key=lambda pair: (pair[0], pair[0] != pair[1], pair[1]))


def carry_superiors(connection: Connection, pairs: pl.DataFrame) -> int:
    """Let further superiors by line follow on both sides. Returns how many rows are others now."""
    became: dict[str, list[str]] = {}
    for old, new in pairs.select("old", "new").iter_rows():
        became.setdefault(old, []).append(new)
    held = [(row.code, row.superior, row.line) for row in connection.execute(select(SuperiorRow))]
    wanted = {
        (code, superior, line)
        for was, above, line in held
        for code in became.get(was, [was])
        for superior in became.get(above, [above])
        if code != superior
    }
    if wanted == set(held):
        return 0
    connection.execute(delete(SuperiorRow))
    if wanted:
        rows = [{"code": code, "superior": above, "line": line} for code, above, line in sorted(wanted)]
        connection.execute(insert(SuperiorRow), rows)
    return len(wanted - set(held))
