"""What of a plan rests on who holds a role (在岗人数): the product counts that itself, from the contacts of today."""

from __future__ import annotations

from itertools import chain

from models.plan.clock_bound import row_expressions
from models.plan.model import HOLDERS, Plan, Requirement


def rests_on_contacts(plan: Plan, requirement: Requirement) -> bool:
    """Whether a requirement, or a figure behind it, asks how many hold a role."""
    counted = any(plan.indicators[name].is_counted for name in plan.behind[requirement.key])
    over_rows = (name for one in row_expressions(plan, requirement) for name in one.names)
    return counted or any(name.startswith(HOLDERS) for name in over_rows)


def counts_holders_of_rows(plan: Plan) -> bool:
    """Whether a condition over rows asks how many contacts answer for each."""
    if not plan.roles:
        return False
    of_duties = (one for requirement in plan.requirements for one in row_expressions(plan, requirement))
    of_figures = (one.rows.where for one in plan.indicators.values() if one.rows is not None and one.rows.where)
    asked = (name for one in chain(of_duties, of_figures) for name in one.names)
    return any(name.startswith(HOLDERS) for name in asked)
