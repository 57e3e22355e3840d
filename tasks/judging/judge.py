"""Judging: read what is known, judge it, and gather it into what people look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from models.moments import micros, moment_or_none
from models.plan.model import Period, Plan, Requirement
from models.rules.judging.judging import Judgement, ReadingsOf, judge, with_decisions, with_timing
from models.rules.judging.reasons import reasons
from models.rules.judging.rollup import Offices, stored_level
from models.rules.judging.tree import NAMES, above, below, covered
from models.status import DutyStatus
from models.units import DIGITS, LEVELS, NATION, Level
from models.wording import Said
from tasks.campaign.store import Store, last_of_each


@dataclass(frozen=True)
class Judged:
    """A judgement with the plan and the units it was made on."""

    plan: Plan
    units: pl.DataFrame
    chains: pl.DataFrame
    judgement: Judgement
    figures_as_of: int | None

    @property
    def verdicts(self) -> pl.DataFrame:
        return self.judgement.verdicts


def judge_all(store: Store, scope: str | None, now: datetime, phases: Collection[str] | None = None) -> Judged:
    """Judge every duty at and below `scope` (everywhere for None) on what was known at `now`."""
    plan = store.plan()
    requirements = [r for r in plan.requirements if phases is None or r.phase in phases]
    levels = _levels(plan, requirements)
    if scope is not None and scope != NATION:
        levels |= {level for level in LEVELS if DIGITS[level] <= len(scope)}
    units = store.units(levels)
    covered_by = {unit: covered(units, unit) for unit in plan.overlay_units}
    if scope is not None and scope != NATION:
        units = below(units, scope)
    chains = above(units)
    readings_of = _readings_of(store, plan, requirements, now)
    calendar = store.calendar()
    judgement = judge(
        plan, Offices(units, chains), readings_of, calendar, now, requirements=requirements, covered_by=covered_by
    )
    decided = with_decisions(judgement.verdicts, store.decisions(), plan, calendar)
    here = readings_of(None).join(units.select(pl.col("unit").cast(NAMES)), on="unit", how="semi")["as_of"].max()
    newest = here if isinstance(here, int) else None
    return Judged(plan, units, chains, judgement.but(with_timing(decided, now)), newest)


def _readings_of(store: Store, plan: Plan, requirements: Sequence[Requirement], now: datetime) -> ReadingsOf:
    """The readings that hold at `now`, and those of each period: two reads, however many levels and periods."""
    periodic = [requirement for requirement in requirements if requirement.every]
    periods = [period for requirement in periodic for period in plan.periods(requirement, now)]
    latest = store.readings(_behind(plan, (r for r in requirements if not r.every)), now)
    history = latest.clear()
    if periods:
        history = store.reading_history(_behind(plan, periodic), min(period.starts for period in periods), now)
    known: dict[Period | None, pl.DataFrame] = {None: latest}

    def of_period(period: Period | None) -> pl.DataFrame:
        if period is not None and period not in known:
            inside = (pl.col("as_of") >= micros(period.starts)) & (pl.col("as_of") < micros(period.ends))
            known[period] = last_of_each(history.filter(inside))
        return known[period]

    return of_period


def _behind(plan: Plan, requirements: Iterable[Requirement]) -> frozenset[str]:
    """The indicators that these requirements are judged on, and what those are derived from."""
    return plan.base_indicators(frozenset(name for r in requirements for name in r.met_when.names))


def _levels(plan: Plan, requirements: Iterable[Requirement]) -> set[Level]:
    """The levels whose offices matter: those that owe or report something, and everyone above them."""
    deepest = 0
    for requirement in requirements:
        names = plan.base_indicators(frozenset(requirement.met_when.names))
        stored = (stored_level(plan.indicators[name], requirement.judged_at) for name in names)
        deepest = max(deepest, *(LEVELS.index(level) for level in (requirement.judged_at, *stored)))
    return {level for place, level in enumerate(LEVELS) if place <= deepest or level == "township"}


def duty_lines(judged: Judged, duties: pl.DataFrame) -> list[DutyStatus]:
    """Duties as people read them, with their reasons, in the order given."""
    plan = judged.plan
    told = explain_duties(judged, duties)
    named = judged.units.join(told.select("unit").unique(), on="unit", how="semi")
    names = dict(named.select("unit", "name").iter_rows())
    titles = {phase.id: phase.title for phase in plan.phases}
    lines = []
    for row in told.iter_rows(named=True):
        requirement = plan.requirements[row["place"]]
        due = moment_or_none(row["due"], plan.zone)
        assert due is not None
        lines.append(
            DutyStatus(
                phase=requirement.phase,
                phase_title=titles[requirement.phase],
                requirement=requirement.id,
                title=requirement.title,
                unit=row["unit"],
                unit_name=names.get(row["unit"], row["unit"]),
                period=row["period"],
                due=due,
                standing=row["standing"],
                timing=row["timing"],
                reason=Said(row["reason_zh"] or "", row["reason_en"] or ""),
                no=requirement.no,
                waived=row["waived"],
            )
        )
    return lines


def explain_duties(judged: Judged, duties: pl.DataFrame) -> pl.DataFrame:
    """Add reason_zh and reason_en to duties (rows of the verdict frame); null for met ones. Keeps their order."""
    numbered = duties.with_row_index("row")
    parts = []
    for key, group in numbered.partition_by("place", "period", as_dict=True).items():
        requirement = judged.plan.requirements[int(str(key[0]))]
        figures = judged.judgement.figures[(str(key[1]), requirement.judged_at)]
        wanted = group.filter(pl.col("standing") != "met").select("unit")
        told = reasons(judged.plan, requirement, figures.join(wanted, on="unit", how="semi"))
        parts.append(group.join(told, on="unit", how="left", maintain_order="left"))
    if not parts:
        return duties.with_columns(reason_en=pl.lit(None, pl.String), reason_zh=pl.lit(None, pl.String))
    return pl.concat(parts).sort("row").drop("row")
