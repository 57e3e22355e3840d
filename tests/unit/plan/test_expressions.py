"""Conditions: what may stand in one, and what it says of figures that are missing or zero."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.plan.expressions import Expression, check_expression, read_expression, usable_name
from models.plan.grammar import ExpressionError

NAMES = ("a", "b", "funds_arrived")


def check(text: str) -> Expression:
    return check_expression(text, NAMES.__contains__, NAMES)


def verdict(text: str, a: float | None, b: float | None = None) -> bool | float | None:
    """What `text` says of one office with these figures."""
    figures = pl.DataFrame({"a": [a], "b": [b]}, schema={"a": pl.Float64, "b": pl.Float64})
    return figures.select(check(text).polars().alias("verdict"))["verdict"][0]  # type: ignore[no-any-return]


def refusal(text: str) -> str:
    with pytest.raises(ExpressionError) as refused:
        check(text)
    assert refused.value.said.zh
    return refused.value.said.en


@pytest.mark.parametrize(
    ("text", "at_limit", "below"),
    [
        ("a >= 10", 10.0, 9.99),
        ("a = 0", 0.0, 1.0),
        ("a <> 3", 4.0, 3.0),
        ("a between 2 and 4", 4.0, 4.01),
        ("a in (1, 2)", 2.0, 3.0),
        ("not a < 5", 5.0, 4.0),
        ("1000 * a <= 4", 0.004, 0.0041),
        ("case when a > 5 then 1 else 0 end = 1", 5.1, 5.0),
        ("abs(a) <= 4", -4.0, -5.0),
        ("1 / 2 * a >= 1", 2.0, 1.9),
        ('"a" > 1', 1.1, 1.0),
    ],
)
def test_a_condition_holds_on_one_side_of_its_limit_and_not_on_the_other(
    text: str, at_limit: float, below: float
) -> None:
    assert verdict(text, at_limit) is True
    assert verdict(text, below) is False


@pytest.mark.parametrize(
    ("text", "a", "b", "expected"),
    [
        ("a > 0 and b > 0", None, 1.0, None),
        ("a > 0 and b > 0", None, 0.0, False),
        ("a > 0 or b > 0", None, 1.0, True),
        ("a > 0 or b > 0", None, 0.0, None),
        ("not a > 0", None, None, None),
        ("a between 1 and b", 2.0, None, None),
        ("a in (1, 2)", None, None, None),
        ("a + b > 1", 5.0, None, None),
    ],
)
def test_a_missing_figure_decides_nothing_by_itself(
    text: str, a: float | None, b: float | None, expected: bool | None
) -> None:
    assert verdict(text, a, b) is expected


@pytest.mark.parametrize(
    "text",
    [
        "coalesce(a, 0) >= 0",
        "a is null",
        "a is not null or b > 0",
        "greatest(a, b) > 1",
        "least(a, b) < 9",
        "case when a > 1 then 1 else 0 end = 0",
        "(a > 1) is not true",
    ],
)
def test_no_turn_of_phrase_makes_a_missing_figure_count(text: str) -> None:
    assert verdict(text, None, 5.0) is None


@pytest.mark.parametrize("text", ["a / b >= 10", "a / b < 10", "a / (b - b) > 1", "a % b = 0", "1 / b > 0"])
def test_a_division_by_a_figure_of_zero_decides_nothing(text: str) -> None:
    assert verdict(text, 100.0, 0.0) is None


@pytest.mark.parametrize("text", ["a / 0 >= 10", "a / 0.0 >= 10", "a % 0 = 1", "mod(a, 0) = 1"])
def test_a_condition_that_always_divides_by_zero_is_refused(text: str) -> None:
    assert refusal(text).endswith("divides by zero")


@pytest.mark.parametrize(("text", "cure"), [("max(a, b) > 1", "greatest(a, b)"), ("min(a, b) < 1", "least(a, b)")])
def test_the_larger_of_two_is_named_as_it_is_to_be_written(text: str, cure: str) -> None:
    assert refusal(text).endswith(f"write {cure}")


@pytest.mark.parametrize(
    "text",
    [
        "sum(a) > 1",
        "count(*) > 1",
        "avg(a) > b",
        "max(a) = 1",
        "a > (select 1)",
        "exists(select 1)",
        "a > any(b)",
        "row_number() over () > 1",
        "read_csv('x') > 1",
        "a = 'x'",
        "a like 'x'",
        "now() > 1",
        "a::int > 1",
        "a || b = 1",
        "x.a > 1",
        "a > 1; drop table readings",
        "power(a, 2) > 4",
        "a[1] > 0",
    ],
)
def test_only_arithmetic_and_comparisons_of_indicators_are_let_in(text: str) -> None:
    assert text.split(";")[0].split("(")[0][:3].lower() in refusal(text).lower()


@pytest.mark.parametrize("text", ["1 < a < 10", "a > b > 1", "a = b = 1", "(a > 1) + 1 = 2", "a or b > 1", "not a"])
def test_a_comparison_cannot_be_compared_with_a_number(text: str) -> None:
    assert "stands where" in refusal(text)


def test_two_conditions_may_be_held_against_each_other() -> None:
    assert verdict("(a > 1) = (b > 1)", 5.0, 7.0) is True
    assert verdict("(a > 1) = (b > 1)", 5.0, 1.0) is False


@pytest.mark.parametrize("text", ["", "   ", "a >", "a > 1 and", "(a > 1", "a b", "a, b", "a > 1_000", "a ** 2 > 1"])
def test_what_is_no_condition_is_refused_in_a_sentence(text: str) -> None:
    assert refusal(text).startswith("the condition")


@pytest.mark.parametrize("text", ["a ＝ 0", "a ≥ 10", "（a > 1）", "a > 0 且 b > 0", "a > １０"])
def test_chinese_symbols_are_refused_with_the_plain_ones_to_write(text: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        check(text)

    assert "半角" in refused.value.said.zh


@pytest.mark.parametrize(
    "text", ["(" * 900 + "a > 0" + ")" * 900, "not " * 400 + "a > 0", "a > 0" + " and a > 0" * 5000]
)
def test_a_monstrous_condition_is_refused_and_ends_nothing(text: str) -> None:
    assert refusal(text)


@pytest.mark.parametrize("text", ["a < 1e999", "a < 2e30", "a > 9e-31", f"a < {'*'.join(['1e30'] * 11)}"])
def test_a_number_that_nobody_reports_is_refused_and_ends_nothing(text: str) -> None:
    assert "too " in refusal(text)


def test_rounding_to_more_places_than_there_are_changes_nothing() -> None:
    assert check_expression("round(a, 400) >= 1e30", {"a"}.__contains__).polars() is not None


def test_an_unknown_name_is_refused_with_the_likely_one() -> None:
    assert refusal("funds_arived > 1") == (
        "the condition “funds_arived > 1” names funds_arived, which indicators does not define; did you mean funds_arrived?"
    )


def test_a_condition_knows_its_names_and_its_parts() -> None:
    expression = read_expression("a / b >= 10 and (c = 0 and d < e)")

    assert expression.names == ("a", "b", "c", "d", "e")
    assert [clause.names for clause in expression.clauses] == [("a", "b"), ("c",), ("d", "e")]
    assert [clause.operator for clause in expression.clauses] == [">=", "=", "<"]


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("a = 0", True),
        ("(a > 1)", True),
        ("true", True),
        ("a + 1", False),
        ("a", False),
        ("case when a > 1 then b else 0 end", False),
    ],
)
def test_a_condition_is_told_from_a_sum(text: str, condition: bool) -> None:
    assert check(text).condition is condition


@pytest.mark.parametrize(
    "name", ["select", "from", "order", "group", "end", "case", "in", "is", "null", "true", "and", "nan"]
)
def test_a_word_of_sql_names_no_indicator(name: str) -> None:
    assert not usable_name(name)


@pytest.mark.parametrize("name", ["funds", "rank", "level", "position", "date", "value", "set", "day", "staff_2"])
def test_an_ordinary_word_may_name_an_indicator(name: str) -> None:
    assert usable_name(name)


def test_reading_a_condition_says_nothing_on_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    usable_name("set")
    usable_name("alter")

    assert capfd.readouterr() == ("", "")


# against an independent reading of three-valued logic

Value = float | None
Truth = bool | None


@dataclass(frozen=True)
class Meaning:
    """A piece of a condition: its text, and what it means for figures `a` and `b`."""

    text: str
    of: Callable[[Value, Value], Any]


def _arithmetic(left: Meaning, sign: str, right: Meaning) -> Meaning:
    def compute(a: Value, b: Value) -> Value:
        x, y = left.of(a, b), right.of(a, b)
        if x is None or y is None or (sign == "/" and y == 0):
            return None
        return float({"+": x + y, "-": x - y, "*": x * y, "/": x / (y or 1)}[sign])

    return Meaning(f"({left.text} {sign} {right.text})", compute)


def _comparison(left: Meaning, sign: str, right: Meaning) -> Meaning:
    def hold(a: Value, b: Value) -> Truth:
        x, y = left.of(a, b), right.of(a, b)
        if x is None or y is None:
            return None
        return {"=": x == y, "<>": x != y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[sign]

    return Meaning(f"{left.text} {sign} {right.text}", hold)


def _both(left: Meaning, right: Meaning) -> Meaning:
    def hold(a: Value, b: Value) -> Truth:
        sides = {left.of(a, b), right.of(a, b)}
        return False if False in sides else None if None in sides else True

    return Meaning(f"({left.text} and {right.text})", hold)


def _denied(one: Meaning) -> Meaning:
    return Meaning(f"not ({one.text})", lambda a, b: None if one.of(a, b) is None else not one.of(a, b))


def _either(left: Meaning, right: Meaning) -> Meaning:
    neither = _denied(_both(_denied(left), _denied(right)))
    return Meaning(f"({left.text} or {right.text})", neither.of)


def _between(one: Meaning, low: Meaning, high: Meaning) -> Meaning:
    both = _both(_comparison(one, ">=", low), _comparison(one, "<=", high))
    return Meaning(f"{one.text} between {low.text} and {high.text}", both.of)


_LEAVES = st.sampled_from([Meaning("a", lambda a, _: a), Meaning("b", lambda _, b: b)]) | st.integers(-3, 12).map(
    lambda n: Meaning(str(n), lambda _a, _b: float(n))
)
_SUMS = st.recursive(_LEAVES, lambda inner: st.builds(_arithmetic, inner, st.sampled_from("+-*"), inner), max_leaves=3)
_RATIOS = _SUMS | st.builds(
    _arithmetic,
    _SUMS,
    st.just("/"),
    st.sampled_from([Meaning("a", lambda a, _: a), Meaning("(b - 1)", lambda _, b: None if b is None else b - 1)]),
)
_COMPARED = st.builds(_comparison, _RATIOS, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), _RATIOS)
_CONDITIONS = st.recursive(
    _COMPARED | st.builds(_between, _SUMS, _SUMS, _SUMS),
    lambda inner: st.builds(_both, inner, inner) | st.builds(_either, inner, inner) | st.builds(_denied, inner),
    max_leaves=5,
)
_FIGURES = st.sampled_from([None, 0.0, 1.0, 2.0, 5.0, 10.0])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(_CONDITIONS, _FIGURES, _FIGURES)
def test_a_condition_means_what_three_valued_logic_says(condition: Meaning, a: Value, b: Value) -> None:
    assert verdict(condition.text, a, b) is condition.of(a, b), condition.text


@settings(max_examples=200, deadline=None, derandomize=True)
@given(_CONDITIONS, _FIGURES, _FIGURES)
def test_the_parts_of_a_condition_mean_together_what_the_whole_means(condition: Meaning, a: Value, b: Value) -> None:
    figures = pl.DataFrame({"a": [a], "b": [b]}, schema={"a": pl.Float64, "b": pl.Float64})
    parts = [figures.select(clause.polars().alias("part"))["part"][0] for clause in check(condition.text).clauses]

    together = False if False in parts else None if None in parts else True

    assert together is condition.of(a, b), condition.text
