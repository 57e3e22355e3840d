"""What goes through Apprise: mail on a real SMTP conversation, forms, ntfy; once, without waiting."""

from __future__ import annotations

import logging
import time

import pytest
from standins.acts import Broken, DropAfterAccept, HangAfterAccept, Refuse, Reset, Status, Throttle
from standins.loop import unused_port
from standins.sending import NOTICE, deliver, deliver_all
from standins.smtp import Mail
from standins.webhook import JsonSink

from tasks.channels import Message, Outcome
from tasks.channels.apprise import SERVICES, reason
from tasks.channels.ways import DIVERTING


def test_a_mail_arrives_with_its_subject_its_lines_and_its_number():
    notice = Message("N00000123", "入户登记逾期提醒", "红旗街道办事处：\n  a < b & c，12 个小区未开始。")
    with Mail() as mail:
        assert deliver(mail.mail_url("clerk@hongqi.example"), notice) == Outcome("accepted")
        [received] = mail.accepted
    assert received.to == "clerk@hongqi.example"
    assert received.title == "入户登记逾期提醒"
    assert received.text.strip().splitlines() == [*notice.body.split("\n"), "编号：N00000123"]
    assert received.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("act", "state", "code"),
    [
        (Refuse(550, "no such user"), "refused", "550"),
        (Throttle(), "retry", "451"),
        (DropAfterAccept(), "unknown", "reset"),
        (HangAfterAccept(), "unknown", "timeout"),
    ],
)
def test_what_a_mail_servers_answer_means(act, state, code):
    with Mail() as mail:
        mail.next(act)
        outcome = deliver(mail.mail_url("clerk@hongqi.example"), timeout=1.0)
    assert (outcome.state, outcome.code) == (state, code)
    assert "hongqi" not in outcome.detail


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        (b"250 " + b"k" * 8100 + b"\r\n", "accepted", None),
        (b"250 " + b"k" * 9000 + b"\r\n", "unknown", "garbage"),
        (b"250-" + b"k" * 9000 + b"\r\n250 kept\r\n", "unknown", "garbage"),
        (b"500 Line too long.\r\n", "refused", "500"),
        (b"kept\r\n", "unknown", "reset"),
    ],
    ids=["as long as is read", "longer", "longer in its first line", "the server's own refusal", "no number"],
)
def test_a_letter_whose_answer_is_too_long_to_read_may_have_arrived(answer, state, code):
    with Mail() as mail:
        mail.next(Broken(answer))
        outcome = deliver(mail.mail_url("clerk@hongqi.example"), timeout=2.0)
        assert len(mail.accepted) == 1
    assert (outcome.state, outcome.code) == (state, code)


def test_mail_and_forms_are_certainly_not_sent_when_nobody_listens():
    port = unused_port()
    urls = [
        f"mailto://u:p@127.0.0.1:{port}?to=a@b.example&from=c@b.example&mode=insecure",
        f"form://127.0.0.1:{port}/",
    ]
    for outcome in deliver_all([(url, NOTICE) for url in urls]):
        assert (outcome.state, outcome.code) == ("retry", "connect")


def test_a_process_that_was_started_to_send_by_other_ways_is_left_alone(monkeypatch):
    for name in DIVERTING:
        monkeypatch.delenv(name, raising=False)
    with JsonSink() as proxy, JsonSink() as receiver:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        deliver(f"form://127.0.0.1:{receiver.port}/x")
        monkeypatch.delenv("HTTP_PROXY")
        deliver(f"form://127.0.0.1:{receiver.port}/x")
        assert (proxy.calls, receiver.calls) == (1, 1)


@pytest.mark.parametrize(
    ("act", "state", "code"),
    [
        (Status(403), "refused", "403"),
        (Status(302, location="http://127.0.0.1:1/"), "refused", "302"),
        (Status(429), "retry", "429"),
        (Status(503), "retry", "503"),
        (Status(504), "unknown", "504"),
        (Reset(), "unknown", "reset"),
        (DropAfterAccept(), "unknown", "reset"),
        (HangAfterAccept(), "unknown", "timeout"),
    ],
)
def test_what_a_form_receivers_answer_means(act, state, code):
    with JsonSink() as sink:
        sink.next(act)
        outcome = deliver(f"form://127.0.0.1:{sink.port}/town", timeout=1.0)
    assert (outcome.state, outcome.code) == (state, code)


