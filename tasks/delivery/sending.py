"""Sending: leased notices over their channels, some at once, with no database open."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from urllib.parse import urlsplit

from models.rules.delivering import Reach
from tasks.channels import Message, Outcome, Switchboard
from tasks.delivery.desk import Desk, Leased, Sent
from tasks.delivery.leases import still_meant
from tasks.delivery.routes import url_of

log = logging.getLogger(__name__)

FRESH = 1.0
"""Seconds after which a leased notice is looked up again before it is sent: it may have been withdrawn."""
TRIPS = 16
"""Failures in a row after which a provider is left alone for the rest of the pass."""
_TROUBLE = frozenset({"connect", "timeout", "reset", "unsent", "busy"})
_UNREACHED = frozenset({"connect"})


class Senders:
    """A fixed number of senders that work off a queue. `stopwatch`: seconds, for what must not take long."""

    def __init__(
        self, desk: Desk, switchboard: Switchboard, clock: Callable[[], datetime], stopwatch: Callable[[], float]
    ) -> None:
        self.desk, self.switchboard, self.clock, self.stopwatch = desk, switchboard, clock, stopwatch
        self.reach = Reach()
        self.stopped: str | None = None
        self.finished: list[Sent] = []
        self.news = asyncio.Event()
        self._queue: deque[tuple[Leased, float]] = deque()
        self._wake = asyncio.Semaphore(0)
        self._busy = 0
        self._troubles: Counter[str] = Counter()
        self._faults: set[type[Exception]] = set()
        self._tasks = [asyncio.create_task(self._work()) for _ in range(desk.settings.send_concurrency)]

    @property
    def waiting(self) -> int:
        """Notices that nobody has begun to send."""
        return len(self._queue)

    @property
    def is_idle(self) -> bool:
        return not self._queue and not self._busy

    def add(self, leased: Iterable[Leased]) -> None:
        """Queue notices, most urgent first."""
        for notice in leased:
            self._queue.append((notice, self.stopwatch()))
            self._wake.release()

    def stop(self, why: str) -> None:
        """Send nothing more; what is queued goes back untried."""
        self.stopped = self.stopped or why

    def collect(self) -> list[Sent]:
        """What was finished since the last call."""
        finished, self.finished = self.finished, []
        self.news.clear()
        return finished

    def drain(self) -> list[Sent]:
        """What nobody has begun to send, untried."""
        left = [Sent(notice, None) for notice, _ in self._queue]
        self._queue.clear()
        return left

    async def close(self, within: float) -> None:
        """End all senders; what is under way is given `within` seconds and then cut off."""
        until = self.stopwatch() + within
        while self._busy and (left := until - self.stopwatch()) > 0:
            self.news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.news.wait(), left)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            await self._wake.acquire()
            if not self._queue:
                continue
            notice, leased_at = self._queue.popleft()
            self._busy += 1
            try:
                sent = await self._send(notice, leased_at)
            except Exception as fault:  # noqa: BLE001
                # One notice that cannot be told must not stop the others; its text may hold anything: name the type, once.
                if type(fault) not in self._faults:
                    log.error("notice %s failed with %s", notice.id, type(fault).__name__)
                self._faults.add(type(fault))
                sent = Sent(
                    notice, Outcome("refused", "text", self._said("通知文本无法生成", "its text cannot be made"))
                )
            finally:
                self._busy -= 1
            self.finished.append(sent)
            self.news.set()

    async def _send(self, notice: Leased, leased_at: float) -> Sent:
        """Send one notice once, or say why not."""
        if self.stopped:
            return Sent(notice, None, why=self.stopped)
        lines = notice.lines
        waited = self.stopwatch() - leased_at
        if waited > self.desk.settings.lease_minutes * 30:
            return Sent(notice, None, why=self._said("排队过久，改由下次发送", "queued for too long"))
        if waited > FRESH:
            ours, live, ended = await asyncio.to_thread(still_meant, self.desk, notice)
            lines = tuple(line for line in lines if line.id in live)
            if not ours or not lines:
                why = self._said("发出前已撤回", "withdrawn before it was sent")
                return Sent(notice, None, why=why, ends=ended if ours else None)
        url = url_of(self.desk, notice.way)
        if url is None:
            return Sent(
                notice, Outcome("refused", "locked", self._said("渠道无法解密", "the channel cannot be decrypted"))
            )
        provider = provider_of(url)
        if self._troubles[provider] >= TRIPS:
            return Sent(notice, None, why=self._said("对方服务器连续无应答，暂缓发送", "the provider does not answer"))
        message = self.desk.texts.message(notice.head, lines, notice.repeat, self.clock())
        outcome = await self.switchboard.send(url, message)
        self._learn(provider, notice.way.address, outcome)
        return Sent(notice, outcome, _kept(message), tuple(line.id for line in lines))

    def _learn(self, provider: str, address: str, outcome: Outcome) -> None:
        trouble = outcome.code in _TROUBLE
        self._troubles[provider] = self._troubles[provider] + 1 if trouble else 0
        self.reach = self.reach.after(address, reached=outcome.code not in _UNREACHED)

    def _said(self, zh: str, en: str) -> str:
        return self.desk.said(zh, en)


def provider_of(url: str) -> str:
    """Whose server a channel calls: its kind, with the host where the address names one."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}" if "." in place or ":" in place or place == "localhost" else parts.scheme


def _kept(message: Message) -> str:
    return f"{message.title}\n{message.body}"
