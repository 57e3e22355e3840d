"""Delivery: notices from the ledger to their persons, each attempt leased, sent and recorded.

Only rows of the ledger are ever sent. A lease is taken in one transaction, the message goes out with no
database open, and the outcome is recorded in another under the lease's fencing token.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, text

from models.rules.delivering import Attempt, next_step
from models.rules.judging import micros
from models.rules.working_time import sendable
from models.tables import Transition
from models.wording import Refusal
from tasks.channels import ChannelError, Gateways, Message, Outcome, Switchboard
from tasks.settings import Settings
from tasks.store import Store
from tasks.texts import Line, Texts, notice_number

BATCH = 256
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Delivered:
    """What became of the notices that this pass took up. held: waiting for their hour when it ended."""

    delivered: int = 0
    failed: int = 0
    held: int = 0


@dataclass(frozen=True)
class _Held:
    """One leased notice with what it needs to be sent."""

    id: int
    unit: str
    role: str
    person: str
    attempts: int
    repeat: bool
    lines: tuple[Line, ...]
    channels: tuple[str, ...]


def deliver(store: Store, settings: Settings, clock: Clock) -> Delivered:
    """Send what is waiting and may go out now, most urgent first, until nothing is left to take up.

    clock: the pass's clock; leases, back-off and hours all go by it.
    """
    return asyncio.run(_deliver(store, settings, clock))


async def _deliver(store: Store, settings: Settings, clock: Clock) -> Delivered:
    gateways = Gateways(settings.wecombot_url, settings.dingtalk_url, settings.feishu_url)
    texts = Texts(store)
    accepted = failed = 0
    _expire(store, micros(clock()))
    async with Switchboard(gateways, settings.send_timeout) as switchboard:
        while True:
            leased = _lease(store, settings, texts, clock())
            if not leased:
                break
            token, notices = leased
            outcomes = await _send_all(switchboard, settings, texts, notices, clock())
            sent, missed = _record(store, settings, token, outcomes, clock())
            accepted, failed = accepted + sent, failed + missed
    return Delivered(accepted, failed, _count_held(store, micros(clock())))


def _expire(store: Store, at: int) -> None:
    """A lease that ran out: its sender died, so the message may or may not have arrived."""
    with store.writing() as connection:
        dead = "state = 'sending' AND lease_until <= :at"
        connection.execute(
            text(
                "INSERT INTO transitions (notice_id, at, was, state, reason)"
                f" SELECT id, :at, 'sending', 'unknown', 'lease ran out' FROM notices WHERE {dead}"
            ),
            {"at": at},
        )
        connection.execute(
            text(
                f"UPDATE notices SET state = 'unknown', lease = NULL, lease_until = NULL, next_try = :at, repeat = :yes WHERE {dead}"
            ),
            {"at": at, "yes": True},
        )


_READY = (
    "((state IN ('planned', 'held') AND not_before <= :at)"
    " OR (state IN ('retry', 'unknown') AND next_try IS NOT NULL AND next_try <= :at)) AND created_at <= :at"
)


def _lease(store: Store, settings: Settings, texts: Texts, now: datetime) -> tuple[str, list[_Held]] | None:
    """Take up to BATCH notices, most urgent first, under a token of our own."""
    at, token = micros(now), secrets.token_hex(8)
    until = micros(now + timedelta(minutes=settings.lease_minutes))
    with store.writing() as connection:
        rows = connection.execute(
            text(
                "SELECT id, unit, role, person, attempts, repeat, state FROM notices"
                f" WHERE {_READY} ORDER BY urgency DESC, id LIMIT {BATCH}"
            ),
            {"at": at},
        ).all()
        if not rows:
            return None
        connection.execute(
            text(
                "UPDATE notices SET state = 'sending', attempts = attempts + 1, lease = :token, lease_until = :until WHERE id = :id"
            ),
            [{"token": token, "until": until, "id": row.id} for row in rows],
        )
        connection.execute(
            insert(Transition),
            [{"notice_id": r.id, "at": at, "was": r.state, "state": "sending", "reason": None} for r in rows],
        )
        ids = [row.id for row in rows]
        lines = texts.lines(connection, ids)
        channels = _channels(store, connection, settings, rows)
    held = [
        _Held(
            r.id, r.unit, r.role, r.person, r.attempts + 1, bool(r.repeat), tuple(lines.get(r.id, ())), channels[r.id]
        )
        for r in rows
    ]
    return token, held


def _channels(
    store: Store, connection: Connection, settings: Settings, rows: Sequence[Any]
) -> dict[int, tuple[str, ...]]:
    """Where each notice goes now: the person's channels if they still hold the role, else the holders' of today."""
    admin = settings.admin_channel.get_secret_value() if settings.admin_channel else None
    by_office: dict[tuple[str, str], list[Any]] = {}
    offices = sorted({row.unit for row in rows})
    for start in range(0, len(offices), 500):
        marks = {f"u{n}": unit for n, unit in enumerate(offices[start : start + 500])}
        listed = ", ".join(f":{mark}" for mark in marks)
        query = f"SELECT unit, role, person, channel FROM contacts WHERE unit IN ({listed}) ORDER BY place"
        for contact in connection.execute(text(query), marks):
            by_office.setdefault((contact.unit, contact.role), []).append(contact)
    found: dict[int, tuple[str, ...]] = {}
    for row in rows:
        if row.role == "admin":
            found[row.id] = (admin,) if admin else ()
            continue
        holders = by_office.get((row.unit, row.role), [])
        own = [contact for contact in holders if contact.person == row.person] or holders[:1]
        found[row.id] = tuple(_unlocked(store, contact.channel) for contact in own)
    return found


def _unlocked(store: Store, sealed: bytes) -> str:
    try:
        return store.keeper.unlock(sealed)
    except Refusal:
        return ""


async def _send_all(
    switchboard: Switchboard, settings: Settings, texts: Texts, notices: Sequence[_Held], now: datetime
) -> list[tuple[_Held, Outcome, str]]:
    """Send every leased notice; at most send_concurrency at once. One that fails does not stop the others."""
    gate = asyncio.Semaphore(settings.send_concurrency)

    async def send(notice: _Held) -> tuple[_Held, Outcome, str]:
        message = texts.message(notice.id, notice.unit, notice.role, notice.lines, notice.repeat, now)
        async with gate:
            return notice, await _send_one(switchboard, notice, message), message.body

    return list(await asyncio.gather(*(send(notice) for notice in notices)))


async def _send_one(switchboard: Switchboard, notice: _Held, message: Message) -> Outcome:
    """Try a person's channels in order: a permanent refusal goes to the next."""
    outcome = Outcome("refused", "no-channel", "nobody holds this role, or no channel is set")
    for channel in notice.channels:
        if not channel:
            outcome = Outcome("refused", "locked", "the channel cannot be decrypted")
            continue
        try:
            outcome = await switchboard.send(channel, message)
        except ChannelError as fault:
            outcome = Outcome("refused", "channel", str(fault))
        if outcome.state != "refused":
            return outcome
    return outcome


