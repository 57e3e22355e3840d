"""Plans against the law (条例 art. 5 and 33, 统计法 art. 7): what nobody may load, and as much that everybody may."""

from __future__ import annotations

import pytest
from worlds.lawful_plans import REQUIREMENT, RUNG, asking, plan, refused
from worlds.plans import plan_in_force, plan_of

from models.plan.model import Plan

GOALS = [
    "births >= 20",
    "births > 19",
    "births = 20",
    "births <> 0",
    "births <= 30",
    "20 <= births",
    "births between 10 and 20",
    "births in (20, 21)",
    "not births < 20",
    "births is not null",
    "population >= 600000",
    "population = 600000",
    "population = births",
    "births >= births_health",
    "births = births_health",
    "abs(births - births_health) <= 0.004 * births_health",
    "0 - births <= -20",
    "-births <= -20",
    "births / 1 >= 20",
    "births / 2 >= 10",
    "births * 2 >= 40",
    "births + 0 >= 20",
    "1000 / births <= 50",
    "1 / (1 / births) >= 20",
    "1000 * births / population >= 8",
    "births / population >= 0.008",
    "births / districts >= 2",
    "births / funds >= 0",
    "min_births >= 20",
    "births % 100 = 0",
    "abs(births) >= 20",
    "round(births, 0) >= 20",
    "floor(births) >= 20",
    "ceil(births) >= 20",
    "coalesce(births, 0) >= 20",
    "nullif(births, 0) >= 20",
    "greatest(births, 0) >= 20",
    "least(births, 99) >= 20",
    "greatest(births, staff) >= 20",
    "case when births >= 20 then 1 else 0 end = 1",
    "case when births >= 20 then true else false end",
    "case when staff > 0 then births else 20 end >= 20",
    "(births >= 20) = (staff > 0)",
    "staff > 0 and births >= 20",
    "staff > 0 or births >= 20",
    "funds >= 10 * population",
    "funds / 10 >= population",
    "funds - 10 * population >= 0",
    "funds / (population - 600000) > 0",
    "funds / (0 - population) <= -10",
    "funds / (funds / population) >= 600000",
    "(funds - funds + 1000) / births <= 50",
    "(0 * funds + 1000) / births <= 50",
    "(funds + 1000) / births <= 50",
    "population / funds <= 0.1",
    "funds / population <= funds / 600000",
    "funds / population >= funds / births",
    "funds / population - funds / 600000 <= 0",
    "funds / population / funds <= 0.000002",
    "funds_per_head <= funds / 600000",
    "funds_per_head / funds <= 0.000002",
    "cancelled <= 0.000002",
    "funds / population * births >= 1",
    "deaths = 0",
    "vacant <= 100",
    "vacant / districts <= 1",
    "migrants >= 5",
    "births_sum >= 20",
    "births_low = 0",
    "births_rate >= 8",
    "births_turned <= 50",
    "births_turned_twice >= 1",
    "births_hidden >= 1",
    "1000 / funds_per_head <= 50",
    "funds / funds_per_head >= 600000",
    "forms_done >= 600",
    "forms_done * 0.05 >= 1",
    "forms_done >= staff",
    "forms_done - 20 >= 0",
    "forms_due >= 600",
    "forms_due >= population",
    "births_open <= 20",
    "births_open - 20 = 0",
    "births_open >= districts",
    "sampled >= 20",
    "sampled > 0",
    "600 / forms_due <= 1",
    "600 / (2 * forms_due) <= 1",
    "1000 / sampled <= 1",
    "wrong >= 5",
    "not wrong <= 5",
    "wrong = 5",
    "wrong between 5 and 9",
    "wrong <= sampled",
    "0 - wrong <= -5",
    "100 - wrong <= 95",
    "1000 * wrong / sampled >= 4",
    "faulty >= 3",
]
DERIVED = """\
min_births: {title: 甲, level: township, sum_where: "least(births, deaths)"}
births_sum: {title: 乙, level: township, sum_where: "births + deaths"}
births_low: {title: 丙, level: township, count_where: "births < 20"}
births_rate: {title: 丁, level: township, sum_where: "1000 * births / population"}
births_turned: {title: 戊, level: township, sum_where: "1000 / births"}
births_turned_twice: {title: 己, level: township, sum_where: "1000 / births_turned"}
births_hidden: {title: 庚, level: township, count_where: "births_rate > 8"}
funds_per_head: {title: 人均经费, level: township, sum_where: "funds / population"}
cancelled: {title: 辛, level: township, sum_where: "funds_per_head / funds"}
faulty: {title: 有差错的乡镇, level: township, count_where: "wrong > 4"}
short: {title: 两员不足的乡镇, level: township, count_where: "staff < districts"}
left_over: {title: 尚未填报, level: township, sum_where: "forms_due - forms_done"}
staff_due: {title: 应配两员, level: township, sum_where: "districts + districts / 5"}
"""


@pytest.mark.parametrize("condition", GOALS)
def test_no_condition_makes_a_goal_of_people_or_oversteps_a_count_of_work(condition: str) -> None:
    text = plan(DERIVED, asking(condition))

    faults = refused(text)

    assert {(file, text.splitlines()[line - 1].strip(" -")) for file, line, _ in faults} == {
        ("plan.yaml", asking(condition))
    }
    assert all(condition in said for _, _, said in faults)


