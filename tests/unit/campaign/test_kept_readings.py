"""Readings that lie in rows, in columns and in what holds are answered as if all were rows of one table."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import Connection, create_engine, delete, func, select, update
from sqlmodel import SQLModel, col
from worlds.campaign import at

from models.moments import micros
from models.tables import LatestReadings, Reading, ReadingColumns
from models.wording import Refusal
from tasks.campaign.folding import fold_province, forget_latest, merge_columns
from tasks.campaign.kept_readings import HOLDING, every_reading, holding_readings, moments_of_readings
from tasks.campaign.reading_columns import KEPT, Asked, add_columns

DAY = 86_400_000_000
Row = tuple[str, str, int, int, float]


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def readings(rows: list[Row]) -> pl.DataFrame:
    """indicator, unit, day, batch, value."""
    listed = [(name, unit, day * DAY, batch, value, None, None, None) for name, unit, day, batch, value in rows]
    return pl.DataFrame(listed, schema=KEPT, orient="row")


def report(connection: Connection, rows: list[Row], *, large: bool = False) -> None:
    if large:
        add_columns(connection, readings(rows), pending=True)
    else:
        connection.execute(Reading.__table__.insert(), readings(rows).to_dicts())  # type: ignore[attr-defined]


def held(connection: Connection, day: int, provinces: list[str] | None = None) -> dict[tuple[str, str], float]:
    """By indicator and unit the value that holds at the end of a day."""
    found = holding_readings(connection, Asked(["a", "b"], until=day * DAY, provinces=provinces))
    assert found.select("indicator", "unit").equals(
        found.select("indicator", "unit").unique().sort("indicator", "unit")
    )
    return {(name, unit): value for name, unit, value in found.select("indicator", "unit", "value").iter_rows()}


def count(connection: Connection, table: type[SQLModel]) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


UNITS = ("130101001", "130102001", "140101001")
REPORTS = some.lists(
    some.tuples(some.sampled_from("ab"), some.sampled_from(UNITS), some.integers(1, 90), some.integers(0, 9)),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row[:3],
)
STEPS = some.lists(
    some.one_of(
        some.tuples(some.just("few"), REPORTS),
        some.tuples(some.just("many"), REPORTS),
        some.tuples(some.just("fold"), some.tuples(some.sampled_from(["13", "14"]), some.integers(1, 90))),
        some.tuples(some.just("merge"), some.sampled_from(["13", "14"])),
        some.tuples(some.just("forget"), some.none()),
    ),
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_whatever_is_reported_and_folded_in_whatever_order_is_answered_as_rows_alone_would_be(steps):
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    told: list[Row] = []
    with engine.connect() as connection:
        for number, (step, about) in enumerate(steps):
            if step in ("few", "many"):
                batch = 100 - number if number % 2 else 100 + number  # a later batch may have the lower number
                rows = [(name, unit, day, batch, float(value)) for name, unit, day, value in about]
                report(connection, rows, large=step == "many")
                told += rows
            elif step == "fold":
                fold_province(connection, about[0], about[1] * DAY)
            elif step == "merge":
                merge_columns(connection, about, 400 * DAY)
            else:
                forget_latest(connection)
        everything = readings(told).sort("indicator", "unit", "as_of", "batch")
        for day in (1, 30, 60, 90):
            last = everything.filter(pl.col("as_of") <= day * DAY).unique(["indicator", "unit"], keep="last")
            expected = last.select(HOLDING).sort("indicator", "unit")
            assert holding_readings(connection, Asked(until=day * DAY)).equals(expected)
            late = list(range(101, 110, 2))
            early = everything.filter((pl.col("as_of") <= day * DAY) & ~pl.col("batch").is_in(late))
            known = early.unique(["indicator", "unit"], keep="last").select(HOLDING).sort("indicator", "unit")
            assert holding_readings(connection, Asked(until=day * DAY, but=late)).equals(known)
            since = everything.filter(pl.col("as_of") >= day * DAY)
            assert every_reading(connection, Asked(since=day * DAY), KEPT.names()).equals(since)
            few = Asked(since=day * DAY, units=[UNITS[0], UNITS[2]])
            of_few = since.filter(pl.col("unit") != UNITS[1])
            assert every_reading(connection, few, KEPT.names()).equals(of_few)
    engine.dispose()


def test_a_correction_of_the_past_is_known_by_questions_about_the_past_alone_where_a_newer_figure_holds(connection):
    report(connection, [("a", UNITS[0], 1, 1, 5), ("a", UNITS[0], 3, 2, 7), ("a", UNITS[1], 1, 1, 4)])
    fold_province(connection, "13", 4 * DAY)

    report(connection, [("a", UNITS[0], 1, 3, 6), ("a", UNITS[1], 1, 3, 2)])

    assert held(connection, 2) == {("a", UNITS[0]): 6, ("a", UNITS[1]): 2}
    assert held(connection, 4) == {("a", UNITS[0]): 7, ("a", UNITS[1]): 2}
    fold_province(connection, "13", 5 * DAY)
    assert held(connection, 2) == {("a", UNITS[0]): 6, ("a", UNITS[1]): 2}
    assert held(connection, 4) == {("a", UNITS[0]): 7, ("a", UNITS[1]): 2}


def test_of_two_figures_for_one_moment_that_has_passed_the_later_report_holds_wherever_it_stands(connection):
    for day, batch, value in ((1, 2, 6), (1, 1, 5), (3, 3, 7)):
        report(connection, [("a", UNITS[0], day, batch, value)])
        fold_province(connection, "13", 4 * DAY)

    assert held(connection, 2) == {("a", UNITS[0]): 6}


def test_what_is_dated_later_stays_a_row_until_its_time_comes(connection):
    report(connection, [("a", UNITS[0], 1, 1, 5), ("a", UNITS[0], 9, 1, 8)])
    fold_province(connection, "13", 4 * DAY)

    assert (count(connection, Reading), held(connection, 4)) == (1, {("a", UNITS[0]): 5})
    fold_province(connection, "13", 9 * DAY)
    assert (count(connection, Reading), held(connection, 9)) == (0, {("a", UNITS[0]): 8})


def test_who_asks_about_one_province_reads_no_other(connection):
    report(connection, [("a", UNITS[0], 1, 1, 5)])
    report(connection, [("a", UNITS[2], 1, 2, 9)], large=True)
    fold_province(connection, "13", DAY)
    connection.execute(update(ReadingColumns).where(col(ReadingColumns.province) == "14").values(data=b"damaged"))

    assert held(connection, 1, ["13"]) == {("a", UNITS[0]): 5}
    with pytest.raises(Refusal, match=r"province 14 are damaged.*restore the database"):
        held(connection, 1)


def test_what_holds_and_cannot_be_read_is_made_from_the_columns_and_by_the_next_fold_anew(connection, caplog):
    report(connection, [("a", UNITS[0], 1, 1, 5), ("a", UNITS[0], 2, 1, 6)])
    fold_province(connection, "13", 2 * DAY)
    connection.execute(update(LatestReadings).values(data=b"damaged"))
    unreadable: set[str] = set()

    found = holding_readings(connection, Asked(["a"]), unreadable)

    assert (found["value"].to_list(), unreadable) == ([6], {"13"})
    assert "cannot be read" in caplog.text
    fold_province(connection, "13", 3 * DAY)
    caplog.clear()
    assert (held(connection, 3), caplog.text) == ({("a", UNITS[0]): 6}, "")


def test_a_question_at_now_reads_nothing_of_columns_whose_last_readings_are_known(connection):
    report(connection, [("a", UNITS[0], day, day, day) for day in (1, 2, 3)])
    fold_province(connection, "13", 3 * DAY)
    connection.execute(update(ReadingColumns).values(data=b"damaged"))

    assert held(connection, 4) == {("a", UNITS[0]): 3}
    with pytest.raises(Refusal, match="are damaged"):
        held(connection, 2)


def test_a_question_about_the_past_reads_back_no_further_than_to_what_held_then(connection):
    for day in range(1, 31):
        report(connection, [("a", unit, day, day, day) for unit in UNITS[:2]])
        fold_province(connection, "13", day * DAY)
    of_that_day = select(ReadingColumns.id).where(col(ReadingColumns.last_as_of).in_([19 * DAY, 20 * DAY]))
    others = col(ReadingColumns.id).not_in(of_that_day)
    connection.execute(update(ReadingColumns).where(others).values(data=b"damaged"))

    assert held(connection, 20) == {("a", UNITS[0]): 20, ("a", UNITS[1]): 20}
    without = holding_readings(connection, Asked(["a"], until=20 * DAY, but=[20]))
    assert without["value"].to_list() == [19, 19]
    with pytest.raises(Refusal, match="are damaged"):
        held(connection, 18)


def test_small_columns_of_a_month_become_one_a_week_after_its_end(connection):
    first = micros(at("2020-09-01T08:00")) // DAY
    for day in range(first, first + 30):
        report(connection, [("a", UNITS[0], day, day, day)])
        fold_province(connection, "13", day * DAY)

    merge_columns(connection, "13", micros(at("2020-10-06T12:00")))
    assert count(connection, ReadingColumns) == 30
    merge_columns(connection, "13", micros(at("2020-10-09T12:00")))
    assert count(connection, ReadingColumns) == 1
    assert every_reading(connection, Asked(["a"])).height == 30


def test_columns_outside_the_moments_asked_for_are_left_alone(connection):
    for day in (1, 2, 3):
        report(connection, [("a", UNITS[0], day, day, day)], large=True)
    oldest = select(func.min(ReadingColumns.id)).scalar_subquery()
    connection.execute(update(ReadingColumns).where(col(ReadingColumns.id) == oldest).values(data=b"damaged"))

    assert every_reading(connection, Asked(["a"], 2 * DAY)).height == 2
    assert moments_of_readings(connection, ["a"], DAY, 3 * DAY) == [2 * DAY, 3 * DAY]


def test_rows_that_somebody_added_meanwhile_are_not_taken_away_unread(connection):
    report(connection, [("a", UNITS[0], 1, 1, 5)])

    class Racing:
        """A connection on which a report comes in between reading and taking away."""

        def __getattr__(self, name: str) -> object:
            return getattr(connection, name)

        def execute(self, statement: object, *values: object) -> object:
            if str(statement).startswith("DELETE FROM readings"):
                report(connection, [("a", UNITS[1], 1, 2, 5)])
            return connection.execute(statement, *values)  # type: ignore[call-overload]

    with pytest.raises(ValueError, match="1 readings were read and 2 taken away"):
        fold_province(Racing(), "13", DAY)  # type: ignore[arg-type]
    connection.execute(delete(Reading))


def test_of_columns_that_are_read_together_the_damaged_one_is_named(connection):
    for day in range(1, 41):
        report(connection, [("a", unit, day, day, day) for unit in UNITS[:2]], large=True)
    connection.execute(update(ReadingColumns).where(col(ReadingColumns.id) == 23).values(data=b"damaged"))

    assert every_reading(connection, Asked(["a"], since=24 * DAY, units=[UNITS[0]])).height == 17
    with pytest.raises(Refusal, match="columns 23 of figures reported in province 13 are damaged"):
        every_reading(connection, Asked(["a"], units=[UNITS[0]]))
