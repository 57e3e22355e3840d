"""Why a duty is not met: the figures, and what they must be; of people counted only that somebody should check."""

from __future__ import annotations

import polars as pl
import pytest
from worlds.plans import phase, plan_in_force, trial
from worlds.reasons import Figure, why_of

from models.rules.judging.reasons import figures_behind, number, reasons
from models.rules.judging.small_cells import ALONE

PLAN = trial(
    [
        "uncovered: {title: 无普查员的小区, level: township, unit: 个, roll_up: sum}",
        "districts: {title: 普查小区, level: district, roll_up: count}",
        "staff: {title: 两员人数, level: township, unit: persons, roll_up: sum}",
        "residents: {title: 常住人口, level: township, unit: persons, roll_up: sum}",
        "births: {title: 出生人口, level: township, roll_up: sum}",
        "deaths: {title: 死亡人口, level: township, roll_up: sum}",
        'weighted: {title: 加权数, level: township, sum_where: "births * 7919"}',
        "paid: {title: 拨付比例, level: township, unit: percent, roll_up: mean}",
        "errors: {title: 差错率, level: township, unit: permille, roll_up: mean}",
        "funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum}",
        "population: {title: 户籍人口, level: county, unit: persons, roll_up: sum}",
    ],
    [
        phase(
            "p",
            "甲",
            "T-9d",
            "T-1d",
            [
                '{id: r, title: 乙, judged_at: LEVEL, met_when: "CONDITION", due: T-2d}',
            ],
        ),
    ],
)


def why(
    condition: str, level: str = "township", alone: bool = False, text: str = PLAN, **figures: Figure
) -> tuple[str, str]:
    """English and Chinese reason of one office. A figure is a value, or (value, reported, expected, unknown or none).

    alone: it has one township below it.
    """
    return why_of(plan_in_force(text.replace("LEVEL", level).replace("CONDITION", condition)), figures, alone)


@pytest.mark.parametrize(
    ("condition", "figures", "english", "chinese"),
    [
        ("uncovered = 0", {"uncovered": 12.0}, "uncovered = 12, must be 0", "无普查员的小区12个，应为0"),
        ("staff >= 10", {"staff": 3.0}, "staff = 3, must be at least 10", "两员人数3人，应不低于10"),
        ("10 <= staff", {"staff": 3.0}, "staff = 3, must be at least 10", "两员人数3人，应不低于10"),
        ("staff < 5", {"staff": 5.5}, "staff = 5.5, must be less than 5", "两员人数5.5人，应低于5"),
        ("staff <> 5", {"staff": 5.0}, "staff = 5, must not be 5", "两员人数5人，不应为5"),
        ("not staff < 5", {"staff": 2.0}, "staff = 2, must be at least 5", "两员人数2人，应不低于5"),
        ("staff between 3 and 5", {"staff": 7.0}, "staff = 7, must be at most 5", "两员人数7人，应不高于5"),
        (
            "staff in (1, 2)",
            {"staff": 7.0},
            "must satisfy staff IN (1, 2): staff = 7",
            "应满足“两员人数 为 1, 2 之一”，现为两员人数7人",
        ),
        (
            "staff >= 5 or uncovered = 0",
            {"staff": 2.0, "uncovered": 1.0},
            "must satisfy staff >= 5 OR uncovered = 0: staff = 2, uncovered = 1",
            "应满足“两员人数 ≥ 5 或 无普查员的小区 = 0”，现为两员人数2人、无普查员的小区1个",
        ),
        (
            "staff >= uncovered",
            {"staff": 2.0, "uncovered": 3.0},
            "staff = 2, must be at least uncovered = 3",
            "两员人数2人，应不低于无普查员的小区3个",
        ),
    ],
)
def test_a_reason_names_the_figure_and_what_it_must_be(
    condition: str, figures: dict[str, Figure], english: str, chinese: str
) -> None:
    assert why(condition, **figures) == (english, chinese)


