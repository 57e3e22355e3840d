"""What waits for a person's hour or for the next day, and what goes out in a pass (architecture, rule 9; no flood)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from oracle.duties import Duty, Line
from oracle.hours import may_go, opening_on_or_after

MOST_A_DAY = 2
"""Messages to one person on one day, of phases that keep office hours."""


@dataclass(frozen=True)
class Word:
    """One line to one person. own: they are of the late office itself; due: when that is late."""

    person: str
    role: str
    duty: Duty
    rung: str
    own: bool
    due: datetime


@dataclass
class Message:
    """Something that waits for a person's hour. until: the next opening, where the day has brought enough."""

    person: str
    words: list[Word] = field(default_factory=list)
    until: datetime | None = None


class Mail:
    """Everything unsent: one message to one person. always: of each requirement, whether its notices go at any hour."""

    def __init__(self, always: dict[str, bool]) -> None:
        self.always = always
        self.waiting: list[Message] = []
        self.had: Counter[tuple[str, date]] = Counter()
        self.told: set[tuple[str, Duty]] = set()

    def gather(self, words: list[Word]) -> None:
        for word in words:
            message = next((m for m in self.waiting if m.person == word.person), None)
            if message is None:
                message = Message(word.person)
                self.waiting.append(message)
            message.words.append(word)
            message.until = None  # something more to say: it is looked at again

    def deliver(self, now: datetime) -> tuple[dict[str, list[list[Line]]], list[tuple[Duty, str]]]:
        """The messages that go now, by person, and the (duty, rung) that they speak of."""
        arrived: dict[str, list[list[Line]]] = {}
        said = []
        for message in [message for message in self.waiting if self._may_go(message, now)]:
            if self._is_too_many(message, now):
                continue
            self.waiting.remove(message)
            lines = sorted((*word.duty, word.rung) for word in message.words)
            arrived.setdefault(message.person, []).append(lines)
            said += [(word.duty, word.rung) for word in message.words]
            self.told |= {(word.person, word.duty) for word in message.words}
        return arrived, said

    def _may_go(self, message: Message, now: datetime) -> bool:
        """With the first of its words that may go all go: one message whatever the phases' hours."""
        return any(may_go(now, self.always[word.duty[1]], word.role in ("leader", "head")) for word in message.words)

    def _is_too_many(self, message: Message, now: datetime) -> bool:
        """Two a day, the second for what is late or new; the rest is one message when offices open next."""
        if message.until is not None and now < message.until:
            return True
        if any(self.always[word.duty[1]] for word in message.words):
            return False
        had, today = self.had[message.person, now.date()], now.date()
        pressing = any(word.due <= now or (word.person, word.duty) not in self.told for word in message.words)
        if had >= MOST_A_DAY or (had == MOST_A_DAY - 1 and not pressing):
            message.until = opening_on_or_after(today + timedelta(days=1))
            return True
        self.had[message.person, today] += 1
        return False

    def forget(self, duty: Duty) -> None:
        """It is over: should it come up again, nobody has heard of it."""
        self.told = {(person, of) for person, of in self.told if of != duty}

    def take_back(self, duty: Duty, *, own: bool = False) -> None:
        """Take back what is unsent about a duty; with `own` only what its own office was to hear."""
        for message in self.waiting:
            message.words = [word for word in message.words if word.duty != duty or (own and not word.own)]
        self.waiting = [message for message in self.waiting if message.words]
