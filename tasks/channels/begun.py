"""Whether anything of a message has left this machine: the line between `not sent` and `may have arrived`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Attempt:
    """One attempt at sending. begun: a part of it may be on its way. within: the attempt that it is a part of."""

    begun: bool = False
    within: Attempt | None = None


_current: ContextVar[Attempt | None] = ContextVar("pucha_attempt", default=None)


@contextmanager
def attempt() -> Iterator[Attempt]:
    """Watch one attempt: within, whoever is about to hand anything to the system says `mark_begun`."""
    watched = Attempt(within=_current.get())
    token = _current.set(watched)
    try:
        yield watched
    finally:
        _current.reset(token)


def mark_begun() -> None:
    """From here on the message may arrive, in whole or in part."""
    marked = _current.get()
    while marked is not None:
        marked.begun = True
        marked = marked.within
