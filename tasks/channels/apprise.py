"""Everything that is not our own, through Apprise: one recipient an address, once, without waiting.

Apprise answers yes or no and writes the reason to its log, so the reason is read from there; what cannot
be told apart is `unknown`, never `refused`. Its own resending, waiting between messages, redirects and
attachments are off. It sends in processes of its own (apprise_pool), and is imported on first use: it costs half a second.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from models.wording import Lang
from tasks.channels.address import HEADERS_OF_OURS, HIDDEN, Address, is_host
from tasks.channels.apprise_pool import Order
from tasks.channels.bot import broken_off
from tasks.channels.exchange import Transport
from tasks.channels.faults import outcome
from tasks.channels.layout import parts, whole
from tasks.channels.log_guard import listening
from tasks.channels.message import ChannelError, Limits, Message, Outcome
from tasks.channels.registry import Kind

if TYPE_CHECKING:
    import apprise as library


_UNLIMITED = Limits(None, None)


@dataclass(frozen=True)
class Service:
    """What is known of a service behind Apprise.

    passing: its own codes that say "later", with the seconds to wait; unsure: codes that Apprise also uses
    for an unreadable answer. mail: codes are SMTP's, where 4xx passes and 5xx does not. ours: it has no place of its
    own in the world, so that the address names its host.
    """

    limits: Limits = _UNLIMITED
    passing: dict[int, float] = field(default_factory=dict)
    unsure: frozenset[int] = frozenset()
    mail: bool = False
    ours: bool = False


_FORM = Service(ours=True)
_MAIL = Service(mail=True, ours=True)
_NTFY = Service(Limits(12, 3600))  # ntfy.sh gives 12 a minute; 4 096 bytes, less what Apprise's escapes take
_GOTIFY = Service(ours=True)

SERVICES: dict[str, Service] = {
    "form": _FORM,
    "forms": _FORM,
    "xml": _FORM,
    "xmls": _FORM,
    "mailto": _MAIL,
    "mailtos": _MAIL,
    "ntfy": _NTFY,
    "ntfys": _NTFY,
    "gotify": _GOTIFY,
    "gotifys": _GOTIFY,
    # 企业微信应用: more than 30 a minute to one member are dropped without a word.
    "wechat": Service(Limits(30, 2048), {45009: 60.0, 45033: 5.0, 40014: 60.0, 42001: 60.0}, frozenset({-1})),
    "wxpusher": Service(Limits(120, 40_000)),
    "pushplus": Service(Limits(None, 20_000), {500: 60.0, 900: 3600.0}),
}
"""The allowed schemas: services that a Chinese office can reach or run itself, and whose plugin was read to
report a refusal as one. Not here, and why: schemas that act on this machine (exec, file, syslog, dbus,
windows, gnome …); lark, bark, schan and others, which report refused messages as sent; matrix, which
resends by itself; mqtt, which needs a package that is not ours and gives no receipt from a person."""

_OURS = (
    "redirect",
    "retry",
    "wait",
    "verify",
    "attach",
    "rto",
    "cto",
    "optional",
    "overflow",
    "format",
    "store",
    "cc",
    "bcc",
    "template",
    "delay",
)
"""Options that would undo what this module promises."""


class AppriseChannel:
    """One recipient behind one of Apprise's plugins."""

    def __init__(self, url: str, transport: Transport) -> None:
        plugin_of(url)
        self._url = url
        self._service = SERVICES[Address.parse(url).schema]
        self._transport = transport

    @property
    def limits(self) -> Limits:
        return self._service.limits

    async def send(self, message: Message) -> Outcome:
        room = self._service.limits.max_bytes
        texts = [("", text) for text in parts(message, room)] if room else [whole(message)]
        transport = self._transport
        for part, (title, text) in enumerate(texts, start=1):
            sent = await transport.processes.send(
                Order(
                    url=self._url,
                    title=title,
                    text=text,
                    lang=message.lang,
                    timeout=transport.timeout,
                    longest=transport.longest,
                )
            )
            if sent.state != "accepted":
                return replace(broken_off(sent, message, part - 1, len(texts)), parts=part)
        return Outcome("accepted", parts=len(texts))


_MOST_KEPT = 256


