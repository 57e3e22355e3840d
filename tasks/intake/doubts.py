"""Doubts (疑点) about rows that were taken in: what only the rows of others tell, found by the modules of phases."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

import polars as pl
from sqlalchemy.exc import DBAPIError

from models.plan.lists import Register
from models.rules.intake.gathering import reasons
from models.rules.intake.report_columns import ROW as REPORTED_ROW
from models.rules.phases.given import DOUBTS, ROW, Doubting, Given, PhaseModule, columns_of
from tasks.campaign.affiliation import affiliation_of
from tasks.campaign.store import Store
from tasks.intake.given_rows import Lists
from tasks.intake.phase_modules import phase_modules

LOG = logging.getLogger(__name__)


def is_looked_through(register: str) -> bool:
    """Whether any module has doubts about rows of a register."""
    return any(isinstance(one, Doubting) and register in one.REGISTERS for one in phase_modules())


def doubts_about(
    store: Store, register: Register, told: pl.DataFrame, as_of: datetime, modules: Sequence[PhaseModule] | None = None
) -> pl.DataFrame:
    """What is doubtful in rows of a register that were just taken in: row, zh, en, one for each doubtful row.

    told: `:row`, code and columns. modules: those that are asked; None for all that there are. One that
    fails is passed over: the rows are in already.
    """
    plan = store.plan()
    found = [pl.DataFrame(schema=DOUBTS)]
    for module in phase_modules() if modules is None else modules:
        if told.is_empty() or not isinstance(module, Doubting) or register.id not in module.REGISTERS:
            continue
        try:
            asked = [name for name in module.REGISTERS if name in plan.registers]
            given = Given(
                plan=plan,
                rows=Lists(store, asked, as_of, columns_of(module)),
                offices=store.units,
                now=as_of,
                contacts=store.contacts,
                affiliation=affiliation_of(store),
            )
            found.append(module.doubts(given, register.id, told).cast(DOUBTS))
        except DBAPIError:
            raise
        except Exception:
            LOG.exception("rows of %s could not be looked through for doubts", register.id)
    return reasons(pl.concat(found).rename({ROW: REPORTED_ROW}))
