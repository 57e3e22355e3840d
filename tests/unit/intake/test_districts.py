"""What a township makes of its districts."""

from __future__ import annotations

import polars as pl
import pytest
from worlds.plans import phase, plan_of, trial

from models.plan.model import Plan
from models.rules.intake.districts import brought, figures, needed_at
from models.rules.registers.districts import empty_state, fill_from, open_columns, overlay

PLAN = trial(
    [
        "funds: {title: 到位经费, level: county, roll_up: sum}",
        'uncovered: {title: 无人小区, level: district, count_where: "enumerators < 1"}',
        'crowded: {title: 楼多, level: district, count_where: "buildings / enumerators > 0.5"}',
        'load: {title: 每人楼数, level: district, sum_where: "buildings / enumerators"}',
        'half_covered: {title: 半覆盖, level: district, count_where: "uncovered = 0 and buildings / enumerators > 2"}',
        "districts: {title: 普查小区, level: district, roll_up: count}",
        "enumerators: {title: 普查员, level: district, roll_up: sum}",
        "buildings: {title: 建筑物, level: district, roll_up: sum}",
        "least: {title: 最少, level: district, roll_up: min}",
        "most: {title: 最多, level: district, roll_up: max}",
        "usual: {title: 平均, level: district, roll_up: mean}",
        "latest: {title: 末位, level: district, roll_up: last}",
        "gaps: {title: 编号不连续, level: district, roll_up: gaps}",
        "virtual: {title: 虚拟小区, level: district, roll_up: virtual}",
        "villages: {title: 有小区的村, level: district, roll_up: villages}",
    ],
    [
        phase(
            "zoning",
            "区划绘图",
            "T-200d",
            "T-10d",
            [
                '{id: covered, title: 全覆盖, judged_at: township, met_when: "uncovered = 0", due: T-73d}',
                '{id: village, title: 村全覆盖, judged_at: village, met_when: "half_covered = 0", due: T-73d}',
            ],
        ),
    ],
)
A1, A2, A3, B1 = 990101001001001, 990101001001002, 990101001002001, 990101002001001
MONDAY, TUESDAY = 1_596_412_800_000_000, 1_596_499_200_000_000


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(PLAN)


def rows(*districts: int, **told: list[float | None]) -> pl.DataFrame:
    return pl.DataFrame({"code": list(districts), **told}, schema_overrides=dict.fromkeys(told, pl.Float64))


def told(
    plan: Plan, state: pl.DataFrame, indicator: str, unit: int, level: str = "township"
) -> tuple[float | None, int, int]:
    found = figures(state, needed_at(plan, level), plan, level, MONDAY)  # type: ignore[arg-type]
    row = found.filter(pl.col("indicator") == indicator, pl.col("unit") == unit).row(0, named=True)
    return row["value"], row["reported"], row["expected"]


def test_a_derived_indicator_comes_after_what_it_is_derived_from(plan: Plan) -> None:
    order = [indicator.id for indicator in needed_at(plan, "township")]
    assert order.index("enumerators") < order.index("uncovered") < order.index("half_covered")
    assert "funds" not in order


def test_a_village_needs_what_is_judged_there_what_it_is_derived_from_and_the_number_of_its_districts(
    plan: Plan,
) -> None:
    derived_from = {"enumerators", "buildings", "uncovered"}
    assert {i.id for i in needed_at(plan, "village")} == {"half_covered", *derived_from, "districts"}


@pytest.mark.parametrize(
    ("indicator", "value"),
    [("least", 2.0), ("most", 9.0), ("usual", 5.0), ("latest", 4.0), ("enumerators", 15.0), ("districts", 3.0)],
)
def test_each_way_up_gathers_the_districts(plan: Plan, indicator: str, value: float) -> None:
    names = ("enumerators", "least", "most", "usual", "latest")
    state = overlay(empty_state(), rows(A1, A2, A3, **{name: [2.0, 9.0, 4.0] for name in names}), MONDAY)
    assert told(plan, state, indicator, 990101001) == (value, 3, 3)


FIRST, SECOND = 990101001001, 990101001002
"""Two villages of one township."""


