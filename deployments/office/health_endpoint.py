"""The health endpoint of `pucha up`: GET /health on loopback, for monitors; POST /alarm for Prefect's automations.

It stands in the process of `up` itself and needs neither Prefect's server nor the flows. Whoever asks hears which lines
fail; whoever brings the office's access string hears why, in sentences, and how often Prefect's automations called. /alarm needs the token of this start, and only
makes the watchman look.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import FastAPI, Header, HTTPException, Request, Response

from deployments.office.access import access_string, is_authorized
from deployments.office.watchman import Watchman
from deployments.office.web import HOST, new_app, read_at_most, serving
from models.rules.oversight.health import HealthCheck
from models.wording import Refusal, Said
from tasks.oversight.health import Health

_MOST_AT_ONCE = 16
_MOST_BYTES = 65_536
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
    token, settings = secrets.token_urlsafe(24), watchman.settings
    app = _app(watchman, token, access_string(settings.home))
    with ExitStack() as running:
        try:
            taken = running.enter_context(serving(app, port or 0, _MOST_AT_ONCE, settings.named_hosts))
        except OSError:
            raise Refusal(
                f"端口 {port} 已被占用，请用 --health-port 另换一个",
                f"port {port} is in use; choose another with --health-port",
            ) from None
        yield Post(taken, token)


def _app(watchman: Watchman, token: str, access: str) -> FastAPI:
    app = new_app()

    @app.api_route("/health", methods=["GET", "HEAD"])
    def health(authorization: Annotated[str, Header()] = "") -> Response:
        found = watchman.fresh_health() or Health(watchman.clock(), (_NO_ANSWER,))
        known = is_authorized(authorization, access)
        told = found.as_data() | {"alarms": watchman.alarms} if known else found.as_states()
        return _answer(503 if found.state == "failing" else 200, told)

    @app.post("/alarm")
    async def alarm(request: Request, authorization: Annotated[str, Header()] = "") -> Response:
        await read_at_most(request, _MOST_BYTES)
        if not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            return _answer(403, {"error": "the token of this start is needed"})
        watchman.alarm()
        return _answer(202, {"looking": True})

    @app.exception_handler(404)
    async def no_path(_request: Request, _fault: HTTPException) -> Response:
        return _answer(404, {"error": "only /health"})

    @app.exception_handler(405)
    async def no_way(_request: Request, fault: HTTPException) -> Response:
        """A known path asked in another way."""
        ways = ", ".join(sorted((fault.headers or {})["Allow"].split(", ")))
        return _answer(405, {"error": f"only {ways}"}, Allow=ways)

    return app


def _answer(status: int, data: dict[str, Any], **headers: str) -> Response:
    return Response(
        json.dumps(data, ensure_ascii=False),
        status,
        headers={"Cache-Control": "no-store", **headers},
        media_type="application/json; charset=utf-8",
    )
