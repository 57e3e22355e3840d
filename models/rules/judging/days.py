"""Figures that are days (首末日期): counted from the standard time, and told as the days that they are.

An office is late on a day of the calendar and not at -25: 普查员首期培训2020-10-07.
"""

from __future__ import annotations

import re
from datetime import date

import polars as pl

from models.plan.expressions import Clause
from models.plan.model import Indicator, Plan

_MUST = {
    "=": ("应为", "must be"),
    "<>": ("不应为", "must not be"),
    ">=": ("应不早于", "must not be before"),
    "<=": ("应不晚于", "must not be after"),
    ">": ("应晚于", "must be after"),
    "<": ("应早于", "must be before"),
}
_WHOLE = re.compile(r"-?[0-9]+")


def is_day(indicator: Indicator) -> bool:
    """True for the first or the last day of some rows."""
    return indicator.rows is not None and indicator.rows.kind in ("first", "last") and indicator.roll_up != "mean"


def day_of(plan: Plan, days: float) -> str:
    """The day that lies so many days from the standard time; of a moment the day in which it falls."""
    return str(date.fromordinal(plan.standard_time.date().toordinal() + int(days // 1)))


def days_compared(plan: Plan, clause: Clause) -> tuple[pl.Expr, pl.Expr] | None:
    """A comparison of a day with another, or with a number of days from the standard time; None for any other."""
    left = plan.indicators.get(clause.left or "")
    if left is None or not is_day(left) or clause.right is None or clause.operator is None:
        return None
    right = plan.indicators.get(clause.right)
    zh, en = _MUST[clause.operator]
    if right is not None and is_day(right):
        own = (_told(plan, right.id), pl.lit(right.title), pl.lit(f"{right.id} = "))
    elif right is None and _WHOLE.fullmatch(clause.right) is not None:
        own = (pl.lit(day_of(plan, int(clause.right))), pl.lit(""), pl.lit(""))
    else:
        return None
    value, titled, named = own
    return (
        pl.concat_str(
            pl.lit(f"{left.id} = "),
            _told(plan, left.id).fill_null("none yet"),
            pl.lit(f", {en} "),
            named,
            value.fill_null("none yet"),
        ),
        pl.concat_str(
            pl.lit(left.title),
            _told(plan, left.id).fill_null("尚无"),
            pl.lit(f"，{zh}"),
            titled,
            value.fill_null("尚无"),
        ),
    )


def _told(plan: Plan, name: str) -> pl.Expr:
    days = pl.duration(days=pl.col(name).floor().cast(pl.Int64, strict=False))
    return (pl.lit(plan.standard_time.date()) + days).dt.to_string("%Y-%m-%d")
