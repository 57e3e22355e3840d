"""The readings that a judgement goes by: those that hold, those of each period, what is drawn from rows, and what is counted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property, partial

import polars as pl

from models.plan.districts_known import with_counts_of_districts
from models.plan.model import Plan, Requirement
from models.plan.periods import Period
from models.rules.judging.kept_answers import digest
from models.rules.judging.periods import PeriodNames, all_told, readings_within
from models.rules.judging.settled import Settled, oldest_start, since_of
from tasks.campaign.store import Store
from tasks.judging.counted import counted_readings
from tasks.judging.rows import Rows, reported

_INSTANT = timedelta(microseconds=1)


@dataclass(eq=False)
class KnownReadings:
    """The readings that hold (called with None), and those of each period: read and worked out when somebody asks for them.

    once: the names behind what is judged once; periodic: behind what is owed period by period. read_latest, read_history: what offices
    have reported; state: of which readings they read, as one word; counted: what the product counts itself, the same in every
    period.
    """

    plan: Plan
    once: frozenset[str]
    periodic: frozenset[str]
    periods: Sequence[Period]
    names: PeriodNames
    read_latest: Callable[[], pl.DataFrame]
    read_history: Callable[[], pl.DataFrame]
    state: Callable[[], str | None]
    rows: Rows
    counted: Callable[[], pl.DataFrame]
    _known: dict[Period | None, pl.DataFrame] = field(default_factory=dict, repr=False)

    def __call__(self, period: Period | None) -> pl.DataFrame:
        if period not in self._known:
            self._known[period] = _together(self._sent(period), self._drawn(period), self._counts)
        return self._known[period]

    @cached_property
    def _counts(self) -> pl.DataFrame:
        return self.counted()

    @cached_property
    def _latest(self) -> pl.DataFrame:
        return self.read_latest()

    @cached_property
    def _history(self) -> pl.DataFrame:
        return self.read_history()

    def _sent(self, period: Period | None) -> pl.DataFrame:
        return self._latest if period is None else readings_within(self._history, period, self.names)

    def _drawn(self, period: Period | None) -> pl.DataFrame:
        return self.rows.readings(self.once) if period is None else self.rows.readings(self.periodic, _last_of(period))

    def drawn_from_rows(self) -> list[tuple[frozenset[str], datetime | None]]:
        """Which figures are drawn from rows, as of which moments (None: now)."""
        drawn = frozenset(name for name in self.periodic if self.plan.indicators[name].rows is not None)
        return [(self.once, None), *((drawn, _last_of(period)) for period in self.periods if drawn)]

    def word(self, now: datetime) -> str | None:
        """What offices have reported, and within which periods, as one word; None where it cannot be told."""
        state = self.state()
        return None if state is None else digest([(repr(period), period.ends <= now) for period in self.periods], state)


def known_readings(
    store: Store,
    requirements: Sequence[Requirement],
    now: datetime,
    settled: Settled,
    *,
    provinces: Collection[str] | None,
    units: pl.DataFrame,
    rows: Rows,
) -> KnownReadings:
    """What is known of these units at `now`: no more than three reads, however many levels and periods, and none before somebody
    asks. rows: of them or a part of them."""
    plan, own = store.plan(), None if rows.part is None else units["unit"].to_list()
    periodic, since = [requirement for requirement in requirements if requirement.every], since_of(settled, plan.zone)
    periods = [period for requirement in periodic for period in plan.periods(requirement, now, since)]
    once, names = judged_once(plan, requirements), PeriodNames.of(plan, periodic)

    def latest() -> pl.DataFrame:
        return store.readings(reported(plan, with_counts_of_districts(plan, once)), now, provinces, own)

    def expected() -> set[tuple[str, str]]:
        at = dict(units.group_by("level").agg("unit").iter_rows())
        return {(name, unit) for name in names.offices for unit in at.get(plan.indicators[name].level, ())}

    def history() -> pl.DataFrame:
        if since is None:
            first = min(period.starts for period in periods)
            before = store.readings(names.districts, first - _INSTANT, provinces, own)
        else:
            first, before = oldest_start(plan, since), settled.known
        told = None if own is None or names.districts else partial(all_told, periods=periods, pairs=expected())
        newer = store.reading_history(names.all, first, now, provinces, units=own, told=told)
        if before.is_empty():
            return newer
        return pl.concat([before, newer]).sort("indicator", "unit", maintain_order=True)

    return KnownReadings(
        plan=plan,
        once=once,
        periodic=frozenset[str]().union(*(plan.behind[requirement.key] for requirement in periodic)),
        periods=list(dict.fromkeys(periods)),
        names=names,
        read_latest=latest,
        read_history=history,
        state=lambda: store.reading_states(now, provinces),
        rows=rows,
        counted=lambda: counted_readings(rows.offices.contacts, plan, requirements, units, now),
    )


def judged_once(plan: Plan, requirements: Iterable[Requirement]) -> frozenset[str]:
    """The indicators that those of these requirements without periods are judged on, and what those are derived from."""
    return frozenset[str]().union(*(plan.behind[r.key] for r in requirements if not r.every))


def _last_of(period: Period) -> datetime:
    return period.ends - _INSTANT


def _together(sent: pl.DataFrame, *others: pl.DataFrame) -> pl.DataFrame:
    """What offices have reported, and what else there is."""
    more = [one for one in others if not one.is_empty()]
    return pl.concat([sent, *more]) if more else sent
