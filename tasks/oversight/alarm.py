"""Telling the administrators of trouble (运行异常告警): once a day for each, over their own channel, outside the ledger.

The ledger is what may be in trouble; so this word goes out directly, and stands in the audit trail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete
from sqlmodel import col, select

from models.moments import micros, moment_at
from models.rules.oversight.health import TELL_AGAIN, TRY_AGAIN, HealthCheck, to_tell
from models.tables import Heartbeat
from models.wording import Said
from tasks.audit_trail import records
from tasks.campaign.locks import LEDGER
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store
from tasks.channels import Message, OpenChannels, Outcome, mask
from tasks.oversight.heartbeats import beat

_SILENT = "told-"
"""Heartbeats of this name hold until when nobody is told of a trouble again."""


def tell_administrators(store: Store, checks: Sequence[HealthCheck], now: datetime) -> tuple[HealthCheck, ...]:
    """Tell the administrators of the troubles among `checks` that they have not heard of within a day.

    Returns those that were told. Two that look at once tell once: the word is claimed before it is sent.
    """
    with store.writing(LEDGER) as connection:
        chosen = to_tell(checks, _silent_until(connection, now), now)
        _be_silent(connection, chosen, now, now + TELL_AGAIN)
    if not chosen:
        return ()
    outcome = send_alarm(store.settings, chosen, now)
    arrived = outcome is not None and outcome.state in ("accepted", "unknown")
    with store.writing(LEDGER) as connection:
        if not arrived:
            _be_silent(connection, chosen, now, now + TRY_AGAIN)
        records.record(connection, "alarm", records.PUCHA, _about(store.settings, chosen, outcome), now)
    return chosen if arrived else ()


def send_alarm(settings: Settings, troubles: Sequence[HealthCheck], now: datetime) -> Outcome | None:
    """Send the troubles to the administrators' channel (PUCHA_ADMIN_CHANNEL); None where there is none."""
    if settings.admin_channel is None:
        return None
    return asyncio.run(send_to_administrators(settings, _message(settings, troubles, now)))


async def send_to_administrators(settings: Settings, message: Message) -> Outcome:
    """Send a message to the administrators' channel, which there must be."""
    assert settings.admin_channel is not None
    channel = settings.admin_channel.get_secret_value()
    async with OpenChannels(settings.gateways, settings.send_timeout) as channels:
        return await channels.send(channel, message)


def _message(settings: Settings, troubles: Sequence[HealthCheck], now: datetime) -> Message:
    lang = settings.lang
    title = Said("普查催办运行异常", "Pucha is in trouble")
    head = Said(f"截至{now:%m月%d日%H:%M}，以下各项异常：", f"As of {now:%m-%d %H:%M} these fail:").in_language(lang)
    body = [f"{place}. {one.said.in_language(lang)}" for place, one in enumerate(troubles, start=1)]
    foot = Said(
        "请到运行本程序的机器上执行 pucha health 查看，并检查 pucha up 是否在运行。同一异常每天只告知一次。",
        "On the machine that runs it, see pucha health, and whether pucha up runs. The same trouble is told once a day.",
    )
    return Message(
        f"H{now:%y%m%d%H%M}", title.in_language(lang), "\n".join([head, *body, foot.in_language(lang)]), lang=lang
    )


def _about(settings: Settings, troubles: Sequence[HealthCheck], outcome: Outcome | None) -> dict[str, Any]:
    channel = settings.admin_channel
    return {
        "troubles": [one.name for one in troubles],
        "to": mask(channel.get_secret_value()) if channel else None,
        "state": outcome.state if outcome else None,
        "code": outcome.code if outcome else None,
    }


def _silent_until(connection: Connection, now: datetime) -> dict[str, datetime]:
    """By the name of a trouble, until when nobody is told of it again; what lies too far ahead is a clock put back."""
    rows = connection.execute(select(Heartbeat.name, Heartbeat.at).where(col(Heartbeat.name).startswith(_SILENT)))
    found = {row.name.removeprefix(_SILENT): moment_at(row.at, now.tzinfo) for row in rows}
    return {name: until for name, until in found.items() if until <= now + TELL_AGAIN}


def _be_silent(connection: Connection, troubles: Sequence[HealthCheck], now: datetime, until: datetime) -> None:
    for one in troubles:
        # `beat` keeps the later moment, and a try that failed is made again sooner than was claimed before it
        connection.execute(delete(Heartbeat).where(col(Heartbeat.name) == f"{_SILENT}{one.name}"))
        beat(connection, f"{_SILENT}{one.name}", until, {"told": micros(now)})
