"""One sender's pass over the ledger: lease, send, record, until nothing is left to take up.

A lease is taken in one transaction, the message goes out with no database open, and the outcome is recorded in
another under the lease's fencing token. While some notices are on their way, the next are leased and the last
recorded.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import text

from models.moments import SECOND, micros
from models.rules.delivery.channel_condition import Reach
from models.wording import Refusal, Said
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store
from tasks.channels import OpenChannels
from tasks.delivery.attempts import Desk, Sent
from tasks.delivery.expired_leases import expire, hold_outside_hours
from tasks.delivery.leases import take
from tasks.delivery.outcomes import Recorded, record
from tasks.delivery.sending import TRIPS, SendingQueue
from tasks.delivery.texts import Texts

BATCH = 128
"""Notices leased, or recorded, in one transaction at most."""
_RECORD_AT = 64
_RECORD_WITHIN = 0.1
"""Outcomes that are recorded together, and the seconds that one waits for others: a kill leaves so many unknown."""
_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds between the attempts to reach a database that is gone for a moment …"""
_INSIST_FOR = 20.0
"""… and seconds after which no further one is made."""

_UNWRITTEN = Said(
    "有通知的发送结果未能登记，占用到期后按送达不明处理",
    "an outcome could not be written down; when its lease runs out it is of unknown fate",
)
LOG = logging.getLogger(__name__)

Clock = Callable[[], datetime]
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Delivered:
    """What became of the notices that this pass took up. held: still waiting for their hour when it ended.

    warnings: what the office should know of this pass, in sentences.
    """

    delivered: int = 0
    failed: int = 0
    held: int = 0
    warnings: tuple[Said, ...] = ()


def deliver_alone(store: Store, settings: Settings, clock: Clock, share: str = "") -> Delivered:
    """The same in this process alone; others may deliver from the same ledger at the same time. share: as for `take`."""
    return asyncio.run(_Pass(store, settings, clock, share).run())


def count_unsent(store: Store, now: datetime, *, ready: bool = False, share: str = "") -> int:
    """Notices that were owed by `now` and that nobody has in hand; with `ready` only those whose hour has come."""
    query = (
        "SELECT COUNT(*) FROM notices n WHERE n.state IN ('planned', 'held') AND n.settled_at IS NULL"
        f" AND n.created_at <= :at{' AND n.not_before <= :at' if ready else ''}{share}"
    )
    with store.reading() as connection:
        return int(connection.execute(text(query), {"at": micros(now)}).scalar_one())


