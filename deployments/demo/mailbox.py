"""The demonstration's mailbox: a web page on loopback that takes every notice and shows it, so that none leaves this machine.

`python -m deployments.demo.mailbox [PORT]` serves one by itself, for an office that tries its own plan.
"""

from __future__ import annotations

import contextlib
import html
import json
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

MOST_SHOWN = 300
LARGEST = 1_000_000
_PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>演示信箱 mailbox</title><style>
:root{{color-scheme:light dark}}body{{font:15px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem}}
article{{border:1px solid #8886;border-radius:8px;padding:.7rem 1rem;margin:.8rem 0}}pre{{white-space:pre-wrap;font:inherit;margin:.3rem 0}}
small{{opacity:.7}}</style><h1>演示信箱</h1>
<p>本次演示的通知都送到这里，没有一条发往外部。共 {total} 条，显示最近 {shown} 条。<br>
<small>Every notice of this demonstration ends here; none went outside. {total} in all, the latest {shown} below.</small></p>{letters}</html>"""


@dataclass
class Mailbox:
    """Takes JSON by POST at any path; shows what it took at `address`. port: 0 for any that is free."""

    port: int = 0
    letters: list[tuple[str, str, str]] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def channel(self) -> str:
        """The channel that leads here; offices add a path of their own."""
        return self.address.replace("http://", "json://")

    def __enter__(self) -> Mailbox:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    def page(self) -> str:
        """The page that shows the latest letters, newest first."""
        shown = self.letters[-MOST_SHOWN:][::-1]
        letters = "".join(
            f"<article><small>{html.escape(path)}</small><br><b>{html.escape(title)}</b><pre>{html.escape(body)}</pre></article>"
            for path, title, body in shown
        )
        return _PAGE.format(total=len(self.letters), shown=len(shown), letters=letters)


def _handler(mailbox: Mailbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            if length > LARGEST:
                self._answer(413, b"")
                return
            try:
                letter = json.loads(self.rfile.read(length))
            except ValueError:
                self._answer(400, b"")
                return
            mailbox.letters.append((unquote(self.path), str(letter.get("title", "")), str(letter.get("message", ""))))
            self._answer(200, b"{}")

        def do_GET(self) -> None:
            self._answer(200, mailbox.page().encode(), "text/html; charset=utf-8")

        def _answer(self, code: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(code)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing on the terminal."""

    return Handler


def main(arguments: list[str]) -> None:
    """Serve a mailbox until Ctrl-C."""
    import click

    with Mailbox(int(arguments[0]) if arguments else 8025) as mailbox, contextlib.suppress(KeyboardInterrupt):
        click.echo(f"演示信箱 mailbox  {mailbox.address}  {mailbox.channel}/…  Ctrl-C")
        threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1:])
