"""The address of a channel, `schema://…`: taken apart, masked, scrubbed. Addresses are secrets."""

from __future__ import annotations

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
        return cls(schema, place, tuple((unquote(name), unquote(value)) for name, _, value in pairs))

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
