"""Nobody there is not silence (architecture rule 7): what could not be delivered goes one superior up, and to
the administrator, once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import Connection, or_, text
from sqlmodel import col, select

from models.moments import micros
from models.rules.chasing.fitting import DUTY, fitting
from models.rules.delivery.delivering import notice_number
from models.tables import ContactRow, Notice, UnitRow
from models.units import ON_DUTY, ROLES
from tasks.campaign.frames import read_frame
from tasks.delivery.attempts import ADMIN, Desk
from tasks.delivery.ledger import UNTRIED, add_lines, add_notices, join_notices
from tasks.delivery.texts import read_about

_GATHERING = timedelta(minutes=1)
"""Somebody who was told a moment ago hears the rest together, a little later."""

_OWED = text(
    "SELECT * FROM notice_lines l WHERE l.notice_id = :id AND l.state = 'live' AND NOT EXISTS (SELECT 1 FROM notice_lines o"
    " WHERE o.case_id = l.case_id AND o.rung = l.rung AND o.person = :person AND o.role <> 'admin') ORDER BY l.id"
)
_ABOUT = (
    "SELECT c.unit, c.requirement, c.period FROM notice_lines l JOIN cases c ON c.id = l.case_id"
    " WHERE l.notice_id = :id AND l.state = 'live'"
)
_NO_CHAINS = pl.DataFrame(schema={"unit": pl.String, "ancestor": pl.String})
_KNOWN = text(
    "SELECT o.case_id, o.rung, o.unit, o.about FROM notice_lines l JOIN notice_lines o ON o.case_id = l.case_id"
    " AND o.rung = l.rung WHERE l.notice_id = :id AND l.state = 'live' AND o.role = 'admin'"
)


def go_up(desk: Desk, connection: Connection, lost: Mapping[int, str], now: datetime) -> None:
    """Owe the lines of given-up notices to the nearest superior who has somebody, and to the administrator.

    lost: {notice: code of the last failure}. Lines that they were owed already are not owed again; the
    administrator hears of each office and role whose channel is dead.
    """
    for notice_id, code in lost.items():
        head = connection.execute(select(Notice).where(col(Notice.id) == notice_id)).one()
        if head.role == ADMIN:
            continue
        instead = _instead(connection, head)
        why: dict[str, Any] = {"failed": code, "untold": None}
        for to in instead:
            _owe(desk=desk, connection=connection, head=head, why=why, to=to, now=now)
        dead = {**why, "vacant": head.unit, "vacant_role": head.role, "untold": None if instead else head.role}
        _owe(desk=desk, connection=connection, head=head, why=dead, to=(head.unit, ADMIN, ADMIN), now=now)


def _instead(connection: Connection, head: Any) -> list[tuple[str, str, str]]:
    """Who hears in place of a notice's reader: the owner of the same office where a plan declares the role or the roster
    names the reader, else everybody who holds the role, or as owner stands in for it, at the nearest superior that has
    somebody."""
    roles = (head.role,) if head.role in ROLES else ("owner",) if head.role == ON_DUTY else (head.role, "owner")
    if head.role not in ROLES:
        owners = _holding(connection, head, head.unit, "owner")
        if owners:
            return owners
    unit, seen = head.unit, {head.unit}
    while True:
        above = connection.execute(select(UnitRow.superior).where(col(UnitRow.code) == unit)).scalar()
        if above is None or above in seen:
            return []
        seen.add(above)
        unit = str(above)
        found = next((held for role in roles if (held := _holding(connection, head, unit, role))), [])
        if found:
            return found


def _holding(connection: Connection, head: Any, unit: str, role: str) -> list[tuple[str, str, str]]:
    """Everybody but the reader of a notice who holds a role in an office and answers for something that it says."""
    holders = select(ContactRow.person, ContactRow.only_for).where(
        col(ContactRow.unit) == unit, col(ContactRow.role) == role, col(ContactRow.person) != head.person
    )
    held = dict(tuple(row) for row in connection.execute(holders.order_by(col(ContactRow.place))))
    if any(held.values()):
        duties = read_frame(connection, _ABOUT, dict.fromkeys(DUTY, pl.String), id=head.id)
        people = pl.DataFrame({"person": list(held), "only_for": list(held.values())})
        fits = set(fitting(duties.join(people, how="cross"), _NO_CHAINS, None)["person"])
        held = {person: text_of for person, text_of in held.items() if person in fits}
    return [(unit, role, person) for person in held]


def _owe(
    desk: Desk,
    connection: Connection,
    head: Any,
    why: Mapping[str, Any],
    to: tuple[str, str, str],
    now: datetime,
) -> None:
    """Owe somebody the lines of a given-up notice. to: unit, role, person; for the administrator the dead one's unit."""
    unit, role, person = to
    lines = connection.execute(_OWED, {"id": head.id, "person": person}).mappings().all()
    known = _Known.by_admin(connection, head) if role == ADMIN else _Known()
    lines = [line for line in lines if (line["case_id"], line["rung"]) not in known.told]
    if not lines:
        return
    reason = desk.said(
        f"代 {notice_number(head.id)}，该通知无法送达",
        f"instead of {notice_number(head.id)}, which could not be delivered",
    )
    number = _unsent(connection, person)
    if number is None:
        number = _new(desk=desk, connection=connection, head=head, to=to, reason=reason, now=now)
    else:
        # one that gathers for a minute goes on doing so
        begins = now if head.any_hour else desk.may_go(now + _GATHERING, always=False)
        join_notices(connection, [(number, head.urgency, bool(head.any_hour), micros(begins))])
    copies = [
        {
            **{key: line[key] for key in ("case_id", "rung", "rung_no")},
            "notice_id": number,
            # two dead roles of one office are two lines about one rung: their unit tells them apart
            "unit": notice_number(head.id) if (line["case_id"], line["rung"]) in known.taken else unit,
            "role": role,
            "person": person,
            "kind": "vacancy" if role == ADMIN else line["kind"],
            "about": _about(line["about"], head, why),
        }
        for line in lines
    ]
    add_lines(connection, pl.DataFrame(copies), micros(now))


