"""Plan files: every fault at once, each with its line and in the planner's words; overlays that only tighten."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from datetime import datetime
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds.plan_texts import BASE, changed, faults, held, line_of, only, read, reader

from models.plan.files import read_plan, reread
from models.plan.layers import PlanError
from models.plan.model import Plan
from models.plan.yaml_lines import read_yaml

# what stands in a plan


def test_a_plan_is_read_as_it_is_written() -> None:
    plan = read().plan

    assert (plan.census, plan.title, plan.zone_name, plan.calendar) == (
        "trial",
        "试验普查",
        "Asia/Shanghai",
        "china",
    )
    assert str(plan.office_hours) == "08:30-17:30"
    assert [phase.id for phase in plan.phases] == ["preparation", "recruitment"]
    assert [one.key for one in plan.requirements] == [
        "preparation.funds",
        "recruitment.staff",
        "recruitment.weekly",
    ]
    assert plan.indicators["funds"].rank is True
    assert plan.indicators["population"].rank is False
    recruitment = plan.phases[1]
    assert recruitment.cadence is not None
    assert str(recruitment.cadence) == f"{recruitment.starts:%Y-%m-%dT%H:%M} weekly fri 17:00"
    assert recruitment.after == ("preparation",)
    assert held(plan, "recruitment.staff", None) == "2020-08-21T00:00:00+08:00"
    assert plan.requirements[2].every == "week"
    assert plan.requirements[2].dues == ()


def test_a_requirement_is_found_by_key_id_or_schedule_number() -> None:
    plan = read().plan

    assert [one.key for one in plan.find_requirements("recruitment.staff")] == ["recruitment.staff"]
    assert [one.key for one in plan.find_requirements("staff")] == ["recruitment.staff"]
    assert [one.key for one in plan.find_requirements("14")] == ["recruitment.staff"]
    assert plan.find_requirements("15") == []
    assert plan.find_requirements("None") == []


def test_a_plan_read_again_from_its_own_texts_is_the_same_plan() -> None:
    first = read("city.yaml", city='extends: base.yaml\nunit: "1301"\ntighten: {preparation.funds: 2020-08-10}\n')

    again = reread(first.sources, first.leaves)

    assert again.requirements == first.plan.requirements
    assert again.phases == first.plan.phases


def test_the_words_of_an_office_are_no_truth_values() -> None:
    text = BASE.replace("title: 经费,", "title: no,").replace("title: 两员,", "title: on,")

    titles = [one.title for one in read_plan(("base.yaml",), reader({"base.yaml": text})).plan.requirements]

    assert titles == ["no", "on", "周报"]


def test_values_may_be_shared_by_alias() -> None:
    text = BASE.replace("to: [unit.owner]}", "to: &owner [unit.owner]}", 1).replace(
        "to: [superior.owner]", "to: *owner"
    )

    plan = read_plan(("base.yaml",), reader({"base.yaml": text})).plan

    assert plan.ladders["standard"].rungs[2].to == ("unit.owner",)


# faults, one by one


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ("title: 试验普查", "title: 试验普查\nofice_hours: 08:00-17:00", "ofice_hours", "did you mean “office_hours”"),
        ("census: trial", "census: Trial 2020", "census", "lower-case"),
        ("census: trial", "census: 2020", "census", "must be a text"),
        ("title: 试验普查", "title: ''", "title", "not empty"),
        ("T00:00:00+08:00", "T00:00:00+08:00\ntimezone: Asia/Shangai", "timezone", "no time zone"),
        ("T00:00:00+08:00", "T00:00:00+08:00\noffice_hours: 17:30-08:30", "office_hours", "close before"),
        ("2020-11-01T00:00:00+08:00", "November", "standard_time", "cannot be read"),
        ("level: township", "level: towship", "两员人数", "must be one of province, city"),
        ("roll_up: sum, rank", "roll_up: total, rank", "到位经费", "must be one of sum, count"),
        ("roll_up: sum, rank: true", "rank: true", "到位经费", "exactly one of roll_up"),
        ("roll_up: sum, rank: true", 'roll_up: sum, count_where: "funds > 0"', "到位经费", "exactly one of roll_up"),
        ("  population: {", "  population: {rank: true, ", "户籍人口", "may not be ranked"),
        ("  population: {", "  population: {min: 5, max: 1, ", "户籍人口", "min is greater than max"),
        ("  population: {", "  population: {min: many, ", "户籍人口", "“min” must be a number"),
        ("roll_up: sum, rank", "evidence: [], roll_up: sum, rank", "到位经费", "at least"),
        ("roll_up: sum, rank", "evidence: 会议纪要, roll_up: sum, rank", "到位经费", "must be a list"),
        ("roll_up: sum, rank", "evidence: [纪要, ' 纪 要'], roll_up: sum, rank", "到位经费", "a choice twice"),
        ("roll_up: sum, rank", "evidence: [" + "长" * 41 + "], roll_up: sum, rank", "到位经费", "longer than 40"),
        ("roll_up: sum, rank: true", 'evidence: [纪要], count_where: "funds > 0"', "到位经费", "rests on nothing"),
        (
            "  staff: {title",
            "  staff-x: {title: 甲, level: county, roll_up: sum}\n  staff: {title",
            "title: 甲",
            "a hyphen reads as minus",
        ),
        ("rank: true", "rank: perhaps", "到位经费", "true or false"),
        ("at: -7d", "at: 1w", "remind-7", "cannot be read"),
        ("at: +0d", "at: +0wd", "id: overdue", "not clear"),
        ("at: +0d", "at: -8d", "id: overdue", "out of order"),
        ("id: overdue", "id: remind-7", "+0d", "stands twice"),
        ("to: [unit.owner]}", "to: unit.owner}", "remind-7", "must be a list"),
        ("[superior.owner]", "[boss.owner]", "id: superior", "the recipient “boss.owner”"),
        ("[superior.owner]}", "[superior.owner], signed_by: me}", "id: superior", "the recipient “me”"),
        ("[superior.owner]}", "[superior.owner], if_unknown: panic}", "id: superior", "resend or leave"),
        ("ends: T-88d", "ends: T-201d", "T-201d", "does not end after it starts"),
        ("starts: T-200d", "starts: once", "starts: once", "cannot be read"),
        ("    ends: T-88d\n", "", "id: preparation", "“ends” is missing"),
        ("after: [preparation]", "after: [preparations]", "after", "did you mean “preparation”"),
        ("after: [preparation]", "after: [recruitment]", "after", "wait for each other"),
        ("after: [preparation]", "after: preparation", "after", "must be a list"),
        ("weekly fri 17:00", "weekly friday 17:00", "cadence", "must look like"),
        ("weekly fri 17:00", "daily 24:30", "cadence", "must look like"),
        ("weekly fri 17:00", "daily 09:00 12:00 17:00", "cadence", "must look like"),
        ("weekly fri 17:00", "monthly 32 17:00", "cadence", "no month has a day 32"),
        ("    cadence: weekly", "    hours: nights\n    cadence: weekly", "hours", "office or always"),
        ("no: 14", "no: 1", "id: staff", "number 1 is already “preparation.funds”"),
        ("no: 14", "no: 0", "id: staff", "at least 1"),
        ("no: 14", "no: a", "id: staff", "a whole number"),
        ("no: 14", "no: 1.5", "id: staff", "a whole number"),
        ("judged_at: township", "judged_at: district", "id: staff", "a district has no office"),
        (
            'judged_at: county, met_when: "funds',
            'judged_at: township, met_when: "funds',
            "id: funds",
            "cannot judge a township",
        ),
        ("staff >= 10", "staf >= 10", "id: staff", "did you mean staff"),
        ("staff >= 10", "sum(staff) >= 10", "id: staff", "the aggregate SUM(staff)"),
        ("staff >= 10", "staff + 10", "id: staff", "must be a condition"),
        ("staff >= 10", "staff >=", "id: staff", "cannot be read"),
        ("due: T-73d, ladder", "compare: {value: 9}, due: T-73d, ladder", "id: staff", "“title” is missing"),
        (
            "due: T-73d, ladder",
            "compare: {value: much, title: 甲}, due: T-73d, ladder",
            "id: staff",
            "must be a number",
        ),
        (
            'staff >= 10", due',
            'staff >= 10 and staff < 90", compare: {value: 9, title: 甲}, due',
            "id: staff",
            "a single comparison",
        ),
        (
            'met_when: "funds / population >= 10", due',
            "verify: [funds, population], compare: {value: 9, title: 甲}, due",
            "id: funds",
            "compare belongs to met_when alone",
        ),
        ("due: T-73d, ladder", "ladder", "id: staff", "exactly one of due and every"),
        ("every: week", "every: week, due: T-73d", "id: weekly", "exactly one of due and every"),
        ("every: week", "every: fortnight", "id: weekly", "day, week, month or cadence"),
        ("due: T-73d, ladder", "due: T-73, ladder", "id: staff", "cannot be read"),
        ("due: T-73d, ladder", "due: 2020-02-30, ladder", "id: staff", "no day 2020-02-30"),
        (
            "ladder: standard}\n      - {id: weekly",
            "ladder: standart}\n      - {id: weekly",
            "id: staff",
            "did you mean “standard”",
        ),
        ('judged_at: county, met_when: "staff', 'judgd_at: county, met_when: "staff', "judgd_at", "judged_at"),
        ("title: 周报, ", "", "id: weekly", "“title” is missing"),
    ],
)
def test_each_fault_is_told_with_its_line(old: str, new: str, at: str, said: str) -> None:
    text = BASE.replace(old, new, 1)
    assert text != BASE

    found = faults(text)

    assert {line for _, line, _ in found} == {line_of(at, text)}, found
    assert any(said in sentence for _, _, sentence in found), found


def test_an_id_that_is_taken_is_told_with_the_place_that_has_it() -> None:
    assert only(changed("id: recruitment", "id: preparation")) == (
        20,
        "“preparation” is already defined in base.yaml, line 14",
    )


def test_faults_of_every_kind_are_told_at_once() -> None:
    text = (
        BASE.replace("title: 试验普查", "titel: 试验普查")
        .replace("roll_up: sum, rank", "roll_up: total, rank")
        .replace("at: -7d", "at: 7")
        .replace("ends: T-88d", "ends: T-300d")
        .replace("due: 2020-08-20", "due: 2020-13-20")
        .replace("staff >= 10", "unknown >= 10")
        .replace("every: week", "every: year")
        + "sets: {all: {title: 全部, requirements: [nothing]}}\n"
    )

    found = faults(text)

    lines = [line for _, line, _ in found]
    assert lines == sorted(lines)
    assert set(lines) == {1, 2, 5, 10, 17, 19, 27, 28, 29}


def test_a_fault_is_told_once_and_not_again_for_what_builds_on_it() -> None:
    assert only(changed("roll_up: sum, rank", "roll_up: total, rank"))[0] == 5
    assert only(changed("  - id: preparation\n", "  - id: preparation\n    color: red\n"))[1].startswith(
        "unknown key “color”"
    )
    assert only(changed("ends: T-88d", "ends: whenever"))[0] == line_of("T-88d")


def test_a_section_of_the_wrong_kind_is_one_fault() -> None:
    line, said = only(
        faults(
            "census: a\ntitle: 甲\nstandard_time: 2020-11-01\nindicators: [funds]\nphases:\n"
            "  - {id: p, title: 乙, starts: T-9d, ends: T-1d, requirements: [{id: r, title: 丙, judged_at: county,"
            " met_when: funds > 1, due: T-2d}]}\n"
        )
    )

    assert (line, said) == (4, "“indicators” must be a mapping of keys to values")


def test_indicators_derived_from_each_other_are_a_fault() -> None:
    text = BASE.replace(
        "ladders:",
        '  x: {title: 甲, level: county, sum_where: "y + 1"}\n  y: {title: 乙, level: county, sum_where: "x + 1"}\nladders:',
    )

    assert only(faults(text)) == (8, "indicators are derived from each other: x → y → x")


def test_phases_that_wait_for_each_other_are_a_fault() -> None:
    text = BASE.replace("    ends: T-88d\n", "    ends: T-88d\n    after: [recruitment]\n")

    line, said = only(faults(text))

    assert line == line_of("after: [recruitment]", text)
    assert said == "phases wait for each other: preparation → recruitment → preparation"


def test_a_derived_indicator_is_computed_where_its_parts_are_reported() -> None:
    text = BASE.replace("ladders:", '  few: {title: 缺, level: township, count_where: "staff < population"}\nladders:')

    assert only(faults(text)) == (8, "“population” is reported at county, but this count_where is computed at township")


def test_count_where_counts_where_a_condition_holds() -> None:
    text = BASE.replace("ladders:", '  few: {title: 缺, level: township, count_where: "staff + 1"}\nladders:')

    assert only(faults(text))[1].startswith("count_where must be a condition")


def test_a_duty_of_every_month_has_a_period_for_each_month_that_has_begun_and_the_last_ends_with_its_phase() -> None:
    text = BASE.replace("every: week", "every: month")
    plan = read_plan(("base.yaml",), reader({"base.yaml": text})).plan
    monthly = plan.requirements[2]

    periods = plan.periods(monthly, datetime.fromisoformat("2020-08-01T00:00:00+08:00"))

    assert [(p.label, p.starts.isoformat(), p.ends.isoformat()) for p in periods] == [
        ("2020-07", "2020-07-01T00:00:00+08:00", "2020-08-01T00:00:00+08:00"),
        ("2020-08", "2020-08-01T00:00:00+08:00", "2020-08-21T00:00:00+08:00"),
    ]


def test_a_duty_of_every_week_begins_on_monday_and_ends_with_its_phase() -> None:
    plan = read().plan

    periods = plan.periods(plan.requirements[2], datetime.fromisoformat("2021-01-01T00:00:00+08:00"))

    assert [p.label for p in periods][:2] == ["2020-06-29", "2020-07-06"]
    assert periods[-1].label == "2020-08-17"
    assert len(periods) == 8


# whatever is written

STRANGE = [
    None,
    True,
    0,
    -1,
    3.5,
    1e300,
    10**30,
    "",
    "x",
    "0",
    "T",
    "T-1d",
    "2020-08-05",
    "funds",
    "funds > 0",
    "((",
    "sum(funds)",
    "standard",
    "recruitment",
    "unit.owner",
    "week",
    "county",
    "village",
    "sum",
    "13",
    "甲",
    "-7d",
    "+0wd",
    "x" * 3000,
    "base.yaml",
    "UTC",
    "08:00-08:00",
    "daily 17:00",
    [],
    {},
    [[]],
    [{}],
    [None],
    {"x": None},
    {"id": "a"},
    {"": 1},
    {"preparation.funds": "2020-01-01"},
    {"funds": {"title": "甲", "level": "county", "sum_where": "funds"}},
]
OVERLAY = """\
extends: base.yaml
unit: "13"
tighten: {preparation.funds: 2020-08-10}
add:
  - {phase: preparation, requirement: {id: own, title: 自定, judged_at: county, met_when: "funds > 0", due: T-90d}}
indicators:
  rich: {title: 富, level: county, count_where: "funds > population"}
sets: {all: {title: 全部, requirements: [preparation.own]}}
"""


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place below the top of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, held in inner for place in ((*path, key), *places_in(held, (*path, key)))]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.data())
def test_whatever_stands_in_a_plan_it_is_read_or_refused_in_sentences(data: st.DataObject) -> None:
    documents = {"base.yaml": read_yaml(BASE).data, "o.yaml": read_yaml(OVERLAY).data}
    for _ in range(data.draw(st.integers(1, 4))):
        document = documents[data.draw(st.sampled_from(sorted(documents)))]
        place = data.draw(st.sampled_from(places_in(document)))
        holder = document
        for key in place[:-1]:
            holder = holder[key]
        if data.draw(st.booleans()):
            holder[place[-1]] = deepcopy(data.draw(st.sampled_from(STRANGE)))
        else:
            del holder[place[-1]]
        if not places_in(document):
            break
    texts = {name: yaml.safe_dump(document, allow_unicode=True) for name, document in documents.items()}

    with suppress(PlanError):
        assert isinstance(read_plan(("o.yaml",), reader(texts)).plan, Plan)
