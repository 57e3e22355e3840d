"""Registers in a plan: what is read, and every fault with its line."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

import pytest
import yaml
from worlds.lists import LISTS
from worlds.plans import DISTRICTS as DISTRICT_PLAN
from worlds.plans import faults_of, plan_in_force, plan_of

from models.plan.lists import Register
from models.plan.yaml_lines import read_yaml


def faults(text: str, *overlays: str) -> list[tuple[str, int, str]]:
    """(file, line, English sentence) of every fault; none where the plan is taken."""
    return [(one.file, one.line, one.said.en) for one in faults_of(text, *overlays)]


def line_of(part: str, text: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def register(name: str, text: str = LISTS, *overlays: str) -> Register:
    return plan_of(text, *overlays).registers[name]


def test_the_examples_of_the_design_are_read_without_a_fault() -> None:
    plan = plan_of(LISTS)

    assert list(plan.registers) == ["problems", "funds", "attendance", "sessions", "papers"]
    problems = plan.registers["problems"]
    assert (problems.title, problems.kept_by, problems.key) == ("问题清单", ("county",), ("list", "row"))
    assert problems.rows_at == ("county", "township", "village", "district")
    assert list(problems.columns) == ["list", "row", "kind", "due", "pool", "state"]
    assert problems.columns["pool"].outside
    assert problems.columns["kind"].type == "one_of"
    assert problems.columns["kind"].values["hard"] == "难点卡点"
    assert [(one.when.text, one.title) for one in problems.refuse] == [
        ("due < date '2020-11-16'", "办理期限早于比对复查开始")
    ]
    assert not problems.on_occasion
    assert not problems.built_in


def test_a_level_alone_is_a_list_of_one_and_rows_are_coded_as_their_keepers() -> None:
    assert register("attendance").kept_by == register("attendance").rows_at == ("township",)
    assert register("funds").rows_at == ("province", "city", "county")


def test_a_value_that_nothing_follows_is_an_end() -> None:
    text = LISTS.replace("closed: [in-field], returned", "returned")

    moves = register("problems", text).columns["state"].moves

    assert moves is not None
    assert moves["closed"] == ()
    assert moves["returned"] == ("assigned", "closed")
    assert register("problems").columns["kind"].moves is None


@pytest.mark.parametrize(("written", "meant"), [("yes", True), ("true", True), ("no", False), ("false", False)])
def test_truth_is_true_or_false_yes_or_no(written: str, meant: bool) -> None:
    text = LISTS.replace("    kept_by: township", f"    on_occasion: {written}\n    kept_by: township")

    assert register("attendance", text).on_occasion is meant


def test_a_column_is_computed_after_those_that_it_is_computed_from() -> None:
    text = LISTS.replace(
        "      day: {title: 开班日期, type: date}\n",
        "      answer: {title: 答复时限, type: moment, is: \"opens + interval '24 hour'\"}\n"
        "      day: {title: 开班日期, type: date}\n"
        '      opens: {title: 开班时刻, type: moment, is: "day"}\n',
    )

    found = register("sessions", text)

    assert [column.id for column in found.computed] == ["opens", "answer"]
    assert [column.id for column in found.reported] == ["session", "audience", "day"]
    assert found.columns["answer"].computed is not None
    assert found.columns["answer"].computed.text == "opens + interval '24 hour'"


SESSION = "      session: {title: 期次, type: text}\n"
FAULTS = [
    ("    title: 问题清单\n", "", "problems:", "“title” is missing"),
    ("    kept_by: county\n", "", "problems:", "“kept_by” is missing"),
    ("    kept_by: county\n", "    kept_by: ministry\n", "ministry", "“kept_by” must be one of province"),
    ("    kept_by: county\n", "    kept_by: []\n", "kept_by: []", "name one level at least"),
    ("    kept_by: county\n", "    kept_by: [county, district]\n", "kept_by: [county, d", "a district has no office"),
    ("rows_at: [county,", "rows_at: [city, county,", "rows_at: [city", "a row of a city would have no keeper"),
    ("    key: [list, row]\n", "", "problems:", "“key” is missing"),
    ("key: [list, row]", "key: []", "key: []", "must name one column at least"),
    ("key: [list, row]", "key: [list, rwo]", "rwo", "has no column “rwo”; did you mean “row”?"),
    ("key: [list, row]", "key: [list, list]", "key: [list", "“list” stands twice in the key"),
    ("type: number}\n      kind", "type: amount}\n      kind", "序号", "must be one of text, number"),
    ("row: {title: 序号, type: number}", "row: {title: 序号}", "序号", "exactly one of type and one_of"),
    ("{title: 类别, one_of", "{title: 类别, type: text, one_of", "类别", "exactly one of type and one_of"),
    ("row: {title: 序号,", "row: {titel: 序号,", "序号", "did you mean “title”?"),
    ("row: {title: 序号,", "row: {title: 清单批次,", "row: {", "share the title 清单批次"),
    ("row: {title: 序号,", "row: {title: list,", "row: {", "share the title list"),
    ("row: {title: 序号,", "row: {title: 撤销,", "row: {", "heads a column of every table"),
    (
        "type: text}\n      row",
        "type: text, min: 1}\n      row",
        "清单批次",
        "min is for columns of type: number alone",
    ),
    ("type: text}\n      row", "type: text, unit: 件}\n      row", "清单批次", "unit is for columns of type: number"),
    (
        "type: text}\n      row",
        "type: text, outside: yes}\n      row",
        "清单批次",
        "outside is for columns of type: code",
    ),
    (
        "type: text}\n      row",
        "type: text, several: yes}\n      row",
        "清单批次",
        "several is for columns with one_of",
    ),
    ("type: number}\n      kind", "type: number, min: 2, max: 1}\n      kind", "序号", "min is greater than max"),
    (
        "{title: 序号, type: number}",
        "{title: 序号, type: number, outside: perhaps}",
        "序号",
        "true or false, yes or no",
    ),
    (
        "one_of: {logic: 逻辑问题, missed: 户籍漏登错登, young: 低龄漏登错登, hard: 难点卡点}",
        "one_of: {}",
        "类别",
        "one value at least",
    ),
    ("{logic: 逻辑问题", "{Logic: 逻辑问题", "类别", "the value “Logic” must begin with a lower-case letter"),
    ("{logic: 逻辑问题", "{logic: 7", "类别", "the title of “logic” must be a text"),
    ("{logic: 逻辑问题", "{logic: 难点 卡点", "类别", "the values “hard” and “logic” share a name"),
    ("{logic: 逻辑问题", "{logic: hard", "类别", "the values “hard” and “logic” share a name"),
    ("received: [assigned, returned]", "received: assigned", "moves:", "must be a list, such as"),
    ("received: [assigned, returned]", "received: [asigned]", "moves:", "has no “asigned”; did you mean “assigned”?"),
    ("moves: {received:", "moves: {recieved:", "moves:", "has no “recieved”; did you mean “received”?"),
    ("        moves: {", "        several: yes\n        moves: {", "moves:", "takes several values has no steps"),
    ("due < date", "dew < date", "dew", "dew"),
    ("{when: \"due < date '2020-11-16'\", title", '{when: "row + 1", title', "row + 1", "a condition"),
    ("{when: \"due < date '2020-11-16'\", title", "{title", "{title: 办理期限早于", "“when” is missing"),
    ("{when: \"due < date '2020-11-16'\", title", "{when: \"kind = 'hrad'\", title", "hrad", "did you mean 'hard'?"),
    (SESSION, SESSION + '      x: {title: 甲, type: number, is: "day"}\n', "title: 甲", "number"),
    (
        SESSION,
        SESSION + "      x: {title: 甲, one_of: {a: 乙, b: 丙}, is: \"case when day is null then 'a' else 'c' end\"}\n",
        "title: 甲",
        "'c' in",
    ),
    (
        SESSION,
        SESSION + '      x: {title: 甲, type: number, is: "x + 1"}\n',
        "title: 甲",
        "computed from each other: x → x",
    ),
    (
        SESSION,
        SESSION + '      x: {title: 甲, type: code, outside: yes, is: "code"}\n',
        "title: 甲",
        "is not reported and has no outside",
    ),
    ("  sessions:\n", "  Sessions:\n", "Sessions:", "the id “Sessions” must begin"),
    ("  sessions:\n", "  train--sessions:\n", "train--sessions:", "the id “train--sessions” must begin"),
]


@pytest.mark.parametrize(("old", "new", "at", "said"), FAULTS)
def test_each_fault_of_a_register_is_told_with_its_line(old: str, new: str, at: str, said: str) -> None:
    text = LISTS.replace(old, new, 1)
    assert text != LISTS

    found = [one for one in faults(text) if not one[2].startswith("there is no register “sessions”")]

    assert {line for _, line, _ in found} == {line_of(at, text)}, found
    assert any(said in sentence for _, _, sentence in found), found


@pytest.mark.parametrize(
    "name",
    [
        "code",
        "office",
        "level",
        "unit_kind",
        "today",
        "now",
        "t0",
        "since",
        "changed",
        "days",
        "within",
        "has",
        "date",
        "interval",
        "case",
        "and",
        "null",
        "withdrawn",
        "evidence",
    ],
)
def test_no_column_bears_a_name_that_expressions_or_tables_use(name: str) -> None:
    text = LISTS.replace("audience: {", f"{name}: {{", 1)

    assert [sentence for _, line, sentence in faults(text) if line == line_of("培训对象", text)] == [
        f"the column id “{name}” has a use of its own in expressions or tables; choose another"
    ]


@pytest.mark.parametrize(
    "name", ["list", "row", "kind", "month", "number", "state", "key", "entry", "in_key_work", "user"]
)
def test_a_column_bears_any_other_word_of_offices(name: str) -> None:
    assert faults(LISTS.replace("      audience: {", f"      {name}: {{").replace("audience =", f"{name} =")) == []


def test_several_faults_of_several_registers_are_told_at_once() -> None:
    text = (
        LISTS.replace("type: number}\n      kind", "type: amount}\n      kind")
        .replace("pool: {title: 退回何处, type: code", "pool: {title: 退回何处, type: date")
        .replace("received: [assigned, returned]", "received: [gone]")
        .replace("key: [code, entry]", "key: [code, entrance]")
    )

    assert [line for _, line, _ in faults(text)] == sorted(
        [line_of("序号", text), line_of("退回何处", text), line_of("moves:", text), line_of("entrance", text)]
    )


def test_what_builds_on_a_column_with_a_fault_is_no_fault_of_its_own() -> None:
    text = LISTS.replace("due: {title: 办理期限, type: date}", "due: {title: 办理期限, type: day}")

    assert [line for _, line, _ in faults(text)] == [line_of("办理期限, type: day", text)]


# districts


def test_every_plan_with_figures_of_districts_has_a_register_of_them() -> None:
    found = register("districts", DISTRICT_PLAN)

    assert found.built_in
    assert (found.kept_by, found.rows_at, found.key) == (("township",), ("district",), ("code",))
    assert list(found.columns) == ["enumerators", "buildings", "smallest", "largest", "average"]
    assert {column.type for column in found.columns.values()} == {"number"}
    assert (found.columns["enumerators"].title, found.columns["enumerators"].minimum) == ("普查员", 0)


def test_a_plan_without_figures_of_districts_has_none() -> None:
    assert "districts" not in plan_of(LISTS).registers
    text = LISTS.replace("registers:\n", "registers:\n  districts: {columns: {staff: {title: 编号, type: number}}}\n")
    assert [(line, sentence.split(",")[0]) for _, line, sentence in faults(text)] == [
        (5, "the register “districts” is made of the indicators of level district")
    ]


MORE_OF_DISTRICTS = "registers:\n  districts:\n    columns:\n      artefact: {title: 图件, one_of: {courtyard: 院落分布图, section: 剖面图}}\n"


def test_a_plan_adds_columns_to_the_register_of_districts_and_nothing_else() -> None:
    found = register("districts", DISTRICT_PLAN.replace("indicators:\n", f"{MORE_OF_DISTRICTS}indicators:\n"))

    assert list(found.columns)[-1] == "artefact"
    assert found.built_in
    for key in ("title: 小区", "kept_by: village", "key: [code, artefact]", "rows_at: village", "on_occasion: yes"):
        text = DISTRICT_PLAN.replace("indicators:\n", f"{MORE_OF_DISTRICTS}    {key}\nindicators:\n")
        assert [sentence for _, _, sentence in faults(text)] == [
            "the register “districts” is laid down already: columns and values may be added,"
            f" {key.split(':')[0]} cannot be changed"
        ]


# the law


@pytest.mark.parametrize(
    ("column", "lawful"),
    [
        ("x: {title: 姓名, type: text}", False),
        ("x: {title: 户主姓名, type: text}", False),
        ("x: {title: 身份证号, type: text}", False),
        ("x: {title: 联系电话, type: number}", False),
        ("x: {title: 手机号, type: text}", False),
        ("x: {title: 家庭住址, type: text}", False),
        ("x: {title: 门牌地址, type: text}", False),
        ("x: {title: 出生日期, type: date}", False),
        ("x: {title: 负责人, type: text}", False),
        ("x: {title: 填报人电话, type: text}", False),
        ("staff_name: {title: 甲, type: text}", False),
        ("phone: {title: 甲, type: text}", False),
        ("address: {title: 甲, type: text}", False),
        ("id_number: {title: 甲, type: number}", False),
        ("x: {title: 见身份证, type: yes_no}", True),
        ("x: {title: 核对姓名, type: yes_no}", True),
        ("x: {title: 负责人职务, type: text}", True),
        ("x: {title: 两员编号, type: number}", True),
        ("addressee: {title: 请示何处, type: code}", True),
        ("file_name: {title: 文件名称, type: text}", True),
        ("x: {title: 文号, type: text}", True),
        ("x: {title: 门牌核对数, type: number}", True),
        ("addressee_kind: {title: 请示对象, type: text}", True),
    ],
)
def test_no_register_has_a_column_for_persons(column: str, lawful: bool) -> None:
    text = LISTS.replace("      audience:", f"      {column}\n      audience:", 1)

    found = faults(text)

    if lawful:
        assert found == []
    else:
        assert [line for _, line, _ in found] == [line_of(column, text)]
        assert "asks for names, ID numbers, phones or addresses" in found[0][2]
        assert plan_in_force(text).registers["sessions"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: 培训班\n", "title: 出生人数不低于上年台账\n"),
        ("trainers: 师资", "trainers: 按死亡人数排名"),
        ("title: 开班日期", "title: 约谈日期"),
        ("title: 办理期限早于比对复查开始", "title: 未办结的予以问责"),
        ("title: 全国平均", "title: 人口数须达到全国平均"),
    ],
)
def test_no_text_of_a_register_says_what_no_office_may_be_sent(old: str, new: str) -> None:
    text = LISTS.replace(old, new, 1)

    assert [line for _, line, _ in faults(text)] == [line_of(new.strip(), text)]


# whatever stands there


STRANGE: list[Any] = [
    None,
    True,
    2.5,
    "",
    "yes",
    "all",
    "county",
    "row > 1",
    "((",
    "T-5d",
    [],
    ["a"],
    [{}],
    {},
    {"x": None},
]


@pytest.mark.parametrize("seed", range(40))
def test_whatever_stands_in_a_register_it_is_read_or_refused_in_sentences(seed: int) -> None:
    chance = random.Random(seed)
    document = read_yaml(LISTS).data
    for _ in range(chance.randint(1, 3)):
        place = chance.choice(places_in(document))
        holder = document
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = deepcopy(chance.choice(STRANGE))

    found = faults_of(yaml.safe_dump(document, allow_unicode=True))

    assert all(one.file == "plan.yaml" and one.line >= 1 for one in found)


def test_a_list_where_a_value_must_be_is_refused_in_a_sentence() -> None:
    text = LISTS.replace("received: [assigned, returned]", "received: [{a: b}]")

    assert [line for _, line, _ in faults(text)] == [line_of("moves:", text)]


def test_a_date_of_rows_that_cannot_be_read_is_one_fault_though_an_overlay_tightens_it() -> None:
    text = LISTS.replace("due: T-94d", "due: soon")

    found = faults(text, 'extends: plan.yaml\nunit: "14"\ntighten: {recheck.four-papers: T-100d}\n')

    assert [(file, line) for file, line, _ in found] == [("plan.yaml", line_of("due: soon", text))]


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place below the top of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, held in inner for place in ((*path, key), *places_in(held, (*path, key)))]
