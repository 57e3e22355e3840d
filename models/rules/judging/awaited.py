"""What a missing figure waits for (缺数待谁): rows of a list, other figures, or offices, and how many of them."""

from __future__ import annotations

from collections.abc import Iterator

from models.plan.model import Indicator, Plan
from models.units import LEVELS, Level
from models.wording import COMMA, Said

OFFICES_ZH: dict[Level, str] = {
    "province": "个省",
    "city": "个市",
    "county": "个县",
    "township": "个乡镇",
    "village": "个村",
    "district": "个普查小区",
}


def made_of(plan: Plan, indicator: Indicator) -> Said:
    """What is to be sent for a figure that nobody reports as such: rows, or other figures of every level."""
    if indicator.roll_up == "is" and indicator.where is not None:
        titles = "、".join(plan.indicators[name].title for name in indicator.where.names)
        return Said(f"（由{titles}算出）", f" (made of {', '.join(indicator.where.names)})")
    behind = list(_drawn_from(plan, indicator))
    if not behind or any(one.rows is None for one in behind):
        return Said("", "")
    found = {one.rows.register: plan.registers[one.rows.register].title for one in behind if one.rows is not None}
    decides = any(one.rows is not None and one.rows.where is not None for one in behind)
    return Said(
        f"（{'、'.join(found.values())}未报送{'，或所需栏目未填' if decides else ''}）",
        f" ({COMMA.en.join(found)} not sent{', or cells that decide are empty' if decides else ''})",
    )


def own_lists(plan: Plan, indicator: Indicator, level: Level) -> bool:
    """True for a figure drawn from lists alone that offices of `level`, or above, keep: no office below them is awaited."""
    behind = list(_drawn_from(plan, indicator))
    kept_by = [plan.registers[one.rows.register].kept_by for one in behind if one.rows is not None]
    if not behind or len(kept_by) < len(behind):
        return False
    return all(LEVELS.index(one) <= LEVELS.index(level) for levels in kept_by for one in levels)


def _drawn_from(plan: Plan, indicator: Indicator) -> Iterator[Indicator]:
    """The figures that one is in the end made of: those that are reported, or drawn from rows."""
    if indicator.rows is not None or indicator.where is None:
        yield indicator
        return
    for name in indicator.where.names:
        yield from _drawn_from(plan, plan.indicators[name])


def keepers(plan: Plan, indicator: Indicator, offices: str) -> str:
    """Whom a figure awaits: the offices of its level, or those at and below it who keep the rows that it is drawn from."""
    if indicator.rows is None or indicator.rows.own:
        return offices
    kept_by = plan.registers[indicator.rows.register].kept_by
    if len(kept_by) > 1:
        return "个单位"
    return OFFICES_ZH[max(kept_by[0], indicator.level, key=LEVELS.index)]
