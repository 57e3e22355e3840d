"""Every way in which a sending can go wrong, in words, and what each means for the notice.

The line between `retry` and `unknown` is whether the whole request can have reached the other side.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import httpx

from models.wording import Lang, Said
from tasks.channels.message import Outcome, State


class Fault(NamedTuple):
    """A state with its sentence."""

    state: State
    said: Said


FAULTS: dict[str, Fault] = {
    "connect": Fault("retry", Said("未能连接对方服务器", "could not connect")),
    "busy": Fault("retry", Said("发送线路占满，尚未发出", "no line was free; not sent yet")),
    "unready": Fault("retry", Said("发送程序未及时就绪，尚未发出", "the sender was not ready in time; not sent yet")),
    "unsent": Fault("retry", Said("发送途中连接中断，对方未收全", "the connection broke while sending")),
    "throttled": Fault("retry", Said("对方限制发送频率，稍后再发", "throttled by the provider")),
    "server": Fault("retry", Said("对方服务器故障", "the provider's server failed")),
    "timeout": Fault("unknown", Said("等待答复超时，对方可能已收到", "no answer in time; may have arrived")),
    "reset": Fault("unknown", Said("连接中断，对方可能已收到", "connection lost; may have arrived")),
    "garbage": Fault("unknown", Said("对方答复无法识别，可能已收到", "unreadable answer; may have arrived")),
    "internal": Fault("unknown", Said("程序出错，对方可能已收到", "our own fault; may have arrived")),
    "unmade": Fault("refused", Said("程序出错，尚未发出", "our own fault; nothing was sent")),
    "refused": Fault("refused", Said("对方拒收", "refused by the provider")),
    "redirect": Fault("refused", Said("对方要求转到别的地址，不予跟随", "redirects are not followed")),
    "address": Fault("refused", Said("渠道地址无法使用", "the channel's address cannot be used")),
}

_RAISED: tuple[tuple[type[BaseException], str], ...] = (
    (httpx.ConnectError, "connect"),
    (httpx.ConnectTimeout, "connect"),
    (httpx.ProxyError, "connect"),
    (httpx.PoolTimeout, "busy"),
    # Raised before the failing piece is handed to the system: the request is not whole over there.
    (httpx.WriteError, "unsent"),
    (httpx.UnsupportedProtocol, "address"),
    (httpx.LocalProtocolError, "address"),
    (httpx.TimeoutException, "timeout"),
    (TimeoutError, "timeout"),
    (httpx.ReadError, "reset"),
    (httpx.RemoteProtocolError, "reset"),
    (httpx.DecodingError, "garbage"),
)


def fault_of(error: BaseException) -> str:
    """The word for an exception of an HTTP exchange; what is not listed may have arrived."""
    return next((word for kind, word in _RAISED if isinstance(error, kind)), "reset")


def outcome(
    word: str, lang: Lang, code: str | None = None, note: str = "", retry_after: float | None = None
) -> Outcome:
    """The outcome that a fault makes. `note` is shown as it is: the caller has scrubbed it."""
    fault = FAULTS[word]
    detail = fault.said.in_language(lang)
    if note:
        detail = Said(f"{detail}（{note}）", f"{detail}: {note}").in_language(lang)
    return Outcome(fault.state, code or word, detail, retry_after)


_LONGEST_CODE = 40
"""Characters of a provider's code that are kept."""
_ASKED = Said(
    "{detail}（要求等待 {asked}，按 {most} 分钟计）", "{detail} (asked to wait {asked}; taken as {most} minutes)"
)
_FOR_EVER = Said("无限期", "for ever")
_DAYS, _MINUTES = Said("{n} 天", "{n} days"), Said("{n} 分钟", "{n} minutes")


def bounded(given: Outcome, lang: Lang, longest: float) -> Outcome:
    """`given` with every number of the provider's within bounds, and a word where its wait was cut short.

    longest: seconds that a provider may make us wait; what is no number is no wait.
    """
    code = given.code[:_LONGEST_CODE] if given.code else given.code
    asked = given.retry_after
    if asked is None or math.isnan(asked):
        return replace(given, code=code, retry_after=None)
    if asked <= longest:
        return replace(given, code=code, retry_after=max(asked, 0.0))
    detail = _ASKED.in_language(lang).format(
        detail=given.detail, asked=_in_words(asked, lang), most=round(longest / 60)
    )
    return replace(given, code=code, detail=detail, retry_after=longest)


def _in_words(seconds: float, lang: Lang) -> str:
    days = seconds / 86_400
    if days > 36_500:
        return _FOR_EVER.in_language(lang)
    if days >= 2:
        return _DAYS.in_language(lang).format(n=round(days))
    return _MINUTES.in_language(lang).format(n=round(seconds / 60))
