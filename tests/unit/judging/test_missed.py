"""Missed reports: how many in a row and in all, at each office, and of which periods."""

from __future__ import annotations

import polars as pl
from worlds.plans import phase, plan_of, trial

from models.moments import micros
from models.rules.judging.judging import SCHEMA, STANDINGS, with_timing
from models.rules.judging.missed import missed, with_missed

REPORTS = [
    '{id: report, title: 进度报告, judged_at: township, met_when: "visited >= 0", every: cadence}',
    '{id: daily, title: 日报, judged_at: township, met_when: "visited >= 0", every: day}',
]
PLAN = plan_of(
    trial(
        ["visited: {title: 已走访, level: township, roll_up: sum}"],
        [phase("field", "摸底", "2020-11-01", "2020-11-30", REPORTS, cadence="daily 09:00 17:00")],
    )
)
[REPORT, DAILY] = PLAN.requirements
PERIODS = PLAN.periods(REPORT, PLAN.phases[0].ends)


def verdicts(office: str, *standings: str, first: int = 0, waived: int | None = None) -> pl.DataFrame:
    """Of one office the first periods, as the marks say: R met, - unreported, x unmet."""
    known = {"R": "met", "-": "unreported", "x": "unmet"}
    rows = [
        (office, REPORT.key, one.label, 0, known[mark], micros(one.due), micros(one.due), number == waived)
        for number, (one, mark) in enumerate(zip(PERIODS[first:], standings, strict=False))
    ]
    schema = {**SCHEMA, "standing": STANDINGS, "waived": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def counted(frame: pl.DataFrame, now: int, office: str = "甲") -> list[tuple[str, int, int]]:
    """Of the periods of an office that were over by the cut-off of number `now`: label, in a row, in all."""
    timed = with_timing(frame, PERIODS[now].due)
    found = missed(PLAN, timed, timed.filter(pl.col("unit") == office)).sort("period")
    return found.select("period", "in_a_row", "in_all").rows()


def test_missed_reports_are_counted_up_to_each_of_them_in_a_row_and_in_all() -> None:
    assert counted(verdicts("甲", *"--R---"), 5) == [
        ("2020-11-01T09:00", 1, 1),
        ("2020-11-01T17:00", 2, 2),
        ("2020-11-02T17:00", 1, 3),
        ("2020-11-03T09:00", 2, 4),
        ("2020-11-03T17:00", 3, 5),
    ]


def test_a_report_is_missed_from_its_cut_off_on_and_not_before() -> None:
    frame = verdicts("甲", *"R--")

    assert counted(frame, 1) == [("2020-11-01T17:00", 1, 1)]
    assert counted(frame, 2) == [("2020-11-01T17:00", 1, 1), ("2020-11-02T09:00", 2, 2)]


def test_periods_that_are_settled_and_met_stand_between_those_that_are_left() -> None:
    left = verdicts("甲", *"-R-").filter(pl.col("standing") != "met")

    assert counted(left, 2) == [("2020-11-01T09:00", 1, 1), ("2020-11-02T09:00", 1, 2)]


def test_an_office_counts_from_its_own_first_period_and_for_itself() -> None:
    both = pl.concat([verdicts("甲", *"--", first=2), verdicts("乙", *"----")])

    assert counted(both, 3, "甲") == [("2020-11-02T09:00", 1, 1), ("2020-11-02T17:00", 2, 2)]
    assert counted(both, 3, "乙")[-1] == ("2020-11-02T17:00", 4, 4)


def test_what_was_waived_or_reported_short_is_no_missed_report() -> None:
    assert counted(verdicts("甲", *"-x-", waived=0), 2) == [("2020-11-02T09:00", 1, 1)]


def test_only_what_is_owed_at_cut_offs_is_counted() -> None:
    frame = verdicts("甲", *"--").with_columns(place=pl.lit(1, pl.Int32))

    assert counted(frame, 1) == []


def test_a_reason_goes_on_with_how_many_were_missed() -> None:
    explained = pl.DataFrame(
        [("已走访未报", "visited not reported", 3, 5), ("已走访未报", "visited not reported", None, None)],
        schema={"reason_zh": pl.String, "reason_en": pl.String, "in_a_row": pl.UInt32, "in_all": pl.UInt32},
        orient="row",
    )

    assert with_missed(explained).select("reason_zh", "reason_en").rows() == [
        ("已走访未报，连续3次，累计5次", "visited not reported, 3 in a row, 5 in all"),
        ("已走访未报", "visited not reported"),
    ]
