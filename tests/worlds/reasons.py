"""Why one office is said not to meet a requirement: what its figures are, and the sentence in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from worlds.plans import plan_of
from worlds.plans_over_rows import plan_over_rows

from models.plan.model import Plan
from models.rules.judging.reasons import reasons
from models.rules.judging.small_cells import ALONE

Figure = float | None | tuple[float | None, int, int] | tuple[None, int, int, int]
"""A value, or (value, reported, expected, unknown or none)."""
LISTS = """
title: 问题清单
kept_by: KEEPER
rows_at: [township, village]
key: [row]
columns:
  row: {title: 序号, type: number}
  day: {title: 日期, type: date}
"""


def why_of(plan: Plan, figures: Mapping[str, Figure], alone: bool = False) -> tuple[str, str]:
    """English and Chinese reason of one office under the only requirement of a plan."""
    columns = {"unit": pl.Series(["13"]), ALONE: pl.Series([alone])}
    for name, given in figures.items():
        given = given if isinstance(given, tuple) else (given, int(given is not None), 1)
        value, told, behind, unknown = given if len(given) == 4 else (*given, 0)
        columns[name] = pl.Series([value], dtype=pl.Float64)
        columns[f"{name}:reported"], columns[f"{name}:expected"] = pl.Series([told]), pl.Series([behind])
        columns[f"{name}:unknown"] = pl.Series([unknown])
    _, english, chinese = reasons(plan, plan.requirements[0], pl.DataFrame(columns)).row(0)
    return english, chinese


def why_over_rows(
    condition: str,
    figure: str = 'count_where: "row > 5"',
    kept_by: str = "county",
    others: Sequence[str] = (),
    **figures: Figure,
) -> tuple[str, str]:
    """The same for a county, of figures drawn from rows; figure: how `unsolved` is; others: further indicators `id: {…}`."""
    indicators = [
        f"unsolved: {{title: 未办结问题, level: county, register: problems, {figure}}}",
        "funds: {title: 到位经费, level: county, unit: yuan, roll_up: sum}",
        "spent: {title: 支出经费, level: county, unit: yuan, roll_up: sum}",
        'share: {title: 支出比例, level: county, is: "spent / funds"}',
        *others,
    ]
    asked = f'{{id: r, title: 乙, judged_at: county, met_when: "{condition}", due: 2020-11-20}}'
    text = plan_over_rows({"problems": LISTS.replace("KEEPER", kept_by)}, [asked], indicators=indicators)
    return why_of(plan_of(text), figures)
