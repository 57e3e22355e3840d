"""What all stand-ins share: a thread with an event loop, one listening socket, what was accepted.

Used from the test's own thread while requests come in; started on port 0 and stopped by `with`.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from standins.acts import Accept, Act

_FREE: list[int] = []
"""Ports of stand-ins that have ended. The next one takes such a port again, so that what is loaded with its address in it is the
same from test to test (`worlds.laid_down`)."""
_NUMBER = re.compile(r"N\d{6,}")
_PART = re.compile(r"[（(](\d+)/(\d+)[）)]")


@dataclass(frozen=True)
class Request:
    """One request as it was read."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Received:
    """One message that a stand-in accepted. `to`: the key, token or path that it was sent to."""

    to: str
    text: str
    title: str = ""
    at: float = field(default_factory=time.monotonic)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    raw: bytes = field(default=b"", repr=False)

    @property
    def number(self) -> str | None:
        found = _NUMBER.findall(self.text)
        return found[-1] if found else None

    @property
    def repeat(self) -> bool:
        return "可能重复" in self.text or "possibly a repeat" in self.text

    @property
    def part(self) -> tuple[int, int]:
        found = _PART.search(self.text)
        return (int(found[1]), int(found[2])) if found else (1, 1)


class Loop:
    """A thread with an event loop and one listening server, which is what all stand-ins share."""

    def __init__(self) -> None:
        self.port = 0
        self.accepted: list[Received] = []
        self.calls = 0
        self.connections = 0
        self.decide: Callable[[Request], Act | None] | None = None
        self._acts: deque[Act] = deque()
        self._expected: Counter[str] | None = None
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopped: asyncio.Event | None = None

    def next(self, *acts: Act) -> None:
        """What to do with the next requests, one act each; after them, accept."""
        with self._lock:
            self._acts.extend(acts)

    def expect(self, *numbers: str) -> None:
        """The notices that may and must arrive, each as often as it is named."""
        with self._lock:
            self._expected = (self._expected or Counter()) + Counter(numbers)

    def expect_nothing(self) -> None:
        """No notice may arrive."""
        with self._lock:
            self._expected = self._expected or Counter()

    def start_over(self, accepted: Sequence[Received]) -> None:
        """As if these messages had arrived and nothing else had happened yet."""
        with self._lock:
            self.accepted, self.calls, self.connections = list(accepted), len(accepted), 0
            self.decide, self._expected = None, None
            self._acts.clear()

    def verify(self) -> None:
        """AssertionError when something unexpected arrived, or something expected did not."""
        with self._lock:
            if self._expected is None:
                return
            got = Counter(message.number or message.text for message in self.accepted if message.part[0] == 1)
            unexpected, missing = got - self._expected, self._expected - got
        assert not unexpected, f"{type(self).__name__} got unexpected messages: {dict(unexpected)}"
        assert not missing, f"{type(self).__name__} did not get: {dict(missing)}"

    def __enter__(self) -> Self:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        assert ready.wait(10), "the stand-in did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is None or self._stopped is None or self._thread is None:
            raise RuntimeError("the stand-in was never started")
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)
        assert not self._thread.is_alive(), "the stand-in did not stop"
        if error is None:
            self.verify()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        listening = self._listening()
        server = await asyncio.start_server(self._connected, sock=listening, limit=2**20)
        self.port = listening.getsockname()[1]
        ready.set()
        await self._stopped.wait()
        server.close()
        _FREE.append(self.port)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def _listening(self) -> socket.socket:
        port = self.port or (_FREE.pop() if _FREE else 0)
        try:
            return socket.create_server(("127.0.0.1", port), backlog=512)
        except OSError:
            if self.port:
                raise
            return socket.create_server(("127.0.0.1", 0), backlog=512)  # somebody has taken it meanwhile

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self.talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        raise NotImplementedError

    def _act(self, request: Request | None) -> Act | None:
        """The next act; None when only the request can tell (`decide`)."""
        with self._lock:
            if self._acts:
                return self._acts.popleft()
        if self.decide is None:
            return Accept()
        return self.decide(request) if request else None

    def keep(self, message: Received) -> None:
        with self._lock:
            self.accepted.append(message)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: what the other side has sent and not been answered is lost for it."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def unused_port() -> int:
    """A port on loopback on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
