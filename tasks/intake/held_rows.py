"""What the rows of a report are held against, beside the rows that hold: the offices around, and the cases that are open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl
from sqlalchemy import Connection, select
from sqlmodel import col

from models.affiliation import BY_DIGITS, Affiliation
from models.plan.model import Plan
from models.rules.judging.tree import above
from models.rules.registers.keys import provinces_of
from models.tables import Case
from tasks.campaign.affiliation import affiliation_of
from tasks.campaign.former_codes import covered_now, read_former
from tasks.campaign.locks import group_of
from tasks.intake.incoming import Received


@dataclass(frozen=True)
class Offices:
    """Every office of the provinces that a table speaks of, and those that are joined with them: see `with_offices`.

    covered_by: of units of overlays those at and below them, whatever their codes are by now. affiliation: by which rows are told who is below
    whom.
    """

    units: pl.DataFrame
    chains: pl.DataFrame
    covered_by: Mapping[str, pl.Series] = field(default_factory=dict)
    affiliation: Affiliation = BY_DIGITS


def offices_around(report: Received, taken: pl.DataFrame) -> Offices:
    """The offices around the codes, as text, of some rows."""
    provinces = provinces_of(taken)
    with report.store.reading() as connection:
        around = {one for province in provinces for one in group_of(connection, province)}
        units = report.store.units(connection=connection, provinces=around)
        former = read_former(connection)
    covered_by = covered_now(units, report.store.plan().overlay_units, former)
    return Offices(units, above(units), covered_by, affiliation_of(report.store))


def open_cases(connection: Connection, plan: Plan, register: str, offices: pl.Series) -> pl.DataFrame:
    """The open cases about rows of a register at some offices: unit, requirement, period."""
    keys = [r.key for r in plan.requirements if r.each is not None and r.each.register == register]
    query = select(col(Case.unit), col(Case.requirement), col(Case.period)).where(
        col(Case.closed_at).is_(None), col(Case.requirement).in_(keys)
    )
    found = [tuple(row) for row in connection.execute(query)] if keys else []
    cases = pl.DataFrame(found, schema=dict.fromkeys(("unit", "requirement", "period"), pl.String), orient="row")
    return cases.filter(pl.col("unit").is_in(offices.unique().implode()))
