"""The kinds of channel that there are. A module of this package that has CHANNELS adds to them."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from tasks.channels.address import refuse_web_address, schema_of
from tasks.channels.exchange import Transport
from tasks.channels.hosts import Hosts, refuse_stranger
from tasks.channels.message import Channel, ChannelError, Limits


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of channel, under its schema in a module's CHANNELS.

    check: raises ChannelError for an address that cannot be sent to, by making what is made at sending; calls nobody.
    open: the channel of an address, over a transport.
    host: who is called for an address, without the port; None where a setting says it (Gateways).
    """

    limits: Limits
    check: Callable[[str], object]
    open: Callable[[str, Transport], Channel]
    host: Callable[[str], str | None]


def by_gateway(_: str) -> None:
    """The host of an address that names a key alone: whom the settings name for its kind."""


@cache
def kinds() -> Mapping[str, Kind]:
    """Every allowed schema with its kind."""
    package = __name__.rpartition(".")[0]
    found: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(import_module(package).__path__):
        found |= getattr(import_module(f"{package}.{module.name}"), "CHANNELS", {})
    return found


def kind_of(url: str) -> Kind:
    """The kind of the channel at `url`; ChannelError when its schema is not allowed."""
    refuse_web_address(url)
    schema = schema_of(url)
    if kind := kinds().get(schema):
        return kind
    allowed = sorted(kinds())
    raise ChannelError(
        f"渠道类型 {schema} 不在允许之列，可用：{'、'.join(allowed)}",
        f"channels of the kind {schema} are not allowed; there are {', '.join(allowed)}",
    )


def check_url(url: str) -> None:
    """Raise ChannelError unless `url` is the address of a channel that can be sent to. Calls nobody."""
    kind_of(url).check(url)


def check_host(url: str, hosts: Hosts) -> None:
    """Raise ChannelError unless a message may be handed to whoever is called for `url`. Calls nobody."""
    refuse_stranger(url, kind_of(url).host(url), hosts)


def limits_of(url: str) -> Limits:
    """What the provider behind `url` takes."""
    return kind_of(url).limits
