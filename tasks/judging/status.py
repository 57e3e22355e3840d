"""Statuses: one judgement gathered into what people look at, for as many units as they look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import polars as pl

from models.moments import moment_or_none
from models.plan.model import Plan
from models.rules.judging.gates import Counts, count_phases, phases_at
from models.status import DutyStatus, PhaseStatus, RequirementStatus, SetStatus, Status, UnitStatus
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
_DUTY = ("unit", "place", "period")


@dataclass(frozen=True)
class _Seen:
    """What was gathered of one office: what is right below it, how many duties stand how by (office, phase), the duties to list,
    how many are not met and how many of those overdue."""

    children: pl.DataFrame
    counted: Mapping[tuple[str, str], Counts]
    duties: Sequence[DutyStatus]
    not_met: int
    overdue: int
    sets: tuple[SetStatus, ...]


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
        listed = _listed(self._below(code, self.judged.verdicts), plan, phase, items)
        not_met = _not_met(listed)
        children, counted = self._counted(code, below_too)
        seen = _Seen(
            children=children,
            counted=counted,
            duties=Duties(self.judged, listed)
            if limit == 0
            else tuple(duty_statuses(self.judged, not_met.head(limit))),
            not_met=not_met.height,
            overdue=not_met.filter(pl.col("timing") == "overdue").height,
            sets=self._sets_of(code),
        )
        return self._told(code, seen, phase)

    def of_each(self, units: Collection[str], *, limit: int) -> dict[str, Status]:
        """The same of several offices below `scope`, all phases, by their codes: what small frames cost is spent once for all of them.

        limit: how many duties to list of each, at least one.
        """
        plan, judged = self.judged.plan, self.judged
        right_below = judged.units.filter(pl.col("superior").is_in(list(units))).partition_by("superior", as_dict=True)
        children = {code: right_below.get((code,), judged.units.clear()) for code in units}
        both = [*units, *(one for part in right_below.values() for one in part["unit"])]
        named = pl.DataFrame({"ancestor": both}, schema={"ancestor": pl.String})
        groups = judged.chains.join(named.unique(), on="ancestor", how="semi").select("unit", "ancestor")
        counted = count_phases(judged.verdicts, plan, groups, judged.settled.met, self._awaited)
        own = groups.filter(pl.col("ancestor").is_in(list(units)))
        urgent = _not_met(_listed(judged.verdicts, plan, None, None))
        urgent = urgent.join(own, on="unit", maintain_order="left")
        first = urgent.group_by("ancestor", maintain_order=True).head(limit)
        told = first.unique(_DUTY, maintain_order=True)
        duties = dict(zip(told.select(_DUTY).iter_rows(), duty_statuses(judged, told.drop("ancestor")), strict=True))
        listed: dict[str, list[DutyStatus]] = {}
        for code, *duty in first.select("ancestor", *_DUTY).iter_rows():
            listed.setdefault(code, []).append(duties[duty[0], duty[1], duty[2]])
        count = urgent.group_by("ancestor").agg(pl.len(), overdue=(pl.col("timing") == "overdue").sum())
        counts = {code: (height, overdue) for code, height, overdue in count.iter_rows()}
        sets = _sets(judged.verdicts, judged.settled.met, plan, own)
        found = {}
        for code in units:
            not_met, overdue = counts.get(code, (0, 0))
            seen = _Seen(
                children=children[code],
                counted=counted,
                duties=tuple(listed.get(code, ())),
                not_met=not_met,
                overdue=overdue,
                sets=_set_statuses(plan, sets, code),
            )
            found[code] = self._told(code, seen)
        return found

    def _told(self, code: str, seen: _Seen, phase: str | None = None) -> Status:
        plan = self.judged.plan

        def phases(one: str) -> tuple[PhaseStatus, ...]:
            found = phases_at(plan, one, seen.counted, self.exits, self.as_of)
            return tuple(at_unit for at_unit in found if phase is None or at_unit.id == phase)

        whole = phases(code)
        under = seen.children.select("unit", "name", "level").iter_rows()
        level: Level = "province" if code == NATION else LEVEL_OF_DIGITS[len(code)]
        return Status(
            title=plan.title,
            as_of=self.as_of.astimezone(plan.zone),
            standard_time=plan.standard_time,
            unit=UnitStatus(code, self._name(code), level, whole),
            superior=self._above(code),
            phases=whole,
            below=tuple(UnitStatus(one, name, at, phases(one)) for one, name, at in under),
            duties=seen.duties,
            not_met=seen.not_met,
            overdue=seen.overdue,
            figures_as_of=moment_or_none(self.figures_as_of(code), plan.zone),
            sets=seen.sets,
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

    @cached_property
    def _awaited(self) -> pl.DataFrame:
        return self.judged.judgement.awaited(self.judged.plan)

    @cached_property
    def _counted_at(self) -> dict[tuple[str, bool], tuple[pl.DataFrame, Mapping[tuple[str, str], Counts]]]:
        return {}

    def _counted(self, code: str, below_too: bool) -> tuple[pl.DataFrame, Mapping[tuple[str, str], Counts]]:
        """The offices right below, none unless `below_too`, and the counts of all phases there: once, however many pages tell of them."""
        if (code, below_too) not in self._counted_at:
            children = self._children(code)
            children = children if below_too else children.clear()
            verdicts = self._below(code, self.judged.verdicts)
            settled = self._below(code, self.judged.settled.met)
            groups = self._groups(code, children)
            counted = count_phases(verdicts, self.judged.plan, groups, settled, self._awaited)
            self._counted_at[code, below_too] = children, counted
        return self._counted_at[code, below_too]

    def _sets_of(self, code: str) -> tuple[SetStatus, ...]:
        verdicts, settled = self._below(code, self.judged.verdicts), self._below(code, self.judged.settled.met)
        return _set_statuses(self.judged.plan, _sets(verdicts, settled, self.judged.plan), NATION)

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


def _not_met(listed: pl.DataFrame) -> pl.DataFrame:
    return listed.filter((pl.col("standing") != "met") & ~pl.col("waived"))


def _sets(
    verdicts: pl.DataFrame, settled: pl.DataFrame, plan: Plan, groups: pl.DataFrame | None = None
) -> dict[tuple[str, str], tuple[int, int]]:
    """How many units have met every requirement of each named set, and how many there are, by (ancestor, set).

    groups: unit, ancestor; all of them of NATION for None.
    """
    found = {}
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
        if groups is None:
            found[NATION, named.id] = (int(by_unit["all_met"].sum()), by_unit.height)
            continue
        by_group = by_unit.join(groups, on="unit").group_by("ancestor").agg(pl.col("all_met").sum(), pl.len())
        found |= {(code, named.id): (all_met, count) for code, all_met, count in by_group.iter_rows()}
    return found


def _set_statuses(plan: Plan, sets: Mapping[tuple[str, str], tuple[int, int]], code: str) -> tuple[SetStatus, ...]:
    return tuple(SetStatus(one.id, one.title, *sets.get((code, one.id), (0, 0))) for one in plan.sets)
