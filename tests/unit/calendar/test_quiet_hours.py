"""Quiet hours: when a person wants nothing, and when that is over."""

from datetime import UTC, datetime, time, timedelta, timezone

import pytest

from models.calendar.quiet_hours import QuietHours
from models.wording import Refusal

SHANGHAI = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("moment", "over"),
    [
        ("2020-11-05T21:59:00", None),
        ("2020-11-05T22:00:00", "2020-11-06T07:00:00"),
        ("2020-11-06T03:00:00", "2020-11-06T07:00:00"),
        ("2020-11-06T06:59:59", "2020-11-06T07:00:00"),
        ("2020-11-06T07:00:00", None),
    ],
)
def test_a_quiet_night_ends_in_the_morning(moment, over):
    found = QuietHours.parse("22:00-7:00").over_at(datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI), SHANGHAI)
    assert found == (datetime.fromisoformat(over).replace(tzinfo=SHANGHAI) if over else None)


def test_quiet_hours_may_lie_within_one_day_and_go_by_the_zone_of_the_plan():
    noon = QuietHours.parse("12:00-14:00")
    assert noon.over_at(datetime(2020, 11, 5, 4, 30, tzinfo=UTC), SHANGHAI) == datetime(
        2020, 11, 5, 14, tzinfo=SHANGHAI
    )
    assert noon.over_at(datetime(2020, 11, 5, 12, 30, tzinfo=UTC), SHANGHAI) is None
    assert str(noon) == "12:00-14:00"


@pytest.mark.parametrize("text", ["", "22:00", "25:00-07:00", "24:00-07:00", "22-7", "晚上", "22:00-10:00;10:00-22:00"])
def test_quiet_hours_that_cannot_be_read_are_refused_with_an_example(text):
    with pytest.raises(Refusal, match="22:00-07:00"):
        QuietHours.parse(text)


@pytest.mark.parametrize(
    "written", ["22：00－07：00", "２２：００-７：００", "22:00—07:00", "22:00 – 7:00", "22:00～07:00", "22:00至07:00"]
)
def test_quiet_hours_are_read_as_a_chinese_keyboard_writes_them(written):
    assert str(QuietHours.parse(written)) == "22:00-07:00"


def test_quiet_hours_may_last_until_midnight():
    assert str(QuietHours.parse("21:00-24:00")) == "21:00-00:00"


@pytest.mark.parametrize(
    "written",
    [
        "00:00-24:00",
        "0:00-23:59",
        "00:00-00:00",
        "12:00-12:00",
        "12:00-11:59",
        "００：００－２４：００",
        "０：００—２３：５９",
    ],
)
def test_quiet_hours_that_take_all_of_the_day_are_refused_however_they_are_written(written):
    with pytest.raises(Refusal, match="take all of the day"):
        QuietHours.parse(written)


@pytest.mark.parametrize(
    ("written", "taken"),
    [("00:00-23:59", False), ("08:00-07:59", False), ("09:00-07:01", False), ("09:00-07:00", True)],
)
def test_quiet_hours_leave_two_hours_of_the_day(written, taken):
    if taken:
        assert str(QuietHours.parse(written)) == written
    else:
        with pytest.raises(Refusal, match="leave 2 hours"):
            QuietHours.parse(written)


@pytest.mark.parametrize(
    ("written", "covers"),
    [
        ("08:30-17:30", True),
        ("18:00-16:00", False),
        ("07:00-20:00", True),
        ("08:31-17:30", False),
        ("08:30-17:29", False),
        ("22:00-07:00", False),
    ],
)
def test_quiet_hours_cover_office_hours_or_leave_something_of_them(written, covers):
    assert QuietHours.parse(written).cover(time(8, 30), time(17, 30)) == covers
