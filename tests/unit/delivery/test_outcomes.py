"""What becomes of a notice and its channel when an attempt is over: state, next try and condition together."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds.deliveries import MOVES

from models.moments import SECOND, micros
from models.rules.delivery.channel_condition import BACK_OFF, FAILURES_TO_SET_ASIDE, Condition, Reach
from models.rules.delivery.delivering import Tried
from models.rules.delivery.outcomes import (
    MOST_LEASES,
    OUTAGE_PATIENCE,
    OUTAGE_PAUSE,
    Aftermath,
    Answered,
    Attempt,
    Died,
    Untried,
    what_follows,
)
from models.rules.delivery.throttling import Rate

NOW = datetime(2020, 8, 6, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
AT = micros(NOW)
CLOSING, OPENING = NOW.replace(hour=17, minute=30), NOW.replace(day=7)
MOST = 8
BOT = Condition("bot", "wecombot://••••")
FRESH = Attempt(leases=1, repeat=False, always=False, resend=True, created_at=AT, tried=Tried())
SOMEBODY = Reach(answered=True)
OUTAGE = Reach(unreachable=frozenset({"bot", "mail", "sms"}))


@dataclass(frozen=True)
class Answer:
    state: str
    code: str | None = None
    detail: str = ""
    retry_after: float | None = None
    parts: int = 1


ACCEPTED, REFUSED, RETRY, UNKNOWN = Answer("accepted"), Answer("refused"), Answer("retry"), Answer("unknown")
UNREACHED = Answer("retry", "connect")


def answered(answer, condition=BOT, *, rate=None, reserved=(), others=False, reach=SOMEBODY) -> Answered:
    return Answered(answer, condition, rate, reserved, others, reach)


def may_go(moment: datetime, always: bool) -> datetime:
    """Office hours of one day and the next."""
    return moment if always or moment < CLOSING else max(moment, OPENING)


def follows(attempt, ending, now=NOW) -> Aftermath:
    return what_follows(attempt, ending, now, most=MOST, may_go=may_go)


def failed(times: int, **changes) -> Attempt:
    """A notice that has failed so often in passing, over this channel."""
    return replace(FRESH, tried=Tried({"bot": times} if times else {}), **changes)


def after(span: timedelta) -> int:
    return micros(NOW + span)


# --- a provider answered


def test_accepted_is_final_and_makes_the_channel_whole():
    done = follows(failed(7), answered(ACCEPTED, replace(BOT, failures=7, aside_until=AT)))
    assert (done.state, done.is_settled, done.next_try, done.given_up) == ("accepted", True, None, False)
    assert (done.condition.failures, done.condition.aside_until, done.condition.last_success) == (0, None, AT)


def test_a_permanent_refusal_goes_to_the_next_channel_at_once_then_up():
    other, last = follows(FRESH, answered(REFUSED, others=True)), follows(FRESH, answered(REFUSED))
    assert (other.state, other.is_settled, other.next_try, other.given_up) == ("retry", False, AT, False)
    assert (last.state, last.is_settled, last.given_up) == ("refused", True, True)
    for one in (other, last):
        assert (one.tried.refused, one.tried.count) == ({"bot"}, 0)
        assert (one.condition.failures, one.condition.refuses) == (1, True)


def test_pauses_grow_until_the_attempts_are_spent():
    tries = [follows(failed(before), answered(RETRY)).next_try for before in range(MOST - 1)]
    assert tries == [after(timedelta(minutes=minutes)) for minutes in BACK_OFF[: MOST - 1]]
    spent = follows(failed(MOST - 1), answered(RETRY))
    assert (spent.state, spent.is_settled, spent.given_up) == ("refused", True, True)


def test_failures_over_every_channel_count_for_the_notice():
    elsewhere = replace(FRESH, tried=Tried({"mail": 4, "bot": 2}))
    assert follows(elsewhere, answered(RETRY)).tried.failures == {"mail": 4, "bot": 3}
    assert not follows(elsewhere, answered(RETRY)).given_up
    assert follows(replace(FRESH, tried=Tried({"mail": 5, "bot": 2})), answered(RETRY)).given_up


def test_the_pause_is_the_providers_where_it_names_one():
    def asked(seconds: float) -> Aftermath:
        return follows(FRESH, answered(replace(RETRY, retry_after=seconds)))

    assert asked(600.0).next_try == after(timedelta(minutes=10))
    assert asked(0.0).next_try == after(timedelta(seconds=1))
    assert (asked(600.0).condition.failures, asked(600.0).condition.free_at) == (0, after(timedelta(minutes=10)))


def test_an_unknown_fate_is_sent_again_marked_or_left_as_the_rung_says():
    again, left = follows(FRESH, answered(UNKNOWN)), follows(replace(FRESH, resend=False), answered(UNKNOWN))
    assert (again.state, again.next_try, again.repeat) == ("unknown", after(timedelta(minutes=1)), True)
    assert (left.state, left.is_settled, left.given_up, left.repeat) == ("unknown", True, False, False)
    assert again.may_have_arrived and left.may_have_arrived


def test_an_unknown_fate_that_stays_so_is_given_up_without_claiming_a_refusal():
    last = follows(failed(MOST - 1), answered(UNKNOWN))
    assert (last.state, last.is_settled, last.given_up) == ("unknown", True, True)


def test_what_may_have_arrived_once_stays_marked_whatever_follows():
    for answer in (ACCEPTED, REFUSED, RETRY, UNKNOWN):
        assert follows(replace(FRESH, repeat=True), answered(answer)).repeat


def test_the_third_failure_sets_the_channel_aside_and_the_notice_waits_on_its_own():
    before = replace(BOT, failures=FAILURES_TO_SET_ASIDE - 2)
    second = follows(failed(4), answered(RETRY, before))
    third = follows(failed(4), answered(RETRY, second.condition))
    assert [one.condition.aside_until for one in (second, third)] == [None, after(timedelta(minutes=1))]
    assert second.next_try == third.next_try == after(timedelta(minutes=30))


def test_the_next_try_keeps_office_hours_unless_the_notice_goes_at_any_hour():
    late = CLOSING - timedelta(minutes=1)
    assert follows(FRESH, answered(RETRY), late).next_try == micros(OPENING)
    assert follows(FRESH, answered(RETRY), late - timedelta(seconds=1)).next_try == micros(CLOSING) - SECOND
    assert follows(replace(FRESH, always=True), answered(RETRY), late).next_try == micros(CLOSING)


# --- nobody at all can be reached


def test_while_nobody_can_be_reached_nothing_counts():
    patient = follows(failed(MOST - 1), answered(UNREACHED, replace(BOT, failures=2), reach=OUTAGE))
    assert (patient.state, patient.next_try, patient.given_up) == ("retry", after(OUTAGE_PAUSE), False)
    assert (patient.tried.count, patient.condition) == (MOST - 1, replace(BOT, failures=2))


def test_patience_with_an_outage_ends_after_three_days_for_the_notice_but_not_for_the_channel():
    def owed(ago: timedelta) -> Aftermath:
        return follows(failed(MOST - 1, created_at=after(-ago)), answered(UNREACHED, reach=OUTAGE))

    assert not owed(OUTAGE_PATIENCE - timedelta(microseconds=1)).is_settled
    over = owed(OUTAGE_PATIENCE)
    assert (over.state, over.given_up, over.tried.count) == ("refused", True, MOST)
    assert over.condition == BOT


@pytest.mark.parametrize(
    ("answer", "reach"),
    [
        (UNREACHED, SOMEBODY),
        (UNREACHED, Reach(unreachable=frozenset({"bot", "mail"}))),
        (Answer("retry", "timeout"), OUTAGE),
    ],
)
def test_where_somebody_answers_a_channel_that_does_not_is_to_blame(answer, reach):
    blamed = follows(FRESH, answered(answer, reach=reach))
    assert (blamed.tried.count, blamed.condition.failures) == (1, 1)


# --- the throttle


def test_messages_count_from_when_they_were_out_and_no_more_than_went_out():
    rate, reserved = Rate(2), (AT - 5 * SECOND, AT - 4 * SECOND)
    held = replace(BOT, spent=reserved)

    def spent(parts: int) -> Condition:
        return follows(FRESH, answered(replace(ACCEPTED, parts=parts), held, rate=rate, reserved=reserved)).condition

    assert [spent(parts).spent for parts in (0, 1)] == [(), (AT,)]
    assert (spent(1).free_at, spent(2).free_at) == (None, AT + 60 * SECOND)


def test_a_message_that_failed_is_spent_all_the_same():
    for answer, reach in ((RETRY, SOMEBODY), (UNREACHED, OUTAGE)):
        done = follows(FRESH, answered(answer, replace(BOT, spent=(AT,)), rate=Rate(1), reserved=(AT,), reach=reach))
        assert (done.condition.spent, done.condition.free_at) == ((AT,), AT + 60 * SECOND)


def test_a_channel_without_a_throttle_keeps_what_it_had():
    assert follows(FRESH, answered(replace(ACCEPTED, parts=3))).condition.spent == ()


# --- nothing was sent


def test_what_was_not_sent_goes_back_and_is_no_attempt():
    for was in ("planned", "held", "retry", "unknown"):
        back = follows(replace(FRESH, leases=3), Untried(was))
        assert (back.state, back.next_try, back.not_before, back.leases) == (was, AT, None, 2)
        assert (back.condition, back.tried, back.given_up) == (None, FRESH.tried, False)


def test_what_was_put_off_waits_a_little_and_is_held():
    for was, state in (("planned", "held"), ("held", "held"), ("retry", "retry"), ("unknown", "unknown")):
        back = follows(FRESH, Untried(was, "the provider does not answer"))
        assert (back.state, back.next_try, back.not_before) == (state, after(OUTAGE_PAUSE), after(OUTAGE_PAUSE))
    late = follows(FRESH, Untried("planned", "the provider does not answer"), CLOSING)
    assert (late.next_try, late.not_before) == (micros(OPENING), micros(OPENING))


def test_what_was_withdrawn_in_hand_ends_unless_an_earlier_message_may_have_arrived():
    ended = follows(FRESH, Untried("planned", "withdrawn", ends="superseded"))
    assert (ended.state, ended.is_settled, ended.leases) == ("superseded", True, 0)
    repeat = follows(replace(FRESH, repeat=True), Untried("unknown", "withdrawn", ends="withdrawn"))
    assert (repeat.state, repeat.is_settled, repeat.repeat) == ("unknown", True, True)


# --- the sender died


def test_a_sender_that_died_is_no_channels_fault():
    died = follows(FRESH, Died())
    assert (died.state, died.is_settled, died.next_try, died.repeat) == ("unknown", False, AT, True)
    assert (died.condition, died.tried, died.leases) == (None, FRESH.tried, 1)


def test_a_notice_that_kills_its_senders_does_not_do_so_for_ever():
    assert not follows(replace(FRESH, leases=MOST_LEASES - 1), Died()).is_settled
    last = follows(replace(FRESH, leases=MOST_LEASES), Died())
    assert (last.is_settled, last.given_up) == (True, True)


def test_what_is_not_to_be_sent_twice_is_left_when_its_sender_dies():
    left = follows(replace(FRESH, leases=MOST_LEASES, resend=False), Died())
    assert (left.state, left.is_settled, left.given_up) == ("unknown", True, False)


# --- whatever happened

ENDINGS = st.one_of(
    st.just(Died()),
    st.builds(
        Untried,
        was=st.sampled_from(["planned", "held", "retry", "unknown"]),
        why=st.sampled_from([None, "put off"]),
        ends=st.sampled_from([None, "withdrawn", "superseded"]),
    ),
    st.builds(
        answered,
        st.builds(
            Answer,
            state=st.sampled_from(["accepted", "refused", "retry", "unknown"]),
            code=st.sampled_from([None, "connect", "429", "500"]),
            retry_after=st.sampled_from([None, 0.0, 90.0]),
            parts=st.integers(0, 3),
        ),
        rate=st.sampled_from([None, Rate(2)]),
        others=st.booleans(),
        reach=st.sampled_from([OUTAGE, SOMEBODY]),
    ),
)


@given(
    ending=ENDINGS,
    attempt=st.builds(
        failed,
        st.integers(0, 12),
        leases=st.integers(1, MOST_LEASES + 1),
        repeat=st.booleans(),
        always=st.booleans(),
        resend=st.booleans(),
        created_at=st.sampled_from([AT, after(-OUTAGE_PATIENCE)]),
    ),
)
def test_every_ending_leads_from_sending_to_a_state_that_may_follow_and_either_settles_or_has_its_next_try(
    ending, attempt
):
    done = follows(attempt, ending)
    assert done.state in MOVES["sending"]
    assert done.is_settled == (done.next_try is None)
    assert done.is_settled or done.next_try >= AT
    assert done.is_settled or done.state in ("planned", "held", "retry", "unknown")
    assert not done.given_up or done.is_settled
    assert not attempt.repeat or done.repeat
    assert (done.condition is None) == (not isinstance(ending, Answered))
