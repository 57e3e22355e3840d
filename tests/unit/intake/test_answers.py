"""The column in which an office says that it has looked into a difference: 是 or 否, and nothing else."""

from __future__ import annotations

import polars as pl
import pytest
from worlds.plans import phase, plan_of, trial

from models.rules.intake.gathering import gather, reasons
from models.rules.intake.report_columns import column, match_columns
from models.rules.intake.report_units import Known
from models.rules.intake.reports import read_part
from models.wording import Refusal

PLAN = plan_of(
    trial(
        [
            "births: {title: 出生人数, level: county, roll_up: sum}",
            "births_health: {title: 卫健部门资料数, level: county, roll_up: sum}",
        ],
        [
            phase(
                "listing",
                "摸底",
                "T-20d",
                "T-1d",
                ["{id: births, title: 出生资料比对, judged_at: county, verify: [births, births_health], due: T-2d}"],
            )
        ],
    )
)
KNOWN = Known.of(pl.DataFrame({"code": [99, 9901, 990101], "level": ["province", "city", "county"]}))


def read(cell: str | None, title: str = "listing.births") -> tuple[list[float | None], list[str]]:
    columns = match_columns("report.csv", ["code", title], PLAN)
    part = pl.DataFrame({"row": [2], column(0): ["990101"], column(1): pl.Series([cell], dtype=pl.String)})
    rows = gather("a.csv", [read_part(part, columns, KNOWN)])
    return rows.taken["listing.births"].to_list(), reasons(rows.faults)["zh"].to_list()


@pytest.mark.parametrize(
    ("cell", "value"),
    [("是", 1.0), (" 是 ", 1.0), ("YES", 1.0), ("1", 1.0), ("已核实", 1.0), ("否", 0.0), ("no", 0.0), ("0", 0.0)],
)
def test_yes_and_no_are_read_in_both_languages(cell: str, value: float) -> None:
    assert read(cell) == ([value], [])


@pytest.mark.parametrize("title", ["listing.births", "LISTING.BIRTHS", "出生资料比对（已核实）"])
def test_the_column_goes_by_the_key_of_the_duty_or_its_title(title: str) -> None:
    assert read("是", title) == ([1.0], [])


@pytest.mark.parametrize("cell", ["2", "核实中", "20人"])
def test_anything_else_is_refused_with_its_cure(cell: str) -> None:
    _, (said,) = read(cell)

    assert "只填 是 或 否" in said


def test_a_number_of_a_person_in_the_column_refuses_the_file() -> None:
    with pytest.raises(Refusal, match="respondents"):
        read("11010519491231002X")
