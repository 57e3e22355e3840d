"""飞书自定义机器人, `feishu://TOKEN[?secret=…][&keyword=普查]`.

A request of at most 20 KB, 100 a minute and 5 a second for each bot; the codes are those of the provider's
page 自定义机器人使用指南. Its answers come with 200 or 400, and one number (9499) means both "malformed" and
"too many requests": number and text together decide.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import httpx

from tasks.channels.address import Address
from tasks.channels.bot import Request, send_texts
from tasks.channels.exchange import Answers, Transport, endpoint
from tasks.channels.layout import json_size, parts
from tasks.channels.message import Limits, Message, Outcome
from tasks.channels.registry import Kind, by_gateway

ANSWERS = Answers(
    code=("code", "StatusCode"),  # StatusCode is 0 even when code is not
    note=("msg", "StatusMessage"),
    passing={
        11232: 60.0,  # the platform is short of room, mostly on the hour and half hour
        99991400: 60.0,  # more than the bot's rate
    },
)
LIMITS = Limits(per_minute=100, max_bytes=20_000)
_PATH = "/open-apis/bot/v2/hook"
_ENVELOPE = 200
"""Bytes of a request around its text: type, time and signature."""


def parse(url: str) -> tuple[str, dict[str, str]]:
    """Token and options (secret, keyword); ChannelError for anything else."""
    address = Address.parse(url)
    return address.token(), address.only(("secret", "keyword"))


def signature(secret: str, seconds: int) -> str:
    """HMAC-SHA256 of nothing under time and secret, in base 64; good for one hour. Not DingTalk's way."""
    digest = hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class FeishuBot:
    """One group bot."""

    limits = LIMITS

    def __init__(self, url: str, transport: Transport) -> None:
        token, options = parse(url)
        self._secret = options.get("secret", "")
        self._keyword = options.get("keyword", "")
        self._secrets = (token, self._secret)
        self._url = httpx.URL(f"{endpoint(transport.gateways.feishu, _PATH)}/{token}")
        self._transport = transport

    async def send(self, message: Message) -> Outcome:
        texts = parts(message, (LIMITS.max_bytes or 0) - _ENVELOPE, json_size, self._keyword)
        return await send_texts(
            transport=self._transport,
            message=message,
            texts=texts,
            request=self._request,
            answers=ANSWERS,
            secrets=self._secrets,
        )

    def _request(self, text: str) -> Request:
        # "<at user_id=…>" in a text rings a person or the whole group: no name of a unit may do that.
        body: dict[str, object] = {"msg_type": "text", "content": {"text": text.replace("<at", "<\u200bat")}}
        if self._secret:
            now = int(self._transport.clock())
            body |= {"timestamp": str(now), "sign": signature(self._secret, now)}
        return self._url, json.dumps(body, ensure_ascii=False).encode()


CHANNELS = {"feishu": Kind(LIMITS, parse, FeishuBot, by_gateway)}
