"""Which conditions and expressions a plan is read from, so that what was proved of them can be kept with it and no more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_NOTED: ContextVar[set[str] | None] = ContextVar("noted", default=None)


@contextmanager
def noting() -> Iterator[set[str]]:
    """The keys of all that is read meanwhile: the texts of conditions, and of row expressions what `note` is told."""
    noted = set[str]()
    token = _NOTED.set(noted)
    try:
        yield noted
    finally:
        _NOTED.reset(token)


def note(key: str) -> None:
    """Somebody reads what stands under this key, whether or not it was read before."""
    noted = _NOTED.get()
    if noted is not None:
        noted.add(key)
