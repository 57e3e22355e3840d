"""Judging: read what is known, judge it, and gather it into what people look at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, cached_property

import polars as pl

from models.moments import moment_at
from models.plan.districts_known import with_counts_of_districts
from models.plan.model import Plan, Requirement
from models.plan.periods import Period, spoken_period
from models.rules.judging.judging import SCHEMA, Judgement, ReadingsOf, judge, with_decisions, with_timing
from models.rules.judging.periods import PeriodNames, readings_within
from models.rules.judging.reasons import reasons
from models.rules.judging.rollup import Offices, stored_level
from models.rules.judging.settled import NOTHING, Settled, oldest_start, since_of
from models.rules.judging.tree import NAMES, above, below, covered
from models.status import DutyStatus
from models.units import DIGITS, LEVELS, NATION, Level
from models.wording import Said
from tasks.campaign.store import Store


@dataclass(frozen=True)
class Judged:
    """A judgement with the plan, the scope and the units it was made on.

    newest: the moment of the figure that holds for each indicator that is judged once (those of periods left out) and
    each unit: indicator, unit (both categorical), as_of. planned: the duties as they were judged before what people decided,
    with `decided`. settled: the periods of which only what is not met is among the verdicts.
    """

    plan: Plan
    scope: str | None
    units: pl.DataFrame
    chains: pl.DataFrame
    judgement: Judgement
    newest: pl.DataFrame
    planned: pl.DataFrame = field(repr=False)
    settled: Settled = field(default=NOTHING, repr=False)

    @property
    def verdicts(self) -> pl.DataFrame:
        return self.judgement.verdicts

    def figures_as_of(self, unit: str | None = None) -> int | None:
        """The moment of the newest figure at and below `unit` (of all for None), None if nothing was ever reported there."""
        found = self._newest_of_units
        if unit is not None:
            under = self.chains.filter(pl.col("ancestor") == unit).select("unit")
            found = found.join(under, on="unit", how="semi")
        moment = found["as_of"].max()
        return None if moment is None else int(str(moment))

    @cached_property
    def _newest_of_units(self) -> pl.DataFrame:
        return self.newest.group_by("unit").agg(pl.col("as_of").max()).cast({"unit": pl.String})

    def only(self, phases: Collection[str]) -> Judged:
        """What judging these phases alone would have found."""
        requirements = _of_phases(self.plan, phases)
        units = self.units.filter(pl.col("level").is_in(_levels(self.plan, requirements, self.scope)))
        places = [place for place, one in enumerate(self.plan.requirements) if one.phase in phases]
        return replace(
            self,
            units=units,
            chains=self.chains.join(units, on="unit", how="semi", maintain_order="left"),
            judgement=self.judgement.but(self.verdicts.filter(pl.col("place").is_in(places))),
            newest=_newest(_of_indicators(self.newest, _judged_once(self.plan, requirements)), units),
            planned=self.planned.filter(pl.col("place").is_in(places)),
            settled=self.settled.at(units, places),
        )


Judges = Callable[[Store, str | None, datetime, Collection[str] | None], Judged]
"""Whoever judges the duties of some phases (None: all) at a moment, as `judge_all` does."""


def judge_all(
    store: Store,
    scope: str | None,
    now: datetime,
    phases: Collection[str] | None = None,
    settled: Settled = NOTHING,
) -> Judged:
    """Judge every duty at and below `scope` (everywhere for None) on what was known at `now`.

    settled: periods that need not be judged again; of them only what is not met is among the duties.
    """
    plan = store.plan()
    requirements = _of_phases(plan, phases)
    scope = None if scope == NATION else scope
    around = store.provinces_with(scope)
    units = store.units(_levels(plan, requirements, scope), provinces=around)
    # asked of all units around: a scope below the unit of an overlay does not hold it
    covered_by = {unit: covered(units, unit) for unit in plan.overlay_units}
    if scope is not None:
        units = below(units, scope)
    chains = above(units)
    chosen = set(requirements)
    settled = settled.at(units, [place for place, one in enumerate(plan.requirements) if one in chosen])
    provinces = None if scope is None else set(units["unit"].str.head(2))
    readings_of = _readings_of(store, requirements, now, settled, provinces)
    calendar = store.calendar()
    judgement = judge(
        plan,
        Offices(units, chains, covered_by),
        readings_of,
        calendar,
        now,
        requirements=requirements,
        since=since_of(settled, plan.zone),
    )
    planned = pl.concat([judgement.verdicts, settled.left.select(SCHEMA.names())])
    decided = with_decisions(planned, store.decisions(around), plan, calendar)
    # timing comes last: what people decided may have moved a due moment
    return Judged(
        plan=plan,
        scope=scope,
        units=units,
        chains=chains,
        judgement=judgement.but(with_timing(decided, now)),
        newest=_newest(_of_indicators(readings_of(None), _judged_once(plan, requirements)), units),
        planned=planned.with_columns(decided=decided["waived"] | (decided["due"] != planned["due"])),
        settled=settled,
    )


def _of_phases(plan: Plan, phases: Collection[str] | None) -> list[Requirement]:
    return [r for r in plan.requirements if phases is None or r.phase in phases]


def _newest(readings: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """The moments of the readings of these units: indicator, unit, as_of."""
    here = readings.join(units.select(pl.col("unit").cast(NAMES)), on="unit", how="semi", maintain_order="left")
    return here.select("indicator", "unit", "as_of")


def _readings_of(
    store: Store,
    requirements: Sequence[Requirement],
    now: datetime,
    settled: Settled,
    provinces: Collection[str] | None,
) -> ReadingsOf:
    """The readings that hold at `now`, and those of each period: three reads, however many levels and periods."""
    plan = store.plan()
    periodic, since = [requirement for requirement in requirements if requirement.every], since_of(settled, plan.zone)
    periods = [period for requirement in periodic for period in plan.periods(requirement, now, since)]
    latest = store.readings(with_counts_of_districts(plan, _judged_once(plan, requirements)), now, provinces)
    history, names = latest.clear(), PeriodNames.of(plan, periodic)
    if periods:
        if since is None:
            first = min(period.starts for period in periods)
            before = store.readings(names.districts, first - timedelta(microseconds=1), provinces)
        else:
            first, before = oldest_start(plan, since), settled.known
        newer = store.reading_history(names.all, first, now, provinces)
        history = pl.concat([before, newer]).sort("indicator", "unit", maintain_order=True)
    known: dict[Period | None, pl.DataFrame] = {None: latest}

    def of_period(period: Period | None) -> pl.DataFrame:
        if period is not None and period not in known:
            known[period] = readings_within(history, period, names)
        return known[period]

    return of_period


def _judged_once(plan: Plan, requirements: Iterable[Requirement]) -> frozenset[str]:
    """The indicators that those of these requirements without periods are judged on, and what those are derived from."""
    return frozenset[str]().union(*(plan.behind[r.key] for r in requirements if not r.every))


def _of_indicators(readings: pl.DataFrame, names: Collection[str]) -> pl.DataFrame:
    return readings.filter(pl.col("indicator").is_in(pl.Series(sorted(names), dtype=NAMES).implode()))


def _levels(plan: Plan, requirements: Iterable[Requirement], scope: str | None) -> set[Level]:
    """The levels whose offices matter: those that owe or report something, that of `scope`, and everyone above them."""
    deepest = 0
    for requirement in requirements:
        stored = (stored_level(plan.indicators[name], requirement.judged_at) for name in plan.behind[requirement.key])
        deepest = max(deepest, *(LEVELS.index(level) for level in (requirement.judged_at, *stored)))
    levels = {level for place, level in enumerate(LEVELS) if place <= deepest or level == "township"}
    return levels if scope is None else levels | {level for level in LEVELS if DIGITS[level] <= len(scope)}


def duty_statuses(judged: Judged, duties: pl.DataFrame) -> list[DutyStatus]:
    """Duties as people read them, with their reasons, in the order given."""
    plan = judged.plan
    explained = explain_duties(judged, duties)
    named = judged.units.join(explained.select("unit").unique(), on="unit", how="semi")
    names = dict(named.select("unit", "name").iter_rows())
    titles = {phase.id: phase.title for phase in plan.phases}

    @cache
    def day(place: int, period: str, at: int) -> tuple[datetime, Said, bool]:
        """What all offices share that owe one thing by one moment."""
        requirement, due = plan.requirements[place], moment_at(at, plan.zone)
        return due, spoken_period(period, requirement.every), plan.is_default(requirement, period, due)

    found = []
    for row in explained.iter_rows(named=True):
        requirement = plan.requirements[row["place"]]
        due, period_text, by_default = day(row["place"], row["period"], row["due"])
        found.append(
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
                period_text=period_text,
                by_default=by_default,
            )
        )
    return found


def explain_duties(judged: Judged, duties: pl.DataFrame) -> pl.DataFrame:
    """Add reason_zh and reason_en to duties (rows of the verdict frame); null for met ones. Keeps their order."""
    numbered = duties.with_row_index("row")
    parts = []
    for key, group in numbered.partition_by("place", "period", as_dict=True).items():
        requirement = judged.plan.requirements[int(str(key[0]))]
        why = _why(judged, requirement, str(key[1]), group)
        parts.append(group.join(why, on="unit", how="left", maintain_order="left"))
    if not parts:
        return duties.with_columns(reason_en=pl.lit(None, pl.String), reason_zh=pl.lit(None, pl.String))
    return pl.concat(parts).sort("row").drop("row")


def _why(judged: Judged, requirement: Requirement, period: str, duties: pl.DataFrame) -> pl.DataFrame:
    """unit, reason_zh, reason_en of those of a requirement's duties in one period that are not met."""
    wanted = duties.filter(pl.col("standing") != "met").select("unit")
    if not judged.judgement.knows(requirement, period):
        settled = judged.settled.left.filter(pl.col("requirement") == requirement.key, pl.col("period") == period)
        return settled.join(wanted, on="unit", how="semi").select("unit", "reason_en", "reason_zh")
    figures = judged.judgement.figures_of(requirement, period)
    return reasons(judged.plan, requirement, figures.join(wanted, on="unit", how="semi"))
