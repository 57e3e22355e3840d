"""What a stand-in does with one request: the ways in which real providers answer, and fail to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Act:
    """Base of all acts."""


@dataclass(frozen=True)
class Accept(Act):
    """Check the message as the provider does, keep it, answer success; after `delay` seconds."""

    delay: float = 0.0


@dataclass(frozen=True)
class Refuse(Act):
    """Refuse in the body, with HTTP 200 unless `status` says otherwise, by the provider's code."""

    code: int = 0
    note: str = "refused"
    status: int = 200


@dataclass(frozen=True)
class Throttle(Act):
    """The provider's own "too many messages", in the body with HTTP 200."""


@dataclass(frozen=True)
class Status(Act):
    """An HTTP status that keeps nothing: 429, 503, 404 …, with headers or a body when given."""

    status: int = 500
    retry_after: str | None = None
    location: str | None = None
    rate_reset: str | None = None
    body: bytes = b""


@dataclass(frozen=True)
class Reset(Act):
    """Break the connection (RST) before the request is read."""


@dataclass(frozen=True)
class DropAfterAccept(Act):
    """Keep the message, then break the connection without an answer."""


@dataclass(frozen=True)
class HangAfterAccept(Act):
    """Keep the message and never answer; `seconds` until the connection is dropped."""

    seconds: float = 60.0


@dataclass(frozen=True)
class Garbage(Act):
    """Keep the message and answer 200 with a body that is no answer."""

    body: bytes = b"<html><body>login required</body></html>"


@dataclass(frozen=True)
class Broken(Act):
    """Keep the message and answer with bytes that are not HTTP."""

    wire: bytes = b"\x00\x01 not http\r\n\r\n"


@dataclass(frozen=True)
class Drip(Act):
    """Keep the message and answer one byte each `pause` seconds, for ever."""

    pause: float = 0.05


@dataclass(frozen=True)
class Flood(Act):
    """Keep the message and answer success followed by `size` bytes of padding."""

    size: int = 20_000_000
