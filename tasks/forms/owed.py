"""What an office owes by its lists and figures (应办事项), as a form tells it: row by row, and together."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import polars as pl

from models.moments import moment_at, moment_or_none
from models.plan.lists import Register
from models.plan.model import Plan, Requirement
from models.rules.registers.duties import LABEL, MET, OWER
from models.rules.registers.keys import order_of
from models.status import DutyStatus
from models.wording import Lang, Said
from tasks.campaign.store import Store
from tasks.judging.judge import Judged, duty_statuses
from tasks.judging.status import read_statuses

OWED, OVERDUE = ":owed", ":overdue"
_NOWHERE = pl.Schema({OWED: pl.String(), OVERDUE: pl.Boolean()})


@dataclass(frozen=True, eq=False)
class Owed:
    """What is not met at and below a unit, of some phases."""

    judged: Judged
    lang: Lang

    @cached_property
    def verdicts(self) -> pl.DataFrame:
        """The duties that are not met nor waived, the most urgent first."""
        left = self.judged.verdicts.filter((pl.col("standing") != "met") & ~pl.col("waived"))
        return left.sort(pl.col("timing") != "overdue", "due", "place", "period", "unit", nulls_last=True)

    @property
    def plan(self) -> Plan:
        return self.judged.plan

    def duties_of(self, unit: str, most: int) -> tuple[list[DutyStatus], int]:
        """The most urgent of an office's own, as people read them, and how many more there are here and below."""
        own = self.verdicts.filter(pl.col("unit") == unit).head(most)
        return duty_statuses(self.judged, own), self.verdicts.height - own.height

    def missing(self, register: Register, most: int) -> list[DutyStatus]:
        """What is owed over the rows of a register and has no row, or is a list that nobody has sent."""
        places = [place for place, one in enumerate(self.plan.requirements) if _is_over(one, register)]
        missing = self.verdicts.filter(pl.col("place").is_in(places) & (pl.col("standing") == "unreported"))
        return duty_statuses(self.judged, missing.head(most))

    def rows(self, register: Register) -> pl.DataFrame:
        """Which rows are owed something: code and key, OWED (every duty with its day), OVERDUE."""
        keys = order_of(register)
        parts = list(self._rows(register, keys))
        if not parts:
            return pl.DataFrame(schema={**dict.fromkeys(keys, pl.String()), **_NOWHERE})
        said = pl.col(OWED).unique(maintain_order=True).str.join("；" if self.lang == "zh" else "; ")
        return pl.concat(parts).group_by(keys, maintain_order=True).agg(said, pl.col(OVERDUE).any())

    def _rows(self, register: Register, keys: list[str]) -> Iterator[pl.DataFrame]:
        for place, requirement in enumerate(self.plan.requirements):
            behind = self.judged.judgement.rows.get(requirement.key)
            if behind is None or not _is_over(requirement, register):
                continue
            left = self.verdicts.filter(pl.col("place") == place).select("unit", "period", "due", "timing")
            own = behind.rows.filter(~pl.col(MET)).select(*keys, OWER, LABEL)
            own = own.join(left, left_on=[OWER, LABEL], right_on=["unit", "period"], how="inner")
            if own.height:
                days = {due: self._said(requirement, due) for due in own["due"].unique()}
                told = pl.Series([days[due] for due in own["due"]], dtype=pl.String)
                overdue = (pl.col("timing") == "overdue").alias(OVERDUE)
                yield own.with_columns(told.alias(OWED)).select(*keys, OWED, overdue)

    def _said(self, requirement: Requirement, due: int | None) -> str:
        """A duty with its day: 问题清单按期办结（2020年11月20日前）."""
        by = due_said(moment_or_none(due, self.plan.zone), self.lang)
        if self.lang == "en":
            return f"{requirement.id}, {by}"
        return f"{requirement.title}（{by}）"

    def of_figures(self, names: Collection[str], now: int) -> dict[tuple[str, str], tuple[int | None, bool]]:
        """By indicator and unit, and by indicator and "" for anybody else: by when its figure is owed, and whether that is past.

        Of several periods the one that is due next, else the last.
        """
        found: dict[tuple[str, str], tuple[int | None, bool]] = {}
        for place, requirement in enumerate(self.plan.requirements):
            behind = self.plan.behind[requirement.key] & frozenset(names)
            if not behind:
                continue
            left = self.verdicts.filter(pl.col("place") == place)
            for unit, due, timing in left.select("unit", "due", "timing").iter_rows():
                for name in behind:
                    for asked in ((name, unit), (name, "")):
                        found[asked] = _next(found.get(asked), (due, timing == "overdue"), now)
        return found


def _next(one: tuple[int | None, bool] | None, other: tuple[int | None, bool], now: int) -> tuple[int | None, bool]:
    """Of two duties the one that is due next; of those that are past the later."""
    if one is None or one[0] is None:
        return other
    if other[0] is None:
        return one
    ahead = [due for due in (one, other) if due[0] is not None and due[0] > now]
    return min(ahead, key=lambda due: due[0] or 0) if ahead else max(one, other, key=lambda due: due[0] or 0)


def _is_over(requirement: Requirement, register: Register) -> bool:
    return requirement.each is not None and requirement.each.register == register.id


def read_owed(store: Store, unit: str, at: datetime, phases: Collection[str]) -> Owed:
    """What is owed at and below a unit, of some phases, as it stands at `at`."""
    return Owed(read_statuses(store, unit, at, phases).judged, store.settings.lang)


def due_said(due: datetime | None, lang: Lang) -> str:
    """By when: 2020年8月5日前 for the end of that day, 2020年8月5日17时前."""
    if due is None:
        return Said("未定期限", "no date set").in_language(lang)
    if due.hour == due.minute == 0:
        day = due - timedelta(days=1)
        return Said(f"{day.year}年{day.month}月{day.day}日前", f"by {day:%Y-%m-%d}").in_language(lang)
    minute = f"{due.minute}分" if due.minute else ""
    said = Said(f"{due.year}年{due.month}月{due.day}日{due.hour}时{minute}前", f"by {due:%Y-%m-%d %H:%M}")
    return said.in_language(lang)


def due_at(due: int | None, plan: Plan, lang: Lang) -> str:
    """The same of a moment in microseconds."""
    return due_said(None if due is None else moment_at(due, plan.zone), lang)
