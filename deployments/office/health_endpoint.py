"""The health endpoint of `pucha up`: GET /health on loopback, for monitors; POST /alarm for Prefect's automations.

It stands in the process of `up` itself and needs neither Prefect's server nor the flows. It tells no secret and
no office's figures; /alarm needs the token of this start, and only makes the watchman look.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from deployments.office.watchman import Watchman
from models.rules.oversight.health import HealthCheck
from models.wording import Refusal, Said
from tasks.oversight.health import Health

HOST = "127.0.0.1"
_REQUEST_SECONDS = 5.0
_MOST_AT_ONCE = 16
_MOST_BYTES = 65_536
_WAYS = {"/health": "GET, HEAD", "/alarm": "POST"}
_NO_ANSWER = HealthCheck("endpoint", "failing", Said("值守进程未能及时查明状况", "no answer could be had in time"))


@dataclass(frozen=True)
class Post:
    """Where the endpoint answers, and the token that /alarm wants."""

    port: int
    token: str

    @property
    def health(self) -> str:
        return f"http://{HOST}:{self.port}/health"

    @property
    def alarm(self) -> str:
        return f"http://{HOST}:{self.port}/alarm"

    def __repr__(self) -> str:
        return f"Post({self.port})"


@contextmanager
def health_endpoint(watchman: Watchman, port: int | None) -> Iterator[Post]:
    """Answer on `port` (a free one for None) until this ends. Refusal where the port is taken."""
    token = secrets.token_urlsafe(24)
    try:
        server = _Server((HOST, port or 0), _Handler)
    except OSError:
        raise Refusal(
            f"端口 {port} 已被占用，请用 --health-port 另换一个",
            f"port {port} is in use; choose another with --health-port",
        ) from None
    server.watchman, server.token = watchman, token
    thread = threading.Thread(target=server.serve_forever, args=(0.2,), name="health", daemon=True)
    thread.start()
    try:
        yield Post(int(server.server_address[1]), token)
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """Answers few at once: whoever comes on top is hung up on, and may come again."""

    daemon_threads = True
    block_on_close = False
    watchman: Watchman
    token: str

    def __init__(self, *arguments: Any) -> None:
        self._places = threading.BoundedSemaphore(_MOST_AT_ONCE)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is nobody's trouble."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _REQUEST_SECONDS
    server_version, sys_version = "pucha", ""
    server: _Server

    def do_GET(self) -> None:
        if self._path() == "/health":
            self._tell_health()
        else:
            self._not_so()

    do_HEAD = do_GET

    def do_POST(self) -> None:
        if self._path() != "/alarm":
            self._not_so()
            return
        self._read_body()
        given = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.server.token}".encode()):
            self._answer(403, {"error": "the token of this start is needed"})
            return
        self.server.watchman.alarm()
        self._answer(202, {"looking": True})

    def _not_so(self) -> None:
        """A known path asked in another way, or no path of ours."""
        ways = _WAYS.get(self._path())
        if ways:
            self._answer(405, {"error": f"only {ways}"}, Allow=ways)
        else:
            self._answer(404, {"error": "only /health"})

    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = _not_so

    def _path(self) -> str:
        return self.path.partition("?")[0]

    def _read_body(self) -> None:
        """Take what is sent, so that the sender can finish, and no more than is sensible."""
        told = self.headers.get("Content-Length", "0")
        self.rfile.read(min(int(told), _MOST_BYTES) if told.isdigit() else 0)

    def _tell_health(self) -> None:
        health = self.server.watchman.report()
        if health is None:
            now = self.server.watchman.clock()
            health = Health(now, (_NO_ANSWER,))
        self._answer(503 if health.state == "failing" else 200, health.as_data())

    def _answer(self, status: int, data: dict[str, Any], **headers: str) -> None:
        body = json.dumps(data, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing is logged: a prober that asks every second would fill the disk."""
