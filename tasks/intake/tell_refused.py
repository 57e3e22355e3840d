"""Telling of files that the inbox refused (退件告知): the office whose code the name begins with, and the administrator.

Once for each file, when it is set aside; it goes out directly, since it is no duty of a plan.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlmodel import col, select

from models.tables import ContactRow
from models.units import readings_of_code
from models.wording import COLON, Refusal, Said
from tasks.campaign.store import Store
from tasks.channels import Message, OpenChannels

_MOST = 10
log = logging.getLogger(__name__)


def tell_refused(store: Store, refused: Sequence[tuple[str, Said]], now: datetime) -> None:
    """Send the names of the files and why each was refused. What cannot be sent is logged; the reason lies beside it."""
    letters: dict[str, list[tuple[str, Said]]] = defaultdict(list)
    admin = store.settings.admin_channel
    for name, said in refused:
        channels = _of_office(store, name)
        if admin is not None:
            channels.append(admin.get_secret_value())
        for channel in dict.fromkeys(channels):
            letters[channel].append((name, said))
    if letters:
        asyncio.run(_send(store, letters, now))


async def _send(store: Store, letters: dict[str, list[tuple[str, Said]]], now: datetime) -> None:
    settings = store.settings
    async with OpenChannels(settings.gateways, settings.send_timeout) as channels:
        for channel, files in letters.items():
            try:
                outcome = await channels.send(channel, _message(store, files, now))
            except Exception as fault:  # noqa: BLE001 - a channel that fails must not stop the inbox, nor be printed
                log.error("a refused file could not be told of: %s", type(fault).__name__)
                continue
            if outcome.state not in ("accepted", "unknown"):
                log.error("a refused file could not be told of: %s", outcome.code)


def _message(store: Store, files: Sequence[tuple[str, Said]], now: datetime) -> Message:
    lang = store.settings.lang
    title = Said(f"【普查】收件夹退回{len(files)}份文件", f"The inbox refused {len(files)} files")
    body = [
        f"{place}. {name}{COLON.in_language(lang)}{said.in_language(lang)}"
        for place, (name, said) in enumerate(files, 1)
    ]
    if len(files) > _MOST:
        more = Said(
            f"另有{len(files) - _MOST}份，见收件夹的 refused",
            f"and {len(files) - _MOST} more, see refused in the inbox",
        )
        body = [*body[:_MOST], more.in_language(lang)]
    return Message(f"I{now:%y%m%d%H%M}", title.in_language(lang), "\n".join(body), lang=lang)


def _of_office(store: Store, name: str) -> list[str]:
    """The channels of the clerks of the office whose code a file's name begins with."""
    code = re.match(r"[0-9]+", name)
    if code is None:
        return []
    clerks = select(ContactRow.channel).where(col(ContactRow.role) == "owner").order_by(col(ContactRow.place))
    with store.reading() as connection:
        for unit in readings_of_code(code[0]):
            sealed = connection.execute(clerks.where(col(ContactRow.unit) == unit)).scalars().all()
            if sealed:
                return _unlocked(store, sealed)
    return []


def _unlocked(store: Store, sealed: Sequence[bytes]) -> list[str]:
    """The channels that the key opens; one that it does not is left to the administrator."""
    found = []
    for one in sealed:
        with suppress(Refusal):
            found.append(store.keeper.unlock(one))
    return found
