"""Judging: read what is known, judge it, and gather it into what people look at."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from models.plan import Period, Plan, Requirement
from models.rules.judging import Judgement, ReadingsOf, judge, with_decisions, with_timing
from models.rules.reasons import reasons
from models.rules.rollup import stored_level
from models.rules.tree import above, below
from models.survey import DutyLine
from models.units import DIGITS, LEVELS, NATION, Level, is_code, readings_of_code
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
    levels = _levels(plan, requirements)
    if scope is not None and scope != NATION:
        levels |= {level for level in LEVELS if DIGITS[level] <= len(scope)}
        units = below(store.units(levels), scope)
    else:
        units = store.units(levels)
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


def duty_lines(judged: Judged, duties: pl.DataFrame) -> list[DutyLine]:
    """Duties as people read them, with their reasons, in the order given."""
    plan = judged.plan
    told = explain_duties(judged, duties)
    names = dict(judged.units.select("unit", "name").iter_rows())
    titles = {phase.id: phase.title for phase in plan.phases}
    lines = []
    for row in told.iter_rows(named=True):
        requirement = plan.requirements[row["place"]]
        due = as_moment(row["due"], plan)
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


def as_moment(at: int | None, plan: Plan) -> datetime | None:
    """A moment of the database in the plan's zone."""
    return None if at is None else datetime.fromtimestamp(at / 1_000_000, plan.zone)
