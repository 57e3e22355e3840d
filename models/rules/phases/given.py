"""What a phase's module is given to go by, and what it has to answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import polars as pl

from models.plan.model import Plan


@dataclass(frozen=True)
class Given:
    """The rows of a module's registers, as `models.rules.registers.frames` has them, and who there is.

    rows: by register, of all offices, withdrawn ones and nil returns among them, marked; a register that the plan lacks is left
    out. Read when they are asked for; of districts their codes and marks alone.
    units: unit, level, superior …, of all offices. now: of the pass.
    """

    plan: Plan
    rows: Mapping[str, pl.DataFrame]
    units: pl.DataFrame = field(repr=False)
    now: datetime


class PhaseModule(Protocol):
    """A module of this folder."""

    REGISTERS: tuple[str, ...]

    def expected_rows(self, given: Given) -> Mapping[str, pl.DataFrame]:
        """Rows that some office owes and nobody has ever sent, by register: `code`, the columns of its key, and cells to begin
        with. Each is stored once, in the name of pucha, and stays; it is filled in by whoever owes it. Of a row that there is
        those cells are put beside it that nobody has filled in."""
        ...
