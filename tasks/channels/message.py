"""What is sent over a channel and what comes back: values, and the protocol of a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from models.wording import Lang, Refusal

State = Literal["accepted", "refused", "retry", "unknown"]


@dataclass(frozen=True, slots=True)
class Message:
    """One notice for one person.

    number: the notice's number, "N00000123"; it stands in everything that is sent.
    body: plain text, one fact a line.
    repeat: the fate of an earlier sending is not known; the text then says 可能重复.
    """

    number: str
    title: str
    body: str
    repeat: bool = False
    lang: Lang = "zh"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one sending.

    accepted: the provider has it. refused: the provider will never take it (permanent).
    retry: it certainly did not arrive, and a later sending may. unknown: it may have arrived, wholly or
    in part; only a sending marked as a repeat is honest after that.

    code: the provider's own code, an HTTP or SMTP status, or one of our words (connect, timeout, reset …).
    detail: one sentence in the message's language; never an address or a key.
    retry_after: seconds that the provider asked to wait.
    parts: messages that this sending cost by the provider's count, for the throttle.
    """

    state: State
    code: str | None = None
    detail: str = ""
    retry_after: float | None = None
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What a provider takes: messages a minute to one address, and bytes a message; None: not limited."""

    per_minute: int | None
    max_bytes: int | None


class Channel(Protocol):
    """One address of one recipient. A new kind of channel is one file in this package; see registry."""

    @property
    def limits(self) -> Limits: ...

    async def send(self, message: Message) -> Outcome:
        """Send once, without resending anything. Never raises for a fault of the provider."""
        ...


class ChannelError(Refusal):
    """A channel's address is malformed or of a kind that is not allowed. Never shows the address."""