@pytest.mark.parametrize(
    ("condition", "behind"),
    [("staff >= 10", ["staff"]), ("weighted <= 5", ["births", "deaths", "weighted"])],
)
def test_a_reason_is_worked_out_on_the_figures_behind_it_alone(condition: str, behind: list[str]) -> None:
    made_of = PLAN.replace("births * 7919", "births * 7919 + deaths")
    plan = plan_in_force(made_of.replace("LEVEL", "county").replace("CONDITION", condition))
    told = ("", ":reported", ":expected", ":unknown", ":gives_away")
    columns = {"unit": ["1301"], ALONE: [True], **{f"{name}{mark}": [1.0] for name in plan.indicators for mark in told}}
    figures = pl.DataFrame(columns)

    narrow = figures_behind(plan, plan.requirements[0], figures)

    assert sorted(narrow.columns) == sorted(["unit", ALONE, *(f"{name}{mark}" for name in behind for mark in told)])
    assert reasons(plan, plan.requirements[0], narrow).equals(reasons(plan, plan.requirements[0], figures))


def test_the_bound_of_a_share_has_its_sign_and_that_of_a_count_has_none() -> None:
    assert why("paid >= 100", paid=21.0)[1] == "拨付比例21%，应不低于100%"
    assert why("errors < 2", errors=12.7)[1] == "差错率12.7‰，应低于2‰"
    assert why("staff >= 100", staff=21.0)[1] == "两员人数21人，应不低于100"
    assert why("paid >= errors", paid=21.0, errors=30.0)[1] == "拨付比例21%，应不低于差错率30‰"


def test_a_ratio_is_told_with_what_it_is_made_of() -> None:
    assert why("funds / population >= 10", "county", funds=850.0, population=100.0) == (
        "funds / population = 8.5, must be at least 10 (funds = 850, population = 100)",
        "到位经费 ÷ 户籍人口 = 8.5，应不低于10（到位经费850元、户籍人口100人）",
    )


@pytest.mark.parametrize(
    ("condition", "funds", "population", "english"),
    [
        ("funds / population <= 0.004", 401.0, 100000.0, "funds / population = 0.00401, must be at most 0.004"),
        ("funds <= 0.3", 0.30001, 1.0, "funds = 0.30001, must be at most 0.3"),
        ("funds >= population", 99.99999, 100.0, "funds = 99.99999, must be at least population = 100"),
        ("funds / population >= 10", 8.5, 1.0, "funds / population = 8.5, must be at least 10"),
        ("funds / population >= 1", 1.0, 3.0, "funds / population = 0.3333, must be at least 1"),
    ],
)
def test_no_reason_says_that_a_figure_must_be_at_most_itself(
    condition: str, funds: float, population: float, english: str
) -> None:
    assert why(condition, "county", funds=funds, population=population)[0].split(" (")[0] == english


@pytest.mark.parametrize(
    ("funds", "english", "chinese"),
    [
        (86.9, "; below 全国平均 8.7", "；低于全国平均 8.7"),
        (87.0, "; equal to 全国平均 8.7", "；与全国平均 8.7 持平"),
        (87.1, "; above 全国平均 8.7", "；高于全国平均 8.7"),
        (None, "", ""),
    ],
)
def test_a_figure_is_held_against_its_comparator(funds: float | None, english: str, chinese: str) -> None:
    condition = 'funds / population >= 10", compare: {value: 8.7, title: 全国平均}, source: "山西'

    told, told_zh = why(condition, "county", funds=funds, population=10.0)

    assert told.partition(")")[2] == english and told_zh.partition("）")[2] == chinese


@pytest.mark.parametrize(
    ("funds", "english", "chinese"),
    [
        (9.9, "; beside: 全国平均 8.7 (山西省2020-08-03推进会)", "；参照：全国平均 8.7元（山西省2020-08-03推进会）"),
        (None, "", ""),
    ],
)
def test_a_figure_that_is_told_is_told_with_what_stands_beside_it(
    funds: float | None, english: str, chinese: str
) -> None:
    shown_with = "unit: yuan, roll_up: sum, beside: [{title: 全国平均, value: 8.7, source: 山西省2020-08-03推进会}]}"
    text = PLAN.replace("unit: yuan, roll_up: sum}", shown_with)

    told, told_zh = why("funds >= 10", "county", text=text, funds=funds)

    assert (
        told.partition(" 10")[2] == english and told_zh.partition("10元" if "10元" in told_zh else "10")[2] == chinese
    )


