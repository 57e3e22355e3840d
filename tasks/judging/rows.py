"""The rows of registers that a judgement needs, each register read once, and everyone whose they may be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial

import polars as pl

from models.moments import micros
from models.plan.counted import counts_holders_of_rows
from models.plan.lists import Register
from models.plan.model import Indicator, Plan, Requirement
from models.rules.judging.bounds import NO_WORDS
from models.rules.judging.kept_answers import (
    ALWAYS,
    DutiesFound,
    Holds,
    Rests,
    digest,
    digest_of,
    digest_of_contacts,
    duties_laid_down,
    duties_taken_up,
    holds_around,
    readings_laid_down,
    readings_taken_up,
    rests_of_duties,
    rests_of_figure,
)
from models.rules.judging.rollup import STORED
from models.rules.judging.tree import above
from models.rules.registers.duties import Known, RowDuties, duties_as_found, judge_rows
from models.rules.registers.figures import row_readings
from models.rules.registers.loose_figures import loose_figures
from models.rules.registers.offices import placed
from models.tables import RegisterState
from models.units import LEVELS, Level
from models.wording import Refusal
from tasks.campaign.store import Store
from tasks.judging.kept_answers import KeptAnswers, this_program
from tasks.judging.part import Part
from tasks.registers.current import rows_of, states_of


@dataclass(frozen=True, eq=False)
class Kept:
    """The rows of a register, each with its office (`placed`), and every office whose they may be: units, chains.
    contacts: who may answer for them, where that is asked."""

    rows: pl.DataFrame
    units: pl.DataFrame
    chains: pl.DataFrame
    contacts: pl.DataFrame | None = None


class RowsUnreadable(Refusal):
    """The rows of a register cannot be read: whoever asks for them is told so, and a pass goes on with its other phases."""


class Rows:
    """Rows of the provinces around a scope, as they stood at moments up to `now`."""

    def __init__(
        self,
        store: Store,
        plan: Plan,
        now: datetime,
        around: Collection[str] | None,
        known_by: datetime | None = None,
        answers: KeptAnswers | None = None,
        part: Part | None = None,
    ) -> None:
        """around: the provinces whose offices matter; None for all. known_by: as `rows_of` takes it. answers: where what rows
        came to is kept; None works everything out, of whatever plan. part: the offices that are asked about, where they are fewer: what
        has to be worked out is then told of these alone."""
        self._known_by, self._answers, self.part = known_by, answers, part
        self._store, self._plan, self._now, self._around = store, plan, now, around
        self._kept_rows: dict[tuple[str, bool, datetime, int, bool], Kept] = {}
        self._read: dict[tuple[str, bool, datetime, bool], pl.DataFrame] = {}
        self._states: dict[bool, dict[str, list[RegisterState]]] = {}
        self._units: dict[tuple[int, bool], pl.DataFrame] = {}
        self._chains: dict[tuple[int, bool], pl.DataFrame] = {}
        self._digests: dict[tuple[object, ...], str] = {}
        self._loose: list[pl.DataFrame] = []
        self._around_known: tuple[frozenset[Level], pl.DataFrame] | None = None
        self._contacts: dict[bool, pl.DataFrame] = {}
        self.holds: Holds = ALWAYS

    def take_offices(self, levels: Collection[Level], units: pl.DataFrame) -> None:
        """Offices of these levels around the scope that somebody has read already, so that they are read once."""
        self._around_known = frozenset(levels), units

    def of(self, requirement: Requirement) -> Kept:
        """What the duties of a requirement over rows are judged on.

        One owed by whom a column names may be kept anywhere: a request goes upward, and a boundary has two sides.
        """
        assert requirement.each is not None
        each = requirement.each
        register = self._plan.registers[each.register]
        everywhere = each.owed_by is not None
        part = None if everywhere else self.part
        return self._kept(register, self._now, _further(requirement), everywhere=everywhere, part=part)

    def duties(self, requirement: Requirement, covered_by: Mapping[str, pl.Series]) -> RowDuties:
        """The duties of a requirement over rows; what was kept of them is believed. covered_by: as of `rollup.Offices`."""
        assert requirement.each is not None
        each, plan = requirement.each, self._plan
        register, rests = plan.registers[each.register], rests_of_duties(plan, requirement, self._now)

        def worked_out(kept: Kept | None = None) -> RowDuties:
            kept = kept or self.of(requirement)
            known = Known(kept.contacts, covered_by)
            return judge_rows(
                rows=kept.rows,
                requirement=requirement,
                plan=plan,
                units=kept.units,
                chains=kept.chains,
                now=self._now,
                known=known,
            )

        name = self._name_of_duties(requirement, rests, covered_by)
        kept = self._found(name, self._now)
        if kept is not None:
            told = duties_taken_up(kept)
            found = duties_as_found(plan, requirement, told.verdicts, told.heard, told.awaited, again=worked_out)
        else:
            rows = self.of(requirement)
            found = worked_out(rows)
        if self.part is not None:
            only = self.part.only
            return replace(found, verdicts=only(found.verdicts), heard=only(found.heard), awaited=only(found.awaited))
        if kept is None and name is not None and rests is not None and self._answers is not None:
            holds = self._holding(register, rows, rests, self._now)
            laid = duties_laid_down(DutiesFound(found.verdicts, found.heard, found.awaited))
            self._answers.add(name, laid, holds)
        return found

    def _name_of_duties(
        self, requirement: Requirement, rests: Rests | None, covered_by: Mapping[str, pl.Series]
    ) -> str | None:
        each = requirement.each
        assert each is not None
        return self._name(
            self._plan.registers[each.register],
            self._now,
            _further(requirement),
            rests,
            ("duties", requirement.key, str(requirement.dues)),
            everywhere=each.owed_by is not None,
            covered_by=(covered_by, None if each.owed_by else requirement.judged_at),
        )

    def _found(self, name: str | None, at: datetime) -> list[pl.DataFrame] | None:
        """The parts of an answer that holds at a moment; None where none is kept."""
        kept = None if name is None or self._answers is None else self._answers.find(name, micros(at))
        if kept is None:
            return None
        self._narrow(kept.holds, at)
        return kept.parts

    def _holding(self, register: Register, kept: Kept, rests: Rests, at: datetime) -> Holds:
        """From when and up to when what was worked out of these rows at a moment holds."""
        holds = holds_around(at, kept.rows, register, rests, self._plan)
        self._narrow(holds, at)
        return holds

    def _narrow(self, holds: Holds, at: datetime) -> None:
        if at == self._now:
            self.holds = max(self.holds[0], holds[0]), min(self.holds[1], holds[1])

    def behind(self, indicator: Indicator) -> Kept:
        """What an indicator is drawn from."""
        assert indicator.rows is not None
        register = self._plan.registers[indicator.rows.register]
        return self._kept(register, self._now, {indicator.level}, everywhere=False, part=self.part)

    def readings(self, names: Collection[str], until: datetime | None = None) -> pl.DataFrame:
        """Those of the indicators `names` that are drawn from rows, as readings of what held at `until` (now for None)."""
        at = self._now if until is None else min(until, self._now)
        kept, missing = list[list[pl.DataFrame]](), dict[tuple[str, Rests | None], list[Indicator]]()
        for indicator in (self._plan.indicators[name] for name in sorted(names)):
            if indicator.rows is None:
                continue
            rests = rests_of_figure(self._plan, indicator, at)
            name = self._name_of_figure(indicator, rests, at)
            known = self._found(name, at)
            if known is not None:
                kept.append(known)
            else:
                missing.setdefault((indicator.rows.register, rests), []).append(indicator)
        readings, loose = readings_taken_up(kept)
        self._loose.append(loose)
        drawn = [
            self._drawn(self._plan.registers[register], indicators, rests, at)
            for (register, rests), indicators in missing.items()
        ]
        return pl.concat([readings, *drawn])

    def _name_of_figure(self, indicator: Indicator, rests: Rests | None, at: datetime) -> str | None:
        assert indicator.rows is not None
        register = self._plan.registers[indicator.rows.register]
        return self._name(register, at, {indicator.level}, rests, ("figure", indicator.id), everywhere=False)

    def _drawn(
        self, register: Register, indicators: Sequence[Indicator], rests: Rests | None, at: datetime
    ) -> pl.DataFrame:
        """The readings of indicators of one register, of which all rest on the same of the clock, out of its rows."""
        levels, part = {indicator.level for indicator in indicators}, self._part_of(register)
        kept = self._kept(register, at, levels, everywhere=False, part=part)
        drawing = partial(
            row_readings,
            rows=kept.rows,
            indicators=indicators,
            plan=self._plan,
            units=kept.units,
            chains=kept.chains,
            now=at,
            contacts=kept.contacts,
        )
        found, loose = drawing(), loose_figures(kept.rows, indicators, register, drawing)
        if part is not None:
            found, loose = (part.only(one) for one in (found, loose))
        elif self._answers is not None and rests is not None:
            holds = self._holding(register, kept, rests, at)
            for indicator in indicators:
                name = self._name_of_figure(indicator, rests, at)
                if name is not None:
                    own = (one.filter(pl.col("indicator") == indicator.id) for one in (found, loose))
                    self._answers.add(name, readings_laid_down(*own), holds)
        self._loose.append(loose)
        return found

    def written(self) -> pl.DataFrame:
        """What the figures allow that were drawn so far, where numbers of their rows have words: WRITTEN."""
        none = pl.lit(None, pl.String).alias("written")
        found = [
            one.select("indicator", "unit", "as_of", none, "least", "most", above=pl.lit(False), below=pl.lit(False))
            for one in self._loose
            if one.height
        ]
        return pl.concat([NO_WORDS, *found]).unique(["indicator", "unit", "as_of"], keep="last")

    def _name(
        self,
        register: Register,
        at: datetime,
        further: Iterable[Level],
        rests: Rests | None,
        what: Collection[str],
        *,
        everywhere: bool,
        covered_by: tuple[Mapping[str, pl.Series], Level | None] | None = None,
    ) -> str | None:
        """What an answer rests on, as one word; None where it cannot be told, or is another one each moment."""
        if self._answers is None or rests is None or self._known_by is not None:
            return None
        states = self._states_of(register, everywhere)
        if any(one.until > micros(at) for one in states):
            return None
        deepest = self._deepest({*register.kept_by, *(register.rows_at if states else ()), *further})
        asked = everywhere and self._around is not None and bool(states)
        files = self._word(
            "files", register.id, asked, of=lambda: digest(*((one.province, one.files) for one in states))
        )
        offices = self._word("offices", deepest, asked, of=lambda: digest_of(self._units_of(deepest, asked)))
        covered = "" if covered_by is None else self._covered(*covered_by, deepest, asked)
        # as of a moment that is over the same is asked again and again, and of no other
        past = f"{micros(at)}" if rests.turning and at != self._now else ""
        people = self._people(asked) if rests.people else ""
        return digest(self._plan_word, files, offices, rests.day, past, people, *what, covered)

    def _people(self, everywhere: bool) -> str:
        """Who holds which role, as one word; nobody is asked for where the plan has no roles."""
        contacts = self._answering(everywhere)
        return "" if contacts is None else self._word("people", everywhere, of=lambda: digest_of_contacts(contacts))

    def word(
        self,
        requirements: Iterable[Requirement],
        figures: Iterable[tuple[Collection[str], datetime | None]],
        covered_by: Callable[[], Mapping[str, pl.Series]],
    ) -> str | None:
        """What the duties of all these requirements over rows, and all these figures as of these moments (None: now), rest on,
        as one word; None where it cannot be told, or they are others each moment.

        It names more than each of them rests on: the day, whether it is asked for or not, and every office down to the lowest.
        """
        plan, until = self._plan, micros(self._now)
        if self._answers is None or self._known_by is not None:
            return None
        over_rows = [one for one in requirements if one.each is not None]
        rests = [rests_of_duties(plan, one, self._now) for one in over_rows]
        registers = {one.each.register for one in over_rows if one.each is not None}
        levels = {STORED}.union(*(_further(one) for one in over_rows))
        for names, at in figures:
            drawn = [plan.indicators[name] for name in names if plan.indicators[name].rows is not None]
            registers |= {one.rows.register for one in drawn if one.rows is not None}
            levels |= {one.level for one in drawn}
            until = min(until, until if at is None or not drawn else micros(at))
            if at is None or at >= self._now:
                rests += [rests_of_figure(plan, one, self._now) for one in drawn]
        states = list[RegisterState]()
        for register in (plan.registers[name] for name in sorted(registers)):
            own = self._states_of(register, everywhere=False)
            states += own
            levels |= {*register.kept_by, *(register.rows_at if own else ())}
        if None in rests or any(one.until > until for one in states):
            return None
        elsewhere = list[str]()
        for one in over_rows if self._around is not None else ():
            if one.each is not None and one.each.owed_by is not None:
                name = self._name_of_duties(one, rests_of_duties(plan, one, self._now), covered_by())
                if name is None:
                    return None
                elsewhere.append(name)
        people = self._people(False) if any(one is not None and one.people for one in rests) else ""
        files = digest(*((one.register, one.province, one.files) for one in states))
        day = f"{self._now.astimezone(plan.zone):%Y-%m-%d}"
        offices = digest_of(self._units_of(self._deepest(levels), False))
        return digest(self._plan_word, files, offices, day, people, elsewhere)

    @cached_property
    def _plan_word(self) -> str:
        """The plan, and the program that reads it."""
        return digest(this_program(), self._store.plan_digest)

    def _covered(self, covered_by: Mapping[str, pl.Series], level: Level | None, deepest: int, everywhere: bool) -> str:
        """Who is covered by which overlay, of the offices of a level (None: down to `deepest`): whoever judges more knows of
        more."""

        def told() -> str:
            known = self._units_of(deepest, everywhere)
            owing = known if level is None else known.filter(pl.col("level") == level)
            own = {scope: units.filter(units.is_in(owing["unit"].implode())) for scope, units in covered_by.items()}
            return digest_of(known.clear(), own)

        return self._word("covered", level, deepest, everywhere, of=told)

    def _word(self, *asked: object, of: Callable[[], str]) -> str:
        if asked not in self._digests:
            self._digests[asked] = of()
        return self._digests[asked]

    def _states_of(self, register: Register, everywhere: bool) -> list[RegisterState]:
        """What the database says of the rows of a register, in the order of provinces; read once for all registers."""
        everywhere = everywhere or self._around is None
        if everywhere not in self._states:
            self._states[everywhere] = states_of(self._store, None if everywhere else self._around)
        return self._states[everywhere].get(register.id, [])

    def _part_of(self, register: Register) -> Part | None:
        """The part that is asked about, where all who keep its rows are in it."""
        return self.part if self.part is not None and self.part.level in register.kept_by else None

    def _kept(
        self, register: Register, at: datetime, further: Iterable[Level], *, everywhere: bool, part: Part | None
    ) -> Kept:
        everywhere = everywhere and self._around is not None
        sent = self._sent(register, at, everywhere, part)
        # a list that nobody has sent is nobody's but its keepers'
        of_rows = () if sent.is_empty() else register.rows_at
        everywhere = everywhere and not sent.is_empty()
        deepest = self._deepest({*register.kept_by, *of_rows, *further})
        asked = (register.id, everywhere, at, deepest, part is not None)
        if asked not in self._kept_rows:
            units, chains = self._offices_of(deepest, everywhere)
            rows = sent if sent.is_empty() else placed(sent, register, units, chains)
            self._kept_rows[asked] = Kept(rows, units, chains, self._answering(everywhere))
        return self._kept_rows[asked]

    def _sent(self, register: Register, at: datetime, everywhere: bool, part: Part | None) -> pl.DataFrame:
        asked = (register.id, everywhere, at, part is not None)
        if asked not in self._read:
            self._read[asked] = self._rows(register, at, None if everywhere else self._around, part)
        return self._read[asked]

    def contacts(self, everywhere: bool = False) -> pl.DataFrame:
        """Everybody who holds a role around the scope, or everywhere; read once."""
        everywhere = everywhere or self._around is None
        if everywhere not in self._contacts:
            self._contacts[everywhere] = self._store.contacts(None if everywhere else self._around)
        return self._contacts[everywhere]

    def _answering(self, everywhere: bool) -> pl.DataFrame | None:
        """Everybody who may answer for a row, where some condition of the plan asks how many do."""
        return self.contacts(everywhere) if self._counts_holders else None

    @cached_property
    def _counts_holders(self) -> bool:
        return counts_holders_of_rows(self._plan)

    def _rows(
        self, register: Register, at: datetime, provinces: Collection[str] | None, part: Part | None
    ) -> pl.DataFrame:
        try:
            states = self._states_of(register, everywhere=provinces is None)
            if part is not None:
                states = part.narrowed(states)
            found = rows_of(self._store, register, at, provinces, known_by=self._known_by, states=states)
            return found if part is None else part.lying(found)
        except Refusal as fault:
            raise RowsUnreadable(
                f"登记册“{register.title}”的行无法读取：{fault.said.zh}",
                f"the rows of “{register.id}” cannot be read: {fault.said.en}",
            ) from fault

    def _deepest(self, levels: Iterable[Level]) -> int:
        """The place of the lowest of these levels that has offices."""
        lowest = max(LEVELS.index("village" if level == "district" else level) for level in levels)
        return max(lowest, LEVELS.index(STORED))

    def _offices_of(self, deepest: int, everywhere: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Every office down to a level, and whom each answers to."""
        units, asked = self._units_of(deepest, everywhere), (deepest, everywhere)
        if asked not in self._chains:
            self._chains[asked] = above(units)
        return units, self._chains[asked]

    def _units_of(self, deepest: int, everywhere: bool) -> pl.DataFrame:
        """Every office down to a level."""
        asked = deepest, everywhere
        if asked not in self._units:
            levels = frozenset(LEVELS[: deepest + 1])
            units = self._out_of_more(levels, everywhere)
            if units is None:
                units = self._store.units(levels, provinces=None if everywhere else self._around)
            self._units[asked] = units
        return self._units[asked]

    def _out_of_more(self, levels: frozenset[Level], everywhere: bool) -> pl.DataFrame | None:
        """The offices of these levels, where deeper ones were read already."""
        read = [
            (frozenset(LEVELS[: deepest + 1]), units)
            for (deepest, all_around), units in self._units.items()
            if all_around == everywhere
        ]
        if self._around_known is not None and not everywhere:
            read.append(self._around_known)
        units = next((units for known, units in read if levels <= known), None)
        return None if units is None else units.filter(pl.col("level").is_in(sorted(levels)))


def _further(requirement: Requirement) -> set[Level]:
    """The levels whose offices matter to a requirement over rows, whoever keeps the register."""
    each = requirement.each
    assert each is not None
    return {requirement.judged_at} | ({each.of_level} if each.of_level else set())


def registers_behind(plan: Plan, requirements: Iterable[Requirement]) -> frozenset[str]:
    """The registers whose rows these requirements are judged on, as duties or as figures."""
    found = set()
    for requirement in requirements:
        if requirement.each is not None:
            found.add(requirement.each.register)
        drawn = (plan.indicators[name].rows for name in plan.behind[requirement.key])
        found |= {rows.register for rows in drawn if rows is not None}
    return frozenset(found)


def reported(plan: Plan, names: Iterable[str]) -> frozenset[str]:
    """Of the names of indicators those that are neither drawn from rows nor counted: of the others no report is asked."""
    return frozenset(name for name in names if name not in plan.indicators or _is_sent(plan.indicators[name]))


def _is_sent(indicator: Indicator) -> bool:
    return indicator.rows is None and not indicator.is_counted
