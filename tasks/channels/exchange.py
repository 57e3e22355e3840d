"""One HTTP request to a provider, within a bounded time, and what its answer means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from models.wording import Lang
from tasks.channels.address import scrub
from tasks.channels.clients import Clients
from tasks.channels.faults import fault_of, outcome
from tasks.channels.message import Message, Outcome

_MOST_BYTES = 64 * 1024
"""Of an answer; no provider's is longer than a few hundred."""

_LONGEST_WAIT = 86_400.0
"""Seconds; a longer Retry-After is a provider's mistake."""


@dataclass(frozen=True)
class Gateways:
    """Base addresses that our own channels call: the providers', or an office's gateway in between."""

    wecombot: str = "https://qyapi.weixin.qq.com"
    dingtalk: str = "https://oapi.dingtalk.com"
    feishu: str = "https://open.feishu.cn"

    def __post_init__(self) -> None:
        for name in ("wecombot", "dingtalk", "feishu"):
            parts = urlsplit(getattr(self, name))
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
                raise ValueError(f"PUCHA_{name.upper()}_URL must be http(s)://host[:port][/path]")


def endpoint(base: str, path: str) -> str:
    """`path` of a provider at `base`, which may already end with it."""
    base = base.rstrip("/")
    return base if base.endswith(path) else base + path


@dataclass(frozen=True)
class Transport:
    """What channels share to reach the outside; made and closed with the open channels.

    timeout: seconds for connecting, for sending and for each wait for an answer.
    clock: the real time in seconds since 1970, for signatures.
    threads, thread_slots: where Apprise sends, and how many of its sendings may be under way.
    """

    clients: Clients = field(repr=False)
    gateways: Gateways
    timeout: float
    clock: Callable[[], float]
    threads: ThreadPoolExecutor = field(repr=False)
    thread_slots: asyncio.Semaphore = field(repr=False)

    @property
    def longest(self) -> float:
        """Seconds that one exchange may take in all, however slowly an answer drips."""
        return 3 * self.timeout


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, the beginning of its body, and the seconds to wait that its head names."""

    status: int
    body: bytes = field(repr=False)
    retry_after: float | None


@dataclass(frozen=True, slots=True)
class Broken:
    """No whole answer came; `word` is one of faults.FAULTS."""

    word: str


async def exchange(
    transport: Transport, url: httpx.URL, content: bytes, headers: Mapping[str, str], method: str = "POST"
) -> Reply | Broken:
    """Send one request and read the answer. Redirects are not followed."""
    async with transport.clients.lend() as client:
        try:
            async with (
                asyncio.timeout(transport.longest),
                client.stream(method, url, content=content, headers=headers) as response,
            ):
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        break
        except (httpx.HTTPError, TimeoutError) as error:
            return Broken(fault_of(error))
    return Reply(response.status_code, bytes(body), _wait(response.headers, transport.clock))


def _wait(headers: httpx.Headers, clock: Callable[[], float]) -> float | None:
    """Seconds from Retry-After (a number or a date) or from Feishu's own header."""
    text = headers.get("retry-after") or headers.get("x-ogw-ratelimit-reset")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - clock()
        except ValueError:
            return None
    return min(max(seconds, 0.0), _LONGEST_WAIT) if seconds == seconds else None


def by_status(reply: Reply, lang: Lang, code: str | None = None, note: str = "") -> Outcome:
    """What a status says when the body says nothing better; 2xx is the caller's to judge.

    A gateway's 504 means that the one behind it may have the message.
    """
    code = code or str(reply.status)
    if reply.status == 504:
        return outcome("timeout", lang, code, note)
    if reply.status >= 500:
        return outcome("server", lang, code, note, reply.retry_after)
    if reply.status in (407, 408, 425, 429):
        return outcome("throttled", lang, code, note, reply.retry_after)
    if 300 <= reply.status < 400:
        return outcome("redirect", lang, code)
    return outcome("refused", lang, code, note)


@dataclass(frozen=True)
class Answers:
    """How a provider reports in the body of an answer, mostly with status 200.

    code, note: fields of the result's number and text; the first field that is there counts; 0 is success.
    passing: numbers that say "later", with the seconds to wait. Every other number is a permanent refusal.
    wait: a field that a throttle in front of the provider sends instead of a number.
    """

    code: tuple[str, ...]
    note: tuple[str, ...]
    passing: Mapping[int, float | None]
    wait: str | None = None


_LATER = ("too many", "too fast", "frequen", "rate limit", "freq out", "busy", "频率", "频繁", "限流", "繁忙")
"""Words of a provider that say "later" under a number that has another meaning too (Feishu's 9499)."""


def judged(reply: Reply | Broken, answers: Answers, secrets: Collection[str], lang: Lang) -> Outcome:
    """What a provider's answer means. `secrets` never appear in the outcome."""
    if isinstance(reply, Broken):
        return outcome(reply.word, lang)
    said = _object(reply.body)
    number = _number(said, answers.code)
    note = scrub(_text(said, answers.note), secrets)
    if number is None and answers.wait and answers.wait in said:
        return outcome("throttled", lang, "throttled", retry_after=_number(said, (answers.wait,)))
    code = None if number in (None, 0) else str(number)
    if reply.status >= 500 or reply.status in (407, 408, 425, 429):
        return by_status(reply, lang, code, note)
    if number == 0 and reply.status < 300:
        return Outcome("accepted")
    if number in answers.passing or (code and any(word in note.lower() for word in _LATER)):
        wait = answers.passing.get(number or 0) if reply.retry_after is None else reply.retry_after
        return outcome("throttled", lang, code, note, wait)
    if code:
        return outcome("refused", lang, code, note)
    return outcome("garbage", lang) if reply.status < 300 else by_status(reply, lang, code, note)


def _object(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(said: Mapping[str, object], fields: tuple[str, ...]) -> int | None:
    for name in fields:
        value = said.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lstrip("-").isdecimal():
            return int(value)
    return None


def _text(said: Mapping[str, object], fields: tuple[str, ...]) -> str:
    return next((value for name in fields if isinstance(value := said.get(name), str)), "")


def notice_header(message: Message, part: int, parts: int) -> dict[str, str]:
    """The notice's number as the idempotency key of a request, for gateways; of each part its own."""
    if not (message.number.isascii() and message.number.isprintable()):
        return {}
    return {"idempotency-key": message.number if parts == 1 else f"{message.number}/{part}"}
