"""One HTTP request to a provider, within bounded time and memory, and what its answer means."""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import h11
import httpx

from models.wording import Lang
from tasks.channels.address import scrub
from tasks.channels.apprise_pool import ApprisePool
from tasks.channels.begun import mark_begun
from tasks.channels.clients import Clients
from tasks.channels.faults import fault_of, outcome
from tasks.channels.hosts import DEFAULT, Hosts
from tasks.channels.message import Message, Outcome

_MOST_BYTES = 64 * 1024
"""Of an answer, as it came and unpacked; no provider's is longer than a few hundred."""

_WHOLE = re.compile(r"-?[0-9]{1,18}")
"""A number that an answer writes as text; a longer one is no code and no time."""


@dataclass(frozen=True)
class Gateways:
    """Where messages may go: the base addresses that our own channels call (the providers', or an office's gateway in
    between), and the hosts that any other channel may call."""

    wecombot: str = "https://qyapi.weixin.qq.com"
    dingtalk: str = "https://oapi.dingtalk.com"
    feishu: str = "https://open.feishu.cn"
    hosts: Hosts = DEFAULT

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
    processes: where Apprise sends.
    """

    clients: Clients = field(repr=False)
    gateways: Gateways
    timeout: float
    clock: Callable[[], float]
    processes: ApprisePool = field(repr=False)

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


def check_writable(url: httpx.URL, headers: Mapping[str, str], method: str = "POST") -> None:
    """ValueError or h11.LocalProtocolError unless a request to `url` can be written to a connection.

    Writes one in memory, the way the client does, and names the host as the system's resolver wants it.
    """
    port_fits = url.port is None or 0 < url.port < 65_536
    if not url.host or not port_fits:
        raise ValueError("no host, or no port that there can be")
    url.raw_host.decode("ascii").encode("idna")
    request = httpx.Request(method, url, headers=dict(headers), content=b"{}")
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=method, target=request.url.raw_path, headers=request.headers.raw))
    connection.send(h11.Data(b"{}"))
    connection.send(h11.EndOfMessage())


async def exchange(
    transport: Transport, url: httpx.URL, content: bytes, headers: Mapping[str, str], method: str = "POST"
) -> Reply | Broken:
    """Send one request and read the answer; never raises for a fault of the address or of the other side.

    Redirects are not followed. What went wrong before a byte was handed over was certainly not sent.
    """
    begun = False

    async def watch(event: str, _info: Mapping[str, Any]) -> None:
        nonlocal begun
        if event == "http11.send_request_headers.started":
            begun = True
            mark_begun()

    try:
        check_writable(url, headers, method)
    except (ValueError, h11.LocalProtocolError):
        return Broken("address")
    async with transport.clients.lend() as client:
        try:
            async with (
                asyncio.timeout(transport.longest),
                client.stream(method, url, content=content, headers=headers, extensions={"trace": watch}) as response,
            ):
                body = await _beginning(response)
        except (httpx.HTTPError, TimeoutError) as error:
            word = fault_of(error)
            return Broken(word if begun or word in ("address", "busy") else "connect")
        except Exception:  # noqa: BLE001
            # whatever a library raises over one address is the fate of one message; its text may hold the address
            return Broken("reset" if begun else "unsent")
    return Reply(response.status_code, body, _wait(response.headers, transport.clock))


async def _beginning(response: httpx.Response) -> bytes:
    """The first bytes of an answer, unpacked. An answer packed in any way but once is not unpacked at all.

    The client's own unpacking is left out: 661 bytes, packed twice, become 519 MB in one step of it.
    """
    packed = bytearray()
    async for chunk in response.aiter_raw():
        packed += chunk
        if len(packed) > _MOST_BYTES:
            break
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding in ("", "identity"):
        return bytes(packed[:_MOST_BYTES])
    if coding not in ("gzip", "x-gzip", "deflate"):
        return b""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(bytes(packed), _MOST_BYTES)
    except zlib.error:
        return b""


def _wait(headers: httpx.Headers, clock: Callable[[], float]) -> float | None:
    """Seconds from Retry-After (a number or a date) or from Feishu's own header, as the provider wrote them."""
    text = headers.get("retry-after") or headers.get("x-ogw-ratelimit-reset")
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text).timestamp() - clock()
    except (ValueError, TypeError, OverflowError):
        return None


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
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
            return value
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            return int(value)
    return None


def _text(said: Mapping[str, object], fields: tuple[str, ...]) -> str:
    return next((value for name in fields if isinstance(value := said.get(name), str)), "")


def notice_header(message: Message, part: int, parts: int) -> dict[str, str]:
    """The notice's number as the idempotency key of a request, for gateways; of each part its own."""
    if not (message.number.isascii() and message.number.isprintable()):
        return {}
    return {"idempotency-key": message.number if parts == 1 else f"{message.number}/{part}"}
