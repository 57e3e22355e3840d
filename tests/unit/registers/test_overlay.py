"""Rows laid over one another: what is given, kept, emptied, withdrawn and new, and in which order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import pytest
from worlds.registers import FUNDS, PROBLEMS, PlainRows, as_set, draw_report, reported

from models.plan.lists import Register
from models.rules.registers.frames import rows_schema
from models.rules.registers.overlay import no_rows, overlay

MONDAY, TUESDAY, WEDNESDAY = 1_596_412_800_000_000, 1_596_499_200_000_000, 1_596_585_600_000_000


def laid(register: Register, *reports: tuple[int, list[dict[str, Any]]]) -> pl.DataFrame:
    state = no_rows(register)
    for batch, (as_of, rows) in enumerate(reports, 1):
        state = overlay(state, reported(register, rows), register, as_of, batch)
    return state


def problem(row: float, code: str = "140105", **cells: Any) -> dict[str, Any]:
    return {"code": code, "list": "甲", "row": row, **cells}


def told(state: pl.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return state.select(columns).rows()


def test_given_cells_replace_empty_ones_keep_and_a_dash_empties() -> None:
    first = problem(1, due=date(2020, 11, 5), state="received", kinds=["a"], seen=True)
    state = laid(PROBLEMS, (MONDAY, [first]), (TUESDAY, [problem(1, state="closed", **{":emptied": ["due", "kinds"]})]))
    assert told(state, "due", "state", "kinds", "seen") == [(None, "closed", None, True)]
    assert told(state, ":since", ":changed", ":batch") == [(MONDAY, TUESDAY, 2)]


def test_a_report_that_says_what_is_known_changes_nothing() -> None:
    same = problem(1, state="received", kinds=["a", "b"])
    state = laid(PROBLEMS, (MONDAY, [same]), (TUESDAY, [same]))
    assert told(state, ":changed", ":batch") == [(MONDAY, 1)]


def test_the_rows_of_a_state_have_its_columns_and_stand_in_order_of_code_and_key() -> None:
    rows = [problem(10), problem(9), problem(1, "140106")]
    state = laid(PROBLEMS, (MONDAY, rows[:2]), (TUESDAY, rows[2:3]))
    assert state.schema == rows_schema(PROBLEMS)
    assert told(state, "code", "row") == [("140105", 9.0), ("140105", 10.0), ("140106", 1.0)]


def test_a_row_stays_the_same_when_its_code_moves_below_the_same_keeper_and_is_new_at_another() -> None:
    moved = laid(PROBLEMS, (MONDAY, [problem(1, "140105001", seen=True)]), (TUESDAY, [problem(1, "140105002")]))
    assert told(moved, "code", "seen", ":since", ":changed") == [("140105002", True, MONDAY, TUESDAY)]
    away = laid(PROBLEMS, (MONDAY, [problem(1, "140105001", seen=True)]), (TUESDAY, [problem(1, "140106001")]))
    assert told(away, "code", "seen", ":since") == [("140105001", True, MONDAY), ("140106001", None, TUESDAY)]


def test_a_withdrawn_row_stays_with_its_cells_and_is_new_when_it_is_reported_again() -> None:
    first, gone = problem(1, state="closed", seen=True), problem(1, **{":withdrawn": True})
    state = laid(PROBLEMS, (MONDAY, [first]), (TUESDAY, [gone]))
    assert told(state, "state", ":withdrawn", ":since", ":changed", ":batch") == [("closed", True, MONDAY, TUESDAY, 2)]
    twice = laid(PROBLEMS, (MONDAY, [first]), (TUESDAY, [gone]), (WEDNESDAY, [gone]))
    assert told(twice, ":withdrawn", ":changed") == [(True, TUESDAY)]
    back = laid(PROBLEMS, (MONDAY, [first]), (TUESDAY, [gone]), (WEDNESDAY, [problem(1, state="received")]))
    assert told(back, "state", "seen", ":withdrawn", ":since") == [("received", None, False, WEDNESDAY)]


def test_nobody_withdraws_a_row_that_is_not_there() -> None:
    assert laid(PROBLEMS, (MONDAY, [problem(1, **{":withdrawn": True})])).is_empty()


def test_a_nil_return_goes_when_its_keeper_has_rows_and_no_other_keepers_does() -> None:
    nil = [{"code": code, ":nil": True} for code in ("140105", "140106")]
    state = laid(PROBLEMS, (MONDAY, nil))
    assert told(state, "code", ":nil", ":since") == [("140105", True, MONDAY), ("140106", True, MONDAY)]
    state = laid(PROBLEMS, (MONDAY, nil), (TUESDAY, [problem(1, "140105001")]))
    assert told(state, "code", ":nil") == [("140105001", False), ("140106", True)]


def test_a_nil_return_that_is_sent_again_says_nothing_new() -> None:
    nil = [{"code": "140105", ":nil": True}]
    assert told(laid(PROBLEMS, (MONDAY, nil), (TUESDAY, nil)), ":since", ":batch") == [(MONDAY, 1)]


def test_a_keeper_whose_rows_are_all_withdrawn_may_send_a_nil_return() -> None:
    gone, nil = problem(1, **{":withdrawn": True}), {"code": "140105", ":nil": True}
    state = laid(PROBLEMS, (MONDAY, [problem(1)]), (TUESDAY, [gone, nil]))
    assert told(state, ":nil", ":withdrawn") == [(False, True), (True, False)]


CODES: Sequence[tuple[Register, tuple[str, ...]]] = (
    (PROBLEMS, ("140105", "140105001", "140105002001", "140106", "140107001")),
    (FUNDS, ("14", "1401", "1402", "140105", "140106", "140201")),
)


@pytest.mark.parametrize(("register", "codes"), CODES, ids=["key-without-code", "key-with-code"])
def test_reports_in_order_amount_to_what_a_clerk_would_write_down(register: Register, codes: tuple[str, ...]) -> None:
    seen: Counter[str] = Counter()
    for seed in range(20):
        chance, plain, state = random.Random(seed), PlainRows(register), no_rows(register)
        for batch in range(1, 20):
            rows = draw_report(chance, register, codes)
            plain.reports.append((MONDAY + batch // 3, batch, rows))
            state = overlay(state, reported(register, rows), register, MONDAY + batch // 3, batch)
            seen["nil"] += state.filter(pl.col(":nil")).height
        assert as_set(state.to_dicts(), register) == as_set(plain.at(TUESDAY), register), seed
        seen["withdrawn"] += state.filter(pl.col(":withdrawn")).height
        seen["changed"] += state.filter(pl.col(":since") < pl.col(":changed")).height
    assert min(seen["withdrawn"], seen["nil"], seen["changed"]) > 3
