"""A small HTTP server on loopback that plays a provider, in a thread of its own.

    with WeCom() as provider:                       # port 0, stopped at the end
        provider.next(Throttle(), HangAfterAccept())  # for the next two requests; then it accepts
        provider.expect("N00000001")                # anything else accepted fails the test at the end
        ...
        assert [m.number for m in provider.accepted] == ["N00000001"]

`decide` may be given instead of `next`: a function from the request to an Act. All of it may be used from
the test's thread while requests come in.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from standins.acts import (
    Accept,
    Act,
    Broken,
    Drip,
    DropAfterAccept,
    Flood,
    Garbage,
    HangAfterAccept,
    Refuse,
    Reset,
    Status,
    Throttle,
)
from standins.loop import Loop, Received, Request, reset


class Refusal(Exception):
    """A provider's check failed: its code and note go into the body."""

    def __init__(self, code: int, note: str, status: int = 200) -> None:
        super().__init__(f"{code} {note}")
        self.code, self.note, self.status = code, note, status


class Standin(Loop):
    """An HTTP provider. Subclasses say how it reads a message and how it words its answers."""

    throttled: tuple[int, str] = (429, "too many")

    @property
    def url(self) -> str:
        """Base address, as a gateway setting takes it."""
        return f"http://127.0.0.1:{self.port}"

    def read(self, request: Request) -> Received:
        """Check `request` as the provider does; raise Refusal as it would refuse."""
        raise NotImplementedError

    def answer(self, code: int, note: str) -> dict[str, object]:
        """The body for a code; 0 is success."""
        raise NotImplementedError

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while first := await reader.read(1):
            self.calls += 1
            act = self._act(None)
            if isinstance(act, Reset):
                break
            request = await _read(first, reader)
            act = act or self._act(request) or Accept()
            if isinstance(act, Reset) or not await self._play(act, request, writer):
                break
        else:
            return
        reset(writer)

    async def _play(self, act: Act, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Do `act`; False when the connection is to be reset."""
        status, headers, body = 200, {"content-type": "application/json"}, b""
        match act:
            case Status(status=status, body=body):
                named = {
                    "retry-after": act.retry_after,
                    "location": act.location,
                    "x-ogw-ratelimit-reset": act.rate_reset,
                }
                headers |= {name: value for name, value in named.items() if value is not None}
            case Refuse(code=code, note=note, status=status):
                body = self._body(code, note)
            case Throttle():
                body = self._body(*self.throttled)
            case _:
                try:
                    message = self.read(request)
                except Refusal as refusal:
                    status, body = refusal.status, self._body(refusal.code, refusal.note)
                else:
                    self.keep(message)
                    body = self._body(0, "ok")
        match act:
            case DropAfterAccept():
                return False
            case HangAfterAccept(seconds=seconds):
                await asyncio.sleep(seconds)
                return False
            case Garbage(body=garbage):
                body = garbage
            case Broken(wire=wire):
                writer.write(wire)
                await writer.drain()
                return True
            case Drip(pause=pause):
                await _drip(writer, pause)
            case Flood(size=size):
                body += b" " * size
            case Accept(delay=delay) if delay:
                await asyncio.sleep(delay)
        _write(writer, status, headers, body)
        await writer.drain()
        return True

    def _body(self, code: int, note: str) -> bytes:
        return json.dumps(self.answer(code, note), ensure_ascii=False).encode()


async def _read(first: bytes, reader: asyncio.StreamReader) -> Request:
    head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    start, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = start.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Request(method, parts.path, query, headers, body)


def _write(writer: asyncio.StreamWriter, status: int, headers: Mapping[str, str], body: bytes) -> None:
    lines = [f"HTTP/1.1 {status} Stand-in", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)


async def _drip(writer: asyncio.StreamWriter, pause: float) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(pause)


class Minute:
    """A provider's count of messages a minute, per key; `None` counts nothing."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._times: dict[str, deque[float]] = {}

    def over(self, key: str) -> bool:
        """Count one more for `key`; whether it is one too many."""
        if self._most is None:
            return False
        times, now = self._times.setdefault(key, deque()), time.monotonic()
        while times and now - times[0] > 60:
            times.popleft()
        if len(times) >= self._most:
            return True
        times.append(now)
        return False
