"""Two sources compared (比对核实): met where they agree, or where somebody has looked into it since the newer figure."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from models.plan.model import Comparison, Requirement
from models.rules.judging.allowed import answered
from models.rules.judging.rollup import as_of


def answer(requirement: Requirement) -> pl.Expr:
    """Whether a requirement is met, over the columns of `rollup.figures`; null where it cannot be decided."""
    agree = requirement.met_when.polars()
    if requirement.verify is None:
        return agree
    return agree | _looked_into(requirement.verify)


def answer_with_words(requirement: Requirement, wide: pl.DataFrame) -> pl.Series:
    """The same of a frame in which words stand behind figures: met where every value that they allow meets it."""
    plainly = wide.select(requirement.met_when.polars()).to_series()
    agree = answered(requirement.met_when, wide, plainly)
    if requirement.verify is None:
        return agree
    return agree | wide.select(_looked_into(requirement.verify)).to_series()


def also_read(requirements: Iterable[Requirement]) -> frozenset[str]:
    """The columns in which offices say that they have looked."""
    return frozenset(one.verify.looked for one in requirements if one.verify)


def dated(requirements: Iterable[Requirement]) -> frozenset[str]:
    """The figures of which it matters as of when they are."""
    compared = [one.verify for one in requirements if one.verify]
    return frozenset(name for one in compared for name in (*one.names, one.looked))


def _looked_into(comparison: Comparison) -> pl.Expr:
    """True where both are reported and the answer 是 is as of the newer of them, or later."""
    newer = pl.max_horizontal(pl.col(as_of(name)) for name in comparison.names)
    both = pl.all_horizontal(pl.col(name).is_not_null() for name in comparison.names)
    said_so = (pl.col(comparison.looked) == 1) & (pl.col(as_of(comparison.looked)) >= newer)
    return both & said_so.fill_null(False)
