"""How a channel fares after each answer, when it is set aside, and when the fault is ours."""

from dataclasses import dataclass, replace

import pytest

from models.rules.delivery.channel_condition import Condition, Reach, condition_after

NOW = 1_596_673_800_000_000  # 2020-08-06 08:30 in Shanghai
SECOND, MINUTE = 1_000_000, 60_000_000
BOT = Condition("bot", "wecombot://••••")


@dataclass(frozen=True)
class Answer:
    state: str
    code: str | None = "500"
    detail: str = "down"
    retry_after: float | None = None
    parts: int = 1


def failing(times: int, ended="retry") -> Condition:
    condition = BOT
    for _ in range(times):
        condition = condition_after(condition, Answer(ended), NOW)
    return condition


def test_a_channel_is_set_aside_after_three_failures_in_a_row_for_longer_each_time():
    untils = [failing(times).aside_until for times in range(1, 10)]
    assert untils == [None, None, *(NOW + minutes * MINUTE for minutes in (1, 2, 5, 15, 30, 60, 60))]


def test_one_success_makes_a_channel_whole():
    condition = condition_after(failing(7, "refused"), Answer("accepted", None, ""), NOW)
    assert (condition.failures, condition.refuses, condition.aside_until) == (0, False, None)
    assert (condition.last_success, condition.code, condition.error) == (NOW, None, None)


def test_a_failure_keeps_the_moment_and_the_words_of_the_provider():
    condition = condition_after(BOT, Answer("refused", "404", ""), NOW)
    assert (condition.failures, condition.refuses, condition.last_failure) == (1, True, NOW)
    assert (condition.code, condition.error) == ("404", None)
    assert not condition_after(condition, Answer("unknown"), NOW).refuses


@pytest.mark.parametrize(
    ("answer", "rests"),
    [
        (Answer("retry", "45009", "too many", retry_after=60.0), 60),
        (Answer("retry", "503", retry_after=0.5), 0.5),
        (Answer("retry", "429"), 60),
        (Answer("retry", "throttled"), 60),
        (Answer("retry", "503", retry_after=0.0), 60),
    ],
)
def test_a_provider_that_says_later_is_not_failing(answer, rests):
    condition = condition_after(BOT, answer, NOW)
    assert (condition.failures, condition.aside_until, condition.free_at) == (0, None, NOW + rests * SECOND)
    assert (condition.code, condition.error) == (answer.code, answer.detail)


@pytest.mark.parametrize("answer", [Answer("retry", "503"), Answer("refused", "429"), Answer("unknown", "429")])
def test_whoever_does_not_say_later_is_failing(answer):
    condition = condition_after(BOT, answer, NOW)
    assert (condition.failures, condition.free_at) == (1, None)


def test_later_never_shortens_what_the_throttle_asks_for():
    busy = replace(BOT, free_at=NOW + 90 * SECOND)
    assert condition_after(busy, Answer("retry", "429"), NOW).free_at == NOW + 90 * SECOND
    assert condition_after(busy, Answer("retry", "429", retry_after=91.0), NOW).free_at == NOW + 91 * SECOND


def test_a_condition_in_one_word():
    used = replace(BOT, last_success=NOW)
    aside, busy = replace(used, failures=3, aside_until=NOW + 1), replace(used, free_at=NOW + 1)
    assert [one.word(NOW) for one in (BOT, used, aside, busy)] == ["unused", "ok", "aside", "throttled"]
    assert [one.word(NOW + 1) for one in (aside, busy)] == ["failing", "ok"]


def test_nobody_is_blamed_while_nobody_at_all_can_be_reached():
    reach = Reach()
    for address in ("a", "b"):
        reach = reach.after(address, reached=False)
    assert not reach.is_outage
    assert reach.after("c", reached=False).is_outage
    assert not reach.after("c", reached=False).after("d", reached=True).is_outage
    assert not reach.after("a", reached=False).is_outage
