"""A pass in which nothing is new asks the database little, over one connection: what it costs does not creep up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from worlds.campaign import UNITS, at
from worlds.chases import Chase, chasing
from worlds.plans import PAPERS, TWO_PHASES

from tasks.chasing.passes import Owed, owe

MOST = 21
"""Locks and what holds them, what a province and its open cases are, in which state its figures are, and what the pass did."""
FIGURES = ("data FROM latest_readings", "data FROM reading_columns", "SELECT indicator")
"""What begins to read figures, however it goes on."""
PROVINCES = UNITS + "".join(line.replace("99", "98", 1) + "\n" for line in UNITS.strip().splitlines()[1:])


@contextmanager
def heard(engine: Engine) -> Iterator[tuple[list[str], list[None]]]:
    """The statements that are sent, and a mark for each time that a connection is taken."""
    statements, connections = list[str](), list[None]()

    def sent(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(" ".join(statement.split())[:250])

    def taken(*_: object) -> None:
        connections.append(None)

    event.listen(engine, "before_cursor_execute", sent)
    event.listen(engine, "checkout", taken)
    try:
        yield statements, connections
    finally:
        event.remove(engine, "before_cursor_execute", sent)
        event.remove(engine, "checkout", taken)


def watched(chase: Chase, moment: str, scope: str) -> tuple[Owed, list[str], int]:
    """One pass over `scope`, what it sent to the database, and over how many connections."""
    with heard(chase.campaign.store.engine) as (statements, connections):
        owed = owe(chase.campaign.store, scope, at(moment))
    return owed, statements, len(connections)


@pytest.mark.parametrize("plan", [TWO_PHASES, PAPERS], ids=["ladders", "papers"])
def test_a_quiet_pass_of_a_province_sends_few_statements_over_one_connection(
    tmp_path: Path, database_url: str, plan: str
):
    with chasing(tmp_path, database_url, plan=plan, units=PROVINCES) as chase:
        chase.report("code,funds_arrived,population\n990101,100,50\n980101,100,50\n", "2020-08-03T12:00")
        for moment in ("2020-08-06T09:00", "2020-08-07T09:00", "2020-08-07T10:00"):
            chase.watch(moment, "99")
        owed, statements, connections = watched(chase, "2020-08-07T10:15", "99")
        open_cases = chase.rows("SELECT count(*) FROM cases WHERE closed_at IS NULL AND unit LIKE '99%'")[0][0]
    assert (owed.opened, owed.closed, owed.owed, owed.aside) == (0, 0, 0, ())
    assert (open_cases > 0, owed.judged > 0, connections) == (True, True, 1)
    assert len(statements) <= MOST, statements
    assert [one for one in statements if any(figures in one for figures in FIGURES)] == []
    assert len({one for one in statements if one.startswith("SELECT")}) == sum(
        one.startswith("SELECT") for one in statements
    ), "nothing is asked twice"


def test_a_plan_that_was_loaded_since_holds_for_the_next_pass(tmp_path: Path, database_url: str):
    with chasing(tmp_path, database_url, plan=TWO_PHASES, units=PROVINCES) as chase:
        before = owe(chase.campaign.store, "99", at("2020-08-06T09:00")).judged
        chase.load("2020-08-06T09:30", plan=PAPERS)
        after = owe(chase.campaign.store, "99", at("2020-08-06T10:00")).judged
    assert after == before + 2, "each county owes a meeting too"
