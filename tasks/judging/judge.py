"""Judging: read what is known, judge it, and gather it into what people look at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property

import polars as pl

from models.moments import moment_or_none
from models.plan.model import Plan, Requirement
from models.plan.row_labels import codes_in, spoken_label
from models.rules.judging.judged_rows import with_duties_over_rows
from models.rules.judging.judging import SCHEMA, Found, Judgement, Over, WithWords, judge, with_decisions, with_timing
from models.rules.judging.missed import missed, with_missed
from models.rules.judging.newcomers import since_they_came
from models.rules.judging.offices import Offices
from models.rules.judging.reasons import figures_behind, reasons
from models.rules.judging.rollup import stored_level
from models.rules.judging.settled import NOTHING, Settled, since_of
from models.rules.judging.tree import NAMES, above, below
from models.rules.registers.duties import RowDuties
from models.rules.registers.reasons import reasons_of
from models.status import DutyStatus, Missed
from models.units import DIGITS, LEVELS, NATION, Level
from models.wording import Said
from tasks.campaign.former_codes import changes_of_codes, covered_now
from tasks.campaign.store import Store
from tasks.judging.kept_answers import KeptAnswers
from tasks.judging.kept_judgement import DutiesOnCall, Grounds, KeptJudgement, Whole
from tasks.judging.known_readings import judged_once, known_readings
from tasks.judging.part import Part
from tasks.judging.rows import Rows, registers_behind
from tasks.judging.rows_in_hand import RowsInHand

Figures = Mapping[tuple[str, str], pl.DataFrame]
"""By requirement and period: `Judgement.figures`."""


@dataclass(frozen=True)
class Judged:
    """A judgement with the plan, the scope and the units it was made on.

    newest: the moment of the figure that holds for each indicator that is judged once (those of periods left out) and
    each unit, and of what each keeper of a register last sent, under the register's name: indicator, unit (both
    categorical), as_of. planned: the duties as they were judged before what people decided,
    with `decided`. settled: the periods of which only what is not met is among the verdicts. behind: provinces that were
    judged by themselves, since less of them is settled than of the others; what they came to is part of this. answers: what
    lists, and all of it, came to, to be kept by whoever judges all that there is. What few ask for is worked out for them.
    """

    plan: Plan
    scope: str | None
    units: pl.DataFrame
    chains_of: Callable[[], pl.DataFrame] = field(repr=False)
    judgement: Judgement
    newest_of: Callable[[], pl.DataFrame] = field(repr=False)
    planned: pl.DataFrame = field(repr=False)
    settled: Settled = field(default=NOTHING, repr=False)
    behind: tuple[Judged, ...] = field(default=(), repr=False)
    answers: tuple[KeptAnswers | KeptJudgement, ...] = field(default=(), repr=False, compare=False)

    @cached_property
    def chains(self) -> pl.DataFrame:
        """`tree.above` of the units."""
        return self.chains_of()

    @cached_property
    def newest(self) -> pl.DataFrame:
        return self.newest_of()

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

    def with_behind(self, own: Judged) -> Judged:
        """The same, with what a province came to by itself in the place of what it came to among the others."""
        others = ~pl.col("unit").is_in(own.units["unit"].implode())

        def both(of_all: pl.DataFrame, of_own: pl.DataFrame) -> pl.DataFrame:
            return pl.concat([of_all.filter(others), of_own])

        return replace(
            self,
            judgement=replace(
                self.judgement,
                verdicts=both(self.verdicts, own.verdicts),
                figures=_beside(self.judgement.figures, own.judgement.figures, own.units),
            ),
            planned=both(self.planned, own.planned),
            settled=replace(
                self.settled,
                left=both(self.settled.left, own.settled.left),
                met=both(self.settled.met, own.settled.met),
            ),
            behind=(*self.behind, own),
        )

    def only(self, phases: Collection[str]) -> Judged:
        """What judging these phases alone would have found."""
        requirements = of_phases(self.plan, phases)
        units = self.units.filter(pl.col("level").is_in(_levels(self.plan, requirements, self.scope)))
        places = [place for place, one in enumerate(self.plan.requirements) if one.phase in phases]
        return replace(
            self,
            units=units,
            chains_of=lambda: self.chains.join(units, on="unit", how="semi", maintain_order="left"),
            judgement=self.judgement.but(self.verdicts.filter(pl.col("place").is_in(places))),
            newest_of=lambda: _newest(_of_indicators(self.newest, _named(self.plan, requirements)), units),
            planned=self.planned.filter(pl.col("place").is_in(places)),
            settled=self.settled.at(units, places),
        )


@dataclass(frozen=True, eq=False)
class InHand:
    """What judgements of some phases in one scope have worked out, for those that follow of the same while nobody reports
    anything: `Rows` and `judge` say more of each."""

    rows: RowsInHand = field(default_factory=RowsInHand)
    over: Found = field(default_factory=dict)


Judges = Callable[[Store, str | None, datetime, Collection[str] | None], Judged]
"""Whoever judges the duties of some phases (None: all) at a moment, as `judge_all` does."""


def judge_all(
    store: Store,
    scope: str | None,
    now: datetime,
    phases: Collection[str] | None = None,
    settled: Settled = NOTHING,
    only: Requirement | None = None,
    in_hand: InHand | None = None,
) -> Judged:
    """Judge every duty at and below `scope` (everywhere for None) on what was known at `now`.

    settled: periods that need not be judged again; of them only what is not met is among the duties. only: the one requirement
    that somebody asks about. in_hand: what the judgements of before have worked out.
    """
    plan = store.plan()
    requirements = of_phases(plan, phases) if only is None else [only]
    scope = None if scope == NATION else scope
    around = store.provinces_with(scope)
    levels = _levels(plan, requirements, scope)
    units = around_units = store.units(levels, provinces=around)
    # asked of all units around: a scope below the unit of an overlay does not hold it
    with store.reading() as connection:
        came, former = changes_of_codes(connection)
    if scope is not None:
        units = below(units, scope)
    chosen = set(requirements)
    if scope is not None or len(chosen) < len(plan.requirements):
        settled = settled.at(units, [place for place, one in enumerate(plan.requirements) if one in chosen])
    provinces = None if scope is None else set(units["unit"].str.head(2))
    # of a province all of it is read at once; of what is smaller, its own alone
    part = None if scope is None or len(scope) == DIGITS["province"] else Part.of(units, scope)
    answers = KeptAnswers(store, around, few=part is not None)
    rows = Rows(store, plan, now, around, answers=answers, part=part)
    if in_hand is not None:
        rows.take_in_hand(in_hand.rows)
    rows.offices.take(levels, around_units)

    @cache
    def covered_by() -> Mapping[str, pl.Series]:
        # asked of all units around: a scope below the unit of an overlay does not hold it
        return covered_now(around_units, plan.overlay_units, former)

    @cache
    def chains() -> pl.DataFrame:
        return above(units)

    @cache
    def duties_of(requirement: Requirement) -> RowDuties:
        return rows.duties(requirement, covered_by())

    known = known_readings(
        store,
        requirements,
        now,
        settled,
        provinces=provinces,
        units=units,
        rows=rows,
    )
    calendar = store.calendar()
    behind = frozenset[str]().union(*(plan.behind[one.key] for one in requirements))

    def worked_out() -> Whole:
        offices = Offices(units, chains(), covered_by())
        known(None)  # what is drawn now is worded before what was drawn of a period
        found = judge(
            plan,
            offices,
            WithWords(known, store.written(behind, now, provinces), rows.written),
            calendar,
            now,
            requirements=requirements,
            over=Over(since_of(settled, plan.zone), None if in_hand is None else in_hand.over),
        )
        found = found.but(since_they_came(found.verdicts, came, plan.requirements))
        found = with_duties_over_rows(
            found,
            plan=plan,
            offices=offices,
            duties_of=duties_of,
            calendar=calendar,
            requirements=requirements,
        )

        def newest() -> pl.DataFrame:
            once = _of_indicators(known(None), _told_once(plan, requirements))
            return _newest(pl.concat([once, *_heard(found)], how="diagonal"), units)

        return Whole(rows.holds, found.verdicts, found.figures, newest)

    whole = None if part is not None or len(chosen) < len(plan.requirements) else KeptJudgement(store, scope, plan)
    if whole is None:
        found = worked_out()
    else:
        grounds = Grounds(plan, units, came, former, calendar=calendar, settled=settled, known=known)
        found = whole.found(lambda: grounds.word(rows, covered_by, now), now, worked_out)
    judgement = Judgement(found.verdicts, found.figures, DutiesOnCall(requirements, duties_of))
    planned = pl.concat([judgement.verdicts, settled.left.select(SCHEMA.names())])
    decided = with_decisions(planned, store.decisions(around), plan, calendar)
    # timing comes last: what people decided may have moved a due moment
    return Judged(
        plan=plan,
        scope=scope,
        units=units,
        chains_of=chains,
        judgement=judgement.but(with_timing(decided, now)),
        newest_of=found.newest,
        planned=planned.with_columns(decided=decided["waived"] | decided["due"].ne_missing(planned["due"])),
        settled=settled,
        answers=(answers,) if whole is None else (answers, whole),
    )


def _beside(of_all: Figures, of_own: Figures, units: pl.DataFrame) -> Figures:
    """The figures of all, and of periods that only some provinces are judged by again those of `units` beside them."""
    found = dict(of_all)
    for key, figures in of_own.items():
        if key not in found:
            found[key] = figures
        elif found[key].join(units, on="unit", how="semi").is_empty():
            found[key] = pl.concat([found[key], figures], how="diagonal")
    return found


def of_phases(plan: Plan, phases: Collection[str] | None) -> list[Requirement]:
    """The requirements of some phases (None: all), in order."""
    return [r for r in plan.requirements if phases is None or r.phase in phases]


def _newest(readings: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """The moments of the readings of these units: indicator, unit, as_of."""
    here = readings.join(units.select(pl.col("unit").cast(NAMES)), on="unit", how="semi", maintain_order="left")
    return here.select("indicator", "unit", "as_of")


def _heard(judgement: Judgement) -> list[pl.DataFrame]:
    """As of when each keeper last sent rows, under the names of the registers: indicator, unit, as_of."""
    of_registers = {one.register.id: one.heard for one in judgement.rows.values()}
    return [
        heard.select(indicator=pl.lit(name).cast(NAMES), unit=pl.col("unit").cast(NAMES), as_of="as_of")
        for name, heard in of_registers.items()
    ]


def _named(plan: Plan, requirements: Sequence[Requirement]) -> frozenset[str]:
    """Under which names what these requirements are judged on stands in `Judged.newest`."""
    return judged_once(plan, requirements) | registers_behind(plan, requirements)


def _told_once(plan: Plan, requirements: Iterable[Requirement]) -> frozenset[str]:
    """Those of them that somebody tells: what is counted is of the moment at which it is judged."""
    return frozenset(name for name in judged_once(plan, requirements) if not plan.indicators[name].is_counted)


def _of_indicators(readings: pl.DataFrame, names: Collection[str]) -> pl.DataFrame:
    return readings.filter(pl.col("indicator").is_in(pl.Series(sorted(names), dtype=NAMES).implode()))


def _levels(plan: Plan, requirements: Iterable[Requirement], scope: str | None) -> set[Level]:
    """The levels whose offices matter: those that owe or report something, that of `scope`, and everyone above them."""
    deepest = 0
    for requirement in requirements:
        stored = [stored_level(plan.indicators[name], requirement.judged_at) for name in plan.behind[requirement.key]]
        # whom a column names may be any office of those that take part in the register
        each = requirement.each
        owing = plan.registers[each.register].kept_by if each and each.owed_by else ()
        deepest = max(deepest, *(LEVELS.index(level) for level in (requirement.judged_at, *owing, *stored)))
    levels = {level for place, level in enumerate(LEVELS) if place <= deepest or level == "township"}
    return levels if scope is None else levels | {level for level in LEVELS if DIGITS[level] <= len(scope)}


def duty_statuses(judged: Judged, duties: pl.DataFrame) -> list[DutyStatus]:
    """Duties as people read them, with their reasons, in the order given."""
    plan = judged.plan
    explained = explain_duties(judged, duties)
    named = judged.units.join(explained.select("unit").unique(), on="unit", how="semi")
    names = dict(named.select("unit", "name").iter_rows())
    codes = _names_in_labels(judged, explained)
    titles = {phase.id: phase.title for phase in plan.phases}

    @cache
    def day(place: int, period: str, at: int | None) -> tuple[datetime | None, Said, bool]:
        """What all offices share that owe one thing by one moment."""
        requirement, due = plan.requirements[place], moment_or_none(at, plan.zone)
        by_default = due is not None and plan.is_default(requirement, period, due)
        return due, spoken_label(plan, requirement, period, codes), by_default

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
                missed=None if row["in_all"] is None else Missed(row["in_a_row"], row["in_all"]),
            )
        )
    return found


def _names_in_labels(judged: Judged, duties: pl.DataFrame) -> dict[str, str]:
    """The names of the units that stand by their codes in the labels of these duties."""
    found: dict[str, str] = {}
    for (place,), group in duties.partition_by("place", as_dict=True).items():
        rows = judged.judgement.rows.get(judged.plan.requirements[int(str(place))].key)
        if rows is not None:
            codes = pl.DataFrame({"unit": sorted(codes_in(group["period"]))}, schema={"unit": pl.String})
            found |= dict(rows.units.join(codes, on="unit", how="semi").select("unit", "name").iter_rows())
    return found


def explain_duties(judged: Judged, duties: pl.DataFrame) -> pl.DataFrame:
    """Add reason_zh and reason_en to duties (rows of the verdict frame), null for met ones, and in_a_row and in_all: how many
    reports were missed, null where that is not what is wrong. Keeps their order."""
    counted = missed(judged.plan, judged.verdicts, duties)
    numbered = duties.join(counted, on=["place", "unit", "period"], how="left", maintain_order="left").with_row_index(
        "row"
    )
    of_rows = [place for place, one in enumerate(judged.plan.requirements) if one.key in judged.judgement.rows]
    is_of_rows = pl.col("place").is_in(of_rows)
    parts = []
    for key, group in numbered.filter(~is_of_rows).partition_by("place", "period", as_dict=True).items():
        requirement = judged.plan.requirements[int(str(key[0]))]
        why = _why(judged, requirement, str(key[1]), group)
        part = group.join(why, on="unit", how="left", maintain_order="left")
        # what was settled was counted then
        parts.append(with_missed(part) if judged.judgement.knows(requirement, str(key[1])) else part)
    for key, group in numbered.filter(is_of_rows).partition_by("place", as_dict=True).items():
        rows = judged.judgement.rows[judged.plan.requirements[int(str(key[0]))].key]
        why = reasons_of(rows, group.filter(pl.col("standing") != "met"))
        parts.append(group.join(why, on=["unit", "period"], how="left", maintain_order="left"))
    if not parts:
        return numbered.drop("row").with_columns(reason_en=pl.lit(None, pl.String), reason_zh=pl.lit(None, pl.String))
    return (
        pl.concat([part.select(*numbered.columns, "reason_en", "reason_zh") for part in parts]).sort("row").drop("row")
    )


def _why(judged: Judged, requirement: Requirement, period: str, duties: pl.DataFrame) -> pl.DataFrame:
    """unit, reason_zh, reason_en of those of a requirement's duties in one period that are not met."""
    wanted = duties.filter(pl.col("standing") != "met").select("unit")
    kept = judged.settled.left
    if kept.height:
        kept = kept.filter(pl.col("requirement") == requirement.key, pl.col("period") == period)
    kept = kept.select("unit", "reason_en", "reason_zh")
    if kept.height:
        kept = kept.join(wanted, on="unit", how="semi")
    if not judged.judgement.knows(requirement, period):
        return kept
    # of a period that is settled of some provinces the figures of the others alone are known
    figures = figures_behind(judged.plan, requirement, judged.judgement.figures_of(requirement, period))
    asked = wanted if kept.is_empty() else wanted.join(kept, on="unit", how="anti")
    found = reasons(judged.plan, requirement, figures.filter(pl.col("unit").is_in(asked["unit"].implode())))
    return found if kept.is_empty() else pl.concat([kept, found])
