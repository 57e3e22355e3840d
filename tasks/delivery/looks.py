"""Looks at the ledger before sending (发前复核): is a notice that waited in the queue still to be sent, and with which lines?

One look asks after all that wait, and holds for as long as a lease is believed without one: to look each notice up by
itself costs five round trips, and takes longest where a machine is slow enough for all of them to have waited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from sqlalchemy.exc import DBAPIError

from models.wording import Refusal
from tasks.delivery.attempts import Desk, Leased
from tasks.delivery.leases import Meant, still_meant

FRESH = 1.0
"""Seconds after which a leased notice is looked up again before it is sent: it may have been withdrawn."""


class Looks:
    """What was seen lately. stopwatch: seconds."""

    def __init__(self, desk: Desk, stopwatch: Callable[[], float]) -> None:
        self._desk, self._stopwatch = desk, stopwatch
        self._one_at_a_time = asyncio.Lock()
        self._asking: dict[int, Leased] = {}
        self._seen: dict[int, tuple[float, Meant]] = {}
        self._failed: tuple[float, Refusal | DBAPIError] | None = None

    async def at(self, notice: Leased, queued: Iterable[Leased]) -> Meant:
        """What holds of a notice, as seen no longer than FRESH ago. queued: what to look at as well, if a look is needed.

        Refusal or DBAPIError where the ledger cannot be asked.
        """
        asked_at = self._stopwatch()
        self._asking[notice.id] = notice
        try:
            async with self._one_at_a_time:
                if not self._is_fresh(notice.id):
                    if self._failed is not None and self._failed[0] >= asked_at:
                        raise self._failed[1]  # that look was at this one too
                    await self._look([*self._asking.values(), *queued])
                return self._seen[notice.id][1]
        finally:
            self._asking.pop(notice.id, None)

    def _is_fresh(self, notice: int) -> bool:
        return notice in self._seen and self._stopwatch() - self._seen[notice][0] <= FRESH

    async def _look(self, notices: list[Leased]) -> None:
        began = self._stopwatch()
        try:
            found = await asyncio.to_thread(still_meant, self._desk, notices)
        except (Refusal, DBAPIError) as fault:
            self._failed = (began, fault)
            raise
        kept = {number: seen for number, seen in self._seen.items() if self._is_fresh(number)}
        self._seen = kept | {number: (began, meant) for number, meant in found.items()}
