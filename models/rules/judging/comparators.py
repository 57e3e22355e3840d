"""What a figure is held against besides its limit (参照数), such as a national average: told, and never a limit itself."""

from __future__ import annotations

import polars as pl

from models.plan.expressions import read_expression
from models.plan.model import Requirement
from models.wording import Said

_SIDES = {
    "<": Said("低于{title} {value:.15g}", "below {title} {value:.15g}"),
    "=": Said("与{title} {value:.15g} 持平", "equal to {title} {value:.15g}"),
    ">": Said("高于{title} {value:.15g}", "above {title} {value:.15g}"),
}


def compared(requirement: Requirement) -> tuple[pl.Expr, pl.Expr] | None:
    """On which side of its comparator a figure lies, in English and in Chinese; null where the figure is not known.

    None where the requirement has no comparator. Over the columns of a frame of figures.
    """
    comparator = requirement.compare
    if comparator is None:
        return None
    figure = requirement.met_when.clauses[0].left
    sides = {sign: read_expression(f"({figure}) {sign} {comparator.value!r}").polars() for sign in _SIDES}
    named = {"title": comparator.title, "value": comparator.value}
    english = [pl.when(holds).then(pl.lit(_SIDES[sign].en.format(**named))) for sign, holds in sides.items()]
    chinese = [pl.when(holds).then(pl.lit(_SIDES[sign].zh.format(**named))) for sign, holds in sides.items()]
    return pl.coalesce(english), pl.coalesce(chinese)
