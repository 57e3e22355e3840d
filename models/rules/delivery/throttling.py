"""Throttles as data (限速): how many messages a channel takes, what a message costs.

Moments are microseconds. What a throttle holds back waits in the ledger, in order of urgency.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from models.moments import SECOND

_FRAME_BYTES = 260
"""Title, greeting, closing and number of a message, in UTF-8."""
_LINE_BYTES = 230
"""A line of some 75 Chinese characters."""
_MOST_MESSAGES = 3


@dataclass(frozen=True)
class Rate:
    """At most `most` messages in any `seconds` (20 a minute for a group bot of WeCom or DingTalk).

    A rested channel takes them all at once; after that they become free one by one, not in a heap: each
    message counts from a moment of its own, `seconds / most` after the one before it.
    """

    most: int
    seconds: float = 60.0

    @property
    def _window(self) -> int:
        return round(self.seconds * SECOND)

    def counting(self, spent: Sequence[int], at: int) -> tuple[int, ...]:
        """Of the moments at which messages count, those that still do at `at`, oldest first."""
        return tuple(sorted(moment for moment in spent if moment > at - self._window))

    def room(self, spent: Sequence[int], at: int) -> int:
        """How many messages may go out at `at`."""
        return max(self.most - len(self.counting(spent, at)), 0)

    def spend(self, spent: Sequence[int], at: int, messages: int) -> tuple[int, ...]:
        """The moments after `messages` have gone out at `at`."""
        kept = list(self.counting(spent, at))
        pace = self._window // self.most
        for _ in range(messages):
            kept.append(max(at, kept[-1] + pace) if kept else at)
        return tuple(kept)

    def settle(self, spent: Sequence[int], reserved: Sequence[int], at: int, messages: int) -> tuple[int, ...]:
        """The moments after what was reserved has become `messages` that were out by `at` at the latest.

        A message counts from no earlier than it can have reached the provider, so that a slow one is not
        forgotten too soon.
        """
        kept = list(spent)
        for moment in reserved:
            if moment in kept:
                kept.remove(moment)
        # of what was reserved only what went out is kept: the rest of it is free for others
        kept += [max(moment, at) for moment in reserved[:messages]]
        return self.spend(kept, at, max(messages - len(reserved), 0))

    def free_at(self, spent: Sequence[int], at: int, messages: int = 1) -> int:
        """The first moment, not before `at`, at which `messages` may go out."""
        kept = self.counting(spent, at)
        over = len(kept) + min(messages, self.most) - self.most
        return at if over <= 0 else kept[over - 1] + self._window


def messages_for(lines: int, max_bytes: int | None) -> int:
    """Into how many messages a notice of `lines` lines may be cut by a channel that takes `max_bytes` each.

    A guess on the safe side, for what a throttle sets aside before the text is made.
    """
    if max_bytes is None:
        return 1
    each = max(max_bytes - _FRAME_BYTES, _LINE_BYTES)
    return min(max(math.ceil(lines * _LINE_BYTES / each), 1), _MOST_MESSAGES)
