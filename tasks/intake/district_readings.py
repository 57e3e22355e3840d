"""From reports of districts to the readings of townships and villages, whatever the order of the reports.

A reading at a moment is what all reports up to that moment make of the districts known by then. A report
writes readings at its own moment: for what it brings figures of, and, where it brings new districts, for
what was reported before. A report that is as of earlier than others of the same place also changes what
those made of it; the readings at their moments are computed again, and those that differ are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import polars as pl
from sqlalchemy import Connection

from models.rules.intake.districts import unit_of, within
from models.rules.registers.districts import KNOWN, empty_state, fill_from, have_lives, open_columns, overlay
from models.rules.registers.frames import CHANGED, CODE
from tasks.archive.drafts import Write
from tasks.archive.place import Archive
from tasks.intake.needs import Needs, as_held, differing, townships_of, units_below
from tasks.intake.period_readings import readings_of_periods
from tasks.intake.readings import held_readings
from tasks.registers.archived import Archived, archived_districts, read_districts, shared_prefix
from tasks.registers.districts import HeldDistricts, by_province, cities_of
from tasks.registers.states import Overlaid, open_state


def take_districts(
    connection: Connection,
    archive: Archive,
    needs: Needs,
    rows: pl.DataFrame,
    as_of: int,
    report: str,
    write: Write,
) -> tuple[list[pl.DataFrame], list[Overlaid]]:
    """Lay a report's districts over the latest ones, written through `write`. Returns the readings that follow (HELD),
    and what the database is to say of each province once the report has its number.

    rows: code and what is reported of districts in code order, `:withdrawn` where any is withdrawn, `:emptied` where cells are.
    """
    later, held = archived_districts(connection, as_of), HeldDistricts()
    readings, overlaid = [], []
    for province, part in by_province(rows):
        state = open_state(connection, archive, held, province, cities_of(part))
        latest = state.rows
        # a report of another district of the same township may speak of it without sharing more than its township's code
        prefix = shared_prefix(townships_of(part))
        disturbed = [archived for archived in later if archived.may_speak_of(prefix)]
        if disturbed:
            latest, found = _take_late(
                connection=connection,
                archive=archive,
                needs=needs,
                latest=latest,
                rows=part,
                as_of=as_of,
                later=disturbed,
            )
            readings += found
        else:
            latest = overlay(latest, part, as_of)
            readings.append(_at_once(needs, latest, part, as_of))
        readings += readings_of_periods(
            connection=connection, archive=archive, needs=needs, latest=latest, rows=part, as_of=as_of
        )
        overlaid.append(state.replaced(archive, report, latest, as_of, write))
    return readings, overlaid


def _at_once(needs: Needs, state: pl.DataFrame, rows: pl.DataFrame, as_of: int) -> pl.DataFrame:
    found = needs.figures(within(state, townships_of(rows)), as_of)
    brought = needs.brought(rows).with_columns(brought=True)
    found = found.join(brought, on=["indicator", "unit"], how="left")
    owed = pl.col("brought").fill_null(False) | (pl.col("live") & pl.col("fresh"))
    return as_held(found.filter(owed), as_of)


def _take_late(
    connection: Connection,
    archive: Archive,
    needs: Needs,
    latest: pl.DataFrame,
    rows: pl.DataFrame,
    as_of: int,
    later: Sequence[Archived],
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """The latest state after a report as of earlier than others, and the readings at its moment and theirs."""
    townships = townships_of(rows)
    elsewhere = latest.filter(~(unit_of("township").is_in(townships.implode())))
    earlier = [archived for archived in archived_districts(connection) if archived.as_of <= as_of]
    then = _state_at(archive, within(latest, townships), rows, as_of, earlier)
    now, disturbed = _follow(
        connection=connection, archive=archive, needs=needs, state=then, later=later, townships=townships
    )
    merged = pl.concat([elsewhere, now], how="diagonal_relaxed").sort(CODE)
    return merged, [_at_once(needs, then, rows, as_of), *disturbed]


def _state_at(
    archive: Archive, latest: pl.DataFrame, rows: pl.DataFrame, as_of: int, earlier: Sequence[Archived]
) -> pl.DataFrame:
    """The state of some townships at `as_of`, `rows` laid over the reports before them.

    Reports are read backwards, each only for the columns that still have empty cells; forwards where districts were withdrawn or
    cells emptied.
    """
    townships = townships_of(rows)
    prefix = shared_prefix(townships)
    earlier = [archived for archived in earlier if archived.may_speak_of(prefix)]
    if have_lives(latest) or have_lives(rows):
        state = empty_state()
        for archived in earlier:
            state = overlay(state, read_districts(archive, archived, None, townships), archived.as_of)
        return overlay(state, rows, as_of)
    marks = [name for name in (CODE, KNOWN, CHANGED) if name in latest.columns]
    known = overlay(latest.select(marks), rows.select(CODE), as_of)
    state = known.filter(pl.col(KNOWN) <= as_of).join(rows, on=CODE, how="left", maintain_order="left")
    untold = [name for name in latest.columns if name not in state.columns]
    state = state.with_columns(pl.lit(None, latest.schema[name]).alias(name) for name in untold)
    for archived in reversed(earlier):
        wanted = open_columns(state, latest)
        if not wanted:
            break
        state = fill_from(state, read_districts(archive, archived, wanted, townships))
    return state


def _follow(
    connection: Connection,
    archive: Archive,
    needs: Needs,
    state: pl.DataFrame,
    later: Sequence[Archived],
    townships: pl.Series,
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Lay later reports over the state of some townships, moment by moment; returns the last state and the readings that differ."""
    readings = []
    for as_of, reports in groupby(later, key=lambda archived: archived.as_of):
        brought = []
        for archived in reports:
            rows = read_districts(archive, archived, None, townships)
            brought.append(needs.brought(rows))
            state = overlay(state, rows, as_of) if rows.height else state
        pairs = pl.concat(brought).unique()
        units = units_below(state, townships, needs)
        held = held_readings(connection, needs.names, as_of, as_of, units)
        readings.append(differing(needs.figures(within(state, townships), as_of), pairs, held, as_of))
    return state, readings
