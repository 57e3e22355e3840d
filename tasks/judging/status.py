"""Statuses: one judgement gathered into what people look at, for as many units as they look at."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from models.moments import moment_or_none
from models.plan.model import Plan
from models.rules.judging.gates import count_phases, phases_at
from models.status import PhaseStatus, RequirementStatus, SetStatus, Status, UnitStatus
from models.units import LEVEL_OF_DIGITS, NATION, Level
from models.wording import Refusal, Said
from tasks.campaign.offices import find_phase, find_unit
from tasks.campaign.store import Store
from tasks.judging.case_dues import as_chased
from tasks.judging.duties import Duties
from tasks.judging.judge import Judged, duty_statuses, judge_all
from tasks.judging.settled import judge_now

_COUNTS = ("met", "unmet", "unreported", "overdue")
_NATION = Said("全国", "the whole country")


@dataclass(frozen=True)
class Statuses:
    """One judgement of `scope` and everything below it, from which the status of any unit there is read.

    exits: (unit, phase) signed; superior: (code, name) of the office above `scope`; plan_loaded_at: in microseconds.
    """

    judged: Judged
    scope: str
    as_of: datetime
    exits: frozenset[tuple[str, str]]
    superior: tuple[str, str] | None
    nation: str
    plan_loaded_at: int

    def of(
        self,
        unit: str | None = None,
        *,
        phase: str | None = None,
        limit: int = 200,
        below_too: bool = True,
        items: Collection[int] | None = None,
    ) -> Status:
        """Where `unit` (`scope` for None) and all below it stand.

        limit: how many duties to list, most urgent first; 0 lists all, met ones included. phase: list and count
        that phase alone; its predecessors still decide whether it is blocked. items: schedule numbers to list.
        """
        code, plan = unit or self.scope, self.judged.plan
        verdicts = self._below(code, self.judged.verdicts)
        settled = self._below(code, self.judged.settled.met)
        children = self._children(code)
        groups = self._groups(code, children if below_too else children.clear())
        counted = count_phases(verdicts, plan, groups, settled, self.judged.judgement.awaited(plan))
        listed = _listed(verdicts, plan, phase, items)
        not_met = listed.filter((pl.col("standing") != "met") & ~pl.col("waived"))

        def phases(one: str) -> tuple[PhaseStatus, ...]:
            found = phases_at(plan, one, counted, self.exits, self.as_of)
            return tuple(at_unit for at_unit in found if phase is None or at_unit.id == phase)

        whole = phases(code)
        under = (
            UnitStatus(r["unit"], r["name"], r["level"], phases(r["unit"])) for r in children.iter_rows(named=True)
        )
        level: Level = "province" if code == NATION else LEVEL_OF_DIGITS[len(code)]
        return Status(
            title=plan.title,
            as_of=self.as_of.astimezone(plan.zone),
            standard_time=plan.standard_time,
            unit=UnitStatus(code, self._name(code), level, whole),
            superior=self._above(code),
            phases=whole,
            below=tuple(under) if below_too else (),
            duties=Duties(self.judged, listed)
            if limit == 0
            else tuple(duty_statuses(self.judged, not_met.head(limit))),
            not_met=not_met.height,
            overdue=not_met.filter(pl.col("timing") == "overdue").height,
            figures_as_of=moment_or_none(self.figures_as_of(code), plan.zone),
            sets=_sets(verdicts, settled, plan),
        )

    def figures_as_of(self, unit: str) -> int | None:
        """The moment of the newest figure at and below `unit`."""
        return self.judged.figures_as_of(None if unit == self.scope else unit)

    def requirements(self, started_only: bool = True) -> list[RequirementStatus]:
        """Every requirement with how many offices meet it, in the order in which a clerk asks after them.

        Overdue first, then due soon, then what the place itself laid down, then by due moment; the higher
        offices before the lower ones. started_only leaves out phases that have not begun.
        """
        plan = self.judged.plan
        live = self.judged.verdicts.filter(~pl.col("waived"))
        not_met = live.filter(pl.col("standing") != "met").sort(
            pl.col("timing") != "overdue", "due", "unit", nulls_last=True
        )
        first = not_met.unique("place", keep="first", maintain_order=True)
        examples = dict(zip(first["place"], duty_statuses(self.judged, first), strict=True))
        counted = live.group_by("place").agg(
            *((pl.col("standing") == name).sum().alias(name) for name in ("met", "unmet", "unreported")),
            overdue=(pl.col("timing") == "overdue").sum(),
        )
        settled = self.judged.settled.met.group_by("place").agg(met=pl.col("count").sum())
        counted = pl.concat([counted.with_columns(pl.col(_COUNTS).cast(pl.Int64)), settled], how="diagonal")
        counted = counted.group_by("place").agg(pl.col(_COUNTS).sum())
        titles = {phase.id: (phase.title, phase.starts) for phase in plan.phases}
        found = []
        for row in counted.sort("place").iter_rows(named=True):
            requirement = plan.requirements[row["place"]]
            title, starts = titles[requirement.phase]
            if started_only and self.as_of < starts:
                continue
            found.append(
                RequirementStatus(
                    key=requirement.key,
                    title=requirement.title,
                    phase_title=title,
                    met=row["met"],
                    unmet=row["unmet"],
                    unreported=row["unreported"],
                    overdue=row["overdue"],
                    example=examples.get(row["place"]),
                )
            )
        own = {requirement.key for requirement in plan.requirements if requirement.scope}
        return sorted(found, key=lambda one: _asked(one, one.key in own))

    def _below(self, code: str, rows: pl.DataFrame) -> pl.DataFrame:
        if code == self.scope:
            return rows
        under = self.judged.chains.filter(pl.col("ancestor") == code).select("unit")
        return rows.join(under, on="unit", how="semi", maintain_order="left")

    def _children(self, code: str) -> pl.DataFrame:
        units = self.judged.units
        return units.filter(pl.col("superior").is_null() if code == NATION else pl.col("superior") == code)

    def _groups(self, code: str, children: pl.DataFrame) -> pl.DataFrame:
        """Every unit below `code` with `code` itself and the child of it that it belongs under."""
        chains = self.judged.chains
        if code == NATION:
            whole = self.judged.units.select("unit", ancestor=pl.lit(code))
        else:
            whole = chains.filter(pl.col("ancestor") == code).select("unit", "ancestor")
        under = chains.join(children.select(ancestor="unit"), on="ancestor", how="semi").select("unit", "ancestor")
        return pl.concat([whole, under])

    def _name(self, code: str) -> str:
        if code == NATION:
            return self.nation
        found = self.judged.units.filter(pl.col("unit") == code)["name"]
        return str(found[0]) if len(found) else code

    def _above(self, code: str) -> tuple[str, str] | None:
        if code == self.scope:
            return self.superior
        superior = self.judged.units.filter(pl.col("unit") == code)["superior"]
        return (superior[0], self._name(superior[0])) if len(superior) and superior[0] is not None else None


def _asked(one: RequirementStatus, own: bool) -> tuple[object, ...]:
    """Sorts what needs attention before the rest."""
    if one.example is None:
        return (4,)
    rank = {"overdue": 0, "due_soon": 1, "not_due": 2 if own else 3}[one.example.timing]
    due = one.example.due
    # what no day is set for comes behind all that has one
    return rank, due is None, due.timestamp() if due else 0, len(one.example.unit), -one.unmet


def read_statuses(
    store: Store,
    unit: str | None,
    as_of: datetime,
    phases: Collection[str] | None = None,
    judged: Judged | None = None,
    whole: bool = False,
) -> Statuses:
    """The statuses of `unit` (the top, or the whole country, for None) and everything below it at `as_of`.

    judged: what a pass has judged there at that moment; judged here, once, where there is none. phases: None for all. whole:
    judge settled periods too, so that every duty of theirs can be listed.
    """
    scope = find_unit(store, unit) if unit and unit != NATION else NATION if unit else _top(store)
    if judged is None:
        judged = judge_all(store, scope, as_of, phases) if whole else judge_now(store, scope, as_of, phases)
    elif phases is not None:
        judged = judged.only(phases)
    return Statuses(
        judged=as_chased(store, judged, as_of),
        scope=scope,
        as_of=as_of,
        exits=frozenset(store.exits()),
        superior=_superior(store, scope),
        nation=_NATION.in_language(store.settings.lang),
        plan_loaded_at=store.plan_loaded_at(),
    )


def read_status(
    store: Store,
    unit: str | None,
    as_of: datetime,
    *,
    phase: str | None = None,
    limit: int = 200,
    below_too: bool = True,
    items: Collection[int] | None = None,
) -> Status:
    """One status of one unit; see Statuses.of. `phase` is an id or a title. Refusal for an unknown unit or phase."""
    plan = store.plan()
    wanted = find_phase(plan, phase) if phase else None
    found = read_statuses(store, unit, as_of, with_predecessors(plan, wanted) if wanted else None, whole=limit == 0)
    return found.of(phase=wanted, limit=limit, below_too=below_too, items=items)


def phase_status(
    store: Store,
    unit: str,
    as_of: datetime,
    phase: str,
    judged: Judged | None,
    limit: int,
) -> Status:
    """The status of one phase (an id) at a unit, from what a pass has judged there; see `read_statuses`."""
    phases = with_predecessors(store.plan(), phase)
    found = read_statuses(store, unit, as_of, phases, judged)
    return found.of(phase=phase, limit=limit)


def with_predecessors(plan: Plan, phase: str) -> list[str]:
    """The phases that decide on the state of one: its predecessors' gates may block it."""
    found = plan.phase(phase)
    return [phase, *(found.after if found else ())]


