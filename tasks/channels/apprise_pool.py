"""Processes in which Apprise sends: each ends by the kernel's own alarm, and holds no more memory than it may.

Apprise reads answers whole, with no limit of time or size: a receiver that drips a byte a second held a thread, and
with it the whole pass, for ever. A thread cannot be ended from outside; a process can.
"""

from __future__ import annotations

import asyncio
import atexit
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

from models.wording import Lang
from tasks.channels.begun import mark_begun
from tasks.channels.faults import outcome
from tasks.channels.message import Outcome
from tasks.channels.ways import ways_now

MOST = 6
"""Processes at once; each takes some 50 MB."""
BEGUN, ENDED = b"b", b"e"
"""What such a process says: that it connects now; and that its answer follows, after four bytes of its length."""


class Order(NamedTuple):
    """One message to send. timeout: seconds for connecting and each wait; longest: for all of it."""

    url: str
    title: str
    text: str
    lang: Lang
    timeout: float
    longest: float


class ApprisePool:
    """The processes of one block of open channels; those that are idle at its end serve the next one."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(MOST)
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="pucha-channel")
        self._busy: set[_Process] = set()

    async def send(self, order: Order) -> Outcome:
        """Send one message, once. Ends within `order.longest`, apart from the wait for a free process."""
        async with self._slots:
            process = _take(order.url)
            self._busy.add(process)
            ended = False
            try:
                mark_begun()
                sent = await asyncio.wrap_future(self._threads.submit(process.send, order))
                ended = True
            finally:
                self._busy.discard(process)
                _give_back(process, ended)
        return sent

    def close(self) -> None:
        """End what is still sending."""
        for process in self._busy:
            process.kill()
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Process:
    """One process, started at its first message. known: addresses whose tokens it keeps; ways: by which it sends."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.ways: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_sound(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def send(self, order: Order) -> Outcome:
        """Give the message to the process and wait for its answer; a process that has ended while idle is made anew."""
        fresh = not self.is_sound
        if fresh:
            self._start()
        self.known.add(order.url)
        begun, answer = self._ask(order)
        if answer is not None:
            return answer
        self.kill()
        if begun:
            return outcome("timeout", order.lang)
        if fresh:
            return outcome("unready", order.lang)
        return self.send(order)

    def _start(self) -> None:
        self.known.clear()
        self.ways = ways_now()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tasks.channels.apprise_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _ask(self, order: Order) -> tuple[bool, Outcome | None]:
        """Whether the process began to connect, and its answer; None where it ended over the message."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        packed = pickle.dumps(tuple(order))
        begun = False
        try:
            self._process.stdin.write(len(packed).to_bytes(4) + packed)
            self._process.stdin.flush()
            while said := self._process.stdout.read(1):
                if said == BEGUN:
                    begun = True
                    continue
                size = int.from_bytes(self._process.stdout.read(4))
                found = pickle.loads(self._process.stdout.read(size))
                return begun, found if isinstance(found, Outcome) else None
        except (OSError, ValueError, EOFError, pickle.UnpicklingError):
            pass
        return begun, None

    def kill(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()


_idle: list[_Process] = []
_lock = threading.Lock()


def _take(url: str) -> _Process:
    """A process that knows `url` already, any other that is idle, or a new one; none that sends by other ways than ours.

    It keeps the environment that it was started in: what must not be diverted would go past somebody all the same.
    """
    ways = ways_now()
    with _lock:
        fitting = [process for process in _idle if process.ways == ways]
        chosen = next((process for process in fitting if url in process.known), fitting[-1] if fitting else None)
        if chosen is None:
            return _Process()
        _idle.remove(chosen)
        return chosen


def _give_back(process: _Process, ended: bool) -> None:
    """Keep a process that has answered for the next message; end one that nobody waits for any more."""
    if not ended:
        process.kill()
        return
    with _lock:
        if process.is_sound:
            _idle.append(process)


@atexit.register
def _end_all() -> None:
    with _lock:
        for process in _idle:
            process.kill()
        _idle.clear()
