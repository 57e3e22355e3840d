"""Moments: zones, days, weeks and months, and what a person typed; never the clock of the machine."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pendulum
import pytest

from models.moments import Every, days_around, midnight, read_moment, read_zone
from models.plan.periods import period_around
from models.wording import Refusal

SHANGHAI = read_zone("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-11-05", "2020-11-05T00:00:00+08:00"),
        ("20201105", "2020-11-05T00:00:00+08:00"),
        ("2020-11-05T17:00", "2020-11-05T17:00:00+08:00"),
        ("2020-11-05 17:00", "2020-11-05T17:00:00+08:00"),
        ("2020-11-05 24:00", "2020-11-06T00:00:00+08:00"),
        ("2020-11-05T24:00:00", "2020-11-06T00:00:00+08:00"),
        ("2020-11-05T13:24:00+08:00", "2020-11-05T13:24:00+08:00"),
        ("2020-11-05T17:00:30.5", "2020-11-05T17:00:30.500000+08:00"),
        ("2020-11-05T09:00Z", "2020-11-05T17:00:00+08:00"),
        ("2020-11-05T24:00+09:00", "2020-11-05T23:00:00+08:00"),
    ],
)
def test_a_typed_moment_is_in_the_zone_of_the_plan_unless_it_says_otherwise(text: str, moment: str) -> None:
    assert read_moment(text, SHANGHAI).isoformat() == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "today",
        "17:00",
        "2020",
        "2020-11",
        "2020-W45-1",
        "P1D",
        "11-05",
        "2020-02-30",
        "2020-11-05T25:00",
        "0001-01-01",
        "9999-12-31T24:00",
        "2020年11月5日",
        "2020-11-05T17:00 Asia/Shanghai",
    ],
)
def test_a_moment_that_leaves_the_day_open_is_refused_and_never_filled_in_from_the_clock(text: str) -> None:
    with pytest.raises(Refusal):
        read_moment(text, SHANGHAI)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2028-02-29", None),
        ("2027-02-29", "没有 2027-02-29 这一天"),
        ("2100-02-29T09:00", "没有 2100-02-29 这一天"),
        ("2028-02-30 24:00", "没有 2028-02-30 这一天"),
        ("2028-02-29T25:00", "时间“2028-02-29T25:00”无法读懂，应写作 2020-11-05 或 2020-11-05T17:00"),
    ],
)
def test_a_day_that_there_is_not_is_said_to_be_none(text: str, said: str | None) -> None:
    if said is None:
        assert read_moment(text, SHANGHAI, end_of_day=True).isoformat() == "2028-03-01T00:00:00+08:00"
    else:
        with pytest.raises(Refusal) as refused:
            read_moment(text, SHANGHAI)
        assert refused.value.said.zh == said


def test_a_new_due_day_ends_at_midnight_too() -> None:
    assert read_moment("2020-08-10", SHANGHAI, end_of_day=True).isoformat() == "2020-08-11T00:00:00+08:00"
    assert read_moment("2020-08-10T12:00", SHANGHAI, end_of_day=True).isoformat() == "2020-08-10T12:00:00+08:00"


@pytest.mark.parametrize("name", ["", "local", "+08:00", "CST8", "Asia", "Asia/Shangai", "../etc/passwd"])
def test_a_zone_must_be_one_of_the_world_s(name: str) -> None:
    with pytest.raises(Refusal):
        read_zone(name)


@pytest.mark.parametrize(
    ("zone", "moment", "every", "label", "starts", "ends"),
    [
        ("Asia/Shanghai", "2020-11-04T23:59", "day", "2020-11-04", "2020-11-04T00:00+08:00", "2020-11-05T00:00+08:00"),
        ("Asia/Shanghai", "2020-11-01T23:59", "week", "2020-10-26", "2020-10-26T00:00+08:00", "2020-11-02T00:00+08:00"),
        ("Asia/Shanghai", "2020-11-02T00:00", "week", "2020-11-02", "2020-11-02T00:00+08:00", "2020-11-09T00:00+08:00"),
        ("Asia/Shanghai", "2020-02-29T12:00", "month", "2020-02", "2020-02-01T00:00+08:00", "2020-03-01T00:00+08:00"),
        ("Asia/Shanghai", "2020-12-31T12:00", "month", "2020-12", "2020-12-01T00:00+08:00", "2021-01-01T00:00+08:00"),
        ("Europe/Berlin", "2020-10-25T12:00", "day", "2020-10-25", "2020-10-25T00:00+02:00", "2020-10-26T00:00+01:00"),
        ("Europe/Berlin", "2020-03-29T12:00", "week", "2020-03-23", "2020-03-23T00:00+01:00", "2020-03-30T00:00+02:00"),
        ("Europe/Berlin", "2020-10-25T12:00", "month", "2020-10", "2020-10-01T00:00+02:00", "2020-11-01T00:00+01:00"),
    ],
)
@pytest.mark.parametrize("zone_of", [ZoneInfo, read_zone])
def test_a_period_begins_at_midnight_and_ends_at_another_though_clocks_change(
    zone_of: type[ZoneInfo], zone: str, moment: str, every: Every, label: str, starts: str, ends: str
) -> None:
    own = zone_of(zone)
    period = period_around(read_moment(moment, own), every, own)

    assert period.label == label
    assert (period.starts.isoformat(timespec="minutes"), period.ends.isoformat(timespec="minutes")) == (starts, ends)


def test_where_clocks_change_at_midnight_a_day_begins_once() -> None:
    """Havana has the midnight of 2020-11-01 twice, São Paulo that of 2018-11-04 not at all."""
    twice = midnight(date(2020, 11, 1), read_zone("America/Havana"))
    never = midnight(date(2018, 11, 4), read_zone("America/Sao_Paulo"))

    assert twice.timestamp() == datetime.fromisoformat("2020-11-01T04:00Z").timestamp()
    assert never.timestamp() == datetime.fromisoformat("2018-11-04T03:00Z").timestamp()


@pytest.mark.parametrize("zone", [ZoneInfo("Asia/Shanghai"), SHANGHAI])
def test_a_moment_is_a_plain_one_that_keeps_its_zone_when_counted_on(zone: ZoneInfo) -> None:
    """pendulum's own loses a zone that is not pendulum's as soon as one subtracts a week from it."""
    typed = pendulum.datetime(2020, 8, 5, 17, tz="Asia/Shanghai")
    period = period_around(typed, "week", zone)
    first, following = days_around(typed, "week", zone)

    assert (first, following) == (date(2020, 8, 3), date(2020, 8, 10))
    assert {type(first), type(following)} == {date}
    for moment in (period.starts, period.ends, midnight(first, zone), read_moment("2020-08-05T17:00", zone)):
        assert type(moment) is datetime
        assert (moment - timedelta(days=7)).utcoffset() == timedelta(hours=8)
