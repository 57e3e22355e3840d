"""Anchoring (存证): once a day the administrators are told where the audit trail ends, so that nobody can write another.

Whoever may change the database, and this machine's files, cannot take back a message that somebody else has.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, delete
from sqlmodel import col

from models.moments import micros
from models.rules.oversight.health import TRY_AGAIN
from models.tables import Heartbeat
from models.wording import Said
from tasks.audit_trail import records
from tasks.campaign.locks import LEDGER
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store
from tasks.campaign.trail_heads import Head, head_now
from tasks.channels import Message, Outcome, mask
from tasks.oversight.alarm import send_to_administrators
from tasks.oversight.heartbeats import beat, last_beat

_SILENT = "trail-head"
"""The heartbeat of this name holds until when the administrators are not told of a head again."""


def anchor_trail(store: Store, now: datetime) -> Head | None:
    """Tell the administrators where the trail ends, once a day after office hours begin. Returns what they were told.

    Two that look at once tell once: the word is claimed before it is sent.
    """
    if store.settings.admin_channel is None or now.time() < store.plan().office_hours.opens:
        return None
    with store.writing(LEDGER) as connection:
        held = last_beat(connection, _SILENT)
        head = head_now(connection)
        if head is None or (held is not None and micros(now) < held.at <= micros(_tomorrow(now))):
            return None
        _be_silent(connection, _tomorrow(now), head)
    outcome = _tell(store.settings, head, now)
    arrived = outcome.state in ("accepted", "unknown")
    channel = mask(store.settings.admin_channel.get_secret_value())
    with store.writing(LEDGER) as connection:
        if not arrived:
            _be_silent(connection, now + TRY_AGAIN, head)
        about = {
            "records": head.records,
            "hash": head.hash,
            "to": channel,
            "state": outcome.state,
            "code": outcome.code,
        }
        records.record(connection, "anchor", records.PUCHA, about, now)
    return head if arrived else None


def _tell(settings: Settings, head: Head, now: datetime) -> Outcome:
    title = Said("审计记录存证", "Where the audit trail ends")
    body = Said(
        f"截至{now:%m月%d日%H:%M}，审计记录共 {head.records} 条，校验码 {head.records}:{head.hash[:16]}。\n"
        "请留存本通知。需要核对时，执行 pucha audit verify --head 加上这个校验码。",
        f"As of {now:%m-%d %H:%M} the audit trail has {head.records} records; its check is"
        f" {head.records}:{head.hash[:16]}.\nKeep this message. To compare, run pucha audit verify --head with that check.",
    )
    lang = settings.lang
    return asyncio.run(
        send_to_administrators(
            settings, Message(f"A{now:%y%m%d%H%M}", title.in_language(lang), body.in_language(lang), lang=lang)
        )
    )


def _tomorrow(now: datetime) -> datetime:
    return datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)


def _be_silent(connection: Connection, until: datetime, head: Head) -> None:
    # `beat` keeps the later moment, and a try that failed is made again sooner than was claimed before it
    connection.execute(delete(Heartbeat).where(col(Heartbeat.name) == _SILENT))
    beat(connection, _SILENT, until, {"records": head.records})
