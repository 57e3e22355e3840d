"""One delivery in a process of its own, which a test may kill; forked from a server that has all imported."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import event
from standins.loop import unused_port
from standins.sending import deliver as send_once
from worlds.campaign import at

from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.delivery.deliver import deliver

Where = Literal["before", "after"]

# HTTP libraries are imported when first used: once in the server, so that no child has to.
send_once(f"json://127.0.0.1:{unused_port()}/")


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
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["worlds.sender_process"])
    arguments = (str(home), database_url, moment, dict(options), dies_at, results)
    process = context.Process(target=_deliver, args=arguments, daemon=True)
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
