"""Judging: read what is known, judge it, and gather it into what people look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from models.plan import Period, Plan, Requirement
from models.rules.gates import count_phases, phases_at
from models.rules.judging import Judgement, ReadingsOf, judge, with_decisions, with_timing
from models.rules.reasons import reasons
from models.rules.rollup import stored_level
from models.rules.tree import above, below
from models.survey import DutyLine, PhaseStanding, SetStanding, Survey, UnitStanding
from models.units import LEVELS, NATION, Level, is_code, readings_of_code
from models.wording import Refusal, Said
from tasks.store import Store


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


def find_unit(store: Store, code: str) -> str:
    """The code of a known office that `code` means. Refusal if there is none."""
    if not is_code(code):
        raise Refusal(
            f"“{code}”不是区划代码，应为 2、4、6、9 或 12 位数字",
            f"“{code}” is no division code; it must have 2, 4, 6, 9 or 12 digits",
        )
    for candidate in readings_of_code(code):
        if store.unit(candidate):
            return candidate
    raise Refusal(
        f"没有单位 {code}：请核对代码，或在单位表中补上后重新执行 pucha load（市辖区、县等不设机构，请用上一级代码）",
        f"there is no unit {code}: check the code, or add it to the units file and run pucha load again"
        " (a container such as 市辖区 has no office; use the code above it)",
    )


def find_phase(plan: Plan, name: str) -> str:
    """The id of the phase that `name`, an id or a title, means. Refusal if there is none."""
    for phase in plan.phases:
        if name in (phase.id, phase.title):
            return phase.id
    known = "、".join(f"{phase.id}（{phase.title}）" for phase in plan.phases)
    raise Refusal(
        f"本方案没有阶段“{name}”，现有：{known}",
        f"this plan has no phase “{name}”; it has: {', '.join(phase.id for phase in plan.phases)}",
    )


def judge_all(store: Store, scope: str | None, now: datetime, phases: Collection[str] | None = None) -> Judged:
    """Judge every duty at and below `scope` (everywhere for None) on what was known at `now`."""
    plan = store.plan()
    requirements = [r for r in plan.requirements if phases is None or r.phase in phases]
    units = store.units(_levels(plan, requirements))
    if scope is not None and scope != NATION:
        units = below(units, scope)
    chains = above(units)
    newest: list[int] = []

    def readings_of(period: Period | None) -> pl.DataFrame:
        names = plan.base_indicators(frozenset(n for r in requirements for n in r.met_when.names))
        if period is None:
            readings = store.readings(names, now)
        else:
            readings = store.readings(names, min(now, period.ends), period.starts, inclusive=now < period.ends)
        latest = readings["as_of"].max()
        newest.extend([latest] if isinstance(latest, int) else [])
        return readings

    calendar = store.calendar()
    judgement = judge(plan, units, chains, _once(readings_of), calendar, now, requirements)
    decided = with_decisions(judgement.verdicts, store.decisions(), plan, calendar)
    return Judged(plan, units, chains, judgement.but(with_timing(decided, now)), max(newest, default=None))


def _once(readings_of: ReadingsOf) -> ReadingsOf:
    """Read each period's readings once, however many levels are judged on them."""
    known: dict[Period | None, pl.DataFrame] = {}

    def cached(period: Period | None) -> pl.DataFrame:
        if period not in known:
            known[period] = readings_of(period)
        return known[period]

    return cached


def _levels(plan: Plan, requirements: Iterable[Requirement]) -> set[Level]:
    """The levels whose offices matter: those that owe or report something, and everyone above them."""
    deepest = 0
    for requirement in requirements:
        names = plan.base_indicators(frozenset(requirement.met_when.names))
        stored = (stored_level(plan.indicators[name], requirement.judged_at) for name in names)
        deepest = max(deepest, *(LEVELS.index(level) for level in (requirement.judged_at, *stored)))
    return {level for place, level in enumerate(LEVELS) if place <= deepest or level == "township"}


