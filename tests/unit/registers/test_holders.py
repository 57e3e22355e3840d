"""How many contacts answer for a row, and who the roster says is on duty."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from worlds.over_rows import CHAINS, PROBLEMS, UNITS, ZONE, problem, requirement
from worlds.plans import plan_of
from worlds.plans_over_rows import kept_rows, plan_over_rows

from models.rules.registers.holders import holders, with_holders
from models.rules.registers.offices import with_offices
from models.rules.registers.roster import seats_on_duty

ROSTER = """
title: 值班表
kept_by: county
key: [code, starts]
columns: {starts: {title: 起, type: moment}, ends: {title: 止, type: moment}, seat: {title: 值班号, type: number}}
"""
PLAN = plan_of(plan_over_rows({"problems": PROBLEMS, "roster": ROSTER}, [requirement("register: problems, due: due")]))
CONTACTS = pl.DataFrame(
    [
        ("140105", "recheck", "甲", ""),
        ("140105", "recheck", "乙", "kind:logic"),
        ("140105", "recheck", "丙", "140105002 phase:recheck"),
        ("140105", "owner", "丁", ""),
        ("140106", "recheck", "戊", ""),
    ],
    schema=["unit", "role", "person", "only_for"],
    orient="row",
)


@pytest.mark.parametrize(
    ("row", "phase", "count"),
    [
        (problem(1, kind="logic"), "recheck", 2),
        (problem(1, kind="missed"), "recheck", 1),
        (problem(1, kind=None), "recheck", 1),
        (problem(1, kind="missed") | {"code": "140105002"}, "recheck", 2),
        (problem(1, kind="missed") | {"code": "140105002"}, "zoning", 1),
        (problem(1, kind="missed") | {"code": "140105002"}, None, 2),
    ],
)
def test_those_are_counted_who_answer_for_the_row(row: dict[str, object], phase: str | None, count: int) -> None:
    register = PLAN.registers["problems"]
    rows = with_offices(kept_rows(register, [row]), register, UNITS, CHAINS)

    assert with_holders(rows, {"holders_recheck", "state"}, CONTACTS, phase)["holders_recheck"].to_list() == [count]


def test_where_nobody_knows_the_contacts_nothing_is_decided() -> None:
    register = PLAN.registers["problems"]
    rows = with_offices(kept_rows(register, [problem(1)]), register, UNITS, CHAINS)

    assert with_holders(rows, {"holders_recheck"}, None)["holders_recheck"].to_list() == [None]


def test_every_office_counts_its_own_and_one_without_anybody_has_none() -> None:
    counts = dict(holders(CONTACTS, UNITS, "recheck").iter_rows())

    assert (counts["140105"], counts["140106"], counts["1401"]) == (3.0, 1.0, 0.0)


def shift(starts: str, ends: str, seat: int) -> dict[str, object]:
    times = (datetime.fromisoformat(text).replace(tzinfo=ZONE) for text in (starts, ends))
    return {"code": "140105", "starts": next(times), "ends": next(times), "seat": seat}


@pytest.mark.parametrize(
    ("moment", "seats"),
    [
        ("2020-11-01T07:59", []),
        ("2020-11-01T08:00", [1]),
        ("2020-11-01T22:00", [1, 2]),
        ("2020-11-01T23:59", [1, 2]),
        ("2020-11-02T00:00", [2]),
        ("2020-11-02T06:00", []),
    ],
)
def test_a_shift_ends_where_the_next_begins(moment: str, seats: list[int]) -> None:
    rows = kept_rows(
        PLAN.registers["roster"],
        [shift("2020-11-01T08:00", "2020-11-02T00:00", 1), shift("2020-11-01T22:00", "2020-11-02T06:00", 2)],
    )

    found = seats_on_duty(rows, datetime.fromisoformat(moment).replace(tzinfo=ZONE))
    assert found["seat"].sort().to_list() == seats
