"""Pace (发送速度): how long each provider takes over a message, and so how many leave before the ledger is written again."""

from __future__ import annotations

from collections.abc import Callable

MOMENT = 2.0
"""Seconds of work that are begun ahead at most: what leaves while outcomes gather and are written down, on a busy machine too."""
_LATEST = 0.2
"""How much the latest message weighs against those before it."""
_SHORTEST = 0.001


class Pace:
    """Of messages that are on their way, and of those that were."""

    def __init__(self, stopwatch: Callable[[], float]) -> None:
        self._stopwatch = stopwatch
        self._left: dict[int, tuple[str, float]] = {}
        self._took: dict[str, float] = {}

    def leaves(self, notice: int, provider: str) -> None:
        """A message leaves."""
        self._left[notice] = (provider, self._stopwatch())

    def ends(self, notice: int) -> None:
        """It was answered, or is over otherwise."""
        provider, since = self._left.pop(notice)
        seconds = self._stopwatch() - since
        before = self._took.get(provider, seconds)
        self._took[provider] = before + (seconds - before) * _LATEST

    def ahead(self, provider: str, places: int) -> int:
        """How many of a provider that is sent so many at once leave within a moment; none before it has answered once."""
        took = self._took.get(provider)
        if took is None:
            return 0
        # one that has stopped answering shows it by what is still on its way
        since = min((begun for of, begun in self._left.values() if of == provider), default=self._stopwatch())
        return int(places * MOMENT / max(took, self._stopwatch() - since, _SHORTEST))
