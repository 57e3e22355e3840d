"""The three group bots against their providers' stand-ins: what each answer means for the notice."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

import pytest
from standins.acts import (
    Accept,
    Act,
    Broken,
    Drip,
    DropAfterAccept,
    Flood,
    Garbage,
    HangAfterAccept,
    Refuse,
    Reset,
    Status,
    Throttle,
)
from standins.dingtalk import DingTalk
from standins.feishu import Feishu
from standins.loop import unused_port
from standins.sending import NOTICE, deliver, deliver_all
from standins.server import Standin
from standins.wecom import WeCom

from tasks.channels import Message, Outcome

BOTS = [
    pytest.param(WeCom, "wecombot://key-of-hongqi", id="wecom"),
    pytest.param(DingTalk, "dingtalk://key-of-hongqi", id="dingtalk"),
    pytest.param(Feishu, "feishu://key-of-hongqi", id="feishu"),
]
every_bot = pytest.mark.parametrize(("provider", "url"), BOTS)
LINE = "应于11月15日24时前完成短表登记，尚有12个普查小区未开始，请核实。"
NOVEMBER_2020 = 1604289600.0  # 2020-11-02 12:00:00 in Beijing


def after(provider: type[Standin], url: str, *acts: Act, timeout: float = 5.0) -> tuple[Outcome, Standin]:
    """The outcome of one notice when the provider does `acts`."""
    with provider() as standin:
        standin.next(*acts)
        return deliver(url, gateway=standin.url, timeout=timeout), standin


@every_bot
def test_an_accepted_notice_arrives_once_with_its_number(provider, url):
    with provider() as standin:
        standin.expect("N00000123")
        assert deliver(url, gateway=standin.url) == Outcome("accepted")
        [received] = standin.accepted
        assert received.to == "key-of-hongqi"
        assert received.text.split("\n") == [NOTICE.title, *NOTICE.body.split("\n"), "编号：N00000123"]
        assert received.headers["idempotency-key"] == "N00000123"


@every_bot
def test_a_gateway_may_be_named_with_the_path_of_the_provider_or_one_before_it(provider, url):
    path = {
        "wecombot": "/cgi-bin/webhook/send",
        "dingtalk": "/robot/send",
        "feishu": "/open-apis/bot/v2/hook",
    }
    with provider() as standin:
        for gateway in (f"{standin.url}/", standin.url + path[url.partition(":")[0]]):
            assert deliver(url, gateway=gateway).state == "accepted"


@every_bot
def test_a_refusal_in_the_body_of_a_200_is_a_refusal_with_the_providers_code(provider, url):
    outcome, standin = after(provider, url, Refuse(40035, "不合法的参数"))
    assert outcome == Outcome("refused", "40035", "对方拒收（不合法的参数）")
    assert not standin.accepted


def test_an_unknown_bot_is_refused_with_each_providers_own_code():
    with WeCom(keys=["other"]) as wecom:
        assert deliver("wecombot://gone", gateway=wecom.url).code == "93000"
    with DingTalk(tokens=["other"]) as dingtalk:
        assert deliver("dingtalk://gone", gateway=dingtalk.url).code == "300005"
    with Feishu(tokens=["other"]) as feishu:
        outcome = deliver("feishu://gone", gateway=feishu.url)
        assert (outcome.state, outcome.code) == ("refused", "19001")


@pytest.mark.parametrize(
    ("provider", "url", "code", "wait"),
    [
        (WeCom, "wecombot://k", "45009", 60),
        (DingTalk, "dingtalk://k", "130101", 600),
        (Feishu, "feishu://k", "11232", 60),
    ],
)
def test_a_throttle_in_the_body_of_a_200_passes_after_the_providers_time(provider, url, code, wait):
    outcome, standin = after(provider, url, Throttle())
    assert (outcome.state, outcome.code, outcome.retry_after) == ("retry", code, wait)
    assert not standin.accepted


def test_the_twenty_first_notice_in_a_minute_is_throttled_and_the_twentieth_is_not():
    notices = [Message(f"N{n:08d}", "提醒", "一") for n in range(1, 22)]
    with WeCom(per_minute=20) as wecom:
        outcomes = deliver_all([("wecombot://k", notice) for notice in notices], gateway=wecom.url)
        assert sorted(outcome.state for outcome in outcomes) == ["accepted"] * 20 + ["retry"]
        assert len(wecom.accepted) == 20


@every_bot
def test_429_passes_and_its_retry_after_is_kept_as_seconds_or_as_a_date(provider, url):
    outcome, _ = after(provider, url, Status(429, retry_after="17"))
    assert (outcome.state, outcome.code, outcome.retry_after) == ("retry", "429", 17.0)
    date = formatdate(NOVEMBER_2020 + 90, usegmt=True)
    with provider() as standin:
        standin.next(Status(429, retry_after=date), Status(429, retry_after="soon"), Status(429, retry_after="nan"))
        sent = [deliver(url, gateway=standin.url, clock=lambda: NOVEMBER_2020) for _ in range(3)]
    assert [outcome.retry_after for outcome in sent] == [90.0, None, None]


@every_bot
@pytest.mark.parametrize(
    ("status", "state"),
    [
        (500, "retry"),
        (502, "retry"),
        (503, "retry"),
        (504, "unknown"),
        (408, "retry"),
        (403, "refused"),
        (404, "refused"),
    ],
)
def test_a_bare_status_decides_when_the_body_says_nothing(provider, url, status, state):
    outcome, standin = after(provider, url, Status(status))
    assert (outcome.state, outcome.code) == (state, str(status))
    assert not standin.accepted


@pytest.mark.parametrize("url", ["wecombot://k", "dingtalk://k", "feishu://k", "json://127.0.0.1:1/"])
def test_nobody_listening_means_that_it_certainly_did_not_arrive(url):
    outcome = deliver(url, gateway=f"http://127.0.0.1:{unused_port()}")
    assert (outcome.state, outcome.code) == ("retry", "connect")


def test_a_name_that_does_not_resolve_means_that_it_certainly_did_not_arrive():
    outcome = deliver("wecombot://k", gateway="http://no-such-host.invalid")
    assert (outcome.state, outcome.code) == ("retry", "connect")


@every_bot
def test_a_reset_before_the_request_is_read_never_counts_as_arrived_or_refused(provider, url):
    outcome, standin = after(provider, url, Reset())
    assert outcome.state in ("retry", "unknown")
    assert not standin.accepted


@every_bot
@pytest.mark.parametrize(
    "act", [DropAfterAccept(), Garbage(), Garbage(body=b'{"ok": true}'), Garbage(body=b""), Broken()]
)
def test_an_acceptance_that_the_sender_does_not_learn_of_is_unknown(provider, url, act):
    outcome, standin = after(provider, url, act)
    assert outcome.state == "unknown"
    assert [message.number for message in standin.accepted] == ["N00000123"]


ENDLESS = (HangAfterAccept(), Drip())


@pytest.fixture(scope="module")
def never_ended() -> dict[tuple[str, Act], tuple[Outcome, Standin, float]]:
    """What comes of a notice to each provider that never ends its answer, and after how many seconds: all at once."""

    def waited_for(provider: type[Standin], url: str, act: Act) -> tuple[Outcome, Standin, float]:
        started = time.monotonic()
        return *after(provider, url, act, timeout=1.5), time.monotonic() - started

    asked = [(*bot.values, act) for bot in BOTS for act in ENDLESS]
    with ThreadPoolExecutor(len(asked)) as threads:
        found = list(threads.map(lambda one: waited_for(*one), asked))
    return {(url, act): one for (_, url, act), one in zip(asked, found, strict=True)}


@pytest.mark.wall_clock
@every_bot
@pytest.mark.parametrize("act", ENDLESS)
def test_a_provider_that_never_ends_its_answer_is_unknown_within_three_timeouts(never_ended, provider, url, act):
    outcome, standin, seconds = never_ended[url, act]
    assert (outcome.state, outcome.code) == ("unknown", "timeout")
    assert len(standin.accepted) == 1
    assert seconds < 10


@every_bot
def test_a_slow_acceptance_is_an_acceptance(provider, url):
    assert after(provider, url, Accept(delay=0.3))[0].state == "accepted"


@pytest.mark.wall_clock
@every_bot
def test_an_answer_without_end_is_read_no_further_than_needed(provider, url):
    started = time.monotonic()
    assert after(provider, url, Flood())[0].state in ("accepted", "unknown")
    assert time.monotonic() - started < 4


@every_bot
def test_a_redirect_is_not_followed(provider, url):
    with provider() as elsewhere:
        elsewhere.expect_nothing()
        outcome, _ = after(provider, url, Status(302, location=f"{elsewhere.url}/cgi-bin/webhook/send?key=k"))
        assert (outcome.state, outcome.code) == ("refused", "302")
        assert elsewhere.calls == 0


@every_bot
def test_a_repeat_carries_the_same_number_and_says_that_it_may_be_one(provider, url):
    with provider() as standin:
        standin.next(DropAfterAccept())
        assert deliver(url, gateway=standin.url).state == "unknown"
        again = Message(NOTICE.number, NOTICE.title, NOTICE.body, repeat=True)
        assert deliver(url, again, standin.url).state == "accepted"
        first, second = standin.accepted
        assert (first.number, second.number) == ("N00000123", "N00000123")
        assert (first.repeat, second.repeat) == (False, True)


@pytest.mark.parametrize(
    ("provider", "url", "lines"),
    [(WeCom, "wecombot://k", 50), (DingTalk, "dingtalk://k", 500), (Feishu, "feishu://k", 500)],
)
def test_a_long_notice_arrives_in_parts_that_the_provider_takes_and_loses_no_line(provider, url, lines):
    body = "\n".join(f'{n}. "{LINE}"' for n in range(1, lines + 1))
    with provider() as standin:
        outcome = deliver(url, Message("N00000123", "逾期提醒", body), standin.url)
        assert outcome == Outcome("accepted", parts=3)
        assert [message.part for message in standin.accepted] == [(1, 3), (2, 3), (3, 3)]
        assert {message.number for message in standin.accepted} == {"N00000123"}
        sent = [line for message in standin.accepted for line in message.text.split("\n")[1:-1]]
        assert sent == body.split("\n")
        keys = [message.headers["idempotency-key"] for message in standin.accepted]
        assert keys == ["N00000123/1", "N00000123/2", "N00000123/3"]


def test_a_failure_after_the_first_part_is_unknown_with_the_providers_code_and_wait():
    body = "\n".join(f"{n}. {LINE}" for n in range(1, 51))
    with WeCom() as wecom:
        wecom.next(Accept(), Throttle())
        outcome = deliver("wecombot://k", Message("N00000123", "逾期提醒", body), wecom.url)
        assert (outcome.state, outcome.code, outcome.retry_after) == ("unknown", "45009", 60.0)
        assert outcome.parts == 2
        assert outcome.detail.startswith("共 3 条，已送达 1 条，其后对方限制发送频率")
        assert [message.part for message in wecom.accepted] == [(1, 3)]


def test_a_failure_of_the_first_part_is_the_notices_and_no_second_part_is_sent():
    body = "\n".join(f"{n}. {LINE}" for n in range(1, 51))
    with WeCom() as wecom:
        wecom.next(Throttle())
        outcome = deliver("wecombot://k", Message("N00000123", "逾期提醒", body), wecom.url)
        assert (outcome.state, outcome.code) == ("retry", "45009")
        assert wecom.calls == 1


def test_dingtalk_takes_our_signature_and_refuses_another_secret_or_an_old_clock():
    with DingTalk(secret="SECright", clock=lambda: NOVEMBER_2020) as dingtalk:
        signed = "dingtalk://k?secret=SECright"
        assert deliver(signed, gateway=dingtalk.url, clock=lambda: NOVEMBER_2020 + 3599).state == "accepted"
        late = deliver(signed, gateway=dingtalk.url, clock=lambda: NOVEMBER_2020 + 3601)
        wrong = deliver("dingtalk://k?secret=SECwrong", gateway=dingtalk.url, clock=lambda: NOVEMBER_2020)
        unsigned = deliver("dingtalk://k", gateway=dingtalk.url, clock=lambda: NOVEMBER_2020)
    assert [(o.state, o.code) for o in (late, wrong, unsigned)] == [("refused", "310000")] * 3
    assert "sign not match" in wrong.detail


def test_feishu_takes_our_signature_and_refuses_another_secret():
    with Feishu(secret="zs0T", clock=lambda: NOVEMBER_2020) as feishu:
        right = deliver("feishu://k?secret=zs0T", gateway=feishu.url, clock=lambda: NOVEMBER_2020)
        wrong = deliver("feishu://k?secret=other", gateway=feishu.url, clock=lambda: NOVEMBER_2020)
    assert right.state == "accepted"
    assert (wrong.state, wrong.code) == ("refused", "19021")


@pytest.mark.parametrize(
    ("provider", "schema", "code"), [(DingTalk, "dingtalk", "310000"), (Feishu, "feishu", "19024")]
)
def test_a_bots_keyword_is_added_when_its_address_names_it(provider, schema, code):
    notice = Message("N00000123", "逾期提醒", "尚有12个小区未开始")
    with provider(keywords=["普查"]) as standin:
        without = deliver(f"{schema}://k", notice, standin.url)
        assert (without.state, without.code) == ("refused", code)
        assert deliver(f"{schema}://k?keyword=普查", notice, standin.url).state == "accepted"
        assert standin.accepted[0].text.startswith("【普查】逾期提醒\n")


def test_dingtalks_throttle_in_front_of_the_bot_names_its_own_wait():
    body = b'{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"7ae4"}'
    outcome, _ = after(DingTalk, "dingtalk://k", Status(200, body=body))
    assert (outcome.state, outcome.retry_after) == ("retry", 5)


def test_feishus_9499_means_later_or_never_by_its_text():
    later, _ = after(Feishu, "feishu://k", Refuse(9499, "too many request"))
    never, _ = after(Feishu, "feishu://k", Refuse(9499, "Bad Request", status=400))
    assert (later.state, never.state) == ("retry", "refused")
    assert later.code == never.code == "9499"


def test_feishus_code_counts_and_not_its_old_field_that_is_always_zero():
    body = b'{"StatusCode":0,"StatusMessage":"","code":19007,"msg":"Bot Not Enabled"}'
    disabled, _ = after(Feishu, "feishu://k", Status(200, body=body))
    assert (disabled.state, disabled.code) == ("refused", "19007")
    old, _ = after(Feishu, "feishu://k", Status(200, body=b'{"StatusCode":0,"StatusMessage":"success"}'))
    assert old.state == "accepted"


def test_feishus_own_rate_header_is_the_wait_and_without_it_a_minute_is():
    body = b'{"code":99991400,"msg":"request trigger frequency limit"}'
    named, _ = after(Feishu, "feishu://k", Status(400, rate_reset="52", body=body))
    unnamed, _ = after(Feishu, "feishu://k", Status(400, body=body))
    assert (named.state, named.code, named.retry_after) == ("retry", "99991400", 52.0)
    assert (unnamed.state, unnamed.code, unnamed.retry_after) == ("retry", "99991400", 60.0)


def test_the_name_of_a_unit_cannot_ring_a_whole_feishu_group():
    with Feishu() as feishu:
        deliver("feishu://k", Message("N00000123", '<at user_id="all">所有人</at>', "一"), feishu.url)
        assert "<at" not in json.loads(feishu.accepted[0].raw)["content"]["text"]


def test_english_messages_get_english_details():
    with WeCom() as wecom:
        wecom.next(Throttle())
        outcome = deliver("wecombot://k", Message("N00000123", "Overdue", "1", lang="en"), wecom.url)
    assert outcome.detail.startswith("throttled by the provider: api freq out of limit")


def test_an_address_that_became_unusable_is_refused_and_stops_nobody_else():
    with WeCom() as wecom:
        bad, good = deliver_all([("file:///etc/passwd", NOTICE), ("wecombot://k", NOTICE)], gateway=wecom.url)
    assert (bad.state, bad.code) == ("refused", "address")
    assert "passwd" not in bad.detail
    assert good.state == "accepted"


@pytest.mark.wall_clock
def test_a_hundred_hanging_notices_do_not_keep_an_answering_provider_waiting_for_ever():
    with WeCom() as dead, Feishu() as alive:
        dead.next(*[HangAfterAccept()] * 100)
        started = time.monotonic()
        hanging = [(f"json://127.0.0.1:{dead.port}/{n}", NOTICE) for n in range(100)]
        outcomes = deliver_all([*hanging, ("feishu://k", NOTICE)], gateway=alive.url, timeout=3.0)
    assert outcomes[-1].state == "accepted"
    assert {outcome.state for outcome in outcomes[:-1]} == {"unknown"}
    assert time.monotonic() - started < 60
