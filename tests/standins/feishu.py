"""Stand-in for 飞书自定义机器人: POST /open-apis/bot/v2/hook/TOKEN."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Collection
from typing import Any

from standins.loop import Received, Request
from standins.server import Minute, Refusal, Standin

_PATH = "/open-apis/bot/v2/hook/"


class Feishu(Standin):
    """tokens: the bots that exist (None: any); secret, keywords: their safety rules; clock: its time."""

    throttled = (11232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]")

    def __init__(
        self,
        tokens: Collection[str] | None = None,
        secret: str | None = None,
        keywords: Collection[str] = (),
        per_minute: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self._tokens, self._secret, self._keywords, self._clock = tokens, secret, keywords, clock
        self._minute = Minute(per_minute)

    def read(self, request: Request) -> Received:
        token = request.path.removeprefix(_PATH)
        if not request.path.startswith(_PATH) or (self._tokens is not None and token not in self._tokens):
            raise Refusal(19001, "param invalid: incoming webhook access token invalid", 400)
        if len(request.body) > 20 * 1024:
            raise Refusal(9499, "Bad Request", 400)
        try:
            body = json.loads(request.body)
            text = body["content"]["text"]
        except (ValueError, KeyError, TypeError):
            raise Refusal(9499, "Bad Request", 400) from None
        if self._secret is not None:
            self._check_signature(self._secret, body)
        if self._keywords and not any(word in text for word in self._keywords):
            raise Refusal(19024, "Key Words Not Found")
        if self._minute.over(token):
            raise Refusal(*self.throttled)
        return Received(token, text, headers=request.headers, raw=request.body)

    def _check_signature(self, secret: str, body: dict[str, Any]) -> None:
        timestamp = str(body.get("timestamp", ""))
        near = timestamp.isdecimal() and abs(int(timestamp) - self._clock()) <= 3600
        digest = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
        if not near or body.get("sign") != base64.b64encode(digest).decode():
            raise Refusal(19021, "sign match fail or timestamp is not within one hour from current time")

    def answer(self, code: int, note: str) -> dict[str, object]:
        if code:
            return {"code": code, "msg": note, "data": {}}
        return {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}
