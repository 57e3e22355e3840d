"""The demonstration's mailbox: a web page on loopback that takes every notice and shows it, so that none leaves this machine.

`python -m deployments.demo.mailbox [PORT]` serves one by itself, for an office that tries its own plan.
"""

from __future__ import annotations

import contextlib
import html
import json
import re
import secrets
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import unquote

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from deployments.office.web import HOST, new_app, read_at_most, serving
from models.text import visible

MOST_SHOWN = 300
MOST_KEPT_BYTES = 16_000_000
"""Of all letters that are kept to be shown; the oldest go first."""
LARGEST = 1_000_000
"""Bytes of one letter."""
MOST_AT_ONCE = 128
"""More than one sender has under way."""
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'"
_PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>演示信箱 mailbox</title><style>
:root{{color-scheme:light dark}}body{{font:15px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}}
article{{border:1px solid #8886;border-radius:8px;padding:.7rem 1rem;margin:.8rem 0}}pre{{white-space:pre-wrap;font:inherit;margin:.3rem 0}}
small{{opacity:.7}}</style><h1>演示信箱</h1>
<p>本次演示的通知都送到这里，没有一条发往外部。共 {total} 条，显示最近 {shown} 条。<br>
<small>Every notice of this demonstration ends here; none went outside. {total} in all, the latest {shown} below.</small></p>{letters}</html>"""


@dataclass
class Mailbox:
    """Takes JSON by POST at any path below `address`; shows there what it took last. port: 0 for any that is free.

    The address holds a key, so that no other account of this machine reads or writes letters here.
    """

    port: int = 0
    taken: int = 0
    _letters: deque[tuple[str, str, str]] = field(default_factory=deque, repr=False)
    _bytes: int = field(default=0, repr=False)
    _key: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    _running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, repr=False)

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/{self._key}"

    @property
    def channel(self) -> str:
        """The channel that leads here; offices add a path of their own."""
        return self.address.replace("http://", "json://")

    def __enter__(self) -> Mailbox:
        self.port = self._running.enter_context(serving(_app(self), self.port, MOST_AT_ONCE))
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def is_at(self, path: str) -> bool:
        """Whether a path, as it was asked for, lies below the address."""
        return secrets.compare_digest(path.split("/")[1].encode(), self._key.encode())

    def take(self, path: str, title: str, body: str) -> None:
        """Keep a letter; the oldest go where there are too many, or they are too large together."""
        self._letters.append((path.removeprefix(f"/{self._key}"), title, body))
        self.taken += 1
        self._bytes += _size(self._letters[-1])
        while len(self._letters) > MOST_SHOWN or self._bytes > MOST_KEPT_BYTES:
            self._bytes -= _size(self._letters.popleft())

    def code_at(self, channel: str) -> str | None:
        """The code in the latest letter to a channel of this mailbox that holds one."""
        path = channel.removeprefix(self.channel)
        for to, title, body in reversed(self._letters):
            found = _CODE.search(f"{title} {body}")
            if to == path and found:
                return found[0]
        return None

    def page(self) -> str:
        """The page that shows the latest letters, newest first: their text, and never as anything but text."""
        shown = list(self._letters)[::-1]
        letters = "".join(
            f"<article><small>{path}</small><br><b>{title}</b><pre>{body}</pre></article>"
            for path, title, body in (map(_as_text, letter) for letter in shown)
        )
        return _PAGE.format(total=self.taken, shown=len(shown), letters=letters)


def _as_text(text: str) -> str:
    """A text for a page: no tags, and nothing in it that cannot be sent or seen, such as half of a character."""
    return html.escape(visible(text))


def _size(letter: tuple[str, str, str]) -> int:
    return sum(4 * len(part) for part in letter)


def _app(mailbox: Mailbox) -> FastAPI:
    app = new_app()

    @app.post("/{path:path}")
    async def take(request: Request) -> Response:
        if not mailbox.is_at(str(request.scope["path"])):
            return Response(status_code=404)
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return Response(status_code=415)
        written = await read_at_most(request, LARGEST + 1)
        if len(written) > LARGEST:
            return Response(status_code=413)
        try:
            letter = json.loads(written)
            said = str(letter.get("title", "")), str(letter.get("message", ""))
        except (ValueError, AttributeError, RecursionError):
            return Response(status_code=400)
        mailbox.take(_path(request), *said)
        return Response("{}", media_type="application/json")

    @app.get("/{path:path}")
    async def show(request: Request) -> Response:
        if not mailbox.is_at(str(request.scope["path"])):
            return Response(status_code=404)
        kept_in = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
        return HTMLResponse(mailbox.page(), headers=kept_in)

    return app


def _path(request: Request) -> str:
    """The path as it was asked for, its query included."""
    path, query = str(request.scope["path"]), unquote(request.url.query)
    return f"{path}?{query}" if query else path


def main(arguments: list[str]) -> None:
    """Serve a mailbox until Ctrl-C."""
    import click

    with Mailbox(int(arguments[0]) if arguments else 8025) as mailbox, contextlib.suppress(KeyboardInterrupt):
        click.echo(f"演示信箱 mailbox  {mailbox.address}  {mailbox.channel}/…  Ctrl-C")
        threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1:])
