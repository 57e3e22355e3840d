"""The stand-ins themselves: a test that uses one must fail when something unexpected arrives."""

from __future__ import annotations

import pytest
from standins.acts import Refuse, Reset
from standins.loop import Request
from standins.sending import NOTICE, deliver
from standins.webhook import JsonSink
from standins.wecom import WeCom

from tasks.channels import Message


def test_an_unexpected_message_fails_the_test():
    wecom = WeCom()
    wecom.expect_nothing()
    with pytest.raises(AssertionError, match=r"unexpected messages: \{'N00000123': 1\}"), wecom:
        deliver("wecombot://k", gateway=wecom.url)


def test_a_second_copy_of_an_expected_message_fails_the_test():
    wecom = WeCom()
    wecom.expect("N00000123")
    with pytest.raises(AssertionError, match="unexpected messages"), wecom:
        deliver("wecombot://k", gateway=wecom.url)
        deliver("wecombot://k", gateway=wecom.url)


def test_a_missing_message_fails_the_test():
    wecom = WeCom()
    wecom.expect("N00000123", "N00000124")
    with pytest.raises(AssertionError, match=r"did not get: \{'N00000124': 1\}"), wecom:
        deliver("wecombot://k", gateway=wecom.url)


def test_an_act_may_be_chosen_by_the_request():
    def refuse_the_north(request: Request) -> Refuse | Reset | None:
        return Refuse(1, "no", status=403) if request.path == "/north" else None

    with JsonSink() as sink:
        sink.decide = refuse_the_north
        assert deliver(sink.json_url("north")).state == "refused"
        assert deliver(sink.json_url("south")).state == "accepted"


def test_the_wecom_stand_in_counts_bytes_as_the_provider_does():
    with WeCom() as wecom:
        exact = Message("N00000123", "提醒", "一" * 671)
        assert deliver("wecombot://k", exact, wecom.url).parts == 1
        assert len(wecom.accepted[0].text.encode()) <= 2048
        assert deliver("wecombot://k", NOTICE, wecom.url).state == "accepted"
