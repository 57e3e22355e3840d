"""Rows of districts held against the districts that there are, as rows of any register are: what was withdrawn, which moves are
allowed, what their keepers owe, and which of them a full list leaves out."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from sqlalchemy import Connection

from models.plan.lists import DISTRICTS, Register
from models.plan.model import Plan
from models.plan.row_labels import CODE as BY_CODE
from models.rules.intake.districts import within
from models.rules.intake.gathering import TAKEN_LEVEL, TAKEN_ROW
from models.rules.intake.own_duties import own_duty_faults
from models.rules.intake.row_faults import Held, row_faults
from models.rules.intake.whole_lists import Missing, missing_rows
from models.rules.registers.districts import as_rows
from models.rules.registers.frames import BEGINS, CHANGED, CODE, EMPTIED, NIL, WITHDRAWN, report_schema
from models.rules.registers.keys import KEEPER, keeper_digits
from models.rules.registers.offices import with_offices
from tasks.archive.place import Archive
from tasks.intake.held_rows import offices_around, open_cases
from tasks.intake.incoming import Received
from tasks.intake.needs import townships_of
from tasks.registers.districts import HeldDistricts, by_province, cities_of, districts_until
from tasks.registers.states import open_state


@dataclass(frozen=True, eq=False)
class Found:
    """faults: FAULTS of rows beside the districts that hold. missing: what a full list leaves out, None where it is none."""

    faults: pl.DataFrame
    missing: Missing | None


def are_held_against(plan: Plan, districts: pl.DataFrame, *, whole: bool) -> bool:
    """Whether anything in some rows of districts can be wrong beside the districts that hold. Of millions nothing is read
    where nothing can."""
    if DISTRICTS not in plan.registers or districts.is_empty():
        return False
    columns = [one for one in plan.registers[DISTRICTS].reported if one.id in districts.columns]
    asked = [one.each for one in plan.requirements if one.each is not None and one.each.register == DISTRICTS]
    told_apart = any(each.due or each.owed_by or each.by not in (None, BY_CODE) for each in asked)
    return (
        whole
        or WITHDRAWN in districts.columns
        or EMPTIED in districts.columns
        or told_apart
        or any(one.moves is not None for one in columns)
    )


def held_against(
    report: Received,
    plan: Plan,
    taken: pl.DataFrame,
    refused: pl.DataFrame,
    *,
    connection: Connection,
    archive: Archive,
    whole: bool,
) -> Found:
    """Hold rows of districts against those that there were at the report's moment.

    taken, refused: `:row`, `:level`, code and cells; what was refused is in the file all the same. whole: whether they are all
    that their townships have.
    """
    register = plan.registers[DISTRICTS]
    own, others = (_as_told(frame, register) for frame in (taken, refused))
    offices = offices_around(report, own)
    placed, left_out = (
        with_offices(frame, register, offices.units, offices.chains).with_columns(keeper_digits(register).alias(KEEPER))
        for frame in (own, others)
    )
    rows = [
        _at(connection, archive, province, part, report.moment) for province, part in by_province(taken.sort("code"))
    ]
    held = Held(
        register=register,
        plan=plan,
        rows=pl.concat([as_rows(state.lazy(), register).collect() for state in rows]),
        units=offices.units,
        chains=offices.chains,
        cases=open_cases(connection, plan, DISTRICTS, placed["office"]),
        as_of=report.as_of,
        covered_by=offices.covered_by,
        affiliation=offices.affiliation,
    ).placed()
    faults = pl.concat([row_faults(placed, held), own_duty_faults(placed, held)])
    if not whole:
        return Found(faults, None)
    good = placed.join(faults, left_on=TAKEN_ROW, right_on="row", how="anti")
    wrong = placed.join(faults, left_on=TAKEN_ROW, right_on="row", how="semi")
    sent = pl.concat([left_out, wrong], how="vertical_relaxed")
    return Found(faults, missing_rows(good, sent, pl.col(CODE), held, agreed=report.agreed))


def _as_told(rows: pl.DataFrame, register: Register) -> pl.DataFrame:
    """Rows of districts as a report of any register has them, with `:row`."""
    districts = rows.filter(pl.col(TAKEN_LEVEL).fill_null("district") == "district").cast({"code": pl.String})
    schema = report_schema(register)
    lacking = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in districts.columns]
    cells = [pl.col(name).cast(kind) for name, kind in schema.items()]
    full = districts.with_columns(lacking).select(TAKEN_ROW, *cells)
    return full.with_columns(pl.col(WITHDRAWN).fill_null(False), pl.lit(False).alias(NIL), pl.lit(False).alias(BEGINS))


def _at(connection: Connection, archive: Archive, province: str, rows: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """The districts of the townships of some rows, of one province, as they stood at `as_of`."""
    townships = townships_of(rows)
    latest = within(open_state(connection, archive, HeldDistricts(), province, cities_of(rows)).rows, townships)
    if CHANGED in latest.columns and (latest[CHANGED].fill_null(as_of + 1) > as_of).any():
        # reports that are as of later were taken in before this one
        return within(districts_until(connection, archive, province, as_of), townships)
    return latest
