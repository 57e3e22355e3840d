"""More senders (并行发送): processes of their own that take from the same ledger.

One process keeps one core busy: on two cores and SQLite it sent 400 of a national morning's digests a second,
two sent 666. The ledger's leases keep senders apart, whichever process they live in.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store
from tasks.delivery.passes import Clock, Delivered, deliver_alone

MANY = 2_000
"""Unsent notices from which on another process, which takes a second to start, is worth its while."""
_LAST_SECONDS = 60.0

LOG = logging.getLogger(__name__)


class SenderProcess:
    """One more sender. Its input is a pipe from us: it ends by itself when we are gone."""

    def __init__(self, settings: Settings, moment: datetime, moves: bool, share: str) -> None:
        self._most = settings.pass_seconds + 3 * settings.send_timeout + _LAST_SECONDS
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tasks.delivery.processes"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(pickle.dumps((settings, moment, moves, share)))
            self._process.stdin.flush()

    def result(self) -> Delivered | None:
        """What it did, once it has ended; None where it broke. What it held then is taken up when its leases run out."""
        assert self._process.stdout is not None
        reader = threading.Timer(self._most, self._process.kill)
        reader.start()
        try:
            said = self._process.stdout.read()
        finally:
            reader.cancel()
        if self._process.wait() or not said:
            LOG.error("another sender ended with %s", self._process.returncode)
            return None
        found: Delivered = pickle.loads(said)
        return found

    def close(self) -> None:
        """End it, whatever it does."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_SECONDS)
        self._process.kill()
        self._process.wait()


@contextmanager
def more_senders(settings: Settings, clock: Clock, unsent: int, share: str = "") -> Iterator[Sequence[SenderProcess]]:
    """As many more senders as `settings` allow where `unsent` notices are many; none otherwise."""
    many = unsent >= MANY
    first, second = clock(), clock()
    others = [
        SenderProcess(settings, second, second > first, share)
        for _ in range(settings.send_processes - 1 if many else 0)
    ]
    try:
        yield others
    finally:
        for other in others:
            other.close()


def main() -> None:
    """Deliver what the pipe's settings name, by a clock that goes on from their moment, and say what was done."""
    order: tuple[Settings, datetime, bool, str] = pickle.load(sys.stdin.buffer)
    settings, moment, moves, share = order
    threading.Thread(target=_end_with_parent, daemon=True).start()
    began = time.monotonic()

    def clock() -> datetime:
        return moment + timedelta(seconds=time.monotonic() - began) if moves else moment

    done = deliver_alone(open_store(settings), settings, clock, share)
    sys.stdout.buffer.write(pickle.dumps(done))
    sys.stdout.buffer.flush()


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
