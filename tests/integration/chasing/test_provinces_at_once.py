"""Provinces side by side on PostgreSQL: nobody waits for another's judging, and the ledger is as if one came after the other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import polars as pl
import pytest
from sqlalchemy import Engine, text
from worlds.campaign import UNITS, at
from worlds.chases import Chase, chasing
from worlds.databases import copy_postgresql
from worlds.plans import TWO_PHASES

from models.wording import Refusal
from tasks.audit_trail.records import verify
from tasks.campaign import database
from tasks.campaign.frames import next_ids
from tasks.campaign.locks import ALL_OFFICES, LEDGER, Writes, group_of, of_offices
from tasks.chasing.passes import owe
from tasks.delivery.attempts import Desk
from tasks.delivery.beginnings import begin_now
from tasks.delivery.deliver import deliver
from tasks.delivery.leases import take
from tasks.delivery.taking_back import withdraw_lines
from tasks.delivery.texts import Texts
from tasks.judging.judge import Judged
from tasks.judging.settled import judge_now

pytestmark = pytest.mark.timeout(120)

_OF_98 = [line.replace("99", "98") for line in UNITS.strip().splitlines()[1:]]
TWO = UNITS.strip() + "\n" + "\n".join(_OF_98) + "\n"
MORNING, LATER = "2020-08-14T09:00", "2020-08-20T09:00"


@pytest.fixture
def chase(tmp_path: Path, template: Engine) -> Iterator[Chase]:
    with chasing(
        tmp_path, copy_postgresql(template, f"p{abs(hash(str(tmp_path)))}"), plan=TWO_PHASES, units=TWO
    ) as one:
        yield one


@contextmanager
def judging(chase: Chase, scope: str | None, moment: str) -> Iterator[Future[Any]]:
    """A pass that is judging as long as the block lasts."""
    begun, may_end = Event(), Event()

    def slowly(store: Any, scope: Any, now: Any, phases: Any) -> Judged:
        begun.set()
        assert may_end.wait(60)
        return judge_now(store, scope, now, phases)

    with ThreadPoolExecutor(1) as threads:
        passing = threads.submit(owe, chase.campaign.store, scope, at(moment), judges=slowly)
        assert begun.wait(30)
        try:
            yield passing
        finally:
            may_end.set()


def impersonal(chase: Chase) -> list[tuple[object, ...]]:
    """The ledger without the names of persons, which depend on the address of the sink."""
    persons = {row[0] for row in chase.rows("SELECT person FROM contacts")}
    return sorted((tuple("*" if value in persons else value for value in row) for row in chase.ledger()), key=repr)


def test_while_one_province_is_judged_another_is_judged_chased_reported_on_and_told(chase: Chase):
    with judging(chase, "98", MORNING) as passing:
        assert chase.campaign.owe(MORNING, "99").owed > 0
        chase.report("code,staff\n990101001,10\n", MORNING)
        done = deliver(chase.campaign.store, chase.campaign.settings, lambda: at(MORNING))
        assert (done.delivered > 0, passing.done()) == (True, False)
    assert passing.result(60).opened > 0
    assert verify(chase.campaign.store).whole


@pytest.mark.parametrize("scope", ["98", "980101", None])
def test_whoever_writes_of_the_same_province_waits(chase: Chase, scope: str | None):
    with ThreadPoolExecutor(2) as threads, judging(chase, "98", MORNING) as passing:
        same = threads.submit(owe, chase.campaign.store, scope, at(MORNING))
        report = threads.submit(chase.report, "code,staff\n980101001,10\n", MORNING)
        with pytest.raises(TimeoutError):
            same.result(0.5)
        assert not report.done()
        assert not passing.done()
    # outside of both: whoever waited has ended
    assert same.result(60).aside == ()
    report.result(60)
    cases = chase.rows("SELECT unit, requirement, COUNT(*) FROM cases GROUP BY unit, requirement HAVING COUNT(*) > 1")
    assert cases == []


def test_an_outcome_waits_for_no_judging_of_the_whole_nation(chase: Chase):
    chase.campaign.owe(MORNING)
    with judging(chase, None, MORNING) as passing:
        done = deliver(chase.campaign.store, chase.campaign.settings, lambda: at(MORNING))
        assert not passing.done()
    passing.result(60)
    assert done.delivered > 0
    assert chase.rows("SELECT COUNT(*) FROM notices WHERE state = 'accepted'") == [(done.delivered,)]
    assert verify(chase.campaign.store).whole


def test_what_was_sent_while_a_pass_took_it_back_was_told_all_the_same(chase: Chase):
    store, settings = chase.campaign.store, chase.campaign.settings
    chase.campaign.owe(MORNING)
    ((case, line),) = chase.rows("SELECT case_id, id FROM notice_lines WHERE unit = '980101001' LIMIT 1")
    (notice,) = chase.rows("SELECT notice_id FROM notice_lines WHERE id = :line", line=line)[0]
    chase.do(
        "UPDATE notices SET state = 'sending', attempts = 1, lease = 'x', lease_until = 9e15 WHERE id = :n", n=notice
    )
    gone = pl.DataFrame({"case": [case], "reason": ["met"]})
    with store.writing(of_offices(["98"])) as connection:
        withdraw_lines(connection, gone, "withdrawn", 0)
        with ThreadPoolExecutor(1) as threads:
            threads.submit(_accept, chase, notice).result(30)
            assert threads.submit(deliver, store, settings, lambda: at(MORNING)).result(60).delivered > 0
    assert chase.rows("SELECT state FROM notice_lines WHERE id = :line", line=line) == [("live",)]


def _accept(chase: Chase, notice: int) -> None:
    with chase.campaign.store.writing(LEDGER) as connection:
        accepted = "UPDATE notices SET state = 'accepted', settled_at = 1, lease = NULL WHERE id = :n"
        connection.execute(text(accepted), {"n": notice})


def test_a_notice_that_a_pass_takes_back_is_leased_by_nobody(chase: Chase):
    store, settings = chase.campaign.store, chase.campaign.settings
    chase.campaign.owe(MORNING)
    cases = [row[0] for row in chase.rows("SELECT id FROM cases WHERE unit LIKE '98%'")]
    gone = pl.DataFrame({"case": cases, "reason": ["met"] * len(cases)})
    with store.writing(of_offices(["98"])) as connection:
        withdraw_lines(connection, gone, "withdrawn", 0)
        with ThreadPoolExecutor(1) as threads:
            threads.submit(deliver, store, settings, lambda: at(MORNING)).result(60)
    lines = "SELECT DISTINCT n.state FROM notices n JOIN notice_lines l ON l.notice_id = n.id WHERE l.unit LIKE :of"
    assert chase.rows(lines, of="98%") == [("withdrawn",)]
    assert chase.rows(lines, of="99%") == [("accepted",)]


def test_what_a_pass_changes_begins_when_it_has_ended_and_no_sender_waits_for_it(chase: Chase):
    store = chase.campaign.store
    chase.campaign.owe(MORNING)
    desk = Desk(store, chase.campaign.settings, Texts(store), store.calendar())
    leased = take(desk, at(MORNING), 100).leased
    cases = [row[0] for row in chase.rows("SELECT id FROM cases WHERE unit LIKE '98%'")]
    with store.writing(of_offices(["98"])) as connection:
        withdraw_lines(connection, pl.DataFrame({"case": cases, "reason": ["met"] * len(cases)}), "withdrawn", 0)
        with ThreadPoolExecutor(1) as threads:
            during = threads.submit(begin_now, desk, leased, at(MORNING)).result(30)
    after = begin_now(desk, leased, at(MORNING))
    changed = {row[0] for row in chase.rows("SELECT id FROM notices WHERE state = 'withdrawn'")}
    assert changed and not changed & (during.begun | during.gone)
    assert (after.begun, after.gone) == (during.begun, changed)


def test_two_provinces_at_once_while_notices_are_sent_give_what_one_after_the_other_gives(
    tmp_path: Path, chase: Chase, template: Engine
):
    moments = ("2020-07-30T09:00", "2020-08-06T08:30", "2020-08-14T09:00", "2020-08-21T08:30", "2020-08-24T08:30")
    for number, moment in enumerate(moments):
        with ThreadPoolExecutor(5) as threads:
            acts = [threads.submit(chase.campaign.owe, moment, scope) for scope in ("98", "99", "98", "99")]
            [one.result(60) for one in acts]
            sent = threads.submit(deliver, chase.campaign.store, chase.campaign.settings, lambda now=moment: at(now))
            reports = [threads.submit(chase.report, report(code, number), moment) for code in ("98", "99")]
            [one.result(60) for one in (sent, *reports)]
        chase.campaign.watch(moment)
    (tmp_path / "alone").mkdir()
    url = copy_postgresql(template, f"q{abs(hash(str(tmp_path)))}")
    with chasing(tmp_path / "alone", url, plan=TWO_PHASES, units=TWO) as alone:
        for number, moment in enumerate(moments):
            for scope in ("98", "99"):
                alone.campaign.owe(moment, scope)
            deliver(alone.campaign.store, alone.campaign.settings, lambda now=moment: at(now))
            for code in ("98", "99"):
                alone.report(report(code, number), moment)
            alone.campaign.watch(moment)
        assert impersonal(chase) == impersonal(alone)
    assert verify(chase.campaign.store).whole


def report(province: str, number: int) -> str:
    """A county's figures, better from week to week."""
    return f"code,staff\n{province}0101001,{number}\n{province}0102001,{3 * number}\n"