def survey(
    store: Store,
    unit: str | None,
    as_of: datetime,
    *,
    phase: str | None = None,
    limit: int = 200,
    below_too: bool = True,
    items: Collection[int] | None = None,
) -> Survey:
    """Where `unit` (the top, or the whole country, for None) and all below it stand at `as_of`.

    limit: how many duties to list, most urgent first; 0 lists all, met ones included. phase: list and count
    that phase alone; its predecessors still decide whether it is blocked. items: schedule numbers to list.
    """
    scope = find_unit(store, unit) if unit else _top(store)
    plan = store.plan()
    wanted = find_phase(plan, phase) if phase else None
    judged = judge_all(store, scope, as_of, _with_predecessors(plan, wanted))
    exits = store.exits()
    groups = _groups(judged, scope) if below_too else _whole(judged, scope)
    counted = count_phases(judged.verdicts, plan, groups)
    listed = _listed(judged, wanted, items)
    names = dict(judged.units.select("unit", "name").iter_rows())

    def standing(code: str) -> tuple[PhaseStanding, ...]:
        found = phases_at(plan, code, counted, exits, as_of)
        return tuple(one for one in found if wanted is None or one.id == wanted)

    children = judged.units.filter(pl.col("superior") == scope) if scope != NATION else _roots(judged.units)
    under = [
        UnitStanding(r["unit"], r["name"], r["level"], standing(r["unit"])) for r in children.iter_rows(named=True)
    ]
    level: Level = "province" if scope == NATION else judged.units.filter(pl.col("unit") == scope)["level"][0]
    whole = standing(scope)
    not_met = listed.filter((pl.col("standing") != "met") & ~pl.col("waived"))
    shown = listed if limit == 0 else not_met.head(limit)
    return Survey(
        title=plan.title,
        as_of=as_of.astimezone(plan.zone),
        standard_time=plan.standard_time,
        unit=UnitStanding(scope, names.get(scope, "全国"), level, whole),
        superior=_superior(store, scope),
        phases=whole,
        below=tuple(under) if below_too else (),
        duties=tuple(duty_lines(judged, shown)),
        not_met=not_met.height,
        overdue=not_met.filter(pl.col("timing") == "overdue").height,
        figures_as_of=_moment(judged.figures_as_of, plan),
        sets=_sets(judged),
    )


def _with_predecessors(plan: Plan, phase: str | None) -> list[str] | None:
    if phase is None:
        return None
    found = plan.phase(phase)
    return [phase, *(found.after if found else ())]


def _top(store: Store) -> str:
    """The one office that answers to nobody; the whole country where there are several."""
    roots = _roots(store.units())
    if roots.is_empty():
        raise Refusal("单位表是空的，请先执行 pucha load", "there are no units yet; run pucha load first")
    return str(roots["unit"][0]) if roots.height == 1 else NATION


def _roots(units: pl.DataFrame) -> pl.DataFrame:
    return units.filter(pl.col("superior").is_null())


def _whole(judged: Judged, scope: str) -> pl.DataFrame:
    return judged.units.select("unit", ancestor=pl.lit(scope))


def _groups(judged: Judged, scope: str) -> pl.DataFrame:
    """Every unit with the unit itself and the child of it that it belongs under."""
    if scope == NATION:
        children = _roots(judged.units)
    else:
        children = judged.units.filter(pl.col("superior") == scope)
    under = judged.chains.join(children.select(ancestor="unit"), on="ancestor", how="semi").select("unit", "ancestor")
    return pl.concat([_whole(judged, scope), under])


def _superior(store: Store, scope: str) -> tuple[str, str] | None:
    row = store.units().filter(pl.col("unit") == scope) if scope != NATION else None
    if row is None or row.is_empty() or row["superior"][0] is None:
        return None
    above_it = store.unit(row["superior"][0])
    return (above_it[0], above_it[1]) if above_it else None


def _listed(judged: Judged, phase: str | None, items: Collection[int] | None) -> pl.DataFrame:
    """The duties to list, most urgent first: overdue the longest, then due the soonest."""
    plan = judged.plan
    places = [
        place
        for place, requirement in enumerate(plan.requirements)
        if (phase is None or requirement.phase == phase) and (items is None or requirement.no in items)
    ]
    return judged.verdicts.filter(pl.col("place").is_in(places)).sort(
        pl.col("timing") != "overdue", "due", "place", "period", "unit"
    )


def duty_lines(judged: Judged, duties: pl.DataFrame) -> list[DutyLine]:
    """Duties as people read them, with their reasons, in the order given."""
    plan = judged.plan
    told = explain_duties(judged, duties)
    names = dict(judged.units.select("unit", "name").iter_rows())
    titles = {phase.id: phase.title for phase in plan.phases}
    lines = []
    for row in told.iter_rows(named=True):
        requirement = plan.requirements[row["place"]]
        due = _moment(row["due"], plan)
        assert due is not None
        lines.append(
            DutyLine(
                requirement.phase,
                titles[requirement.phase],
                requirement.id,
                requirement.title,
                row["unit"],
                names.get(row["unit"], row["unit"]),
                row["period"],
                due,
                row["standing"],
                row["timing"],
                Said(row["reason_zh"] or "", row["reason_en"] or ""),
                requirement.no,
                row["waived"],
            )  # fmt: skip
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


def _sets(judged: Judged) -> tuple[SetStanding, ...]:
    """How many units have met every requirement of each named set."""
    found = []
    for named in judged.plan.sets:
        duties = judged.verdicts.filter(pl.col("requirement").cast(pl.String).is_in(named.requirements))
        by_unit = duties.group_by("unit").agg(all_met=((pl.col("standing") == "met") | pl.col("waived")).all())
        found.append(SetStanding(named.id, named.title, int(by_unit["all_met"].sum()), by_unit.height))
    return tuple(found)


def _moment(at: int | None, plan: Plan) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at / 1_000_000, plan.zone)
