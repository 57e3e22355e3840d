"""Which channel a notice takes, and from which state to which it may go."""

from dataclasses import replace

from worlds.deliveries import MOVES

from models.rules.delivery.channel_condition import BACK_OFF, FAILURES_TO_SET_ASIDE, Condition
from models.rules.delivery.delivering import TRIES_A_CHANNEL, GiveUp, Take, Tried, Wait, choose

NOW = 1_596_673_800_000_000  # 2020-08-06 08:30 in Shanghai
MINUTE = 60_000_000
BOT, MAIL = Condition("bot", "wecombot://••••"), Condition("mail", "mailto://••••")
MOST = 8


def failing(channel: Condition, times: int, *, refuses: bool = False) -> Condition:
    """Set aside at this moment, after so many failures."""
    minutes = BACK_OFF[times - FAILURES_TO_SET_ASIDE]
    return replace(channel, failures=times, refuses=refuses, aside_until=NOW + minutes * MINUTE)


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
    dead = failing(BOT, FAILURES_TO_SET_ASIDE, refuses=True)
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


# --- the states of a notice


def test_nothing_follows_an_end():
    assert all(not MOVES[state] for state in ("accepted", "refused", "superseded", "withdrawn"))
    assert MOVES[None] == {"planned", "held"}
