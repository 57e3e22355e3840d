"""Expected rows (应报行): what the phases' modules say that some office owes is put into its register, once, before a pass judges."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import polars as pl
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from models.plan.lists import Register
from models.plan.model import Plan
from models.rules.judging.tree import below
from models.rules.phases.given import Expecting, Given, columns_of
from models.rules.registers.frames import BEGINS, CODE, WITHDRAWN, report_schema
from models.rules.registers.keys import KEEPER, identity, keeper_digits, provinces_of
from models.rules.registers.offices import nearest_units
from models.rules.registers.overlay import told_in_order
from models.units import LEVELS, NATION, Level
from tasks.archive.drafts import Write
from tasks.archive.place import REPORTS, Archive
from tasks.campaign.affiliation import affiliation_of
from tasks.campaign.store import Store
from tasks.intake.given_rows import Lists
from tasks.intake.incoming import Received, Settled
from tasks.intake.intake import settle
from tasks.intake.laying_over import LayingOver
from tasks.intake.phase_modules import phase_modules
from tasks.intake.receipts import Receipt
from tasks.registers.archived import archive_name, shared_prefix
from tasks.registers.before import open_before
from tasks.registers.states import state_names

LOG = logging.getLogger(__name__)

AUTHOR = "pucha"
_MOST_AT_ONCE = 20
"""So often a module is asked again after rows of its were put; what is still to come then comes with the next pass."""
_TOWNSHIP: Level = "township"
_HELD = ":held"


def expect_rows(store: Store, scope: str | None, now: datetime, modules: Sequence[Expecting] | None = None) -> int:
    """Put the rows that offices at and below `scope` owe, and never had, into their registers. Returns how many.

    modules: those that are asked; None for all that there are. One that fails, or whose registers cannot be read now, is left
    to the next pass and keeps no other from being asked: what there is is judged meanwhile.
    """
    plan = store.plan()
    put = 0
    for module in (one for one in phase_modules() if isinstance(one, Expecting)) if modules is None else modules:
        asked = [name for name in module.REGISTERS if name in plan.registers]
        if not asked:
            continue
        try:
            # what is put there may make another one due: a district was checked before it was drawn, and failed
            for _ in range(_MOST_AT_ONCE):
                newly = _expected_by(module, asked, store, scope, now)
                put += newly
                if not newly:
                    break
        except DBAPIError:
            raise
        except Exception:
            LOG.exception("the rows that are expected of %s could not be put there", ", ".join(asked))
    return put


def _expected_by(module: Expecting, asked: Sequence[str], store: Store, scope: str | None, now: datetime) -> int:
    plan = store.plan()
    keepers = {level for name in asked for level in plan.registers[name].kept_by}
    deepest = max(LEVELS.index(level) for level in {*keepers, _TOWNSHIP})
    units = store.units(LEVELS[: deepest + 1])
    found = module.expected_rows(
        Given(plan, Lists(store, asked, now, columns_of(module)), units, now, affiliation=affiliation_of(store))
    )
    if all(frame.is_empty() for frame in found.values()):
        return 0
    here = (units if scope in (None, NATION) else below(units, str(scope)))["unit"]
    return sum(
        _put(store, plan, name, frame.filter(nearest_units(frame[CODE], units).is_in(here.implode())), now)
        for name, frame in found.items()
    )


def _put(store: Store, plan: Plan, name: str, found: pl.DataFrame, now: datetime) -> int:
    if found.is_empty():
        return 0
    register = plan.registers[name]
    rows = _as_report(found, register)
    digest = sha256(rows.select(CODE, *(one for one in register.key if one != CODE)).write_csv().encode()).hexdigest()
    report = Received(
        store=store, file=Path(), name="", digest=digest, as_of=now, author=AUTHOR, received_at=now, reason=None
    )
    receipt = settle(report, {0: Expected(report, register, rows)})[0]
    return 0 if receipt.repeated else receipt.accepted


def _as_report(found: pl.DataFrame, register: Register) -> pl.DataFrame:
    """Rows as a report has them, that give nothing but what a row begins with."""
    schema = report_schema(register)
    optional = {one.id for one in register.reported if one.optional}
    lacking = [
        pl.lit("" if one in optional else None, schema[one]).alias(one)
        for one in schema.names()
        if one not in found.columns
    ]
    return found.with_columns(lacking).with_columns(pl.lit(True).alias(BEGINS)).select(schema.names()).cast(schema)


@dataclass(frozen=True, eq=False)
class Expected:
    """Rows that are expected, on their way into a register."""

    report: Received
    of: Register
    rows: pl.DataFrame

    @property
    def register(self) -> str:
        return self.of.id

    @cached_property
    def provinces(self) -> list[str]:
        return provinces_of(self.rows)

    @cached_property
    def archived(self) -> str:
        keepers = self.rows.select(keeper_digits(self.of)).to_series().sort()
        return archive_name(self.report.moment, shared_prefix(keepers), self.report.digest)

    @cached_property
    def files(self) -> Collection[str]:
        return {f"{REPORTS}/{self.archived}", *state_names(self.archived, self.provinces)}

    @property
    def rejections(self) -> Path:
        return Path()

    def refused(self) -> Settled:
        return Settled(Receipt(None, 0, 0, None, register=self.register))

    def settle(self, connection: Connection, archive: Archive, write: Write) -> Settled:
        """Those of the rows that nobody has sent meanwhile, and those that lack what they begin with."""
        before = open_before(connection, archive, self.of, self.rows, self.report.moment)
        known = before.rows.with_columns(keeper_digits(self.of).alias(KEEPER))
        own = self.rows.with_columns(keeper_digits(self.of).alias(KEEPER))
        by = identity(self.of)
        begins = [one.id for one in self.of.reported if one.id not in by]
        there = own.join(known.filter(~pl.col(WITHDRAWN)), on=by, how="inner", suffix=_HELD)
        lacking = pl.any_horizontal(pl.col(f"{one}{_HELD}").is_null() & pl.col(one).is_not_null() for one in begins)
        wanting = there.filter(lacking).select(own.columns)
        told = pl.concat([own.join(known, on=by, how="anti"), wanting]).drop(KEEPER)
        if told.is_empty():
            return self.refused()
        laying = LayingOver(self.report, self.of, self.archived, before)
        batch = laying.put(connection, archive, told_in_order(told, self.of), write, accepted=told.height, rejected=0)
        return laying.settled(Receipt(batch, told.height, 0, None, register=self.register))
