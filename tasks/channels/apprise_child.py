"""A process that sends what it is given through Apprise, one message after the other: see apprise_pool.

Its input is a pipe from the one that started it: it ends with that one, and after a while without work. What is not
done in time ends with the process, by an alarm that no library can hold up.
"""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import sys
from typing import Any

from tasks.channels.apprise_pool import BEGUN, ENDED, Order

_MEMORY = 256 * 1024**2
"""Bytes of data; Apprise and a message take some 60 MB of it."""
_SECONDS_TO_START = 60.0
_SECONDS_IDLE = 120.0


def main() -> None:
    """Send what comes down the pipe, until nothing comes any more."""
    signal.setitimer(signal.ITIMER_REAL, _SECONDS_TO_START)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    told = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints must not mix with what we say
    wire = _Wire(told)
    sys.addaudithook(wire.heed)
    from tasks.channels.apprise import Plugins

    plugins = Plugins()
    signal.setitimer(signal.ITIMER_REAL, 0)
    while select.select([0], [], [], _SECONDS_IDLE)[0]:
        packed = sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(4)))
        if not packed:
            return
        order = Order(*pickle.loads(packed))
        wire.begin()
        signal.setitimer(signal.ITIMER_REAL, order.longest)
        try:
            ended = plugins.send(order, wire.has_begun)
        except MemoryError:
            os._exit(1)
        signal.setitimer(signal.ITIMER_REAL, 0)
        wire.tell(ended)


class _Wire:
    """The pipe back, and whether a connection was begun for the message in hand."""

    def __init__(self, told: int) -> None:
        self._told = told
        self._begun = True

    def begin(self) -> None:
        self._begun = False

    def has_begun(self) -> bool:
        return self._begun

    def heed(self, event: str, _given: tuple[Any, ...]) -> None:
        """Say once a message that it may be on its way from now on."""
        if event == "socket.connect" and not self._begun:
            self._begun = True
            os.write(self._told, BEGUN)

    def tell(self, ended: object) -> None:
        packed = pickle.dumps(ended)
        os.write(self._told, ENDED + len(packed).to_bytes(4) + packed)


if __name__ == "__main__":
    main()
