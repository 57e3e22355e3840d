"""Overlays: they tighten at and below their unit, side by side and one over the other, and tell what they may not do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from worlds.plan_texts import BASE, faults, held, line_of, only, read

from models.plan.files import read_plan_files


def test_an_overlay_tightens_at_and_below_its_unit_alone() -> None:
    plan = read("city.yaml", city='extends: base.yaml\nunit: "1301"\ntighten: {preparation.funds: 2020-08-10}\n').plan

    assert held(plan, "preparation.funds", "1301") == "2020-08-11T00:00:00+08:00"
    assert held(plan, "preparation.funds", "130102") == "2020-08-11T00:00:00+08:00"
    assert held(plan, "preparation.funds", "1302") == "2020-08-21T00:00:00+08:00"
    assert held(plan, "preparation.funds", "13") == "2020-08-21T00:00:00+08:00"
    assert plan.overlay_units == ("1301",)


@pytest.mark.parametrize("written", ["14", '"14"', '"140000000000"', "140000000000"])
def test_the_unit_of_an_overlay_may_be_a_number_or_padded(written: str) -> None:
    plan = read("o.yaml", o=f"extends: base.yaml\nunit: {written}\ntighten: {{preparation.funds: 2020-08-10}}\n").plan

    assert plan.overlay_units == ("14",)
    assert held(plan, "preparation.funds", "140100") == "2020-08-11T00:00:00+08:00"


@pytest.mark.parametrize("written", ["1", "123", "abcd", "'00'", "130102001001001"])
def test_an_overlay_for_what_is_no_office_is_a_fault(written: str) -> None:
    found = faults(BASE, "o.yaml", o=f"extends: base.yaml\nunit: {written}\n")

    assert only(found, file="o.yaml") == (
        2,
        f"“{written.strip(chr(39))}” is no unit code; it must have 2, 4, 6, 9 or 12 digits",
    )


@pytest.mark.parametrize(("date", "late"), [("2020-08-20", False), ("2020-08-21", True), ("2020-08-20 17:00", False)])
def test_the_same_date_may_stand_and_a_later_one_is_an_error(date: str, late: bool) -> None:
    overlay = f'extends: base.yaml\nunit: "13"\ntighten:\n  preparation.funds: {date}\n'

    if not late:
        assert read("o.yaml", o=overlay)
        return
    line, said = only(faults(BASE, "o.yaml", o=overlay), file="o.yaml")
    assert line == 4
    assert said.startswith(
        "a lower office may only tighten: “preparation.funds” is due 2020-08-20 above, 2020-08-21 here"
    )


def test_tightening_what_was_tightened_may_only_go_on() -> None:
    province = 'extends: base.yaml\nunit: "13"\ntighten: {preparation.funds: 2020-08-10}\n'
    earlier = 'extends: province.yaml\nunit: "1301"\ntighten: {preparation.funds: 2020-08-05}\n'
    later = 'extends: province.yaml\nunit: "1301"\ntighten: {preparation.funds: 2020-08-11}\n'

    plan = read("city.yaml", province=province, city=earlier).plan
    found = faults(BASE, "city.yaml", province=province, city=later)

    assert held(plan, "preparation.funds", "130102") == "2020-08-06T00:00:00+08:00"
    assert held(plan, "preparation.funds", "1302") == "2020-08-11T00:00:00+08:00"
    assert "due 2020-08-10 above, 2020-08-11 here" in only(found, file="city.yaml")[1]


def test_one_overlay_cannot_tighten_the_same_duty_twice() -> None:
    overlay = (
        'extends: base.yaml\nunit: "13"\ntighten:\n  preparation.funds: 2020-08-10\n  preparation.funds: 2020-08-05\n'
    )

    assert only(faults(BASE, "o.yaml", o=overlay), file="o.yaml") == (5, "“preparation.funds” stands twice; keep one")


@pytest.mark.parametrize("order", [("wide.yaml", "narrow.yaml"), ("narrow.yaml", "wide.yaml")])
def test_overlays_hold_by_the_width_of_their_units_and_not_by_the_order_of_the_files(order: tuple[str, str]) -> None:
    wide = 'extends: base.yaml\nunit: "13"\ntighten: {preparation.funds: 2020-08-10}\n'
    narrow = 'extends: base.yaml\nunit: "1301"\ntighten: {preparation.funds: 2020-08-05}\n'

    plan = read(*order, wide=wide, narrow=narrow).plan

    assert held(plan, "preparation.funds", "1301") == "2020-08-06T00:00:00+08:00"
    assert held(plan, "preparation.funds", "1302") == "2020-08-11T00:00:00+08:00"


@pytest.mark.parametrize("order", [("wide.yaml", "narrow.yaml"), ("narrow.yaml", "wide.yaml")])
def test_of_two_overlays_side_by_side_the_earliest_date_holds(order: tuple[str, str]) -> None:
    wide = 'extends: base.yaml\nunit: "13"\ntighten: {preparation.funds: 2020-08-10}\n'
    later = 'extends: base.yaml\nunit: "1301"\ntighten: {preparation.funds: 2020-08-15}\n'

    plan = read(*order, wide=wide, narrow=later).plan

    assert held(plan, "preparation.funds", "1301") == "2020-08-11T00:00:00+08:00"


def test_two_provinces_may_each_bring_an_overlay() -> None:
    north = (
        'extends: base.yaml\nunit: "13"\ntighten: {preparation.funds: 2020-08-10}\nadd:\n'
        '  - {phase: preparation, requirement: {id: north, title: 北, judged_at: county, met_when: "funds > 0", due: T-90d}}\n'
    )
    south = 'extends: base.yaml\nunit: "44"\ntighten: {preparation.funds: 2020-08-15}\n'

    plan = read("north.yaml", "south.yaml", north=north, south=south).plan

    assert held(plan, "preparation.funds", "13") == "2020-08-11T00:00:00+08:00"
    assert held(plan, "preparation.funds", "44") == "2020-08-16T00:00:00+08:00"
    assert held(plan, "preparation.funds", "50") == "2020-08-21T00:00:00+08:00"
    assert held(plan, "preparation.north", "13") == "2020-08-04T00:00:00+08:00"
    assert held(plan, "preparation.north", "44") is None
    assert next(one for one in plan.requirements if one.id == "north").scope == "13"


def test_what_one_province_adds_another_cannot_tighten() -> None:
    north = (
        'extends: base.yaml\nunit: "13"\nadd:\n  - {phase: preparation, requirement: {id: north, title: 北, judged_at: county,'
        ' met_when: "funds > 0", due: T-90d}}\n'
    )
    south = 'extends: base.yaml\nunit: "44"\ntighten: {preparation.north: T-95d}\n'

    found = faults(BASE, "north.yaml", "south.yaml", north=north, south=south)

    assert only(found, file="south.yaml") == (3, "“preparation.north” is owed in 13, not in 44")


def test_an_overlay_brings_indicators_ladders_phases_and_sets_of_its_own() -> None:
    overlay = """\
