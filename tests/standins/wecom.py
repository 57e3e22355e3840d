"""Stand-in for 企业微信群机器人: POST /cgi-bin/webhook/send?key=KEY."""

from __future__ import annotations

import json
from collections.abc import Collection

from standins.loop import Received, Request
from standins.server import Minute, Refusal, Standin


class WeCom(Standin):
    """keys: the bots that exist (None: any); per_minute: 20 as the provider's, None for no throttle."""

    throttled = (45009, "api freq out of limit, hint: [1700000000000000000000001], from ip: 10.0.0.8")

    def __init__(self, keys: Collection[str] | None = None, per_minute: int | None = None) -> None:
        super().__init__()
        self._keys = keys
        self._minute = Minute(per_minute)

    def read(self, request: Request) -> Received:
        key = request.query.get("key", "")
        if request.path != "/cgi-bin/webhook/send" or not key or (self._keys is not None and key not in self._keys):
            raise Refusal(93000, "invalid webhook url, hint: [1700000000000000000000002], from ip: 10.0.0.8")
        try:
            body = json.loads(request.body)
        except ValueError:
            raise Refusal(40008, "invalid message type") from None
        if body.get("msgtype") != "text" or not isinstance(body.get("text", {}).get("content"), str):
            raise Refusal(40008, "invalid message type")
        content = body["text"]["content"]
        if len(content.encode()) > 2048:
            raise Refusal(40058, "text.content exceed max length 2048. invalid Request Parameter")
        if not content.strip():
            raise Refusal(44004, "empty content")
        if self._minute.over(key):
            raise Refusal(*self.throttled)
        return Received(key, content, headers=request.headers, raw=request.body)

    def answer(self, code: int, note: str) -> dict[str, object]:
        return {"errcode": code, "errmsg": note}