def test_a_figure_beside_a_condition_is_told_as_it_was_written() -> None:
    assert why("staff <= 0.3 or uncovered = 0", staff=0.30001, uncovered=1 / 3)[0] == (
        "must satisfy staff <= 0.3 OR uncovered = 0: staff = 0.30001, uncovered = 0.3333"
    )


def test_functions_are_told_in_words() -> None:
    english, chinese = why("staff >= greatest(uncovered, ceil(staff / 5) * 10)", staff=8.0, uncovered=12.0)

    assert english.startswith("staff = 8, must be at least GREATEST(uncovered, CEIL(staff / 5) * 10) = 20")
    assert chinese.startswith("两员人数8人，应不低于较大者(无普查员的小区, 进一取整(两员人数 ÷ 5) × 10) = 20")


def test_a_ratio_over_zero_cannot_be_computed() -> None:
    english, chinese = why("funds / population >= 10", "county", funds=850.0, population=0.0)

    assert english == "funds / population = undefined, must be at least 10 (funds = 850, population = 0)"
    assert chinese == "到位经费 ÷ 户籍人口无法计算，应不低于10（到位经费850元、户籍人口0人）"


def test_only_the_parts_that_fail_are_told() -> None:
    assert why("staff >= 5 and uncovered = 0", staff=9.0, uncovered=2.0)[0] == "uncovered = 2, must be 0"
    assert why("staff >= 5 and uncovered = 0", staff=1.0, uncovered=2.0)[0] == (
        "staff = 1, must be at least 5; uncovered = 2, must be 0"
    )


def test_a_figure_that_is_missing_is_told_with_how_many_of_how_many() -> None:
    assert why("uncovered = 0", uncovered=None) == ("uncovered not reported", "无普查员的小区未报")
    assert why("uncovered = 0", "county", uncovered=(None, 2, 5)) == (
        "uncovered not reported (3 of 5 missing)",
        "无普查员的小区未报齐（应报5个乡镇，尚缺3个）",
    )
    assert why("districts > 0", districts=(None, 0, 40))[1] == "普查小区未报齐（应报40个普查小区，尚缺40个）"


def test_townships_are_not_counted_as_districts() -> None:
    assert why("districts > 0", "county", districts=(None, 6, 10, 2)) == (
        "districts not reported (2 of 8 districts missing, 2 townships without any)",
        "普查小区未报齐（应报8个普查小区，尚缺2个；另有2个乡镇尚无普查小区上报）",
    )
    assert why("districts > 0", "county", districts=(None, 0, 3, 3)) == (
        "districts not reported (3 of 3 missing)",
        "普查小区未报（3个乡镇均无普查小区上报）",
    )


def test_a_figure_that_cannot_be_computed_is_not_called_missing() -> None:
    assert why("uncovered <= 1", uncovered=(None, 1, 1)) == (
        "uncovered = undefined, must be at most 1",
        "无普查员的小区无法计算，应不高于1",
    )


def test_a_missing_figure_stands_beside_one_that_fails() -> None:
    assert (
        why("staff >= 5 and uncovered = 0", staff=None, uncovered=2.0)[0]
        == "staff not reported; uncovered = 2, must be 0"
    )


def test_a_missing_figure_is_told_once() -> None:
    assert why("staff > 0 and staff >= 5 and uncovered = 0", staff=None, uncovered=None)[0] == (
        "staff not reported; uncovered not reported"
    )
    assert why("staff > 0 and staff >= uncovered", staff=None, uncovered=None)[0] == (
        "staff not reported; uncovered not reported"
    )
    assert why("staff > 0 and staff >= uncovered", staff=None, uncovered=2.0)[0] == "staff not reported"


@pytest.mark.parametrize("condition", ["coalesce(staff, 0) >= 0", "staff is null", "greatest(staff, uncovered) > 0"])
def test_no_turn_of_phrase_leaves_a_duty_without_a_reason(condition: str) -> None:
    english, _ = why(condition, staff=None, uncovered=5.0)

    assert english == "staff not reported"