class Plugins:
    """The plugins of one sending process, by address: they keep tokens in themselves."""

    def __init__(self) -> None:
        _library().Apprise.instantiate("json://127.0.0.1", asset=_asset())  # loads every plugin, in no message's time
        self._kept: dict[str, library.NotifyBase] = {}

    def send(self, order: Order, begun: Callable[[], bool]) -> Outcome:
        """Send one message. begun: whether a connection was begun for it; without one it was certainly not sent."""
        service = SERVICES[Address.parse(order.url).schema]
        try:
            with listening() as heard:
                sent = _notify(self._plugin(order), order.title, order.text)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001
            # whatever a plugin raises over one address is the fate of one message; its text may hold the address
            return outcome("internal" if begun() else "address", order.lang)
        if sent:
            return Outcome("accepted")
        why = reason(heard, service, order.lang)
        return outcome("address", order.lang) if why.state == "unknown" and not begun() else why

    def _plugin(self, order: Order) -> library.NotifyBase:
        if order.url not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            plugin = plugin_of(order.url)
            plugin.socket_connect_timeout = plugin.socket_read_timeout = order.timeout
            self._kept[order.url] = plugin
        return self._kept[order.url]


def _notify(plugin: library.NotifyBase, title: str, text: str) -> bool:
    info, plain = _library().NotifyType.INFO, _library().NotifyFormat.TEXT
    return bool(plugin.notify(body=text, title=title, notify_type=info, body_format=plain))


class _Rehearsed(OSError):
    """A rehearsed sending came as far as the network."""


_rehearsing: ContextVar[list[bool] | None] = ContextVar("pucha_rehearsing", default=None)


def check(url: str) -> None:
    """ChannelError unless a message to `url` comes as far as the network. Calls nobody: there it is stopped."""
    plugin = plugin_of(url)
    with _stopped_at_the_network() as reached, listening():
        try:
            _notify(plugin, "N00000000", "N00000000")
        except Exception:  # noqa: BLE001
            # what a plugin raises before it comes to the network speaks of the address, and may hold it
            reached.clear()
    if not reached:
        raise _wrong_host(f"{Address.parse(url).schema}://{HIDDEN}")


def host_called(url: str) -> str:
    """The host that the plugin of `url` hands a message to: its own, the provider's, or the mail server that it knows."""
    plugin: Any = plugin_of(url)
    service = SERVICES[Address.parse(url).schema]
    if service is _NTFY and plugin.mode == "cloud":
        return urlsplit(plugin.cloud_notify_url).hostname or ""
    if service.mail:
        return str(plugin.smtp_host)
    if service.ours or service is _NTFY:
        return str(plugin.host)
    return urlsplit(plugin.notify_url).hostname or ""


def _wrong_host(shown: str) -> ChannelError:
    return ChannelError(
        f"渠道 {shown} 的主机或端口有误，无法发送，请重新填写",
        f"the host or port of the channel {shown} is wrong, nothing can be sent to it; write it again",
    )


@contextmanager
def _stopped_at_the_network() -> Iterator[list[bool]]:
    """Within, whoever wants to reach a host is refused, in this thread; the list tells whether anybody could have."""
    _watch_the_network()
    reached: list[bool] = []
    token = _rehearsing.set(reached)
    try:
        yield reached
    finally:
        _rehearsing.reset(token)


@cache
def _watch_the_network() -> None:
    sys.addaudithook(_stop)


def _stop(event: str, given: tuple[Any, ...]) -> None:
    """Python's own word before a name is looked up or a connection made; what is raised here prevents it."""
    if event not in ("socket.getaddrinfo", "socket.connect"):
        return
    reached = _rehearsing.get()
    if reached is None:
        return
    port = str(given[1]) if event == "socket.getaddrinfo" else ""
    if port.isdecimal() and 0 < int(port) < 65_536:
        reached.append(True)
    raise _Rehearsed("stopped at the network")


