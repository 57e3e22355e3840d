"""The roster: a hole between two shifts is owed as a shift, in a phase on duty round the clock."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from worlds.over_rows import UNITS, ZONE
from worlds.plans import FRAME, phase, plan_of
from worlds.plans_over_rows import kept_rows

from models.rules.phases.given import Given
from models.rules.phases.roster import expected_rows

ROSTER = (
    "registers:\n  roster: {title: 值班表, kept_by: county, key: [code, starts], columns: {starts: {title: 起, type: moment},"
    " ends: {title: 止, type: moment}, seat: {title: 值班号, type: number}}}\nphases:\n"
)
PLAN = plan_of(
    FRAME
    + ROSTER
    + phase("preparation", "准备", "2020-09-01", "2020-10-10")
    + phase("listing", "摸底", "2020-10-11", "2020-10-31", hours="always")
)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"2020-10-{text}").replace(tzinfo=ZONE)


def shift(starts: str, ends: str, seat: int | None = 1, **more: object) -> dict[str, object]:
    return {"code": "140105", "starts": moment(starts), "ends": moment(ends), "seat": seat, **more}


def holes(*rows: dict[str, object]) -> list[tuple[str, datetime, datetime]]:
    kept = kept_rows(PLAN.registers["roster"], rows)
    found = expected_rows(Given(PLAN, {"roster": kept}, UNITS, moment("12T09:00")))["roster"]
    return found.with_columns(pl.col("starts", "ends").dt.convert_time_zone("Asia/Shanghai")).rows()


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (shift("12T08:00", "12T20:00"), []),
        (shift("12T00:00", "12T20:00"), []),
        (shift("12T08:01", "12T20:00"), [("140105", moment("12T08:00"), moment("12T08:01"))]),
    ],
)
def test_what_lies_between_two_shifts_is_owed(
    later: dict[str, object], expected: list[tuple[str, datetime, datetime]]
) -> None:
    assert holes(shift("11T20:00", "12T08:00"), later) == expected


def test_a_shift_that_ends_at_midnight_leaves_no_hole_to_one_that_begins_then() -> None:
    assert holes(shift("11T16:00", "12T00:00"), shift("12T00:00", "12T08:00")) == []


def test_a_long_shift_covers_a_short_one_within_it() -> None:
    assert holes(shift("12T00:00", "12T20:00"), shift("12T02:00", "12T04:00"), shift("12T20:00", "12T22:00")) == []


def test_a_hole_is_asked_for_once_and_a_row_without_a_seat_covers_nothing() -> None:
    apart = (shift("12T00:00", "12T08:00"), shift("12T10:00", "12T20:00"))

    assert len(holes(*apart)) == 1
    assert holes(*apart, shift("12T08:00", "12T10:00", None)) == []


def test_outside_a_phase_on_duty_round_the_clock_nobody_has_to_be_there() -> None:
    assert holes(shift("09T08:00", "09T20:00"), shift("10T08:00", "10T20:00")) == []
    assert holes(shift("10T08:00", "10T20:00"), shift("11T08:00", "11T20:00")) == [
        ("140105", moment("11T00:00"), moment("11T08:00"))
    ]


def test_two_offices_do_not_relieve_each_other() -> None:
    assert holes(shift("12T00:00", "12T08:00"), {**shift("12T10:00", "12T20:00"), "code": "140106"}) == []
