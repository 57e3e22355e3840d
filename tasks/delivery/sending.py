"""Sending: leased notices over their channels, some at once, with no database open.

Notices start in the order in which they were queued, which is that of urgency; but one provider never has
more than its share of what is sent at once, so that a slow one does not hold up the others. What is begun in the ledger
and not recorded yet is a window: what is sent at once, and as many more as leave within a moment.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from models.rules.delivery.channel_condition import UNREACHED, Reach
from models.wording import Refusal
from tasks.channels import Attempt, Message, OpenChannels, Outcome, attempt, host_of
from tasks.delivery.attempts import Desk, Leased, Sent, put_back
from tasks.delivery.leases import still_meant
from tasks.delivery.pace import Pace
from tasks.delivery.routes import url_of

log = logging.getLogger(__name__)

FRESH = 1.0
"""Seconds after which a leased notice is looked up again before it is sent: it may have been withdrawn."""
TRIPS = 16
"""Failures in a row after which a provider is left alone for the rest of the pass."""
SLOW = 2.0
"""Seconds in the queue after which a provider counts as slow, and notices for others are leased past its own."""
MOST_QUEUED = 1024
"""Notices queued at once; where one slow provider has filled the queue, the less urgent half of them goes back."""
RECORD_AT = 48
"""Outcomes that are recorded together at most, where so many are begun at once."""
_FEWEST_AHEAD, _MOST_AHEAD = 16, 64
_TROUBLE = frozenset({UNREACHED, "timeout", "reset", "unsent", "busy"})


def most_ahead(at_once: int) -> int:
    """How many notices are begun at most beyond those that are on their way, where `at_once` are sent at once and quickly."""
    return min(max(2 * at_once, _FEWEST_AHEAD), _MOST_AHEAD)


@dataclass(frozen=True, slots=True)
class _Queued:
    """since: it was taken up; begun: it was begun."""

    notice: Leased
    since: float
    provider: str
    url: str | None = field(repr=False)
    begun: float = 0.0


class SendingQueue:
    """Sends what was begun of what is queued, so many at once. `stopwatch`: seconds, for what must not take long."""

    def __init__(
        self, desk: Desk, channels: OpenChannels, clock: Callable[[], datetime], stopwatch: Callable[[], float]
    ) -> None:
        self.desk, self.channels, self.clock, self.stopwatch = desk, channels, clock, stopwatch
        self.reach = Reach()
        self.stopped: str | None = None
        self._paused = False
        self.finished: list[Sent] = []
        self.shed: list[tuple[Leased, str | None]] = []
        self.took_back = False
        self.news = asyncio.Event()
        self._at_once = desk.settings.send_concurrency
        self._share = max(1, self._at_once * 3 // 4)
        self._pace = Pace(stopwatch)
        self._queue: list[_Queued] = []
        self._begun: list[_Queued] = []
        self._busy: Counter[str] = Counter()
        self._troubles: Counter[str] = Counter()
        self._faults: set[type[Exception]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_idle(self) -> bool:
        return not self._queue and not self._begun and not self._tasks

    @property
    def is_hungry(self) -> bool:
        """True when the next notices should be leased: the queue is short, or a slow provider blocks it."""
        return len(self._queue) < self._at_once or (self._is_blocked() and len(self._queue) < MOST_QUEUED)

    @property
    def is_due(self) -> bool:
        """True when what was finished should be recorded, or places stand empty and something may begin."""
        few = max(1, self._at_once // 4)
        return len(self.finished) >= RECORD_AT or (not self._begun and len(self.next_to_begin()) >= few)

    @property
    def queued(self) -> list[Leased]:
        """What is held and has not begun."""
        return [one.notice for one in self._queue]

    def add(self, leased: Iterable[Leased]) -> None:
        """Queue notices, most urgent first."""
        for notice in leased:
            url = url_of(self.desk, notice.way)
            self._queue.append(_Queued(notice, self.stopwatch(), provider_of(url or ""), url))

    def next_to_begin(self) -> list[Leased]:
        """What is to be begun next, so that nothing waits for the ledger and no more is in doubt than must be."""
        if self._paused or self.stopped:
            return []
        begun = Counter(one.provider for one in self._begun) + self._busy
        total, most = begun.total(), self._at_once + most_ahead(self._at_once)
        chosen: list[Leased] = []
        ahead: dict[str, int] = {}
        for one in self._queue:
            if total >= most:
                break
            own = one.provider
            if own not in ahead:
                places = min(self._share, self._at_once - len(self._tasks) + self._busy[own])
                leave = self._pace.ahead(own, places)
                ahead[own] = places + leave if leave else 0
            if begun[own] < max(self._share if total < self._at_once else 0, ahead[own]):
                begun[own] += 1
                total += 1
                chosen.append(one.notice)
        return chosen

    def begin(self, begun: Collection[int], gone: Collection[int] = ()) -> None:
        """Send these, which were begun in the ledger; forget those that are ours no longer."""
        self._begun += [replace(one, begun=self.stopwatch()) for one in self._queue if one.notice.id in begun]
        self._queue = [one for one in self._queue if one.notice.id not in begun and one.notice.id not in gone]
        self._start()

    def pause(self, paused: bool) -> None:
        """Begin nothing while what was sent cannot be written down."""
        self._paused = paused
        self._start()

    def stop(self, why: str) -> None:
        """Send nothing more; what is queued goes back untried."""
        self.stopped = self.stopped or why
        self._shed_queue()

    def collect(self) -> list[Sent]:
        """What was finished since the last call."""
        if len(self._queue) >= MOST_QUEUED and self._is_blocked():
            self._shed()
        self._take_back_late()
        finished, self.finished = self.finished, []
        self.news.clear()
        return finished

    def drain(self) -> list[Sent]:
        """What was begun and nobody has started to send, untried; what was not begun is shed."""
        self._shed_queue()
        left = [put_back(one.notice, self.stopped) for one in self._begun]
        self._begun.clear()
        return left

    async def close(self, within: float) -> None:
        """End; what is under way is given `within` seconds and then cut off."""
        until = self.stopwatch() + within
        while self._tasks and (left := until - self.stopwatch()) > 0:
            self.news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.news.wait(), left)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _is_blocked(self) -> bool:
        """True where slow providers have their share and nothing else is queued."""
        if not self._queue or self.stopwatch() - self._queue[0].since < SLOW:
            return False
        return all(self._busy[one.provider] >= self._share for one in self._queue)

    def _start(self) -> None:
        """Let leave what may leave now."""
        while not self._paused and len(self._tasks) < self._at_once:
            place = next((n for n, one in enumerate(self._begun) if self._busy[one.provider] < self._share), None)
            if place is None:
                return
            begun = self._begun.pop(place)
            self._busy[begun.provider] += 1
            self._pace.leaves(begun.notice.id, begun.provider)
            task = asyncio.create_task(self._work(begun))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _shed(self) -> None:
        """One slow provider has filled the queue: the less urgent half of it goes back, untried."""
        why = self._said("对方服务器应答缓慢，暂缓发送", "the provider is slow; put off")
        half = len(self._queue) // 2
        self.shed += [(one.notice, why) for one in self._queue[half:]]
        del self._queue[half:]

    def _shed_queue(self) -> None:
        self.shed += [(one.notice, self.stopped) for one in self._queue]
        self._queue.clear()

    def _take_back_late(self) -> None:
        """A provider has become slow: what was begun for it and has not left is in doubt no longer, and waits its turn."""
        now = self.stopwatch()
        late = [one for one in self._begun if now - one.begun > SLOW]
        self.took_back = bool(late)
        self.finished += [put_back(one.notice, None) for one in late]
        self._begun = [one for one in self._begun if now - one.begun <= SLOW]

    async def _work(self, queued: _Queued) -> None:
        """Send one notice; whatever it raises, at whatever point, is its own outcome."""
        with attempt() as made:
            sent = await self._outcome(queued, made)
        self.finished.append(sent)
        self._tasks.discard(asyncio.current_task())
        self._start()
        self.news.set()

    async def _outcome(self, queued: _Queued, made: Attempt) -> Sent:
        try:
            return await self._send(queued)
        except asyncio.CancelledError:
            # the pass is over: what has not left is put back, what may have is not waited for any more
            if not made.begun:
                return put_back(
                    queued.notice, self._said("本次巡查已结束，尚未发出", "the pass ended before it was sent")
                )
            return Sent(
                queued.notice, Outcome("unknown", "timeout", self._said("发送途中巡查结束", "cut off while sending"))
            )
        except Exception as fault:  # noqa: BLE001
            # One notice that cannot be worded must not stop the others; its text may hold anything: name the type, once.
            if type(fault) not in self._faults:
                log.error("notice %s failed with %s", queued.notice.id, type(fault).__name__)
            self._faults.add(type(fault))
            return Sent(
                queued.notice, Outcome("refused", "text", self._said("通知文本无法生成", "no text can be made"))
            )
        finally:
            self._busy[queued.provider] -= 1
            self._pace.ends(queued.notice.id)

    async def _send(self, queued: _Queued) -> Sent:
        """Send one notice once, or say why not."""
        notice, lines = queued.notice, queued.notice.lines
        if self.stopped:
            return put_back(notice, self.stopped)
        now = self.stopwatch()
        if now - queued.begun > self.desk.settings.lease_minutes * 30:
            return put_back(notice, self._said("排队过久，改由下次发送", "queued for too long"))
        if now - queued.since > FRESH:
            try:
                ours, live, ended = await asyncio.to_thread(still_meant, self.desk, notice)
            except (Refusal, DBAPIError):
                return put_back(notice, self._said("数据库暂时连不上，尚未发出", "no database to ask; it was not sent"))
            lines = tuple(line for line in lines if line.id in live)
            if not ours or not lines:
                why = self._said("发出前已撤回", "withdrawn before it was sent")
                return put_back(notice, why, ended if ours else None)
        if queued.url is None:
            return Sent(notice, Outcome("refused", "locked", self._said("渠道无法解密", "the channel is locked")))
        if self._troubles[queued.provider] >= TRIPS:
            return put_back(notice, self._said("对方服务器连续无应答，暂缓发送", "the provider does not answer"))
        message = self.desk.texts.message(notice.head, lines, notice.attempt.repeat)
        outcome = await self.channels.send(queued.url, message)
        self._learn(queued.provider, notice.way.address, outcome)
        return Sent(notice, outcome, _kept(message), tuple(line.id for line in lines))

    def _learn(self, provider: str, address: str, outcome: Outcome) -> None:
        trouble = outcome.code in _TROUBLE
        self._troubles[provider] = self._troubles[provider] + 1 if trouble else 0
        self.reach = self.reach.after(address, reached=outcome.code != UNREACHED)

    def _said(self, zh: str, en: str) -> str:
        return self.desk.said(zh, en)


def provider_of(url: str) -> str:
    """Whose server a channel calls: its kind, with the host where the address names one. Takes any text."""
    schema, place = url.partition("://")[0], host_of(url)
    return f"{schema}://{place}" if "." in place or ":" in place or place == "localhost" else schema


def _kept(message: Message) -> str:
    return f"{message.title}\n{message.body}"
