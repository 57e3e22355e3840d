"""The rows of registers that a judgement needs, each register read once, and everyone whose they may be."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cached_property

import polars as pl

from models.plan.counted import counts_holders_of_rows
from models.plan.lists import Register
from models.plan.model import Indicator, Plan, Requirement
from models.rules.judging.judged_rows import Kept
from models.rules.judging.rollup import STORED
from models.rules.judging.tree import above
from models.rules.registers.figures import READINGS, row_readings
from models.rules.registers.offices import placed
from models.units import LEVELS, Level
from models.wording import Refusal
from tasks.campaign.store import Store
from tasks.registers.current import rows_of


class RowsUnreadable(Refusal):
    """The rows of a register cannot be read: whoever asks for them is told so, and a pass goes on with its other phases."""


class Rows:
    """Rows of the provinces around a scope, as they stood at moments up to `now`."""

    def __init__(
        self,
        store: Store,
        plan: Plan,
        now: datetime,
        around: Collection[str] | None,
        known_by: datetime | None = None,
    ) -> None:
        """around: the provinces whose offices matter; None for all. known_by: as `rows_of` takes it."""
        self._known_by = known_by
        self._store, self._plan, self._now, self._around = store, plan, now, around
        self._kept_rows: dict[tuple[str, bool, datetime, int], Kept] = {}
        self._read: dict[tuple[str, bool, datetime], pl.DataFrame] = {}
        self._offices: dict[tuple[int, bool], tuple[pl.DataFrame, pl.DataFrame]] = {}
        self._around_known: tuple[frozenset[Level], pl.DataFrame] | None = None

    def take_offices(self, levels: Collection[Level], units: pl.DataFrame) -> None:
        """Offices of these levels around the scope that somebody has read already, so that they are read once."""
        self._around_known = frozenset(levels), units

    def of(self, requirement: Requirement) -> Kept:
        """What the duties of a requirement over rows are judged on.

        One owed by whom a column names may be kept anywhere: a request goes upward, and a boundary has two sides.
        """
        assert requirement.each is not None
        each = requirement.each
        further = {requirement.judged_at} | ({each.of_level} if each.of_level else set())
        return self._kept(self._plan.registers[each.register], self._now, further, everywhere=each.owed_by is not None)

    def behind(self, indicator: Indicator) -> Kept:
        """What an indicator is drawn from."""
        assert indicator.rows is not None
        return self._kept(self._plan.registers[indicator.rows.register], self._now, {indicator.level}, everywhere=False)

    def readings(self, names: Collection[str], until: datetime | None = None) -> pl.DataFrame:
        """Those of the indicators `names` that are drawn from rows, as readings of what held at `until` (now for None)."""
        at = self._now if until is None else min(until, self._now)
        drawn: dict[str, list[Indicator]] = {}
        for indicator in (self._plan.indicators[name] for name in sorted(names)):
            if indicator.rows is not None:
                drawn.setdefault(indicator.rows.register, []).append(indicator)
        parts = [pl.DataFrame(schema=READINGS)]
        for name, indicators in drawn.items():
            levels = {indicator.level for indicator in indicators}
            kept = self._kept(self._plan.registers[name], at, levels, everywhere=False)
            parts.append(
                row_readings(
                    rows=kept.rows,
                    indicators=indicators,
                    plan=self._plan,
                    units=kept.units,
                    chains=kept.chains,
                    now=at,
                    contacts=kept.contacts,
                )
            )
        return pl.concat(parts)

    def _kept(self, register: Register, at: datetime, further: Iterable[Level], *, everywhere: bool) -> Kept:
        everywhere = everywhere and self._around is not None
        sent = self._sent(register, at, everywhere)
        # a list that nobody has sent is nobody's but its keepers'
        of_rows = () if sent.is_empty() else register.rows_at
        everywhere = everywhere and not sent.is_empty()
        deepest = self._deepest({*register.kept_by, *of_rows, *further})
        asked = (register.id, everywhere, at, deepest)
        if asked not in self._kept_rows:
            units, chains = self._offices_of(deepest, everywhere)
            rows = sent if sent.is_empty() else placed(sent, register, units, chains)
            self._kept_rows[asked] = Kept(rows, units, chains, self._contacts)
        return self._kept_rows[asked]

    def _sent(self, register: Register, at: datetime, everywhere: bool) -> pl.DataFrame:
        asked = (register.id, everywhere, at)
        if asked not in self._read:
            self._read[asked] = self._rows(register, at, None if everywhere else self._around)
        return self._read[asked]

    @cached_property
    def _contacts(self) -> pl.DataFrame | None:
        """Everybody who may answer for a row, where some condition of the plan asks how many do."""
        return self._store.contacts() if counts_holders_of_rows(self._plan) else None

    def _rows(self, register: Register, at: datetime, provinces: Collection[str] | None) -> pl.DataFrame:
        try:
            return rows_of(self._store, register, at, provinces, known_by=self._known_by)
        except Refusal as fault:
            raise RowsUnreadable(
                f"登记册“{register.title}”的行无法读取：{fault.said.zh}",
                f"the rows of “{register.id}” cannot be read: {fault.said.en}",
            ) from fault

    def _deepest(self, levels: Iterable[Level]) -> int:
        """The place of the lowest of these levels that has offices."""
        lowest = max(LEVELS.index("village" if level == "district" else level) for level in levels)
        return max(lowest, LEVELS.index(STORED))

    def _offices_of(self, deepest: int, everywhere: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Every office down to a level, and whom each answers to."""
        asked = deepest, everywhere
        if asked not in self._offices:
            levels = frozenset(LEVELS[: deepest + 1])
            units = self._out_of_more(levels, everywhere)
            if units is None:
                units = self._store.units(levels, provinces=None if everywhere else self._around)
            self._offices[asked] = units, above(units)
        return self._offices[asked]

    def _out_of_more(self, levels: frozenset[Level], everywhere: bool) -> pl.DataFrame | None:
        """The offices of these levels, where deeper ones were read already."""
        read = [
            (frozenset(LEVELS[: deepest + 1]), units)
            for (deepest, all_around), (units, _) in self._offices.items()
            if all_around == everywhere
        ]
        if self._around_known is not None and not everywhere:
            read.append(self._around_known)
        units = next((units for known, units in read if levels <= known), None)
        return None if units is None else units.filter(pl.col("level").is_in(sorted(levels)))


def registers_behind(plan: Plan, requirements: Iterable[Requirement]) -> frozenset[str]:
    """The registers whose rows these requirements are judged on, as duties or as figures."""
    found = set()
    for requirement in requirements:
        if requirement.each is not None:
            found.add(requirement.each.register)
        drawn = (plan.indicators[name].rows for name in plan.behind[requirement.key])
        found |= {rows.register for rows in drawn if rows is not None}
    return frozenset(found)


def reported(plan: Plan, names: Iterable[str]) -> frozenset[str]:
    """Of the names of indicators those that are neither drawn from rows nor counted: of the others no report is asked."""
    return frozenset(name for name in names if name not in plan.indicators or _is_sent(plan.indicators[name]))


def _is_sent(indicator: Indicator) -> bool:
    return indicator.rows is None and not indicator.is_counted
