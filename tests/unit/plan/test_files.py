"""Plan files: every fault at once, each with its line and in the planner's words; overlays that only tighten."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from models.plan.files import PlanFiles, read_plan, read_plan_files, reread
from models.plan.layers import PlanError
from models.plan.model import Plan, due_at
from models.plan.yaml_lines import YamlFault, read_yaml
from models.wording import Refusal

BASE = """\
census: trial
title: 试验普查
standard_time: 2020-11-01T00:00:00+08:00
indicators:
  funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum, rank: true}
  population: {title: 户籍人口, level: county, roll_up: sum}
  staff: {title: 两员人数, level: township, roll_up: sum}
ladders:
  standard:
    - {id: remind-7, at: -7d, to: [unit.owner]}
    - {id: overdue, at: +0d, to: [unit.owner, unit.leader]}
    - {id: superior, at: +1wd, to: [superior.owner]}
phases:
  - id: preparation
    title: 普查准备
    starts: T-200d
    ends: T-88d
    requirements:
      - {id: funds, no: 1, title: 经费, judged_at: county, met_when: "funds / population >= 10", due: 2020-08-20, ladder: standard}
  - id: recruitment
    title: 两员选聘
    starts: T-120d
    ends: T-73d
    after: [preparation]
    cadence: weekly fri 17:00
    requirements:
      - {id: staff, no: 14, title: 两员, judged_at: township, met_when: "staff >= 10", due: T-73d, ladder: standard}
      - {id: weekly, title: 周报, judged_at: county, met_when: "staff > 0", every: week}
