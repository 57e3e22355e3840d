"""What each machine that works on a campaign leaves of itself, so that health can tell where two of them differ.

Short digests alone: no path, no secret, no value of a setting.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, delete
from sqlmodel import col, select

from models.moments import micros, moment_at
from models.rules.oversight.machines import ADMINISTRATOR, CALENDAR, KEY, PROGRAM, TEXTS, Machine
from models.tables import Heartbeat
from tasks.campaign.locks import LEDGER
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store
from tasks.oversight.heartbeats import beat, last_beat

_MACHINE = "machine "
"""Heartbeats of this name, and a machine's, hold its digests."""
_FOR, _AGAIN = timedelta(days=1), timedelta(hours=1)
"""How long a machine counts that has not worked since, and after what time one that works says the same again."""
_OF_THE_MACHINE = frozenset(
    {
        "home",
        "lang",
        "database_url",
        "archive_url",
        "archive_endpoint",
        "archive_region",
        "archive_key_id",
        "archive_secret",
        "archive_timeout",
        "archive_cache_mb",
        "admin_channel",
        "key",
        "allowed_hosts",
        "send_timeout",
        "send_concurrency",
        "send_processes",
        "send_patience",
        "pass_seconds",
        "health_watch_minutes",
        "health_audit_minutes",
    }
)
"""Settings that are a machine's own, or are compared in another way; all others decide results."""
_FLOORS, _READ = ("models", "tasks", "flows"), {".py", ".csv", ".j2"}


def note_machine(store: Store, now: datetime) -> None:
    """Leave word of this machine by its own clock, at most once an hour unless something has changed."""
    at, name, prints = store.machine(now), _MACHINE + machine_name(store.home), fingerprints(store)
    with store.reading() as connection:
        last = last_beat(connection, name)
    if last is not None and last.found == prints and last.at > micros(at - _AGAIN):
        return
    with store.writing(LEDGER) as connection:
        forgotten = col(Heartbeat.name).startswith(_MACHINE), col(Heartbeat.at) <= micros(at - _FOR)
        connection.execute(delete(Heartbeat).where(*forgotten))
        beat(connection, name, at, prints)


def machines_seen(connection: Connection, now: datetime) -> list[Machine]:
    """The machines that worked within a day before `now`."""
    rows = connection.execute(
        select(Heartbeat.name, Heartbeat.at, Heartbeat.told).where(
            col(Heartbeat.name).startswith(_MACHINE), col(Heartbeat.at) > micros(now - _FOR)
        )
    )
    return [
        Machine(row.name.removeprefix(_MACHINE), moment_at(row.at, now.tzinfo), json.loads(row.told)) for row in rows
    ]


def machine_name(home: Path) -> str:
    """The host's name, and four digits by which two data folders on one host are told apart."""
    return f"{socket.gethostname()}·{_print(str(home.absolute()))[:4]}"


def fingerprints(store: Store) -> dict[str, str]:
    """A short digest of each thing that must be the same on every machine."""
    keeper, settings = store.keeper, store.settings
    calendar = store.home / "calendars" / store.plan().calendar
    admin = settings.admin_channel
    return {
        PROGRAM: _program(),
        CALENDAR: _of_files(calendar, calendar.glob("[!.]*.csv")),
        TEXTS: _of_files(store.home / "templates", (store.home / "templates").glob("*/*.j2")),
        KEY: keeper.fingerprint,
        ADMINISTRATOR: keeper.address(admin.get_secret_value())[:12] if admin else "",
        **_of_settings(settings),
    }


def _of_settings(settings: Settings) -> dict[str, str]:
    limits = {name: settings.no_looser(name) for name in ("sign_code_minutes", "sign_code_attempts")}
    values = {name: getattr(settings, name) for name in Settings.model_fields if name not in _OF_THE_MACHINE} | limits
    return {f"PUCHA_{name.upper()}": _print(repr(value)) for name, value in values.items()}


@cache
def _program() -> str:
    """The program as it is installed: two folders of one version may hold different sources."""
    digest = sha256(version("pucha").encode())
    for floor in _FLOORS:
        root = Path(str(resources.files(floor)))
        files = (file for file in root.rglob("*") if file.suffix in _READ)
        digest.update(_of_files(root, files).encode())
    return digest.hexdigest()[:12]


def _of_files(root: Path, files: Iterable[Path]) -> str:
    digest = sha256()
    for file in sorted(files):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:12]


def _print(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]
