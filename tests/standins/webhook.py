"""Stand-in for an office's own receiver of JSON web hooks, in Apprise's payload (json://host:port/path).

It also takes Apprise's forms and XML, and the JSON of ntfy and Gotify, as the text of the message.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

from standins.loop import Received, Request
from standins.server import Refusal, Standin


class JsonSink(Standin):
    """`to` of a message is the path that it was posted to, and the query when there is one."""

    def json_url(self, path: str = "") -> str:
        """A channel's address that leads here."""
        return f"json://127.0.0.1:{self.port}/{path}"

    def read(self, request: Request) -> Received:
        query = "&".join(f"{name}={value}" for name, value in request.query.items())
        to = f"{request.path}?{query}" if query else request.path
        kind = request.headers.get("content-type", "")
        if "json" not in kind:
            fields = dict(parse_qsl(request.body.decode())) if "form" in kind else {}
            text = fields.get("message", request.body.decode())
            return Received(to, text, fields.get("title", ""), headers=request.headers, raw=request.body)
        try:
            body = json.loads(request.body)
        except ValueError:
            raise Refusal(400, "not JSON", 400) from None
        if not isinstance(body, dict) or not isinstance(body.get("message"), str):
            raise Refusal(400, "no message", 400)
        title = body.get("title", "")
        return Received(to, body["message"], title, headers=request.headers, raw=request.body)

    def answer(self, code: int, note: str) -> dict[str, object]:
        return {"status": code, "message": note}
