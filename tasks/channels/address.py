"""The address of a channel, `schema://…`: taken apart, masked, scrubbed. Addresses are secrets."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from tasks.channels.message import ChannelError

HIDDEN = "••••"
_SCHEMA = re.compile(r"[A-Za-z][A-Za-z0-9]{1,15}(?=://)")
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{1,200}")


@dataclass(frozen=True, slots=True)
class Address:
    """`schema://place?options`, with nothing of it but the schema in its repr."""

    schema: str
    place: str = field(repr=False)
    options: tuple[tuple[str, str], ...] = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> Address:
        """Take `url` apart; options keep their order, and a + in them stays a + (keys contain it)."""
        schema = schema_of(url)
        if not url.isprintable() or url != url.strip() or " " in url:
            raise ChannelError(
                f"渠道地址 {mask(url)} 含有空格或不可见字符，请重新填写",
                f"the channel {mask(url)} contains spaces or invisible characters; write it again",
            )
        place, _, query = url.split("://", 1)[1].partition("?")
        pairs = (pair.partition("=") for pair in query.split("&") if pair)
        options = tuple((unquote(name), unquote(value)) for name, _, value in pairs)
        if not all(name.isprintable() and value.isprintable() for name, value in options):
            raise ChannelError(
                f"渠道 {schema}://{HIDDEN} 的参数含有不可见字符，请重新填写",
                f"an option of the channel {schema}://{HIDDEN} contains invisible characters; write it again",
            )
        return cls(schema, place, options)

    def token(self) -> str:
        """The place, when it is one key as a provider issues it."""
        token = self.place.rstrip("/")
        if not _TOKEN.fullmatch(token):
            raise ChannelError(
                f"渠道 {self.schema}://{HIDDEN} 应写成 {self.schema}://密钥，密钥照平台给出的原样填写",
                f"the channel {self.schema}://{HIDDEN} should read {self.schema}://KEY, the key as issued",
            )
        return token

    def only(self, allowed: Collection[str]) -> dict[str, str]:
        """The options by name, when each is one of `allowed`, given once and not empty."""
        options = dict(self.options)
        if not set(options) <= set(allowed) or len(options) < len(self.options) or "" in options.values():
            raise ChannelError(
                f"渠道 {self.schema}://{HIDDEN} 的参数只能是 {_listed(allowed, '、')}，各写一次，不能为空",
                f"the channel {self.schema}://{HIDDEN} takes only {_listed(allowed, ', ')}, each once and not empty",
            )
        return options


def schema_of(url: str) -> str:
    """The schema of `url`, in lower case; ChannelError when it has none."""
    found = _SCHEMA.match(url)
    if not found:
        raise ChannelError(
            "渠道地址应写成 类型://…，如 wecombot://密钥",
            "a channel is written as kind://…, such as wecombot://KEY",
        )
    return found.group().lower()


def host_of(url: str) -> str:
    """`host[:port]` that `url` names, without the login; whatever stands there, and never an error."""
    authority = url.partition("://")[2]
    for end in "/?#":
        authority = authority.partition(end)[0]
    return authority.rpartition("@")[2].lower()


_HOST = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.?"
)
_PORT = re.compile(r"[1-9][0-9]{0,4}")
HEADERS_OF_OURS = frozenset(
    {
        "host",
        "content-length",
        "content-encoding",
        "transfer-encoding",
        "connection",
        "te",
        "trailer",
        "upgrade",
        "expect",
    }
)
"""Headers that say how a request itself is written; a wrong one breaks it, or makes two of one."""


def is_host(written: str) -> bool:
    """Whether `written` is `host[:port]`: a name, an address in figures, or one in brackets."""
    inside, bracket, after = written.removeprefix("[").partition("]")
    if written.startswith("["):
        host, port = inside, after[1:] if after.startswith(":") else None
        if not bracket or (after and port is None) or not _is_figures(host, 6):
            return False
    else:
        host, colon, rest = written.partition(":")
        port = rest if colon else None
        if not _is_name(host):
            return False
    return port is None or (_PORT.fullmatch(port) is not None and int(port) < 65_536)


def _is_name(host: str) -> bool:
    try:
        ascii_host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return False
    if not _HOST.fullmatch(ascii_host):
        return False
    # a name that ends in figures is read as an address by every resolver, in ways of its own where it is none
    last = ascii_host.rstrip(".").rpartition(".")[2]
    return not last[:1].isdigit() or not re.fullmatch(r"\d+|0x[0-9a-f]*", last) or _is_figures(ascii_host, 4)


def _is_figures(host: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(host).version == version
    except ValueError:
        return False


_BOTS = (
    ("qyapi.weixin.qq.com", "wecombot", "企业微信", "WeCom", "key="),
    ("oapi.dingtalk.com", "dingtalk", "钉钉", "DingTalk", "access_token="),
    ("api.dingtalk.com", "dingtalk", "钉钉", "DingTalk", "access_token="),
    ("open.feishu.cn", "feishu", "飞书", "Feishu", "/hook/"),
)


def refuse_web_address(url: str) -> None:
    """ChannelError for an address of the web, with the channel that is meant: what a platform shows for its robot
    is one, and what an office has in hand."""
    written = "://" in url
    if written and schema_of(url) not in ("http", "https"):
        return
    host = host_of(url if written else f"https://{url}").partition(":")[0].rstrip(".")
    for known, schema, zh, en, before in _BOTS:
        if host == known:
            raise ChannelError(
                f"这是{zh}群机器人的网址，请写成 {schema}://密钥，密钥为网址中 {before} 之后的一段",
                f"this is the web address of a {en} robot; write {schema}://KEY, with what follows {before} in it as KEY",
            )
    if not written:
        return
    raise ChannelError(
        "网址不能直接作渠道：企业微信、钉钉、飞书群机器人写成 wecombot://密钥、dingtalk://密钥、feishu://密钥，"
        "其他接收 JSON 的地址写成 jsons://主机/路径（不加密的写 json://）",
        "a web address is no channel: robots of WeCom, DingTalk and Feishu are written wecombot://KEY, dingtalk://KEY,"
        " feishu://KEY, any other receiver of JSON jsons://host/path (json:// without TLS)",
    )


def mask(url: str) -> str:
    """`url` as it may be shown: its schema, and nothing that identifies a person or opens a door."""
    found = _SCHEMA.match(url)
    return f"{found.group().lower()}://{HIDDEN}" if found else HIDDEN


def scrub(text: str, secrets: Iterable[str], longest: int = 160) -> str:
    """`text` from outside, made fit to show: one line, without any of `secrets`, not longer than asked."""
    for secret in sorted((s for s in secrets if s), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def _listed(names: Collection[str], comma: str) -> str:
    return comma.join(names) or "-"
