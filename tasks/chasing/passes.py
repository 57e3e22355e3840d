"""Chasing: one pass judges, opens and closes cases, and owes notices, all in one transaction.

A pass keeps out whoever else writes of its provinces (`tasks.campaign.locks`) from before it judges until it has written,
so that two passes at once owe each line once and none decides on what another has just changed. Senders go on meanwhile.
What it judged there it hands on, so that whoever shows the outcome need not judge again.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import polars as pl
from sqlalchemy import Connection, update
from sqlmodel import col

from models.moments import micros
from models.rules.chasing.chasing import decide_rungs, going_on, not_met, rung_table, to_close, to_open, with_stand
from models.rules.chasing.inhibition import answered_below, late_below, told_late
from models.rules.judging.tree import ranges_of
from models.tables import Pass
from models.units import DIGITS, NATION
from tasks.audit_trail import records
from tasks.audit_trail.texts import record_unloaded
from tasks.campaign.folding import fold
from tasks.campaign.frames import add_row
from tasks.campaign.giving_way import done_again
from tasks.campaign.locks import of_offices
from tasks.campaign.store import Store
from tasks.chasing.cases import (
    CASES,
    as_heard,
    close_cases,
    departed_among,
    insert_cases,
    move_along,
    number_cases,
    policies_for,
    read_open_cases,
    read_policies,
)
from tasks.chasing.isolation import Isolation, Part
from tasks.chasing.notices import lines_of, lines_since_due, write_notices
from tasks.chasing.set_aside import Aside
from tasks.delivery.share import Share
from tasks.delivery.taking_back import withdraw_lines
from tasks.judging.judge import Judged, Judges
from tasks.judging.settled import is_anything_over, judge_now, keep_settled
from tasks.papers.drafts import make_papers, settle_papers
from tasks.papers.reminders import is_anything_owed, paper_lines

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Owed:
    """What one pass decided. `owed` counts the notices it wrote or added lines to; aside: what it had to leave out.

    phases: the same four counts by (phase, count); a notice that speaks of two phases counts in each. lines: only of a rehearsal, what would be owed. basis: the judgement of every duty in scope that all this was decided
    on; None where a phase had to be left out of it, which would look there as if it owed nothing.
    """

    pass_id: int | None
    judged: int
    opened: int = 0
    closed: int = 0
    owed: int = 0
    phases: Counter[tuple[str, str]] = field(default_factory=Counter, repr=False)
    lines: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    aside: tuple[Aside, ...] = ()
    basis: Judged | None = field(default=None, repr=False, compare=False)

    def of(self, phase: str) -> Owed:
        """The same of one phase."""
        return replace(
            self,
            judged=self.phases[phase, "judged"],
            opened=self.phases[phase, "opened"],
            closed=self.phases[phase, "closed"],
            owed=self.phases[phase, "owed"],
        )


@done_again
def owe(
    store: Store,
    scope: str | None,
    now: datetime,
    dry_run: bool = False,
    judges: Judges = judge_now,
    phase: str | None = None,
) -> Owed:
    """Judge everything at and below `scope`, of one phase where given; open and close cases; owe what is due.

    With `dry_run` nothing is kept, and `lines` holds what would be owed.
    """
    with store.writing(of_offices([scope] if scope else [])) as connection:
        result = _Pass(
            store=store, connection=connection, share=Share(scope, phase), now=now, dry_run=dry_run, judges=judges
        ).run()
        if dry_run:
            connection.rollback()
    return result


@dataclass(frozen=True)
class _Done:
    """What was done for a part."""

    opened: int = 0
    closed: int = 0
    owed: int = 0
    lines: tuple[dict[str, Any], ...] = ()
    phases: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __add__(self, other: _Done) -> _Done:
        return _Done(
            opened=self.opened + other.opened,
            closed=self.closed + other.closed,
            owed=self.owed + other.owed,
            lines=self.lines + other.lines,
            phases=self.phases + other.phases,
        )


class _Pass:
    """One pass inside its transaction."""

    def __init__(
        self, store: Store, connection: Connection, share: Share, now: datetime, dry_run: bool, judges: Judges
    ) -> None:
        # the pass keeps out whoever writes of these provinces: what it reads it reads over its own connection
        self.store = store = store.inside(connection)
        self.connection, self.now, self.dry_run, self.judges = connection, now, dry_run, judges
        self.scope, self.phase = None if share.unit == NATION else share.unit, share.phase
        self.at = micros(now)
        self.plan, self.calendar = store.plan(), store.calendar()
        self.ranges = None if self.scope is None else share.ranges(self.units)
        self.share = share.condition(self.ranges)
        self.isolation = Isolation(connection, now)

    @cached_property
    def units(self) -> pl.DataFrame:
        """Every office of the provinces concerned, villages among them: whoever finds nothing new needs none of these."""
        return self.store.units(provinces=self.store.provinces_with(self.scope))

    def run(self) -> Owed:
        machine_at = micros(self.store.machine(self.now))
        self.pass_id = add_row(self.connection, Pass, as_of=self.at, machine_at=machine_at, scope=self.scope)
        self.judged = self.isolation.judge(
            lambda phases: self.judges(self.store, self.scope, self.now, phases), self._phases(), some=bool(self.phase)
        )
        self.own = self.judged if self.phase is None else self.judged.only([self.phase])
        self.lacking = not_met(self.own.verdicts)
        self.pairs = answered_below(self.plan)
        self.of_rows = [one.key for one in self.plan.requirements if one.each is not None]
        done = sum(self.isolation.each(self._everything(), self._do), _Done())
        done += self._about_papers()
        self.isolation.heal(None if self.scope is None else self.judged.units["unit"], self._phases())
        if self._may_settle():
            self._settle()
        if not self.dry_run:
            provinces = None if self.scope is None else set(self.judged.units["unit"].str.head(2))
            fold(self.connection, self.at, provinces, self.isolation.attempt, self.store.unreadable)
        counts = {
            "judged": self.own.verdicts.height + int(self.own.settled.met["count"].sum()),
            "opened": done.opened,
            "closed": done.closed,
            "owed": done.owed,
        }
        self.connection.execute(
            update(Pass).where(col(Pass.id) == self.pass_id).values(finished_at=self.at, counts=json.dumps(counts))
        )
        records.record_notices(self.connection, self.now)
        record_unloaded(self.connection, self.store.home, self.now)
        return Owed(
            self.pass_id,
            **counts,
            phases=done.phases + _by_phase("judged", self.own.verdicts),
            lines=done.lines,
            aside=self.isolation.now_aside(),
            basis=None if self.isolation.phases_left_out else self.judged,
        )

    def _phases(self) -> list[str]:
        """What is judged: all phases; for one its own duties, and those by which it may be blocked."""
        return [
            one.id
            for one in self.plan.phases
            if self.phase is None or one.id == self.phase or one.id in self._before_it()
        ]

    def _before_it(self) -> tuple[str, ...]:
        found = self.plan.phase(self.phase or "")
        return found.after if found else ()

    def _may_settle(self) -> bool:
        """Whether everything was judged of the nation, or of a province with all that is below it."""
        # a province one of whose offices answers elsewhere is settled with the nation
        whole = self.ranges is None or (len(str(self.scope)) == DIGITS["province"] and len(self.ranges) == 1)
        return whole and self.phase is None and self.isolation.left_out.is_empty()

    def _settle(self) -> None:
        """Keep what need not be judged again. Without it the next pass takes longer, and nothing else."""
        done = self.isolation.attempt_where(
            lambda: is_anything_over(self.judged, self.now),
            lambda: keep_settled(self.connection, self.store, self.judged, self.now),
        )
        if isinstance(done, Exception):
            LOG.error("what is over could not be settled", exc_info=done)

    def _everything(self) -> Part:
        """Open cases and duties that need one, in scope, without what is set aside.

        An office that exists no more lies in every scope of its province, so that its cases close.
        """
        ranges = self.ranges
        if ranges is not None and ranges != ranges_of({first[: DIGITS["province"]] for first, _ in ranges}):
            ranges = (*ranges, *departed_among(self.connection, ranges))
        cases = read_open_cases(self.connection, self.at, ranges).with_columns(phase=_phase_of())
        if self.phase is not None:
            cases = cases.filter(pl.col("phase") == self.phase)
        self.held = going_on(self.lacking, cases, self.of_rows)
        opening = to_open(self.lacking, self.held, self.now).with_columns(phase=_phase_of())
        chased = [place for place, requirement in enumerate(self.plan.requirements) if requirement.ladder]
        return Part(cases, opening.filter(pl.col("place").is_in(chased))).without(self.isolation.left_out)

    def _do(self, part: Part) -> _Done:
        closing = to_close(self.own.verdicts, self.held, part.cases, self.of_rows, lambda: self.units["unit"])
        close_cases(self.connection, closing, self.at)
        known, closed = _parted(part.cases, closing)
        opened = self._open(part.opening)
        cases = known.select(*CASES)
        if opened.height:
            cases = pl.concat([cases, _as_cases(opened)])
        done = _Done(
            opened=opened.height,
            closed=closing.height,
            phases=_by_phase("opened", opened) + _by_phase("closed", closed),
        )
        if cases.is_empty():
            return done
        policies = read_policies(self.connection, cases["policy"].unique().sort())
        rungs = rung_table(cases, policies, self.calendar)
        cases = as_heard(self.connection, with_stand(cases, rungs, self.at), self.ranges)
        cases = self._with_told_late(self._with_late_below(cases), rungs)
        decided = decide_rungs(cases, rungs, policies, self.calendar, self.now)
        insert_cases(self.connection, opened, decided, self.at)
        move_along(self.connection, decided, known.select("case"), self.at)
        spoken = pl.concat([decided.fired, decided.rolled_up])
        if spoken.is_empty():
            return done
        told_before = decided.fired.join(known.filter(pl.col("rung") >= 0), on="case", how="semi")
        withdraw_lines(self.connection, told_before.select("case", reason=pl.lit("next rung")), "superseded", self.at)
        fired = spoken.join(cases, on="case", maintain_order="left").with_columns(
            known=pl.col("case").is_in(known["case"].implode())
        )
        lines = lines_of(
            store=self.store,
            connection=self.connection,
            judged=self.judged,
            units=self.units,
            fired=fired,
            policies=policies,
            now=self.now,
        )
        lines = make_papers(self.connection, self.store, lines, self.pass_id, self.now)
        written = write_notices(
            connection=self.connection,
            lines=lines,
            policies=policies,
            calendar=self.calendar,
            pass_id=self.pass_id,
            now=self.now,
            share=self.share,
        )
        return done + _written(written, lines, self.dry_run)

    def _about_papers(self) -> _Done:
        """Withdraw drafts whose duties are done, recall those that lie, and send out what was signed."""
        done = self.isolation.attempt_where(
            lambda: is_anything_owed(self.connection, self.now, self.ranges), self._do_papers
        )
        if isinstance(done, Exception):
            LOG.error("what papers owe could not be done", exc_info=done)
        return done if isinstance(done, _Done) else _Done()

    def _do_papers(self) -> _Done:
        settle_papers(self.connection, self.store, self.now, ranges=self.ranges)
        lines = paper_lines(self.connection, self.store, self.now, self.ranges)
        if self.phase is not None:
            lines = lines.filter(_phase_of() == self.phase)
        policies = read_policies(self.connection, lines["policy"].unique().sort())
        written = write_notices(
            connection=self.connection,
            lines=lines,
            policies=policies,
            calendar=self.calendar,
            pass_id=self.pass_id,
            now=self.now,
            share=self.share,
        )
        return _written(written, lines, self.dry_run)

    def _open(self, opening: pl.DataFrame) -> pl.DataFrame:
        """Cases that open now, numbered, with their policies: case, seq, unit, requirement, period, due, policy."""
        if opening.is_empty():
            return _NO_OPENING
        policies = policies_for(
            self.connection, self.plan, opening["place"].unique().sort().to_list(), dry_run=self.dry_run
        )
        numbered = number_cases(self.connection, opening, self.at)
        return numbered.with_columns(policy=pl.col("place").replace_strict(policies, return_dtype=pl.Int64)).select(
            _NO_OPENING.columns
        )

    def _with_late_below(self, cases: pl.DataFrame) -> pl.DataFrame:
        waits = late_below(self.pairs, self.judged.verdicts, cases, lambda: self.judged.chains, self.at)
        if waits.is_empty():
            return cases.with_columns(late_below=pl.lit(None, pl.Int64))
        return cases.join(waits, on=["unit", "requirement", "period"], how="left", maintain_order="left")

    def _with_told_late(self, cases: pl.DataFrame, rungs: pl.DataFrame) -> pl.DataFrame:
        waiting = cases.filter(pl.col("late_below").is_not_null())
        if waiting.is_empty():
            return cases.with_columns(told_late=False)
        told = told_late(waiting, lines_since_due(self.connection, waiting), rungs).with_columns(told_late=True)
        return cases.join(told, on="case", how="left", maintain_order="left").with_columns(
            pl.col("told_late").fill_null(False)
        )


_NO_OPENING = pl.DataFrame(
    schema={
        "case": pl.Int64,
        "seq": pl.Int64,
        **{name: CASES[name] for name in ("unit", "requirement", "period", "due", "policy")},
    }
)


def _written(notices: int, lines: pl.DataFrame, dry_run: bool) -> _Done:
    """What it came to that these lines went into so many notices, one a person."""
    persons = lines.select("person", requirement=_phase_of()).unique()
    return _Done(owed=notices, phases=_by_phase("owed", persons), lines=tuple(lines.to_dicts()) if dry_run else ())


def _by_phase(what: str, rows: pl.DataFrame) -> Counter[tuple[str, str]]:
    """How many rows of a frame with `requirement` each phase has, under the name of that count."""
    found = Counter[tuple[str, str]]()
    for requirement, count in rows["requirement"].value_counts().iter_rows() if rows.height else ():
        found[requirement.partition(".")[0], what] += count
    return found


def _parted(cases: pl.DataFrame, closing: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cases that go on, and those that close."""
    if closing.is_empty():
        return cases, cases.clear()
    known = cases.join(closing, on="case", how="anti", maintain_order="left")
    return known, cases.join(closing, on="case", how="semi")


def _as_cases(opened: pl.DataFrame) -> pl.DataFrame:
    blank = [
        pl.lit(-1 if name == "rung" else None, kind).alias(name)
        for name, kind in CASES.items()
        if name not in opened.columns
    ]
    return opened.with_columns(blank).select(*CASES)


def _phase_of() -> pl.Expr:
    return pl.col("requirement").cast(pl.String).str.split_exact(".", 1).struct.field("field_0")
