"""Which days count, when an office is open, at what moment a rung falls."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.calendar.changes import DayChange, Move, Reckoned, changed_days, preview
from models.calendar.working_time import (
    Calendar,
    OfficeHours,
    Offset,
    YearDoubt,
    after_late,
    opening,
    rung_moment,
    sendable,
)
from models.wording import Refusal
from tasks.campaign.calendars import load_calendar

BEIJING = ZoneInfo("Asia/Shanghai")
UNTIMED = settings(deadline=None)
HOURS = OfficeHours(time(8, 30), time(17, 30))
WITH_LUNCH = OfficeHours.parse("08:30-12:00,14:00-17:30")
CHINA = load_calendar("china", Path("/nonexistent"))
WEEKENDS_ONLY = Calendar("weekends", {}, frozenset())

days = st.dates(date(2009, 12, 1), date(2032, 1, 31))
counts = st.integers(-60, 60)
moments = st.datetimes(datetime(2010, 1, 1), datetime(2031, 12, 1)).map(lambda at: at.replace(tzinfo=BEIJING))
closures = st.frozensets(st.dates(date(2020, 9, 1), date(2020, 11, 30)), max_size=20)


def beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def test_national_day_2020_is_off_from_the_first_to_the_eighth_with_two_make_up_days() -> None:
    off = [day for day in range(1, 32) if not CHINA.is_working_day(date(2020, 10, day))]

    assert off == [1, 2, 3, 4, 5, 6, 7, 8, 11, 17, 18, 24, 25, 31]
    assert CHINA.is_working_day(date(2020, 9, 27))
    assert CHINA.is_working_day(date(2020, 9, 30))
    assert not CHINA.is_working_day(date(2020, 9, 26))


def test_a_year_without_a_notice_goes_by_the_weekend() -> None:
    first = date(2030, 1, 1)
    year = [first + timedelta(days=n) for n in range(365)]

    assert [CHINA.is_working_day(day) for day in year] == [day.weekday() < 5 for day in year]


def test_a_local_closure_stands_above_the_make_up_day_and_the_weekday() -> None:
    closed = Calendar("china", CHINA.exceptions, CHINA.official_years, closures=frozenset({date(2020, 9, 27)}))

    assert not closed.is_working_day(date(2020, 9, 27))
    assert closed.add_working_days(date(2020, 9, 25), 1) == date(2020, 9, 28)


def test_years_are_official_estimated_or_missing_and_only_doubtful_ones_are_told() -> None:
    calendar = Calendar("china", {}, frozenset({2026}), estimated_years=frozenset({2030}))

    doubts = calendar.doubts([date(2031, 1, 2), date(2026, 5, 1), date(2030, 11, 1), date(2031, 3, 1)])

    assert [calendar.status(year) for year in (2026, 2030, 2031)] == ["official", "estimated", "missing"]
    assert doubts == [YearDoubt(2030, "estimated"), YearDoubt(2031, "missing")]
    assert "预排" in doubts[0].said.zh and "尚未导入" in doubts[1].said.zh
    assert "2030" in doubts[0].said.en and "2031" in doubts[1].said.en


def test_the_next_census_has_no_official_calendar_yet() -> None:
    assert CHINA.official_years == frozenset(range(2010, 2027))
    assert CHINA.doubts([date(2030, 11, 1), date(2031, 1, 1), date(2026, 12, 31)]) == [
        YearDoubt(2030, "missing"),
        YearDoubt(2031, "missing"),
    ]


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2020-09-30", 1, "2020-10-09"),  # over the whole of National Day
        ("2020-09-30", 2, "2020-10-10"),  # a Saturday that is worked
        ("2020-09-30", 3, "2020-10-12"),
        ("2020-10-09", -1, "2020-09-30"),
        ("2020-10-04", 1, "2020-10-09"),
        ("2020-10-04", -1, "2020-09-30"),
        ("2020-10-04", 0, "2020-10-04"),  # nothing added, though it is off
        ("2020-09-25", 1, "2020-09-27"),  # a Sunday that is worked
        ("2018-12-28", 1, "2018-12-29"),  # the make-up day before a New Year that begins in December
        ("2018-12-29", 1, "2019-01-02"),
    ],
)
def test_working_days_are_counted_over_holidays_and_make_up_days(start: str, count: int, end: str) -> None:
    assert CHINA.add_working_days(date.fromisoformat(start), count) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        ("2020-09-30", "2020-10-08", 0),
        ("2020-09-30", "2020-10-09", 1),
        ("2020-09-30", "2020-10-10", 2),
        ("2020-09-30", "2020-10-11", 2),
        ("2020-10-09", "2020-09-30", -1),
        ("2020-10-08", "2020-10-01", 0),
        ("2020-10-08", "2020-09-30", -1),
        ("2020-10-04", "2020-10-04", 0),
    ],
)
def test_working_days_between_two_dates_leave_out_the_first_and_hold_the_last(
    first: str, last: str, count: int
) -> None:
    assert CHINA.working_days_between(date.fromisoformat(first), date.fromisoformat(last)) == count


@UNTIMED
@given(days, counts)
def test_adding_and_counting_are_inverse(day: date, count: int) -> None:
    assert CHINA.working_days_between(day, CHINA.add_working_days(day, count)) == count


@UNTIMED
@given(days, st.integers(-300, 300))
def test_counting_leads_back_to_any_working_day(first: date, away: int) -> None:
    last = CHINA.add_working_days(first + timedelta(days=away), 1)

    assert CHINA.add_working_days(first, CHINA.working_days_between(first, last)) == last


@UNTIMED
@given(days, counts, st.integers(1, 60))
def test_more_working_days_lead_later_and_never_to_a_day_off(day: date, count: int, more: int) -> None:
    later = CHINA.add_working_days(day, count + more)

    assert later > CHINA.add_working_days(day, count)
    assert count + more == 0 or CHINA.is_working_day(later)


@UNTIMED
@given(days, st.integers(-300, 300), st.integers(-300, 300))
def test_counts_between_working_days_add_up(day: date, second: int, third: int) -> None:
    one, two, three = (CHINA.add_working_days(day + timedelta(days=away), 1) for away in (0, second, third))

    total = CHINA.working_days_between(one, two) + CHINA.working_days_between(two, three)

    assert total == CHINA.working_days_between(one, three)


def test_office_hours_are_read_and_written_alike() -> None:
    assert OfficeHours.parse("08:30-17:30") == HOURS
    assert OfficeHours.parse(" 8:30 - 17:30 ") == HOURS
    assert str(HOURS) == "08:30-17:30"
    assert str(OfficeHours.parse("8:30-12:00, 14:00-17:30")) == str(WITH_LUNCH) == "08:30-12:00,14:00-17:30"
    assert OfficeHours.parse(str(WITH_LUNCH)) == WITH_LUNCH
    assert (HOURS.length, WITH_LUNCH.length) == (timedelta(hours=9), timedelta(hours=7))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "应写作 08:30-17:30"),
        ("08:30", "应写作 08:30-17:30"),
        ("8点半到17点半", "应写作 08:30-17:30"),
        ("17:30-08:30", "下班时间不晚于上班时间"),
        ("08:30-08:30", "下班时间不晚于上班时间"),
        ("08:30-24:00", "没有 24:00 这个时刻"),
        ("08:60-17:30", "没有 08:60 这个时刻"),
        ("08:30-12:00,", "应写作 08:30-17:30"),
        ("08:30-12:00，14:00-17:30", "应写作 08:30-17:30"),
        ("08:30-12:00,14:00-14:00", "下班时间不晚于上班时间"),
        ("14:00-17:30,08:30-12:00", "重叠、相接或先后颠倒"),
        ("08:30-14:00,12:00-17:30", "重叠、相接或先后颠倒"),
        ("08:30-12:00,12:00-17:30", "重叠、相接或先后颠倒"),
    ],
)
def test_office_hours_that_make_no_sense_are_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        OfficeHours.parse(text)

    assert isinstance(refused.value, Refusal)
    assert sentence in refused.value.said.zh


def test_offsets_are_read_and_written_alike() -> None:
    texts = ["-7d", "-1d", "+0d", "+1wd", "-2wd", "+30d", "-1h", "+30min", "+0h"]

    assert [str(Offset.parse(text)) for text in texts] == texts
    assert Offset.parse("-7d") == Offset(-7, "d")
    assert Offset.parse("+1wd") == Offset(1, "wd")


@pytest.mark.parametrize(
    "text",
    ["", "7d", "+d", "+1w", "+1", "+1.5d", "- 7d", "+1wdx", "+0wd", "-0wd", "+99999d", "1h", "+1.5h", "+1m", "+1hd"],
)
def test_offsets_that_are_not_clear_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write"):
        Offset.parse(text)


def test_offsets_stand_in_the_order_of_a_week_without_days_off() -> None:
    order = [
        "-7d",
        "-5wd",
        "-25h",
        "-1d",
        "-1wd",
        "-61min",
        "-1h",
        "-59min",
        "+0d",
        "+30min",
        "+23h",
        "+1d",
        "+1wd",
        "+25h",
    ]
    order += ["+2wd", "+3d"]

    assert [str(offset) for offset in sorted(Offset.parse(text) for text in reversed(order))] == order


@pytest.mark.parametrize(
    ("at", "falls"),
    [
        ("-1h", "2020-10-01T16:00"),
        ("+30min", "2020-10-01T17:30"),
        ("-90min", "2020-10-01T15:30"),
        ("+7h", "2020-10-02T00:00"),
        ("-24h", "2020-09-30T17:00"),
    ],
)
def test_hours_and_minutes_go_by_the_clock_whatever_the_day(at: str, falls: str) -> None:
    assert rung_moment(beijing("2020-10-01T17:00"), Offset.parse(at), CHINA, HOURS, BEIJING) == beijing(falls)


def test_an_hour_lasts_an_hour_where_the_clock_is_changed_and_a_day_ends_at_the_same_time() -> None:
    berlin = pendulum.timezone("Europe/Berlin")
    due = datetime(2020, 10, 25, 4, 0, tzinfo=berlin)  # at 03:00 it was 02:00 again

    day, hours = (rung_moment(due, Offset.parse(at), CHINA, HOURS, berlin) for at in ("-1d", "-24h"))

    assert (f"{day:%d %H:%M}", f"{hours:%d %H:%M}") == ("24 04:00", "24 05:00")


def test_an_office_opens_on_the_day_itself_or_on_the_first_working_day_after() -> None:
    assert opening(CHINA, HOURS, date(2020, 9, 30), BEIJING) == beijing("2020-09-30T08:30")
    assert opening(CHINA, HOURS, date(2020, 10, 1), BEIJING) == beijing("2020-10-09T08:30")


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ("2020-09-30T08:29:59", "2020-09-30T08:30:00"),
        ("2020-09-30T08:30:00", "2020-09-30T08:30:00"),
        ("2020-09-30T17:29:59", "2020-09-30T17:29:59"),
        ("2020-09-30T17:30:00", "2020-10-09T08:30:00"),
        ("2020-10-01T10:00:00", "2020-10-09T08:30:00"),
        ("2020-09-26T10:00:00", "2020-09-27T08:30:00"),  # Saturday off, Sunday worked
        ("2020-09-27T10:00:00", "2020-09-27T10:00:00"),
        ("2020-10-10T17:30:00", "2020-10-12T08:30:00"),
    ],
)
def test_a_notice_waits_for_office_hours_of_a_working_day(moment: str, sent: str) -> None:
    assert sendable(CHINA, HOURS, beijing(moment), BEIJING, always=False) == beijing(sent)


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        ("2020-09-30T08:29:59", "2020-09-30T08:30:00"),
        ("2020-09-30T11:59:59", "2020-09-30T11:59:59"),
        ("2020-09-30T12:00:00", "2020-09-30T14:00:00"),
        ("2020-09-30T13:59:59", "2020-09-30T14:00:00"),
        ("2020-09-30T14:00:00", "2020-09-30T14:00:00"),
        ("2020-09-30T17:30:00", "2020-10-09T08:30:00"),
        ("2020-10-01T13:00:00", "2020-10-09T08:30:00"),
    ],
)
def test_nothing_is_sent_in_the_lunch_break(moment: str, sent: str) -> None:
    assert sendable(CHINA, WITH_LUNCH, beijing(moment), BEIJING, always=False) == beijing(sent)


def test_a_working_day_later_is_the_opening_of_the_morning() -> None:
    falls = rung_moment(beijing("2020-09-29T13:00"), Offset(1, "wd"), CHINA, WITH_LUNCH, BEIJING)

    assert falls == beijing("2020-09-30T08:30")


def test_a_phase_on_duty_round_the_clock_sends_at_any_hour() -> None:
    moment = beijing("2020-10-01T03:00:00")

    assert sendable(CHINA, HOURS, moment, BEIJING, always=True) is moment


def test_office_hours_are_those_of_the_plans_zone() -> None:
    midnight_utc = datetime(2020, 9, 30, 0, 29, tzinfo=UTC)  # 08:29 in Beijing

    assert sendable(CHINA, HOURS, midnight_utc, BEIJING, always=False) == beijing("2020-09-30T08:30")


@UNTIMED
@given(moments, closures, st.sampled_from([HOURS, WITH_LUNCH]))
def test_a_notice_goes_out_neither_early_nor_outside_hours_nor_later_than_needed(
    moment: datetime, closed: frozenset[date], hours: OfficeHours
) -> None:
    calendar = Calendar("china", CHINA.exceptions, CHINA.official_years, closures=closed)

    sent = sendable(calendar, hours, moment, BEIJING, always=False)

    assert sent >= moment
    assert calendar.is_working_day(sent.date())
    assert any(opens <= sent.time() < closes for opens, closes in hours.spans)
    assert sendable(calendar, hours, sent, BEIJING, always=False) == sent
    assert sent == moment or sent.time() in [opens for opens, _ in hours.spans]
    assert sent == moment or calendar.working_days_between(moment.date(), sent.date()) <= 1


@pytest.mark.parametrize(
    ("offset", "falls"),
    [
        ("-7d", "2020-07-30T00:00"),
        ("-1d", "2020-08-05T00:00"),
        ("+0d", "2020-08-06T00:00"),
        ("+1d", "2020-08-07T00:00"),
        ("+1wd", "2020-08-07T08:30"),
        ("+2wd", "2020-08-10T08:30"),  # over a weekend
        ("-1wd", "2020-08-05T08:30"),
        ("-4wd", "2020-07-31T08:30"),
    ],
)
def test_rungs_count_from_midnight_after_the_due_day(offset: str, falls: str) -> None:
    due = beijing("2020-08-06T00:00")  # due by the end of 5 August

    assert rung_moment(due, Offset.parse(offset), CHINA, HOURS, BEIJING) == beijing(falls)


@pytest.mark.parametrize(
    ("due", "falls"),
    [
        ("2020-09-30T17:00", "2020-10-09T08:30"),
        ("2020-10-01T00:00", "2020-10-09T08:30"),  # due by the end of 30 September
        ("2020-10-08T23:59", "2020-10-09T08:30"),
        ("2020-10-09T00:00", "2020-10-10T08:30"),
        ("2020-10-10T00:00", "2020-10-12T08:30"),
    ],
)
def test_the_superior_hears_one_working_day_after_the_due_date(due: str, falls: str) -> None:
    assert rung_moment(beijing(due), Offset(1, "wd"), CHINA, HOURS, BEIJING) == beijing(falls)


def test_the_date_of_a_due_moment_is_taken_in_the_plans_zone() -> None:
    due = datetime(2020, 8, 5, 16, 0, tzinfo=UTC)  # midnight in Beijing: 6 August there

    falls = rung_moment(due, Offset(1, "wd"), CHINA, HOURS, pendulum.timezone("Asia/Shanghai"))

    assert falls == beijing("2020-08-07T08:30")
    assert falls.utcoffset() == timedelta(hours=8)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        rung_moment(datetime(2020, 8, 6), Offset(0, "d"), CHINA, HOURS, BEIJING)


@UNTIMED
@given(moments, st.integers(-40, 40), st.integers(1, 40), st.booleans())
def test_a_greater_offset_of_the_same_kind_never_falls_earlier(
    due: datetime, count: int, more: int, working: bool
) -> None:
    offsets = [Offset(n + (working and n >= 0), "wd" if working else "d") for n in (count, count + more)]  # no +0wd

    first, second = (rung_moment(due, offset, CHINA, HOURS, BEIJING) for offset in offsets)

    assert first < second


@UNTIMED
@given(moments, st.integers(1, 40))
def test_a_rung_after_the_due_moment_falls_after_it_and_one_before_it_before(due: datetime, count: int) -> None:
    assert rung_moment(due, Offset(count, "wd"), CHINA, HOURS, BEIJING) > due
    assert rung_moment(due, Offset(-count, "wd"), CHINA, HOURS, BEIJING) < due


def test_a_rung_after_a_late_one_keeps_its_working_days() -> None:
    overdue, superior = beijing("2020-09-30T00:00"), beijing("2020-10-09T08:30")

    falls = after_late(
        fired=beijing("2020-10-12T15:00"),
        earlier_nominal=overdue,
        later_nominal=superior,
        in_working_days=True,
        calendar=CHINA,
        hours=HOURS,
        zone=BEIJING,
    )

    assert CHINA.working_days_between(overdue.date(), superior.date()) == 1
    assert falls == beijing("2020-10-13T08:30")


def test_a_late_rung_before_a_holiday_puts_the_next_one_after_it() -> None:
    superior, letter = beijing("2020-08-07T08:30"), beijing("2020-08-10T08:30")

    falls = after_late(
        fired=beijing("2020-09-30T09:00"),
        earlier_nominal=superior,
        later_nominal=letter,
        in_working_days=True,
        calendar=CHINA,
        hours=HOURS,
        zone=BEIJING,
    )

    assert falls == beijing("2020-10-09T08:30")


def test_a_calendar_day_rung_keeps_the_plain_time_between() -> None:
    week, day = beijing("2020-07-30T00:00"), beijing("2020-08-05T00:00")

    falls = after_late(
        fired=beijing("2020-08-01T09:15"),
        earlier_nominal=week,
        later_nominal=day,
        in_working_days=False,
        calendar=CHINA,
        hours=HOURS,
        zone=BEIJING,
    )

    assert falls == beijing("2020-08-07T09:15")


def test_from_a_working_day_to_a_calendar_day_the_working_days_between_count() -> None:
    superior, leader = beijing("2020-10-09T08:30"), beijing("2020-10-12T00:00")

    falls = after_late(
        fired=beijing("2020-10-09T08:40"),
        earlier_nominal=superior,
        later_nominal=leader,
        in_working_days=True,
        calendar=CHINA,
        hours=HOURS,
        zone=BEIJING,
    )

    assert CHINA.working_days_between(superior.date(), leader.date()) == 2
    assert falls == beijing("2020-10-12T08:30")


def test_two_rungs_of_one_date_never_turn_round_when_the_first_is_late() -> None:
    day_before, opening_before = beijing("2020-08-05T00:00"), beijing("2020-08-05T08:30")

    falls = after_late(
        fired=beijing("2020-08-05T11:00"),
        earlier_nominal=day_before,
        later_nominal=opening_before,
        in_working_days=True,
        calendar=CHINA,
        hours=HOURS,
        zone=BEIJING,
    )

    assert falls == beijing("2020-08-06T08:30")


@UNTIMED
@given(moments, st.integers(0, 30), st.integers(1, 20), st.integers(0, 2000))
def test_the_gap_after_a_late_rung_is_never_shorter_than_planned(
    due: datetime, first: int, more: int, hours_late: int
) -> None:
    one, two = Offset(first, "wd" if first else "d"), Offset(first + more, "wd")
    earlier, later = (rung_moment(due, offset, CHINA, HOURS, BEIJING) for offset in (one, two))
    fired = earlier + timedelta(hours=hours_late)

    falls = after_late(
        fired=fired,
        earlier_nominal=earlier,
        later_nominal=later,
        in_working_days=True,
        calendar=CHINA,
        hours=HOURS,
        zone=BEIJING,
    )

    planned = CHINA.working_days_between(earlier.date(), later.date())
    assert CHINA.working_days_between(fired.date(), falls.date()) >= planned
    assert falls >= fired and falls.time() == HOURS.opens and CHINA.is_working_day(falls.date())


@UNTIMED
@given(moments, st.integers(1, 20))
def test_a_rung_after_one_in_time_falls_when_planned(due: datetime, count: int) -> None:
    earlier = rung_moment(due, Offset(0, "d"), CHINA, HOURS, BEIJING)
    later = rung_moment(due, Offset(count, "wd"), CHINA, HOURS, BEIJING)

    assert (
        after_late(
            fired=earlier,
            earlier_nominal=earlier,
            later_nominal=later,
            in_working_days=True,
            calendar=CHINA,
            hours=HOURS,
            zone=BEIJING,
        )
        == later
    )


def test_a_changed_calendar_says_which_days_and_which_rungs_move() -> None:
    due = beijing("2020-10-01T00:00")
    reckoned = [Reckoned("superior", due, Offset(1, "wd")), Reckoned("overdue", due, Offset(0, "d"))]

    moves = preview(WEEKENDS_ONLY, CHINA, reckoned, HOURS, BEIJING)
    around = [
        change for change in changed_days(WEEKENDS_ONLY, CHINA) if date(2020, 9, 20) < change.day < date(2020, 10, 12)
    ]

    assert moves == [Move("superior", beijing("2020-10-02T08:30"), beijing("2020-10-09T08:30"))]
    assert around == [
        DayChange(date(2020, 9, 27), True),
        *(DayChange(date(2020, 10, day), False) for day in (1, 2, 5, 6, 7, 8)),
        DayChange(date(2020, 10, 10), True),
    ]
    assert changed_days(CHINA, CHINA) == []
