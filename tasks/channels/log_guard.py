"""Keep addresses out of the logs.

httpx logs every full address at INFO, urllib3 and httpcore at DEBUG, Apprise hosts and recipients at
WARNING. Filters on the loggers themselves hold whatever levels and handlers the program sets up later.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

_sending: ContextVar[bool] = ContextVar("pucha_sending", default=False)
_heard: ContextVar[list[logging.LogRecord] | None] = ContextVar("pucha_heard", default=None)

_CLIENTS = (
    "httpx",
    "httpcore",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
    "urllib3",
    "urllib3.connection",
    "urllib3.connectionpool",
    "urllib3.poolmanager",
    "urllib3.util.retry",
)


class _WhileSending(logging.Filter):
    """Drops what an HTTP library says while a notice is being sent."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002
        return not _sending.get()


class _Always(logging.Filter):
    """Drops all that Apprise says, after handing it to the channel that listens."""

    def filter(self, record: logging.LogRecord) -> bool:
        heard = _heard.get()
        if heard is not None:
            heard.append(record)
        return False


@cache
def _install() -> None:
    for name in _CLIENTS:
        logging.getLogger(name).addFilter(_WhileSending())
    logging.getLogger("apprise").addFilter(_Always())


@contextmanager
def unlogged() -> Iterator[None]:
    """Nothing of what the HTTP libraries log within is written anywhere."""
    _install()
    token = _sending.set(True)
    try:
        yield
    finally:
        _sending.reset(token)


@contextmanager
def listening() -> Iterator[list[logging.LogRecord]]:
    """Collect what Apprise logs within, in this thread: the only place where it says why it failed."""
    _install()
    apprise = logging.getLogger("apprise")
    if apprise.level != logging.DEBUG:
        apprise.setLevel(logging.DEBUG)
    heard: list[logging.LogRecord] = []
    token = _heard.set(heard)
    try:
        with unlogged():
            yield heard
    finally:
        _heard.reset(token)
