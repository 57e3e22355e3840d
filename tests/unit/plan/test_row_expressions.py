"""Conditions over the rows of a register: what may stand in one, and what it says of rows with empty cells."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from models.affiliation import Affiliation
from models.plan.grammar import ExpressionError
from models.plan.row_expressions import Clock, Kind, RowExpression, read_row_expression, usable_in_rows

SHANGHAI = ZoneInfo("Asia/Shanghai")
CLOCK = Clock(datetime(2020, 8, 5, 17, tzinfo=SHANGHAI), datetime(2020, 11, 1, tzinfo=SHANGHAI))
COLUMNS: dict[str, Kind] = {
    "batch": "text",
    "row": "number",
    "state": "text",
    "amount": "number",
    "due": "date",
    "asked": "moment",
    "answered": "moment",
    "pool": "code",
    "passed": "truth",
    "jointly": "list",
}
HELD = {
    "code": pl.String(),
    "batch": pl.String(),
    "row": pl.Float64(),
    "state": pl.String(),
    "amount": pl.Float64(),
    "due": pl.Date(),
    "asked": pl.Datetime("us", "UTC"),
    "answered": pl.Datetime("us", "UTC"),
    "pool": pl.String(),
    "passed": pl.Boolean(),
    "jointly": pl.List(pl.String()),
    "office": pl.String(),
    "level": pl.String(),
    "unit_kind": pl.String(),
    ":since": pl.Int64(),
    ":changed": pl.Int64(),
}


def read(text: str, wanted: Kind | None = None) -> RowExpression:
    return read_row_expression(text, COLUMNS, wanted)


def says(text: str, clock: Clock = CLOCK, **cells: object) -> object:
    """What an expression says of one row; cells that are not given are empty."""
    row = pl.DataFrame({name: [cells.get(name.removeprefix(":"))] for name in HELD}, schema=HELD)
    return row.select(read(text).polars(clock).alias("said"))["said"][0]


def refusal(text: str, wanted: Kind | None = None) -> tuple[str, str]:
    with pytest.raises(ExpressionError) as refused:
        read(text, wanted)
    return refused.value.said.zh, refused.value.said.en


@pytest.mark.parametrize(
    ("text", "holds", "fails"),
    [
        ("state = 'closed'", {"state": "closed"}, {"state": "open"}),
        ("state not in ('closed', 'returned')", {"state": "open"}, {"state": "returned"}),
        ("batch = '甲批（一）'", {"batch": "甲批（一）"}, {"batch": "甲批"}),
        ("state is null", {}, {"state": "open"}),
        ("due is not null", {"due": date(2020, 8, 5)}, {}),
        ("due < date '2020-08-05'", {"due": date(2020, 8, 4)}, {"due": date(2020, 8, 5)}),
        (
            "due between date '2020-08-01' and today",
            {"due": date(2020, 8, 5)},
            {"due": date(2020, 8, 6)},
        ),
        ("days(due, today) <= 3", {"due": date(2020, 8, 2)}, {"due": date(2020, 8, 1)}),
        ("amount + 0.2 = 0.3", {"amount": 0.1}, {"amount": 0.11}),
        ("row % 2 = 1", {"row": 7.0}, {"row": 8.0}),
        ("round(amount, -1) = 20", {"amount": 15.0}, {"amount": 14.9}),
        ("case state when 'a' then 1 else 2 end * row = 6", {"state": "b", "row": 3.0}, {"state": "a", "row": 3.0}),
        ("coalesce(amount, 0) = 0", {}, {"amount": 1.0}),
        ("nullif(state, 'x') is null", {"state": "x"}, {"state": "y"}),
        ("passed", {"passed": True}, {"passed": False}),
        ("passed = yes", {"passed": True}, {"passed": False}),
        ("passed = no", {"passed": False}, {"passed": True}),
        ("passed is not true", {}, {"passed": True}),
        ("passed is not false", {}, {"passed": False}),
        ("(amount > 1) = passed", {"amount": 2.0, "passed": True}, {"amount": 1.0, "passed": True}),
        ("has(jointly, 'police')", {"jointly": ["health", "police"]}, {"jointly": ["health"]}),
        ("level in ('county', 'township')", {"level": "county"}, {"level": "village"}),
        ("unit_kind = 'street'", {"unit_kind": "street"}, {"unit_kind": "town"}),
        ('"due" > today', {"due": date(2020, 8, 6)}, {"due": date(2020, 8, 5)}),
    ],
)
def test_a_condition_holds_on_one_side_of_its_limit_and_not_on_the_other(
    text: str, holds: dict[str, object], fails: dict[str, object]
) -> None:
    assert says(text, **holds) is True
    assert says(text, **fails) is False


@pytest.mark.parametrize(
    "text",
    [
        "state = 'closed'",
        "state not in ('closed')",
        "due < today",
        "days(due, today) > 0",
        "amount <> 0",
        "passed",
        "not passed",
        "has(jointly, 'police')",
        "has(jointly, state)",
        "within(pool, '14')",
        "within(code, pool)",
        "now > asked + interval '24 hour'",
        "case when amount > 1 then 1 end = 1",
    ],
)
def test_an_empty_cell_decides_nothing_by_itself(text: str) -> None:
    assert says(text, code="140105") is None


@pytest.mark.parametrize("text", ["row / amount > 1", "row % amount = 0", "1 / (amount - amount) < 1"])
def test_a_division_by_zero_decides_nothing(text: str) -> None:
    assert says(text, row=3.0, amount=0.0) is None


@pytest.mark.parametrize(
    ("unit", "top", "is_within"),
    [
        ("140105001", "140105", True),
        ("140105", "140105", True),
        ("14", "140105", False),
        ("140106", "140105", False),
        ("140105", "00", True),
    ],
)
def test_a_unit_is_within_itself_and_all_above_it_by_code(unit: str, top: str, is_within: bool) -> None:
    assert says("within(code, pool)", code=unit, pool=top) is is_within
    assert says(f"within(code, '{top}')", code=unit) is is_within


@pytest.mark.parametrize(
    ("unit", "top", "is_within"),
    [
        ("650203530", "659001", True),  # a regiment, its city, and both whom that answers to
        ("650203530", "65", True),
        ("650203530", "66", True),
        ("650203530", "650203", False),  # the county of its digits alone
        ("650203530", "6502", False),
        ("650203530400", "659001", True),  # what is below it goes with it
        ("650203530400", "650203530", True),
        ("650203530400001", "650203530400", True),
        ("650203530400001", "659001", True),
        ("650203530400", "650203", False),
        ("659001", "650203530", False),
        ("659001001", "66", True),
        ("650203", "659001", False),
        ("650203001", "650203", True),
        ("650203530", "00", True),
        ("650203530", None, None),
        (None, "659001", None),
    ],
)
def test_a_unit_with_another_superior_than_its_digits_name_is_within_that_one(
    unit: str | None, top: str | None, is_within: bool | None
) -> None:
    pairs = (("659001", "65"), ("659001", "66"), ("650203530", "659001"))
    clock = replace(CLOCK, affiliation=Affiliation(lambda: pairs))

    assert says("within(code, pool)", clock, code=unit, pool=top) is is_within
    if top is not None:
        assert says(f"within(code, '{top}')", clock, code=unit) is is_within


@pytest.mark.parametrize("written", ["140105001", "140105001000"])
def test_a_code_that_is_padded_means_the_same_unit(written: str) -> None:
    assert says(f"code = '{written}'", code="140105001") is True
    assert says(f"code <> '{written}'", code="140105002") is True
    assert says(f"pool in ('14', '{written}')", pool="140105001") is True
    assert says(f"within(code, '{written}')", code="140105001002") is True


@pytest.mark.parametrize(("code", "number"), [("140105001002001", 1), ("140105001002900", 900)])
def test_a_district_has_its_number_in_its_village(code: str, number: int) -> None:
    assert says(f"district_number(code) = {number}", code=code) is True
    assert says("district_number(code) is null", code="140105001002") is True


def test_a_day_begins_at_midnight_of_the_plans_zone() -> None:
    midnight = datetime(2020, 8, 4, 16, tzinfo=UTC)

    assert says("asked >= date '2020-08-05'", asked=midnight) is True
    assert says("asked >= date '2020-08-05'", asked=midnight.replace(hour=15, minute=59)) is False
    assert says("asked = timestamp '2020-08-05 00:00'", asked=midnight) is True
    assert says("asked = due", asked=midnight, due=date(2020, 8, 5)) is True


def test_a_day_whose_midnight_the_clocks_skip_begins_when_they_do() -> None:
    santiago = ZoneInfo("America/Santiago")  # at 00:00 of 6 September 2020 it was 01:00
    clock = Clock(datetime(2020, 9, 6, 12, tzinfo=santiago), datetime(2020, 11, 1, tzinfo=santiago))
    change = datetime(2020, 9, 6, 4, tzinfo=UTC)

    assert says("asked >= date '2020-09-06'", clock, asked=change) is True
    assert says("asked >= date '2020-09-06'", clock, asked=change.replace(hour=3, minute=59)) is False


def test_days_between_moments_are_those_of_the_plans_zone() -> None:
    evening, morning = datetime(2020, 8, 4, 15, 59, tzinfo=UTC), datetime(2020, 8, 4, 16, tzinfo=UTC)

    assert says("days(asked, answered)", asked=evening, answered=morning) == 1.0
    assert says("days(answered, asked)", asked=evening, answered=morning) == -1.0
    assert says("days(due, asked)", due=date(2020, 8, 4), asked=evening) == 0.0


def test_today_is_the_day_of_the_judging_in_the_plans_zone() -> None:
    late = Clock(datetime(2020, 8, 5, 16, 30, tzinfo=UTC), CLOCK.t0)

    assert says("today", late) == date(2020, 8, 6)
    assert says("now", late) == datetime(2020, 8, 5, 16, 30, tzinfo=UTC)
    assert says("t0") == datetime(2020, 10, 31, 16, tzinfo=UTC)


def test_lengths_of_time_are_added_to_days_and_moments() -> None:
    asked = datetime(2020, 8, 4, 1, tzinfo=UTC)

    assert says("asked + interval '24 hour'", asked=asked) == asked.replace(day=5)
    assert says("interval '90 minutes' + asked", asked=asked) == asked.replace(hour=2, minute=30)
    assert says("due - interval '3 days'", due=date(2020, 8, 4)) == date(2020, 8, 1)
    assert says("due + interval '48 hour'", due=date(2020, 8, 4)) == date(2020, 8, 6)
    assert says("due + interval '9 hour'", due=date(2020, 8, 4)) == asked


def test_what_every_row_knows_is_there() -> None:
    since, changed = 1_596_500_000_000_000, 1_596_500_000_000_001

    assert says("since < changed", since=since, changed=changed) is True
    assert says("since") is None
    assert says("office = '140105' and code <> office", code="140105001", office="140105") is True


def test_codes_of_districts_are_whole_numbers() -> None:
    rows = pl.DataFrame({"code": [140105001001001]})

    assert rows.select(read("within(code, '140105001')").polars(CLOCK))["code"][0] is True


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("asked + interval '24 hour'", "moment"),
        ("due + interval '1 day'", "date"),
        ("least(due, asked)", "moment"),
        ("days(due, today)", "number"),
        ("case when passed then 'a' end", "text"),
        ("case when passed then pool else '14' end", "code"),
        ("pool", "code"),
        ("jointly", "list"),
        ("passed", "truth"),
    ],
)
def test_an_expression_tells_of_what_kind_its_value_is(text: str, kind: Kind) -> None:
    assert read(text).kind == kind
    assert read(text, kind) == read(text)


def test_a_day_serves_where_a_moment_is_wanted() -> None:
    rows = pl.DataFrame({"due": [date(2020, 8, 5)]})

    assert rows.select(read("due", "moment").polars(CLOCK))["due"][0] == datetime(2020, 8, 4, 16, tzinfo=UTC)


def test_an_expression_tells_which_texts_its_columns_are_held_against() -> None:
    text = "state in ('a', 'b') and has(jointly, 'c') and coalesce(state, batch) <> 'd' and pool = '14' and 'e' = batch"

    assert read(text).compared == (
        ("batch", "d"),
        ("batch", "e"),
        ("jointly", "c"),
        ("state", "a"),
        ("state", "b"),
        ("state", "d"),
    )
    assert read(text).names == ("batch", "jointly", "pool", "state")


def test_an_expression_tells_which_texts_it_may_give() -> None:
    assert read("case when passed then 'passed' when row > 3 then 'rework' else 'not-yet' end").gives == (
        "not-yet",
        "passed",
        "rework",
    )
    assert read("state = 'a'").gives == ()


def test_an_expression_can_be_kept_and_handed_on() -> None:
    expression = read("case when days(due, today) > 3 then row else amount end > 2")

    assert pickle.loads(pickle.dumps(expression)) == expression
    assert hash(expression) == hash(read(expression.text))
    assert json.loads(json.dumps(expression.term))[0] == "exact"


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        (
            "state = 3",
            "拿文字与数比较；数不加引号，文字加单引号",
            "a number stands without quotes, a text in single ones",
        ),
        ("due = '2020-08-05'", "拿日期与文字比较；日期写作 date '2020-08-05'", "write a date as date '2020-08-05'"),
        ("asked > '5 Aug'", "拿时刻与文字比较；时刻写作 timestamp", "write a moment as timestamp '2020-08-05 17:00'"),
        ("code = 140105", "拿区划代码与数比较；区划代码须加单引号", "a code stands in single quotes: '140105'"),
        ("passed = 1", "拿是或否与数比较；是否栏目可单独作条件", "a yes/no column is a condition by itself"),
        ("jointly = 'x'", "拿多选栏目与文字比较；多选栏目请写作 has(", "write has(column, 'value')"),
        ("jointly = jointly", "拿多选栏目与多选栏目比较", "of a column of several values write has(column, 'value')"),
        ("state > 'a'", "文字只能比较是否相同", "a text can only be the same or not (=, <>, in)"),
        ("code > '14'", "上下级请写作 within(a, b)", "for who is below whom write within(a, b)"),
        ("passed < true", "是或否只能比较是否相同", "yes or no can only be the same or not"),
        ("due - today > 3", "相差几天请写作 days(today, due)", "how many days lie between is days(today, due)"),
        ("asked - due", "日期、时刻不能直接相加减", "days and moments are not added or subtracted"),
        ("due + 5", "写作 due + interval '5 day'", "is written due + interval '5 day'"),
        ("due - row", "时长是固定的，写作 due - interval '3 day'", "a day and a number"),
        ("due + interval '1 month'", "单位为 day、hour 或 minute", "in day, hour or minute"),
        ("due + interval '1.5 day'", "时长写作 interval '24 hour'", "write a length of time as interval '24 hour'"),
        ("due + interval '36526 day'", "至多一百年", "a hundred years at most"),
        ("due + interval '99999999999 day'", "至多一百年", "a hundred years at most"),
        ("interval '3 day'", "只是一段时长", "is but a length of time"),
        ("date '2020-13-05' > due", "中的 '2020-13-05' 无法读懂", "write a day as date '2020-08-05'"),
        ("date '5.8.2020' > due", "日期写作 date '2020-08-05'", "has '5.8.2020'"),
        ("date '1020-08-05' > due", "1020 年超出范围", "the year 1020 is out of range"),
        ("asked > timestamp '2020-08-05'", "时刻写作 timestamp '2020-08-05 17:00'", "a moment as timestamp"),
        ("asked > timestamp '2020-08-05 25:00'", "无法读懂", "a moment as timestamp '2020-08-05 17:00'"),
        ("days(due)", "须写作 days(a, b)", "which must be days(a, b)"),
        ("district_number(code, 3) > 1", "须写作 district_number(code)", "which must be district_number(code)"),
        ("district_number(row) > 1", "“row”处应是区划代码", "“row” stands where a code must be"),
        ("days(due, row)", "“row”处应是日期或时刻", "“row” stands where a date or a moment must be"),
        ("within(code, 'abc')", "'abc' 不是区划代码", "has 'abc' where a code of 2, 4, 6, 9, 12 or 15 digits must be"),
        ("within(state, '14')", "“state”处应是区划代码", "“state” stands where a code must be"),
        ("pool = '14010'", "'14010' 不是区划代码", "has '14010' where a code"),
        ("has(state, 'x')", "“state”处应是多选栏目", "“state” stands where a column of several values must be"),
        ("has(jointly, 3)", "“3”处应是文字", "“3” stands where a text must be"),
        ("'x' in jointly", "请写作 has(jointly, 'x')", "write has(jointly, 'x')"),
        ("level = 'conty'", "不是 level 的取值", "'conty', which is no level"),
        ("unit_kind in ('streets')", "应为 street、town、township、other 之一", "street, town, township, other"),
        ("stat = 'x'", "stat 不是登记册的栏目，是否为 state", "did you mean state?"),
        ("state = closed", "文字须加单引号：'closed'", "a text stands in single quotes: 'closed'"),
        ('state = "closed"', "文字须加单引号：'closed'", "a text stands in single quotes: 'closed'"),
        ("row and passed", "“row”处应是条件", "“row” stands where a condition must be"),
        ("not state", "“state”处应是条件", "“state” stands where a condition must be"),
        ("passed + 1 = 2", "“passed”处应是数；区间请写作", "“passed” stands where a number must be; write a range as"),
        ("state + 1 = 2", "“state”处应是数", "“state” stands where a number must be"),
        ("1 < row < 3", "区间请写作 a > 1 and a < 10", "write a range as a > 1 and a < 10"),
        ("due * 2 = 3", "“due”处应是数", "“due” stands where a number must be"),
        ("row = null", "请写作 is null 或 is not null", "write is null or is not null"),
        ("row in (1, null)", "与 null 比较", "compares with null"),
        ("null", "null 只能写在 is null 和 case 的取值中", "may only stand in is null and as a value of case"),
        ("coalesce(row, null) > 1", "null 只能写在", "has null"),
        (
            "least(state, batch)",
            "“state”处应是数、日期或时刻",
            "“state” stands where a number, a date or a moment must be",
        ),
        ("case when passed then 1 else 'x' end", "各个取值须是同一类", "whose values must be of one kind"),
        (
            "case when passed then null end",
            "各个取值须是同一类，而这里有空值",
            "whose values must be of one kind, but are null",
        ),
        ("coalesce(jointly, jointly) is null", "各个取值须是同一类", "whose values must be of one kind"),
        ("row is true", "“row”处应是条件", "“row” stands where a condition must be"),
        ("sum(amount) > 3", "用了汇总函数 SUM(amount)", "uses the aggregate SUM(amount)"),
        ("max(row, amount) > 3", "请写作 greatest(a, b)", "write greatest(a, b)"),
        ("lower(state) = 'x'", "登记册的条件中只能用", "may stand in conditions of registers"),
        ("foo(state)", "用了函数 FOO(state)", "uses the function FOO(state)"),
        ("now() > due", "登记册的条件中只能用", "may stand in conditions of registers"),
        ("row::int > 3", "登记册的条件中只能用", "uses “CAST(row AS INT)”"),
        ("round(row, amount) = 1", "登记册的条件中只能用", "uses “ROUND(row, amount)”"),
        ("state like 'a%'", "登记册的条件中只能用", "may stand in conditions of registers"),
        ("row > (select 1)", "登记册的条件中只能用", "may stand in conditions of registers"),
        ("x.row > 3", "x.row 不是栏目名，栏目名不带点号", "names x.row, but a column's name has no dot"),
        ("row / 0 > 1", "除以零", "divides by zero"),
        ("row / '0' > 1", "“'0'”处应是数", "“'0'” stands where a number must be"),
        ("row > 1e40", "过大或过小", "is too large or too small"),
        ("row ＞ 3", "符号和数字须用半角", "use plain characters"),
        ("state = ‘closed’", "应为半角单引号", "must be a plain single quote"),
        ("row >", "请检查括号、运算符和栏目名", "check brackets, operators and names"),
        ("  ", "条件是空的", "the condition is empty"),
        ("row > 1" + " and row > 1" * 200, "请把其中一部分写成计算栏目", "make a part of it a computed column"),
        ("(" * 900 + "row" + ")" * 900 + " > 1", "层次过多", "nested too deeply"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_cure(text: str, chinese: str, english: str) -> None:
    zh, en = refusal(text)

    assert chinese in zh
    assert english in en


def test_a_value_of_another_kind_than_is_wanted_is_refused() -> None:
    assert refusal("row + 1", "truth") == (
        "条件“row + 1”中的“row + 1”处应是条件",
        "in the condition “row + 1”, “row + 1” stands where a condition must be",
    )
    assert "处应是日期" in refusal("asked", "date")[0]


@pytest.mark.parametrize(
    "name", ["list", "row", "check", "year", "day", "number", "round", "starts", "ends", "session"]
)
def test_a_column_may_be_called_what_a_reader_would_take_for_a_name(name: str) -> None:
    assert usable_in_rows(name)


@pytest.mark.parametrize(
    "name", ["code", "today", "office", "case", "and", "null", "true", "interval", "from", "a b", "1a"]
)
def test_no_column_is_called_by_a_word_that_expressions_use(name: str) -> None:
    assert not usable_in_rows(name)


@pytest.mark.parametrize(
    "text",
    [
        "nullif(" * 60 + "state" + ", 'x')" * 60 + " is null",
        "case " * 30 + "passed" + " when true then true when false then true end" * 30,
        "(" * 40 + "passed" + " in (true, false, true))" * 40,
    ],
)
def test_what_would_grow_without_end_when_it_is_worked_out_is_refused(text: str) -> None:
    assert refusal(text) == ("条件的括号或层次过多", "the condition is nested too deeply")
