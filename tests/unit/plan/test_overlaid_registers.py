"""What overlays make of registers: they add columns, values and requirements, and change nothing of what is there."""

from __future__ import annotations

from datetime import datetime

import pytest
from worlds.lists import LISTS
from worlds.plans import faults_of, plan_of

from models.plan.lists import Column
from models.plan.model import Requirement

HEAD = 'extends: plan.yaml\nunit: "14"\n'
COUNTY = 'extends: plan.yaml\nunit: "1401"\n'
LEAFLET = "registers: {papers: {columns: {kind: {one_of: {leaflet: 折页}}}}}\n"


def faults(*overlays: str) -> list[tuple[str, int, str]]:
    """(file, line, English sentence) of every fault; none where the plan is taken."""
    return [(one.file, one.line, one.said.en) for one in faults_of(LISTS, *overlays)]


def kind_of_papers(*overlays: str) -> Column:
    return plan_of(LISTS, *overlays).registers["papers"].columns["kind"]


def requirement(key: str, *overlays: str) -> Requirement:
    return next(one for one in plan_of(LISTS, *overlays).requirements if one.key == key)


def test_an_overlay_adds_a_value_that_holds_at_and_below_its_unit() -> None:
    kind = kind_of_papers(HEAD + LEAFLET)

    assert list(kind.values)[-1] == "leaflet"
    assert kind.values["leaflet"] == "折页"
    assert kind.scopes == {"leaflet": "14"}
    assert kind_of_papers().values == {name: title for name, title in kind.values.items() if name != "leaflet"}


def test_a_later_census_adds_a_value_that_holds_everywhere() -> None:
    kind = kind_of_papers("extends: plan.yaml\ncensus: census-2030\n" + LEAFLET)

    assert "leaflet" in kind.values
    assert kind.scopes == {}


def test_a_value_that_is_added_to_steps_is_an_end() -> None:
    plan = plan_of(LISTS, HEAD + "registers: {problems: {columns: {state: {one_of: {merged: 已并案}}}}}\n")

    moves = plan.registers["problems"].columns["state"].moves
    assert moves is not None
    assert moves["merged"] == ()
    assert moves["received"] == ("assigned", "returned")


def test_an_overlay_adds_a_column_a_register_and_what_is_owed_over_it() -> None:
    overlay = HEAD + (
        "registers:\n"
        "  papers: {columns: {number: {title: 文号, type: text}, year: {title: 年份, type: number}}}\n"
        "  leads: {title: 执法线索, kept_by: county, on_occasion: yes, key: [code, lead],\n"
        "          columns: {lead: {title: 线索编号, type: text}, due: {title: 办理期限, type: date}, done: {title: 已办结, type: yes_no}}}\n"
        "add:\n"
        "  - phase: recheck\n"
        "    requirement: {id: leads, title: 线索按期办结, judged_at: county, each: {register: leads, due: due}, met_when: done, ladder: field}\n"
    )

    plan = plan_of(LISTS, overlay)

    papers = plan.registers["papers"]
    assert [(name, papers.columns[name].scope) for name in papers.columns] == [
        ("kind", None),
        ("issued", None),
        ("number", "14"),
        ("year", "14"),
    ]
    assert plan.registers["leads"].on_occasion
    added = next(one for one in plan.requirements if one.id == "leads")
    assert added.scope == "14"
    assert added.each is not None
    assert (added.each.register, added.each.due, added.dues) == ("leads", "due", ())


def test_a_value_of_an_overlay_is_owed_where_the_overlay_asks_for_it() -> None:
    asking = (
        "add: [{phase: recheck, requirement: {id: leaflet, title: 折页印发, judged_at: city, due: T-94d,"
        " each: {register: papers, by: kind, of: [leaflet]}, met_when: issued is not null}}]\n"
    )

    each = requirement("recheck.leaflet", HEAD + LEAFLET + asking).each
    assert each is not None
    assert each.of == ("leaflet",)
    assert faults(HEAD + LEAFLET, 'extends: plan.yaml\nunit: "15"\n' + asking) == [
        ("overlay-1.yaml", 3, "the value “leaflet” holds at and below 14 alone and cannot be owed here")
    ]
    assert faults(HEAD + LEAFLET, 'extends: overlay-0.yaml\nunit: "1401"\n' + asking) == []


