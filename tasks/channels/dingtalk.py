"""钉钉自定义机器人, `dingtalk://TOKEN[?secret=SEC…][&keyword=普查]`.

A request of at most 20 000 bytes, 20 a minute for each bot; above that it is blocked for 10 minutes. A bot
asks for a signature (secret), for a keyword in the text (keyword), or for known addresses. The codes are
those of the provider's page 自定义机器人接入 and of its answers. 200 is no success: the body decides.
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
    code=("errcode",),
    note=("errmsg",),
    passing={
        -1: 30.0,  # system busy
        130101: 600.0,  # more than 20 in this minute: blocked for ten
        410100: 600.0,  # the same from the newer gateway
    },
    wait="wait",  # {"status": 1111, "punish": "deny", "wait": 5}, from the throttle in front
)
LIMITS = Limits(per_minute=20, max_bytes=20_000)
_PATH = "/robot/send"
_EMPTY = len(json.dumps({"msgtype": "text", "text": {"content": ""}}))


def parse(url: str) -> tuple[str, dict[str, str]]:
    """Token and options (secret, keyword); ChannelError for anything else."""
    address = Address.parse(url)
    return address.token(), address.only(("secret", "keyword"))


def signature(secret: str, milliseconds: int) -> str:
    """HMAC-SHA256 of time and secret under the secret, in base 64; good for one hour."""
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class DingTalkBot:
    """One group bot."""

    limits = LIMITS

    def __init__(self, url: str, transport: Transport) -> None:
        token, options = parse(url)
        self._secret = options.get("secret", "")
        self._keyword = options.get("keyword", "")
        self._secrets = (token, self._secret)
        self._url = httpx.URL(endpoint(transport.gateways.dingtalk, _PATH), params={"access_token": token})
        self._transport = transport

    async def send(self, message: Message) -> Outcome:
        texts = parts(message, (LIMITS.max_bytes or 0) - _EMPTY, json_size, self._keyword)
        return await send_texts(
            transport=self._transport,
            message=message,
            texts=texts,
            request=self._request,
            answers=ANSWERS,
            secrets=self._secrets,
        )

    def _request(self, text: str) -> Request:
        body = json.dumps({"msgtype": "text", "text": {"content": text}}, ensure_ascii=False).encode()
        if not self._secret:
            return self._url, body
        now = int(self._transport.clock() * 1000)
        signed = {"timestamp": str(now), "sign": signature(self._secret, now)}
        return self._url.copy_merge_params(signed), body


CHANNELS = {"dingtalk": Kind(LIMITS, parse, DingTalkBot, by_gateway)}
