"""Cases, decisions and exits under new codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from models.rules.loading.carried_duties import Carried, carried_cases, carried_decisions, carried_exits

A, B, C, D = "990101001", "990101002", "990101009", "990101010"
MOVED = [(A, C, 1, 1)]
MERGED = [(A, C, 1, 2), (B, C, 1, 2)]
INTO_B = [(A, B, 1, 2), (B, B, 1, 2)]
SPLIT = [(A, C, 2, 1), (A, D, 2, 1)]
SPLIT_OFF = [(A, A, 2, 1), (A, D, 2, 1)]


def became(pairs: Sequence[tuple[str, str, int, int]]) -> pl.DataFrame:
    schema = {"old": pl.String, "new": pl.String, "parts": pl.Int64, "joined": pl.Int64}
    return pl.DataFrame(pairs, schema=schema, orient="row")


def cases(rows: Sequence[tuple[Any, ...]], pairs: Sequence[tuple[str, str, int, int]], since: int = 100) -> Carried:
    """rows: id, unit, period, due, rung, and True for one that is closed; all of one duty, `field.daily` with a period."""
    full = [
        (number, unit, "field.daily" if period else "office.maps", period, due, rung, bool(over))
        for number, unit, period, due, rung, *over in rows
    ]
    schema = {
        "id": pl.Int64,
        "unit": pl.String,
        "requirement": pl.String,
        "period": pl.String,
        "due": pl.Int64,
        "rung": pl.Int64,
        "closed": pl.Boolean,
    }
    return carried_cases(pl.DataFrame(full, schema=schema, orient="row"), became(pairs), since, ["field.daily"])


def test_an_office_with_another_code_keeps_what_is_open_and_what_is_over() -> None:
    found = cases([(1, A, "", 50, 2), (2, A, "d", 60, -1, True)], MOVED)

    assert found.recoded.rows() == [(1, C), (2, C)]
    assert found.closed.is_empty()


def test_of_two_cases_of_one_duty_the_one_that_got_further_goes_on() -> None:
    found = cases([(1, A, "", 50, 0), (2, B, "", 60, 1)], MERGED)

    assert found.recoded.rows() == [(2, C)]
    assert found.closed.rows() == [(1, "merged")]


def test_of_two_that_got_as_far_the_one_due_earlier_goes_on() -> None:
    assert cases([(1, A, "", 60, 1), (2, B, "", 50, 1)], MERGED).recoded.rows() == [(2, C)]


def test_the_case_of_the_office_that_kept_its_code_stays_where_it_is() -> None:
    found = cases([(1, A, "", 50, 0), (2, B, "", 60, 1)], INTO_B)

    assert found.recoded.is_empty()
    assert found.closed.rows() == [(1, "merged")]


def test_what_was_over_before_a_merger_stays_under_its_old_code() -> None:
    assert cases([(1, A, "", 50, 2, True)], MERGED).recoded.is_empty()


def test_each_part_of_a_split_office_goes_on_with_its_case() -> None:
    found = cases([(1, A, "", 50, 1)], SPLIT)

    assert found.copied.rows() == [(1, C), (1, D)]
    assert found.closed.rows() == [(1, "split")]


def test_the_part_that_kept_the_code_keeps_the_case_itself() -> None:
    found = cases([(1, A, "", 50, 1)], SPLIT_OFF)

    assert found.copied.rows() == [(1, D)]
    assert found.closed.is_empty()


def test_a_period_that_was_over_by_then_ends_with_a_merger_and_one_that_was_not_goes_on() -> None:
    found = cases([(1, A, "over", 100, 1), (2, A, "now", 101, 1)], MERGED)

    assert found.recoded.rows() == [(2, C)]
    assert found.closed.rows() == [(1, "merged")]


def test_a_period_that_was_over_goes_on_where_an_office_only_has_another_code() -> None:
    assert cases([(1, A, "over", 100, 1)], MOVED).recoded.rows() == [(1, C)]


def decisions(rows: Sequence[tuple[Any, ...]], pairs: Sequence[tuple[str, str, int, int]]) -> Carried:
    """rows: id, unit, kind, until; all of one duty."""
    full = [(number, unit, "office.maps", "", kind, until) for number, unit, kind, until in rows]
    schema = {
        "id": pl.Int64,
        "unit": pl.String,
        "requirement": pl.String,
        "period": pl.String,
        "kind": pl.String,
        "until": pl.Int64,
    }
    return carried_decisions(pl.DataFrame(full, schema=schema, orient="row"), became(pairs))


def test_everything_that_was_decided_goes_with_an_office_of_another_code() -> None:
    found = decisions([(1, A, "ack", 5), (2, A, "waive", None)], MOVED)

    assert found.recoded.rows() == [(1, C), (2, C)]


def test_a_merged_office_is_free_of_a_duty_where_all_that_it_came_from_were() -> None:
    assert decisions([(1, A, "waive", None), (2, B, "waive", None)], MERGED).copied.rows() == [(2, C)]
    found = decisions([(1, A, "waive", None)], MERGED)
    assert found.copied.is_empty()
    assert found.left == (1,)


def test_a_merged_office_has_the_earliest_extension_of_those_that_all_had() -> None:
    assert decisions([(1, A, "extend", 70), (2, B, "extend", 60)], MERGED).copied.rows() == [(2, C)]
    assert decisions([(1, A, "extend", 70), (2, B, "waive", None)], MERGED).copied.rows() == [(1, C)]
    assert decisions([(1, A, "extend", 70)], MERGED).left == (1,)


def test_of_two_extensions_of_one_office_the_last_counts() -> None:
    found = decisions([(1, A, "extend", 40), (2, A, "extend", 90), (3, B, "extend", 80)], MERGED)

    assert found.copied.rows() == [(3, C)]


def test_the_part_of_the_office_that_kept_its_code_needs_no_copy_of_its_own_decision() -> None:
    assert decisions([(1, A, "waive", None), (2, B, "waive", None)], INTO_B).copied.is_empty()


def test_what_was_decided_for_a_split_office_holds_for_each_part() -> None:
    found = decisions([(1, A, "extend", 70), (2, A, "ack", 5)], SPLIT)

    assert found.copied.rows() == [(1, C), (1, D)]
    assert decisions([(1, A, "extend", 70)], SPLIT_OFF).copied.rows() == [(1, D)]


def exits(rows: Sequence[tuple[Any, ...]], pairs: Sequence[tuple[str, str, int, int]]) -> Carried:
    schema = {"id": pl.Int64, "unit": pl.String, "phase": pl.String, "at": pl.Int64}
    full = [(number, unit, "office", at) for number, unit, at in rows]
    return carried_exits(pl.DataFrame(full, schema=schema, orient="row"), became(pairs))


def test_a_merged_office_has_left_a_phase_where_all_that_it_came_from_had() -> None:
    assert exits([(0, A, 20), (1, B, 10)], MERGED).copied.rows() == [(0, C)]
    assert exits([(0, A, 20)], MERGED).left == (0,)
    assert exits([(0, A, 20)], MOVED).recoded.rows() == [(0, C)]
    assert exits([(0, A, 20)], SPLIT).copied.rows() == [(0, C), (0, D)]