@pytest.mark.parametrize(
    ("registers", "said"),
    [
        ("{papers: {title: 公文}}", "“papers” is laid down already: columns and values may be added, title cannot"),
        ("{papers: {kept_by: county}}", "“papers” is laid down already: columns and values may be added, kept_by"),
        ("{papers: {key: [code]}}", "“papers” is laid down already: columns and values may be added, key cannot"),
        ("{papers: {refuse: []}}", "“papers” is laid down already: columns and values may be added, refuse cannot"),
        ("{papers: {on_occasion: yes}}", "“papers” is laid down already: columns and values may be added, on_occ"),
        ("{papers: {columns: {issued: {type: text}}}}", "“papers.issued” is laid down already: only values may be"),
        ("{papers: {columns: {kind: {title: 种类}}}}", "“papers.kind” is laid down already: only values may be added"),
        ("{papers: {columns: {kind: {several: yes}}}}", "“papers.kind” is laid down already: only values may be added"),
        ("{problems: {columns: {state: {moves: {closed: []}}}}}", "“problems.state” is laid down already: only values"),
        (
            "{papers: {columns: {kind: {one_of: {schedule: 日程}}}}}",
            "“papers.kind.schedule” is already defined in plan.y",
        ),
        ("{papers: {columns: {kind: {one_of: {plan: 工作方案}}}}}", "the values “plan” and “work-plan” share a name"),
        ("{papers: {columns: {issued: {one_of: {a: 甲}}}}}", "“papers.issued” has no values to choose from"),
        ("{papers: {columns: {number: {title: 印发日期, type: text}}}}", "share the title 印发日期"),
        ("{papers: {columns: {number: {title: 文号}}}}", "exactly one of type and one_of must stand here"),
        (
            "{paper: {columns: {number: {title: 文号, type: text}}}}",
            "no register “paper” to add columns to; did you mean",
        ),
        ("{papers: [number]}", "here must stand a mapping of keys to values"),
    ],
)
def test_an_overlay_changes_nothing_of_a_register(registers: str, said: str) -> None:
    found = faults(f"{HEAD}registers: {registers}\n")

    assert [(file, line) for file, line, _ in found] == [("overlay-0.yaml", 3)]
    assert said in found[0][2]


def test_two_overlays_cannot_add_the_same_value_or_column() -> None:
    number = "registers: {papers: {columns: {number: {title: 文号, type: text}}}}\n"

    assert faults(HEAD + LEAFLET, COUNTY + LEAFLET) == [
        ("overlay-1.yaml", 3, "“papers.kind.leaflet” is already defined in overlay-0.yaml, line 3")
    ]
    assert faults(HEAD + number, COUNTY + number) == [
        ("overlay-1.yaml", 3, "“papers.number” is already defined in overlay-0.yaml, line 3")
    ]


def test_all_values_are_owed_where_they_hold() -> None:
    all_of_them = (
        "add: [{phase: recheck, requirement: {id: all, title: 文件印发, judged_at: city, due: T-94d,"
        " each: {register: papers, by: kind, of: all}, met_when: issued is not null}}]\n"
    )
    four = ("work-plan", "office-rules", "schedule", "division")

    each = requirement("recheck.all", HEAD + LEAFLET + all_of_them).each
    assert each is not None
    assert each.of == (*four, "leaflet")
    each = requirement("recheck.all", HEAD + LEAFLET, 'extends: plan.yaml\nunit: "15"\n' + all_of_them).each
    assert each is not None
    assert each.of == four


def test_a_fixed_date_over_rows_is_tightened() -> None:
    found = requirement("recheck.four-papers", f"{HEAD}tighten: {{recheck.four-papers: T-100d}}\n")

    assert [scope for scope, _ in found.dues] == [None, "14"]
    assert found.dues[1][1] == datetime.fromisoformat("2020-07-25T00:00:00+08:00")
    assert "later" not in str(faults(f"{HEAD}tighten: {{recheck.four-papers: T-94d}}\n"))
    assert "only tighten" in faults(f"{HEAD}tighten: {{recheck.four-papers: T-93d}}\n")[0][2]


def test_a_date_that_stands_in_each_row_cannot_be_tightened() -> None:
    assert faults(f"{HEAD}tighten: {{recheck.lists-closed: T-100d}}\n") == [
        (
            "overlay-0.yaml",
            3,
            "“recheck.lists-closed” is due row by row, by its column “due”; there is no one date to tighten",
        )
    ]
