"""Hosts (主机) that a message may be handed to: of private networks, and those on the administrator's list.

Nobody is asked where a name leads: a name that is no private network's by its own definition must be on the list.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Self

from tasks.channels.address import HIDDEN, is_host, schema_of
from tasks.channels.message import ChannelError

SUPPORTED = "qyapi.weixin.qq.com,oapi.dingtalk.com,open.feishu.cn,wxpusher.zjiecode.com,www.pushplus.plus"
"""The hosts of the providers that are supported: WeCom's robot and app, DingTalk, Feishu, WxPusher, PushPlus."""

_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)
_PRIVATE_NAMES = ("localhost", "local", "internal", "home.arpa")
"""What the world's names leave to networks of one's own (RFC 6761, 6762, 8375, and ICANN's .internal)."""
_BARE = re.compile("[a-z][a-z0-9-]*")
"""A name without a point (oa, gw): no host of the world has one, whoever answers to it is in the own network."""
_COMMAS = re.compile("[,，;；、\\s]+")

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Hosts:
    """The list: whole names, the ends of names (.tjj.gov.cn: every host below it), and networks (59.192.0.0/10)."""

    names: frozenset[str] = frozenset()
    ends: tuple[str, ...] = ()
    networks: tuple[_Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The list as the setting writes it, separated by commas. ValueError names what is no host."""
        names, ends, networks = set(), [], []
        for written in filter(None, _COMMAS.split(text)):
            network, name = _network(written), _plain(written.removeprefix("*").removeprefix("."))
            if network is not None:
                networks.append(network)
            elif not is_host(name) or ":" in name:
                raise ValueError(f"{written} is no host name, no network, and no end of names such as .example.gov.cn")
            elif written.startswith((".", "*.")):
                ends.append(f".{name}")
            else:
                names.add(name)
        return cls(frozenset(names), tuple(ends), tuple(networks))

    def allow(self, host: str) -> bool:
        """Whether a message may be handed to `host`, a name or an address in figures without a port."""
        name = _plain(host)
        address = _address(name)
        if address is not None:
            return any(address in network for network in (*_PRIVATE, *self.networks))
        own = any(name == end or name.endswith(f".{end}") for end in _PRIVATE_NAMES) or _BARE.fullmatch(name)
        return bool(own) or name in self.names or name.endswith(self.ends)


def refuse_stranger(url: str, host: str | None, hosts: Hosts) -> None:
    """ChannelError for a channel that would hand messages to a host which is not allowed. None: a gateway's, set elsewhere.

    The host is named only where the address itself does not hold it, as ntfy://TOPIC: an address is a secret.
    """
    if host is None or hosts.allow(host):
        return
    schema, named = schema_of(url), "" if host.lower() in url.lower() else f" {host} "
    raise ChannelError(
        f"渠道 {schema}://{HIDDEN} 的主机{named}不在内网，也不在允许之列：请改用企业微信、钉钉、飞书或内网渠道；确需使用的，"
        "由系统管理员把主机名列入设置 PUCHA_CHANNEL_HOSTS 后重新装载",
        f"the host{named or ' '}of the channel {schema}://{HIDDEN} is in no private network and not on the list: use WeCom,"
        " DingTalk, Feishu or a channel of your own network, or have the administrator put the host on"
        " PUCHA_CHANNEL_HOSTS and load again",
    )


def _plain(host: str) -> str:
    """A host as names are compared: in lower case, in ASCII, without brackets and the dot at its end."""
    bare = host.removeprefix("[").removesuffix("]").rstrip(".").lower()
    try:
        return bare if bare.isascii() else bare.encode("idna").decode("ascii")
    except UnicodeError:
        return bare


def _network(written: str) -> _Network | None:
    try:
        return ipaddress.ip_network(written.removeprefix("[").removesuffix("]"), strict=False)
    except ValueError:
        return None


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address in figures; one of IPv4 that is written as one of IPv6 is what it stands for."""
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


DEFAULT = Hosts.parse(SUPPORTED)
