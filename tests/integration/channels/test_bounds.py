"""Bounds: whatever comes back, a sending ends in bounded time, takes bounded memory and leaves numbers within bounds."""

from __future__ import annotations

import gzip
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from standins.acts import Broken, Drip, Flood, Refuse, Status
from standins.dingtalk import DingTalk
from standins.sending import NOTICE, deliver, deliver_all
from standins.smtp import Mail
from standins.webhook import JsonSink
from standins.wecom import WeCom

from tasks.channels import Outcome
from tasks.channels.faults import bounded

TWICE = gzip.compress(gzip.compress(bytes(60_000_000)))


def packed(body: bytes, coding: str) -> Broken:
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\ncontent-length: {len(body)}\r\n\r\n"
    return Broken(head.encode() + body)


@pytest.mark.wall_clock
@pytest.mark.parametrize("kind", ["json", "form"])
def test_a_receiver_that_drips_for_ever_is_cut_off_and_what_it_got_may_have_arrived(kind):
    with JsonSink() as sink:
        sink.next(Drip(pause=0.2))
        started = time.monotonic()
        outcome = deliver(f"{kind}://127.0.0.1:{sink.port}/town", timeout=0.5)
        assert time.monotonic() - started < 20
    assert (outcome.state, outcome.code) == ("unknown", "timeout")


def test_a_sender_that_is_not_ready_in_time_has_sent_nothing_and_the_notice_is_tried_again():
    with JsonSink() as sink:
        outcome = deliver(f"form://127.0.0.1:{sink.port}/town", timeout=0.00001)
    assert (outcome.state, outcome.code) == ("retry", "unready")
    assert sink.accepted == []


@pytest.mark.wall_clock
def test_two_receivers_that_drip_keep_nobody_else_waiting():
    with JsonSink() as dripping, JsonSink() as sink, Mail() as mail:
        dripping.decide = lambda _: Drip(pause=0.2)
        slow = [(f"form://127.0.0.1:{dripping.port}/{n}", NOTICE) for n in range(2)]
        quick = [(f"form://127.0.0.1:{sink.port}/{n}", NOTICE) for n in range(4)]
        outcomes = deliver_all([*slow, *quick, (mail.mail_url("clerk@hongqi.example"), NOTICE)], timeout=2.0)
    assert [outcome.state for outcome in outcomes] == ["unknown"] * 2 + ["accepted"] * 5


FEW_BYTES = """
import resource, sys
from standins.sending import deliver
deliver(f"json://127.0.0.1:{sys.argv[1]}/a")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
outcomes = [deliver(url) for url in sys.argv[2:]]
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, *(outcome.state for outcome in outcomes))
"""


def test_an_answer_packed_twice_is_not_unpacked():
    tests = Path(__file__).resolve().parents[2]
    with JsonSink() as sink, WeCom() as bot:
        sink.decide = lambda request: packed(TWICE, "gzip, gzip") if request.path == "/b" else None
        bot.next(packed(TWICE, "gzip"))
        urls = [f"json://127.0.0.1:{sink.port}/b"]
        ran = subprocess.run(
            [sys.executable, "-c", FEW_BYTES, str(sink.port), *urls],
            cwd=tests.parent,
            env={"PYTHONPATH": f"{tests}:{tests.parent}", "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert deliver("wecombot://k", gateway=bot.url).code == "garbage"
    grown, state = ran.stdout.split()
    assert (state, int(grown) < 20_000) == ("accepted", True)


def test_an_answer_packed_once_is_read():
    with WeCom() as bot:
        bot.next(packed(gzip.compress(json.dumps({"errcode": 93000, "errmsg": "invalid"}).encode()), "gzip"))
        assert deliver("wecombot://k", gateway=bot.url).code == "93000"


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ("90", 90.0),
        ("3600", 3600.0),
        ("3601", 3600.0),
        ("1000000000000", 3600.0),
        ("9" * 400, 3600.0),
        ("-5", 0.0),
        ("nan", None),
        ("inf", 3600.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("Mon, 01 Jan 0001 00:00:00 -0000", 0.0),
        ("Thu, 99 Xyz 2020", None),
        ("soon", None),
    ],
)
def test_a_wait_that_a_provider_asks_for_is_bounded_and_said_where_it_was_cut(asked, taken):
    with WeCom() as bot:
        bot.next(Status(429, retry_after=asked))
        outcome = deliver("wecombot://k", gateway=bot.url)
    assert (outcome.state, outcome.retry_after) == ("retry", taken)
    assert ("按 60 分钟计" in outcome.detail) == (taken == 3600.0 and asked != "3600")


@pytest.mark.parametrize("wait", ["1e400", "1000000000000", "-1", '"9999999999999999999999"', "9" * 5000, "null", "[]"])
def test_no_number_in_an_answers_body_breaks_anything(wait):
    with DingTalk() as bot:
        bot.next(Status(200, body=f'{{"status": 1111, "wait": {wait}}}'.encode()))
        outcome = deliver("dingtalk://k", gateway=bot.url)
    assert outcome.state in ("retry", "unknown")
    assert outcome.retry_after is None or 0 <= outcome.retry_after <= 3600


def test_a_code_of_any_length_is_kept_short():
    with WeCom() as bot:
        bot.next(Refuse(10**17, "no"))
        assert deliver("wecombot://k", gateway=bot.url).code == str(10**17)
    assert bounded(Outcome("refused", "7" * 5000), "zh", 60).code == "7" * 40


def test_the_process_that_sends_for_apprise_may_not_take_all_memory():
    soft, _ = resource.getrlimit(resource.RLIMIT_DATA)
    with JsonSink() as sink:
        sink.next(Flood(size=300_000_000))
        assert deliver(f"form://127.0.0.1:{sink.port}/town", timeout=5.0).state == "unknown"
        assert deliver(f"form://127.0.0.1:{sink.port}/town").state == "accepted"
    assert resource.getrlimit(resource.RLIMIT_DATA)[0] == soft