def plugin_of(url: str) -> library.NotifyBase:
    """Apprise's plugin for `url`; ChannelError when it names no, or more than one, recipient."""
    address = Address.parse(url)
    shown = f"{address.schema}://{HIDDEN}"
    if refused := sorted({name.lower() for name, _ in address.options} & set(_OURS)):
        raise ChannelError(
            f"渠道 {shown} 不能带参数 {'、'.join(refused)}：重发、超时、证书校验等由本系统统一规定",
            f"the channel {shown} must not have {', '.join(refused)}: resending, waiting, certificates and "
            "the like are the same for all channels",
        )
    if named := sorted({name[1:].lower() for name, _ in address.options if name[:1] == "+"} & HEADERS_OF_OURS):
        raise ChannelError(
            f"渠道 {shown} 不能自设请求头 {'、'.join(named)}，请删去这个参数",
            f"the channel {shown} must not set the header {', '.join(named)}; leave the option out",
        )
    authority, _, path = address.place.partition("/")
    service = SERVICES[address.schema]
    names_host = service.ours or (service is _NTFY and path.strip("/") != "")
    if names_host and not is_host(authority.rpartition("@")[2]):
        raise _wrong_host(shown)
    with listening():
        plugin: library.NotifyBase | None = _library().Apprise.instantiate(url, asset=_asset())
    if plugin is None or (SERVICES[address.schema].mail and not getattr(plugin, "targets", None)):
        raise ChannelError(
            f"渠道 {shown} 填写不完整或有误，请对照 Apprise 文档中该类型的写法",
            f"the channel {shown} is incomplete or wrong; see how Apprise writes this kind",
        )
    if len(plugin) != 1:
        raise ChannelError(
            f"渠道 {shown} 应恰好写一名接收人，多名接收人请分行填写",
            f"the channel {shown} must name exactly one recipient; give each a row of its own",
        )
    plugin.request_rate_per_sec = 0
    return plugin


@cache
def _library() -> Any:
    import apprise

    return apprise


@cache
def _asset() -> library.AppriseAsset:
    """Settings of our own, so that nothing left on the machine for Apprise changes what is sent."""
    asset: library.AppriseAsset = _library().AppriseAsset(
        app_id="Pucha",
        app_desc="Pucha",
        async_mode=False,
        http_redirects=False,
        default_service_retry=0,
        default_service_wait=0.0,
        interpret_emojis=False,
        interpret_escapes=False,
        pgp_autogen=False,
        pem_autogen=False,
        allow_templates=False,
    )
    return asset


_CODE = re.compile(r"\b(?:error|errcode|code)=(?:\d{3}/)?(-?\d+)\b")
_MAIL_CODE = re.compile(r"(?:\(|was refused: )([245]\d\d)\b")
_UNREAD = "(500, 'Line too long.')"
"""What Python's mail library says where an answer is longer than it reads: its own 500, and no server's, whose words it
shows as bytes. The answer may have been yes."""
_NOT_CONNECTED = re.compile(
    r"NewConnectionError|ConnectTimeoutError|NameResolutionError|ProxyError|SSLError|CERTIFICATE_VERIFY"
    r"|Connection refused|not known|name resolution|No route to host|unreachable"
)
_NO_ANSWER = re.compile(r"timed out|TimeoutError", re.IGNORECASE)


def reason(heard: Sequence[logging.LogRecord], service: Service, lang: Lang) -> Outcome:
    """Why Apprise said no, from what it logged."""
    said = [record.getMessage() for record in heard if record.levelno >= logging.WARNING]
    causes = [m for record in heard if (m := record.getMessage()).startswith("Socket Exception")]
    cause = " ".join(causes)
    if service.mail and _UNREAD in cause:
        return outcome("garbage", lang)
    pattern, where = (_MAIL_CODE, [*said, cause]) if service.mail else (_CODE, said)
    if numbers := pattern.findall(" ".join(where)):
        return _by_code(int(numbers[-1]), service, lang)
    if _NOT_CONNECTED.search(cause):
        return outcome("connect", lang)
    return outcome("timeout" if _NO_ANSWER.search(cause) else "reset" if cause else "garbage", lang)


def _by_code(code: int, service: Service, lang: Lang) -> Outcome:
    """What a service's number means; numbers above 1 000 begin with the status in ntfy (42901)."""
    if code in service.unsure:
        return outcome("garbage", lang, str(code))
    if code in service.passing:
        return outcome("throttled", lang, str(code), retry_after=service.passing[code])
    if service.mail:
        return outcome("throttled" if code < 500 else "refused", lang, str(code))
    status = int(str(code)[:3]) if service is _NTFY and code > 999 else code
    if status == 504:
        return outcome("timeout", lang, str(code))
    if 500 <= status <= 599:
        return outcome("server", lang, str(code))
    if status in (408, 425, 429):
        return outcome("throttled", lang, str(code))
    return outcome("refused", lang, str(code))


CHANNELS = {schema: Kind(service.limits, check, AppriseChannel, host_called) for schema, service in SERVICES.items()}