def _record(
    store: Store, settings: Settings, token: str, outcomes: Sequence[tuple[_Held, Outcome, str]], now: datetime
) -> tuple[int, int]:
    """Record outcomes for notices that we still hold. Returns how many were accepted and how many were not."""
    at = micros(now)
    accepted = failed = 0
    updates, moves = [], []
    for notice, outcome, body in outcomes:
        resend = settings.unknown == "resend" and all(line.if_unknown == "resend" for line in notice.lines)
        step = next_step(Attempt(outcome.state, notice.attempts, outcome.retry_after), settings.most_attempts, resend)
        accepted += step.state == "accepted"
        failed += step.state != "accepted"
        updates.append(
            {"id": notice.id, "token": token, "state": step.state, "code": outcome.code, "error": outcome.detail or None,
             "settled": at if step.settled else None, "sent": body if step.state == "accepted" else None,
             "next": None if step.wait is None else micros(now + step.wait), "repeat": step.repeat or notice.repeat}
        )  # fmt: skip
        moves.append(
            {
                "notice_id": notice.id,
                "at": at,
                "was": "sending",
                "state": step.state,
                "reason": _reason(outcome),
                "token": token,
            }
        )
    with store.writing() as connection:
        # the move is written only for notices that are still ours: the token fences off a sender that was given up
        connection.execute(
            text(
                "INSERT INTO transitions (notice_id, at, was, state, reason)"
                " SELECT :notice_id, :at, :was, :state, :reason FROM notices WHERE id = :notice_id AND lease = :token"
            ),
            moves,
        )
        connection.execute(
            text(
                "UPDATE notices SET state = :state, code = :code, error = :error, settled_at = :settled, next_try = :next,"
                " repeat = :repeat, sent_text = :sent, lease = NULL, lease_until = NULL WHERE id = :id AND lease = :token"
            ),
            updates,
        )
        _go_up(store, connection, [int(str(u["id"])) for u in updates if u["state"] == "refused"], now)
    return accepted, failed


