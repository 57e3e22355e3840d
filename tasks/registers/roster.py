"""Who is on duty (值班): the contacts whose seats the roster of their office names at a moment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import polars as pl

from models.plan.lists import ROSTER
from models.rules.registers.roster import seats_on_duty
from models.units import ON_DUTY
from tasks.campaign.store import Store
from tasks.registers.current import rows_of


def with_those_on_duty(store: Store, contacts: pl.DataFrame, offices: Collection[str], at: datetime) -> pl.DataFrame:
    """Contacts (`Store.contacts`) and, in the role ON_DUTY, whoever the rosters of these offices name at `at`."""
    rows = roster_rows(store, offices, at)
    if rows is None:
        return contacts
    return pl.concat([contacts, on_duty(contacts, rows, offices, at).select(contacts.columns)])


def roster_rows(store: Store, offices: Collection[str], until: datetime) -> pl.DataFrame | None:
    """The rosters of the provinces of these offices, as they stood at `until`; None where the plan has none."""
    register = store.plan().registers.get(ROSTER)
    if register is None:
        return None
    return rows_of(store, register, until, {office[:2] for office in offices}, columns=("starts", "ends", "seat"))


def on_duty(contacts: pl.DataFrame, rows: pl.DataFrame, offices: Collection[str], at: datetime) -> pl.DataFrame:
    """Those of `contacts` who are on duty at one of these offices at `at`, in the role ON_DUTY, each once. rows: `roster_rows`."""
    seated = contacts.filter(pl.col("seat").is_not_null(), pl.col("unit").is_in(list(offices)))
    found = seated.join(seats_on_duty(rows, at), on=["unit", "seat"], how="semi", maintain_order="left")
    found = found.unique(["unit", "person"], keep="first", maintain_order=True)
    return found.with_columns(role=pl.lit(ON_DUTY), only_for=pl.lit(""))
