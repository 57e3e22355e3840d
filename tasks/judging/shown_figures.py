"""The figures that a requirement shows beside its own (`shows`): worked out for one office when somebody asks, in no pass."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from models.plan.districts_known import with_counts_of_districts
from models.plan.model import Requirement
from models.rules.judging.offices import Offices
from models.rules.judging.rollup import figures
from models.rules.judging.tree import above, below
from models.units import DIGITS, LEVELS, Level
from tasks.campaign.store import Store
from tasks.judging.rows import Rows, reported


def shown_figures(store: Store, requirement: Requirement, unit: str, as_of: datetime) -> pl.DataFrame:
    """The figures of one office that stand in `shows`, in one row with their counts, as `rollup.figures` gives them.

    Those of a level above the office's own are left out.
    """
    plan = store.plan()
    around = store.provinces_with(unit)
    here = below(store.units(provinces=around), unit)
    level: Level = here.filter(pl.col("unit") == unit)["level"].item()
    shown = [name for name in requirement.shows if LEVELS.index(plan.indicators[name].level) >= LEVELS.index(level)]
    names = plan.base_indicators(frozenset(shown))
    typed = reported(plan, with_counts_of_districts(plan, names))
    own = None if len(unit) == DIGITS["province"] else here["unit"].to_list()
    readings = store.readings(typed, as_of, {unit[: DIGITS["province"]]}, own)
    rows = Rows(store, plan, as_of, around)
    drawn = rows.readings(names)
    written = pl.concat([store.written(typed, as_of, {unit[: DIGITS["province"]]}), rows.written()])
    found = figures(pl.concat([readings, drawn]), Offices(here, above(here)), plan, shown, level, written=written)
    return found.filter(pl.col("unit") == unit)