def _reason(outcome: Outcome) -> str | None:
    parts = [part for part in (outcome.code, outcome.detail) if part]
    return ": ".join(parts) or None


def _go_up(store: Store, connection: Connection, refused: Sequence[int], now: datetime) -> None:
    """What could not be delivered goes one superior up and to the administrator (architecture rule 7)."""
    for notice_id in refused:
        head: dict[str, Any] = dict(
            connection.execute(text("SELECT * FROM notices WHERE id = :id"), {"id": notice_id}).mappings().one()
        )
        if head["role"] == "admin":
            continue
        for unit, role, person in _instead(connection, head):
            _repeat_to(store, connection, head, unit, role, person, now)


def _instead(connection: Connection, head: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The nearest superior who has somebody in the same role, and the administrator."""
    unit: str | None = head["unit"]
    while unit is not None:
        unit = connection.execute(text("SELECT superior FROM units WHERE code = :code"), {"code": unit}).scalar()
        holders = connection.execute(
            text("SELECT person FROM contacts WHERE unit = :unit AND role = :role ORDER BY place"),
            {"unit": unit, "role": head["role"]},
        ).all()
        if unit is not None and holders:
            return [*((unit, head["role"], row.person) for row in holders), ("", "admin", "admin")]
    return [("", "admin", "admin")]


def _repeat_to(
    store: Store, connection: Connection, head: Mapping[str, Any], unit: str, role: str, person: str, now: datetime
) -> None:
    """A notice with the same lines for somebody else; lines that they were owed already are not owed again."""
    at = micros(now)
    lines = connection.execute(
        text(
            "SELECT * FROM notice_lines l WHERE notice_id = :id AND state = 'live' AND NOT EXISTS (SELECT 1 FROM notice_lines o"
            " WHERE o.case_id = l.case_id AND o.rung = l.rung AND o.unit = :unit AND o.role = :role AND o.person = :person)"
        ),
        {"id": head["id"], "unit": unit, "role": role, "person": person},
    ).mappings().all()  # fmt: skip
    if not lines:
        return
    number = int(connection.execute(text("SELECT MAX(id) + 1 FROM notices")).scalar_one())
    plan = store.plan()
    may_go = micros(sendable(store.calendar(), plan.office_hours, now, plan.zone, bool(head["always"])))
    state = "held" if may_go > at else "planned"
    connection.execute(
        text(
            "INSERT INTO notices (id, unit, role, person, pass_id, state, urgency, always, created_at, not_before, attempts, repeat)"
            " VALUES (:id, :unit, :role, :person, :pass_id, :state, :urgency, :always, :at, :not_before, 0, :no)"
        ),
        {"id": number, "unit": unit, "role": role, "person": person, "pass_id": head["pass_id"], "state": state,
         "urgency": head["urgency"], "always": head["always"], "at": at, "not_before": may_go, "no": False},
    )  # fmt: skip
    copies = [
        {**{key: line[key] for key in ("case_id", "rung", "rung_no", "about")}, "notice_id": number, "unit": unit, "role": role,
         "person": person, "kind": "vacancy" if role == "admin" else line["kind"], "state": "live"}
        for line in lines
    ]  # fmt: skip
    connection.execute(
        text(
            "INSERT INTO notice_lines (notice_id, case_id, rung, rung_no, unit, role, person, kind, state, about)"
            " VALUES (:notice_id, :case_id, :rung, :rung_no, :unit, :role, :person, :kind, :state, :about)"
        ),
        copies,
    )
    reason = f"instead of notice {notice_number(head['id'])}, which could not be delivered"
    connection.execute(
        insert(Transition), [{"notice_id": number, "at": at, "was": None, "state": state, "reason": reason}]
    )
    if not store.is_sqlite:
        connection.execute(text("SELECT setval(pg_get_serial_sequence('notices', 'id'), :n)"), {"n": number})


def _count_held(store: Store, at: int) -> int:
    with store.reading() as connection:
        query = "SELECT COUNT(*) FROM notices WHERE state IN ('planned', 'held') AND not_before > :at"
        return int(connection.execute(text(query), {"at": at}).scalar_one())
