"""Who may come in (门禁): the office's access string, and links that open its pages once.

The string is made at the first start and lies in the data folder, readable by its owner alone: whoever can read
the folder may use the office's server, and nobody else. Flows, commands and Prefect's own client carry it.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import os
import secrets
from pathlib import Path

from dotenv import dotenv_values

from models.wording import Refusal
from tasks.campaign.office_file import OFFICE_FILE
from tasks.campaign.private_files import keep_private, write_private

ACCESS_FILE = "access.key"
LINK_SECONDS = 86_400
"""For how long a link may wait to be opened."""
_SERVERS, _CLIENTS = "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING"


def access_string(home: Path) -> str:
    """The access string of the office in `home`: its own setting where it has one, else that of access.key, made if missing.

    Refusal where it is not plain ASCII, with which Prefect would answer nobody.
    """
    given = prefect_settings(home)
    chosen = given.get(_SERVERS) or given.get(_CLIENTS)
    if chosen is None:
        chosen = _kept(home)
    if not chosen.isascii() or not chosen.isprintable() or not chosen:
        source = _SERVERS if given.get(_SERVERS) or given.get(_CLIENTS) else home / ACCESS_FILE
        raise Refusal(
            f"{source} 只能由英文字母、数字和英文符号组成", f"{source} may hold ASCII letters, digits and signs only"
        )
    return chosen


def _kept(home: Path) -> str:
    file = home / ACCESS_FILE
    keep_private(home)
    if not file.exists():
        with contextlib.suppress(FileExistsError):
            write_private(file, f"pucha:{secrets.token_urlsafe(32)}\n")
    return file.read_text(encoding="utf-8").strip()


def prefect_settings(home: Path) -> dict[str, str]:
    """The PREFECT_* that the office itself has set: in the environment, in .env here, or in that of its data folder.

    The first that names one counts, as with settings of ours.
    """
    written = [dotenv_values(file) for file in (home / OFFICE_FILE, OFFICE_FILE)]
    given = {key: value for one in written for key, value in one.items() if value} | dict(os.environ)
    return {key: value for key, value in given.items() if key.startswith("PREFECT_")}


def encoded(access: str) -> str:
    """The access string as Prefect's pages keep it, and as it stands in a header."""
    return base64.b64encode(access.encode()).decode()


def authorization(access: str) -> str:
    """The header with which `access` opens the server."""
    return f"Basic {encoded(access)}"


def is_authorized(header: str, access: str) -> bool:
    """Whether an Authorization header carries the access string."""
    return hmac.compare_digest(header.encode(), authorization(access).encode())


def new_ticket(access: str, instance: str, now: float) -> str:
    """A ticket that opens the pages of this start of the server once, within LINK_SECONDS of `now` (Unix time)."""
    until, once = f"{int(now) + LINK_SECONDS:x}", secrets.token_urlsafe(9)
    return f"{until}.{once}.{_seal(access, instance, until, once)}"


class Tickets:
    """Those of one start of the server. Each is good once."""

    def __init__(self, access: str, instance: str) -> None:
        self._access, self._instance = access, instance
        self._used: dict[str, int] = {}

    def take(self, ticket: str, now: float) -> bool:
        """Whether a ticket is ours, in time and not used before; it is used now."""
        self._used = {once: until for once, until in self._used.items() if until >= now}
        until, once, seal = (*ticket.split("."), "", "", "")[:3]
        if not ticket.isascii() or not hmac.compare_digest(
            seal.encode(), _seal(self._access, self._instance, until, once).encode()
        ):
            return False
        if int(until, 16) < now or once in self._used:
            return False
        self._used[once] = int(until, 16)
        return True


def _seal(access: str, instance: str, until: str, once: str) -> str:
    return hmac.new(access.encode(), f"{instance}\0{until}\0{once}".encode(), "sha256").hexdigest()[:32]
