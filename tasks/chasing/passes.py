"""Chasing: one pass judges, opens and closes cases, and owes notices, all in one transaction.

The pass holds the campaign's one exclusive transaction from before it judges until it has written, so that
two passes at once owe each line once and none decides on what another has just changed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from models.moments import micros
from models.rules.chasing.chasing import decide_rungs, not_met, rung_table, to_close, to_open
from models.rules.chasing.inhibition import answered_below, late_below
from models.rules.judging.tree import below
from models.tables import Pass
from models.units import NATION
from models.wording import Refusal
from tasks.audit_trail import records
from tasks.campaign.store import Store
from tasks.chasing.cases import (
    CASES,
    close_cases,
    insert_cases,
    move_along,
    number_cases,
    policies_for,
    read_open_cases,
    read_policies,
    settle_rungs,
)
from tasks.chasing.notices import lines_of, write_notices
from tasks.chasing.set_aside import Aside, put_aside, read_asides, take_back, waiting
from tasks.delivery.ledger import withdraw_lines
from tasks.judging.judge import Judged, judge_all
from tasks.papers.drafts import make_papers, settle_papers
from tasks.papers.reminders import paper_lines

_STOPS = (Refusal, OperationalError, InterfaceError, InternalError, MemoryError)
"""Faults that are nobody's own: the database is gone or full. They stop the pass; the next one heals it."""

_MOST_BAD_UNITS = 20
"""More units than this that fail in one phase are the phase's fault."""

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Owed:
    """What one pass decided. `owed` counts the notices it wrote or added lines to; aside: what it had to leave out.

    lines: only of a rehearsal, what would be owed.
    """

    pass_id: int | None
    judged: int
    opened: int = 0
    closed: int = 0
    owed: int = 0
    lines: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    aside: tuple[Aside, ...] = ()


Judges = Callable[[Store, str | None, datetime, Collection[str] | None], Judged]
"""Whoever judges the duties of some phases (None: all) at a moment, as `judge_all` does."""


def owe(store: Store, scope: str | None, now: datetime, dry_run: bool = False, judges: Judges = judge_all) -> Owed:
    """Judge everything at and below `scope`; open and close cases; owe what is due.

    With `dry_run` nothing is kept, and `lines` holds what would be owed.
    """
    with store.writing() as connection:
        result = _Pass(store, connection, scope, now, dry_run, judges).run()
        if dry_run:
            connection.rollback()
    return result


@dataclass(frozen=True)
class _Part:
    """The open cases and the duties to open that are worked on together."""

    cases: pl.DataFrame
    opening: pl.DataFrame

    def only(self, condition: pl.Expr) -> _Part:
        return _Part(self.cases.filter(condition), self.opening.filter(condition))

    def without(self, left_out: pl.DataFrame) -> _Part:
        """Leave out phases, and units in them."""
        if left_out.is_empty():
            return self
        phases = left_out.filter(pl.col("unit") == "").select("phase")
        pairs = left_out.filter(pl.col("unit") != "")
        return _Part(
            *(
                frame.join(phases, on="phase", how="anti", maintain_order="left").join(
                    pairs, on=["phase", "unit"], how="anti", maintain_order="left"
                )
                for frame in (self.cases, self.opening)
            )
        )

    @property
    def phases(self) -> list[str]:
        return sorted({*self.cases["phase"], *self.opening["phase"]})

    @property
    def units(self) -> list[str]:
        return sorted({*self.cases["unit"], *self.opening["unit"]})


@dataclass(frozen=True)
class _Done:
    """What was done for a part."""

    opened: int = 0
    closed: int = 0
    owed: int = 0
    lines: tuple[dict[str, Any], ...] = ()

    def __add__(self, other: _Done) -> _Done:
        return _Done(
            self.opened + other.opened, self.closed + other.closed, self.owed + other.owed, self.lines + other.lines
        )


