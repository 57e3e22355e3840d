"""The JSON web hook, which office gateways receive: Apprise's payload, our own sending."""

from __future__ import annotations

import base64
import json
import time

import apprise
import pytest
from standins.acts import DropAfterAccept, Garbage, HangAfterAccept, Status
from standins.sending import NOTICE, deliver, deliver_all
from standins.sink import SinkProcess
from standins.webhook import JsonSink

from tasks.channels import Message, Outcome


def test_the_payload_is_the_one_that_apprise_sends():
    with JsonSink() as sink:
        deliver(sink.json_url("ours"))
        apprise.Apprise.instantiate(sink.json_url("theirs")).notify(body="一", title="提醒", notify_type="info")
        ours, theirs = (json.loads(message.raw) for message in sink.accepted)
    assert ours.keys() == theirs.keys()
    fixed = ("version", "attachments", "type")
    assert {name: ours[name] for name in fixed} == {name: theirs[name] for name in fixed}
    assert (ours["title"], ours["message"]) == (NOTICE.title, f"{NOTICE.body}\n编号：N00000123")


def test_path_login_headers_query_and_fields_are_apprises_too():
    options = "?+X-Token=a%2Bb&-office=1301&:system=pucha&:title=subject&:attachments=&method=PUT"
    with JsonSink() as sink:
        outcome = deliver(f"json://clerk:p%40ss@127.0.0.1:{sink.port}/in/box{options}")
        [received] = sink.accepted
    assert outcome == Outcome("accepted")
    assert received.to == "/in/box?office=1301"
    assert received.headers["x-token"] == "a+b"
    assert base64.b64decode(received.headers["authorization"].removeprefix("Basic ")) == b"clerk:p@ss"
    body = json.loads(received.raw)
    assert (body["subject"], body["system"]) == (NOTICE.title, "pucha")
    assert "attachments" not in body
    assert "title" not in body


def test_a_repeat_says_so_and_has_the_same_idempotency_key():
    with JsonSink() as sink:
        deliver(sink.json_url())
        deliver(sink.json_url(), Message(NOTICE.number, NOTICE.title, NOTICE.body, repeat=True))
        first, second = sink.accepted
    assert (first.repeat, second.repeat) == (False, True)
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == "N00000123"


@pytest.mark.parametrize(
    ("act", "state", "code"),
    [
        (Garbage(), "accepted", None),  # a hook's answer has no form: 2xx is its yes
        (Status(401), "refused", "401"),
        (Status(410), "refused", "410"),
        (Status(301, location="http://127.0.0.1:1/"), "refused", "301"),
        (Status(429, retry_after="5"), "retry", "429"),
        (Status(503), "retry", "503"),
        (Status(504), "unknown", "504"),
        (DropAfterAccept(), "unknown", "reset"),
        (HangAfterAccept(), "unknown", "timeout"),
    ],
)
def test_what_each_answer_means(act, state, code):
    with JsonSink() as sink:
        sink.next(act)
        outcome = deliver(sink.json_url("town"), timeout=2.0)
    assert (outcome.state, outcome.code) == (state, code)


def test_many_notices_at_once_each_arrive_once():
    notices = [Message(f"N{n:08d}", "提醒", "一") for n in range(1, 501)]
    with JsonSink() as sink:
        sink.expect(*(notice.number for notice in notices))
        outcomes = deliver_all([(sink.json_url(f"town/{n}"), notice) for n, notice in enumerate(notices)])
    assert {outcome.state for outcome in outcomes} == {"accepted"}


def test_the_sink_in_a_process_of_its_own_counts_repeats_and_their_marks():
    again = Message(NOTICE.number, NOTICE.title, NOTICE.body, repeat=True)
    with SinkProcess() as sink:
        outcomes = [deliver(sink.json_url("a")), deliver(sink.json_url("a"), again)]
        outcomes += [deliver("wecombot://k", gateway=sink.url), deliver("feishu://k", again, sink.url)]
        assert {outcome.state for outcome in outcomes} == {"accepted"}
        assert sink.counts() == {"received": 4, "repeats": 3, "marked": 2}
        assert sink.numbers() == {"N00000123": 4}


@pytest.mark.wall_clock
def test_sending_ends_in_time_when_the_receiver_drops_every_connection():
    with JsonSink() as sink:
        sink.decide = lambda _: DropAfterAccept()
        started = time.monotonic()
        outcomes = deliver_all([(sink.json_url(str(n)), NOTICE) for n in range(100)])
    assert {outcome.state for outcome in outcomes} == {"unknown"}
    assert time.monotonic() - started < 10
