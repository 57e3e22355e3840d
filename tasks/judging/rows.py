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
        self._read: dict[tuple[str, bool, datetime], pl.DataFrame] = {}
        self._offices: dict[tuple[frozenset[Level], bool], tuple[pl.DataFrame, pl.DataFrame]] = {}

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
        provinces = None if everywhere else self._around
        asked = (register.id, everywhere, at)
        if asked not in self._read:
            self._read[asked] = self._rows(register, at, provinces)
        units, chains = self._offices_of({*register.kept_by, *register.rows_at, *further}, everywhere)
        return Kept(self._read[asked], units, chains, self._contacts)

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

    def _offices_of(self, levels: Iterable[Level], everywhere: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Every office down to the lowest of these levels, and whom each answers to."""
        deepest = max(LEVELS.index("village" if level == "district" else level) for level in levels)
        asked = frozenset(LEVELS[: max(deepest, LEVELS.index(STORED)) + 1]), everywhere
        if asked not in self._offices:
            units = self._store.units(asked[0], provinces=None if everywhere else self._around)
            self._offices[asked] = units, above(units)
        return self._offices[asked]


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