@pytest.mark.parametrize(
    ("here", "there", "gaps", "virtual"),
    [
        ((1, 2, 3), (1,), 0.0, 0.0),
        ((1, 2, 900), (1, 2), 0.0, 1.0),
        ((1, 2, 899), (1,), 1.0, 0.0),
        ((1, 3), (1,), 1.0, 0.0),
        ((2, 3), (1,), 1.0, 0.0),
        ((1, 2), (3,), 1.0, 0.0),
        ((0, 1), (1,), 1.0, 0.0),
        ((1, 3, 5, 901), (2,), 3.0, 1.0),
    ],
)
def test_districts_of_a_village_are_numbered_from_one_without_a_hole_and_virtual_ones_from_900(
    plan: Plan, here: tuple[int, ...], there: tuple[int, ...], gaps: float, virtual: float
) -> None:
    codes = [*(FIRST * 1000 + number for number in here), *(SECOND * 1000 + number for number in there)]
    state = overlay(empty_state(), rows(*codes), MONDAY)

    assert told(plan, state, "gaps", 990101001) == (gaps, len(codes), len(codes))
    assert told(plan, state, "virtual", 990101001)[0] == virtual


@pytest.mark.parametrize(
    ("here", "there", "villages"),
    [((1, 2), (1,), 2.0), ((1, 2, 3), (), 1.0), ((1,), (900,), 1.0), ((900,), (901,), 0.0)],
)
def test_a_village_is_covered_by_a_district_that_is_not_virtual(
    plan: Plan, here: tuple[int, ...], there: tuple[int, ...], villages: float
) -> None:
    codes = [*(FIRST * 1000 + number for number in here), *(SECOND * 1000 + number for number in there)]
    state = overlay(empty_state(), rows(*codes), MONDAY)

    assert told(plan, state, "villages", 990101001) == (villages, len(codes), len(codes))


def test_a_hole_opens_where_a_district_is_withdrawn_and_closes_where_it_comes_back(plan: Plan) -> None:
    state = overlay(empty_state(), rows(A1, A2, A2 + 1), MONDAY)
    gone = pl.DataFrame({"code": [A2], ":withdrawn": [True]})

    assert told(plan, state, "gaps", 990101001)[0] == 0.0
    left = overlay(state, gone, TUESDAY)
    assert told(plan, left, "gaps", 990101001)[0] == 1.0
    assert told(plan, overlay(left, rows(A2), TUESDAY + 1), "gaps", 990101001)[0] == 0.0


def test_whole_numbers_do_not_overflow(plan: Plan) -> None:
    large = pl.DataFrame({"code": [A1, A2], "buildings": pl.Series([2_000_000_000, 2_000_000_000], dtype=pl.Int32)})
    assert told(plan, overlay(empty_state(), large, MONDAY), "buildings", 990101001) == (4_000_000_000.0, 2, 2)


@pytest.mark.parametrize(("indicator", "value"), [("buildings", 1.0), ("usual", 0.1), ("paid", 2.0)])
def test_decimals_of_districts_are_added_up_as_on_paper(indicator: str, value: float) -> None:
    paid = 'paid: {title: 已付, level: district, sum_where: "buildings * enumerators"}'
    plan = plan_of(PLAN.replace("indicators:", f"indicators:\n  {paid}", 1))
    tenths = {"buildings": [0.1] * 10, "usual": [0.1] * 10, "enumerators": [2.0] * 10}
    state = overlay(empty_state(), rows(*range(A1, A1 + 10), **tenths), MONDAY)
    assert told(plan, state, indicator, 990101001) == (value, 10, 10)


def test_a_figure_is_null_while_a_known_district_is_missing(plan: Plan) -> None:
    state = overlay(empty_state(), rows(A1, A2, B1, enumerators=[1.0, None, 1.0]), MONDAY)
    assert told(plan, state, "enumerators", 990101001) == (None, 1, 2)
    assert told(plan, state, "enumerators", 990101002) == (1.0, 1, 1)


