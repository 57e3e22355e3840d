"""Ahead of the clock (超前): what may be done for a moment to come, what stands there by a slip, and how it is healed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, text
from sqlmodel import select

from models.calendar.working_time import sendable
from models.moments import micros, moment_at
from models.plan.dates import spoken_day
from models.rules.delivery.channel_condition import LONGEST_ASIDE
from models.tables import Simulation
from models.wording import Refusal, Said
from tasks.audit_trail import records
from tasks.audit_trail.ties import HEALED, notices_in_tie, tied_anew
from tasks.campaign.store import Store

AHEAD = timedelta(days=1)
"""By how much a pass, an act or the moment of a figure may be later than the machine's clock."""


def is_simulated(connection: Connection) -> bool:
    """Whether somebody let a pass run ahead of the machine's clock: a simulation, whose figures are no office's state."""
    return connection.execute(select(Simulation.id).limit(1)).first() is not None


def check_ahead(store: Store, moment: datetime, *, simulate: bool = False) -> None:
    """Refusal for a moment more than a day later than the machine's clock, but in a simulation.

    simulate: make the campaign one, with a record, where the moment asks for it.
    """
    machine = store.machine(moment)
    if moment <= machine + AHEAD:
        return
    with store.reading() as connection:
        if is_simulated(connection):
            return
    if not simulate:
        raise Refusal(
            f"{moment:%Y-%m-%d %H:%M} 晚于本机时钟（{machine:%Y-%m-%d %H:%M}）一天以上，未执行：请核对 --as-of 和本机时间；"
            "确要推演将来的，先备份，再加 --simulate（本任务此后标为“推演”）",
            f"{moment:%Y-%m-%d %H:%M} is more than a day later than this machine's clock ({machine:%Y-%m-%d %H:%M}); nothing"
            " was done: check --as-of and the clock; to simulate the future, back up and add --simulate, which marks"
            " the campaign",
        )
    with store.writing() as connection:
        values = {"as_of": micros(moment), "machine_at": micros(machine)}
        connection.execute(insert(Simulation), [values])
        records.record(connection, "simulate", records.ADMINISTRATOR, values, machine)


@dataclass(frozen=True)
class Standing:
    """What stands too far ahead: how many rows, the last of their moments, and whether `heal` brings them back."""

    what: Said
    count: int
    latest: datetime
    heals: bool

    @property
    def said(self) -> Said:
        day = spoken_day(self.latest)
        left_zh = "" if self.heals else "，请按正确的时刻重新上报"
        left_en = "" if self.heals else "; report them again for the right moment"
        return Said(
            f"{self.what.zh} {self.count} 处在将来，最晚到{day}{left_zh}",
            f"{self.count} × {self.what.en} in the future, the last at {day}{left_en}",
        )


class _Column(NamedTuple):
    """A column of moments, and by how much a moment in it may be later than the clock. becomes: how it is healed."""

    table: str
    column: str
    what: Said
    longest: timedelta
    becomes: str | None = ":at"


_CASES = Said("催办件的时刻", "moments of cases")
_NOTICES = Said("通知的时刻", "moments of notices")
_WAITS = Said("通知的等候", "waits of notices")
_CHANNELS = Said("渠道的暂停或限速", "rests of channels")
_FIGURES = Said("报表的截至时刻", "moments that reports are for")


def _columns(store: Store, machine: datetime) -> Sequence[_Column]:
    """Everything that the chase waits by, each with its longest span."""
    settings, plan, calendar = store.settings, store.plan(), store.calendar()
    none = timedelta()
    # a day of quiet hours, then the next office hours, over the longest holidays
    tomorrow = machine + AHEAD + timedelta(days=1)
    waits = sendable(calendar, plan.office_hours, tomorrow, plan.zone, always=False) + timedelta(days=1) - machine
    acknowledged = calendar.add_working_days(machine.astimezone(plan.zone).date(), settings.ack_days + 2)
    silence = timedelta(days=(acknowledged - machine.astimezone(plan.zone).date()).days)
    return (
        _Column("passes", "as_of", Said("巡查", "passes"), none),
        _Column("heartbeats", "at", Said("运行记录", "heartbeats"), timedelta(days=1)),
        *(
            _Column("cases", column, _CASES, none)
            for column in ("opened_at", "closed_at", "rung_nominal", "rung_fired_at", "rung_settled_at", "hushed_since")
        ),
        _Column("cases", "acknowledged_until", Said("签收的期限", "ends of acknowledgements"), silence),
        _Column("notices", "created_at", _NOTICES, none),
        _Column("notices", "settled_at", _NOTICES, none),
        _Column("notices", "not_before", _WAITS, waits),
        _Column("notices", "next_try", _WAITS, waits),
        _Column("notices", "lease_until", Said("发送占用", "leases"), timedelta(minutes=settings.lease_minutes)),
        _Column("channels", "aside_until", _CHANNELS, timedelta(minutes=LONGEST_ASIDE), "NULL"),
        _Column("channels", "free_at", _CHANNELS, timedelta(minutes=settings.longest_wait_minutes + 10), "NULL"),
        _Column("asides", "since", Said("搁置的阶段", "phases set aside"), none),
        _Column("asides", "until", Said("搁置的阶段", "phases set aside"), timedelta(days=1)),
        _Column("batches", "as_of", _FIGURES, none, None),
    )


def standing_ahead(store: Store, now: datetime) -> tuple[Standing, ...]:
    """What stands further ahead of the machine's clock than its longest span; nothing in a simulation.

    Nothing either where the store was opened without the machine's clock: `now` may then be a moment of the past.
    """
    if store.clock is None:
        return ()
    with store.reading() as connection:
        if is_simulated(connection):
            return ()
        return _found(store, connection, store.machine(now))


def _found(store: Store, connection: Connection, machine: datetime) -> tuple[Standing, ...]:
    found: dict[Said, Standing] = {}
    for one in _columns(store, machine):
        query = f"SELECT COUNT(*) AS many, MAX({one.column}) AS latest FROM {one.table} WHERE {one.column} > :bound"
        row = connection.execute(text(query), {"bound": micros(machine + AHEAD + one.longest)}).one()
        if not row.many:
            continue
        latest, known = moment_at(row.latest, store.plan().zone), found.get(one.what)
        found[one.what] = Standing(
            what=one.what,
            count=row.many + (known.count if known else 0),
            latest=max(latest, known.latest) if known else latest,
            heals=one.becomes is not None,
        )
    return tuple(found.values())


def heal(store: Store, now: datetime) -> tuple[Standing, ...]:
    """Bring back to the machine's clock what stands ahead of it, and end a simulation. Returns what stood ahead.

    Its record ties the notices anew whose moments it brings back, so that the check of the trail knows of it.

    What went out stays as it was recorded; figures are left, as only whoever reported them knows their moment.
    """
    machine = store.machine(now)
    with store.writing() as connection:
        found, tied = _found(store, connection, machine), notices_in_tie(connection)
        for one in _columns(store, machine):
            if one.becomes is not None:
                connection.execute(
                    text(f"UPDATE {one.table} SET {one.column} = {one.becomes} WHERE {one.column} > :bound"),
                    {"bound": micros(machine + AHEAD + one.longest)}
                    | ({"at": micros(machine)} if one.becomes == ":at" else {}),
                )
        simulated = connection.execute(delete(Simulation)).rowcount
        if found or simulated:
            about = {
                "healed": {one.what.en: one.count for one in found if one.heals},
                "simulations": simulated,
                "notices": tied_anew(connection, tied),
            }
            records.record(connection, HEALED, records.ADMINISTRATOR, about, machine)
    return found
