"""One delivery, or one pass, in a process that a test may kill; forked from a server that has all imported."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import event
from sqlalchemy.orm import configure_mappers
from standins.loop import unused_port
from standins.sending import deliver as send_once
from worlds.campaign import at

from tasks.campaign.calendars import load_calendar
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.chasing.passes import owe
from tasks.delivery.deliver import deliver

Where = Literal["before", "after"]
AT_COMMIT = 10_000
"""More statements than a pass sends: it dies when it commits."""

# HTTP libraries are imported when first used: once in the server, so that no child has to.
send_once(f"json://127.0.0.1:{unused_port()}/")
# what the tables are to SQLAlchemy is made out at the first statement: a sixth of what a short-lived child does
configure_mappers()
# the days off that the product brings with it are read by every pass and every delivery
load_calendar("china", Path())


def start(
    home: Path,
    database_url: str | None,
    moment: str,
    options: Mapping[str, Any],
    *,
    dies_at: tuple[Where, int] | None = None,
    results: Any = None,
) -> BaseProcess:
    """Begin a delivery at `moment` and return its process.

    dies_at: kill -9 before, or after, the so-manieth commit. results: a queue for how many were delivered.
    """
    return _begin(_deliver, str(home), database_url, moment, dict(options), dies_at, results)


def start_pass(settings: Settings, moment: str, *, dies_at: int | None = None, delivering: bool = False) -> BaseProcess:
    """Begin a pass at `moment` and return its process.

    dies_at: kill -9 before that statement, or before the commit for AT_COMMIT. delivering: send what it owes.
    """
    return _begin(_pass, settings.model_dump(), moment, dies_at, delivering)


def _begin(act: Callable[..., None], *arguments: Any) -> BaseProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["worlds.sender_process", "worlds.frozen"])
    process = context.Process(target=act, args=arguments, daemon=True)
    with _findable():
        process.start()
    return process


@contextmanager
def _findable() -> Iterator[None]:
    """Let the server find what it imports beforehand: it knows the environment's path, not this process's."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _deliver(
    home: str,
    database_url: str | None,
    moment: str,
    options: dict[str, Any],
    dies_at: tuple[Where, int] | None,
    results: Any,
) -> None:
    settings = Settings(home=Path(home), database_url=database_url, _env_file=None, **options)  # type: ignore[call-arg]
    store = open_store(settings)
    if dies_at is not None:
        _die(store, *dies_at)
    now: datetime = at(moment)
    done = deliver(store, settings, lambda: now)
    if results is not None:
        results.put(done.delivered)


def _pass(given: dict[str, Any], moment: str, dies_at: int | None, delivering: bool) -> None:
    settings = Settings(**given, _env_file=None)  # type: ignore[call-arg]
    store, now = open_store(settings), at(moment)
    if dies_at is not None:
        _die_before(store, dies_at)
    owe(store, None, now)
    if delivering:
        deliver(store, settings, lambda: now)


def _die_before(store: Store, statement: int) -> None:
    """Kill this process before its so-manieth statement, or at AT_COMMIT before it commits."""
    sent = 0

    def kill(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(store.engine, "before_cursor_execute")
    def _count(*_: object) -> None:
        nonlocal sent
        sent += 1
        if sent > statement:
            kill()

    if statement == AT_COMMIT:
        event.listen(store.engine, "commit", kill)


def _die(store: Store, where: Where, commit: int) -> None:
    """Kill this process at the so-manieth commit of what it writes: as a power cut would, with nothing said."""
    seen = 0

    @event.listens_for(store.engine, "commit")
    def _commit(connection: Any) -> None:
        nonlocal seen
        seen += 1
        if where == "before" and seen == commit:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(store.engine, "checkin")
    def _checkin(connection: Any, record: Any) -> None:
        if where == "after" and seen == commit:
            os.kill(os.getpid(), signal.SIGKILL)
