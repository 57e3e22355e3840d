"""Throttles: what a channel takes, what a notice costs."""

from hypothesis import given
from hypothesis import strategies as st

from models.moments import SECOND
from models.rules.delivery.throttling import Rate, messages_for

BOT = Rate(20)
MORNING = 1_596_673_800 * SECOND  # 2020-08-06 08:30 in Shanghai


def test_a_rested_bot_takes_twenty_messages_at_once_and_not_one_more():
    after_nineteen = BOT.spend((), MORNING, 19)
    assert BOT.room(after_nineteen, MORNING) == 1
    after_twenty = BOT.spend(after_nineteen, MORNING, 1)
    assert BOT.room(after_twenty, MORNING) == 0
    assert BOT.free_at(after_twenty, MORNING) == MORNING + 60 * SECOND


def test_after_a_burst_room_comes_back_one_by_one_not_in_a_heap():
    spent = BOT.spend((), MORNING, 20)
    assert [BOT.room(spent, MORNING + seconds * SECOND) for seconds in (59, 60, 62, 63, 66, 117)] == [0, 1, 1, 2, 3, 20]


def test_room_for_two_comes_later_than_room_for_one():
    spent = BOT.spend((), MORNING, 20)
    assert BOT.free_at(spent, MORNING, 2) - BOT.free_at(spent, MORNING, 1) == 3 * SECOND


def test_a_channel_with_room_is_free_now():
    assert BOT.free_at((), MORNING) == MORNING
    assert BOT.free_at(BOT.spend((), MORNING, 18), MORNING, 2) == MORNING


@given(
    most=st.integers(1, 40),
    waits=st.lists(st.tuples(st.integers(0, 90 * SECOND), st.integers(1, 3)), max_size=60),
)
def test_no_minute_ever_sees_more_messages_than_the_provider_takes(most, waits):
    rate, spent, at, sent = Rate(most), (), MORNING, []
    for pause, messages in waits:
        at += pause
        if rate.room(spent, at) >= messages:
            spent = rate.spend(spent, at, messages)
            sent += [at] * messages
    for moment in sent:
        assert sum(moment - 60 * SECOND < other <= moment for other in sent) <= most


@given(spent=st.lists(st.integers(MORNING - 90 * SECOND, MORNING), max_size=30), messages=st.integers(1, 3))
def test_what_a_throttle_promises_it_keeps(spent, messages):
    free = BOT.free_at(spent, MORNING, messages)
    assert BOT.room(spent, free) >= messages
    assert free == MORNING or BOT.room(spent, free - 1) < messages


@given(
    steps=st.lists(st.tuples(st.integers(0, 40 * SECOND), st.integers(0, 30 * SECOND), st.integers(1, 3)), max_size=40)
)
def test_however_slowly_messages_arrive_no_minute_sees_too_many(steps):
    spent, at, arrived, on_their_way = (), MORNING, [], []
    for pause, takes, messages in steps:
        at += pause
        for done, reserved, count in [one for one in on_their_way if one[0] <= at]:
            spent = BOT.settle(spent, reserved, done, count)
            arrived += [done] * count
        on_their_way = [one for one in on_their_way if one[0] > at]
        if BOT.room(spent, at) >= 3:
            spent = BOT.spend(spent, at, 3)
            on_their_way.append((at + takes, spent[-3:], messages))
    for moment in arrived:
        assert sum(moment - 60 * SECOND < other <= moment for other in arrived) <= 20


def test_what_was_reserved_and_not_needed_is_given_back():
    spent = BOT.spend((), MORNING, 3)
    assert BOT.settle(spent, spent, MORNING, 1) == (MORNING,)
    assert len(BOT.settle(spent, spent, MORNING, 4)) == 4


def test_the_kept_moments_do_not_grow_with_time():
    spent = ()
    for minute in range(600):
        spent = BOT.spend(spent, MORNING + minute * 60 * SECOND, 1)
    assert len(spent) <= 20


def test_a_long_notice_costs_a_small_channel_more_than_one_message_and_never_more_than_three():
    assert messages_for(12, None) == 1
    assert messages_for(1, 2048) == 1
    assert messages_for(12, 2048) == 2
    assert messages_for(300, 2048) == 3
    assert messages_for(12, 20_000) == 1
