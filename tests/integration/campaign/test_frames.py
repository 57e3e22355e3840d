"""Frames into a database and back: every value arrives as it was, whatever it looks like."""

from __future__ import annotations

import struct
from random import Random

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import create_engine

from models.tables import SuperiorRow
from tasks.campaign.frames import MANY, insert_frame, read_frame, read_texts
from tasks.loading.put import put_rows

MISLEADING = [
    "",
    None,
    "\\N",
    "\\.",
    "\\",
    "a\\tb",
    "甲\t乙",
    "第一行\n第二行\r\n\\.\n第四行",
    '"引"',
    "'",
    "，,",
    " 空 ",
    "\\x41",
    "NULL",
]


@pytest.fixture
def connection(new_database_url):
    engine = create_engine(new_database_url)
    with engine.connect() as found:
        yield found
    engine.dispose()


def test_texts_that_look_like_the_format_itself_arrive_as_they_were(connection):
    rows = pl.DataFrame({"no": range(len(MISLEADING)), "said": MISLEADING, "again": MISLEADING[::-1]})
    connection.exec_driver_sql("CREATE TABLE texts (no BIGINT, said TEXT, again TEXT)")

    insert_frame(connection, "texts", rows)

    found = read_frame(connection, "SELECT no, said, again FROM texts ORDER BY no", dict(rows.schema))
    assert_frame_equal(found, rows)


def test_a_column_alone_keeps_its_empty_texts_apart_from_what_is_missing(connection):
    rows = pl.DataFrame({"said": ["", None, ""]})
    connection.exec_driver_sql("CREATE TABLE texts (said TEXT)")

    insert_frame(connection, "texts", rows)

    found = read_frame(connection, "SELECT said FROM texts ORDER BY said", dict(rows.schema))
    assert found["said"].null_count() == 1
    assert found["said"].drop_nulls().to_list() == ["", ""]


@pytest.mark.parametrize("new_database_url", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_whoever_adds_many_rows_waits_for_nobody_who_has_added_many_and_goes_on(connection):
    rows = pl.DataFrame({"no": range(MANY)})
    connection.exec_driver_sql("CREATE TABLE many (no BIGINT)")
    connection.commit()

    insert_frame(connection, "many", rows)
    with connection.engine.connect() as beside:
        beside.exec_driver_sql("SET lock_timeout = '2s'")
        insert_frame(beside, "many", rows)
        beside.commit()
    connection.commit()

    looked_at = "SELECT reltuples FROM pg_class WHERE relname = 'many'"
    assert connection.exec_driver_sql("SELECT COUNT(*) FROM many").scalar_one() == 2 * MANY
    assert connection.exec_driver_sql(looked_at).scalar_one() == MANY, "the first has looked, for itself"


@pytest.mark.parametrize(
    "new_database_url", ["postgresql"], indirect=True
)  # SQLite keeps no such figures of its tables
def test_a_table_put_right_with_many_rows_is_looked_at_at_once(connection):
    SuperiorRow.metadata.tables["superiors"].create(connection)
    rows = [{"code": f"{no:012d}", "superior": "65", "line": "business"} for no in range(MANY)]

    looked_at = []
    for wanted in (rows[:-1], [{**row, "superior": "66"} for row in rows]):
        put_rows(connection, SuperiorRow, looked_at and rows[:-1], wanted, ("code", "superior", "line"))
        known = connection.exec_driver_sql("SELECT reltuples FROM pg_class WHERE relname = 'superiors'")
        looked_at.append(known.scalar_one())

    assert looked_at == [-1, MANY], "few rows wait for the server's own time"


def test_offices_come_as_they_were_though_a_name_holds_what_stands_between_texts(connection):
    names = ["code", "name", "superior"]
    rows = pl.DataFrame([["1", "2", "3"], ["甲", "乙\x1f丙", "丁"], [None, "1", "1"]], schema=names)
    connection.exec_driver_sql("CREATE TABLE offices (code TEXT, name TEXT, superior TEXT)")
    insert_frame(connection, "offices", rows)

    odd, plain = (
        read_texts(connection, names, f"SELECT code, name, superior FROM offices WHERE {which}").sort("code")
        for which in ("1 = 1", "code <> '2'")
    )

    assert_frame_equal(odd, rows)
    assert_frame_equal(plain, rows.filter(pl.col("code") != "2"))
    assert read_texts(connection, names, "SELECT code, name, superior FROM offices WHERE 1 = 0").height == 0


def test_figures_arrive_to_their_last_bit(connection):
    chance = Random(20201101)
    drawn = [struct.unpack("d", chance.randbytes(8))[0] for _ in range(500)]
    figures = [value for value in drawn if value == value] + [0.1, 1e22, 1e-7, 5e-324, 2**53 + 0.0]
    rows = pl.DataFrame(
        {"no": range(len(figures)), "figure": figures, "whole": [2**62, -(2**62), None] + [0] * (len(figures) - 3)}
    )
    connection.exec_driver_sql("CREATE TABLE figures (no BIGINT, figure DOUBLE PRECISION, whole BIGINT)")

    insert_frame(connection, "figures", rows)

    found = read_frame(connection, "SELECT no, figure, whole FROM figures ORDER BY no", dict(rows.schema))
    assert [struct.pack("d", value) for value in found["figure"]] == [struct.pack("d", value) for value in figures]
    assert found["whole"].to_list() == rows["whole"].to_list()


def test_yes_no_and_bytes_arrive_as_they_were(connection):
    rows = pl.DataFrame({"no": [1, 2, 3], "yes": [True, False, None], "raw": [b"\\x00\x00\n\t", b"", None]})
    of_bytes = "BYTEA" if connection.dialect.name == "postgresql" else "BLOB"
    connection.exec_driver_sql(f"CREATE TABLE marks (no BIGINT, yes BOOLEAN, raw {of_bytes})")

    insert_frame(connection, "marks", rows)

    found = connection.exec_driver_sql("SELECT yes, raw FROM marks ORDER BY no").all()
    assert [(None if yes is None else bool(yes), raw) for yes, raw in found] == rows.select("yes", "raw").rows()
