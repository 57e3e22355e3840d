"""What a preview counts: by day and by kind, and what a throttle lets out when."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from worlds.campaign import at

from models.moments import micros
from models.rules.preview.preview import MOST_PEAKS, PersonDays, by_day, next_look, peaks, person_days, said_of

BOT = "wecombot://••••"
HOOK = "json://••••"


def sent(*rows: tuple[int, str, str, str, str, str]) -> pl.DataFrame:
    """(notice, when it could go, when it went, person, address, channel) as a `sent` frame."""
    return pl.DataFrame(
        [
            (n, micros(at(ready)), micros(at(out)), person, address, channel)
            for n, ready, out, person, address, channel in rows
        ],
        schema={
            "notice": pl.Int64,
            "ready": pl.Int64,
            "at": pl.Int64,
            "person": pl.String,
            "address": pl.String,
            "channel": pl.String,
        },
        orient="row",
    )


def lines(*rows: tuple[int, str]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema={"notice": pl.Int64, "kind": pl.String}, orient="row")


def rate_of(channel: str) -> int | None:
    return 20 if channel == BOT else None


@pytest.mark.parametrize(
    ("moment", "look"),
    [
        ("2020-08-06T08:30", "2020-08-06T08:30"),
        ("2020-08-06T08:30:01", "2020-08-06T08:45"),
        ("2020-08-06T23:46", "2020-08-07T00:00"),
    ],
)
def test_the_watch_comes_by_at_the_next_quarter_of_an_hour(moment, look):
    assert next_look(micros(at(moment))) == micros(at(look))


def test_a_frame_of_moments_is_rounded_like_one_moment():
    frame = pl.DataFrame({"at": [micros(at("2020-08-06T08:30:01"))]})
    assert frame.select(next_look(pl.col("at")))["at"].to_list() == [micros(at("2020-08-06T08:45"))]


def test_notices_are_counted_by_the_day_of_the_plans_zone_and_their_lines_by_kind_the_worst_first():
    out = sent(
        (1, "2020-08-05T23:59", "2020-08-05T23:59", "p1", "a", HOOK),
        (2, "2020-08-06T00:00", "2020-08-06T00:00", "p1", "a", HOOK),
        (3, "2020-08-06T08:30", "2020-08-06T08:30", "p1", "a", HOOK),
        (4, "2020-08-06T08:30", "2020-08-06T08:30", "p2", "b", HOOK),
    )
    told = lines((1, "reminder"), (2, "reminder"), (2, "overdue"), (3, "overdue"), (4, "superior"))

    first, second = by_day(out, told, at("2020-08-05").tzinfo)

    assert (first.day, first.notices, first.persons, first.lines) == (date(2020, 8, 5), 1, 1, 1)
    assert (second.day, second.notices, second.persons, second.lines) == (date(2020, 8, 6), 3, 2, 4)
    assert list(second.kinds.items()) == [("superior", 1), ("overdue", 2), ("reminder", 1)]


def test_where_nothing_is_held_back_only_the_busiest_moment_is_a_peak():
    out = sent(
        (1, "2020-08-05T08:30", "2020-08-05T08:30", "p1", "a", HOOK),
        (2, "2020-08-06T08:30", "2020-08-06T08:30", "p1", "a", HOOK),
        (3, "2020-08-06T08:30", "2020-08-06T08:30", "p2", "b", HOOK),
    )
    [peak] = peaks(out, rate_of)
    assert (peak.at, peak.kind, peak.channels, peak.notices, peak.most) == (
        micros(at("2020-08-06T08:30")),
        "json",
        2,
        2,
        1,
    )
    assert (peak.rate, peak.drained_at) == (None, peak.at)


def test_a_burst_over_a_bot_is_a_peak_until_its_last_message_is_out_though_another_moment_is_busier():
    many = [(n, "2020-08-07T08:30", "2020-08-07T08:30", f"p{n}", f"h{n}", HOOK) for n in range(100, 150)]
    burst = [
        (n, "2020-08-06T08:30", f"2020-08-06T{'08:30' if n < 20 else '08:45'}", f"p{n}", "group", BOT)
        for n in range(25)
    ]
    few = [(n, "2020-08-06T08:30", "2020-08-06T08:30", f"p{n}", "other", BOT) for n in range(30, 33)]

    held, busiest = peaks(sent(*burst, *few, *many), rate_of)

    assert (held.at, held.kind, held.channel) == (micros(at("2020-08-06T08:30")), "wecombot", BOT)
    assert (held.channels, held.notices, held.most, held.rate) == (2, 28, 25, 20)
    assert held.drained_at == micros(at("2020-08-06T08:45"))
    assert (busiest.at, busiest.notices) == (micros(at("2020-08-07T08:30")), 50)


def test_of_many_peaks_the_busiest_are_kept_in_order_of_time():
    out = [
        (day * 100 + n, f"2020-08-{day:02d}T08:30", f"2020-08-{day:02d}T08:45", "p", "group", BOT)
        for day in range(1, 13)
        for n in range(day)
    ]
    found = peaks(sent(*out), rate_of)
    assert [peak.notices for peak in found] == list(range(3, 3 + MOST_PEAKS))


def test_nothing_sent_has_no_days_and_no_peaks():
    assert by_day(sent(), lines(), at("2020-08-05").tzinfo) == ()
    assert peaks(sent(), rate_of) == ()


DUE = "2020-08-06T00:00"


@pytest.mark.parametrize(
    ("kind", "moment", "zh", "en"),
    [
        ("reminder", "2020-07-30T08:30", "提前6天提醒", "reminder 6 d before"),
        ("reminder", "2020-08-05T08:30", "提前15小时提醒", "reminder 15 h before"),
        ("reminder", "2020-08-07T08:30", "逾期1天", "1 d overdue"),
        ("overdue", "2020-08-06T08:30", "到期", "due"),
        ("overdue", "2020-08-06T23:59", "到期", "due"),
        ("overdue", "2020-08-07T00:00", "逾期1天", "1 d overdue"),
        ("superior", "2021-01-06T08:30", "逾期153天，报上级", "153 d overdue, to a superior"),
        ("superior", "2020-07-30T08:30", "提前6天提醒（代转）", "reminder 6 d before, to pass on"),
        ("unsigned", "2021-01-06T08:30", "催签", "unsigned paper"),
    ],
)
def test_a_line_is_said_with_its_distance_from_the_due_moment_when_it_goes(kind, moment, zh, en):
    assert said_of(kind, at(DUE), at(moment)) == (zh, en)


def test_a_line_that_is_late_at_a_date_that_no_source_says_is_said_to_be_late_by_default():
    assert said_of("superior", at(DUE), at("2020-08-09T08:30"), by_default=True) == (
        "按默认期限逾期3天，报上级",
        "3 d overdue by a default date, to a superior",
    )
    assert said_of("reminder", at(DUE), at("2020-07-30T08:30"), by_default=True).zh == "提前6天提醒"


def test_messages_a_person_and_working_day_leave_out_days_off_and_the_administrator() -> None:
    friday, saturday = "2020-08-07T09:00", "2020-08-08T09:00"
    rows = sent(
        *((n, friday, friday, "wang", "a", HOOK) for n in (1, 2, 3)),
        (4, friday, friday, "li", "b", HOOK),
        (5, "2020-08-10T08:30", "2020-08-10T08:30", "li", "b", HOOK),
        *((n, saturday, saturday, "li", "b", HOOK) for n in (6, 7, 8, 9)),
        *((n, friday, friday, "admin", "c", HOOK) for n in range(10, 20)),
    )
    roles = rows.with_columns(
        role=pl.when(pl.col("person") == "admin").then(pl.lit("admin")).otherwise(pl.lit("owner"))
    )
    zone = at(friday).tzinfo
    assert zone is not None
    weekdays = lambda day: day.weekday() < 5  # noqa: E731
    assert person_days(roles, weekdays, zone) == PersonDays(1.0, 3)
    assert person_days(roles.filter(pl.col("person") == "admin"), weekdays, zone) is None
