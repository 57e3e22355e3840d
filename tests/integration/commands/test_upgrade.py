"""`pucha load` without options, by which an office goes on with a new version of the program (docs/operations.md, Upgrade)."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from worlds import older_versions
from worlds.clerk import UNITS, Clerk

from tasks.campaign.settings import Settings
from tasks.campaign.store import Store, open_store

PLAN = """\
census: trial
title: 试验普查
standard_time: 2020-11-01
indicators:
  staff: {title: 人员, level: township, roll_up: sum, min: 0}
ladders:
  standard: [{id: overdue, at: +0d, to: [unit.owner]}]
phases:
  - id: recruitment
    title: 两员选聘
    starts: T-120d
    ends: T-73d
    requirements:
      - {id: staff, no: 14, title: 人员到位, judged_at: township, met_when: "staff >= 10", due: T-73d, ladder: standard}
      - {id: weekly, title: 周报, judged_at: township, met_when: "staff >= 0", every: week, ladder: standard}
"""
AS_OF = "2020-08-20T09:00"


def store_of(clerk: Clerk) -> Store:
    return open_store(Settings(home=clerk.folder / "home", _env_file=None))  # type: ignore[call-arg]


@pytest.mark.parametrize("version", ["0009", "0010", "0012", "0014"])
def test_an_office_of_an_earlier_version_goes_on_with_the_same_answers_after_a_bare_load(
    clerk: Clerk, version: str
) -> None:
    clerk.load(PLAN, UNITS)
    clerk.report("code,staff\n130101001,12\n", "2020-08-01T09:00")
    clerk("watch", "--as-of", AS_OF)
    before = [clerk.json(*asked) for asked in (("status", "--as-of", AS_OF), ("cases",), ("notices",))]
    older_versions.put_back(store_of(clerk), version)
    refused = clerk("status", "--as-of", AS_OF)

    answer = clerk("load")

    assert (refused.code, "重新执行 pucha load" in refused.err) == (2, True)
    assert answer.code == 0
    assert "数据库是本程序的版本" in answer.out
    assert [clerk.json(*asked) for asked in (("status", "--as-of", AS_OF), ("cases",), ("notices",))] == before
    assert clerk("audit", "verify").code == 0
    assert clerk("watch", "--as-of", AS_OF).code == 0


def test_a_rehearsal_leaves_an_older_database_as_it_was(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    older_versions.put_back(store_of(clerk), "0014")
    before = clerk("status", "--as-of", AS_OF).err

    rehearsed = clerk("load", "--plan", "plan.yaml", "--dry-run")

    assert rehearsed.code == 2
    assert "重新执行 pucha load" in rehearsed.err
    assert clerk("status", "--as-of", AS_OF).err == before


def test_a_rehearsal_on_a_database_without_tables_makes_none(clerk: Clerk) -> None:
    clerk.file("plan.yaml", PLAN)
    clerk.file("units.csv", UNITS)
    empty = clerk.folder / "empty.db"
    empty.touch()
    clerk.set("PUCHA_DATABASE_URL", f"sqlite:///{empty}")

    rehearsed = clerk("load", "--plan", "plan.yaml", "--units", "units.csv", "--dry-run")

    assert rehearsed.code == 0
    with closing(sqlite3.connect(empty)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_what_is_current_is_made_anew_by_the_pass_after_a_bare_load(clerk: Clerk) -> None:
    clerk.load(PLAN, UNITS)
    clerk.report("code,staff\n130101001,12\n", "2020-08-01T09:00")
    clerk("watch", "--as-of", AS_OF)
    store = store_of(clerk)
    with store.reading() as connection:
        kept = connection.exec_driver_sql("SELECT count(*) FROM settled_periods").scalar_one()
    assert kept

    assert clerk("load").code == 0

    with store.reading() as connection:
        for table in ("settled_periods", "latest_readings"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0
    clerk("watch", "--as-of", AS_OF)
    with store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM settled_periods").scalar_one() == kept
    store.engine.dispose()


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--move-cases",)], ids=["bare", "rehearsed", "moved"])
def test_where_there_is_nothing_to_bring_up_to_date_the_files_are_asked_for(
    clerk: Clerk, options: tuple[str, ...]
) -> None:
    if options:
        clerk.load(PLAN, UNITS)

    answer = clerk("load", *options)

    assert answer.code == 2
    assert "请至少给出 --plan" in answer.err
    assert (clerk.folder / "home" / "pucha.db").exists() == bool(options)


def test_a_database_that_holds_no_campaign_asks_for_plan_and_units(clerk: Clerk) -> None:
    clerk.set("PUCHA_DATABASE_URL", f"sqlite:///{clerk.folder / 'empty.db'}")

    answer = clerk("load")

    assert answer.code == 2
    assert "pucha load --plan" in answer.err
