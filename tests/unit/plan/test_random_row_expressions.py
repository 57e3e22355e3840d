"""Conditions over rows against a reader that works them out row by row, in fractions, over random rows with empty cells."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from models.plan.row_expressions import Clock, Kind, read_row_expression

ZONE = ZoneInfo("Asia/Shanghai")
NOW, T0 = datetime(2020, 8, 5, 17, tzinfo=ZONE), datetime(2020, 11, 1, tzinfo=ZONE)
COLUMNS: dict[str, Kind] = {
    "n": "number",
    "row": "number",
    "due": "date",
    "day": "date",
    "asked": "moment",
    "state": "text",
    "note": "text",
    "pool": "code",
    "passed": "truth",
    "kinds": "list",
}
HELD: dict[str, pl.DataType] = {
    "code": pl.String(),
    "n": pl.Float64(),
    "row": pl.Float64(),
    "due": pl.Date(),
    "day": pl.Date(),
    "asked": pl.Datetime("us", "UTC"),
    "state": pl.String(),
    "note": pl.String(),
    "pool": pl.String(),
    "passed": pl.Boolean(),
    "kinds": pl.List(pl.String()),
    "office": pl.String(),
    ":since": pl.Int64(),
}
NUMBERS = ["0", "1", "2", "2.5", "0.1", "0.2", "0.3", "-1", "7"]
TEXTS = ["a", "b", "甲批（一）", "it''s"]
CODES = ["14", "1401", "140105", "140105001", "150105"]
DAYS = [date(2020, 8, 3) + timedelta(days=n) for n in range(6)]
MOMENTS = [datetime(2020, 8, 4, 14, tzinfo=UTC) + timedelta(hours=n) for n in range(5)]

Row = dict[str, Any]
Part = tuple[str, Callable[[Row], Any]]
"""A part of an expression, and what it says of a row."""


class Writer:
    """Writes random expressions, and beside each how it is worked out."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def part(self, kind: str, depth: int) -> Part:
        ways = {
            "number": [self.sum, self.call, self.days],
            "date": [self.shifted_day],
            "moment": [self.shifted_moment],
            "truth": [self.comparison, self.logic, self.asked, self.within, self.among, self.has],
            "text": [],
            "code": [],
        }[kind]
        if kind != "truth":
            ways = [*ways, lambda depth: self.choice(kind, depth)]
        if depth <= 0 or self.random.random() < 0.25:
            return self.leaf(kind)
        return self.random.choice(ways)(depth - 1)

    def leaf(self, kind: str) -> Part:
        pick = self.random.choice
        if kind == "number":
            return pick([of("n"), of("row"), self.written(pick(NUMBERS), Fraction)])
        if kind == "text":
            return pick([of("state"), of("note"), self.text()])
        if kind == "code":
            return pick([of("code"), of("office"), of("pool")])
        if kind == "date":
            day = pick(DAYS)
            return pick([of("due"), of("day"), (f"date '{day}'", lambda _: day), ("today", lambda _: NOW.date())])
        if kind == "moment":
            at = pick(MOMENTS)
            text = f"timestamp '{at.astimezone(ZONE):%Y-%m-%d %H:%M}'"
            return pick([of("asked"), of("since"), (text, lambda _: at), ("now", lambda _: NOW), ("t0", lambda _: T0)])
        return pick([of("passed"), ("true", lambda _: True), ("no", lambda _: False)])

    def written(self, text: str, value: Callable[[str], Any]) -> Part:
        return text, lambda _: value(text)

    def text(self) -> Part:
        text = self.random.choice(TEXTS)
        return f"'{text}'", lambda _: text.replace("''", "'")

    def sum(self, depth: int) -> Part:
        sign = self.random.choice("+-*/")
        one, other = self.part("number", depth), self.part("number", depth)
        divides_by_zero = sign == "/" and other[0] == "0"  # which is refused
        return binary(sign, one, of("n") if divides_by_zero else other, strictly(REACHED[sign]))

    def call(self, depth: int) -> Part:
        (one, value) = self.part("number", depth)
        if self.random.random() < 0.5:
            return f"abs({one})", lambda row: None if value(row) is None else abs(value(row))
        return f"(-({one}))", lambda row: None if value(row) is None else -value(row)

    def days(self, depth: int) -> Part:
        one, other = (self.part(self.random.choice(["date", "moment"]), depth) for _ in range(2))
        between = strictly(lambda a, b: Fraction((local_day(b) - local_day(a)).days))
        return f"days({one[0]}, {other[0]})", lambda row: between(one[1](row), other[1](row))

    def shifted_day(self, depth: int) -> Part:
        text, value = self.part("date", depth)
        days = self.random.randint(1, 3)
        return f"({text} - interval '{days} days')", lambda row: moved(value(row), -timedelta(days=days))

    def shifted_moment(self, depth: int) -> Part:
        text, value = self.part(self.random.choice(["date", "moment"]), depth)
        hours = self.random.choice([1, 9, 25])
        return f"(interval '{hours} hour' + {text})", lambda row: moved(start(value(row)), timedelta(hours=hours))

    def choice(self, kind: str, depth: int) -> Part:
        parts = [self.part(kind, depth) for _ in range(2)]
        texts, values = [text for text, _ in parts], [value for _, value in parts]
        ways = ["case", "coalesce", "nullif"]
        way = self.random.choice(ways if kind in ("text", "code") else [*ways, "least", "greatest"])
        if way == "case":
            condition, holds = self.part("truth", depth)
            return (
                f"case when {condition} then {texts[0]} else {texts[1]} end",
                lambda row: values[0](row) if holds(row) else values[1](row),
            )
        if way == "nullif":
            return f"nullif({', '.join(texts)})", lambda row: None if same(values, row) else values[0](row)
        take: Callable[[list[Any]], Any] = {"coalesce": lambda some: some[0], "least": min, "greatest": max}[way]

        def one_of(row: Row) -> Any:
            there = [value(row) for value in values if value(row) is not None]
            return take(there) if there else None

        return f"{way}({', '.join(texts)})", one_of

    def comparison(self, depth: int) -> Part:
        kind = self.random.choice(["number", "date", "moment", "mixed", "text", "code", "truth"])
        kinds = ["date", "moment"] if kind == "mixed" else [kind, kind]
        (one, first), (other, second) = (self.part(kind, depth) for kind in kinds)
        sign = self.random.choice(["=", "<>"] if kind in ("text", "code", "truth") else list(COMPARED))
        compare = strictly(COMPARED[sign])
        ready = start if kind == "mixed" else lambda value: value
        return f"({one}) {sign} ({other})", lambda row: compare(ready(first(row)), ready(second(row)))

    def logic(self, depth: int) -> Part:
        way = self.random.choice(["and", "or", "not"])
        one, other = self.part("truth", depth), self.part("truth", depth)
        if way == "not":
            return f"not ({one[0]})", lambda row: None if one[1](row) is None else not one[1](row)
        return f"({one[0]}) {way} ({other[0]})", lambda row: joined(way == "or", one[1](row), other[1](row))

    def asked(self, depth: int) -> Part:
        text, value = self.part(self.random.choice(["number", "date", "moment", "text", "truth"]), depth)
        if self.random.random() < 0.5:
            return f"({text}) is null", lambda row: value(row) is None
        return f"({text}) is not null", lambda row: value(row) is not None

    def within(self, depth: int) -> Part:
        one, first = self.part("code", depth)
        code = self.random.choice(CODES)
        other, second = self.random.choice([(f"'{code.ljust(12, '0')}'", lambda _: code), self.part("code", depth)])
        inside = strictly(lambda unit, top: unit.startswith(top))
        return f"within({one}, {other})", lambda row: inside(first(row), second(row))

    def among(self, depth: int) -> Part:
        kind = self.random.choice(["number", "text"])
        one, value = self.part(kind, depth)
        others = [self.part(kind, 0) for _ in range(3)]
        equal = strictly(COMPARED["="])

        def found(row: Row) -> Any:
            answers = [equal(value(row), other(row)) for _, other in others]
            return True if True in answers else None if None in answers else False

        return f"({one}) in ({', '.join(text for text, _ in others)})", found

    def has(self, depth: int) -> Part:
        text, value = self.part("text", depth)
        contains = strictly(lambda some, one: one in some)
        return f"has(kinds, {text})", lambda row: contains(row["kinds"], value(row))


