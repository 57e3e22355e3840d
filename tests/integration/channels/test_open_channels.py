"""Open channels: clients for all, proxies of the office, a new kind of channel, a channel's own bug."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest
from standins.acts import Accept, HangAfterAccept
from standins.sending import NOTICE, deliver, deliver_all
from standins.webhook import JsonSink
from standins.wecom import WeCom

from tasks.channels import Gateways, Message, OpenChannels
from tasks.channels.clients import AT_ONCE


def test_an_office_behind_a_proxy_reaches_a_provider_through_it(monkeypatch):
    with WeCom() as proxy, JsonSink() as inside:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert deliver("wecombot://k", gateway="http://provider.invalid").state == "accepted"
        assert len(proxy.accepted) == 1
        assert deliver(inside.json_url("town")).state == "accepted"
        assert len(inside.accepted) == 1


@pytest.mark.wall_clock
def test_slow_answers_do_not_add_up():
    with JsonSink() as sink:
        sink.decide = lambda _: Accept(delay=0.2)
        started = time.monotonic()
        outcomes = deliver_all([(sink.json_url(str(n)), NOTICE) for n in range(128)])
    assert {outcome.state for outcome in outcomes} == {"accepted"}
    assert time.monotonic() - started < 128 * 0.2 / 2


@pytest.mark.wall_clock
def test_a_stopped_sending_gives_its_connection_back():
    async def stop_and_send(sink: JsonSink) -> str:
        async with OpenChannels(Gateways()) as channels:
            hanging = [asyncio.create_task(channels.send(sink.json_url("a"), NOTICE)) for _ in range(64)]
            async with asyncio.timeout(10):
                while len(sink.accepted) < len(hanging):
                    await asyncio.sleep(0.05)
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
            return (await asyncio.wait_for(channels.send(sink.json_url("b"), NOTICE), 3)).state

    with JsonSink() as sink:
        sink.next(*[HangAfterAccept()] * 64)
        assert asyncio.run(stop_and_send(sink)) == "accepted"


@pytest.mark.wall_clock
def test_requests_that_hang_leave_all_other_connections_to_the_rest():
    async def half_of_the_connections_hang(sink: JsonSink) -> float:
        async with OpenChannels(Gateways()) as channels:
            first = [asyncio.create_task(channels.send(sink.json_url(str(n)), NOTICE)) for n in range(64)]
            await asyncio.sleep(1)
            started = time.monotonic()
            rest = await asyncio.gather(*(channels.send(sink.json_url("0"), NOTICE) for _ in range(32)))
            took = time.monotonic() - started
            assert {outcome.state for outcome in rest} == {"accepted"}
            for task in first:
                task.cancel()
            await asyncio.gather(*first, return_exceptions=True)
            return took

    with JsonSink() as sink:
        sink.decide = lambda request: HangAfterAccept() if int(request.path[1:]) % 16 >= 8 else Accept(delay=0.3)
        assert asyncio.run(half_of_the_connections_hang(sink)) < 2


def test_a_proxy_named_wrongly_stops_before_anything_is_sent(monkeypatch):
    with JsonSink() as sink:
        monkeypatch.setenv("HTTP_PROXY", "gopher://proxy.invalid")
        with pytest.raises(ValueError, match="proxy"):
            deliver(sink.json_url("town"))
        assert sink.calls == 0


def test_no_connection_is_made_that_one_at_a_time_does_not_need():
    async def one_after_another(sink: JsonSink) -> int:
        async with OpenChannels(Gateways()) as channels:
            for n in range(8):
                await channels.send(sink.json_url(str(n)), NOTICE)
        return sink.connections

    with JsonSink() as sink:
        assert asyncio.run(one_after_another(sink)) == 1


def test_no_more_connections_are_made_than_are_allowed_at_once():
    with JsonSink() as sink:
        sink.decide = lambda _: Accept(delay=0.05)
        deliver_all([(sink.json_url(str(n)), NOTICE) for n in range(3 * AT_ONCE)])
        assert 1 < sink.connections <= AT_ONCE


def test_channels_outside_their_block_say_so():
    channels = OpenChannels(Gateways())
    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(channels.send("wecombot://k", Message("N00000123", "提醒", "一")))


PIGEON = """
from tasks.channels.begun import mark_begun
from tasks.channels.message import Limits, Outcome
from tasks.channels.registry import Kind, by_gateway

class Pigeon:
    limits = Limits(1, 10)
    def __init__(self, url, transport): self.url = url
    async def send(self, message):
        if "dumb" in self.url: raise OSError("not sent to " + self.url)
        mark_begun()
        if "lost" in self.url: raise OSError("lost at " + self.url)
        return Outcome("accepted", message.number)

CHANNELS = {"pigeon": Kind(Pigeon.limits, str, Pigeon, by_gateway)}
"""

PROGRAM = """
import asyncio, sys
import tasks.channels as channels
channels.__path__.append(sys.argv[1])

async def main():
    async with channels.OpenChannels(channels.Gateways()) as opened:
        for url in ("pigeon://town", "pigeon://lost-key-693a91f6", "pigeon://dumb-key-693a91f6"):
            print(await opened.send(url, channels.Message("N00000123", "提醒", "一")))

channels.check_url("pigeon://town")
asyncio.run(main())
"""


def test_a_new_kind_of_channel_is_one_file_and_its_bug_is_its_own_and_shows_no_address(tmp_path):
    (tmp_path / "pigeon.py").write_text(PIGEON, encoding="utf-8")
    root = Path(__file__).resolve().parents[3]
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    first, second, third = ran.stdout.splitlines()
    assert "state='accepted', code='N00000123'" in first
    assert "state='unknown', code='internal'" in second
    assert "OSError" in second
    assert "state='refused', code='unmade'" in third
    assert "key-693a91f6" not in ran.stdout + ran.stderr