"""


def reader(files: dict[str, str]) -> Callable[[str], str]:
    def open_text(name: str) -> str:
        if name not in files:
            raise Refusal(f"没有 {name}", f"there is no {name}")
        return files[name]

    return open_text


def read(*leaves: str, **overlays: str) -> PlanFiles:
    """Read base.yaml, or the leaves named, beside overlays given as NAME=text."""
    files = {"base.yaml": BASE} | {f"{name}.yaml": text for name, text in overlays.items()}
    return read_plan(leaves or ("base.yaml",), reader(files))


def faults(text: str, *leaves: str, **overlays: str) -> list[tuple[str, int, str]]:
    """(file, line, English sentence) of every fault of base.yaml with this text."""
    files = {"base.yaml": text} | {f"{name}.yaml": body for name, body in overlays.items()}
    with pytest.raises(PlanError) as refused:
        read_plan(leaves or ("base.yaml",), reader(files))
    assert all(fault.said.zh and fault.said.zh != fault.said.en for fault in refused.value.faults)
    return [(fault.file, fault.line, fault.said.en) for fault in refused.value.faults]


def only(found: list[tuple[str, int, str]], *, file: str = "base.yaml") -> tuple[int, str]:
    """The line and sentence of the one fault that there is."""
    assert len(found) == 1, found
    assert found[0][0] == file
    return found[0][1:]


def changed(old: str, new: str) -> list[tuple[str, int, str]]:
    assert BASE.count(old) >= 1
    return faults(BASE.replace(old, new, 1))


def line_of(part: str, text: str = BASE) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def held(plan: Plan, key: str, unit: str | None) -> str | None:
    requirement = next(one for one in plan.requirements if one.key == key)
    found = due_at(requirement.dues, unit)
    return None if found is None else found.isoformat()


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


# files and YAML


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "the plan file is empty"),
        ("# 只有注释\n", 1, "the plan file is empty"),
        ("- a\n- b\n", 1, "a mapping of keys"),
        ("试验普查\n", 1, "a mapping of keys"),
        ("census: a\n\ttitle: b\n", 2, "a tab"),
        ("census: a: b\n", 1, "two colons"),
        ('census: "a\ntitle: b\n', 1, "a quote"),
        ("census: {a: b\ntitle: c\n", 1, "a bracket"),
        ("census: a\ntitle：甲\nphases: []\n", 3, "a plain “:”"),
        ("census: *nobody\n", 1, "no &nobody"),
        ("census: &a [*a]\n", 1, "no &a"),
        ("census: a\n---\ncensus: b\n", 2, "a second document"),
        ("census: !!python/object:os.system a\n", 1, "a tag"),
        ("? [a, b]\n: c\n", 1, "must stand a name"),
        ("census: a\ntitle: b\x07\n", 2, "control character"),
        ('census: a\ntitle: "b\\0"\n', 2, "control character"),
        ("a: " + "[" * 100_000 + "]" * 100_000, 1, "nested too deeply"),
        ("census: @a\n", 1, "must be quoted"),
    ],
)
def test_what_is_no_yaml_is_told_with_line_and_cure(text: str, line: int, said: str) -> None:
    found = only(faults(text))

    assert (found[0], said in found[1]) == (line, True), found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n\u00a0 b: 1\n", "U+00A0"),
        ("a:\n\u3000\u3000b: 1\n", "U+3000"),
        ("a:\n  \u200bb: 1\n", "U+200B"),
        ("a:\n  b: 1\u202e\n", "U+202E"),
        ("a:\n  b: ｛c: 1, d: 2｝\n", "全角"),
    ],
)
def test_a_sign_that_only_looks_like_a_plain_one_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(YamlFault) as caught:
        read_yaml(text)
    assert caught.value.line == 2
    assert said in caught.value.said.zh


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("T-200d", "T–200d", "a plain minus"),
        ("at: -7d", "at: −7d", "a plain minus"),
        ('"staff > 0"', "“staff > 0”", "plain"),
    ],
)
def test_a_sign_of_a_word_processor_is_named(old: str, new: str, said: str) -> None:
    assert any(said in fault for _, _, fault in faults(BASE.replace(old, new, 1)))


def test_a_title_is_kept_on_one_line_without_what_nobody_sees() -> None:
    plan = read_plan(
        ("a.yaml",), reader({"a.yaml": BASE.replace("title: 普查准备", 'title: "准\\u202e备\\n　工作"', 1)})
    ).plan
    assert plan.phases[0].title == "准备 工作"


def test_a_pipe_is_no_plan_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "plan.yaml")
    with pytest.raises(Refusal, match="no plain file"):
        read_plan_files(tmp_path / "plan.yaml")


def test_a_repeated_key_is_a_fault_where_it_is_repeated() -> None:
    found = faults(BASE.replace("ladders:\n", "ladders:\n", 1) + "title: 另一个\n")

    assert only(found) == (len(BASE.splitlines()) + 1, "“title” stands twice; keep one")


def test_a_repeated_indicator_is_a_fault_where_it_is_repeated() -> None:
    text = BASE.replace("ladders:", "  funds: {title: 又一笔, level: county, roll_up: sum}\nladders:")

    assert only(faults(text)) == (8, "“funds” stands twice; keep one")


def test_aliases_cannot_make_a_file_grow() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)
    )

    assert len(faults(BASE + bomb)) == 21


def test_a_file_far_too_large_is_refused_at_once() -> None:
    assert only(faults("# " + "x" * 5_000_000))[1] == "the file is too large for a plan"


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())

    assert len(read_plan_files(tmp_path / "plan.yaml").plan.requirements) == 3


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_a_plan_in_another_encoding_is_refused_with_the_cure(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "plan.yaml").write_bytes(BASE.encode(encoding))

    with pytest.raises(Refusal) as refused:
        read_plan_files(tmp_path / "plan.yaml")

    assert refused.value.said.zh.endswith("不是 UTF-8 文本，请另存为 UTF-8")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as missing:
        read_plan_files(tmp_path / "plan.yaml")
    with pytest.raises(Refusal) as folder:
        read_plan_files(tmp_path)

    assert missing.value.said.zh == f"打不开方案文件 {tmp_path / 'plan.yaml'}：没有这个文件或文件夹"
    assert folder.value.said.zh == f"打不开方案文件 {tmp_path}：是文件夹，不是文件"


# overlays


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
