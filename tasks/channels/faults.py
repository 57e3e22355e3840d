"""Every way in which a sending can go wrong, in words, and what each means for the notice.

The line between `retry` and `unknown` is whether the whole request can have reached the other side.
"""

from __future__ import annotations

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
    "unsent": Fault("retry", Said("发送途中连接中断，对方未收全", "the connection broke while sending")),
    "throttled": Fault("retry", Said("对方限制发送频率，稍后再发", "throttled by the provider")),
    "server": Fault("retry", Said("对方服务器故障", "the provider's server failed")),
    "timeout": Fault("unknown", Said("等待答复超时，对方可能已收到", "no answer in time; may have arrived")),
    "reset": Fault("unknown", Said("连接中断，对方可能已收到", "connection lost; may have arrived")),
    "garbage": Fault("unknown", Said("对方答复无法识别，可能已收到", "unreadable answer; may have arrived")),
    "internal": Fault("unknown", Said("程序出错，对方可能已收到", "our own fault; may have arrived")),
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
