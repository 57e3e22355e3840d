"""Moments at which the watch has something to decide or to send. At any other it would find all as it left it.

Too many moments cost time, one too few would be a notice that the preview does not know of.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime

import polars as pl
from sqlalchemy import Connection
from sqlmodel import col, select

from models.moments import micros, moment_at
from models.plan.model import Plan
from models.rules.chasing.chasing import chased_from, next_run, not_met, rung_table, with_earliest
from models.rules.chasing.policy import Policy, policy_text, read_policy
from models.rules.registers.duties import DUE
from models.tables import Batch
from models.wording import Refusal
from tasks.campaign.kept_readings import moments_of_readings
from tasks.campaign.store import Store
from tasks.chasing.cases import read_open_cases, read_policies, rungs_heard
from tasks.chasing.set_aside import read_asides
from tasks.delivery.leases import ready_from
from tasks.judging.judge import Judged, Judges
from tasks.judging.rows import RowsUnreadable
from tasks.papers.reminders import recalls
from tasks.preview.judging import beginnings

LOG = logging.getLogger(__name__)


def known_moments(
    copy: Store, scope: str | None, start: datetime, until: datetime, changes: Collection[int], judges: Judges
) -> set[int]:
    """Moments after `start` up to `until` that stand in the plan, the calendar and the cases beforehand.

    Rungs of duties that are, or will be, not met; ends of periods, acknowledgements and of what was set
    aside; and `changes`, the moments at which anything else may be found (`StillJudge`).
    """
    calendar, plan = copy.calendar(), copy.plan()
    judged = _judged(copy, plan, scope, until, judges)
    found = set(changes) | _rungs_to_come(copy, plan, until, judged, whatever=bool(changes))
    if changes:
        # a row that is done by then had a day of its own before
        found |= _rungs_of_rows(copy, plan, [*judged, *_judged(copy, plan, scope, start, judges)])
    with copy.reading() as connection:
        # those opened after `start` too: where the clock was put back, their ladders still fall within the way
        cases = read_open_cases(connection, micros(until))
        found |= set(rung_table(cases, read_policies(connection, cases["policy"].unique()), calendar)["nominal"])
        found |= {*cases["acknowledged_until"].drop_nulls(), *(one.until for one in read_asides(connection))}
    return {at for at in found if micros(start) < at <= micros(until)}


def dated_later(copy: Store, start: datetime, until: datetime) -> list[int]:
    """Moments after `start` up to `until` for which there are figures, or rows, already, in order."""
    after, last = micros(start), micros(until)
    of_rows = select(Batch.as_of).where(
        col(Batch.register).not_in([""]), col(Batch.as_of) > after, col(Batch.as_of) <= last
    )
    with copy.one_moment() as connection:
        rows = set(connection.execute(of_rows).scalars())
        return sorted(rows.union(moments_of_readings(connection, copy.plan().indicators, after, last)))


def _rungs_to_come(copy: Store, plan: Plan, until: datetime, judged: Sequence[Judged], *, whatever: bool) -> set[int]:
    """Moments of the ladders of every duty not met at `until`, or (`whatever`) of every duty at all.

    Without figures that are dated later, a duty that is not met at some moment is not met at the last.
    """
    verdicts = pl.concat([one.verdicts for one in judged])
    lacking = verdicts.filter(~pl.col("waived")) if whatever else not_met(verdicts)
    policies = _policies(plan)
    # a row that no date says is due is chased at no moment
    chased = lacking.filter(pl.col("place").is_in(list(policies)) & pl.col("due").is_not_null())
    chased = chased.select("place", "period", "due", opens=chased_from()).unique()
    # no case opens before its period has begun, however early its first reminder falls
    opens = chased.join(beginnings(plan, until), on=["place", "period"], how="left")
    rungs = rung_table(chased.select("due", policy="place"), policies, copy.calendar())
    return {*chased["due"], *opens.select(pl.max_horizontal("opens", "begins")).to_series(), *rungs["nominal"]}


def _rungs_of_rows(copy: Store, plan: Plan, judged: Sequence[Judged]) -> set[int]:
    """Moments of the ladders of every row of a register that is, or was, a duty or part of one."""
    policies = _policies(plan)
    dues = [
        duties.rows.select(due=DUE, policy=pl.lit(place, pl.Int64)).drop_nulls().unique()
        for place, requirement in enumerate(plan.requirements)
        for one in judged
        if place in policies and (duties := one.judgement.rows.get(requirement.key)) is not None
    ]
    if not dues:
        return set()
    rungs = rung_table(pl.concat(dues), policies, copy.calendar())
    return {*rungs["due"], *rungs["nominal"]}


def _policies(plan: Plan) -> dict[int, Policy]:
    """The policy of each requirement that anybody is told of, by its place in the plan."""
    chased = [(place, one) for place, one in enumerate(plan.requirements) if one.ladder]
    return {place: read_policy(policy_text(plan, one)) for place, one in chased}


def _judged(copy: Store, plan: Plan, scope: str | None, at: datetime, judges: Judges) -> list[Judged]:
    """What is judged at a moment; a phase that cannot be judged is left out, as the watch leaves it out."""
    tried = _try_to_judge(copy, scope, at, None, judges)
    if tried is not None:
        return [tried]
    phases = [phase.id for phase in plan.phases if phase.requirements]
    return [found for one in phases if (found := _try_to_judge(copy, scope, at, [one], judges)) is not None]


def _try_to_judge(
    copy: Store, scope: str | None, until: datetime, phases: list[str] | None, judges: Judges
) -> Judged | None:
    try:
        return judges(copy, scope, until, phases)
    except RowsUnreadable as fault:
        LOG.warning("%s", fault)
        return None
    except Refusal:
        raise
    except (ArithmeticError, ValueError, LookupError, pl.exceptions.PolarsError):
        LOG.warning("%s cannot be judged", "、".join(phases or ["the plan as a whole"]))
        return None


class Followers:
    """What follows from what the watch has just sent: the next rung of a ladder that runs late, the next word
    about a paper, and what is unsent until office hours, a throttle or another try."""

    def __init__(self, copy: Store) -> None:
        self._copy, self._calendar, self._zone = copy, copy.calendar(), copy.plan().zone
        self._earliest: dict[tuple[int, ...], list[int]] = {}

    def deciding(self, at: int) -> set[int]:
        """When a pass after the one at `at` has something new to decide; `at` itself for "at once"."""
        with self._copy.writing() as connection:
            found = self._escalations(connection) | recalls(connection, self._copy, moment_at(at, self._zone))
        # what was heard before this pass, and had fallen by then, the pass has already acted upon
        return {max(heard, falls, at) for heard, falls in found if falls > at or heard >= at}

    def sending(self, at: int) -> set[int]:
        """When something goes out that is unsent now; `at` itself for "at once"."""
        with self._copy.reading() as connection:
            return {max(moment, at) for moment in ready_from(connection)}

    def _escalations(self, connection: Connection) -> set[tuple[int, int]]:
        """When the rungs that follow those that were heard may fire: (heard, falls)."""
        heard = rungs_heard(connection)
        fresh = heard.filter(pl.Series([row not in self._earliest for row in heard.iter_rows()], dtype=pl.Boolean))
        if not fresh.is_empty():
            self._learn(connection, fresh)
        return {(row[-1], falls) for row in heard.iter_rows() for falls in self._earliest[row]}

    def _learn(self, connection: Connection, heard: pl.DataFrame) -> None:
        """Have the rules of chasing say it, once for all cases that stand alike."""
        policies = read_policies(connection, heard["policy"].unique())
        rungs = rung_table(heard, policies, self._calendar)
        coming = with_earliest(next_run(heard.with_row_index("case"), rungs), rungs, policies, self._calendar)
        self._earliest |= {row: [] for row in heard.iter_rows()}
        for *row, falls in coming.select(*heard.columns, "earliest").iter_rows():
            self._earliest[tuple(row)].append(falls)