class _Pass:
    """One pass of delivery."""

    def __init__(self, store: Store, settings: Settings, clock: Clock, share: str) -> None:
        self.store, self.settings, self.clock, self.share = store, settings, clock, share
        self.desk = Desk(store, settings, Texts(store), store.calendar())
        self.recorded = Recorded()
        self.unrecorded: list[Sent] = []
        self.given_up = 0
        self.began = time.monotonic()
        self.patience = settings.send_patience
        self.warnings: list[Said] = []

    async def run(self) -> Delivered:
        now = self.clock()
        self.given_up += expire(self.desk, now)
        hold_outside_hours(self.desk, now)
        longest_wait = self.settings.longest_wait_minutes * 60
        async with OpenChannels(
            self.settings.gateways, self.settings.send_timeout, longest_wait=longest_wait
        ) as channels:
            queue = SendingQueue(self.desk, channels, self.clock, time.monotonic)
            try:
                await self._work(queue)
            finally:
                self.unrecorded += queue.drain()
                await queue.close(3 * self.settings.send_timeout)
                await self._record(queue)
        return Delivered(
            self.recorded.accepted,
            self.recorded.failed + self.given_up,
            count_unsent(self.store, self.clock(), share=self.share),
            (*self.desk.texts.warnings, *self.warnings),
        )

    async def _work(self, queue: SendingQueue) -> None:
        """Lease, send and record until nothing is left to take up or the pass's time is over."""
        more = True
        while True:
            if more and not queue.stopped and queue.is_hungry:
                more = await self._lease(queue)
            if not queue.is_idle or queue.finished:
                await self._news(queue)
                failed = self.recorded.failed
                await self._record(queue)
                more = more or self.recorded.failed > failed  # another channel, or a superior, may have its turn
                self._stop_in_time(queue)
                continue
            if queue.stopped or not (more or await self._have_patience()):
                return
            more = True

    async def _lease(self, queue: SendingQueue) -> bool:
        """Take up the next notices. False when nothing is left that may go out now."""
        taken = await self._insist(lambda: take(self.desk, self.clock(), BATCH, self.share), queue)
        queue.add(taken.leased)
        self.given_up += taken.given_up
        return taken.examined > 0

    async def _news(self, queue: SendingQueue) -> None:
        """Wait until there is enough to record, or it has waited long enough."""
        deadline = time.monotonic() + _RECORD_WITHIN
        while len(queue.finished) < _RECORD_AT and not queue.is_idle:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            queue.news.clear()
            try:
                await asyncio.wait_for(queue.news.wait(), left)
            except TimeoutError:
                return

    async def _record(self, queue: SendingQueue) -> None:
        """Write down what was finished; what cannot be written now is kept for the next time."""
        self.unrecorded += queue.collect()
        while self.unrecorded:
            part = self.unrecorded[:BATCH]
            self.recorded += await self._insist(partial(self._record_now, part, queue.reach), queue)
            del self.unrecorded[: len(part)]

    def _record_now(self, part: Sequence[Sent], reach: Reach) -> Recorded:
        """Together; where one of them cannot be written, each by itself, so that it loses nobody else's outcome."""
        try:
            return record(self.desk, part, reach, self.clock())
        except Refusal:
            raise
        except Exception as fault:  # noqa: BLE001
            LOG.error("%s outcomes were not recorded together: %s", len(part), type(fault).__name__)
        return sum((self._record_alone(one, reach) for one in part), Recorded())

    def _record_alone(self, one: Sent, reach: Reach) -> Recorded:
        """One outcome as it is, else its bare state; where that cannot be written either, its lease runs out."""
        for sent in (one, one.bare()):
            try:
                return record(self.desk, [sent], reach, self.clock())
            except Refusal:
                raise
            except Exception as fault:  # noqa: BLE001
                # its text may hold what the provider said: name the type
                LOG.error("the outcome of notice %s was not recorded: %s", one.notice.id, type(fault).__name__)
        self.warnings.append(_UNWRITTEN)
        return Recorded(lost=1)

    async def _insist(self, step: Callable[[], Answer], queue: SendingQueue) -> Answer:
        """Take a step at the ledger; a database that is gone for a moment is tried again, and nothing begun meanwhile."""
        until = time.monotonic() + _INSIST_FOR
        pauses = iter(_PAUSES)
        while True:
            try:
                answer = await asyncio.to_thread(step)
            except Refusal:
                queue.pause(True)
                pause = next(pauses, None)
                if pause is None or time.monotonic() > until:
                    raise
                await asyncio.sleep(pause)
            else:
                queue.pause(False)
                return answer

    def _stop_in_time(self, queue: SendingQueue) -> None:
        """End a pass that has lasted long enough, or finds nobody at all."""
        if queue.stopped:
            return
        if time.monotonic() - self.began > self.settings.pass_seconds:
            self._stop(
                queue,
                Said("本次巡查已到时限，余下的下次发送", "the pass has used its time; the rest goes out with the next"),
            )
        elif queue.reach.is_outage and len(queue.reach.unreachable) >= TRIPS:
            self._stop(
                queue,
                Said(
                    "各渠道均连接不上，可能是本单位网络中断；恢复后自动补发",
                    "no channel can be reached: our own network may be down; all goes out when it is back",
                ),
            )

    def _stop(self, queue: SendingQueue, why: Said) -> None:
        queue.stop(why.in_language(self.desk.lang))
        self.warnings.append(why)

    async def _have_patience(self) -> bool:
        """Wait a little for what may go out in a moment. False where nothing does, or the clock stands still."""
        now = self.clock()
        until = self._next_moment(micros(now))
        left = (until - micros(now)) / SECOND if until is not None else 0
        if not 0 < left <= self.patience:
            return False
        pause = min(max(left, 0.02), 0.25)
        self.patience -= pause
        await asyncio.sleep(pause)
        return self.clock() > now

    def _next_moment(self, at: int) -> int | None:
        """When the next notice may go out that waits for a throttle or a retry."""
        query = (
            "SELECT MIN(CASE WHEN COALESCE(n.next_try, n.not_before) > COALESCE(c.free_at, 0)"
            " THEN COALESCE(n.next_try, n.not_before) ELSE c.free_at END)"
            " FROM notices n LEFT JOIN channels c ON c.address = n.address"
            f" WHERE n.settled_at IS NULL AND n.state <> 'sending' AND n.created_at <= :at{self.share}"
        )
        with self.store.reading() as connection:
            found = connection.execute(text(query), {"at": at}).scalar()
        return None if found is None else int(found)
