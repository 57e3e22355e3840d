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
_SHIFTED = re.compile(r"(?P<name>[a-z][a-z0-9_]*) (?P<sign>[+-]) (?P<days>[0-9]+)")
_LATER_ZH = {"+": "后", "-": "前"}


def is_day(indicator: Indicator) -> bool:
    """True for the first or the last day of some rows."""
    return indicator.rows is not None and indicator.rows.kind in ("first", "last") and indicator.roll_up != "mean"


def day_of(plan: Plan, days: float) -> str:
    """The day that lies so many days from the standard time; of a moment the day in which it falls."""
    return str(date.fromordinal(plan.standard_time.date().toordinal() + int(days // 1)))


def days_compared(plan: Plan, clause: Clause) -> tuple[pl.Expr, pl.Expr] | None:
    """A comparison of a day with what is a day too, in English and in Chinese; None for any other."""
    left = plan.indicators.get(clause.left or "")
    if left is None or not is_day(left) or clause.right is None or clause.operator is None:
        return None
    bound = _bound(plan, clause.right)
    if bound is None:
        return None
    own, (zh, en) = _told(plan, pl.col(left.id)), _MUST[clause.operator]
    return (
        pl.concat_str(pl.lit(f"{left.id} = "), own.fill_null("none yet"), pl.lit(f", {en} "), bound[0]),
        pl.concat_str(pl.lit(left.title), own.fill_null("尚无"), pl.lit(f"，{zh}"), bound[1]),
    )


def _bound(plan: Plan, written: str) -> tuple[pl.Expr, pl.Expr] | None:
    """What a day is held against, in English and in Chinese: another day, some days before or after one, or a number of days from
    the standard time; None for anything else."""
    if _WHOLE.fullmatch(written) is not None:
        day = pl.lit(day_of(plan, int(written)))
        return day, day
    shifted = _SHIFTED.fullmatch(written)
    name = written if shifted is None else shifted["name"]
    other = plan.indicators.get(name)
    if other is None or not is_day(other):
        return None
    if shifted is None:
        value = _told(plan, pl.col(name))
        return (
            pl.concat_str(pl.lit(f"{name} = "), value.fill_null("none yet")),
            pl.concat_str(pl.lit(other.title), value.fill_null("尚无")),
        )
    value = _told(plan, pl.col(name) + int(f"{shifted['sign']}{shifted['days']}"))
    when = f"{other.title}{_LATER_ZH[shifted['sign']]}{shifted['days']}天"
    return (
        pl.concat_str(pl.lit(f"{written} = "), value.fill_null("none yet")),
        pl.concat_str(pl.lit(f"{when}（"), value.fill_null("尚无"), pl.lit("）")),
    )


def _told(plan: Plan, days: pl.Expr) -> pl.Expr:
    since = pl.duration(days=days.floor().cast(pl.Int64, strict=False))
    return (pl.lit(plan.standard_time.date()) + since).dt.to_string("%Y-%m-%d")
