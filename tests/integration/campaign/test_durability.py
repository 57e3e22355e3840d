"""What was committed is on the disk, and a first load that was cut off leaves a database that opens."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from worlds.campaign import at
from worlds.chases import chasing
from worlds.databases import copy_postgresql
from worlds.older_versions import put_back
from worlds.plans import TWO_PHASES_ALWAYS

from models.wording import Refusal
from tasks.audit_trail.records import verify
from tasks.campaign import database, one_writer
from tasks.campaign.secrets import open_keeper
from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store
from tasks.delivery.deliver import deliver


def settings_of(folder: Path, database_url: str | None = None) -> Settings:
    return Settings(home=folder, database_url=database_url, _env_file=None)  # type: ignore[call-arg, arg-type]


def is_whole(store: Store) -> bool:
    with store.reading() as connection:
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return version == database.VERSION and inspect(connection).has_table("audit_head")


class PowerCutError(Exception):
    pass


@pytest.mark.parametrize("statement", [1, 2, 7, 20, 40])
def test_a_first_load_cut_off_at_any_statement_leaves_nothing_behind(tmp_path, bare, statement):
    seen = {"statements": 0}

    def cut(_connection, _cursor, sql, *_):
        seen["statements"] += sql.lstrip().upper().startswith(("CREATE", "INSERT", "UPDATE"))
        if seen["statements"] == statement:
            raise PowerCutError

    event.listen(Engine, "before_cursor_execute", cut)
    try:
        with pytest.raises(PowerCutError):
            open_store(settings_of(tmp_path / "bare", bare), create=True)
    finally:
        event.remove(Engine, "before_cursor_execute", cut)
    with pytest.raises(Refusal, match="run pucha load first"):
        open_store(settings_of(tmp_path / "bare", bare))
    engine = create_engine(bare)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    assert is_whole(open_store(settings_of(tmp_path / "bare", bare), create=True))


def test_what_an_earlier_program_left_half_made_is_healed_and_data_is_never_taken_away(tmp_path):
    open_store(settings_of(tmp_path), create=True).engine.dispose()
    engine = create_engine(f"sqlite:///{tmp_path / 'pucha.db'}")
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("DROP TABLE audit_head"))
    assert is_whole(open_store(settings_of(tmp_path), create=True))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("INSERT INTO units (code, name, level) VALUES ('14', '山西省', 'province')"))
    with pytest.raises(Refusal, match="restore a backup"):
        open_store(settings_of(tmp_path), create=True)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM units")).scalar() == "山西省"
    engine.dispose()


def test_an_sqlite_commit_is_on_the_disk_before_anybody_hears_of_it(tmp_path):
    store = open_store(settings_of(tmp_path), create=True)
    with store.writing() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


def test_no_two_write_or_checkpoint_at_one_instant(tmp_path):
    store = open_store(settings_of(tmp_path), create=True)
    begun = threading.Event()

    def write() -> None:
        with store.writing():
            begun.set()

    with (tmp_path / "pucha.db-writer").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        waiting = threading.Thread(target=write)
        waiting.start()
        assert not begun.wait(0.3)
    assert begun.wait(10)
    waiting.join()


def test_a_database_of_the_version_before_keeps_its_trail_and_what_may_go_at_any_hour(tmp_path, database_url):
    with chasing(tmp_path, database_url, plan=TWO_PHASES_ALWAYS) as chase:
        campaign = chase.campaign
        campaign.owe("2020-07-30T00:00")
        chase.do("UPDATE notices SET attempts = 2, state = 'retry', next_try = not_before WHERE id = 1")
        put_back(campaign.store, "0003")
        with pytest.raises(Refusal, match="older than this program"):
            open_store(campaign.settings)
        store = open_store(campaign.settings, create=True)
        assert is_whole(store)
        assert chase.rows("SELECT turn, attempts FROM notices WHERE attempts > 0") == [(2, 2)]
        with store.reading() as connection:
            indexes = {one["name"]: one["column_names"] for one in inspect(connection).get_indexes("notices")}
        assert "notices_waiting" not in indexes
        assert "turn" in indexes["notices_ready"]
        if store.engine.dialect.name == "postgresql":
            assert chase.rows("SELECT reloptions FROM pg_class WHERE relname = 'cases'") == [(["fillfactor=50"],)]
        assert deliver(store, campaign.settings, lambda: at("2020-07-30T00:15")).delivered > 0
        assert verify(store).whole
        store.engine.dispose()


def test_cases_that_were_heard_of_change_where_they_stand(tmp_path, template):
    engine = create_engine(copy_postgresql(template, f"h{abs(hash(str(tmp_path)))}"))
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO cases (unit, requirement, period, seq, due, policy, opened_at, rung, trail)"
                " SELECT 990101000 + n, 'zoning.maps', '', 1, 0, 1, 0, 0, '0 fired remind' FROM generate_series(1, 300) n"
            )
        )
    with engine.begin() as connection:
        connection.execute(text("UPDATE cases SET rung_settled_at = 1"))
        hot = connection.execute(text("SELECT pg_stat_get_xact_tuples_hot_updated('cases'::regclass)")).scalar_one()
    engine.dispose()
    assert hot >= 290, "all but a few at the ends of pages"


@pytest.mark.parametrize(
    ("version", "loses"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)
def test_the_versions_of_sqlite_that_may_lose_a_commit(version, loses):
    assert one_writer.loses_commits(version) == loses


def test_a_key_that_a_full_disk_left_empty_is_made_anew(tmp_path):
    (tmp_path / "secret.key").touch()
    keeper = open_keeper(tmp_path, None)
    assert open_keeper(tmp_path, None).unlock(keeper.lock("json://gw")) == "json://gw"
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret.key"]


@pytest.mark.parametrize(
    "statement",
    ["SELECT nothing_of_the_kind FROM units", "SELECT * FROM staged_and_gone", "SELEKT 1", "SELECT * FROM units WHERE"],
)
def test_a_statement_that_the_database_refuses_is_no_missing_campaign(tmp_path, database_url, statement):
    store = open_store(settings_of(tmp_path / "home", database_url), create=True)
    with pytest.raises(DBAPIError), store.reading() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    "word",
    [
        "is_full",
        "locked_until",
        "readonly",
        "No space left",
        "disk I/O error",
        "not a database",
        "no such table: units",
    ],
)
def test_a_fault_of_a_statement_is_none_of_the_disk_whatever_words_stand_in_it(tmp_path, database_url, word):
    store = open_store(settings_of(tmp_path / "home", database_url), create=True)
    with pytest.raises(DBAPIError, match=word), store.reading() as connection:
        connection.execute(text(f'SELECT units."{word}" FROM units'))


def test_a_row_that_the_database_refuses_is_no_full_disk_whatever_stands_in_its_cells(tmp_path, database_url):
    """PostgreSQL tells all cells of such a row."""
    store = open_store(settings_of(tmp_path / "home", database_url), create=True)
    for word in ("disk full", "locked", "read-only"):
        with pytest.raises(IntegrityError), store.writing() as connection:
            connection.execute(text("INSERT INTO units (code, name) VALUES (:word, NULL)"), {"word": word})


def test_a_database_whose_file_was_written_over_is_said_to_be_damaged(tmp_path):
    open_store(settings_of(tmp_path), create=True).engine.dispose()
    file = tmp_path / "pucha.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    with pytest.raises(Refusal, match="the database file is damaged"):
        open_store(settings_of(tmp_path)).plan()


def test_a_database_that_may_only_be_read_is_said_to_be_that(tmp_path, database_url):
    store = open_store(settings_of(tmp_path, database_url))
    only_read = {"sqlite": "PRAGMA query_only = ON", "postgresql": "SET TRANSACTION READ ONLY"}

    with pytest.raises(Refusal, match="read-only or cannot be opened; nothing was changed"), store.writing() as one:
        one.execute(text(only_read[one.dialect.name]))
        one.execute(text("DELETE FROM contacts"))

    store.engine.dispose()


def test_a_database_that_another_program_keeps_locked_is_said_to_be_busy(tmp_path):
    """Ours waits a minute for it; here for a moment."""
    store = open_store(settings_of(tmp_path), create=True)
    with store.reading() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(tmp_path / "pucha.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(Refusal, match="busy; try again"), store.writing():
        pass
    other.execute("ROLLBACK")
    with store.writing():
        other.close()


def test_a_data_folder_in_which_nothing_can_be_made_is_said_to_be_that(tmp_path):
    open_store(settings_of(tmp_path), create=True).engine.dispose()
    (tmp_path / "pucha.db-wal").unlink(missing_ok=True)
    (tmp_path / "pucha.db-wal").mkdir()  # even root's account cannot make the file now
    with pytest.raises(Refusal, match="this account owns the data folder"):
        open_store(settings_of(tmp_path))


def test_a_database_without_our_tables_holds_no_campaign(tmp_path, database_url):
    store = open_store(settings_of(tmp_path / "home", database_url), create=True)
    with store.writing() as connection:
        connection.execute(text("DROP TABLE campaign"))
    with pytest.raises(Refusal, match="no campaign"):
        store.plan()
