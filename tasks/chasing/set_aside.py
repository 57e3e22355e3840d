"""What a pass could not do is set aside with back-off, so that it does not stop the rest (architecture rule 15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl
from sqlalchemy import Connection, delete, insert
from sqlmodel import col, select

from models.moments import micros
from models.tables import Aside as AsideRow
from models.wording import Said

_FIRST = timedelta(minutes=15)
_LONGEST = timedelta(days=1)


@dataclass(frozen=True)
class Aside:
    """A phase, or one unit in it (empty: the whole phase), that is left out until `until` (microseconds)."""

    phase: str
    unit: str
    since: int
    until: int
    failures: int
    error: str

    @property
    def said(self) -> Said:
        who_zh = f"{self.unit} 的 {self.phase}" if self.unit else f"阶段 {self.phase}"
        who_en = f"{self.phase} at {self.unit}" if self.unit else f"phase {self.phase}"
        return Said(
            f"{who_zh} 核对出错，已连续 {self.failures} 次，暂搁置，其余照常（{self.error}）",
            f"{who_en} failed {self.failures} times and is set aside for a while; all else goes on ({self.error})",
        )


def read_asides(connection: Connection) -> list[Aside]:
    """Everything that is set aside, the longest first."""
    longest = select(AsideRow).order_by(col(AsideRow.since), AsideRow.phase, AsideRow.unit)
    return [Aside(**row) for row in connection.execute(longest).mappings()]


def left_out_at(asides: list[Aside], at: int) -> pl.DataFrame:
    """What is left out at `at`: phase, unit (empty for the whole phase)."""
    rows = [(one.phase, one.unit) for one in asides if one.since <= at < one.until]
    return pl.DataFrame(rows, schema={"phase": pl.String, "unit": pl.String}, orient="row")


def put_aside(connection: Connection, phase: str, unit: str, fault: Exception, now: datetime) -> Aside:
    """Set something aside: for a quarter of an hour the first time, twice as long each time after, a day at most."""
    held = connection.execute(
        select(AsideRow.since, AsideRow.failures).where(col(AsideRow.phase) == phase, col(AsideRow.unit) == unit)
    ).first()
    failures = held.failures + 1 if held else 1
    # what fails for months would double beyond what a span can hold
    until = now + min(_FIRST * 2 ** min(failures - 1, 10), _LONGEST)
    aside = Aside(
        phase=phase,
        unit=unit,
        since=held.since if held else micros(now),
        until=micros(until),
        failures=failures,
        error=_in_short(fault),
    )
    take_back(connection, phase, unit)
    connection.execute(insert(AsideRow), [vars(aside)])
    return aside


def take_back(connection: Connection, phase: str, unit: str) -> None:
    """What was set aside works again."""
    connection.execute(delete(AsideRow).where(col(AsideRow.phase) == phase, col(AsideRow.unit) == unit))


def _in_short(fault: Exception) -> str:
    """The kind of fault and its first line; what a database says may hold whole rows, so of that only the kind."""
    kind = type(fault).__name__
    if isinstance(fault, (ValueError, KeyError, OverflowError, ArithmeticError)):
        return f"{kind}: {str(fault).splitlines()[0][:120]}" if str(fault) else kind
    return kind
