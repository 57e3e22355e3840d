"""From reports of districts to the readings of a period, a day or the time up to a cut-off, which count what was reported in it and nothing older.

They stand beside the readings that count the latest figures (`district_readings`), at the same moments, under names of
their own (`within_period`). A district that did not report in a period has not reported, whatever it reported before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import polars as pl
from sqlalchemy import Connection

from models.moments import micros, moment_at
from models.plan.periods import Rhythm, period_around, within_period
from models.rules.intake.districts import of_rhythm, within
from models.rules.registers.districts import KNOWN, SEEN, begun, empty_state, fill_from, have_lives, overlay, seen
from models.rules.registers.frames import CODE, EMPTIED, WITHDRAWN
from tasks.archive.place import Archive
from tasks.intake.needs import Needs, differing, townships_of, units_below
from tasks.intake.readings import HELD, held_readings
from tasks.registers.archived import Archived, archived_districts, read_districts, shared_prefix


def readings_of_periods(
    connection: Connection, archive: Archive, needs: Needs, latest: pl.DataFrame, rows: pl.DataFrame, as_of: int
) -> Iterator[pl.DataFrame]:
    """The readings of periods that follow from a report of districts: HELD, for each rhythm that the plan has.

    latest: the state with this report in it; rows: code and indicators in code order. The report is not archived yet.
    """
    for rhythm in sorted(needs.plan.rhythms(), key=str):
        found = {level: of_rhythm(needs.plan, rhythm, indicators) for level, indicators in needs.indicators.items()}
        own = replace(needs, indicators={level: indicators for level, indicators in found.items() if indicators})
        if own.indicators:
            yield from _OfRhythm(connection, archive, needs=own, rhythm=rhythm, latest=latest, rows=rows).readings(
                as_of
            )


class _OfRhythm:
    """What one report changes in the periods of one rhythm."""

    def __init__(
        self,
        connection: Connection,
        archive: Archive,
        needs: Needs,
        rhythm: Rhythm,
        latest: pl.DataFrame,
        rows: pl.DataFrame,
    ) -> None:
        self.connection, self.archive, self.needs, self.rhythm, self.rows = connection, archive, needs, rhythm, rows
        self.townships = townships_of(rows)
        there = within(latest, self.townships)
        self.known = there.select(CODE, KNOWN)
        self.lives = have_lives(there)
        self.names = sorted(needs.reported_names)
        prefix = shared_prefix(self.townships)
        self.reports = [one for one in archived_districts(connection) if one.may_speak_of(prefix)]

    def readings(self, as_of: int) -> Iterator[pl.DataFrame]:
        """At the moment of the report itself, and at those of later ones that it changes."""
        begins, ends = self._period(as_of)
        earlier = [one for one in self.reports if begins <= one.as_of <= as_of]
        later = [one for one in self.reports if one.as_of > as_of]
        if not self.lives and not (self.known[KNOWN] == as_of).any():
            # without a district that was unknown till then it changes nothing in the periods that follow
            later = [one for one in later if one.as_of < ends]
        state = self._after(begins, earlier, as_of) if self.lives else self._state_at(as_of, earlier)
        brought = self.needs.brought(self.rows).with_columns(brought=True)
        found = self.needs.figures(state, as_of).join(brought, on=["indicator", "unit"], how="left")
        yield self._named(found.filter(pl.col("brought").fill_null(False) | pl.col("fresh")), as_of)
        yield from self._follow(state, ends, later, as_of)

    def _period(self, at: int) -> tuple[int, int]:
        zone = self.needs.plan.zone
        period = period_around(moment_at(at, zone), self.rhythm, zone)
        return micros(period.starts), micros(period.ends)

    def _begun(self, at: int) -> pl.DataFrame:
        return begun(self.known.filter(pl.col(KNOWN) <= at), self.names)

    def _begun_before(self, at: int, own: int) -> pl.DataFrame:
        """The same where districts were withdrawn: as the reports before `at` leave them. own: the moment of this report."""
        told = [(one.as_of, read_districts(self.archive, one, (WITHDRAWN,), self.townships)) for one in self.reports]
        place = sum(moment <= own for moment, _ in told)
        told.insert(place, (own, self.rows.select(name for name in self.rows.columns if name in (CODE, WITHDRAWN))))
        known = empty_state()
        for moment, rows in told:
            known = overlay(known, rows, moment) if moment < at else known
        return begun(known, self.names)

    def _after(self, begins: int, earlier: Sequence[Archived], as_of: int) -> pl.DataFrame:
        """The state of the period at `as_of` where districts were withdrawn or cells emptied: its reports one after another."""
        state = self._begun_before(begins, as_of)
        for archived in earlier:
            rows = read_districts(self.archive, archived, None, self.townships)
            state = overlay(state, self._of_interest(rows), archived.as_of)
        return overlay(state, self._of_interest(self.rows), as_of)

    def _state_at(self, as_of: int, earlier: Sequence[Archived]) -> pl.DataFrame:
        """The state of the period at `as_of`. Reports are read backwards, each only for what still has empty cells."""
        state = overlay(self._begun(as_of), self._of_interest(self.rows), as_of)
        for archived in reversed(earlier):
            wanted = [name for name in (*self.names, SEEN) if state[name].null_count()]
            if not wanted:
                break
            older = seen(read_districts(self.archive, archived, wanted, self.townships))
            state = fill_from(state, older)
        return state

    def _of_interest(self, rows: pl.DataFrame) -> pl.DataFrame:
        own = (*self.names, WITHDRAWN, EMPTIED)
        return seen(rows.select(CODE, *(name for name in rows.columns if name in own)))

    def _follow(self, state: pl.DataFrame, ends: int, later: Sequence[Archived], own: int) -> Iterator[pl.DataFrame]:
        """Lay later reports over the state, which each period begins anew; the readings that differ from those held.

        own: the moment of this report.
        """
        names = {within_period(one, self.rhythm): one for one in self.needs.names}
        for as_of, reports in groupby(later, key=lambda archived: archived.as_of):
            if as_of >= ends:
                begins, ends = self._period(as_of)
                state = self._begun_before(begins, own) if self.lives else self._begun(as_of)
            brought = []
            for archived in reports:
                rows = read_districts(self.archive, archived, None, self.townships)
                brought.append(self.needs.brought(rows))
                state = overlay(state, self._of_interest(rows), as_of) if rows.height else state
            units = units_below(state, self.townships, self.needs)
            held = held_readings(self.connection, names, as_of, as_of, units)
            held = held.with_columns(pl.col("indicator").replace_strict(names, return_dtype=pl.String))
            figures = self.needs.figures(state, as_of).with_columns(live=pl.lit(True))
            yield self._named(differing(figures, pl.concat(brought).unique(), held, as_of), as_of)

    def _named(self, found: pl.DataFrame, as_of: int) -> pl.DataFrame:
        named = pl.concat_str(pl.col("indicator"), pl.lit(within_period("", self.rhythm)))
        return found.with_columns(named.alias("indicator"), pl.lit(as_of, pl.Int64).alias("as_of")).select(HELD.names())
