"""Moments at which the watch has something to decide or to send. At any other it would find all as it left it.

Too many moments cost time, one too few would be a notice that the preview does not know of.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import datetime

import polars as pl
from sqlalchemy import Connection, text

from models.moments import micros, moment_at
from models.plan.model import Plan
from models.rules.chasing.chasing import earliest_escalation, not_met, rung_table
from models.rules.chasing.policy import policy_text, read_policy
from models.rules.papers.papers import recall_moment
from models.wording import Refusal
from tasks.campaign.frames import read_frame
from tasks.campaign.store import Store
from tasks.chasing.cases import read_policies, settle_rungs
from tasks.judging.judge import Judges

LOG = logging.getLogger(__name__)

_HEARD = {"policy": pl.Int64, "due": pl.Int64, "rung": pl.Int64, "settled_at": pl.Int64}
_ONE = ["policy", "due", "rung", "settled_at"]
_NAMED = "SELECT DISTINCT as_of FROM readings WHERE indicator = :name AND as_of > :start AND as_of <= :until"
_WAITING = text(
    "SELECT DISTINCT MAX(CASE WHEN n.state IN ('planned', 'held') THEN n.not_before ELSE n.next_try END,"
    " COALESCE(c.free_at, 0), COALESCE(c.aside_until, 0)) FROM notices n LEFT JOIN channels c ON c.address = n.address"
    " WHERE n.settled_at IS NULL AND n.state <> 'sending'"
)


def known_moments(
    copy: Store, scope: str | None, start: datetime, until: datetime, dated: Collection[int], judges: Judges
) -> set[int]:
    """Moments after `start` up to `until` that stand in the plan, the calendar and the cases beforehand.

    Rungs of duties that are, or will be, not met; ends of periods, acknowledgements and of what was set
    aside; and `dated`, the moments of figures that are in the database under a later one.
    """
    found = set(dated) | _rungs_to_come(
        copy=copy, plan=copy.plan(), scope=scope, until=until, whatever=bool(dated), judges=judges
    )
    with copy.reading() as connection:
        opened = read_frame(
            connection,
            "SELECT DISTINCT policy, due FROM cases WHERE closed_at IS NULL",
            {"policy": pl.Int64, "due": pl.Int64},
        )
        policies = read_policies(connection, opened["policy"].unique())
        found |= set(rung_table(opened, policies, copy.calendar())["nominal"])
        found |= set(connection.execute(text("SELECT acknowledged_until FROM cases WHERE closed_at IS NULL")).scalars())
        found |= set(connection.execute(text('SELECT "until" FROM asides')).scalars())
    return {at for at in found if at is not None and micros(start) < at <= micros(until)}


def dated_later(copy: Store, start: datetime, until: datetime) -> list[int]:
    """Moments after `start` up to `until` for which there are figures already, in order."""
    plan, found = copy.plan(), set[int]()
    with copy.reading() as connection:
        for name in plan.indicators:
            values = {"name": name, "start": micros(start), "until": micros(until)}
            found |= set(connection.execute(text(_NAMED), values).scalars())
    return sorted(found)


def _rungs_to_come(
    copy: Store, plan: Plan, scope: str | None, until: datetime, whatever: bool, judges: Judges
) -> set[int]:
    """Moments of the ladders of every duty not met at `until`, or (`whatever`) of every duty at all.

    Without figures that are dated later, a duty that is not met at some moment is not met at the last.
    """
    verdicts = _verdicts(copy, plan, scope, until, judges)
    lacking = verdicts.filter(~pl.col("waived")) if whatever else not_met(verdicts)
    calendar, found = copy.calendar(), set[int]()
    begins = {
        (place, period.label): micros(period.starts)
        for place, one in enumerate(plan.requirements)
        if one.every
        for period in plan.periods(one, until)
    }
    for place, period, due, warns in lacking.select("place", "period", "due", "warns").unique().iter_rows():
        requirement = plan.requirements[place]
        if not requirement.ladder:
            continue
        policy = read_policy(policy_text(plan, requirement))
        moments = policy.rung_moments(moment_at(due, policy.zone), calendar)
        opens = min(due, due if warns is None else warns)
        found |= {due, max(opens, begins.get((place, period), opens)), *(micros(nominal) for nominal, _ in moments)}
    return found


def _verdicts(copy: Store, plan: Plan, scope: str | None, until: datetime, judges: Judges) -> pl.DataFrame:
    """The verdicts at `until`; a phase that cannot be judged is left out, as the watch leaves it out."""
    tried = _try_to_judge(copy, scope, until, None, judges)
    if tried is not None:
        return tried
    phases = [phase.id for phase in plan.phases if phase.requirements]
    return pl.concat(
        [found for one in phases if (found := _try_to_judge(copy, scope, until, [one], judges)) is not None],
        how="vertical",
    )


def _try_to_judge(
    copy: Store, scope: str | None, until: datetime, phases: list[str] | None, judges: Judges
) -> pl.DataFrame | None:
    try:
        return judges(copy, scope, until, phases).verdicts
    except Refusal:
        raise
    except (ArithmeticError, ValueError, LookupError, pl.exceptions.PolarsError):
        LOG.warning("%s cannot be judged", "、".join(phases or ["the plan as a whole"]))
        return None


class Followers:
    """What follows from what the watch has just sent: the next rung of a ladder that runs late, the next word
    about a paper, and what waits for office hours, a throttle or another try."""

    def __init__(self, copy: Store) -> None:
        self._copy, self._plan, self._calendar = copy, copy.plan(), copy.calendar()
        self._earliest: dict[tuple[int, ...], list[int]] = {}
        self._recalls: dict[int, list[int]] = {}

    def deciding(self, at: int) -> set[int]:
        """When a pass after the one at `at` has something new to decide; `at` itself for "at once"."""
        with self._copy.writing() as connection:
            settle_rungs(connection)
            return self._escalations(connection, at) | self._papers(connection, at)

    def sending(self, at: int) -> set[int]:
        """When something goes out that waits now; `at` itself for "at once"."""
        with self._copy.reading() as connection:
            return {max(moment, at) for moment in connection.execute(_WAITING).scalars() if moment is not None}

    def _escalations(self, connection: Connection, at: int) -> set[int]:
        heard = read_frame(
            connection,
            "SELECT DISTINCT policy, due, rung, rung_settled_at FROM cases WHERE closed_at IS NULL AND rung >= 0"
            " AND rung_settled_at IS NOT NULL",
            _HEARD,
        )
        fresh = [row for row in heard.iter_rows() if row not in self._earliest]
        if fresh:
            self._learn(connection, pl.DataFrame(fresh, schema=_HEARD, orient="row"))
        found = set()
        for row in heard.iter_rows():
            # what was settled before this pass, the pass has already acted upon
            found |= {max(falls, at) for falls in self._earliest[row] if falls > at or row[3] >= at}
        return found

    def _learn(self, connection: Connection, heard: pl.DataFrame) -> None:
        """When the rungs that come next on these ladders may fire."""
        policies = read_policies(connection, heard["policy"].unique())
        rungs = rung_table(heard, policies, self._calendar)
        below = rungs.select("policy", "due", rung="no", below_nominal="nominal", below_run="run")
        coming = (
            heard.join(rungs, on=["policy", "due"])
            .filter(pl.col("no") > pl.col("rung"))
            .filter(pl.col("run") == pl.col("run").min().over(_ONE))
            .join(below, on=["policy", "due", "rung"])
        )
        for row in heard.iter_rows():
            self._earliest[row] = []
        for one in coming.iter_rows(named=True):
            bound = (one["escalates"] or one["paper"]) and one["run"] != one["below_run"]
            falls = earliest_escalation(one, policies, self._calendar) if bound else one["nominal"]
            self._earliest[tuple(one[name] for name in _ONE)].append(max(falls, one["settled_at"]))

    def _papers(self, connection: Connection, at: int) -> set[int]:
        query = (
            "SELECT DISTINCT COALESCE(n.settled_at, n.created_at) FROM papers p JOIN paper_cases pc ON pc.paper_id = p.id"
            " JOIN notice_lines l ON l.case_id = pc.case_id JOIN notices n ON n.id = l.notice_id"
            " WHERE p.state = 'draft' AND l.kind IN ('paper', 'unsigned', 'vacancy')"
        )
        heard = connection.execute(text(query)).scalars().all()
        return {max(falls, at) for moment in heard for falls in self._recalled(moment) if falls > at or moment >= at}

    def _recalled(self, heard: int) -> Iterable[int]:
        if heard not in self._recalls:
            plan, settings = self._plan, self._copy.settings
            reached = moment_at(heard, plan.zone)
            self._recalls[heard] = [
                micros(recall_moment(reached, days, self._calendar, plan.office_hours, plan.zone))
                for days in (settings.paper_remind_days, settings.paper_raise_days)
            ]
        return self._recalls[heard]
