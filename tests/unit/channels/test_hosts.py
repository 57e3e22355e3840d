"""Which hosts a message may be handed to: private networks, and what the administrator lists."""

from __future__ import annotations

import asyncio

import pytest
from pydantic import ValidationError
from standins.sending import NOTICE

from tasks.campaign.settings import Settings
from tasks.channels import SUPPORTED, ChannelError, Gateways, Hosts, OpenChannels, check_host, check_url

SHIPPED = Hosts.parse(SUPPORTED)
LISTED = Hosts.parse("mail.example.com, .tjj.gov.cn，59.192.0.0/10;2400:3200::/32")

AT_HOME = [
    "wecombot://693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa",
    "dingtalk://b6f3c1d2e4",
    "feishu://3a-4b-5c",
    "wxpusher://AT_abcdefghijklmnopqrstuvwxyz123456/UID_abc",
    "pushplus://abcdefabcdefabcdefabcdefabcdefab",
    "json://127.0.0.1:8080/notices",
    "json://LOCALHOST/notices",
    "json://oa.local/notices",
    "json://oa:8080/notices",
    "ntfy://gw-1/town",
    "jsons://user:word@oa.internal./notices",
    "json://10.255.255.255/x",
    "json://172.16.0.0/x",
    "json://172.31.255.255/x",
    "form://192.168.0.1/x",
    "xml://[fd00::1]:8080/x",
    "json://[::ffff:10.1.2.3]/x",
    "ntfy://10.1.2.3/town",
    "gotify://10.1.2.3/AbcDef.12345",
    "mailto://10.1.2.3:2525?from=office@census.example&to=clerk@town.example",
    "mailto://office:secret@163.com?smtp=10.0.0.5&to=clerk@town.example",
]
ABROAD = [
    "ntfy://town",
    "ntfy://ntfy.sh/town",
    "ntfy://10.1.2.3/town?mode=cloud",
    "mailto://office:secret@gmail.com?to=clerk@gmail.com",
    "mailto://office:secret@163.com?to=clerk@town.example",
    "mailtos://office:secret@10.1.2.3?smtp=smtp.example.com&to=clerk@town.example&from=a@town.example",
    "json://8.8.8.8/x",
    "json://9.255.255.255/x",
    "json://11.0.0.0/x",
    "json://172.15.255.255/x",
    "json://172.32.0.0/x",
    "json://[2001:db8::1]/x",
    "json://[::ffff:8.8.8.8]/x",
    "jsons://user:word@127.0.0.1@ntfy.sh/x",
    "jsons://hooks.example.com/x",
    "json://ntfy。sh/x",
    "json://localhost.example.com/x",
    "json://oa.notlocal/x",
    "forms://hooks.example.com/x",
    "xmls://hooks.example.com/x",
    "gotifys://push.example.com/AbcDef.12345",
]


@pytest.mark.parametrize("url", AT_HOME)
def test_a_private_network_and_a_supported_provider_need_no_word_of_the_administrator(url):
    check_url(url)

    check_host(url, SHIPPED)


@pytest.mark.parametrize("url", ABROAD)
def test_any_other_host_is_refused_with_its_cure(url):
    check_url(url)

    with pytest.raises(ChannelError) as fault:
        check_host(url, SHIPPED)

    assert "PUCHA_CHANNEL_HOSTS" in fault.value.said.zh
    assert "PUCHA_CHANNEL_HOSTS" in fault.value.said.en


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("mailto://office:secret@mail.example.com?to=clerk@town.example", True),
        ("mailto://office:secret@example.com?to=clerk@town.example", False),
        ("json://a.tjj.gov.cn/x", True),
        ("json://tjj.gov.cn/x", False),
        ("json://atjj.gov.cn/x", False),
        ("json://59.192.0.0/x", True),
        ("json://59.255.255.255/x", True),
        ("json://59.191.255.255/x", False),
        ("json://60.0.0.0/x", False),
        ("json://[2400:3200::1]/x", True),
        ("json://10.1.2.3/x", True),
        ("pushplus://abcdefabcdefabcdefabcdefabcdefab", False),
        ("wecombot://693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa", True),
    ],
)
def test_the_list_is_of_names_ends_of_names_and_networks(url, is_allowed):
    try:
        check_host(url, LISTED)
    except ChannelError:
        assert not is_allowed
    else:
        assert is_allowed


def test_a_host_is_named_only_where_the_address_does_not_hold_it():
    with pytest.raises(ChannelError) as unwritten:
        check_host("ntfy://town", SHIPPED)
    with pytest.raises(ChannelError) as written:
        check_host("json://key-693a91f6.example.com/x", SHIPPED)

    assert "ntfy.sh" in unwritten.value.said.zh
    assert "693a91f6" not in written.value.said.zh + written.value.said.en


def test_a_channel_that_is_allowed_no_more_is_refused_at_sending_and_nobody_is_called():
    async def send():
        async with OpenChannels(Gateways(hosts=SHIPPED), timeout=1.0) as channels:
            return await channels.send("json://192.0.2.1/x", NOTICE)

    outcome = asyncio.run(send())

    assert (outcome.state, outcome.code) == ("refused", "address")
    assert "PUCHA_CHANNEL_HOSTS" in outcome.detail


@pytest.mark.parametrize("text", ["https://ntfy.sh", "a b/c", "ntfy.sh:443", "user@ntfy.sh", "*", "."])
def test_a_list_that_holds_something_else_is_no_setting(text):
    with pytest.raises(ValidationError):
        Settings(channel_hosts=text)
