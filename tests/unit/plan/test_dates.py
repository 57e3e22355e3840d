"""Dates of a plan: what T-73d and 2020-08-05 mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.moments import read_zone
from models.plan.dates import resolve, spoken_day, standard_time
from models.plan.model import due_at
from models.wording import Refusal

SHANGHAI = read_zone("Asia/Shanghai")
BERLIN = read_zone("Europe/Berlin")
T0 = datetime.fromisoformat("2020-11-01T00:00:00+08:00")


def due(text: str) -> str:
    return resolve(text, T0, SHANGHAI, end_of_day=True).isoformat()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-08-05", "2020-08-06T00:00:00+08:00"),
        ("2020-08-05 24:00", "2020-08-06T00:00:00+08:00"),
        ("2020-08-05 17:00", "2020-08-05T17:00:00+08:00"),
        ("2020-08-05T17:00:00", "2020-08-05T17:00:00+08:00"),
        ("2020-08-05 00:00", "2020-08-05T00:00:00+08:00"),
        ("2020-08-05T17:00Z", "2020-08-06T01:00:00+08:00"),
        ("2020-08-05T17:00+09:00", "2020-08-05T16:00:00+08:00"),
        ("2020-12-31", "2021-01-01T00:00:00+08:00"),
        ("2020-02-29", "2020-03-01T00:00:00+08:00"),
        ("T-73d", "2020-08-21T00:00:00+08:00"),
        ("T-73d 17:00", "2020-08-20T17:00:00+08:00"),
        ("T+4d 24:00", "2020-11-06T00:00:00+08:00"),
        ("T", "2020-11-02T00:00:00+08:00"),
        ("T-0d", "2020-11-02T00:00:00+08:00"),
        (" T-73d ", "2020-08-21T00:00:00+08:00"),
    ],
)
def test_a_due_day_ends_at_midnight_and_a_due_time_is_that_time(text: str, moment: str) -> None:
    assert due(text) == moment


def test_a_phase_starts_with_its_day_and_ends_with_its_day() -> None:
    assert resolve("T-120d", T0, SHANGHAI, end_of_day=False).isoformat() == "2020-07-04T00:00:00+08:00"
    assert resolve("T-120d", T0, SHANGHAI, end_of_day=True).isoformat() == "2020-07-05T00:00:00+08:00"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("T-1d", "2028-02-29T00:00:00+08:00"),
        ("T", "2028-03-01T00:00:00+08:00"),
        ("T+1d", "2028-03-02T00:00:00+08:00"),
        ("T-365d", "2027-03-02T00:00:00+08:00"),
        ("T+365d", "2029-03-01T00:00:00+08:00"),
        ("T+366d", "2029-03-02T00:00:00+08:00"),
        ("2028-02-29", "2028-03-01T00:00:00+08:00"),
    ],
)
def test_days_are_counted_over_a_leap_day_that_may_be_the_standard_time(text: str, moment: str) -> None:
    leap = standard_time("2028-02-29", SHANGHAI)
    assert resolve(text, leap, SHANGHAI, end_of_day=True).isoformat() == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "T-73",
        "T-73w",
        "t-73d",
        "2020-8-5",
        "2020/08/05",
        "2020-13-05",
        "2020-02-30",
        "2021-02-29",
        "20200805",
        "2020-08-05 25:00",
        "2020-08-05 24:01",
        "2020-08-05 17:60",
        "2020-08-05+08:00",
        "2020-08-05T17:00+99:00",
        "1066-10-14",
        "9999-12-31",
        "T+99999d",
        "8月5日",
    ],
)
def test_a_date_that_cannot_be_meant_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        due(text)

    assert refused.value.said.zh != refused.value.said.en


def test_offsets_count_days_of_the_calendar_across_a_change_of_clocks() -> None:
    """Clocks in Berlin go back on 2020-10-25 and the day has 25 hours."""
    start = standard_time("2020-11-01", BERLIN)

    assert resolve("T-8d", start, BERLIN, end_of_day=False).isoformat() == "2020-10-24T00:00:00+02:00"
    assert resolve("T-7d", start, BERLIN, end_of_day=True).isoformat() == "2020-10-26T00:00:00+01:00"
    assert resolve("2020-10-25 17:00", start, BERLIN, end_of_day=True).isoformat() == "2020-10-25T17:00:00+01:00"


def test_the_standard_time_is_in_the_zone_of_the_plan_unless_it_says_otherwise() -> None:
    assert standard_time("2020-11-01T00:00:00", SHANGHAI) == T0
    assert standard_time("2020-11-01", SHANGHAI) == T0
    assert standard_time("2020-10-31T16:00:00Z", SHANGHAI) == T0


def test_an_offset_counts_from_the_day_of_the_standard_time_in_the_zone_of_the_plan() -> None:
    in_utc = datetime(2020, 10, 31, 16, 0, tzinfo=UTC)

    assert resolve("T-1d", in_utc, SHANGHAI, end_of_day=False).isoformat() == "2020-10-31T00:00:00+08:00"


def test_midnight_is_said_as_the_end_of_the_day_before() -> None:
    assert spoken_day(datetime.fromisoformat("2020-08-06T00:00:00+08:00")) == "2020-08-05 24:00"
    assert spoken_day(datetime.fromisoformat("2020-08-06T00:01:00+08:00")) == "2020-08-06 00:01"


def test_of_the_dates_that_cover_an_office_the_earliest_holds() -> None:
    nation, city, county = (datetime.fromisoformat(f"2020-08-{day}T00:00:00+08:00") for day in ("21", "06", "11"))
    dues = [(None, nation), ("1301", city), ("130102", county)]

    assert due_at(dues, "1302") == nation
    assert due_at(dues, "130101") == city
    assert due_at(dues, "130102") == city
    assert due_at(dues, None) == nation
    assert due_at(dues[1:], "14") is None
