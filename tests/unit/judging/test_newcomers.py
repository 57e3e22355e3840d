"""Offices that came of a merger or a split owe nothing of periods that were over by then."""

from __future__ import annotations

import polars as pl
from worlds.plans import phase, plan_of, trial

from models.rules.judging.newcomers import since_they_came

PLAN = plan_of(
    trial(
        ["maps: {title: 小区图, level: township, roll_up: sum}"],
        [
            phase(
                "field",
                "入户",
                "2020-10-01",
                "2020-12-01",
                [
                    '{id: daily, title: 日报, judged_at: township, met_when: "maps >= 0", every: day}',
                    '{id: once, title: 完成, judged_at: township, met_when: "maps >= 5", due: 2020-11-01}',
                ],
            )
        ],
    )
)
VERDICTS = pl.DataFrame(
    [("990101001", 0, 99), ("990101001", 0, 100), ("990101001", 0, 101), ("990101001", 1, 50), ("990101002", 0, 50)],
    schema={"unit": pl.String, "place": pl.Int32, "due": pl.Int64},
    orient="row",
)


def left(newcomers: list[tuple[str, int]]) -> list[tuple[str, int, int]]:
    frame = pl.DataFrame(newcomers, schema={"unit": pl.String, "since": pl.Int64}, orient="row")
    return since_they_came(VERDICTS, frame, PLAN.requirements).rows()


def test_a_period_that_ended_as_an_office_came_to_be_is_not_owed_and_the_next_one_is() -> None:
    assert left([("990101001", 100)]) == [("990101001", 0, 101), ("990101001", 1, 50), ("990101002", 0, 50)]


def test_where_no_office_came_to_be_all_is_owed() -> None:
    assert left([]) == VERDICTS.rows()
