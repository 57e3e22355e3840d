"""The watchman (值守): the process of `pucha up` itself looks every minute whether everything runs.

It is none of the things that it watches: a dead watch, dead flows or a dead Prefect are noticed by it, shown on
the terminal and told to the administrators. Whoever asks shares its last look, so that asking costs nothing.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from models.rules.oversight.health import TELL_AGAIN, HealthCheck, to_tell, troubles
from models.wording import Refusal, Said
from tasks.campaign.database import FileIdentity, database_file, file_identity
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.oversight.alarm import send_alarm, tell_administrators
from tasks.oversight.anchoring import anchor_trail
from tasks.oversight.health import Health, read_health, unreadable

LOG = logging.getLogger(__name__)
EVERY_SECONDS = 60.0
FRESH_SECONDS = 5.0
"""A look so new is shown to whoever asks."""
PATIENCE_SECONDS = 10.0


class Watchman:
    """Looks, keeps what it saw, and tells of trouble. All looking is done by one thread.

    of_up: checks of the server and the flows of this `up`; say: shows a sentence on the terminal. Nobody is
    told of anything in the first minutes of an `up`: a pass must have had its time.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        of_up: Callable[[], Sequence[HealthCheck]],
        say: Callable[[str], None],
        every: float = EVERY_SECONDS,
        silent_for: float | None = None,
    ) -> None:
        self.settings, self.clock, self.of_up, self.say, self.every = settings, clock, of_up, say, every
        self._silent_for = settings.health_watch_minutes * 60 if silent_for is None else silent_for
        self._began = time.monotonic()
        self._store: Store | None = None
        self._file: FileIdentity | None = None
        self._health: Health | None = None
        self._seen = float("-inf")
        self._shown: frozenset[str] = frozenset()
        self._silent_until: dict[str, datetime] = {}
        self._changed = threading.Condition()
        self._asked = self._alarmed = self._stopped = False
        self.alarms = 0
        """How often somebody else noticed trouble: Prefect's own second watch."""
        self._thread = threading.Thread(target=self._keep, name="watchman", daemon=True)

    def __enter__(self) -> Watchman:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join(PATIENCE_SECONDS)

    def fresh_health(self) -> Health | None:
        """How everything fares, at most some seconds old. None where no answer could be had in time."""
        with self._changed:
            if time.monotonic() - self._seen >= FRESH_SECONDS:
                self._asked = True
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._is_fresh() or self._stopped, PATIENCE_SECONDS)
            return self._health if self._is_fresh() else None

    def alarm(self) -> None:
        """Somebody else has noticed trouble: look again, and tell of what is found."""
        with self._changed:
            self._alarmed = True
            self.alarms += 1
            self._changed.notify_all()

    def last_words(self) -> None:
        """`up` is about to end though nobody asked it to: tell of that now, in bounded time."""
        teller = threading.Thread(target=lambda: self._tell(self._look()), daemon=True)
        teller.start()
        teller.join(PATIENCE_SECONDS + self.settings.send_timeout)

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._seen < FRESH_SECONDS

    def _keep(self) -> None:
        due = time.monotonic() + self.every
        while True:
            with self._changed:
                self._changed.wait_for(self._is_wanted, max(due - time.monotonic(), 0))
                if self._stopped:
                    break
                telling = self._alarmed or time.monotonic() >= due
                self._alarmed = False
            health = self._look()
            with self._changed:
                self._health, self._seen, self._asked = health, time.monotonic(), False
                self._changed.notify_all()
            if telling:
                due = time.monotonic() + self.every
                if time.monotonic() - self._began >= self._silent_for:
                    self._show(health)
                    self._tell(health)
        self._forget()

    def _is_wanted(self) -> bool:
        return self._asked or self._alarmed or self._stopped

    def _look(self) -> Health:
        """How everything fares now; whatever goes wrong while looking is itself a trouble."""
        now = self.clock()
        try:
            if self._store is None:
                self._store = open_store(self.settings, clock=self.clock)
            self._see_file(self._store)
            now = now.astimezone(self._store.plan().zone)
            found = read_health(self._store, now)
        except Refusal as refusal:
            self._forget()
            found = unreadable(refusal, now)
        except Exception as fault:
            LOG.exception("the watchman could not look")
            self._forget()
            kind = type(fault).__name__
            found = unreadable(Refusal(f"运行状况无法读取（{kind}）", f"health cannot be read ({kind})"), now)
        return Health(found.as_of, (*found.checks, *self.of_up()))

    def _see_file(self, store: Store) -> None:
        """Refusal where SQLite's file is no longer the one that was there first: open, it goes on answering from a file
        that is gone."""
        file = database_file(store.engine)
        if file is None:
            return
        found = file_identity(file)
        self._file = self._file or found
        if found != self._file or found is None:
            raise Refusal(
                f"数据库文件 {file} 在运行中被移走或换过，请停止 pucha up，放回或恢复数据库后重新启动",
                f"the database file {file} was removed or replaced while it was in use; stop pucha up, put it back, and"
                " start again",
            )

    def _forget(self) -> None:
        if self._store is not None:
            self._store.engine.dispose()
            self._store = None

    def _show(self, health: Health) -> None:
        """Say on the terminal what has begun to fail, and what works again."""
        lang, failing = self.settings.lang, {line.name: line for line in troubles(health.checks)}
        stamp = f"{health.as_of:%m-%d %H:%M}"
        for name, line in failing.items():
            if name not in self._shown:
                self.say(Said(f"{stamp} 异常：{line.said.zh}", f"{stamp} failing: {line.said.en}").in_language(lang))
        for line in health.checks:
            if line.name in self._shown and line.name not in failing:
                self.say(
                    Said(f"{stamp} 已恢复：{line.said.zh}", f"{stamp} works again: {line.said.en}").in_language(lang)
                )
        self._shown = frozenset(failing)

    def _tell(self, health: Health) -> None:
        """Tell the administrators; where the database cannot remember that they were told, this process does."""
        try:
            if self._store is not None:
                tell_administrators(self._store, health.checks, health.as_of)
                anchor_trail(self._store, health.as_of)
                return
        except Refusal:
            self._forget()
        chosen = to_tell(health.checks, self._silent_until, health.as_of)
        if chosen:
            self._silent_until |= dict.fromkeys((line.name for line in chosen), health.as_of + TELL_AGAIN)
            send_alarm(self.settings, chosen, health.as_of)
