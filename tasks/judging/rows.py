"""The rows of registers that a judgement needs, each register read once, and everyone whose they may be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial

import polars as pl

from models.moments import micros
from models.plan.lists import Register
from models.plan.model import Indicator, Plan, Requirement
from models.plan.periods import period_around
from models.rules.judging.bounds import NO_WORDS
from models.rules.judging.kept_answers import (
    ALWAYS,
    DutiesFound,
    Holds,
    Rests,
    TurningMoments,
    digest,
    digest_of,
    digest_of_contacts,
    duties_laid_down,
    duties_taken_up,
    readings_laid_down,
    readings_taken_up,
    rests_of_duties,
    rests_of_figure,
)
from models.rules.judging.rollup import STORED
from models.rules.registers.duties import RowDuties, duties_as_found, judge_rows
from models.rules.registers.figures import NO_READINGS, is_kept_above, row_readings
from models.rules.registers.known import Known
from models.rules.registers.loose_figures import loose_figures
from models.rules.registers.offices import placed
from models.tables import RegisterState
from models.units import Level
from models.wording import Refusal
from tasks.campaign.store import Store
from tasks.judging.kept_answers import Answer, KeptAnswers, this_program
from tasks.judging.offices_around import OfficesAround, deepest_of
from tasks.judging.part import Part, Roots
from tasks.judging.rows_in_hand import Figure, InHand, Kept, RowsInHand
from tasks.registers.current import rows_of, states_of


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
        self._in_hand = RowsInHand()
        self._goes_on = False
        self._loose: list[pl.DataFrame] = []
        self.offices = OfficesAround(store, plan, around, self._in_hand)
        self.holds: Holds = ALWAYS

    def take_in_hand(self, in_hand: RowsInHand) -> None:
        """Go on with what was read and worked out before, and leave there what another judgement may go on with."""
        self._in_hand = self.offices.in_hand = in_hand
        self._goes_on = True

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

    def _of_offices(self, requirement: Requirement, offices: Collection[str]) -> Kept:
        """The same of the duties of some offices alone: of their rows, and of few others."""
        assert requirement.each is not None
        register = self._plan.registers[requirement.each.register]
        asked = (register.id, False, self._since_changed(register, self._now, everywhere=False), False)
        if asked in self._in_hand.read or self.part is not None or requirement.each.owed_by is not None:
            return self.of(requirement)
        units, chains = self._around_duties(requirement)
        rows = self._rows(register, self._now, self._around, Roots.below(offices, chains))
        own = rows if rows.is_empty() else placed(rows, register, units, chains)
        return Kept(own, units, chains, self.offices.answering(False), self.offices.affiliation())

    def _around_duties(self, requirement: Requirement) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Every office that duties of a requirement over rows may speak of, and whom each answers to."""
        assert requirement.each is not None
        register = self._plan.registers[requirement.each.register]
        everywhere = requirement.each.owed_by is not None and self._around is not None
        of_rows = register.rows_at if self._states_of(register, everywhere) else ()
        deepest = deepest_of({*register.kept_by, *of_rows, *_further(requirement)})
        return self.offices.with_chains(deepest, everywhere)

    def duties(self, requirement: Requirement, covered_by: Mapping[str, pl.Series]) -> RowDuties:
        """The duties of a requirement over rows; what was kept of them is believed. covered_by: as of `rollup.Offices`."""
        known = self._remembered(requirement.key)
        if isinstance(known, RowDuties):
            return known
        assert requirement.each is not None
        each, plan = requirement.each, self._plan
        register, rests = plan.registers[each.register], rests_of_duties(plan, requirement, self._now)

        def worked_out(kept: Kept) -> RowDuties:
            known = Known(kept.contacts, covered_by, kept.affiliation)
            return judge_rows(
                rows=kept.rows,
                requirement=requirement,
                plan=plan,
                units=kept.units,
                chains=kept.chains,
                now=self._now,
                known=known,
            )

        def again(asked: Collection[str] | None) -> RowDuties:
            return worked_out(self.of(requirement) if asked is None else self._of_offices(requirement, asked))

        def offices() -> pl.DataFrame:
            return self._around_duties(requirement)[0]

        name = self._name_of_duties(requirement, rests, covered_by)
        kept = self._found(name, self._now)
        if kept is not None:
            told, holds = duties_taken_up(kept.parts), kept.holds
            found = duties_as_found(
                plan, requirement, told.verdicts, told.heard, told.awaited, again=again, offices=offices
            )
        else:
            rows = self.of(requirement)
            turns = TurningMoments(rows.rows, register, self._now, plan, rows.affiliation)
            found, holds = worked_out(rows), self._holding(turns, rests, self._now)
        if self.part is not None:
            only = self.part.only
            found = replace(found, verdicts=only(found.verdicts), heard=only(found.heard), awaited=only(found.awaited))
        elif kept is None and name is not None and self._answers is not None:
            laid = duties_laid_down(DutiesFound(found.verdicts, found.heard, found.awaited))
            self._answers.add(name, laid, holds)
        states = self._states_of(register, everywhere=each.owed_by is not None)
        self._remember(requirement.key, None, _within(holds, rests, states, self._day_of(self._now)), found)
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

    def _found(self, name: str | None, at: datetime) -> Answer | None:
        """An answer that holds at a moment; None where none is kept."""
        kept = None if name is None or self._answers is None else self._answers.find(name, micros(at))
        if kept is not None:
            self._narrow(kept.holds, at)
        return kept

    def _holding(self, turns: TurningMoments, rests: Rests | None, at: datetime) -> Holds:
        """From when and up to when what was worked out of these rows at a moment holds; that moment alone for None."""
        if rests is None:
            return micros(at), micros(at) + 1
        holds = turns.holds(rests)
        self._narrow(holds, at)
        return holds

    def _remembered(self, what: str, past: datetime | None = None) -> RowDuties | Figure | None:
        """What is in hand of the duties of a requirement, or of an indicator, that holds now, or at a moment that is over."""
        found = self._in_hand.find(what, past, self._now)
        if found is None:
            return None
        self._narrow(found.holds, past or self._now)
        return found.what

    def _remember(self, what: str, past: datetime | None, holds: Holds, found: RowDuties | Figure) -> None:
        """Take it in hand, where it holds at all: of rows that are known to be others later nothing does but what they were
        at a moment that is over."""
        # what looks up its rows again holds on to us: kept by a judgement that nothing follows, neither would be let go
        if self._goes_on and holds[0] <= micros(past or self._now) < holds[1]:
            self._in_hand.take(what, past, InHand(holds, found))

    def _day_of(self, at: datetime) -> Holds:
        day = period_around(at, "day", self._plan.zone)
        return micros(day.starts), micros(day.ends)

    def _narrow(self, holds: Holds, at: datetime) -> None:
        if at == self._now:
            self.holds = max(self.holds[0], holds[0]), min(self.holds[1], holds[1])

    def behind(self, indicator: Indicator) -> Kept:
        """What an indicator is drawn from."""
        assert indicator.rows is not None
        register = self._plan.registers[indicator.rows.register]
        return self._kept(register, self._now, {indicator.level}, everywhere=False, part=self.part)

    def drawn_from(self, indicator: Indicator) -> Kept:
        """The rows that its figure of now is worked out of."""
        assert indicator.rows is not None
        register = self._plan.registers[indicator.rows.register]
        return self._kept(register, self._now, {indicator.level}, everywhere=False, part=self._part_of(register))

    def readings(self, names: Collection[str], until: datetime | None = None) -> pl.DataFrame:
        """Those of the indicators `names` that are drawn from rows, as readings of what held at `until` (now for None)."""
        at = self._now if until is None else min(until, self._now)
        past = None if at == self._now else at
        found, missing = list[Figure](), dict[tuple[str, bool], list[Indicator]]()
        for indicator in (self._plan.indicators[name] for name in sorted(names)):
            if indicator.rows is None:
                continue
            known = self._remembered(indicator.id, past)
            if known is None:
                rests = rests_of_figure(self._plan, indicator, at)
                kept = self._found(self._name_of_figure(indicator, rests, at), at)
                if kept is None:
                    missing.setdefault((indicator.rows.register, rests is None), []).append(indicator)
                    continue
                known = kept.parts
                self._remember_figure(indicator, at, rests, known, kept.holds)
            assert not isinstance(known, RowDuties)
            found.append(known)
        if not found and not missing:
            return NO_READINGS
        readings, loose = readings_taken_up(found)
        self._loose.append(loose)
        drawn = [
            self._drawn(self._plan.registers[register], indicators, at) for (register, _), indicators in missing.items()
        ]
        return pl.concat([readings, *drawn])

    def _name_of_figure(self, indicator: Indicator, rests: Rests | None, at: datetime) -> str | None:
        assert indicator.rows is not None
        register = self._plan.registers[indicator.rows.register]
        return self._name(register, at, {indicator.level}, rests, ("figure", indicator.id), everywhere=False)

    def _drawn(self, register: Register, indicators: Sequence[Indicator], at: datetime) -> pl.DataFrame:
        """The readings of indicators of one register, out of its rows: all of them are others each moment, or none is."""
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
            known=Known(kept.contacts, affiliation=kept.affiliation),
        )
        found, loose = drawing(), loose_figures(kept.rows, indicators, register, drawing)
        if part is not None:
            found, loose = (part.only(one) for one in (found, loose))
        turns = TurningMoments(kept.rows, register, at, self._plan, kept.affiliation)
        for indicator in indicators:
            rests = rests_of_figure(self._plan, indicator, at)
            name, holds = self._name_of_figure(indicator, rests, at), self._holding(turns, rests, at)
            own = readings_laid_down(*(one.filter(pl.col("indicator") == indicator.id) for one in (found, loose)))
            if part is None and self.part is None and name is not None and self._answers is not None:
                self._answers.add(name, own, holds)
            self._remember_figure(indicator, at, rests, own, holds)
        self._loose.append(loose)
        return found

    def _remember_figure(
        self, indicator: Indicator, at: datetime, rests: Rests | None, found: Figure, holds: Holds
    ) -> None:
        assert indicator.rows is not None
        past = None if at == self._now else at
        register = self._plan.registers[indicator.rows.register]
        states = [] if past else self._states_of(register, everywhere=False)
        self._remember(indicator.id, past, _within(holds, rests, states, self._day_of(at)), found)

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
        deepest = deepest_of({*register.kept_by, *(register.rows_at if states else ()), *further})
        asked = everywhere and self._around is not None and bool(states)
        files = self._word(
            "files", register.id, asked, of=lambda: digest(*((one.province, one.files) for one in states))
        )
        offices = self._word("offices", deepest, asked, of=lambda: digest_of(self.offices.units(deepest, asked)))
        covered = "" if covered_by is None else self._covered(*covered_by, deepest, asked)
        # as of a moment that is over the same is asked again and again, and of no other
        past = f"{micros(at)}" if rests.turns and at != self._now else ""
        people = self._people(asked) if rests.people else ""
        affiliation = self._affiliation_word() if rests.affiliation else ""
        return digest(self._plan_word, files, offices, rests.day, past, people, affiliation, *what, covered)

    def _affiliation_word(self) -> str:
        """Who answers to others than their digits name, as one word."""
        return self._word("affiliation", of=lambda: digest(*self.offices.affiliation().superiors.items()))

    def _people(self, everywhere: bool) -> str:
        """Who holds which role, as one word; nobody is asked for where the plan has no roles."""
        contacts = self.offices.answering(everywhere)
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
        affiliation = self._affiliation_word() if any(one is not None and one.affiliation for one in rests) else ""
        files = digest(*((one.register, one.province, one.files) for one in states))
        day = f"{self._now.astimezone(plan.zone):%Y-%m-%d}"
        offices = digest_of(self.offices.units(deepest_of(levels), False))
        return digest(self._plan_word, files, offices, day, people, affiliation, elsewhere)

    @cached_property
    def _plan_word(self) -> str:
        """The plan, and the program that reads it."""
        return digest(this_program(), self._store.plan_digest)

    def _covered(self, covered_by: Mapping[str, pl.Series], level: Level | None, deepest: int, everywhere: bool) -> str:
        """Who is covered by which overlay, of the offices of a level (None: down to `deepest`): whoever judges more knows of
        more."""

        def told() -> str:
            known = self.offices.units(deepest, everywhere)
            owing = known if level is None else known.filter(pl.col("level") == level)
            own = {scope: units.filter(units.is_in(owing["unit"].implode())) for scope, units in covered_by.items()}
            return digest_of(known.clear(), own)

        return self._word("covered", level, deepest, everywhere, of=told)

    def _word(self, *asked: object, of: Callable[[], str]) -> str:
        if asked not in self._in_hand.digests:
            self._in_hand.digests[asked] = of()
        return self._in_hand.digests[asked]

    def _states_of(self, register: Register, everywhere: bool) -> list[RegisterState]:
        """What the database says of the rows of a register, in the order of provinces; read once for all registers."""
        everywhere = everywhere or self._around is None
        if everywhere not in self._in_hand.states:
            self._in_hand.states[everywhere] = states_of(self._store, None if everywhere else self._around)
        return self._in_hand.states[everywhere].get(register.id, [])

    def _part_of(self, register: Register) -> Part | None:
        """The part that is asked about, where all who keep its rows are in it."""
        return None if self.part is None or is_kept_above(register, self.part.level) else self.part

    def _kept(
        self, register: Register, at: datetime, further: Iterable[Level], *, everywhere: bool, part: Part | None
    ) -> Kept:
        everywhere = everywhere and self._around is not None
        sent = self._sent(register, at, everywhere, part)
        # a list that nobody has sent is nobody's but its keepers'
        of_rows = () if sent.is_empty() else register.rows_at
        everywhere = everywhere and not sent.is_empty()
        deepest = deepest_of({*register.kept_by, *of_rows, *further})
        asked = (register.id, everywhere, self._since_changed(register, at, everywhere), deepest, part is not None)
        if asked not in self._in_hand.kept:
            units, chains = self.offices.with_chains(deepest, everywhere)
            rows = sent if sent.is_empty() else placed(sent, register, units, chains)
            contacts = self.offices.answering(everywhere)
            self._in_hand.kept[asked] = Kept(rows, units, chains, contacts, self.offices.affiliation())
        return self._in_hand.kept[asked]

    def _since_changed(self, register: Register, at: datetime, everywhere: bool) -> datetime | None:
        """The moment at which rows are asked for; None where they are those that hold, at whichever moment."""
        states = self._states_of(register, everywhere)
        holds = self._known_by is None and all(one.until <= micros(at) for one in states)
        return None if holds else at

    def _sent(self, register: Register, at: datetime, everywhere: bool, part: Part | None) -> pl.DataFrame:
        asked = (register.id, everywhere, self._since_changed(register, at, everywhere), part is not None)
        if asked not in self._in_hand.read:
            self._in_hand.read[asked] = self._rows(register, at, None if everywhere else self._around, part)
        return self._in_hand.read[asked]

    def _rows(
        self, register: Register, at: datetime, provinces: Collection[str] | None, part: Roots | None
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


def _within(holds: Holds, rests: Rests | None, states: Iterable[RegisterState], day: Holds) -> Holds:
    """From when and up to when what was worked out of the rows of `states` holds: no longer than its day, where it rests on
    that, and not before the newest report."""
    first, end = holds
    if rests is not None and rests.day:
        first, end = max(first, day[0]), min(end, day[1])
    return max([first, *(one.until for one in states)]), end


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