def of(name: str) -> Part:
    return name, lambda row: row[name]


def strictly(work: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda one, other: None if one is None or other is None else work(one, other)


def binary(sign: str, one: Part, other: Part, work: Callable[[Any, Any], Any]) -> Part:
    return f"({one[0]} {sign} {other[0]})", lambda row: work(one[1](row), other[1](row))


REACHED: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b if b else None,
}
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def joined(decides: bool, one: Any, other: Any) -> Any:
    if decides in (one, other):
        return decides
    return None if None in (one, other) else not decides


def same(values: list[Callable[[Row], Any]], row: Row) -> bool:
    one, other = (value(row) for value in values)
    return one is not None and one == other


def local_day(value: date) -> date:
    return value.astimezone(ZONE).date() if isinstance(value, datetime) else value


def start(value: date | None) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day, tzinfo=ZONE)


def moved(value: Any, span: timedelta) -> Any:
    return None if value is None else value + span


def random_rows(choose: random.Random, count: int) -> list[Row]:
    """Rows of which every cell but the code is empty now and then."""

    def cell(values: list[Any]) -> Any:
        return None if choose.random() < 0.2 else choose.choice(values)

    texts = [text.replace("''", "'") for text in TEXTS]
    return [
        {
            "code": choose.choice(CODES),
            "n": cell([Fraction(one) for one in NUMBERS]),
            "row": cell([Fraction(one) for one in NUMBERS]),
            "due": cell(DAYS),
            "day": cell(DAYS),
            "asked": cell(MOMENTS),
            "since": cell(MOMENTS),
            "state": cell(texts),
            "note": cell(texts),
            "pool": cell(CODES),
            "office": cell(CODES),
            "passed": cell([True, False]),
            "kinds": cell([["a"], ["a", "b"], ["甲批（一）"]]),
        }
        for _ in range(count)
    ]


