"""Readings are enough once no other can be the last of anybody within a period."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as some

from models.moments import micros
from models.plan.periods import Period
from models.rules.judging.periods import PeriodNames, all_told, readings_within
from models.rules.judging.tree import NAMES

MIDNIGHT = datetime.fromisoformat("2020-08-03T00:00+08:00")
NAMED = PeriodNames(frozenset({"visited"}), frozenset(), frozenset())
PAIRS = {("visited", "one"), ("visited", "two")}


def hour(number: int) -> datetime:
    return MIDNIGHT + timedelta(hours=number)


def days(first: int, last: int) -> Period:
    """The period of some days, counted from 0."""
    begins, ends = MIDNIGHT + timedelta(days=first), MIDNIGHT + timedelta(days=last)
    return Period("day", f"{begins:%Y-%m-%d}", begins, ends, ends)


def readings(*told: tuple[str, int]) -> pl.DataFrame:
    """Readings of `visited` by unit and hour."""
    rows = [("visited", unit, float(at), micros(hour(at))) for unit, at in told]
    schema = {"indicator": NAMES, "unit": NAMES, "value": pl.Float64, "as_of": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("indicator", "unit", "as_of")


@pytest.mark.parametrize(
    ("unread", "enough"),
    [(29, True), (30, False), (31, False), (23, True)],
)
def test_a_day_is_told_once_all_were_heard_later_than_what_is_unread(unread: int, enough: bool) -> None:
    heard = readings(("one", 30), ("two", 32))
    assert all_told(heard, micros(hour(unread)), [days(1, 2)], PAIRS) is enough


@pytest.mark.parametrize(("unread", "enough"), [(23, True), (24, False)])
def test_whoever_is_silent_in_a_day_is_waited_for_until_the_day_before(unread: int, enough: bool) -> None:
    assert all_told(readings(("one", 30)), micros(hour(unread)), [days(1, 2)], PAIRS) is enough


@given(
    some.lists(some.tuples(some.sampled_from(["one", "two"]), some.integers(0, 95)), unique=True, max_size=12),
    some.integers(0, 96),
)
def test_what_is_left_unread_would_change_nothing(told: list[tuple[str, int]], unread: int) -> None:
    periods = [days(0, 4), days(2, 3), days(3, 4)]
    everything, newer = readings(*told), readings(*(one for one in told if one[1] > unread))
    if all_told(newer, micros(hour(unread)), periods, PAIRS):
        for period in periods:
            assert readings_within(newer, period, NAMED).equals(readings_within(everything, period, NAMED))
