"""How many messages a provider takes a second, and how many are begun before they leave."""

from tasks.delivery.pace import Pace
from tasks.delivery.sending import most_ahead


class Watch:
    """A stopwatch that goes by our word."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def sent(watch: Watch, seconds: float, times: int = 1, provider: str = "bot", pace: Pace | None = None) -> Pace:
    """The pace after so many messages, one after the other, that each took so long."""
    pace = pace or Pace(watch)
    for _ in range(times):
        pace.leaves(0, provider)
        watch.seconds += seconds
        pace.ends(0)
    return pace


def test_nothing_is_begun_ahead_before_anybody_has_answered():
    watch = Watch()
    pace = Pace(watch)
    pace.leaves(1, "bot")
    watch.seconds = 0.01
    assert pace.ahead("bot", 24) == 0


def test_of_a_provider_that_takes_half_a_second_four_leave_in_a_moment_at_each_place():
    pace = sent(Watch(), 0.5)
    assert [pace.ahead("bot", places) for places in (1, 24)] == [4, 96]
    assert pace.ahead("another", 24) == 0


def test_of_a_provider_that_takes_longer_than_a_moment_none_is_begun_ahead():
    assert sent(Watch(), 2.0).ahead("bot", 1) == 1
    assert sent(Watch(), 2.01).ahead("bot", 1) == 0


def test_one_that_stops_answering_has_nothing_begun_ahead_once_that_shows():
    watch = Watch()
    pace = sent(watch, 0.25)
    pace.leaves(1, "bot")
    assert pace.ahead("bot", 1) == 8
    watch.seconds += 2.01
    assert pace.ahead("bot", 1) == 0


def test_a_slow_provider_slows_no_other():
    watch = Watch()
    pace = sent(watch, 0.25, provider="quick", pace=sent(watch, 5.0, provider="slow"))
    pace.leaves(1, "slow")
    watch.seconds += 10
    assert (pace.ahead("slow", 1), pace.ahead("quick", 1)) == (0, 8)


def test_one_slow_answer_among_many_does_not_make_a_provider_slow():
    watch = Watch()
    assert sent(watch, 8.0, pace=sent(watch, 0.25, 100)).ahead("bot", 1) == 1
    assert sent(watch, 0.25, 30, pace=sent(watch, 8.0)).ahead("bot", 1) > 5


def test_what_is_begun_ahead_is_at_most_twice_what_is_sent_at_once_or_a_few_and_never_more_than_one_commit_takes():
    assert [most_ahead(at_once) for at_once in (1, 2, 8, 16, 32, 256)] == [16, 16, 16, 32, 64, 64]