@pytest.mark.parametrize(
    ("condition", "figures"),
    [
        ("births >= 3", {"births": 2.0}),
        ("births + deaths >= 9", {"births": 2.0, "deaths": 4.0}),
        ("residents > 5000", {"residents": 4321.0}),
    ],
)
def test_below_county_nobody_counted_is_shown_and_no_figure_is_to_be_reached(
    condition: str, figures: dict[str, Figure]
) -> None:
    english, chinese = why(condition, "township", **figures)

    assert english.endswith("please check")
    assert chinese.endswith("请核实")
    assert not any(digit.isdigit() for digit in english + chinese)


def test_at_the_county_the_figure_is_shown_and_somebody_asked_to_check() -> None:
    assert why("births >= 300", "county", births=200.0) == ("births = 200: please check", "出生人口200，请核实")


def test_a_process_held_against_people_hides_the_people_below_county() -> None:
    english, chinese = why("staff * 250 >= residents", staff=2.0, residents=900.0)

    assert english == "staff * 250 = 500, must be at least residents"
    assert "900" not in chinese
    assert "900" not in why("staff / residents >= 0.004", staff=2.0, residents=900.0)[0]
    assert "900" not in why("staff > 5 or residents < 10", staff=2.0, residents=900.0)[1]
    assert "= 900" in why("staff * 250 >= residents", "county", staff=2.0, residents=900.0)[0]


SMALL = (
    "births not shown (fewer than 3, or gives such a number away): please check",
    "出生人口不予显示（不足3，或可据以推算），请核实",
)


@pytest.mark.parametrize(
    ("condition", "of_three"),
    [
        ("births / staff >= 0.5", "births / staff = 0.03, must be at least 0.5"),
        ("births * 9 >= staff", "births * 9, must be at least staff = 100"),
        ("staff <= births * 9", "staff = 100, must be at most births * 9"),
        ("staff in (1, 2) or births >= 7", "must satisfy staff IN (1, 2) OR births >= 7"),
    ],
)
def test_a_small_cell_hides_every_figure_of_its_condition_and_what_it_must_be(condition: str, of_three: str) -> None:
    assert why(condition, births=2.0, staff=100.0) == SMALL
    assert why(condition, births=3.0, staff=100.0)[0] == of_three


def test_at_the_county_a_small_cell_is_shown() -> None:
    assert why("births / staff >= 0.5", "county", births=2.0, staff=100.0)[0] == (
        "births / staff = 0.02, must be at least 0.5 (births = 2, staff = 100)"
    )


@pytest.mark.parametrize(("births", "alone", "hidden"), [(2.0, True, True), (3.0, True, False), (2.0, False, False)])
def test_what_a_county_of_one_township_is_asked_to_check_is_not_shown_where_it_is_small(
    births: float, alone: bool, hidden: bool
) -> None:
    said = why("births >= 20", "county", alone, births=births)

    assert said == (SMALL if hidden else (f"births = {births:g}: please check", f"出生人口{births:g}，请核实"))


@pytest.mark.parametrize("births", [2.0, 3.0])
def test_what_is_derived_from_births_is_to_be_checked_and_never_shown_below_county(births: float) -> None:
    assert why("weighted > 99999", births=births, weighted=births * 7919) == (
        "weighted: please check",
        "加权数，请核实",
    )


def test_only_the_small_ones_of_several_are_named() -> None:
    assert why("births + deaths + 7 >= staff", births=2.0, deaths=4.0, staff=100.0) == SMALL
    assert why("births + deaths + 7 >= staff", births=2.0, deaths=0.0, staff=100.0) == (
        "births, deaths not shown (fewer than 3, or gives such a number away): please check",
        "出生人口、死亡人口不予显示（不足3，或可据以推算），请核实",
    )


def test_births_that_are_missing_are_said_to_be_missing_and_not_to_be_few() -> None:
    assert why("births / staff >= 0.5", births=None, staff=100.0) == ("births not reported", "出生人口未报")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.0, "12"),
        (0.0, "0"),
        (-3.0, "-3"),
        (8.5, "8.5"),
        (0.33333333, "0.3333"),
        (6.4e6, "6400000"),
        (9.99999, "9.99999"),
        (0.00001, "0.00001"),
        (2.5e17, "2.5e+17"),
    ],
)
def test_a_figure_is_written_as_people_write_it(value: float, text: str) -> None:
    assert pl.DataFrame({"v": [value]}).select(number(pl.col("v")))["v"][0] == text
