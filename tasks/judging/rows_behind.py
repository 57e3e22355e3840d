"""The rows behind a duty, and behind the figures of one: from the duty to the figures to the rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from models.plan.lists import Register
from models.plan.model import Plan
from models.plan.row_expressions import Clock
from models.rules.judging.small_rows import without_small_cells
from models.rules.judging.tree import below
from models.rules.registers.computed import with_computed
from models.rules.registers.duties import RowDuties
from models.rules.registers.frames import CODE, NIL, WITHDRAWN
from models.rules.registers.holders import with_holders
from models.rules.registers.offices import OFFICE, nearest_units, with_offices
from models.rules.registers.shown import ShownRow, shown_rows
from models.status import DutyStatus
from models.units import Level
from tasks.campaign.affiliation import affiliation_of
from tasks.campaign.store import Store
from tasks.judging.part import Part
from tasks.judging.rows import Rows
from tasks.judging.rows_in_hand import Kept

MOST = 200
"""Rows that are shown of a duty."""


@dataclass(frozen=True)
class RowsBehind:
    """Rows of one register, at most MOST of `count`. figure: the indicator that is drawn from them; None for a duty over rows.

    telling: the columns that the duty or the figure goes by.
    """

    register: Register
    rows: tuple[ShownRow, ...]
    count: int
    telling: tuple[str, ...]
    figure: str | None = None


def rows_of_duty(duties: RowDuties, duty: DutyStatus) -> RowsBehind:
    """What a duty over rows is about, what is not met first."""
    found, each, plan = duties.about(duty.unit, duty.period), duties.each, duties.plan
    telling = [*each.met_when.names, *([each.due] if each.due else [])]
    return RowsBehind(
        register=duties.register,
        rows=_shown(found, duties.register, plan),
        count=found.height,
        telling=tuple(name for name in duties.register.columns if name in telling),
    )


def _shown(rows: pl.DataFrame, register: Register, plan: Plan) -> tuple[ShownRow, ...]:
    """The first of some rows, without the cells that may not be shown."""
    return tuple(shown_rows(without_small_cells(rows.head(MOST), register, plan), register, plan.zone))


def each_once(behind: Iterable[RowsBehind]) -> list[ShownRow]:
    """The rows behind a duty, at most MOST, those behind several of its figures once."""
    found = {(one.register.id, row.code, row.key): row for one in behind for row in one.rows}
    return list(found.values())[:MOST]


def rows_of_figures(
    store: Store, plan: Plan, names: Collection[str], unit: str, until: datetime
) -> tuple[RowsBehind, ...]:
    """Of each figure among `names`, and of what those are made of, the rows at and below `unit` that it is drawn from."""
    drawn = [plan.indicators[name] for name in sorted(plan.base_indicators(frozenset(names)))]
    around = store.provinces_with(unit)
    rows = Rows(store, plan, until, around, part=Part.of(below(store.units(provinces=around), unit), unit))
    clock, found = Clock(until.astimezone(plan.zone), plan.standard_time, affiliation_of(store)), []
    for indicator in drawn:
        if indicator.rows is None:
            continue
        register, kept = plan.registers[indicator.rows.register], rows.behind(indicator)
        inside = kept.rows.filter(_at_or_below(unit, kept)).filter(~pl.col(WITHDRAWN) & ~pl.col(NIL))
        own = with_offices(inside, register, kept.units, kept.chains)
        if indicator.rows.own:
            own = own.filter(_kept_at(indicator.level, kept))
        own, where = with_computed(own, register, clock), indicator.rows.where
        own = with_holders(own, where.names if where else (), kept.contacts)
        # which rows are counted is told by cells that may be shown: of fewer than three births not even that
        told = without_small_cells(own, register, plan)
        counted = own if where is None else own.filter(told.select(where.polars(clock).fill_null(False)).to_series())
        telling = {indicator.rows.column, *(where.names if where else ())}
        found.append(
            RowsBehind(
                register=register,
                rows=_shown(counted, register, plan),
                count=counted.height,
                telling=tuple(name for name in register.columns if name in telling),
                figure=indicator.id,
            )
        )
    return tuple(found)


def _kept_at(level: Level, kept: Kept) -> pl.Expr:
    """True for rows whose keeper is an office of a level."""
    return pl.col(OFFICE).is_in(kept.units.filter(pl.col("level") == level)["unit"].implode())


def _at_or_below(unit: str, kept: Kept) -> pl.Series:
    """Whether each row is coded at a unit or below it."""
    inside = kept.chains.filter(pl.col("ancestor") == unit)["unit"]
    return nearest_units(kept.rows[CODE], kept.units).is_in(inside.implode()).fill_null(False)