def test_a_district_that_cannot_be_judged_has_not_reported(plan: Plan) -> None:
    state = overlay(empty_state(), rows(A1, A2, enumerators=[0.0, 2.0], buildings=[None, None]), MONDAY)
    assert told(plan, state, "uncovered", 990101001) == (1.0, 2, 2)
    # the first is covered by nobody, so it is false whatever its buildings are; the second is unknown
    assert told(plan, state, "half_covered", 990101001) == (None, 1, 2)


def test_a_division_by_a_reported_zero_is_not_infinite(plan: Plan) -> None:
    state = overlay(empty_state(), rows(A1, enumerators=[0.0], buildings=[4.0]), MONDAY)
    assert told(plan, state, "half_covered", 990101001) == (0.0, 1, 1)


def test_a_condition_that_cannot_be_computed_on_complete_figures_is_unmet_and_not_missing(plan: Plan) -> None:
    state = overlay(empty_state(), rows(A1, A2, enumerators=[0.0, 2.0], buildings=[0.0, 2.0]), MONDAY)
    assert told(plan, state, "crowded", 990101001) == (1.0, 2, 2)


def test_a_sum_of_which_one_part_cannot_be_computed_has_no_value_though_nothing_is_missing(plan: Plan) -> None:
    reported = rows(A1, A2, B1, enumerators=[0.0, 2.0, 2.0], buildings=[1.0, 6.0, 6.0])
    state = overlay(empty_state(), reported, MONDAY)
    assert told(plan, state, "load", 990101001) == (None, 2, 2)
    assert told(plan, state, "load", 990101002) == (3.0, 1, 1)


def test_the_latest_figure_of_each_district_holds_and_an_empty_cell_takes_nothing_away() -> None:
    state = overlay(empty_state(), rows(A1, A2, enumerators=[1.0, 2.0]), MONDAY)
    state = overlay(state, rows(A2, A3, enumerators=[None, 5.0], buildings=[7.0, None]), TUESDAY)
    assert state.rows() == [
        (A1, MONDAY, MONDAY, 1.0, None),
        (A2, MONDAY, TUESDAY, 2.0, 7.0),
        (A3, TUESDAY, TUESDAY, 5.0, None),
    ]
    state = overlay(state, rows(A1, A2, A3, enumerators=[None, 0.0, None]), TUESDAY)
    assert state["enumerators"].to_list() == [1.0, 0.0, 5.0]


def test_a_district_is_known_from_the_earliest_report_that_names_it() -> None:
    state = overlay(empty_state(), rows(A1, A2), TUESDAY)
    assert overlay(state, rows(A2), MONDAY)["code:known"].to_list() == [TUESDAY, MONDAY]
    assert overlay(state, rows(A1, A2), MONDAY)["code:known"].to_list() == [MONDAY, MONDAY]


def test_older_reports_fill_only_what_is_open_and_add_no_district() -> None:
    latest = overlay(empty_state(), rows(A1, A2, enumerators=[1.0, 2.0], buildings=[3.0, None]), MONDAY)
    state = latest.with_columns(enumerators=pl.Series([None, 9.0]), buildings=pl.lit(None, pl.Float64))
    assert open_columns(state, latest) == ["enumerators", "buildings"]
    state = fill_from(state, rows(A1, A2, A3, enumerators=[5.0, 6.0, 7.0]))
    assert state["enumerators"].to_list() == [5.0, 9.0]
    assert open_columns(state, latest) == ["buildings"]
    assert open_columns(fill_from(state, rows(A1, buildings=[3.0])), latest) == []


def test_a_report_brings_what_it_has_a_figure_of_in_that_township(plan: Plan) -> None:
    report = rows(A1, B1, enumerators=[None, 0.0])
    pairs = brought(report, needed_at(plan, "township"), plan, "township").rows()
    assert sorted(pairs) == [
        ("crowded", 990101002),
        ("districts", 990101001),
        ("districts", 990101002),
        ("enumerators", 990101002),
        ("gaps", 990101001),
        ("gaps", 990101002),
        ("half_covered", 990101002),
        ("load", 990101002),
        ("uncovered", 990101002),
        ("villages", 990101001),
        ("villages", 990101002),
        ("virtual", 990101001),
        ("virtual", 990101002),
    ]