class _Pass:
    """One pass inside its transaction."""

    def __init__(
        self, store: Store, connection: Connection, scope: str | None, now: datetime, dry_run: bool, judges: Judges
    ) -> None:
        self.store, self.connection, self.now, self.dry_run, self.judges = store, connection, now, dry_run, judges
        self.scope = None if scope == NATION else scope
        self.at = micros(now)
        self.plan, self.calendar = store.plan(), store.calendar()
        self.units = store.units(connection=connection)
        self.asides = read_asides(connection)
        self.newly_aside: list[Aside] = []
        self.left_out = waiting(self.asides, self.at)

    def run(self) -> Owed:
        started = self.connection.execute(insert(Pass).values(as_of=self.at, scope=self.scope).returning(text("id")))
        self.pass_id = int(started.scalar_one())
        settle_rungs(self.connection)
        self.judged = self._judge()
        self.lacking = not_met(self.judged.verdicts)
        self.pairs = answered_below(self.plan)
        done = self._isolated(self._everything())
        done += self._about_papers()
        self._heal()
        counts = {
            "judged": self.judged.verdicts.height,
            "opened": done.opened,
            "closed": done.closed,
            "owed": done.owed,
        }
        self.connection.execute(
            text("UPDATE passes SET finished_at = :at, counts = :counts WHERE id = :id"),
            {"at": self.at, "counts": json.dumps(counts), "id": self.pass_id},
        )
        records.record_notices(self.connection, self.now)
        aside = tuple(read_asides(self.connection))
        return Owed(self.pass_id, **counts, lines=done.lines, aside=aside)

    def _judge(self) -> Judged:
        """Judge every phase that can be judged; what cannot is set aside."""
        bad = set(self.left_out.filter(pl.col("unit") == "")["phase"])
        phases = [phase.id for phase in self.plan.phases if phase.id not in bad]
        whole = self._try_to_judge(phases if bad else None)
        if isinstance(whole, Judged):
            return whole
        good = []
        for phase in phases:
            tried = self._try_to_judge([phase])
            if isinstance(tried, Judged):
                good.append(phase)
            else:
                self._set_aside(phase, "", tried)
                self.left_out = pl.concat([self.left_out, pl.DataFrame({"phase": [phase], "unit": [""]})])
        return self.judges(self.store, self.scope, self.now, good)

    def _try_to_judge(self, phases: list[str] | None) -> Judged | Exception:
        try:
            return self.judges(self.store, self.scope, self.now, phases)
        except _STOPS:
            raise
        except Exception as fault:  # noqa: BLE001  (the phase is set aside, logged and shown)
            return fault

    def _everything(self) -> _Part:
        """Open cases and duties that need one, in scope, without what is set aside.

        An office that exists no more lies in everybody's scope, so that its cases close.
        """
        cases = read_open_cases(self.connection, self.at).with_columns(phase=_phase_of())
        if self.scope is not None:
            inside = below(self.units, self.scope).select("unit")
            gone = cases.select("unit").unique().join(self.units, on="unit", how="anti")
            cases = cases.join(pl.concat([inside, gone]), on="unit", how="semi", maintain_order="left")
        opening = to_open(self.lacking, cases, self.now).with_columns(phase=_phase_of())
        chased = [place for place, requirement in enumerate(self.plan.requirements) if requirement.ladder]
        return _Part(cases, opening.filter(pl.col("place").is_in(chased))).without(self.left_out)

    def _isolated(self, everything: _Part) -> _Done:
        """Do everything at once; where that fails, phase by phase and unit by unit, leaving out what fails."""
        whole = self._attempt(everything)
        if isinstance(whole, _Done):
            return whole
        done = _Done()
        for phase in everything.phases:
            part = everything.only(pl.col("phase") == phase)
            tried = self._attempt(part)
            done += tried if isinstance(tried, _Done) else self._by_unit(phase, part, tried)
        return done

    def _by_unit(self, phase: str, part: _Part, fault: Exception) -> _Done:
        """Halve the units of a part that failed until those that fail stand alone."""
        done, bad, parts = _Done(), list[tuple[str, Exception]](), [part.units]
        while parts and len(bad) <= _MOST_BAD_UNITS:
            units = parts.pop()
            tried = self._attempt(part.only(pl.col("unit").is_in(units))) if units != part.units else fault
            if isinstance(tried, _Done):
                done += tried
            elif len(units) == 1:
                bad.append((units[0], tried))
            else:
                parts += [units[len(units) // 2 :], units[: len(units) // 2]]
        if parts:
            self._set_aside(phase, "", fault)
            return done
        for unit, why in bad:
            self._set_aside(phase, unit, why)
        return done

    def _set_aside(self, phase: str, unit: str, fault: Exception) -> None:
        LOG.error("%s is set aside", f"{phase} at {unit}" if unit else phase, exc_info=fault)
        self.newly_aside.append(put_aside(self.connection, phase, unit, fault, self.now))

    def _heal(self) -> None:
        """What was set aside, was tried again by this pass and did not fail, works again."""
        failed = {(one.phase, one.unit) for one in self.newly_aside}
        inside = set(self.judged.units["unit"])
        for one in self.asides:
            tried = one.until <= self.at and (self.scope is None or not one.unit or one.unit in inside)
            if tried and (one.phase, one.unit) not in failed:
                take_back(self.connection, one.phase, one.unit)

    def _attempt(self, part: _Part) -> _Done | Exception:
        """Do a part, wholly or not at all. Returns what stood in its way, whatever it was."""
        try:
            with self.connection.begin_nested():
                return self._do(part)
        except _STOPS:
            raise
        except Exception as fault:  # noqa: BLE001  (whatever it is, it is looked into, set aside, logged and shown)
            return fault

    def _do(self, part: _Part) -> _Done:
        closing = to_close(self.judged.verdicts, self.lacking, part.cases)
        close_cases(self.connection, closing, self.at)
        known = part.cases.join(closing, on="case", how="anti", maintain_order="left")
        opened = self._open(part.opening)
        cases = pl.concat([known.select(*CASES), _as_cases(opened)])
        if cases.is_empty():
            return _Done(closed=closing.height)
        policies = read_policies(self.connection, cases["policy"].unique().sort())
        cases = self._with_late_below(cases)
        decided = decide_rungs(cases, rung_table(cases, policies, self.calendar), policies, self.calendar, self.now)
        insert_cases(self.connection, opened, decided, self.at)
        move_along(self.connection, decided, known.select("case"), self.at)
        told_before = decided.fired.join(known.filter(pl.col("rung") >= 0), on="case", how="semi")
        withdraw_lines(self.connection, told_before.select("case", reason=pl.lit("next rung")), "superseded", self.at)
        done = _Done(opened=opened.height, closed=closing.height)
        if decided.fired.is_empty():
            return done
        fired = decided.fired.join(cases, on="case", maintain_order="left").with_columns(
            known=pl.col("case").is_in(known["case"].implode())
        )
        lines = lines_of(self.store, self.connection, self.judged, self.units, fired, policies, self.now)
        lines = make_papers(self.connection, self.store, lines, self.pass_id, self.now)
        written = write_notices(self.connection, lines, policies, self.calendar, self.pass_id, self.now)
        return replace(done, owed=written, lines=tuple(lines.to_dicts()) if self.dry_run else ())

    def _about_papers(self) -> _Done:
        """Withdraw drafts whose duties are done, recall those that lie, and send out what was signed."""
        try:
            with self.connection.begin_nested():
                settle_papers(self.connection, self.store, self.now)
                lines = paper_lines(self.connection, self.store, self.now)
                if self.scope is not None:
                    lines = lines.join(
                        below(self.units, self.scope).select("unit"), on="unit", how="semi", maintain_order="left"
                    )
                policies = read_policies(self.connection, lines["policy"].unique().sort())
                written = write_notices(self.connection, lines, policies, self.calendar, self.pass_id, self.now)
        except _STOPS:
            raise
        except Exception:
            LOG.exception("what papers owe could not be done")
            return _Done()
        return _Done(owed=written, lines=tuple(lines.to_dicts()) if self.dry_run else ())

    def _open(self, opening: pl.DataFrame) -> pl.DataFrame:
        """Cases that open now, numbered, with their policies: case, seq, unit, requirement, period, due, policy."""
        if opening.is_empty():
            return _NO_OPENING
        policies = policies_for(self.connection, self.plan, opening["place"].unique().sort().to_list())
        numbered = number_cases(self.connection, opening, self.at)
        return numbered.with_columns(
            policy=pl.col("place").replace_strict(policies, return_dtype=pl.Int64)
        ).select(_NO_OPENING.columns)  # fmt: skip

    def _with_late_below(self, cases: pl.DataFrame) -> pl.DataFrame:
        waits = late_below(self.pairs, self.judged.verdicts, cases, self.judged.chains, self.at)
        return cases.join(waits, on=["unit", "requirement", "period"], how="left", maintain_order="left")


_NO_OPENING = pl.DataFrame(
    schema={"case": pl.Int64, "seq": pl.Int64, **{name: CASES[name] for name in ("unit", "requirement", "period", "due", "policy")}}
)  # fmt: skip


def _as_cases(opened: pl.DataFrame) -> pl.DataFrame:
    blank = [
        pl.lit(-1 if name == "rung" else None, kind).alias(name)
        for name, kind in CASES.items()
        if name not in opened.columns
    ]
    return opened.with_columns(blank).select(*CASES)


def _phase_of() -> pl.Expr:
    return pl.col("requirement").str.split_exact(".", 1).struct.field("field_0")
