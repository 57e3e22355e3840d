"""Readings go from rows into columns in a pass: on both databases, out of an older one, and with kills in the middle."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import event, text
from worlds.campaign import Campaign, at, make_campaign
from worlds.older_versions import put_back

from models.moments import micros
from tasks.audit_trail.records import verify
from tasks.campaign.folding import fold_province
from tasks.campaign.frames import insert_frame
from tasks.campaign.store import open_store
from tasks.intake.readings import add_readings

UNITS = ("990101001", "990101002", "990102001", "990102002")
NAMES = ("meetings", "staff")
NOW = "2020-08-10T09:00"


@pytest.fixture
def campaign(tmp_path: Path, database_url: str | None) -> Iterator[Campaign]:
    made = make_campaign(tmp_path, database_url)
    yield made
    made.store.engine.dispose()


def fill(campaign: Campaign, moments: int = 1_500) -> None:
    """So many figures of each township as rows, as a database of before has them."""
    start = micros(at("2020-06-01T08:00"))
    days = pl.DataFrame({"as_of": [start + number * 60_000_000 for number in range(moments)]})
    rows = days.join(pl.DataFrame({"unit": UNITS}), how="cross").with_columns(
        indicator=pl.lit("meetings"), batch=pl.lit(1), value=(pl.col("as_of") // 60_000_000 % 7).cast(pl.Float64)
    )
    with campaign.store.writing() as connection:
        insert_frame(connection, "readings", rows)


def kept(campaign: Campaign) -> tuple[int, int, int]:
    """How many rows, columns and provinces whose last readings are known."""
    return tuple(
        campaign.rows(f"SELECT COUNT(*) FROM {one}")[0][0] for one in ("readings", "reading_columns", "latest_readings")
    )  # type: ignore[return-value]


def answers(campaign: Campaign) -> list[list[dict[str, object]]]:
    """What holds now, what held at a time in the past, and all of a day."""
    store = campaign.store
    found = [store.readings(NAMES, at(moment)) for moment in (NOW, "2020-06-01T12:30")]
    return [one.to_dicts() for one in (*found, store.reading_history(NAMES, at("2020-06-02T00:00"), at(NOW)))]


def test_the_rows_of_a_database_of_the_version_before_become_columns_and_answer_as_before(campaign: Campaign):
    fill(campaign)
    before = answers(campaign)
    put_back(campaign.store, "0005")
    campaign.store = open_store(campaign.settings, create=True)
    assert (kept(campaign), answers(campaign)) == ((6_000, 0, 0), before)

    campaign.owe(NOW)

    assert (kept(campaign), answers(campaign)) == ((0, 1, 1), before)


def test_a_few_rows_wait_until_they_are_worth_it(campaign: Campaign):
    fill(campaign, 100)
    campaign.owe(NOW)
    assert kept(campaign) == (400, 0, 0)

    fill_more = "INSERT INTO readings (indicator, as_of, unit, batch, value) SELECT 'staff', as_of, unit, batch, value FROM readings"
    with campaign.store.writing() as connection:
        connection.execute(text(fill_more))
    campaign.owe(NOW)
    assert kept(campaign) == (0, 1, 1)


class KilledError(BaseException):
    pass


@pytest.mark.parametrize(
    "at_statement", ["DELETE FROM readings", "INSERT INTO reading_columns", "INSERT INTO latest_readings"]
)
def test_a_pass_killed_while_it_moves_readings_leaves_all_of_them_where_they_were(
    campaign: Campaign, at_statement: str
):
    fill(campaign)
    before = answers(campaign)

    def kill(_connection, _cursor, statement, *_):
        if statement.startswith(at_statement):
            raise KilledError

    event.listen(campaign.store.engine, "after_cursor_execute", kill)
    with pytest.raises(KilledError):
        campaign.owe(NOW)
    event.remove(campaign.store.engine, "after_cursor_execute", kill)

    assert (kept(campaign), answers(campaign)) == ((6_000, 0, 0), before)
    campaign.owe(NOW)
    assert (kept(campaign), answers(campaign)) == ((0, 1, 1), before)


def test_what_stands_in_the_way_of_moving_readings_stops_no_pass(campaign: Campaign, caplog):
    fill(campaign)

    def fail(_connection, _cursor, statement, *_):
        if statement.startswith("INSERT INTO latest_readings"):
            raise ValueError("no")

    event.listen(campaign.store.engine, "after_cursor_execute", fail)
    owed = campaign.owe(NOW)
    event.remove(campaign.store.engine, "after_cursor_execute", fail)

    assert owed.judged > 0
    assert kept(campaign) == (6_000, 0, 0)
    assert "could not be moved into columns" in caplog.text


def test_whoever_reads_while_a_pass_moves_readings_finds_each_of_them_once(campaign: Campaign):
    fill(campaign)
    before = answers(campaign)
    moved = []

    def move(_connection, _cursor, statement, *_):
        if "FROM readings" in statement and not moved:
            moved.append(statement)
            campaign.owe(NOW)

    event.listen(campaign.store.engine, "after_cursor_execute", move)
    during = campaign.store.reading_history(NAMES, at("2020-06-02T00:00"), at(NOW)).to_dicts()
    event.remove(campaign.store.engine, "after_cursor_execute", move)

    assert moved and during == before[2]
    assert (kept(campaign), answers(campaign)) == ((0, 1, 1), before)


@pytest.fixture
def reported(campaign: Campaign) -> Campaign:
    """A campaign whose figures came by the product's own intake, and stand as columns."""
    campaign.report("code,staff\n" + "".join(f"{unit},5\n" for unit in UNITS), "2020-08-01T09:00")
    campaign.report("code,staff\n990101001,7\n", "2020-08-02T09:00")
    with campaign.store.writing() as connection:
        fold_province(connection, "99", micros(at(NOW)))
    return campaign


