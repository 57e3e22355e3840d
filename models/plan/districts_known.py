"""How many districts (普查小区) are known: which figures tell, and who needs them beside other figures of districts.

Where nothing of a figure was reported yet they tell how many districts lack it (architecture, rule 1).
"""

from __future__ import annotations

from collections.abc import Collection

from models.plan.model import Plan


def counts_of_districts(plan: Plan) -> frozenset[str]:
    """The figures that are the number of known districts; every report of districts brings them, whatever is in it."""
    every = plan.indicators.values()
    return frozenset(one.id for one in every if one.level == "district" and one.roll_up == "count" and not one.where)


def with_counts_of_districts(plan: Plan, names: Collection[str]) -> frozenset[str]:
    """`names`, and the number of districts where a figure of districts is among them."""
    of_districts = any(plan.indicators[name].level == "district" for name in names)
    return frozenset(names) | (counts_of_districts(plan) if of_districts else frozenset())
