"""What waits for a person's hour, and what goes out in a pass (architecture, rule 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from oracle.duties import Duty, Line
from oracle.hours import may_go


@dataclass(frozen=True)
class Word:
    """One line to one person. own: they are of the late office itself."""

    person: str
    role: str
    duty: Duty
    rung: str
    own: bool


@dataclass
class Message:
    """Something that waits for a person's hour."""

    person: str
    words: list[Word] = field(default_factory=list)


class Mail:
    """Everything unsent: one message to one person. always: of each requirement, whether its notices go at any hour."""

    def __init__(self, always: dict[str, bool]) -> None:
        self.always = always
        self.waiting: list[Message] = []

    def gather(self, words: list[Word]) -> None:
        for word in words:
            message = next((m for m in self.waiting if m.person == word.person), None)
            if message is None:
                message = Message(word.person)
                self.waiting.append(message)
            message.words.append(word)

    def deliver(self, now: datetime) -> tuple[dict[str, list[list[Line]]], list[tuple[Duty, str]]]:
        """The messages that go now, by person, and the (duty, rung) that they speak of."""
        arrived: dict[str, list[list[Line]]] = {}
        said = []
        for message in [message for message in self.waiting if self._may_go(message, now)]:
            self.waiting.remove(message)
            lines = sorted((*word.duty, word.rung) for word in message.words)
            arrived.setdefault(message.person, []).append(lines)
            said += [(word.duty, word.rung) for word in message.words]
        return arrived, said

    def _may_go(self, message: Message, now: datetime) -> bool:
        """With the first of its words that may go all go: one message whatever the phases' hours."""
        return any(may_go(now, self.always[word.duty[1]], word.role in ("leader", "head")) for word in message.words)

    def take_back(self, duty: Duty, *, own: bool = False) -> None:
        """Take back what is unsent about a duty; with `own` only what its own office was to hear."""
        for message in self.waiting:
            message.words = [word for word in message.words if word.duty != duty or (own and not word.own)]
        self.waiting = [message for message in self.waiting if message.words]