def said(campaign: Campaign) -> list[str]:
    return [one.en for one in verify(campaign.store).findings]


def test_what_the_product_moves_is_tied(reported: Campaign):
    assert kept(reported) == (0, 1, 1)
    assert said(reported) == []


def change_columns(campaign: Campaign, table: str, change: pl.Expr) -> None:
    (data,) = (row[0] for row in campaign.rows(f"SELECT data FROM {table}"))
    out = io.BytesIO()
    pl.read_parquet(io.BytesIO(bytes(data))).with_columns(change).write_parquet(out)
    with campaign.store.writing() as connection:
        connection.execute(text(f"UPDATE {table} SET data = :data"), {"data": out.getvalue()})


def test_the_report_whose_figure_was_changed_in_columns_is_named(reported: Campaign):
    changed = pl.when(pl.col("batch") == 2).then(9.0).otherwise(pl.col("value")).alias("value")
    change_columns(reported, "reading_columns", changed)

    assert said(reported)[0] == "the figures of report 2 are not what the trail says"
    assert "report 1 " not in str(said(reported))


def test_what_holds_is_found_where_it_does_not_follow_and_made_anew_after_a_load(reported: Campaign):
    change_columns(reported, "latest_readings", (pl.col("value") + 1).alias("value"))

    (finding,) = said(reported)

    assert "the latest figures of province 99 are not what its reports say; run pucha load again" in finding


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("DELETE FROM reading_columns", "the figures of report 1 are not"),
        ("UPDATE reading_columns SET last_as_of = first_as_of", "the figures of report 1 are not"),
        ("UPDATE reading_columns SET province = '13'", "the figures of report 1 are not"),
        ("UPDATE reading_columns SET data = 'x'", "are damaged; restore the database"),
        ("UPDATE latest_readings SET until = until - 1", "the latest figures of province 99"),
        ("UPDATE reading_columns SET pending = true", "the latest figures of province 99"),
        (
            "INSERT INTO readings (indicator, as_of, unit, batch, value) VALUES ('staff', 1, '990101', 1, 1)",
            "report 1 are",
        ),
    ],
)
def test_whatever_is_changed_about_columns_is_found(reported: Campaign, change: str, finding: str):
    with reported.store.writing() as connection:
        assert connection.execute(text(change)).rowcount > 0

    assert finding in " ".join(said(reported))


def test_a_report_of_many_figures_goes_into_columns_at_once_and_holds_before_any_pass(campaign: Campaign):
    moment = micros(at("2020-08-01T09:00"))
    frame = pl.DataFrame({"unit": [f"{990101001000 + number}" for number in range(5_000)]}).with_columns(
        indicator=pl.lit("staff"), as_of=moment, value=pl.lit(3.0), reported=None, expected=None, evidence=None
    )
    with campaign.store.writing() as connection:
        add_readings(connection, frame.cast({"reported": pl.Int64, "expected": pl.Int64, "evidence": pl.String}), 1)

    assert kept(campaign) == (0, 1, 0)
    before = campaign.store.readings(["staff"], at(NOW))
    assert before.height == 5_000
    campaign.owe(NOW)
    assert kept(campaign) == (0, 1, 1)
    assert campaign.store.readings(["staff"], at(NOW)).equals(before)
