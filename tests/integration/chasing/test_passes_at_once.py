"""Several passes at once, and passes that die: every line is owed once, and the next pass heals."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import text
from worlds.campaign import UNITS, at
from worlds.chases import Chase, chasing
from worlds.plans import TWO_PHASES
from worlds.sender_process import AT_COMMIT, start_pass

from tasks.campaign.settings import Settings
from tasks.campaign.store import open_store
from tasks.delivery.deliver import deliver

CODES = [line.split(",")[0] for line in UNITS.strip().splitlines()[1:]]
STEPS = (
    "2020-07-30T09:00",
    "2020-08-05T09:00",
    "2020-08-06T08:30",
    "2020-08-07T08:30",
    "2020-08-14T09:00",
    "2020-08-20T09:00",
    "2020-08-21T08:30",
    "2020-08-24T08:30",
)


def start(chase: Chase, moment: str, *, statements: int | None = None, delivering: bool = False) -> BaseProcess:
    """A pass in a process of its own; with `statements` it is killed before its n-th statement, or its commit."""
    return start_pass(chase.campaign.settings, moment, dies_at=statements, delivering=delivering)


def ended(process: BaseProcess) -> int | None:
    process.join(60)
    return process.exitcode


@pytest.fixture
def chase(tmp_path: Path, database_url: str) -> Iterator[Chase]:
    with chasing(tmp_path, database_url, plan=TWO_PHASES) as one:
        yield one


def alone(folder: Path, steps: tuple[str, ...]) -> list[tuple[object, ...]]:
    """What one pass at each moment writes, undisturbed."""
    folder.mkdir()
    with chasing(folder, plan=TWO_PHASES) as one:
        for moment in steps:
            one.watch(moment)
        return impersonal(one)


def impersonal(chase: Chase) -> list[tuple[object, ...]]:
    """The ledger without the names of persons, which depend on the address of the sink."""
    persons = {row[0] for row in chase.rows("SELECT person FROM contacts")}
    return sorted((tuple("*" if value in persons else value for value in row) for row in chase.ledger()), key=repr)


@pytest.mark.parametrize("count", [2, 4])
def test_several_passes_at_once_give_what_one_gives(tmp_path: Path, chase: Chase, count: int):
    for moment in STEPS:
        chase.at_once(moment, count)
        chase.watch(moment)
    assert impersonal(chase) == alone(tmp_path / "alone", STEPS)


def test_several_schedulers_that_fire_one_deadline_send_each_person_one_message(chase: Chase):
    def whole_pass(moment: str) -> None:
        settings = chase.campaign.settings
        store = open_store(Settings(home=settings.home, database_url=settings.database, _env_file=None))  # type: ignore[call-arg]
        chase.campaign.owe(moment)
        deliver(store, settings, lambda: at(moment))
        store.engine.dispose()

    for moment in STEPS[:4]:
        before = len(chase.sink.accepted)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(whole_pass, [moment] * 4))
        got = [message.to for message in chase.sink.accepted[before:]]
        assert len(got) == len(set(got)) > 0


def test_two_processes_at_once_give_what_one_gives(tmp_path: Path, chase: Chase):
    for moment in ("2020-08-06T08:30", "2020-08-14T09:00"):
        passes = [start(chase, moment, delivering=True) for _ in range(2)]
        assert [ended(one) for one in passes] == [0, 0]
    got = [message.number for message in chase.sink.accepted]
    assert len(got) == len(set(got)) > 0
    assert impersonal(chase) == alone(tmp_path / "alone", ("2020-08-06T08:30", "2020-08-14T09:00"))


@pytest.mark.parametrize("statements", [8, 20, 28, AT_COMMIT])
def test_a_process_killed_inside_its_transaction_leaves_nothing_and_the_next_heals(
    tmp_path: Path, chase: Chase, statements: int
):
    before = chase.ledger()
    killed = start(chase, "2020-08-21T08:30", statements=statements)
    assert ended(killed) == -signal.SIGKILL
    assert chase.ledger() == before
    assert chase.rows("SELECT COUNT(*) FROM passes") == [(0,)]
    chase.watch("2020-08-21T08:30")
    assert impersonal(chase) == alone(tmp_path / "alone", ("2020-08-21T08:30",))


def test_a_pass_killed_at_each_of_its_statements_in_turn_owes_everything_once(tmp_path: Path):
    with chasing(tmp_path, plan=TWO_PHASES) as chase:
        deaths = 0
        while chase.killed("2020-08-21T08:30", deaths):
            deaths += 1
        assert deaths > 30
        chase.watch("2020-08-21T08:30")
        assert impersonal(chase) == alone(tmp_path / "alone", ("2020-08-21T08:30",))


def test_a_report_that_comes_in_between_two_passes_is_not_forgotten_by_the_slower_one(
    tmp_path: Path, database_url: str
):
    """A pass judges on what it finds when it has the campaign to itself, not on what was known before it waited."""
    with chasing(tmp_path, database_url, plan=TWO_PHASES) as chase:
        chase.watch("2020-08-14T09:00")
        with ThreadPoolExecutor(1) as threads, chase.campaign.store.writing() as connection:
            waiting = threads.submit(chase.campaign.owe, "2020-08-20T09:00")
            insert = "INSERT INTO readings (indicator, unit, as_of, batch, value) VALUES ('staff', :unit, 0, 1, 50)"
            connection.execute(text(insert), [{"unit": code} for code in CODES if len(code) == 9])
            connection.commit()
        waiting.result(60)
        assert chase.rows("SELECT COUNT(*) FROM cases WHERE requirement LIKE 'recruitment%' AND closed_at IS NULL") == [
            (0,)
        ]
