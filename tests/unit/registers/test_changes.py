"""Rows that have changed since a base was written, laid over it: as if all of it had been written again."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
import pytest
from worlds.registers import FUNDS, PROBLEMS, draw_report, reported

from models.plan.lists import Register
from models.rules.registers.changes import (
    AT,
    changed,
    changes_schema,
    columns_of,
    laid_over,
    newest,
    of_names,
    same_rows,
    still_there,
)
from models.rules.registers.frames import NIL
from models.rules.registers.keys import keeper_of, order_of
from models.rules.registers.overlay import no_rows, overlay

CODES = {
    "problems": ("990101", "990101001", "990102002001", "990201"),
    "funds": ("9901", "9902", "990101", "990102", "990201"),
}


def numbered(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias(AT))


def step(
    base: pl.DataFrame, changes: list[pl.DataFrame], told: pl.DataFrame, register: Register, batch: int
) -> pl.DataFrame:
    """What a report changes, given a base and what has changed of it, as it is worked out of the rows that it names."""
    found = [of_names(one.lazy(), told, register) for one in (numbered(base), newest(changes, register))]
    before = still_there(newest(found, register))
    after = overlay(before.drop(AT), told, register, batch * 10, batch)
    return changed(before, after, register, batch, same=same_rows(before, after, register))


@pytest.mark.parametrize("register", [PROBLEMS, FUNDS], ids=["key-without-code", "key-with-code"])
@pytest.mark.parametrize("seed", range(6))
def test_a_base_with_changes_over_it_is_what_all_reports_say(register: Register, seed: int) -> None:
    chance = random.Random(seed)

    def report(*, nil: bool) -> pl.DataFrame:
        rows = draw_report(chance, register, CODES[register.id])
        return reported(register, [row for row in rows if nil or not row.get(NIL)])

    base = no_rows(register)
    for batch in range(1, 4):
        base = overlay(base, report(nil=True), register, batch * 10, batch)
    whole, changes = base, list[pl.DataFrame]()
    for batch in range(4, 12):
        told = report(nil=False)
        changes.append(step(base, changes, told, register, batch))
        whole = overlay(whole, told, register, batch * 10, batch)
        if batch % 3 == 0:
            changes = [newest(changes, register)]
        found = laid_over(numbered(base), newest(changes, register), order_of(register))
        assert found.rows() == whole.sort(order_of(register), nulls_last=True).rows(), batch


@pytest.mark.parametrize("register", [PROBLEMS, FUNDS], ids=["key-without-code", "key-with-code"])
@pytest.mark.parametrize("seed", range(6))
def test_the_rows_that_a_report_names_are_found_and_no_others(register: Register, seed: int) -> None:
    chance = random.Random(seed)
    rows = no_rows(register)
    for batch in range(1, 5):
        drawn = draw_report(chance, register, CODES[register.id])
        rows = overlay(rows, reported(register, drawn), register, batch * 10, batch)
    told = reported(register, [one for one in draw_report(chance, register, CODES[register.id]) if not one.get(NIL)])
    told = told.sort(order_of(register))

    found = of_names(rows.lazy(), told, register)

    def name(one: dict[str, Any]) -> tuple[Any, ...]:
        return (keeper_of(one["code"], register), *(one[cell] for cell in register.key))

    named = {name(one) for one in told.to_dicts()}
    keepers = {one[0] for one in named}
    expected = [one for one in rows.to_dicts() if (one["code"] in keepers if one[NIL] else name(one) in named)]
    assert sorted(found.to_dicts(), key=repr) == sorted(expected, key=repr)


def test_a_number_below_zero_by_its_sign_alone_names_the_same_row() -> None:
    rows = overlay(no_rows(PROBLEMS), reported(PROBLEMS, [row(0.0), row(1.0)]), PROBLEMS, 10, 1)
    assert of_names(rows.lazy(), reported(PROBLEMS, [row(-0.0)]), PROBLEMS)["row"].to_list() == [0.0]


def test_only_columns_that_a_report_changes_are_written_over_and_any_where_rows_come() -> None:
    base = overlay(no_rows(PROBLEMS), reported(PROBLEMS, [row(1), row(2), row(3)]), PROBLEMS, 10, 1)
    before = numbered(base)
    told = reported(PROBLEMS, [row(1, state="closed"), row(2), row(3, seen=True)])
    after = overlay(base, told, PROBLEMS, 20, 2)
    columns = columns_of(before, after, same=same_rows(before, after, PROBLEMS))
    assert columns == {"state", "seen", ":changed", ":batch"}
    changes = changed(before, after, PROBLEMS, 2, same=True)
    assert laid_over(before, changes, order_of(PROBLEMS), columns).equals(after)
    with_another = overlay(base, reported(PROBLEMS, [row(4)]), PROBLEMS, 20, 2)
    same = same_rows(before, with_another, PROBLEMS)
    assert columns_of(before, with_another, same=same) is None


def row(number: float, code: str = "990101", **cells: Any) -> dict[str, Any]:
    return {"code": code, "list": "甲", "row": number, **cells}


def test_a_row_that_a_report_leaves_as_it_is_has_not_changed() -> None:
    base = overlay(no_rows(PROBLEMS), reported(PROBLEMS, [row(1, state="closed"), row(2)]), PROBLEMS, 10, 1)
    found = step(base, [], reported(PROBLEMS, [row(1, state="closed"), row(2, seen=True)]), PROBLEMS, 2)
    assert found.select("row", AT, ":batch").rows() == [(2.0, 1, 2)]
    assert found.schema == changes_schema(PROBLEMS)


def test_a_nil_return_is_over_once_its_keeper_has_rows() -> None:
    base = overlay(no_rows(PROBLEMS), reported(PROBLEMS, [{"code": "990101", NIL: True}]), PROBLEMS, 10, 1)
    changes = step(base, [], reported(PROBLEMS, [row(1, "990101001")]), PROBLEMS, 2)
    assert changes.select("code", NIL, ":withdrawn", AT).rows() == [
        ("990101001", False, False, None),
        ("990101", True, True, 0),
    ]
    assert laid_over(numbered(base), changes, order_of(PROBLEMS)).select("code", NIL).rows() == [("990101001", False)]


def test_a_row_that_moves_to_another_code_of_its_keeper_stands_there_alone() -> None:
    base = overlay(no_rows(PROBLEMS), reported(PROBLEMS, [row(1), row(2), row(3, "990101002")]), PROBLEMS, 10, 1)
    changes = step(base, [], reported(PROBLEMS, [row(1, "990101002")]), PROBLEMS, 2)
    assert changes[AT].to_list() == [0]
    found = laid_over(numbered(base), changes, order_of(PROBLEMS))
    assert found.select("code", "row").rows() == [("990101", 2.0), ("990101002", 1.0), ("990101002", 3.0)]
