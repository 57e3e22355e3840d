"""What became of one row, report by report."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from worlds.campaign import Campaign, at, make_campaign
from worlds.registers import FUNDS, PROBLEMS, take_rows

from models.moments import micros
from models.plan.lists import Register
from tasks.registers.history import history_of

RECEIVED = at("2020-11-20T09:00")
FIRST, SECOND, THIRD = "2020-11-05T17:00", "2020-11-06T17:00", "2020-11-07T17:00"


@pytest.fixture
def campaign(tmp_path: Any) -> Campaign:
    return make_campaign(tmp_path)


def problem(row: float = 1, code: str = "990101", **cells: Any) -> dict[str, Any]:
    return {"code": code, "list": "甲", "row": row, **cells}


def take(campaign: Campaign, *rows: dict[str, Any], as_of: str, register: Register = PROBLEMS) -> int:
    return take_rows(campaign.store, register, rows, at(as_of), RECEIVED)


def told(campaign: Campaign, key: str = "甲/1", unit: str | None = "990101", **asked: Any) -> list[tuple[Any, ...]]:
    found = history_of(campaign.store, PROBLEMS, key, unit, **asked)
    return [(change.batch, change.was, change.now) for change in found]


def test_each_report_that_changes_a_row_is_one_entry_and_the_others_are_none(campaign: Campaign) -> None:
    take(campaign, problem(state="received", due=date(2020, 11, 9)), problem(2), as_of=FIRST)
    take(campaign, problem(state="received"), as_of=SECOND)
    take(campaign, problem(2, state="closed"), as_of=SECOND)
    take(campaign, problem(state="closed", **{":emptied": ["due"]}), as_of=THIRD)
    first, last = history_of(campaign.store, PROBLEMS, "甲/1", "990101")
    assert (first.as_of, first.by) == (micros(at(FIRST)), "甲县人普办")
    assert (first.was, first.now) == ({}, {"list": "甲", "row": 1.0, "due": date(2020, 11, 9), "state": "received"})
    assert last.as_of == micros(at(THIRD))
    assert last.was == {"due": date(2020, 11, 9), "state": "received"}
    assert last.now == {"due": None, "state": "closed"}


def test_a_report_that_came_late_stands_where_it_holds(campaign: Campaign) -> None:
    last = take(campaign, problem(state="closed"), as_of=SECOND)
    first = take(campaign, problem(state="received"), as_of=FIRST)
    assert [batch for batch, _, _ in told(campaign)] == [first, last]
    assert told(campaign)[1][1:] == ({"state": "received"}, {"state": "closed"})


def test_a_row_that_was_withdrawn_and_comes_back_begins_anew(campaign: Campaign) -> None:
    take(campaign, problem(state="received", seen=True), as_of=FIRST)
    take(campaign, problem(**{":withdrawn": True}), as_of=SECOND)
    take(campaign, problem(state="closed"), as_of=THIRD)
    key = {"list": "甲", "row": 1.0}
    assert [(was, now) for _, was, now in told(campaign)] == [
        ({}, {**key, "state": "received", "seen": True}),
        ({**key, "state": "received", "seen": True}, {}),
        ({}, {**key, "state": "closed"}),
    ]


def test_a_row_that_moves_below_its_keeper_says_from_where_to_where(campaign: Campaign) -> None:
    take(campaign, problem(code="990101001"), as_of=FIRST)
    take(campaign, problem(code="990101002"), as_of=SECOND)
    assert told(campaign, unit="990101001")[1][1:] == ({"code": "990101001"}, {"code": "990101002"})


def test_the_history_ends_where_it_is_asked_for(campaign: Campaign) -> None:
    take(campaign, problem(state="received"), as_of=FIRST)
    take(campaign, problem(state="closed"), as_of=SECOND)
    assert len(told(campaign, until=at("2020-11-06T16:59"))) == 1
    assert len(told(campaign, until=at(SECOND))) == 2


def test_the_same_key_at_another_keeper_is_another_row_and_an_unknown_one_has_no_history(campaign: Campaign) -> None:
    take(campaign, problem(), problem(code="990102"), as_of=FIRST)
    take(campaign, problem(code="990102", state="closed"), as_of=SECOND)
    assert len(told(campaign, unit="990101")) == 1
    assert len(told(campaign, unit="990102")) == 2
    assert told(campaign, "甲/9") == []


def test_a_key_with_the_code_needs_no_unit(campaign: Campaign) -> None:
    row = {"code": "9901", "entry": "a/b"}
    for as_of, amount in ((FIRST, 1.0), (SECOND, 2.0)):
        take(campaign, {**row, "amount": amount}, {**row, "code": "9902"}, as_of=as_of, register=FUNDS)
    found = history_of(campaign.store, FUNDS, "9901/a/b")
    assert [(change.was, change.now) for change in found] == [
        ({}, {"entry": "a/b", "amount": 1.0}),
        ({"amount": 1.0}, {"amount": 2.0}),
    ]
