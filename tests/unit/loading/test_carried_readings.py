"""Figures under new codes: moved as they are, gathered where offices merged, left behind where one was split."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from worlds.plans import phase, plan_of, trial

from models.moments import micros
from models.rules.loading.carried_readings import CarriedReadings, carried_readings

PLAN = plan_of(
    trial(
        [
            "maps: {title: 小区图, level: township, roll_up: sum}",
            "offices: {title: 机构, level: township, roll_up: count}",
            "least: {title: 最少, level: township, roll_up: min}",
            "most: {title: 最多, level: township, roll_up: max}",
            "grade: {title: 平均分, level: township, roll_up: mean}",
            "daily: {title: 日报, level: township, roll_up: sum}",
        ],
        [
            phase(
                "field",
                "入户",
                "2020-10-01",
                "2020-12-01",
                ['{id: daily, title: 日报, judged_at: township, met_when: "daily >= 0", every: day}'],
            )
        ],
    )
)
A, B, C = "990101001", "990101002", "990101009"


def at(text: str) -> int:
    return micros(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")))


def carried(history: Sequence[tuple[Any, ...]], pairs: Sequence[tuple[str, str, int, int]]) -> CarriedReadings:
    """history: indicator, unit, moment, value, and where they count districts reported and expected; a batch each."""
    rows = [
        (name, unit, at(moment), batch, value, *(rest or (None, None)), None)
        for batch, (name, unit, moment, value, *rest) in enumerate(history, 1)
    ]
    schema = {
        "indicator": pl.String,
        "unit": pl.String,
        "as_of": pl.Int64,
        "batch": pl.Int64,
        "value": pl.Float64,
        "reported": pl.Int64,
        "expected": pl.Int64,
        "evidence": pl.String,
    }
    became = pl.DataFrame(
        pairs, schema={"old": pl.String, "new": pl.String, "parts": pl.Int64, "joined": pl.Int64}, orient="row"
    )
    return carried_readings(pl.DataFrame(rows, schema=schema, orient="row"), became, PLAN)


def told(found: CarriedReadings) -> list[tuple[Any, ...]]:
    return [
        (name, unit, next(day for day in DAYS if at(day) == moment), value)
        for name, unit, moment, value in found.readings.select("indicator", "unit", "as_of", "value").iter_rows()
    ]


DAYS = ("2020-10-01T10:00", "2020-10-02T10:00", "2020-10-02T12:00", "2020-10-03T10:00")
MERGED = [(A, C, 1, 2), (B, C, 1, 2)]


def test_the_figures_of_an_office_with_another_code_are_its_own_moment_by_moment() -> None:
    found = carried([("maps", A, DAYS[0], 3), ("maps", A, DAYS[1], 5), ("grade", A, DAYS[1], 7.5)], [(A, C, 1, 1)])

    assert told(found) == [("grade", C, DAYS[1], 7.5), ("maps", C, DAYS[0], 3.0), ("maps", C, DAYS[1], 5.0)]
    assert found.left.is_empty()


def test_a_figure_that_was_replaced_is_not_carried() -> None:
    found = carried([("maps", A, DAYS[0], 3), ("maps", A, DAYS[0], 4)], [(A, C, 1, 1)])

    assert told(found) == [("maps", C, DAYS[0], 4.0)]


def test_merged_offices_have_a_figure_from_when_all_of_them_had_one() -> None:
    found = carried(
        [("maps", A, DAYS[0], 3), ("maps", B, DAYS[1], 4), ("maps", A, DAYS[3], 6)],
        MERGED,
    )

    assert told(found) == [("maps", C, DAYS[1], 7.0), ("maps", C, DAYS[3], 10.0)]


def test_merged_figures_are_gathered_as_their_indicator_rolls_up() -> None:
    names = ("maps", "offices", "least", "most")
    found = carried(
        [(name, unit, DAYS[0], value) for name in names for unit, value in ((A, 0.1), (B, 0.2))],
        MERGED,
    )

    assert told(found) == [
        ("least", C, DAYS[0], 0.1),
        ("maps", C, DAYS[0], 0.3),
        ("most", C, DAYS[0], 0.2),
        ("offices", C, DAYS[0], 0.3),
    ]


def test_a_mean_of_merged_offices_is_left_and_said() -> None:
    found = carried([("grade", A, DAYS[0], 80), ("grade", B, DAYS[0], 90)], MERGED)

    assert told(found) == []
    assert found.left.rows() == [(A, "grade", "gather"), (B, "grade", "gather")]


def test_districts_behind_merged_figures_are_added_up_and_a_missing_one_leaves_no_value() -> None:
    found = carried([("maps", A, DAYS[0], 3, 2, 2), ("maps", B, DAYS[0], None, 1, 4)], MERGED)

    assert found.readings.select("value", "reported", "expected").rows() == [(None, 3, 6)]


def test_the_figures_of_a_split_office_stay_where_they_are_and_that_is_said() -> None:
    found = carried([("maps", A, DAYS[0], 3)], [(A, A, 2, 1), (A, C, 2, 1)])

    assert told(found) == []
    assert found.left.rows() == [(A, "maps", "split")]


def test_what_a_part_of_a_split_office_brings_into_a_merger_is_not_known() -> None:
    found = carried([("maps", A, DAYS[0], 3), ("maps", B, DAYS[0], 4)], [(A, A, 2, 1), (A, C, 2, 2), (B, C, 1, 2)])

    assert told(found) == []
    assert found.left.rows() == [(A, "maps", "split"), (B, "maps", "split")]


def test_a_daily_figure_of_one_office_is_not_put_together_with_yesterdays_of_another() -> None:
    found = carried(
        [("daily", A, DAYS[0], 3), ("daily", B, DAYS[0], 4), ("daily", A, DAYS[1], 5), ("daily", B, DAYS[2], 6)],
        MERGED,
    )

    assert told(found) == [("daily", C, DAYS[0], 7.0), ("daily", C, DAYS[2], 11.0)]


def test_an_office_that_kept_its_code_in_a_merger_has_no_figure_of_its_part_alone() -> None:
    found = carried([("maps", B, DAYS[0], 4), ("maps", A, DAYS[1], 3)], [(A, B, 1, 2), (B, B, 1, 2)])

    assert told(found) == [("maps", B, DAYS[0], None), ("maps", B, DAYS[1], 7.0)]
