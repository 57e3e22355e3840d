"""Contacts into the campaign: who is one person, over which channels in which order. Channels are locked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update
from sqlmodel import col, select

from models.calendar.quiet_hours import QuietHours
from models.calendar.working_time import OfficeHours
from models.rules.loading.persons import answering, who_is_who
from models.tables import ContactRow
from models.wording import Refusal, Said
from tasks.campaign.frames import delete_rows
from tasks.campaign.store import Store
from tasks.channels import ChannelError, check_host, check_url, mask
from tasks.delivery.ledger import forget_gone_channels
from tasks.files.received import shown_name
from tasks.papers.codes import end_codes_of_gone_channels

_KEY = ("unit", "role", "person", "address")
_KEPT = (*_KEY, "name", "shown", "quiet", "place", "only_for", "seat")


def put_contacts(store: Store, connection: Connection, file: Path, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Make the contacts those of `file`, whose rows these are. Returns how many rows were added, changed and removed.

    All channels are locked under the first key afterwards, those of contacts that stay as they were too.
    Notices that wait for a channel which nobody has any more wait no longer. Refusal names the row.
    """
    for row in rows:
        try:
            check_url(row["channel"])
            check_host(row["channel"], store.settings.gateways.hosts)
        except ChannelError as fault:
            raise Refusal(
                f"{shown_name(file)} 第 {row['row']} 行：联系渠道写法有误或不允许使用（{fault.said.zh}）",
                f"{shown_name(file)}, row {row['row']}: the channel cannot be used ({fault.said.en})",
            ) from None
    places: Counter[tuple[str, str]] = Counter()
    wanted: dict[tuple[str, ...], dict[str, Any]] = {}
    channels: dict[tuple[str, ...], str] = {}
    persons = who_is_who(rows)
    for row, who, (only_for, seat) in zip(rows, persons, answering(rows, persons, shown_name(file)), strict=True):
        channel = row["channel"]
        contact = {
            "unit": row["unit"],
            "role": row["role"],
            "name": row["name"],
            "person": store.keeper.person(who),
            "address": store.keeper.address(channel),
            "shown": mask(channel),
            "quiet": row["quiet"] or None,
            "only_for": only_for,
            "seat": seat,
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


def never_told(connection: Connection, hours: OfficeHours) -> list[Said]:
    """Contacts whose quiet hours cover all office hours, in a sentence: what is bound to office hours never reaches them."""
    query = (
        select(ContactRow.unit, ContactRow.role, ContactRow.quiet)
        .where(col(ContactRow.quiet).is_not(None))
        .order_by(ContactRow.unit, ContactRow.role, col(ContactRow.place))
    )
    covered = [
        row
        for row in connection.execute(query)
        if all(QuietHours.parse(row.quiet).cover(opens, closes) for opens, closes in hours.spans)
    ]
    if not covered:
        return []
    first = covered[0]
    more_zh = f"等 {len(covered)} 人" if len(covered) > 1 else ""
    more_en = f" and {len(covered) - 1} more" if len(covered) > 1 else ""
    return [
        Said(
            f"{first.unit} 的 {first.role}{more_zh}免打扰时段占满办公时间（{hours}），办公时间内的通知到不了本人，"
            "一个工作日后转报上级，请核对",
            f"the quiet hours of {first.role} of {first.unit}{more_en} cover all office hours ({hours}): what goes by them"
            " never arrives, and goes to the superior a working day later; check them",
        )
    ]