def test_a_redirect_is_not_followed():
    with JsonSink() as elsewhere, JsonSink() as sink:
        elsewhere.expect_nothing()
        sink.next(Status(307, location=f"{elsewhere.url}/stolen"))
        assert deliver(f"form://127.0.0.1:{sink.port}/town").state == "refused"
        assert elsewhere.calls == 0


def test_forms_ntfy_and_gotify_carry_the_number_and_the_repeat():
    with JsonSink() as sink:
        urls = [
            f"{kind}://127.0.0.1:{sink.port}/{rest}"
            for kind, rest in (("form", "town"), ("xml", "town"), ("ntfy", "town"), ("gotify", "AbcDefGhi.12345"))
        ]
        again = Message(NOTICE.number, NOTICE.title, NOTICE.body, repeat=True)
        outcomes = deliver_all([(url, again) for url in urls])
        assert [outcome.state for outcome in outcomes] == ["accepted"] * 4
        assert [(message.number, message.repeat) for message in sink.accepted] == [("N00000123", True)] * 4


@pytest.mark.wall_clock
def test_apprise_neither_resends_nor_waits_between_messages():
    with Mail() as mail, JsonSink() as sink:
        sink.next(Status(503))
        url = f"ntfy://127.0.0.1:{sink.port}/town"
        started = time.monotonic()
        assert deliver(url).state == "retry"
        assert sink.calls == 1
        sendings = [(url, Message(f"N{n:08d}", "提醒", "一")) for n in range(1, 6)]
        sendings += [(mail.mail_url("clerk@hongqi.example"), notice) for _, notice in sendings]
        assert {outcome.state for outcome in deliver_all(sendings)} == {"accepted"}
        assert (len(mail.accepted), len(sink.accepted)) == (5, 5)
        assert time.monotonic() - started < 5  # its own pace is one in 5.5 s


def test_a_long_ntfy_notice_goes_in_parts_of_text_and_never_as_an_attachment():
    body = "\n".join(f"{n}. 应于11月15日24时前完成短表登记，尚有12个普查小区未开始，请核实。" for n in range(1, 61))
    with JsonSink() as sink:
        outcome = deliver(f"ntfy://127.0.0.1:{sink.port}/town", Message("N00000123", "提醒", body))
        assert outcome == Outcome("accepted", parts=2)
        sent = [line for message in sink.accepted for line in message.text.split("\n")[1:-1]]
        assert sent == body.split("\n")


def test_what_services_far_away_say_is_read_from_what_apprise_logs_of_it():
    def why(schema: str, *said: str) -> tuple[str, str | None]:
        heard = [logging.LogRecord("apprise", logging.WARNING, "", 0, text, None, None) for text in said]
        outcome = reason(heard, SERVICES[schema], "zh")
        return outcome.state, outcome.code

    assert why("pushplus", "Failed to send PushPlus notification: code=903: Sending failed.") == (
        "refused",
        "903",
    )
    assert why("pushplus", "Failed to send PushPlus notification: code=900: System exception.") == (
        "retry",
        "900",
    )
    assert why("pushplus", "Failed to send PushPlus notification: code=None: Unknown error.") == (
        "unknown",
        "garbage",
    )
    assert why("wxpusher", "Failed to send WxPusher notification, code=200/1001: token") == (
        "refused",
        "1001",
    )
    assert why("wechat", "Failed to send WeChat (WeCom) notification: errcode=81013: user.") == (
        "refused",
        "81013",
    )
    assert why("wechat", "Failed to send WeChat (WeCom) notification: errcode=45009: freq.") == (
        "retry",
        "45009",
    )
    assert why("wechat", "Failed to send WeChat (WeCom) notification: errcode=-1: Unknown") == (
        "unknown",
        "-1",
    )
    assert why("ntfy", "Failed to send ntfy notification to topic 't': limit, error=42901.") == (
        "retry",
        "42901",
    )
    assert why("ntfy", "Failed to send ntfy notification to topic 't': no, error=40301.") == (
        "refused",
        "40301",
    )