extends: base.yaml
unit: "13"
indicators:
  phones: {title: 手机, level: township, roll_up: sum}
  short_of_phones: {title: 缺手机的乡镇, level: township, count_where: "phones < staff"}
ladders:
  own: [{id: now, at: +0d, to: [unit.owner]}]
phases:
  - id: devices
    title: 设备
    starts: T-60d
    ends: T-10d
    after: [recruitment]
    requirements:
      - {id: phones, no: 21, title: 手机到位, judged_at: county, met_when: "short_of_phones = 0", due: T-20d, ladder: own}
sets:
  ready: {title: 两落实, requirements: [preparation.funds, devices.phones]}
"""

    plan = read("o.yaml", o=overlay).plan

    assert plan.requirements[-1].key == "devices.phones"
    assert plan.requirements[-1].scope == "13"
    assert plan.sets[0].requirements == ("preparation.funds", "devices.phones")
    assert plan.base_indicators(frozenset({"short_of_phones"})) == {"short_of_phones", "phones", "staff"}


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        ("indicators: {funds: {title: 甲, level: county, roll_up: sum}}", 3, "already defined in base.yaml, line 5"),
        ("ladders: {standard: [{id: a, at: +0d, to: [unit.owner]}]}", 3, "already defined in base.yaml, line 9"),
        (
            "phases: [{id: preparation, title: 甲, starts: T-9d, ends: T-1d}]",
            3,
            "already defined in base.yaml, line 14",
        ),
        ("tighten: {preparation.fund: T-90d}", 3, "did you mean “preparation.funds”"),
        ("tighten: {zzz: T-90d}", 3, "write phase.requirement"),
        ("tighten: {recruitment.weekly: T-90d}", 3, "a periodic requirement"),
        ("tighten: {preparation.funds: [T-90d]}", 3, "must be a date"),
        ("tighten: {preparation.funds: soon}", 3, "cannot be read"),
        (
            "add: [{phase: nowhere, requirement: {id: a, title: 甲, judged_at: county, met_when: funds > 1, due: T-9d}}]",
            3,
            "there is no phase “nowhere”",
        ),
        (
            "add: [{phase: preparation, requirement: {id: funds, title: 甲, judged_at: county, met_when: funds > 1, due: T-90d}}]",
            3,
            "already defined in base.yaml, line 19",
        ),
        ("add: [{phase: preparation}]", 3, "“requirement” is missing"),
        ("census: other", 3, "may change neither"),
        ("standard_time: 2030-11-01", 3, "may change neither"),
        ("calendar: other", 3, "unknown key “calendar”"),
        ("sets: {Big Set: {title: 甲, requirements: [preparation.funds]}}", 3, "must begin with a lower-case letter"),
        ("sets: {none: {title: 甲, requirements: []}}", 3, "holds no requirement"),
    ],
)
def test_what_an_overlay_may_not_do_is_told_in_its_own_file(body: str, line: int, said: str) -> None:
    found = only(faults(BASE, "o.yaml", o=f'extends: base.yaml\nunit: "13"\n{body}\n'), file="o.yaml")

    assert (found[0], said in found[1]) == (line, True), found


def test_a_later_census_moves_the_whole_calendar() -> None:
    later = "extends: base.yaml\ncensus: trial-2030\ntitle: 下一次\nstandard_time: 2030-11-01T00:00:00+08:00\n"

    plan = read("later.yaml", later=later).plan

    assert (plan.census, plan.title) == ("trial-2030", "下一次")
    assert plan.standard_time == datetime.fromisoformat("2030-11-01T00:00:00+08:00")
    assert held(plan, "recruitment.staff", None) == "2030-08-21T00:00:00+08:00"
    assert plan.phases[0].starts.isoformat() == "2030-04-15T00:00:00+08:00"


def test_the_title_of_a_province_is_not_the_title_of_the_census() -> None:
    plan = read("o.yaml", o='extends: base.yaml\nunit: "13"\ntitle: 甲省方案\n').plan

    assert plan.title == "试验普查"


def test_faults_of_the_plan_below_and_of_the_overlay_are_told_together() -> None:
    found = faults(
        BASE.replace("staff >= 10", "staf >= 10"),
        "o.yaml",
        o='extends: base.yaml\nunit: "13"\ntighten: {preparation.fund: T-90d}\n',
    )

    assert [(file, line) for file, line, _ in found] == [("base.yaml", line_of("id: staff")), ("o.yaml", 3)]


def test_a_plan_below_that_is_broken_is_told_once() -> None:
    found = faults("census: [\n", "o.yaml", o='extends: base.yaml\nunit: "13"\ntighten: {preparation.funds: T-90d}\n')

    assert [file for file, _, _ in found] == ["base.yaml"]


def test_a_plan_below_that_is_missing_is_told_at_the_line_that_names_it() -> None:
    found = faults(BASE, "o.yaml", o='unit: "13"\nextends: nothere.yaml\ntighten: {preparation.funds: T-90d}\n')

    assert only(found, file="o.yaml") == (2, "there is no nothere.yaml")


def test_overlays_that_extend_each_other_are_told() -> None:
    found = faults(BASE, "x.yaml", x="extends: y.yaml\n", y="extends: x.yaml\n")

    assert only(found, file="y.yaml") == (1, "plans extend each other: x.yaml → y.yaml → x.yaml")


def test_an_overlay_stands_beside_the_plan_that_it_extends(tmp_path: Path) -> None:
    (tmp_path / "national").mkdir()
    (tmp_path / "local").mkdir()
    (tmp_path / "national" / "base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "local" / "o.yaml").write_text('extends: ../national/base.yaml\nunit: "13"\n', encoding="utf-8")

    files = read_plan_files(tmp_path / "local" / "o.yaml")

    assert files.plan.overlay_units == ("13",)
    assert len(files.sources) == 2


def test_one_campaign_has_one_plan() -> None:
    found = faults(BASE, "base.yaml", "other.yaml", other=BASE)

    assert only(found, file="other.yaml")[1] == "one campaign has one plan; other.yaml and base.yaml are two"
