"""企业微信群机器人, `wecombot://KEY`.

Text messages of at most 2 048 bytes, 20 a minute for each bot; both and the codes from the provider's
pages 群机器人配置说明 and 全局错误码. It answers 200 whatever happened: the body decides.
"""

from __future__ import annotations

import json

import httpx

from tasks.channels.address import Address
from tasks.channels.bot import Request, send_texts
from tasks.channels.exchange import Answers, Transport, endpoint
from tasks.channels.layout import parts
from tasks.channels.message import Limits, Message, Outcome
from tasks.channels.registry import Kind, by_gateway

ANSWERS = Answers(
    code=("errcode",),
    note=("errmsg",),
    passing={
        -1: 30.0,  # system busy
        45009: 60.0,  # more than 20 in this minute
        45033: 5.0,  # too many at once
    },
)
LIMITS = Limits(per_minute=20, max_bytes=2048)
_PATH = "/cgi-bin/webhook/send"


def key_of(url: str) -> str:
    """The bot's key; ChannelError for anything but `wecombot://KEY`."""
    address = Address.parse(url)
    address.only(())
    return address.token()


class WecomBot:
    """One group bot."""

    limits = LIMITS

    def __init__(self, url: str, transport: Transport) -> None:
        self._key = key_of(url)
        self._url = httpx.URL(endpoint(transport.gateways.wecombot, _PATH), params={"key": self._key})
        self._transport = transport

    async def send(self, message: Message) -> Outcome:
        texts = parts(message, LIMITS.max_bytes or 0)
        return await send_texts(
            transport=self._transport,
            message=message,
            texts=texts,
            request=self._request,
            answers=ANSWERS,
            secrets=(self._key,),
        )

    def _request(self, text: str) -> Request:
        body = {"msgtype": "text", "text": {"content": text}}
        return self._url, json.dumps(body, ensure_ascii=False).encode()


CHANNELS = {"wecombot": Kind(LIMITS, key_of, WecomBot, by_gateway)}
