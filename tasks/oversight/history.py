"""The past (当时所知): what was known at each moment of a window, and how every duty stood on it then.

Of the readings only those are read that the window needs: the last of each office before it, those that came to be
known in it, and those of the periods that are judged. A window within one day leaves out the periods that passes had
settled before it began; one that a midnight falls into judges them all anew, so that once a day nothing is believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import chain, pairwise

import polars as pl
from sqlmodel import col, select

from models.calendar.working_time import Calendar
from models.moments import days_around, micros, moment_at
from models.plan.clock_bound import goes_by_the_clock
from models.plan.counted import rests_on_contacts
from models.plan.files import reread
from models.plan.model import Plan
from models.plan.periods import Period, period_around
from models.rules.chasing.inhibition import answered_below, late_below
from models.rules.judging.judged_rows import with_duties_over_rows
from models.rules.judging.judging import SCHEMA, Over, WithWords, judge, with_decisions
from models.rules.judging.newcomers import since_they_came
from models.rules.judging.offices import Offices
from models.rules.judging.periods import PeriodNames, last_of_each, readings_within
from models.rules.judging.settled import NOTHING, Settled, oldest_start, since_of
from models.rules.judging.tree import NAMES, above
from models.rules.oversight.auditing import DUTY
from models.tables import Campaign, PlanVersion
from tasks.campaign.former_codes import carrying_batches, covered_now, newcomers, read_former
from tasks.campaign.frames import read_frame
from tasks.campaign.kept_readings import holding_readings, reading_parts
from tasks.campaign.reading_columns import END, ORDER, Asked
from tasks.campaign.store import Store
from tasks.campaign.written_figures import every_written, written_of
from tasks.judging.rows import Rows
from tasks.judging.settled import read_settled

_READING = ("indicator", "unit", "value", "reported", "expected", "as_of", "known")
_RECEIVED = {"batch": pl.Int64, "received_at": pl.Int64}


def _with_known(readings: pl.DataFrame, received: pl.DataFrame) -> pl.DataFrame:
    """Add when each was known: a figure of the past that came in late was not known before it came."""
    found = readings.join(received, on="batch", how="left", maintain_order="left")
    return found.with_columns(known=pl.max_horizontal("as_of", "received_at")).drop("received_at")


class Past:
    """What was known from `since` to `until`. Moments are microseconds."""

    def __init__(self, store: Store, since: datetime, until: datetime) -> None:
        self.store, self.since, self.until = store, since, until
        self.first, self.last = micros(since), micros(until)
        self.calendar: Calendar = store.calendar()
        self.units = store.units()
        self.chains = above(self.units)
        self.versions = self._read_versions()
        self.settled = self._read_settled()
        with store.reading() as connection:
            self.newcomers, self.carrying = newcomers(connection), carrying_batches(connection)
            self.former = read_former(connection)
        self.readings = self._read_readings()
        self.written = self._read_written()
        self.decisions = self._read_decisions()

    @property
    def counted(self) -> list[str]:
        """The requirements, by their keys, that rest on who held a role."""
        plans = (plan for _, plan in self.versions)
        return sorted({one.key for plan in plans for one in plan.requirements if rests_on_contacts(plan, one)})

    @property
    def _zone(self) -> tzinfo:
        return self.versions[-1][1].zone

    def _read_versions(self) -> list[tuple[int, Plan]]:
        """Every plan that was in force in the window, with the moment from which it was."""
        current = self.store.plan()
        with self.store.reading() as connection:
            rows = connection.execute(
                select(PlanVersion.sources, PlanVersion.loaded_at).order_by(col(PlanVersion.id))
            ).all()
            leaves = json.loads(connection.execute(select(Campaign.leaves)).scalar_one())
        found = []
        for row, following in pairwise(rows):
            if following.loaded_at > self.first:
                sources = [(item["name"], item["text"]) for item in json.loads(row.sources)]
                names = [name for name, _ in sources]
                known = [leaf for leaf in leaves if leaf in names] or names[-1:]
                found.append((int(row.loaded_at), reread(sources, known)))
        return [*found, (int(rows[-1].loaded_at) if rows else 0, current)]

    def _read_settled(self) -> Settled:
        """The periods that need not be judged, with what is not met in them."""
        within_a_day = days_around(self.since, "day", self._zone) == days_around(self.until, "day", self._zone)
        if len(self.versions) > 1 or not within_a_day:
            return NOTHING
        return read_settled(self.store, self.since, known_at=self.since)

    def _read_readings(self) -> pl.DataFrame:
        """indicator, unit, value, reported, expected, as_of, known; of each indicator and unit in order of moment."""
        names = self._periodic()
        periodic = {name: since for name in names if (since := self._first_period(name)) < END}
        names = names.union(*(plan.indicators for _, plan in self.versions))
        begins = pl.DataFrame(
            [(name, periodic.get(name, END)) for name in sorted(names)],
            schema={"indicator": NAMES, "begins": pl.Int64},
            orient="row",
        )
        with self.store.one_moment() as connection:
            query = f"SELECT id, received_at FROM batches WHERE received_at > {self.first} ORDER BY id"
            received = read_frame(connection, query, _RECEIVED)
            # what a change of divisions carried over was known under the old code
            received = received.filter(~pl.col("batch").is_in(self.carrying))
            held = holding_readings(connection, Asked(names, until=self.first, but=received["batch"].to_list()))
            asked = [Asked(names, self.first + 1, self.last)]
            if periodic:
                asked.append(Asked(periodic, min(periodic.values()), self.last))
            came = received.filter(pl.col("received_at") <= self.last)["batch"].to_list()
            if came:
                asked.append(Asked(names, until=self.first, batches=(min(came), max(came))))
            parts = [
                self._needed(_with_known(rows, received), begins)
                for rows in chain([held], *(reading_parts(connection, one) for one in asked))
            ]
        return self._needed(pl.concat(parts).unique(ORDER), begins).select(_READING)

    def _read_written(self) -> pl.DataFrame:
        """How readings were written that have words: as `every_written` gives it, and known."""
        with self.store.one_moment() as connection:
            received = read_frame(
                connection,
                f"SELECT id, received_at FROM batches WHERE received_at > {self.first} ORDER BY id",
                _RECEIVED,
            )
            found = every_written(connection, Asked(until=self.last))
        return _with_known(found, received.filter(~pl.col("batch").is_in(self.carrying)))

    def _periodic(self) -> set[str]:
        """The names of readings that count for periods."""
        plans = [plan for _, plan in self.versions]
        return set().union(*(PeriodNames.of(plan, plan.requirements).all for plan in plans))

    def _needed(self, rows: pl.DataFrame, begins: pl.DataFrame) -> pl.DataFrame:
        """Of readings those that the window needs, in order of indicator, unit and moment.

        begins: of each indicator since when all are needed for its periods.
        """
        rows = rows.filter(pl.col("known") <= self.last).sort(ORDER)
        first = rows.select("indicator").join(begins, on="indicator", how="left", maintain_order="left")["begins"]
        before = rows["known"] <= self.first
        held = rows.filter(before)
        newest = pl.struct("indicator", "unit") != pl.struct("indicator", "unit").shift(-1)
        of_periods = pl.col("as_of") >= first.filter(before)
        return pl.concat([held.filter(newest.fill_null(True) | of_periods), rows.filter(~before)]).sort(ORDER)

    def _first_period(self, name: str) -> int:
        """When the earliest period begins that is judged in the window and on `name`."""
        over = since_of(self.settled, self._zone)
        if over is not None:
            return micros(oldest_start(self.versions[-1][1], over))
        starts = [
            micros(period.starts)
            for _, plan in self.versions
            for requirement in plan.requirements
            if requirement.every and name.partition("@")[0] in plan.behind[requirement.key]
            for period in plan.periods(requirement, self.since)
        ]
        return min(starts, default=END)

    def _read_decisions(self) -> pl.DataFrame:
        schema = {**dict.fromkeys(DUTY, pl.String), "kind": pl.String, "at": pl.Int64, "until": pl.Int64}
        return self.store.frame("SELECT unit, requirement, period, kind, at, until FROM decisions ORDER BY id", schema)

    def changes(self, step: int) -> list[int]:
        """Moments between which nothing changed, but for what changed within `step`; the window's ends are two of them."""
        known = self.readings["known"]
        found = {self.first, self.last, *known.filter((known > self.first) & (known < self.last)).unique()}
        found |= {at for at in self.decisions["at"] if self.first < at < self.last}
        found |= {at for at, _ in self.versions if self.first < at < self.last}
        found |= set(self._beginnings()) | set(self._reports_of_rows())
        # each is put off to the end of its step: a look must not come before what it is to see
        return sorted({min(self.first + -(-(at - self.first) // step) * step, self.last) for at in found})

    def _beginnings(self) -> Iterator[int]:
        """When periods of periodic requirements begin; each day where conditions over rows ask what day it is."""
        rhythms = {rhythm for _, plan in self.versions for rhythm in plan.rhythms()}
        if any(goes_by_the_clock(plan) for _, plan in self.versions):
            rhythms.add("day")
        for rhythm in sorted(rhythms, key=str):
            zone = self._zone
            period = period_around(self.since, rhythm, zone)
            while micros(period.ends) < self.last:
                if micros(period.ends) > self.first:
                    yield micros(period.ends)
                period = period_around(period.ends, rhythm, zone)

    def _reports_of_rows(self) -> list[int]:
        """When rows came to be known within the window."""
        query = (
            "SELECT CASE WHEN as_of > received_at THEN as_of ELSE received_at END FROM batches WHERE register <> ''"
            " ORDER BY 1"
        )
        known = self.store.frame(query, {"known": pl.Int64})["known"]
        return known.filter((known > self.first) & (known < self.last)).unique().to_list()

    def plan_at(self, at: int) -> tuple[int, Plan]:
        """The plan in force at `at`, with its number among `versions`."""
        place = max((n for n, (loaded, _) in enumerate(self.versions) if loaded <= at), default=0)
        return place, self.versions[place][1]

    def judge(self, at: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The requirements and periods that were owed at `at`, and the duties not met on what was known then.

        Returns (requirement, period) and (DUTY, due, chased_from, late_below, of_rows), both of chased duties alone,
        the second of those alone that somebody is chased for before the window ends. How a condition is answered is not
        asked twice: verdicts are those of the watch's own rules, on rows and figures as they were known then.
        """
        _, plan = self.plan_at(at)
        now = moment_at(at, plan.zone)
        known = self.readings.filter((pl.col("known") <= at) & (pl.col("as_of") <= at)).drop("known")
        rows = Rows(self.store, plan, now, None, known_by=now)
        drawn = frozenset(name for name, indicator in plan.indicators.items() if indicator.rows is not None)
        # an indicator may have been reported before the plan drew it from rows
        known = known.filter(~pl.col("indicator").is_in(pl.Series(sorted(drawn), dtype=NAMES).implode()))
        history = pl.concat([self.settled.known, known]).sort("indicator", "unit", maintain_order=True)
        names = PeriodNames.of(plan, plan.requirements)

        @lru_cache
        def readings_of(period: Period | None) -> pl.DataFrame:
            if period is None:
                return pl.concat([last_of_each(known), rows.readings(drawn)])
            until = period.ends - timedelta(microseconds=1)
            return pl.concat([readings_within(history, period, names), rows.readings(drawn, until)])

        written = written_of(self.written.filter((pl.col("known") <= at) & (pl.col("as_of") <= at)))
        told = WithWords(readings_of, written, rows.written)
        offices = Offices(self.units, self.chains, covered_now(self.units, plan.overlay_units, self.former))
        judgement = judge(plan, offices, told, self.calendar, now, over=Over(since_of(self.settled, self._zone)))
        judgement = with_duties_over_rows(
            judgement,
            plan=plan,
            offices=offices,
            duties_of=lambda one: rows.duties(one, offices.covered_by),
            calendar=self.calendar,
            requirements=plan.requirements,
        )
        judged = since_they_came(judgement.verdicts, self.newcomers, plan.requirements)
        judged = pl.concat([judged, self.settled.left.select(SCHEMA.names())])
        # before a merger or a split was known here nobody could be told of what the new office owes
        unknown = self.newcomers.filter(pl.col("made_at") > at)["unit"]
        judged = judged.filter(~pl.col("unit").is_in(unknown.implode())) if unknown.len() else judged
        verdicts = with_decisions(judged, self._decided(at), plan, self.calendar)
        chased = [place for place, requirement in enumerate(plan.requirements) if requirement.ladder]
        duties = verdicts.filter(pl.col("place").is_in(chased))
        owed = duties.select("requirement", "period").unique().cast({"requirement": pl.String})
        chased_from = pl.min_horizontal("due", "warns")
        lacking = duties.filter((pl.col("standing") != "met") & ~pl.col("waived") & (chased_from <= self.last))
        of_rows = [place for place, requirement in enumerate(plan.requirements) if requirement.each is not None]
        lacking = lacking.select(
            "unit",
            pl.col("requirement").cast(pl.String),
            "period",
            "due",
            chased_from=chased_from,
            of_rows=pl.col("place").is_in(of_rows),
        )
        waits = late_below(answered_below(plan), verdicts, lacking, lambda: self.chains, at)
        return owed, lacking.join(waits, on=DUTY, how="left")

    def _decided(self, at: int) -> pl.DataFrame:
        """What people had decided by `at`: DUTY, waived, extended_to."""
        decided = self.decisions.filter((pl.col("at") <= at) & pl.col("kind").is_in(["waive", "extend"]))
        return decided.group_by(DUTY, maintain_order=True).agg(
            waived=(pl.col("kind") == "waive").any(),
            extended_to=pl.col("until").filter(pl.col("kind") == "extend").last(),
        )

    def opened(self) -> pl.DataFrame:
        """Cases that were open when the window began, as the ledger remembers them: DUTY, opened, held (when each is due)."""
        schema = {**dict.fromkeys(DUTY, pl.String), "opened": pl.Int64, "held": pl.Int64}
        query = (
            "SELECT unit, requirement, period, opened_at, due FROM cases WHERE opened_at <= :first"
            " AND (closed_at IS NULL OR closed_at > :first) ORDER BY id"
        )
        return self.store.frame(query, schema, first=self.first).unique(DUTY, keep="last")

    def extended(self, after: int, until: int) -> pl.DataFrame:
        """Duties that begin anew because somebody extended them after `after` and not after `until`: DUTY."""
        return self.decisions.filter(
            (pl.col("kind") == "extend") & (pl.col("at") > after) & (pl.col("at") <= until)
        ).select(DUTY)

    def acknowledged(self) -> pl.DataFrame:
        """Times of silence: DUTY, at, until."""
        return self.decisions.filter(pl.col("kind") == "ack").select(*DUTY, "at", "until")