@dataclass(frozen=True)
class _Known:
    """What the administrator was told about the cases and rungs of a notice: told, of its very office and role; taken, under
    its office."""

    told: frozenset[tuple[int, str]] = frozenset()
    taken: frozenset[tuple[int, str]] = frozenset()

    @classmethod
    def by_admin(cls, connection: Connection, head: Any) -> _Known:
        rows = connection.execute(_KNOWN, {"id": head.id}).all()
        return cls(
            frozenset((row.case_id, row.rung) for row in rows if _is_about(row.about, head.unit, head.role)),
            frozenset((row.case_id, row.rung) for row in rows if row.unit == head.unit),
        )


def _is_about(text_of: str, unit: str, role: str) -> bool:
    about = read_about(text_of)
    return about.get("vacant") == unit and role in str(about.get("vacant_role")).split(",")


def _about(text_of: str, head: Any, why: Mapping[str, Any]) -> str:
    """What the lines say, and who was to hear them."""
    about = read_about(text_of)
    who = {"vacant": about.get("vacant") or head.unit, "vacant_role": about.get("vacant_role") or head.role}
    return json.dumps({**about, **who, **why}, ensure_ascii=False)


def _unsent(connection: Connection, person: str) -> int | None:
    """A notice to the same person that was not tried yet, and can take more lines."""
    own = col(Notice.person) == person
    untried = select(Notice.id).where(own, text(UNTRIED)).order_by(col(Notice.id)).limit(1)
    # one that a pass has in hand is left to it: a sender waits for no pass
    return connection.execute(untried.with_for_update(skip_locked=True)).scalar()


def _new(desk: Desk, connection: Connection, head: Any, to: tuple[str, str, str], reason: str, now: datetime) -> int:
    """A notice of its own; somebody who was told within the last minute hears of it a minute later."""
    told = or_(col(Notice.lease).is_not(None), col(Notice.settled_at) > micros(now - _GATHERING))
    lately = connection.execute(select(Notice.id).where(col(Notice.person) == to[2], told).limit(1)).first()
    one = pl.DataFrame(
        {
            "to_unit": "" if to[1] == ADMIN else to[0],
            "role": to[1],
            "person": to[2],
            "urgency": head.urgency,
            "always": bool(head.any_hour),
            "not_before": micros(desk.may_go(now + _GATHERING if lately else now, bool(head.any_hour))),
        }
    )
    return int(add_notices(connection, one, head.pass_id, reason, micros(now))["number"][0])