def frame_of(rows: list[Row]) -> pl.DataFrame:
    columns = {name: [row.get(name) for row in rows] for name in HELD}
    columns |= {name: [None if row[name] is None else float(row[name]) for row in rows] for name in ("n", "row")}
    columns[":since"] = [None if row["since"] is None else round(row["since"].timestamp() * 1e6) for row in rows]
    return pl.DataFrame(columns, schema=HELD)


@pytest.mark.parametrize("seed", range(12))
def test_every_expression_says_of_every_row_what_working_it_out_says(seed: int) -> None:
    writer = Writer(seed)
    rows = random_rows(writer.random, 40)
    frame = frame_of(rows)
    said = 0

    for kind in ["truth"] * 6 + ["number", "date", "moment", "text", "code"] * 2:
        for _ in range(4):
            text, work = writer.part(kind, 3)
            expression = read_row_expression(text, COLUMNS)
            found = frame.with_columns(expression.polars(Clock(NOW, T0)).alias("said"))["said"].to_list()

            for row, answer in zip(rows, found, strict=True):
                right = work(row)
                if isinstance(right, Fraction) and answer is not None:
                    assert answer == pytest.approx(float(right), abs=1e-6), (text, row)
                else:
                    assert answer == right, (text, row)
                said += right is not None

    assert said > 500
