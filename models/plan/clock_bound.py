"""Plans in which something becomes due, or is done, by the passing of time alone: `held < now`, `days(asked, today) > 3`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models.plan.lists import Register
from models.plan.model import Plan, Requirement
from models.plan.row_expressions import RowExpression

_CLOCK = frozenset({"now", "today"})


def goes_by_the_clock(plan: Plan, requirements: Iterable[Requirement] | None = None) -> bool:
    """Whether some duty, or a figure behind one, may change though nobody reports anything: of `requirements` (None: all)."""
    asked = plan.requirements if requirements is None else requirements
    return any(not _CLOCK.isdisjoint(one.names) for requirement in asked for one in row_expressions(plan, requirement))


def row_expressions(plan: Plan, requirement: Requirement) -> Iterator[RowExpression]:
    """The conditions over rows that a requirement and the figures behind it rest on, and what computes their columns."""
    if requirement.each is not None:
        yield requirement.each.met_when
        if requirement.each.where is not None:
            yield requirement.each.where
        yield from _computed(plan.registers[requirement.each.register])
    for name in plan.behind[requirement.key]:
        drawn = plan.indicators[name].rows
        if drawn is not None:
            if drawn.where is not None:
                yield drawn.where
            yield from _computed(plan.registers[drawn.register])


def _computed(register: Register) -> Iterator[RowExpression]:
    for column in register.computed:
        if column.computed is not None:
            yield column.computed
