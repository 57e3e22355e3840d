"""Stand-in for 钉钉自定义机器人: POST /robot/send?access_token=TOKEN[&timestamp=…&sign=…]."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Collection

from standins.loop import Received, Request
from standins.server import Minute, Refusal, Standin

_MORE = ", more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]"


class DingTalk(Standin):
    """tokens: the bots that exist (None: any); secret, keywords: their safety rules; clock: its time."""

    throttled = (130101, "send too fast, exceed 20 times per minute")

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
        token = request.query.get("access_token", "")
        if request.path != "/robot/send" or not token or (self._tokens is not None and token not in self._tokens):
            raise Refusal(300005, "token is not exist")
        if self._secret is not None:
            self._check_signature(self._secret, request.query)
        if len(request.body) > 20_000:
            raise Refusal(460101, "description: body 大小不合法;solution:请保持大小在 20000bytes 以内;")
        try:
            body = json.loads(request.body)
            content = body["text"]["content"]
        except (ValueError, KeyError, TypeError):
            raise Refusal(400402, "param error") from None
        if body.get("msgtype") != "text" or not isinstance(content, str):
            raise Refusal(400402, "param error")
        if self._keywords and not any(word in content for word in self._keywords):
            raise Refusal(310000, "keywords not in content" + _MORE)
        if self._minute.over(token):
            raise Refusal(*self.throttled)
        return Received(token, content, headers=request.headers, raw=request.body)

    def _check_signature(self, secret: str, query: dict[str, str]) -> None:
        timestamp = query.get("timestamp", "")
        if not timestamp.isdecimal() or abs(int(timestamp) / 1000 - self._clock()) > 3600:
            raise Refusal(310000, "invalid timestamp" + _MORE)
        expected = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
        if query.get("sign") != base64.b64encode(expected).decode():
            raise Refusal(310000, "sign not match" + _MORE)

    def answer(self, code: int, note: str) -> dict[str, object]:
        return {"errcode": code, "errmsg": note}
