"""Conditions decide as a person with a pencil: held against fractions, in which nothing is rounded."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.plan.exactness import margin_of
from models.plan.expressions import read_expression


def says(text: str, **figures: float | None) -> bool | float | None:
    """What `text` says of an office with these figures."""
    row = pl.DataFrame({name: [value] for name, value in (figures or {"_": 0.0}).items()})
    return row.select(said=read_expression(text).polars())["said"][0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("text", "met", "unmet"),
    [
        ("a + b <= 0.3", {"a": 0.1, "b": 0.2}, {"a": 0.1, "b": 0.2000001}),
        ("a + b >= 0.3", {"a": 0.1, "b": 0.2}, {"a": 0.1, "b": 0.1999999}),
        ("a + b = 0.3", {"a": 0.1, "b": 0.2}, {"a": 0.1, "b": 0.21}),
        ("a + b <> 0.3", {"a": 0.1, "b": 0.21}, {"a": 0.1, "b": 0.2}),
        ("not a + b > 0.3", {"a": 0.1, "b": 0.2}, {"a": 0.1, "b": 0.2000001}),
        ("1 - a / b <= 0.05", {"a": 950.0, "b": 1000.0}, {"a": 949.0, "b": 1000.0}),
        ("abs(a - b) / b <= 0.004", {"a": 1004.0, "b": 1000.0}, {"a": 1005.0, "b": 1000.0}),
        ("abs(a - b) / b <= 0.004", {"a": 996.0, "b": 1000.0}, {"a": 995.0, "b": 1000.0}),
        ("a / b <= 0.002", {"a": 2.0, "b": 1000.0}, {"a": 3.0, "b": 1000.0}),
        ("a / b <= 0.004", {"a": 1416.0, "b": 354000.0}, {"a": 1417.0, "b": 354000.0}),
        ("a - b <= 0.1", {"a": 1000000.1, "b": 1000000.0}, {"a": 1000000.2, "b": 1000000.0}),
        ("a between 0.1 and b * 3", {"a": 0.3, "b": 0.1}, {"a": 0.31, "b": 0.1}),
        ("a - b in (0.1, 0.2)", {"a": 0.3, "b": 0.1}, {"a": 0.3, "b": 0.15}),
        ("case when a + b <= 0.3 then 1 else 0 end = 1", {"a": 0.1, "b": 0.2}, {"a": 0.2, "b": 0.2}),
        ("floor(a / b) = 3", {"a": 0.3, "b": 0.1}, {"a": 0.29, "b": 0.1}),
        ("ceil(a * b) = 110", {"a": 100.0, "b": 1.1}, {"a": 100.0, "b": 1.11}),
        ("round(a, 2) = 2.68", {"a": 2.675}, {"a": 2.674}),
        ("round(a) = -3", {"a": -2.5}, {"a": -2.4}),
        ("round(a) = 3", {"a": 2.5}, {"a": 2.4}),
        ("a % b = 0", {"a": 0.3, "b": 0.1}, {"a": 0.35, "b": 0.1}),
        ("greatest(a, b / 10) <= 0.3", {"a": 0.1, "b": 3.0}, {"a": 0.1, "b": 3.1}),
        ("least(a * b, c) >= 3", {"a": 1e8, "b": 1e8, "c": 3.0}, {"a": 1e8, "b": 1e8, "c": 2.0}),
        ("least(a, 1000000000) / b <= 0.004", {"a": 4.0, "b": 1000.0}, {"a": 4.001, "b": 1000.0}),
        ("c / least(b, a * a) <= 0.004", {"a": 1e8, "b": 1000.0, "c": 4.0}, {"a": 1e8, "b": 1000.0, "c": 5.0}),
        ("coalesce(c, a * a) < 3", {"a": 1e8, "c": 2.0}, {"a": 1e8, "c": 3.0}),
        ("greatest(c, 0 - a * a) < 3", {"a": 1e8, "c": 2.0}, {"a": 1e8, "c": 3.0}),
        ("round(a, 3) <= 971390104", {"a": 971390104.0}, {"a": 971390104.002}),
        ("case when a > 0 then 1 else 0 end / 3 >= 1 / 3", {"a": 1.0}, {"a": -1.0}),
        ("(87.9 / a) / (0.002 / 12) >= 527400", {"a": 1.0}, {"a": 1.1}),
        ("a / b / (1 / 7) <= 0.028", {"a": 4.0, "b": 1000.0}, {"a": 5.0, "b": 1000.0}),
        ("a * 1000000 < 3000000000000", {"a": 2999999.0}, {"a": 3000000.0}),
        ("a >= b", {"a": 999999999999.0, "b": 999999999999.0}, {"a": 999999999998.0, "b": 999999999999.0}),
        ("a >= b", {"a": 12345678901.23, "b": 12345678901.23}, {"a": 12345678901.22, "b": 12345678901.23}),
    ],
)
def test_a_border_is_decided_as_on_paper_on_both_sides(
    text: str, met: dict[str, float], unmet: dict[str, float]
) -> None:
    assert says(text, **met) is True
    assert says(text, **unmet) is False


@pytest.mark.parametrize("text", ["0.1 + 0.2 <= 0.3", "1 - 950/1000 <= 0.05", "-0.1 - 0.2 >= -0.3", "0.3 / 0.1 = 3"])
def test_numbers_alone_are_reckoned_exactly(text: str) -> None:
    assert says(text) is True


@pytest.mark.parametrize(
    ("text", "a", "b", "value"),
    [
        ("a + b", 0.1, 0.2, 0.3),
        ("a - b", 1000000.1, 1000000.0, 0.1),
        ("a * b", 1.1, 1.1, 1.21),
        ("a - b", 0.3, 0.3, 0.0),
        ("a / b", 1.0, 3.0, 1 / 3),
        ("a / b", 1.0, 0.0, None),
        ("case when a > b then a - b else 0 end", 0.3, 0.1, 0.2),
    ],
)
def test_a_derived_figure_is_the_roundest_number_that_it_can_be(
    text: str, a: float, b: float, value: float | None
) -> None:
    assert says(text, a=a, b=b) == value


def test_whole_numbers_of_small_columns_do_not_run_over() -> None:
    district = pl.DataFrame({"a": [3_000_000], "b": [3_000_000]}, schema={"a": pl.Int32, "b": pl.Int32})

    assert district.select(x=read_expression("1000 * a > b").polars())["x"].to_list() == [True]
    assert district.select(x=read_expression("a * b").polars())["x"].to_list() == [9e12]


@pytest.mark.parametrize(
    ("limit", "inside", "outside"),
    [(100.0, 100.00000000005, 100.0000000005), (0.0, 0.0, 1e-300), (1e12, 1e12 + 0.001, 1e12 + 0.01)],
)
def test_a_limit_leaves_twelve_digits_and_never_more_than_thousandths(
    limit: float, inside: float, outside: float
) -> None:
    assert inside - limit <= margin_of(limit) < outside - limit


_COMPARED: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_decimals = st.builds(
    lambda units, places: Fraction(units, 10**places), st.integers(-99_999, 99_999), st.integers(0, 3)
)


@settings(max_examples=150, deadline=None)
@given(a=_decimals, b=_decimals, c=_decimals.filter(bool), limit=_decimals, sign=st.sampled_from(sorted(_COMPARED)))
@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("a + b - c", lambda a, b, c: a + b - c),
        ("a * b + c", lambda a, b, c: a * b + c),
        ("(a - b) / c", lambda a, b, c: (a - b) / c),
        ("1 - a / c", lambda a, b, c: 1 - a / c),
        ("abs(a - b) / abs(c)", lambda a, b, c: abs(a - b) / abs(c)),
    ],
)
def test_every_comparison_of_decimals_agrees_with_fractions(
    text: str,
    exact: Callable[[Fraction, Fraction, Fraction], Fraction],
    a: Fraction,
    b: Fraction,
    c: Fraction,
    limit: Fraction,
    sign: str,
) -> None:
    figures = {"a": float(a), "b": float(b), "c": float(c)}
    value = exact(a, b, c)

    assert says(f"{text} {sign} d", **figures, d=float(limit)) is _COMPARED[sign](value, limit)
    if value.denominator in (1, 10, 100, 1000, 10**6):  # the border itself, where it can be written
        assert says(f"{text} {sign} d", **figures, d=float(value)) is _COMPARED[sign](value, value)
