"""The offices around a scope, and who answers for them: read once, however many registers and conditions ask for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

import polars as pl

from models.affiliation import Affiliation
from models.plan.counted import counts_holders_of_rows
from models.plan.model import Plan
from models.rules.judging.rollup import STORED
from models.rules.judging.tree import above
from models.units import LEVELS, Level
from tasks.campaign.affiliation import affiliation_of
from tasks.campaign.store import Store
from tasks.judging.rows_in_hand import RowsInHand


class OfficesAround:
    """Those of the provinces around a scope, or of everywhere where somebody asks for that."""

    def __init__(self, store: Store, plan: Plan, around: Collection[str] | None, in_hand: RowsInHand) -> None:
        """around: the provinces whose offices matter; None for all. in_hand: what was read of them before, and will be."""
        self._store, self._plan, self._around, self.in_hand = store, plan, around, in_hand
        self._known: tuple[frozenset[Level], pl.DataFrame] | None = None

    def take(self, levels: Collection[Level], units: pl.DataFrame) -> None:
        """Offices of these levels around the scope that somebody has read already, so that they are read once."""
        self._known = frozenset(levels), units

    def contacts(self, everywhere: bool = False) -> pl.DataFrame:
        """Everybody who holds a role around the scope, or everywhere."""
        everywhere = everywhere or self._around is None
        if everywhere not in self.in_hand.contacts:
            self.in_hand.contacts[everywhere] = self._store.contacts(None if everywhere else self._around)
        return self.in_hand.contacts[everywhere]

    def answering(self, everywhere: bool) -> pl.DataFrame | None:
        """Everybody who may answer for a row, where some condition of the plan asks how many do."""
        return self.contacts(everywhere) if self._counts_holders else None

    @cached_property
    def _counts_holders(self) -> bool:
        return counts_holders_of_rows(self._plan)

    def affiliation(self) -> Affiliation:
        """Who answers to others than their digits name, everywhere."""
        if self.in_hand.affiliation is None:
            self.in_hand.affiliation = affiliation_of(self._store)
        return self.in_hand.affiliation

    def with_chains(self, deepest: int, everywhere: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Every office down to a level, and whom each answers to."""
        units, asked = self.units(deepest, everywhere), (deepest, everywhere)
        if asked not in self.in_hand.chains:
            self.in_hand.chains[asked] = above(units)
        return units, self.in_hand.chains[asked]

    def units(self, deepest: int, everywhere: bool) -> pl.DataFrame:
        """Every office down to a level."""
        asked = deepest, everywhere
        if asked not in self.in_hand.units:
            levels = frozenset(LEVELS[: deepest + 1])
            units = self._out_of_more(levels, everywhere)
            if units is None:
                units = self._store.units(levels, provinces=None if everywhere else self._around)
            self.in_hand.units[asked] = units
        return self.in_hand.units[asked]

    def _out_of_more(self, levels: frozenset[Level], everywhere: bool) -> pl.DataFrame | None:
        """The offices of these levels, where deeper ones were read already."""
        read = [
            (frozenset(LEVELS[: deepest + 1]), units)
            for (deepest, all_around), units in self.in_hand.units.items()
            if all_around == everywhere
        ]
        if self._known is not None and not everywhere:
            read.append(self._known)
        units = next((units for known, units in read if levels <= known), None)
        return None if units is None else units.filter(pl.col("level").is_in(sorted(levels)))


def deepest_of(levels: Iterable[Level]) -> int:
    """The place of the lowest of these levels that has offices."""
    lowest = max(LEVELS.index("village" if level == "district" else level) for level in levels)
    return max(lowest, LEVELS.index(STORED))
