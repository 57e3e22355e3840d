"""Nobody there is not silence (architecture rule 7): what could not be delivered goes one superior up, and to
the administrator, once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, text

from models.moments import micros
from models.rules.delivery.delivering import notice_number
from models.tables import NoticeLine, Transition
from tasks.delivery.attempts import ADMIN, Desk
from tasks.delivery.texts import read_about

_GATHERING = timedelta(minutes=1)
"""Somebody who was told a moment ago hears the rest together, a little later."""

_OWED = text(
    "SELECT * FROM notice_lines l WHERE l.notice_id = :id AND l.state = 'live' AND NOT EXISTS (SELECT 1 FROM notice_lines o"
    " WHERE o.case_id = l.case_id AND o.rung = l.rung AND o.person = :person) ORDER BY l.id"
)


def go_up(desk: Desk, connection: Connection, lost: Mapping[int, str], now: datetime) -> None:
    """Owe the lines of given-up notices to the nearest superior who has somebody, and to the administrator.

    lost: {notice: code of the last failure}. Lines that they were owed already are not owed again.
    """
    for notice_id, code in lost.items():
        query = text("SELECT id, unit, role, pass_id, urgency, always FROM notices WHERE id = :id")
        head = connection.execute(query, {"id": notice_id}).one()
        if head.role == ADMIN:
            continue
        for unit, role, person in _instead(connection, head.unit, head.role):
            _owe(desk=desk, connection=connection, head=head, code=code, to=(unit, role, person), now=now)


def _instead(connection: Connection, unit: str, role: str) -> list[tuple[str, str, str]]:
    """Everybody who holds the role at the nearest superior that has somebody, and the administrator."""
    admin = ("", ADMIN, ADMIN)
    seen = {unit}
    while True:
        query = text("SELECT superior FROM units WHERE code = :code")
        above = connection.execute(query, {"code": unit}).scalar()
        if above is None or above in seen:
            return [admin]
        seen.add(above)
        unit = str(above)
        holders = text(
            "SELECT person FROM contacts WHERE unit = :unit AND role = :role GROUP BY person ORDER BY MIN(place)"
        )
        persons = connection.execute(holders, {"unit": unit, "role": role}).scalars().all()
        if persons:
            return [*((unit, role, person) for person in persons), admin]


def _owe(desk: Desk, connection: Connection, head: Any, code: str, to: tuple[str, str, str], now: datetime) -> None:
    unit, role, person = to
    lines = connection.execute(_OWED, {"id": head.id, "person": person}).mappings().all()
    if not lines:
        return
    reason = desk.said(
        f"代 {notice_number(head.id)}，该通知无法送达",
        f"instead of {notice_number(head.id)}, which could not be delivered",
    )
    number = _waiting(connection, person, head) or _new(
        desk=desk, connection=connection, head=head, to=to, reason=reason, now=now
    )
    copies = [
        {
            **{key: line[key] for key in ("case_id", "rung", "rung_no")},
            "notice_id": number,
            "unit": unit,
            "role": role,
            "person": person,
            "kind": "vacancy" if role == ADMIN else line["kind"],
            "state": "live",
            "about": _about(line["about"], head, code),
            "owed_at": micros(now),
        }
        for line in lines
    ]
    connection.execute(insert(NoticeLine), copies)


def _about(text_of: str, head: Any, code: str) -> str:
    """What the lines say, and who was to hear them."""
    about = read_about(text_of)
    who = {"vacant": about.get("vacant") or head.unit, "vacant_role": about.get("vacant_role") or head.role}
    return json.dumps({**about, **who, "failed": code}, ensure_ascii=False)


def _waiting(connection: Connection, person: str, head: Any) -> int | None:
    """A notice to the same person that was not tried yet, and can take more lines."""
    query = text(
        "SELECT id FROM notices WHERE person = :person AND always = :always AND settled_at IS NULL AND attempts = 0"
        " AND state IN ('planned', 'held') AND lease IS NULL ORDER BY id LIMIT 1"
    )
    found = connection.execute(query, {"person": person, "always": bool(head.always)}).scalar()
    if found is None:
        return None
    connection.execute(
        text("UPDATE notices SET urgency = :urgency WHERE id = :id AND urgency < :urgency"),
        {"urgency": head.urgency, "id": found},
    )
    return int(found)


def _new(desk: Desk, connection: Connection, head: Any, to: tuple[str, str, str], reason: str, now: datetime) -> int:
    """A notice of its own; somebody who was told within the last minute hears of it a minute later."""
    at = micros(now)
    told = connection.execute(
        text("SELECT 1 FROM notices WHERE person = :person AND (state = 'sending' OR settled_at > :lately) LIMIT 1"),
        {"person": to[2], "lately": micros(now - _GATHERING)},
    ).first()
    not_before = micros(desk.may_go(now + _GATHERING if told else now, bool(head.always)))
    state = "held" if not_before > at else "planned"
    number = connection.execute(
        text(
            "INSERT INTO notices (unit, role, person, pass_id, state, urgency, always, created_at, not_before, attempts, repeat)"
            " VALUES (:unit, :role, :person, :pass_id, :state, :urgency, :always, :at, :not_before, 0, :no) RETURNING id"
        ),
        {
            "unit": to[0],
            "role": to[1],
            "person": to[2],
            "pass_id": head.pass_id,
            "state": state,
            "urgency": head.urgency,
            "always": bool(head.always),
            "at": at,
            "not_before": not_before,
            "no": False,
        },
    ).scalar_one()
    connection.execute(
        insert(Transition), [{"notice_id": number, "at": at, "was": None, "state": state, "reason": reason}]
    )
    return int(number)
