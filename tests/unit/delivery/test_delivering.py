"""Which channel a notice takes, what follows an attempt, and when a channel is set aside."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from worlds.deliveries import MOVES

from models.rules.delivery.delivering import (
    BACK_OFF,
    FAILURES_TO_SET_ASIDE,
    MOST_LEASES,
    TRIES_A_CHANNEL,
    GiveUp,
    Health,
    Reach,
    Take,
    Tried,
    Wait,
    after_death,
    choose,
    health_after,
    next_step,
)

NOW = 1_596_673_800_000_000  # 2020-08-06 08:30 in Shanghai
MINUTE = 60_000_000
BOT, MAIL = Health("bot", "wecombot://••••"), Health("mail", "mailto://••••")
MOST = 8


def failing(health: Health, times: int, ended="retry") -> Health:
    for _ in range(times):
        health = health_after(health, ended, NOW, "500", "down")
    return health


# --- which channel


def test_a_notice_takes_the_first_channel_of_its_reader():
    assert choose([BOT, MAIL], Tried(), NOW, MOST) == Take("bot")


def test_a_reader_without_a_channel_is_given_up_at_once():
    assert choose([], Tried(), NOW, MOST) == GiveUp("no-channel")


def test_a_channel_that_refused_this_notice_is_not_asked_again():
    assert choose([BOT, MAIL], Tried().after("bot", "refused"), NOW, MOST) == Take("mail")
    assert choose([BOT], Tried().after("bot", "refused"), NOW, MOST) == GiveUp("dead")


def test_after_three_passing_failures_the_next_channel_has_its_turn():
    tried = Tried()
    for _ in range(TRIES_A_CHANNEL):
        assert choose([BOT, MAIL], tried, NOW, MOST) == Take("bot")
        tried = tried.after("bot", "retry")
    assert choose([BOT, MAIL], tried, NOW, MOST) == Take("mail")


def test_a_channel_set_aside_is_passed_over_and_waited_for_only_where_it_is_the_last():
    aside = failing(BOT, FAILURES_TO_SET_ASIDE)
    assert choose([aside, MAIL], Tried(), NOW, MOST) == Take("mail")
    assert choose([aside], Tried(), NOW, MOST) == Wait("bot", NOW + MINUTE, "aside")
    assert choose([aside], Tried(), NOW + MINUTE, MOST) == Take("bot")


def test_a_channel_that_refuses_everything_is_not_waited_for():
    dead = failing(BOT, FAILURES_TO_SET_ASIDE, "refused")
    assert choose([dead], Tried(), NOW, MOST) == GiveUp("dead")
    assert choose([dead], Tried(), NOW + MINUTE, MOST) == Take("bot")


def test_a_channel_that_failed_eight_times_in_a_row_is_not_waited_for():
    assert choose([failing(BOT, MOST - 1)], Tried(), NOW, MOST) == Wait("bot", NOW + 30 * MINUTE, "aside")
    assert choose([failing(BOT, MOST)], Tried(), NOW, MOST) == GiveUp("dead")


def test_a_throttled_channel_is_waited_for_though_another_is_free():
    busy = replace(BOT, free_at=NOW + 3_000_000)
    assert choose([busy, MAIL], Tried(), NOW, MOST) == Wait("bot", NOW + 3_000_000, "throttled")
    assert choose([busy, MAIL], Tried(), NOW + 3_000_000, MOST) == Take("bot")


def test_of_several_channels_set_aside_the_first_to_come_back_is_waited_for():
    assert choose([failing(BOT, 5), failing(MAIL, 3)], Tried(), NOW, MOST) == Wait("mail", NOW + MINUTE, "aside")


# --- what follows an attempt


def follows(ended, failures=1, *, others=False, resend=True, retry_after=None):
    return next_step(ended, failures, MOST, others=others, resend=resend, retry_after=retry_after)


def test_accepted_is_final():
    step = follows("accepted")
    assert (step.state, step.settled, step.given_up) == ("accepted", True, False)


def test_a_permanent_refusal_goes_to_the_next_channel_at_once_then_up():
    other, last = follows("refused", others=True), follows("refused")
    assert (other.state, other.settled, other.wait) == ("retry", False, timedelta())
    assert (last.state, last.settled, last.given_up) == ("refused", True, True)


def test_pauses_grow_until_the_attempts_are_spent():
    waits = [follows("retry", failures).wait for failures in range(1, MOST)]
    assert waits == [timedelta(minutes=minutes) for minutes in BACK_OFF[: MOST - 1]]
    spent = follows("retry", MOST)
    assert (spent.state, spent.settled, spent.given_up) == ("refused", True, True)


def test_the_pause_is_the_providers_where_it_names_one():
    assert follows("retry", retry_after=600.0).wait == timedelta(minutes=10)
    assert follows("retry", retry_after=0.0).wait == timedelta(seconds=1)


def test_an_unknown_fate_is_sent_again_marked_or_left_as_the_rung_says():
    again, left = follows("unknown"), follows("unknown", resend=False)
    assert (again.state, again.settled, again.repeat) == ("unknown", False, True)
    assert (left.state, left.settled, left.given_up) == ("unknown", True, False)


def test_an_unknown_fate_that_stays_so_is_given_up_without_claiming_a_refusal():
    step = follows("unknown", MOST)
    assert (step.state, step.settled, step.given_up) == ("unknown", True, True)


def test_a_sender_that_died_is_no_channels_fault():
    step = after_death(1, resend=True)
    assert (step.state, step.settled, step.wait, step.repeat) == ("unknown", False, timedelta(), True)


def test_a_notice_that_kills_its_senders_does_not_do_so_for_ever():
    assert not after_death(MOST_LEASES - 1, resend=True).settled
    step = after_death(MOST_LEASES, resend=True)
    assert (step.settled, step.given_up) == (True, True)


def test_what_is_not_to_be_sent_twice_is_left_when_its_sender_dies():
    step = after_death(1, resend=False)
    assert (step.state, step.settled, step.given_up) == ("unknown", True, False)


@given(
    ended=st.sampled_from(["accepted", "refused", "retry", "unknown"]),
    failures=st.integers(1, 12),
    others=st.booleans(),
    resend=st.booleans(),
)
def test_every_step_leads_from_sending_to_a_state_that_may_follow_and_either_ends_or_waits(
    ended, failures, others, resend
):
    step = follows(ended, failures, others=others, resend=resend)
    assert step.state in MOVES["sending"]
    assert step.settled == (step.wait is None)
    assert not step.given_up or step.settled


# --- how a channel fares


def test_a_channel_is_set_aside_after_three_failures_in_a_row_for_longer_each_time():
    untils = [failing(BOT, times).aside_until for times in range(1, 10)]
    assert untils == [None, None, *(NOW + minutes * MINUTE for minutes in (1, 2, 5, 15, 30, 60, 60))]


def test_one_success_makes_a_channel_whole():
    health = health_after(failing(BOT, 7), "accepted", NOW, None, None)
    assert (health.failures, health.aside_until, health.last_success, health.error) == (0, None, NOW, None)


def test_a_provider_that_says_later_is_not_failing():
    health = health_after(BOT, "retry", NOW, "45009", "too many", throttled_for=timedelta(minutes=1))
    assert (health.failures, health.aside_until, health.free_at) == (0, None, NOW + MINUTE)


def test_nobody_is_blamed_while_nobody_at_all_can_be_reached():
    reach = Reach()
    for address in ("a", "b"):
        reach = reach.after(address, reached=False)
    assert not reach.is_outage
    assert reach.after("c", reached=False).is_outage
    assert not reach.after("c", reached=False).after("d", reached=True).is_outage
    assert not reach.after("a", reached=False).is_outage
