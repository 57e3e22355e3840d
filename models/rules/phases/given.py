"""What a phase's module is given to go by, and what it has to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol, runtime_checkable

import polars as pl

from models.affiliation import BY_DIGITS, Affiliation
from models.plan.model import Plan

ROW = ":row"
"""The number of a row in the file that it came in; a register may have a column `row`."""
DOUBTS = pl.Schema({ROW: pl.Int64(), "zh": pl.String(), "en": pl.String()})
"""Why rows are doubtful, in Chinese and in English; a row may have several reasons."""


@dataclass(frozen=True)
class Given:
    """The rows of a module's registers, as `models.rules.registers.frames` has them, and who there is.

    rows: by register, of all offices, withdrawn ones and nil returns among them, marked; a register that the plan lacks is left
    out. Read when they are asked for, with those columns that the module names in COLUMNS; of districts else their codes and marks
    alone.
    offices: unit, level, superior …, of all offices down to the township, or to the lowest that keeps one of the registers; or
    what reads them, once, when they are asked for as `units`: most doubts need none.
    now: of the pass. contacts: who holds which role and seat (`Store.contacts`), where a module is asked for its doubts. affiliation: by which
    rows are told who is below whom.
    """

    plan: Plan
    rows: Mapping[str, pl.DataFrame]
    offices: pl.DataFrame | Callable[[], pl.DataFrame] = field(repr=False)
    now: datetime
    contacts: Callable[[], pl.DataFrame] | None = field(default=None, repr=False)
    affiliation: Affiliation = BY_DIGITS

    @cached_property
    def units(self) -> pl.DataFrame:
        return self.offices if isinstance(self.offices, pl.DataFrame) else self.offices()


class PhaseModule(Protocol):
    """A module of this folder; what it works out is said by the functions that it has."""

    REGISTERS: tuple[str, ...]


def columns_of(module: PhaseModule) -> Mapping[str, tuple[str, ...]]:
    """The columns that a module asks for, by register, where it says so in COLUMNS; else all, and of districts none."""
    found: Mapping[str, tuple[str, ...]] = getattr(module, "COLUMNS", {})
    return found


@runtime_checkable
class Expecting(PhaseModule, Protocol):
    """A module that knows of rows which some office owes."""

    def expected_rows(self, given: Given) -> Mapping[str, pl.DataFrame]:
        """Rows that some office owes and nobody has ever sent, by register: `code`, the columns of its key, and cells to begin
        with. Each is stored once, in the name of pucha, and stays; it is filled in by whoever owes it. Of a row that there is
        those cells are put beside it that nobody has filled in."""
        ...


@runtime_checkable
class Doubting(PhaseModule, Protocol):
    """A module that knows what in a row is doubtful beside the rows of others."""

    def doubts(self, given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
        """Why rows of `register` that were just taken in are doubtful: DOUBTS. told: ROW,
        `code` and the register's columns, as they were sent. given: what holds with them, as of the report's moment. A doubt is
        told to whoever reports, and refuses nothing."""
        ...
