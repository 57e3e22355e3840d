"""A JSON web hook, `json://[user:password@]host[:port][/path]`, or `jsons://` over TLS.

The payload and the options are Apprise's (+name=value a header, -name=value a query parameter, :name=value
a field of the payload, method=), sent with our own client: twice as fast, and it tells a refusal from
a broken connection. Any 2xx is an acceptance.
"""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from urllib.parse import unquote

import h11
import httpx

from tasks.channels.address import HEADERS_OF_OURS, HIDDEN, Address, is_host
from tasks.channels.exchange import Broken, Transport, by_status, check_writable, exchange, notice_header
from tasks.channels.faults import outcome
from tasks.channels.layout import whole
from tasks.channels.message import ChannelError, Limits, Message, Outcome
from tasks.channels.registry import Kind

LIMITS = Limits(per_minute=None, max_bytes=None)
_METHODS = ("POST", "PUT", "PATCH")


class Hook:
    """Where and how to call; read from the address once."""

    def __init__(self, url: str) -> None:
        address = Address.parse(url)
        authority, slash, path = address.place.partition("/")
        login, _, host = authority.rpartition("@")
        self.headers: dict[str, str] = {"content-type": "application/json"}
        self.fields: dict[str, str] = {}
        self.method = "POST"
        if login:
            user, _, password = login.partition(":")
            both = f"{unquote(user)}:{unquote(password)}".encode()
            self.headers["authorization"] = f"Basic {base64.b64encode(both).decode()}"
        if not is_host(host):
            raise _malformed(address.schema)
        query = [self._option(address.schema, name, value) for name, value in address.options]
        scheme = "https" if address.schema == "jsons" else "http"
        try:
            self.url = httpx.URL(f"{scheme}://{host}{slash}{path}", params=[pair for pair in query if pair] or None)
            check_writable(self.url, self.headers, self.method)
        except (httpx.InvalidURL, ValueError, h11.LocalProtocolError):
            raise _malformed(address.schema) from None

    def _option(self, schema: str, name: str, value: str) -> tuple[str, str] | None:
        """Keep one option; a query parameter is returned."""
        kind, rest = name[:1], name[1:]
        if kind == "-" and rest:
            return rest, value
        if kind == "+" and rest.lower() in HEADERS_OF_OURS:
            raise ChannelError(
                f"渠道 {schema}://{HIDDEN} 不能自设请求头 {rest.lower()}，请删去这个参数",
                f"the channel {schema}://{HIDDEN} must not set the header {rest.lower()}; leave the option out",
            )
        if kind == "+" and rest.replace("-", "").isalnum() and rest.isascii():
            self.headers[rest.lower()] = value
        elif kind == ":" and rest:
            self.fields[rest] = value
        elif name == "method" and value.upper() in _METHODS:
            self.method = value.upper()
        else:
            raise ChannelError(
                f"渠道 {schema}://{HIDDEN} 的参数只能是 +名=值（请求头）、-名=值（查询参数）、"
                f":名=值（正文字段）、method={'/'.join(_METHODS)}",
                f"the channel {schema}://{HIDDEN} takes only +name=value (header), -name=value (query), "
                f":name=value (field of the payload) and method={'/'.join(_METHODS)}",
            )
        return None


class Webhook:
    """One receiver of JSON."""

    limits = LIMITS

    def __init__(self, url: str, transport: Transport) -> None:
        self._hook = _hook(url)
        self._transport = transport

    async def send(self, message: Message) -> Outcome:
        hook = self._hook
        headers = {**notice_header(message, 1, 1), **hook.headers}
        content = json.dumps(self._payload(message), ensure_ascii=False).encode()
        reply = await exchange(self._transport, hook.url, content, headers, hook.method)
        if isinstance(reply, Broken):
            return outcome(reply.word, message.lang)
        return Outcome("accepted") if 200 <= reply.status < 300 else by_status(reply, message.lang)

    def _payload(self, message: Message) -> dict[str, object]:
        """Apprise's payload, version 1.0: a field named in the address is renamed, left out or added."""
        title, text = whole(message)
        payload: dict[str, object] = {
            "version": "1.0",
            "title": title,
            "message": text,
            "attachments": [],
            "type": "info",
        }
        for name, value in self._hook.fields.items():
            known = payload.pop(name, None)
            if known is None:
                payload[name] = value
            elif value:
                payload[value] = known
        return payload


def _malformed(schema: str) -> ChannelError:
    return ChannelError(
        f"渠道 {schema}://{HIDDEN} 应写成 {schema}://主机[:端口][/路径]",
        f"the channel {schema}://{HIDDEN} should read {schema}://host[:port][/path]",
    )


@lru_cache(1)
def _hook(url: str) -> Hook:
    """What an address says. It is asked for twice in a row wherever a channel is tried or opened."""
    return Hook(url)


def _host(url: str) -> str:
    return _hook(url).url.raw_host.decode("ascii")


_KIND = Kind(LIMITS, _hook, Webhook, _host)
CHANNELS = {"json": _KIND, "jsons": _KIND}
