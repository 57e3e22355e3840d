"""What a figure is held against besides its limit (参照数), such as a national average: told, and never a limit itself.

A requirement's `compare` says on which side of it the figure lies; what an indicator has `beside` it stands beside it.
"""

from __future__ import annotations

import polars as pl

from models.plan.expressions import Expression, read_expression
from models.plan.model import Plan, Requirement
from models.rules.judging.allowed import surely
from models.rules.judging.bounds import are_loose
from models.vocabulary import UNIT_ZH, bracketed
from models.wording import COMMA, Said

_SIDES = {
    "<": Said("低于{title} {value:.15g}", "below {title} {value:.15g}"),
    "=": Said("与{title} {value:.15g} 持平", "equal to {title} {value:.15g}"),
    ">": Said("高于{title} {value:.15g}", "above {title} {value:.15g}"),
}


def compared(requirement: Requirement, figures: pl.DataFrame) -> tuple[pl.Expr, pl.Expr] | None:
    """On which side of its comparator a figure lies, in English and in Chinese; null where the figure, or that, is not known.

    None where the requirement has no comparator. Over the columns of a frame of figures, which is `figures`.
    """
    comparator = requirement.compare
    if comparator is None:
        return None
    figure = requirement.met_when.clauses[0].left
    sides = {sign: _lies(read_expression(f"({figure}) {sign} {comparator.value!r}"), figures) for sign in _SIDES}
    named = {"title": comparator.title, "value": comparator.value}
    english = [pl.when(holds).then(pl.lit(_SIDES[sign].en.format(**named))) for sign, holds in sides.items()]
    chinese = [pl.when(holds).then(pl.lit(_SIDES[sign].zh.format(**named))) for sign, holds in sides.items()]
    return pl.coalesce(english), pl.coalesce(chinese)


def _lies(side: Expression, figures: pl.DataFrame) -> pl.Expr:
    """Whether a figure lies there; one with words where all that it allows does."""
    return pl.lit(surely(side, figures).yes) if are_loose(figures, side.names) else side.polars()


def beside(plan: Plan, requirement: Requirement) -> Said | None:
    """What the figures of a condition are shown with: 参照：全国平均 8.7元/人（山西省2020-08-03推进会）; None for nothing."""
    named = [plan.indicators[name] for name in requirement.met_when.names]
    each = [
        Said(
            f"{one.title} {one.value:.15g}{UNIT_ZH.get(figure.unit or '', figure.unit or '')}{bracketed(one.source, 'zh')}",
            f"{one.title} {one.value:.15g}{bracketed(one.source, 'en')}",
        )
        for figure in named
        for one in figure.beside
    ]
    if not each:
        return None
    return Said(f"参照：{COMMA.zh.join(one.zh for one in each)}", f"beside: {COMMA.en.join(one.en for one in each)}")