def test_provinces_that_superiors_join_are_one_group(chase: Chase):
    chase.do("INSERT INTO superiors (code, superior, line) VALUES ('980101', '99', 'government')")
    chase.do("INSERT INTO superiors (code, superior, line) VALUES ('970101', '98', 'government')")
    with chase.campaign.store.reading() as connection:
        assert [group_of(connection, one) for one in ("97", "98", "99", "96")] == [["97", "98", "99"]] * 3 + [["96"]]
    with judging(chase, "98", MORNING), pytest.raises(Refusal, match="busy"):
        wait_a_second(chase, of_offices(["99"]))


@pytest.mark.parametrize("writes", [of_offices(["98"]), ALL_OFFICES, of_offices([])])
def test_nobody_waits_for_ever_for_a_holder_that_hangs(chase: Chase, writes: Writes):
    with judging(chase, "98", MORNING):
        with pytest.raises(Refusal) as refused:
            wait_a_second(chase, writes)
        wait_a_second(chase, of_offices(["99"]))
        wait_a_second(chase, LEDGER)
    assert "系统正忙" in refused.value.said.zh


def wait_a_second(chase: Chase, writes: Writes) -> None:
    with database.writing(chase.campaign.store.engine, writes, wait=1):
        pass


def test_numbers_that_are_given_at_once_are_given_to_one_alone(chase: Chase):
    store = chase.campaign.store
    with store.writing(of_offices(["98"])) as one, store.writing(of_offices(["99"])) as other:
        firsts = [next_ids(connection, "cases", 10) for connection in (one, other, one, other)]
    assert firsts == [firsts[0] + 10 * place for place in range(4)]