def _top(store: Store) -> str:
    """The one office that answers to nobody; the whole country where there are several."""
    roots = store.units().filter(pl.col("superior").is_null())
    if roots.is_empty():
        raise Refusal("单位表是空的，请先执行 pucha load", "there are no units yet; run pucha load first")
    return str(roots["unit"][0]) if roots.height == 1 else NATION


def _superior(store: Store, scope: str) -> tuple[str, str] | None:
    found = store.superior(scope) if scope != NATION else None
    return (found[0], found[1]) if found else None


def _listed(verdicts: pl.DataFrame, plan: Plan, phase: str | None, items: Collection[int] | None) -> pl.DataFrame:
    """The duties to list, most urgent first: overdue the longest, then due the soonest."""
    places = [
        place
        for place, requirement in enumerate(plan.requirements)
        if (phase is None or requirement.phase == phase) and (items is None or requirement.no in items)
    ]
    return verdicts.filter(pl.col("place").is_in(places)).sort(
        pl.col("timing") != "overdue", "due", "place", "period", "unit", nulls_last=True
    )


def _sets(verdicts: pl.DataFrame, settled: pl.DataFrame, plan: Plan) -> tuple[SetStatus, ...]:
    """How many units have met every requirement of each named set."""
    found = []
    for named in plan.sets:
        places = [place for place, one in enumerate(plan.requirements) if one.key in named.requirements]
        duties = verdicts.filter(pl.col("place").is_in(places))
        met = pl.concat(
            [
                duties.select("unit", met=(pl.col("standing") == "met") | pl.col("waived")),
                settled.filter(pl.col("place").is_in(places)).select("unit", met=pl.lit(True)),
            ]
        )
        by_unit = met.group_by("unit").agg(all_met=pl.col("met").all())
        found.append(SetStatus(named.id, named.title, int(by_unit["all_met"].sum()), by_unit.height))
    return tuple(found)
