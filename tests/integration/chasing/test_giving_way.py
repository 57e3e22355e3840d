"""Where PostgreSQL ends one of two writers for the other's sake, a pass and an intake begin again, and what they do is done once."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from worlds.campaign import at
from worlds.chases import Chase, chasing
from worlds.databases import copy_postgresql
from worlds.plans import TWO_PHASES

from models.wording import Refusal
from tasks.audit_trail.records import verify
from tasks.campaign.giving_way import PAUSES
from tasks.campaign.store import Store
from tasks.chasing.passes import owe
from tasks.judging.judge import Judged
from tasks.judging.settled import judge_now

pytestmark = pytest.mark.timeout(120)

MORNING = "2020-08-14T09:00"


@pytest.fixture
def chase(tmp_path: Path, template: Engine) -> Iterator[Chase]:
    url = copy_postgresql(template, f"g{abs(hash(str(tmp_path)))}")
    with chasing(tmp_path, url, plan=TWO_PHASES) as one:
        yield one


def gives_way(chase: Chase, table: str, times: int, code: str) -> None:
    """Have the server end so many transactions that add a row to `table`; a sequence is not taken back with them."""
    chase.do("CREATE SEQUENCE tried")
    chase.do(
        f"CREATE FUNCTION give_way() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF nextval('tried') <= {times}"
        f" THEN RAISE EXCEPTION 'for the sake of another' USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$"
    )
    chase.do(f"CREATE TRIGGER give_way BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION give_way()")


def test_a_pass_that_waited_for_whoever_waited_for_it_begins_again_and_owes_each_line_once(chase: Chase):
    store = chase.campaign.store
    with store.engine.connect() as other, ThreadPoolExecutor(1) as threads:
        # the other one waits for longer before it looks, so that it is the pass that the server ends
        other.execute(text("SET deadlock_timeout = '60s'"))
        other.execute(text("LOCK TABLE cases"))
        judged = []

        def judges(own: Store, scope: str | None, now: datetime, phases: Collection[str] | None) -> Judged:
            judged.append(now)
            if len(judged) == 1:
                threads.submit(_wait_for_the_pass, other)
                _until_somebody_waits(store)
            return judge_now(own, scope, now, phases)

        done = owe(store, None, at(MORNING), judges=judges)
    assert (len(judged), done.opened > 0, done.owed > 0) == (2, True, True)
    assert chase.rows("SELECT COUNT(*) FROM passes") == [(1,)]
    told = "SELECT case_id, rung, unit, role, person FROM notice_lines"
    assert len(chase.rows(told)) == len(set(chase.rows(told))) > 0
    assert verify(store).whole


def _wait_for_the_pass(other: Connection) -> None:
    """It wrote a row of `passes` in its transaction, which ends before anybody may have the whole table."""
    other.execute(text("LOCK TABLE passes"))
    other.rollback()


def _until_somebody_waits(store: Store) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with store.reading() as connection:
            if connection.execute(text("SELECT COUNT(*) FROM pg_locks WHERE NOT granted")).scalar_one():
                return
        time.sleep(0.02)
    pytest.fail("nobody waits")


@pytest.mark.parametrize(("code", "times"), [("40P01", len(PAUSES)), ("40001", 1)])
def test_a_pass_that_gave_way_as_often_as_it_may_is_made_at_last(chase: Chase, code: str, times: int):
    gives_way(chase, "cases", times, code)
    assert chase.campaign.owe(MORNING).opened > 0
    assert chase.rows("SELECT COUNT(*) FROM passes") == [(1,)]
    assert verify(chase.campaign.store).whole


def test_a_pass_that_gives_way_once_more_is_told_that_others_are_at_it_and_has_changed_nothing(chase: Chase):
    gives_way(chase, "cases", len(PAUSES) + 1, "40001")
    with pytest.raises(Refusal, match="busy: another writer") as refused:
        chase.campaign.owe(MORNING)
    assert "系统正忙" in refused.value.said.zh
    assert chase.rows("SELECT (SELECT COUNT(*) FROM passes), (SELECT COUNT(*) FROM cases)") == [(0, 0)]
    assert chase.campaign.owe(MORNING).opened > 0


def test_a_report_whose_intake_gave_way_is_taken_in_once(chase: Chase):
    gives_way(chase, "batches", 2, "40P01")
    chase.report("code,staff\n990101001,10\n", MORNING)
    assert chase.rows("SELECT COUNT(*) FROM batches") == [(1,)]
    assert chase.rows("SELECT unit, value FROM readings WHERE indicator = 'staff'") == [("990101001", 10.0)]
    assert verify(chase.campaign.store).whole


def test_what_fails_for_a_reason_of_its_own_is_not_tried_again(chase: Chase):
    gives_way(chase, "batches", 9, "23514")
    with pytest.raises(Exception, match="for the sake of another"):
        chase.report("code,staff\n990101001,10\n", MORNING)
    assert chase.rows("SELECT last_value FROM tried") == [(1,)]
