"""Conditions that never or always hold (恒假、恒真的条件): everybody would be chased for ever, or nobody ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from models.plan.draft import Places
from models.plan.grammar import is_condition, parse
from models.plan.layers import Fault
from models.plan.model import FROM_CODES, Indicator, Plan
from models.plan.spans import ANYTHING, FROM_NOTHING, Span, can_be, span_of
from models.units import Level
from models.wording import Said

if TYPE_CHECKING:
    from sqlglot import exp


def pointless(plan: Plan, places: Places) -> Iterator[Fault]:
    """A doubt for each requirement, and each indicator derived by a condition, whose condition is decided beforehand.

    A periodic return of which every figure will do asks for the return itself (登记日报), and is none.
    """
    for requirement in plan.requirements:
        text = requirement.met_when.text
        holds = _decided(text, requirement.judged_at, plan.indicators)
        only_report = holds is True and requirement.every is not None
        if holds is not None and not only_report:
            yield Fault(
                *places["requirement", requirement.key],
                _said(
                    Said(f"“{requirement.title}”的条件", f"the condition of “{requirement.key}”,"),
                    text,
                    Said("只要报了数就算达标", "whatever is reported is enough")
                    if holds
                    else Said("报什么数都不能达标", "whatever is reported, nobody can meet it"),
                    holds=holds,
                    why=_why(text, plan.indicators),
                ),
            )
    for indicator in plan.indicators.values():
        where = indicator.where
        if where is None or not where.condition:
            continue
        holds = _decided(where.text, indicator.level, plan.indicators)
        if holds is not None:
            yield Fault(
                *places["indicator", indicator.id],
                _said(
                    Said(f"指标“{indicator.title}”的条件", f"the condition of “{indicator.id}”,"),
                    where.text,
                    Said("凡报了数的全部计入", "everything that is reported counts")
                    if holds
                    else Said("结果总是0", "nothing ever counts"),
                    holds=holds,
                    why=_why(where.text, plan.indicators),
                ),
            )


def _said(whose: Said, text: str, so: Said, *, holds: bool, why: Said) -> Said:
    how = Said("总是成立", "always holds") if holds else Said("永远不能成立", "never holds")
    return Said(
        f"{whose.zh}“{text}”{how.zh}，{so.zh}：{why.zh}",
        f"{whose.en} “{text}”, {how.en}: {so.en}; {why.en}",
    )


def _decided(text: str, level: Level, indicators: Mapping[str, Indicator]) -> bool | None:
    """What a condition always comes to at offices of `level`; None where figures decide."""
    from sqlglot import exp

    tree = parse(text)
    if not is_condition(text, tree) or not any(tree.find_all(exp.Column, exp.Null)):
        return None
    box = {name: _at(indicators[name], level, indicators) for name in _names(tree) if name in indicators}
    if not can_be(tree, True, box):
        return False
    has_gaps = any(_may_be_zero(node.expression, box) for node in tree.find_all(exp.Div, exp.Mod))
    return True if not has_gaps and not can_be(tree, False, box) else None


def _may_be_zero(divisor: exp.Expr, box: Mapping[str, Span]) -> bool:
    span = span_of(divisor, box)
    return span.low <= 0 <= span.high


def _names(tree: exp.Expr) -> list[str]:
    from sqlglot import exp

    return [column.name for column in tree.find_all(exp.Column)]


def _at(indicator: Indicator, level: Level, indicators: Mapping[str, Indicator]) -> Span:
    """What an indicator can be at offices of `level`, by its own limits and how it is rolled up."""
    if indicator.roll_up in (*FROM_CODES, "count_where", "holders"):
        return FROM_NOTHING
    if indicator.rows is not None:
        return FROM_NOTHING if indicator.rows.kind in ("count_where", "distinct") else ANYTHING
    if indicator.where is not None:
        tree = parse(indicator.where.text)
        names = [name for name in _names(tree) if name in indicators and name != indicator.id]
        at = level if indicator.roll_up == "is" else indicator.level
        one = span_of(tree, {name: _at(indicators[name], at, indicators) for name in names})
        return one if indicator.roll_up == "is" else _summed(one)
    one = ANYTHING.meet(Span(*_limits(indicator)))
    if level == indicator.level or indicator.roll_up != "sum":
        return one
    return _summed(one)


def _limits(indicator: Indicator) -> tuple[Fraction | float, Fraction | float]:
    low = -float("inf") if indicator.minimum is None else Fraction(str(indicator.minimum))
    high = float("inf") if indicator.maximum is None else Fraction(str(indicator.maximum))
    return low, high


def _summed(one: Span) -> Span:
    """Of a sum of any number of parts only the sign is known."""
    if one.low >= 0:
        return FROM_NOTHING
    return Span(high=Fraction(0)) if one.high <= 0 else ANYTHING


def _why(text: str, indicators: Mapping[str, Indicator]) -> Said:
    """What to look at: a null, the ends of a `between`, else numbers, signs and the limits of the indicators."""
    from sqlglot import exp

    tree = parse(text)
    if any(tree.find_all(exp.Null)):
        return Said(
            "null 不是数，与它比较没有结果；未报的指标本来就不算达标，不必写进条件",
            "null is no number and compares with nothing; what is not reported is never met anyhow",
        )
    for between in tree.find_all(exp.Between):
        low, high = (span_of(between.args[end], {}) for end in ("low", "high"))
        if low.low > high.high:
            return Said("between 应先写小的、后写大的", "between takes the smaller number first")
    limited = [indicators[name] for name in dict.fromkeys(_names(tree)) if name in indicators]
    limits = [f"{one.id}: {_limits_of(one)}" for one in limited if _limits_of(one)]
    return Said(
        "请核对数字和符号" + (f"，以及指标的上下限（{'；'.join(limits)}）" if limits else ""),
        "check its numbers and signs" + (f", and the limits ({'; '.join(limits)})" if limits else ""),
    )


def _limits_of(indicator: Indicator) -> str:
    """As min and max stand in the plan; empty where neither does."""
    ends = (("min", indicator.minimum), ("max", indicator.maximum))
    return ", ".join(f"{name} {end:.15g}" for name, end in ends if end is not None)
