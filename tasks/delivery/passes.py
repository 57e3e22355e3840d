"""One sender's pass over the ledger: lease, send, record, until nothing is left to take up.

Notices are leased in one transaction and begun in another, the message goes out with no database open, and the outcome
is recorded under the lease's fencing token, in the transaction that begins the next. While some notices are on their way,
the next are leased and begun, and the last recorded: a kill leaves in doubt what was begun and not recorded, and no more.
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
from tasks.campaign.locks import LEDGER
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store
from tasks.channels import OpenChannels
from tasks.delivery.attempts import Desk, Leased, Sent
from tasks.delivery.beginnings import Begun, begin_now, begin_these, give_back, stay
from tasks.delivery.expired_leases import expire, hold_outside_hours
from tasks.delivery.leases import HELD_FOR, Taken, take
from tasks.delivery.outcomes import Recorded, record, write_down
from tasks.delivery.sending import TRIPS, SendingQueue
from tasks.delivery.texts import Texts

BATCH = 128
"""Notices leased, or recorded, in one transaction at most."""
_RECORD_WITHIN = 0.3
"""Seconds that an outcome waits for others to be recorded with it."""
_SIGN_OF_LIFE = HELD_FOR.total_seconds() / 3
"""Seconds between the times that a sender says that it still holds what it has not begun."""
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
    """Notices that were owed by `now` and that no sender holds; with `ready` only those whose hour has come."""
    query = (
        "SELECT COUNT(*) FROM notices n WHERE n.state IN ('planned', 'held') AND n.settled_at IS NULL"
        f" AND n.created_at <= :at AND (n.lease IS NULL OR n.lease_until <= :at){' AND n.not_before <= :at' if ready else ''}{share}"
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
        self.began = self.lived = time.monotonic()
        self.patience = settings.send_patience
        self.asked = 0
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
                await self._let_go(queue)
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
                failed = self.recorded.failed
                await self._record(queue)
                await self._let_go(queue)
                # another channel, or a superior, may have its turn, and what was taken back may be taken up again
                more = more or self.recorded.failed > failed or queue.took_back
                self._stop_in_time(queue)
                await self._news(queue)
                continue
            if queue.stopped or not (more or await self._have_patience()):
                return
            more = True

    async def _lease(self, queue: SendingQueue) -> bool:
        """Take up the next notices. False when nothing is left that may go out now."""
        taken = await self._insist(self._take, queue)
        queue.add(taken.leased)
        self.given_up += taken.given_up
        return taken.examined > 0

    def _take(self) -> Taken:
        now = self.clock()
        self.asked = micros(now)
        return take(self.desk, now, BATCH, self.share)

    async def _news(self, queue: SendingQueue) -> None:
        """Wait until there is enough to record or something to begin, or it has waited long enough."""
        deadline = time.monotonic() + _RECORD_WITHIN
        while not queue.is_due and not queue.is_idle:
            left = deadline - time.monotonic()
            if left <= 0:
                return
            queue.news.clear()
            try:
                await asyncio.wait_for(queue.news.wait(), left)
            except TimeoutError:
                return

    async def _record(self, queue: SendingQueue) -> None:
        """Write down what was finished, and begin the next; what cannot be written now is kept for the next time."""
        self.unrecorded += queue.collect()
        while True:
            part = self.unrecorded[:BATCH]
            following = queue.next_to_begin() if len(part) == len(self.unrecorded) else []
            if not part and not following:
                return
            recorded, begun = await self._insist(partial(self._record_now, part, following, queue.reach), queue)
            self.recorded += recorded
            del self.unrecorded[: len(part)]
            queue.begin(begun.begun, begun.gone)
            if following:
                return

    def _record_now(self, part: Sequence[Sent], following: Sequence[Leased], reach: Reach) -> tuple[Recorded, Begun]:
        """Together; where one of them cannot be written, each by itself, so that it loses nobody else's outcome."""
        if not part:
            return Recorded(), begin_now(self.desk, following, self.clock())
        try:
            with self.store.writing(LEDGER) as connection:
                begun = begin_these(self.desk, connection, following, self.clock()) if following else Begun()
                return write_down(self.desk, connection, part, reach, self.clock()), begun
        except Refusal:
            raise
        except Exception as fault:  # noqa: BLE001
            LOG.error("%s outcomes were not recorded together: %s", len(part), type(fault).__name__)
        alone = sum((self._record_alone(one, reach) for one in part), Recorded())
        return alone, begin_now(self.desk, following, self.clock())

    async def _let_go(self, queue: SendingQueue) -> None:
        """Give back what was shed, and say now and then that we hold what is queued."""
        while queue.shed:
            part = queue.shed[:BATCH]
            await self._insist(partial(self._give_back, part), queue)
            del queue.shed[: len(part)]
        if queue.queued and time.monotonic() - self.lived > _SIGN_OF_LIFE:
            await self._insist(partial(self._stay, queue.queued), queue)
            self.lived = time.monotonic()

    def _give_back(self, part: Sequence[tuple[Leased, str | None]]) -> None:
        give_back(self.desk, part, self.clock())

    def _stay(self, queued: Sequence[Leased]) -> None:
        stay(self.desk, queued, self.clock())

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
        """Wait a little for what may go out in a moment. False where nothing does, or the clock stands still.

        What could not be taken up when we last asked may be free by now; what could, and was not, waits for something else.
        """
        now = self.clock()
        until = self._next_moment(micros(now))
        if until is None or until <= self.asked:
            return False
        left = (until - micros(now)) / SECOND
        if left <= 0:
            return True
        if left > self.patience:
            return False
        pause = min(max(left, 0.02), 0.25)
        self.patience -= pause
        await asyncio.sleep(pause)
        return self.clock() > now

    def _next_moment(self, at: int) -> int | None:
        """When the next notice may go out that waits for a throttle or a retry."""
        query = (
            "SELECT MIN(CASE WHEN n.lease_until > w.at THEN n.lease_until ELSE w.at END) FROM notices n JOIN"
            " (SELECT n.id, CASE WHEN COALESCE(n.next_try, n.not_before) > COALESCE(c.free_at, 0)"
            " THEN COALESCE(n.next_try, n.not_before) ELSE c.free_at END AS at"
            " FROM notices n LEFT JOIN channels c ON c.address = n.address"
            f" WHERE n.settled_at IS NULL AND n.state <> 'sending' AND n.created_at <= :at{self.share}) w ON w.id = n.id"
        )
        with self.store.reading() as connection:
            found = connection.execute(text(query), {"at": at}).scalar()
        return None if found is None else int(found)
