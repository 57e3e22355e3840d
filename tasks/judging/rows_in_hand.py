"""What is in hand of lists and offices: read once for one judgement, or for all that follow while nobody reports anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from models.affiliation import BY_DIGITS, Affiliation
from models.moments import micros
from models.rules.judging.kept_answers import Holds
from models.rules.registers.duties import RowDuties
from models.tables import RegisterState

Figure = Sequence[pl.DataFrame]
"""The readings of one indicator, as they are laid down."""


@dataclass(frozen=True, eq=False)
class Kept:
    """The rows of a register, each with its office (`placed`), and every office whose they may be: units, chains.
    contacts: who may answer for them, where that is asked. affiliation: by which they are told who is below whom."""

    rows: pl.DataFrame
    units: pl.DataFrame
    chains: pl.DataFrame
    contacts: pl.DataFrame | None = None
    affiliation: Affiliation = BY_DIGITS


@dataclass(frozen=True, eq=False)
class InHand:
    """What the duties of a requirement, or an indicator, came to, and from when and up to when they do."""

    holds: Holds
    what: RowDuties | Figure


@dataclass(eq=False)
class RowsInHand:
    """All of it. Another judgement may go on with it that is of the same scope, phases and store, at whichever moment."""

    kept: dict[tuple[str, bool, datetime | None, int, bool], Kept] = field(default_factory=dict)
    read: dict[tuple[str, bool, datetime | None, bool], pl.DataFrame] = field(default_factory=dict)
    states: dict[bool, dict[str, list[RegisterState]]] = field(default_factory=dict)
    units: dict[tuple[int, bool], pl.DataFrame] = field(default_factory=dict)
    chains: dict[tuple[int, bool], pl.DataFrame] = field(default_factory=dict)
    digests: dict[tuple[object, ...], str] = field(default_factory=dict)
    contacts: dict[bool, pl.DataFrame] = field(default_factory=dict)
    affiliation: Affiliation | None = None
    _found: dict[tuple[str, datetime | None], list[InHand]] = field(default_factory=dict)

    def find(self, name: str, past: datetime | None, now: datetime) -> InHand | None:
        """What a requirement (by its key) or an indicator (by its id) came to, as of now or of a moment that is over."""
        at = micros(past or now)
        found = reversed(self._found.get((name, past), []))
        return next((one for one in found if one.holds[0] <= at < one.holds[1]), None)

    def take(self, name: str, past: datetime | None, found: InHand) -> None:
        self._found.setdefault((name, past), []).append(found)
