"""Which addresses are taken, and that none is ever shown."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.channels import ChannelError, Gateways, Limits, check_url, limits_of, mask
from tasks.channels.address import scrub
from tasks.channels.dingtalk import signature as dingtalk_signature
from tasks.channels.feishu import signature as feishu_signature
from tasks.channels.registry import kinds

GOOD = [
    "wecombot://693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa",
    "dingtalk://b6f3c1d2e4",
    "dingtalk://b6f3c1d2e4?secret=SEC0f3a&keyword=普查",
    "feishu://3a-4b-5c?secret=zs0T&keyword=%E6%99%AE%E6%9F%A5",
    "json://10.1.2.3:8080/notices",
    "jsons://user:pass@gateway.example/notices?+X-Token=a%2Bb&-office=1301&:system=pucha&method=put",
    "form://10.1.2.3/notices",
    "mailto://office:secret@mail.example?to=clerk@town.example&from=office@census.example",
    "ntfy://10.1.2.3/town-130102",
    "gotify://10.1.2.3/AbcDef.12345",
    "wxpusher://AT_abcdefghijklmnopqrstuvwxyz123456/UID_abc",
    "pushplus://abcdefabcdefabcdefabcdefabcdefab",
]

BAD = [
    "",
    "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa",
    "wecombot://",
    "wecombot://693a91f6/other",
    "wecombot://693a91f6?key=2",
    "wecombot:// 693a91f6",
    "wecombot://693a91f6\n",
    "dingtalk://b6f3c1d2e4?secret=",
    "dingtalk://b6f3c1d2e4?secret=SEC1&secret=SEC2",
    "feishu://3a-4b-5c?sceret=zs0T",
    "json://",
    "json://host:99999/",
    "json://host:port/",
    "json://host/?token=693a91f6",
    "json://host/?+X-Token=普查",
    "json://host/?method=DELETE",
    "mailto://office:secret@mail.example?to=not-an-address",
    "mailto://office:secret@mail.example?to=a@town.example,b@town.example",
    "mailto://office:secret@mail.example?to=a@town.example&cc=b@town.example",
    "ntfy://10.1.2.3/town-130102/town-130103",
    "form://10.1.2.3/?redirect=yes",
    "form://10.1.2.3/?Retry=3",
    "forms://10.1.2.3/?verify=no",
    "ntfy://10.1.2.3/town?attach=file:///etc/passwd",
]


@pytest.mark.parametrize("url", GOOD)
def test_an_address_as_its_provider_issues_it_is_taken(url):
    check_url(url)


@pytest.mark.parametrize("url", BAD)
def test_a_malformed_address_is_refused_in_both_languages_without_being_shown(url):
    with pytest.raises(ChannelError) as refused:
        check_url(url)
    for text in (str(refused.value), repr(refused.value), *refused.value.said):
        assert text
        for secret in ("693a91f6", "SEC1", "zs0T", "secret@", "town.example", "10.1.2.3", "passwd"):
            assert secret not in text
    assert refused.value.__cause__ is None


def test_the_allowed_kinds_are_these_and_no_others():
    assert set(kinds()) == {
        "wecombot",
        "dingtalk",
        "feishu",
        "json",
        "jsons",
        "form",
        "forms",
        "xml",
        "xmls",
        "mailto",
        "mailtos",
        "ntfy",
        "ntfys",
        "gotify",
        "gotifys",
        "wechat",
        "wxpusher",
        "pushplus",
    }


@pytest.mark.parametrize(
    "schema",
    [
        "file",
        "exec",
        "syslog",
        "rsyslog",
        "dbus",
        "kde",
        "qt",
        "glib",
        "gnome",
        "macosx",
        "windows",
        "apprise",
        "lark",
        "schan",
        "bark",
        "matrix",
        "mqtt",
        "xmpp",
        "irc",
    ],
)
def test_what_acts_on_this_machine_or_lies_about_refusals_is_not_allowed(schema):
    with pytest.raises(ChannelError, match=f"kind {schema} are not allowed"):
        check_url(f"{schema}://host/path")


def test_the_limits_of_each_kind_are_data():
    assert limits_of("wecombot://k") == Limits(20, 2048)
    assert limits_of("dingtalk://k") == Limits(20, 20_000)
    assert limits_of("feishu://k") == Limits(100, 20_000)
    assert limits_of("json://host") == Limits(None, None)
    assert limits_of("wechat://a:b@1/c") == Limits(30, 2048)


@given(st.text(min_size=20, max_size=60))
def test_a_mask_shows_the_kind_and_nothing_else(secret):
    assert mask(f"wecombot://{secret}") == "wecombot://••••"
    assert mask(secret.replace(":", "")) == "••••"


def test_text_from_outside_is_scrubbed_of_keys_and_kept_to_one_line():
    assert scrub("no key k-1 at\nk-12\x1b[0m", ["k-1", "k-12", ""]) == "no key •••• at •••• [0m"
    assert len(scrub("x" * 1000, [])) == 160


@pytest.mark.parametrize("address", ["oapi.dingtalk.com", "ftp://gw", "https://", "https://gw?key=1"])
def test_a_gateway_is_an_address_of_http_without_a_query(address):
    with pytest.raises(ValueError, match="PUCHA_DINGTALK_URL"):
        Gateways(dingtalk=address)


def test_signatures_are_those_that_openssl_makes():
    # printf '1604289600000\nSECexample' | openssl dgst -sha256 -mac HMAC -macopt key:SECexample -binary | base64
    assert dingtalk_signature("SECexample", 1604289600000) == "te3j/QWslMjTLvHQulkHEdHX99QpzgmxEPZIoopN734="
    # openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf '1604289600\nexample' | xxd -p) -binary < /dev/null
    assert feishu_signature("example", 1604289600) == "0TEmbqGdftNYMmYinBddZgQniFXUrqIjGPsyrj2JH2c="


def test_apprise_is_not_imported_until_one_of_its_kinds_is_used():
    program = (
        "import sys, tasks.channels as c; c.check_url('wecombot://k'); c.check_url('json://host');"
        "assert 'apprise' not in sys.modules; c.check_url('form://host'); assert 'apprise' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
