"""Contacts into the campaign: who is one person, over which channels in which order. Channels are locked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, bindparam, insert, update
from sqlmodel import col, select

from models.rules.loading.persons import who_is_who
from models.rules.loading.unit_files import read_contacts
from models.tables import ContactRow
from models.wording import Refusal
from tasks.campaign.frames import delete_rows
from tasks.campaign.store import Store
from tasks.channels import ChannelError, check_url, mask
from tasks.delivery.ledger import forget_gone_channels
from tasks.files.opening import read_table
from tasks.papers.codes import end_codes_of_gone_channels

_KEY = ("unit", "role", "person", "address")
_KEPT = (*_KEY, "name", "shown", "quiet", "place")


def put_contacts(store: Store, connection: Connection, file: Path, known: pl.DataFrame) -> dict[str, int]:
    """Make the contacts those of `file`. Returns how many rows were added, changed and removed.

    All channels are locked under the first key afterwards, those of contacts that stay as they were too.
    Notices that wait for a channel which nobody has any more wait no longer. Refusal names the row.
    """
    rows = read_contacts(read_table(file), file.name, known)
    for row in rows:
        try:
            check_url(row["channel"])
        except ChannelError as fault:
            raise Refusal(
                f"{file.name} 第 {row['row']} 行：联系渠道写法有误或不允许使用（{fault.said.zh}）",
                f"{file.name}, row {row['row']}: the channel cannot be used ({fault.said.en})",
            ) from None
    places: Counter[tuple[str, str]] = Counter()
    wanted: dict[tuple[str, ...], dict[str, Any]] = {}
    channels: dict[tuple[str, ...], str] = {}
    for row, who in zip(rows, who_is_who(rows), strict=True):
        channel = row["channel"]
        contact = {
            "unit": row["unit"],
            "role": row["role"],
            "name": row["name"],
            "person": store.keeper.person(who),
            "address": store.keeper.address(channel),
            "shown": mask(channel),
            "quiet": row["quiet"] or None,
        }
        key = tuple(contact[part] for part in _KEY)
        if key not in wanted:
            wanted[key] = {**contact, "place": places[row["unit"], row["role"]]}
            channels[key] = channel
            places[row["unit"], row["role"]] += 1
    held = connection.execute(select(ContactRow)).mappings().all()
    current = {tuple(row[part] for part in _KEY): {part: row[part] for part in _KEPT} for row in held}
    sealed = {tuple(row[part] for part in _KEY): row for row in held}
    added = [key for key in wanted if key not in current]
    changed = [key for key in wanted if key in current and current[key] != wanted[key]]
    removed = [key for key in current if key not in wanted]
    gone = [dict(zip(_KEY, key, strict=True)) for key in (*removed, *changed)]
    delete_rows(connection, ContactRow, gone)
    fresh = [{**wanted[key], "channel": store.keeper.lock(channels[key])} for key in (*added, *changed)]
    if fresh:
        connection.execute(insert(ContactRow), fresh)
    kept = [key for key in wanted if current.get(key) == wanted[key]]
    relocked = [
        {"contact": sealed[key]["id"], "locked": store.keeper.lock(channels[key])}
        for key in kept
        if not store.keeper.under_first(sealed[key]["channel"])  # after a change of the key
    ]
    if relocked:
        own = col(ContactRow.id) == bindparam("contact")
        connection.execute(update(ContactRow).where(own).values(channel=bindparam("locked")), relocked)
    forget_gone_channels(connection)
    end_codes_of_gone_channels(connection)
    return {"added": len(added), "changed": len(changed), "removed": len(removed)}
