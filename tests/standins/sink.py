"""A fast receiver of JSON web hooks in a process of its own, for kills and for measuring.

`python -m standins.sink [PORT]` prints its port; POST anything to any path; GET / gives
{"received": messages, "repeats": of a number that had come before, "marked": of those, said to be one}.
GET /numbers gives {number: times}. Any key of WeCom, DingTalk or Feishu and any JSON hook is answered with
success for all of them.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_NUMBER = re.compile(rb"N\d{6,}")
_MARKS = ("可能重复".encode(), b"possibly a repeat", json.dumps("可能重复")[1:-1].encode())
_SUCCESS = b'{"errcode":0,"errmsg":"ok","code":0,"msg":"success"}'


class _Tally:
    def __init__(self) -> None:
        self.numbers: Counter[str] = Counter()
        self.received = self.repeats = self.marked = 0

    def take(self, body: bytes) -> None:
        self.received += 1
        found = _NUMBER.findall(body)
        number = found[-1].decode() if found else "?"
        if self.numbers[number]:
            self.repeats += 1
            self.marked += any(mark in body for mark in _MARKS)
        self.numbers[number] += 1

    def answer(self, target: bytes) -> bytes:
        if target.startswith(b"/numbers"):
            return json.dumps(self.numbers).encode()
        counts = {"received": self.received, "repeats": self.repeats, "marked": self.marked}
        return json.dumps(counts).encode()


class _Connection(asyncio.Protocol):
    def __init__(self, tally: _Tally) -> None:
        self._tally = tally
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            whole = end + 4 + length
            if len(self._buffer) < whole:
                return
            start = self._buffer[: self._buffer.find(b"\r\n")].split(b" ")
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            self._reply(start, body)

    def _reply(self, start: list[bytes], body: bytes) -> None:
        if start[0] == b"GET":
            content = self._tally.answer(start[1])
        else:
            self._tally.take(body)
            content = _SUCCESS
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % len(content) + content)


class SinkProcess:
    """The sink as a child process: `with SinkProcess() as sink: … sink.counts()["received"]`."""

    def __init__(self) -> None:
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def json_url(self, path: str = "") -> str:
        return f"json://127.0.0.1:{self.port}/{path}"

    def counts(self) -> dict[str, int]:
        return dict(self._get("/"))

    def numbers(self) -> dict[str, int]:
        return dict(self._get("/numbers"))

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=10) as answer:
            return json.load(answer)

    def __enter__(self) -> Self:
        tests = Path(__file__).resolve().parents[1]
        command = [sys.executable, "-m", "standins.sink"]
        self._process = subprocess.Popen(command, cwd=tests, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is None or self._process.stdout is None:
            raise RuntimeError("the sink was never started")
        self._process.terminate()
        self._process.wait(10)
        self._process.stdout.close()


async def _serve(port: int) -> None:
    tally = _Tally()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(tally), "127.0.0.1", port, backlog=512)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
