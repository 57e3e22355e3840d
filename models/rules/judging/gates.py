"""Phases at a unit: how its duties stand, whether the gate is passed, what blocks it (architecture rule 14)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import polars as pl

from models.moments import micros, moment_at
from models.plan.model import Phase, Plan
from models.rules.judging.settled import NOTHING
from models.status import Exit, PhaseState, PhaseStatus
from models.units import LEVEL_OF_DIGITS, LEVELS, NATION

Counts = Mapping[str, int | None]


AWAITED = pl.Schema({"unit": pl.String(), "place": pl.Int32()})
"""Offices that have to report the rows of a requirement and were never heard of, though they owe nothing by a day."""


def count_phases(
    verdicts: pl.DataFrame,
    plan: Plan,
    groups: pl.DataFrame,
    settled: pl.DataFrame = NOTHING.met,
    awaited: pl.DataFrame | None = None,
) -> dict[tuple[str, str], Counts]:
    """Count duties by group and phase.

    verdicts: with timing and waived. groups: unit, ancestor; a unit may be in several groups. settled: how many more are
    met: unit, place, count. awaited: AWAITED.
    Returns {(group, phase id): {met, unmet, unreported, unreported_due, overdue, overdue_by_default,
    waived, awaited, worst_due}}.
    """
    phase_of = pl.DataFrame(
        {"place": range(len(plan.requirements)), "phase": [r.phase for r in plan.requirements]},
        schema={"place": pl.Int32, "phase": pl.String},
    )
    live = ~pl.col("waived")
    overdue = pl.col("timing") == "overdue"
    by_place = (
        verdicts.join(groups, on="unit")
        .group_by("ancestor", "place")
        .agg(
            met=(live & (pl.col("standing") == "met")).sum(),
            unmet=(live & (pl.col("standing") == "unmet")).sum(),
            unreported=(live & (pl.col("standing") == "unreported")).sum(),
            unreported_due=(overdue & (pl.col("standing") == "unreported")).sum(),
            overdue=overdue.sum(),
            waived=pl.col("waived").sum(),
            worst_due=pl.col("due").filter(overdue).min(),
        )
    )
    also_met = settled.join(groups, on="unit").group_by("ancestor", "place").agg(met=pl.col("count").sum())
    by_default = _late_by_default(verdicts.filter(overdue), plan).join(groups, on="unit")
    by_default = by_default.group_by("ancestor", "place").len("overdue_by_default")
    by_place = by_place.join(by_default, on=["ancestor", "place"], how="left")
    silent = pl.DataFrame(schema=AWAITED) if awaited is None else awaited
    also_awaited = silent.join(groups, on="unit").group_by("ancestor", "place").len("awaited")
    sums = ("met", "unmet", "unreported", "unreported_due", "overdue", "overdue_by_default", "waived", "awaited")
    counted = (
        pl.concat([by_place, also_met, also_awaited], how="diagonal_relaxed")
        .with_columns(pl.col(sums).cast(pl.Int64))
        .join(phase_of, on="place")
        .group_by("ancestor", "phase")
        .agg(*(pl.col(name).sum() for name in sums), pl.col("worst_due").min())
    )
    return {(row["ancestor"], row["phase"]): row for row in counted.iter_rows(named=True)}


def _late_by_default(late: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Those of `late` whose date is a default setting. Few dates stand behind many duties."""
    dates = late.select("place", "period", "due").unique()
    settings = [
        plan.is_default(plan.requirements[place], period, moment_at(due, plan.zone))
        for place, period, due in dates.iter_rows()
    ]
    return late.join(dates.filter(pl.Series(settings, dtype=pl.Boolean)), on=["place", "period", "due"], how="semi")


def phases_at(
    plan: Plan,
    unit: str,
    counted: Mapping[tuple[str, str], Counts],
    exits: Collection[tuple[str, str]],
    now: datetime,
) -> tuple[PhaseStatus, ...]:
    """Every phase of the plan at `unit`. exits: (unit, phase id) signed by a person."""
    # a unit that owes nothing in a phase has no counts there, and is not held up by it
    passed = {
        p.id: gate_passed(
            p, counted.get((unit, p.id), {}), (unit, p.id) in exits, now, on_occasion=_on_occasion(plan, p, unit)
        )
        for p in plan.phases
    }
    titles = {phase.id: phase.title for phase in plan.phases}
    found = []
    for phase in plan.phases:
        counts = counted.get((unit, phase.id), {})
        blockers = tuple(name for name in phase.after if not passed.get(name, True))
        worst = counts.get("worst_due")
        found.append(
            PhaseStatus(
                id=phase.id,
                title=phase.title,
                state=_state(phase, counts, passed[phase.id], blockers, now),
                starts=phase.starts,
                ends=phase.ends,
                met=counts.get("met") or 0,
                unmet=counts.get("unmet") or 0,
                unreported=counts.get("unreported") or 0,
                overdue=counts.get("overdue") or 0,
                waived=counts.get("waived") or 0,
                worst_due=moment_at(worst, plan.zone) if worst is not None else None,
                blocked_by=blockers,
                waits_for=tuple(titles[name] for name in blockers),
                exit=_exit((unit, phase.id) in exits, passed[phase.id]),
                unreported_due=counts.get("unreported_due") or 0,
                overdue_by_default=counts.get("overdue_by_default") or 0,
            )
        )
    return tuple(found)


def gate_passed(phase: Phase, counts: Counts, signed: bool, now: datetime, *, on_occasion: bool = False) -> bool:
    """True when everything owed at and below the unit is met or waived, or the exit is signed.

    A phase that owes something every day, week or month cannot be passed before its last period is over;
    one that owes nothing is passed when it ends, and so is one whose lists somebody has yet to send. on_occasion: whether what is
    owed there is known only once there are rows.
    """
    if signed:
        return True
    if counts.get("unmet") or counts.get("unreported"):
        return False
    periodic = any(requirement.every for requirement in phase.requirements)
    owes_nothing_yet = on_occasion and not counts.get("met") and not counts.get("waived")
    if periodic or not phase.requirements or counts.get("awaited") or owes_nothing_yet:
        return micros(now) >= micros(phase.ends)
    return True


def _on_occasion(plan: Plan, phase: Phase, unit: str) -> bool:
    """Whether offices at and below a unit owe something in a phase, and only where there are rows that nobody awaits."""
    highest = 0 if unit == NATION else LEVELS.index(LEVEL_OF_DIGITS[len(unit)])
    owed = [one for one in phase.requirements if LEVELS.index(one.judged_at) >= highest]
    rows = [one.each for one in owed if one.each is not None]
    return 0 < len(rows) == len(owed) and all(
        each.owed_by is not None or (plan.registers[each.register].on_occasion and not each.of and not each.of_level)
        for each in rows
    )


def _exit(signed: bool, passed: bool) -> Exit:
    if signed:
        return "signed"
    return "passed" if passed else "open"


def _state(phase: Phase, counts: Counts, passed: bool, blockers: tuple[str, ...], now: datetime) -> PhaseState:
    # the order is the rule: nothing is blocked before it starts, and what is blocked is shown so even if all in it is met
    if now < phase.starts:
        return "planned"
    if blockers:
        return "blocked"
    if passed:
        return "closed"
    return "overdue" if counts.get("overdue") else "open"
