"""No key, password or address of a recipient leaves the channel: not in logs, reprs, outcomes, errors."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest
from standins.acts import Act, Garbage, HangAfterAccept, Refuse, Reset, Status
from standins.dingtalk import DingTalk
from standins.feishu import Feishu
from standins.loop import unused_port
from standins.sending import NOTICE, deliver
from standins.smtp import Mail
from standins.webhook import JsonSink
from standins.wecom import WeCom

from tasks.channels import ChannelError, Gateways, OpenChannels, check_url
from tasks.channels.registry import kind_of

SECRETS = (
    "key-693a91f6",
    "SECtop",
    "p4ssword",
    "clerk@hongqi",
    "hidden-path",
    "hidden-header",
    "hidden-query",
)
ACTS: tuple[Act, ...] = (Status(503), Status(403), Reset(), Garbage(), HangAfterAccept(seconds=0.2))


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All loggers at DEBUG, as a program does that looks for a fault."""
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "apprise", "urllib3", "requests", "asyncio"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def urls(port: int, mail: int) -> list[str]:
    login, hidden = "key-693a91f6:p4ssword", "hidden-path?+X-Key=hidden-header"
    return [
        "wecombot://key-693a91f6",
        "dingtalk://key-693a91f6?secret=SECtop",
        "feishu://key-693a91f6?secret=SECtop",
        f"json://{login}@127.0.0.1:{port}/{hidden}&-t=hidden-query",
        f"form://{login}@127.0.0.1:{port}/{hidden}&-t=hidden-query",
        f"ntfy://{login}@127.0.0.1:{port}/hidden-path",
        f"mailto://{login}@127.0.0.1:{mail}?to=clerk@hongqi.example&from=clerk@hongqi.example&mode=insecure",
    ]


def test_nothing_secret_is_logged_shown_or_returned(everything_logged):
    seen: list[str] = []

    async def send_in_every_way(sink: JsonSink, mail: Mail) -> None:
        async with OpenChannels(Gateways(*[sink.url] * 3), timeout=2.0) as channels:
            seen.append(repr(channels))
            for url in urls(sink.port, mail.port):
                for act in ACTS:
                    (mail if url.startswith("mailto") else sink).next(act)
                    seen.append(repr(await channels.send(url, NOTICE)))
                seen.append(repr(kind_of(url)))
        async with OpenChannels(Gateways(*[f"http://127.0.0.1:{unused_port()}"] * 3)) as channels:
            seen.extend([repr(await channels.send(url, NOTICE)) for url in urls(unused_port(), unused_port())])

    with JsonSink() as sink, Mail() as mail:
        asyncio.run(send_in_every_way(sink, mail))
    seen_outside = "\n".join([everything_logged.text, *seen])
    assert [secret for secret in SECRETS if secret in seen_outside] == []
    assert len(seen) > 40


@pytest.mark.parametrize(
    ("provider", "url", "echoed"),
    [
        (WeCom, "wecombot://key-693a91f6", "no bot key-693a91f6 here"),
        (DingTalk, "dingtalk://key-693a91f6?secret=SECtop", "no bot key-693a91f6 / SECtop here"),
        (Feishu, "feishu://key-693a91f6?secret=SECtop", "no bot SECtop / key-693a91f6 here"),
    ],
)
def test_a_provider_that_repeats_the_key_in_its_answer_does_not_make_us_show_it(provider, url, echoed):
    with provider() as echo:
        echo.next(Refuse(93000, echoed))
        outcome = deliver(url, gateway=echo.url)
    assert "no bot ••••" in outcome.detail
    assert [secret for secret in SECRETS if secret in repr(outcome)] == []


def test_the_check_above_would_see_a_plain_client_log_its_address(everything_logged):
    with JsonSink() as sink:
        httpx.post(f"{sink.url}/hidden-path", json={"message": "一"}, trust_env=False)
    assert "hidden-path" in everything_logged.text


def test_other_clients_of_the_program_keep_their_logs_while_a_notice_is_sent(everything_logged):
    async def both(sink: JsonSink) -> None:
        async with OpenChannels(Gateways()) as channels, httpx.AsyncClient(trust_env=False) as other:
            await asyncio.gather(
                channels.send(sink.json_url("hidden-path"), NOTICE),
                other.post(f"{sink.url}/not-a-secret", json={"message": "一"}),
            )

    with JsonSink() as sink:
        asyncio.run(both(sink))
    assert "not-a-secret" in everything_logged.text
    assert "hidden-path" not in everything_logged.text


@pytest.mark.parametrize(
    "url", ["mailto://key-693a91f6:p4ssword@", "json://key-693a91f6:p4ssword@:x/", "sms://key-693a91f6"]
)
def test_an_error_about_an_address_does_not_hold_it_anywhere(url, everything_logged):
    with pytest.raises(ChannelError) as refused:
        check_url(url)
    error = refused.value
    seen_outside = " ".join([str(error), repr(error), repr(error.args), repr(error.__cause__), everything_logged.text])
    assert [secret for secret in SECRETS if secret in seen_outside] == []