@pytest.mark.parametrize(
    "condition",
    [
        "staff >= 20",
        "staff >= districts",
        "staff >= districts + districts / 5",
        "staff >= staff_due",
        "staff between 10 and 90",
        "not staff < 10",
        "0 - staff <= -20",
        "1000 / staff <= 50",
        "staff / districts >= 1",
        "greatest(staff, districts) >= 1",
        "case when staff > 5 then true else districts < 5 end",
        "staff is not null",
        "funds > 0",
        "funds / population >= 10",
        "funds / population > 8.7 and staff > 0",
        "10 <= funds / population",
        "funds / nullif(population, 0) >= 10",
        "1000 * funds / population >= 10000",
        "funds / (population / 10000) >= 100000",
        "(funds + staff) / population >= 10",
        "funds / (births + deaths) >= 10",
        "round(funds / population, 2) >= 10",
        "funds / births >= 1",
        "funds / vacant >= 1",
        "staff / (population / 250) >= 1",
        "districts / population <= 0.004",
        "funds_per_head >= 10",
        "funds_per_head between 8.7 and 100",
        "funds / population >= 8.7 and funds > 0",
        "funds / population > 8 and funds / population < 100",
        "funds_per_head >= staff",
        "short = 0",
        "short <= 3",
        "faulty = 0",
        "faulty <= 3",
        "forms_done >= forms_due",
        "forms_done = forms_due",
        "forms_due <= forms_done",
        "forms_done >= 0.95 * forms_due",
        "forms_done / forms_due >= 1",
        "forms_done / forms_due >= 0.95",
        "100 * forms_done / forms_due >= 95",
        "forms_done >= 0",
        "forms_done > 0",
        "forms_done >= 1",
        "forms_due - forms_done = 0",
        "left_over = 0",
        "left_over <= 0",
        "births_open = 0",
        "births_open <= 0",
        "0 = births_open",
        "births_open + left_over = 0",
        "wrong = 0",
        "wrong <= 4",
        "wrong < 5",
        "5 > wrong",
        "not wrong > 4",
        "1000 * wrong / sampled <= 4",
        "wrong / sampled <= 0.004",
        "0.004 >= wrong / sampled",
        "round(1000 * wrong / sampled, 1) <= 4",
        "coalesce(wrong, 0) <= 4",
        "births_open = 0 and wrong = 0 and staff > 0",
    ],
)
def test_conditions_on_work_and_rates_by_the_head_are_taken(condition: str) -> None:
    assert refused(plan(DERIVED, asking(condition))) == []


def test_an_overlay_cannot_add_what_the_plan_may_not_ask() -> None:
    overlay = "extends: plan.yaml\nunit: '13'\nadd:\n  - phase: p\n    requirement: {id: s, title: 乙, judged_at: township, met_when: \"births >= 20\", due: T-2d}\n"

    ((file, line, _),) = refused(plan(), overlay)

    assert (file, line) == ("overlay-0.yaml", 5)


def verifying(rest: str = "verify: [births, births_health], within: 4 permille") -> str:
    return REQUIREMENT.replace('met_when: "staff >= 1"', rest)


@pytest.mark.parametrize(
    ("within", "text"),
    [
        ("", "abs(births - births_health) <= 0"),
        (", within: 3", "abs(births - births_health) <= 3"),
        (", within: 4 permille", "1000 * abs(births - births_health) <= 4 * greatest(abs(births), abs(births_health))"),
        (", within: 4‰", "1000 * abs(births - births_health) <= 4 * greatest(abs(births), abs(births_health))"),
        (", within: 2 %", "100 * abs(births - births_health) <= 2 * greatest(abs(births), abs(births_health))"),
        (", within: 0.5％", "1000 * abs(births - births_health) <= 5 * greatest(abs(births), abs(births_health))"),
    ],
)
def test_two_sources_are_compared_in_whole_numbers(within: str, text: str) -> None:
    taken: Plan = plan_of(plan(requirement=verifying(f"verify: [births, births_health]{within}")))

    assert taken.requirements[0].met_when.text == text
    assert taken.indicators["p.r"].answers


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("verify: [births]", "两个不同的指标"),
        ("verify: [births, births]", "两个不同的指标"),
        ("verify: [births, nobody]", "未在 indicators 中定义"),
        ("verify: [births, births_plan]", "固定的数就是目标"),
        ("verify: [births, births_moved]", "固定的数就是目标"),
        ('verify: [births, deaths], met_when: "staff > 0"', "只能写一个"),
        ('met_when: "staff > 0", within: 3', "within 只用于 verify"),
        ("verify: [births, deaths], within: -1", "within: -1 应写作"),
        ("verify: [births, deaths], within: 100 %", "within: 100 % 应写作"),
        ("verify: [births, deaths], within: many", "within: many 应写作"),
        ("verify: [births, deaths], within: true", "within: True 应写作"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_told_with_its_cure(rest: str, said: str) -> None:
    figures = 'births_plan: {title: 甲, level: township, sum_where: "20"}\nbirths_moved: {title: 乙, level: township, sum_where: "births + 20"}'

    assert [said in one for _, _, one in refused(plan(figures, verifying(rest)))] == [True]


def test_a_sum_of_what_is_reported_may_be_compared() -> None:
    both = 'both: {title: 男女合计, level: township, sum_where: "births_health + deaths"}'

    assert refused(plan(both, verifying("verify: [births, both]"))) == []


def test_a_campaign_that_runs_is_not_stopped_by_what_it_took_in_before() -> None:
    text = plan("x: {title: 人口, level: township, roll_up: sum, rank: true}", asking("births >= 20"))

    running = plan_in_force(text.replace(RUNG, "{id: overdue, at: +0d, to: [unit.head]}"))

    assert (running.indicators["births"].about, running.indicators["x"].rank) == ("people", False)
