"""The ceiling of a day: how many messages a person gets, which of them go first, and what it does not touch."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from models.rules.delivery.ceiling import day_around, has_room, is_beyond, is_overdue
from models.rules.delivery.entries import Line

BEIJING = ZoneInfo("Asia/Shanghai")


def line(due: str) -> Line:
    return Line(
        id=1,
        kind="reminder",
        rung="remind",
        unit="990101",
        unit_name="甲县",
        phase="普查准备",
        title="经费",
        due=datetime.fromisoformat(due).replace(tzinfo=BEIJING),
    )


@pytest.mark.parametrize(
    ("had", "pressing", "goes"), [(0, False, True), (1, False, False), (1, True, True), (2, True, False)]
)
def test_the_second_of_two_is_for_what_is_overdue_or_new_and_there_is_no_third(
    had: int, pressing: bool, goes: bool
) -> None:
    assert has_room(had, 2, pressing) is goes


@pytest.mark.parametrize(("had", "goes"), [(0, True), (1, False)])
def test_of_one_a_day_the_first_goes_whatever_it_says(had: int, goes: bool) -> None:
    assert has_room(had, 1, pressing=False) is goes


@pytest.mark.parametrize(("had", "goes"), [(1, True), (2, False)])
def test_of_three_a_day_the_last_is_kept(had: int, goes: bool) -> None:
    assert has_room(had, 3, pressing=False) is goes


@pytest.mark.parametrize(
    ("always", "kinds", "beyond"),
    [
        (False, {"reminder", "overdue", "superior", "roll-up"}, False),
        (True, {"reminder"}, True),
        (False, {"reminder", "paper"}, True),
        (False, {"unsigned"}, True),
        (False, {"issued"}, True),
    ],
)
def test_papers_and_what_may_go_at_any_hour_are_beyond_it(always: bool, kinds: set[str], beyond: bool) -> None:
    assert is_beyond(always, kinds) is beyond


def test_a_duty_is_overdue_from_its_due_moment_on() -> None:
    now = datetime(2020, 8, 5, 10, tzinfo=BEIJING)
    assert is_overdue([line("2020-08-06T00:00"), line("2020-08-05T10:00")], now)
    assert not is_overdue([line("2020-08-05T10:01")], now)


def test_a_day_is_one_of_the_offices_own_zone() -> None:
    # 15:59 and 16:00 in Greenwich are the last minute of one day in Beijing and the first of the next
    last, first = datetime(2020, 8, 5, 15, 59, tzinfo=UTC), datetime(2020, 8, 5, 16, tzinfo=UTC)
    fifth, sixth, seventh = (datetime(2020, 8, day, tzinfo=BEIJING) for day in (5, 6, 7))
    assert day_around(last, BEIJING) == (fifth, sixth)
    assert day_around(first, BEIJING) == (sixth, seventh)
