"""Whatever `load` takes can be sent to: addresses mistyped in every way, and what is taken of them sent to nobody."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from standins.sending import NOTICE

from tasks.channels import ChannelError, Gateways, Hosts, OpenChannels, Outcome, check_url
from tasks.channels.apprise import SERVICES, Plugins
from tasks.channels.apprise_pool import Order
from tasks.delivery.sending import provider_of

ANYWHERE = Hosts(ends=("",), networks=(ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")))
BASES = (
    "json://{host}/x",
    "json://user:word@{host}/x",
    "jsons://{host}/notices?+X-Token=a&-office=1301",
    "form://{host}/x",
    "xml://user:word@{host}/x",
    "ntfy://{host}/town",
    "gotify://{host}/AbcDefGhi.12345",
    "mailto://office:secret@{host}?to=clerk@town.invalid&from=a@b.invalid",
)
GOOD_HOSTS = ("gw", "gw:8080", "gw:65535", "gw.invalid", "gw.invalid.", "10.1.2.3", "10.1.2.3:80", "[::1]:80", "a" * 63)
NAMES_OF_THE_WORLD = ("普查.invalid", "gw。invalid", "gw_1", "ß.invalid")
BAD_HOSTS = (
    *("[gw", "gw]", "[gw]", "[::1", "[::1]:99999", "[::1]x", "[1.2.3.4]", "::1", "gw：8080", "gw:8080：1", "gw:0"),
    *(
        "gw:65536",
        "gw:-1",
        "gw:+1",
        "gw:1e3",
        "gw:８０",
        "gw:",
        ":80",
        "",
        "@",
        "@:80",
        "gw..invalid",
        ".gw",
        "-gw",
        "gw-",
    ),
    *("gw\\x", "gw|x", "gw^", "gw`", "gw{", 'gw"', "gw'", "gw<", "gw>", "gw%", "gw%zz", "gw%00", "gw%0a", "gw%2f"),
    *(
        "gw／x",
        "gw？x",
        "gw＃x",
        "gw＠x",
        "999.1.1.1",
        "0x7f.1",
        "1",
        "127.1",
        "gw,gw2",
        "gw;x",
        "gw=x",
        "gw!x",
        "gw$x",
    ),
    *("gw~", "gw*", "(gw)", "gw+1", "א1", "a" * 64, "普" * 60, ".".join(["a" * 60] * 5), "gw\u200b", "gw\u00ad"),
)
OPTIONS = (
    "",
    "#x",
    "?",
    "?+X-A=%E6%99%AE",
    "?+X-A=%0d%0aB: c",
    "?+Content-Length=5",
    "?+Transfer-Encoding=chunked",
    "?+Host=a",
    "?:a=%00",
    "?-a=%ff",
)


def mistyped() -> Iterator[str]:
    for base, host in itertools.product(BASES, (*GOOD_HOSTS, *NAMES_OF_THE_WORLD, *BAD_HOSTS)):
        yield base.format(host=host)
    for base, options in itertools.product(BASES, OPTIONS):
        yield base.format(host="127.0.0.1:9").partition("?")[0] + options


def is_taken(url: str) -> bool:
    try:
        check_url(url)
    except ChannelError:
        return False
    return True


_cut_off = {"now": False}


def _refuse(event: str, _given: tuple[object, ...]) -> None:
    if _cut_off["now"] and event in ("socket.getaddrinfo", "socket.connect"):
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")


@pytest.fixture(scope="module")
def without_a_network() -> Callable[[], object]:
    """Within a block of it nobody is looked up or called."""
    sys.addaudithook(_refuse)

    @contextmanager
    def cut_off() -> Iterator[None]:
        _cut_off["now"] = True
        try:
            yield
        finally:
            _cut_off["now"] = False

    return cut_off


def sent_to_nobody(urls: list[str], cut_off: Callable[[], object]) -> dict[str, Outcome]:
    """What becomes of a message to each, where no host can be reached."""

    async def hooks(urls: list[str]) -> list[Outcome]:
        async with OpenChannels(Gateways(hosts=ANYWHERE), timeout=1.0) as channels:
            with cut_off():
                return [await channels.send(url, NOTICE) for url in urls]

    ours = [url for url in urls if url.partition("://")[0] not in SERVICES]
    plugins = Plugins()
    found = dict(zip(ours, asyncio.run(hooks(ours)), strict=True))
    with cut_off():
        for url in set(urls) - set(ours):
            found[url] = plugins.send(Order(url, NOTICE.title, NOTICE.body, "zh", 1.0, 3.0), lambda: False)
    return found


def test_what_is_taken_of_mistyped_addresses_comes_as_far_as_the_network(without_a_network):
    taken = [url for url in mistyped() if is_taken(url)]
    found = sent_to_nobody(taken, without_a_network)
    assert {url: outcome.code for url, outcome in found.items() if outcome.code != "connect"} == {}
    assert len(found) > 80


@settings(deadline=None)
@given(st.sampled_from(BASES), st.integers(0, 60), st.characters(exclude_categories=[]))
@example("json://{host}/x", 7, "[")
@example("json://{host}/x", 10, "：")
@example("form://{host}/x", 7, "\ud800")
def test_one_wrong_sign_anywhere_is_refused_or_sent(without_a_network, base, place, sign):
    whole = base.format(host="gw:80")
    url = whole[:place] + sign + whole[place:]
    provider_of(url)
    if is_taken(url):
        assert sent_to_nobody([url], without_a_network)[url].code == "connect"


@pytest.mark.parametrize("base", BASES)
def test_a_host_is_a_name_or_an_address_and_a_port_a_number(base):
    assert [host for host in GOOD_HOSTS if not is_taken(base.format(host=host))] == []
    assert [host for host in BAD_HOSTS if is_taken(base.format(host=host))] == []


@pytest.mark.parametrize(
    ("url", "cure"),
    [
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6", "wecombot://"),
        ("oapi.dingtalk.com/robot/send?access_token=693a91f6", "dingtalk://"),
        ("HTTPS://QYAPI.weixin.qq.com:443/cgi-bin/webhook/send?key=693a91f6", "wecombot://"),
        ("https://oapi.dingtalk.com/robot/send?access_token=693a91f6", "dingtalk://"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/693a91f6", "feishu://"),
        ("http://gateway.invalid/in?token=693a91f6", "jsons://"),
    ],
)
def test_the_web_address_of_a_robot_is_refused_with_the_channel_that_is_meant(url, cure):
    with pytest.raises(ChannelError) as refused:
        check_url(url)
    assert cure in refused.value.said.zh
    assert cure in refused.value.said.en
    assert "693a91f6" not in str(refused.value) + refused.value.said.zh
