"""One bad thing does not stop the rest (architecture rule 15): a phase or an office that fails is set aside.

What fails together is tried again in parts, each in a savepoint of its own, until only what fails by itself is
left out. That is set aside with back-off, shown, and tried again later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

import polars as pl
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from models.moments import micros
from models.wording import Refusal
from tasks.chasing.set_aside import Aside, left_out_at, put_aside, read_asides, take_back
from tasks.judging.judge import Judged
from tasks.judging.rows import RowsUnreadable

STOPS = (Refusal, OperationalError, InterfaceError, InternalError, MemoryError)
"""Faults that are nobody's own: the database is gone or full. They stop the pass; the next one heals it."""

_MOST_BAD_UNITS = 20
"""More units than this that fail in one phase are the phase's fault."""

LOG = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Part:
    """The open cases and the duties to open that are worked on together. Both frames have phase and unit."""

    cases: pl.DataFrame
    opening: pl.DataFrame

    def only(self, condition: pl.Expr) -> Part:
        """What meets a condition."""
        return Part(self.cases.filter(condition), self.opening.filter(condition))

    def without(self, left_out: pl.DataFrame) -> Part:
        """Leave out phases (unit ""), and units in them."""
        if left_out.is_empty():
            return self
        phases = left_out.filter(pl.col("unit") == "").select("phase")
        pairs = left_out.filter(pl.col("unit") != "")
        return Part(
            *(
                frame.join(phases, on="phase", how="anti", maintain_order="left").join(
                    pairs, on=["phase", "unit"], how="anti", maintain_order="left"
                )
                for frame in (self.cases, self.opening)
            )
        )

    @property
    def phases(self) -> list[str]:
        return sorted({*self.cases["phase"], *self.opening["phase"]})

    @property
    def units(self) -> list[str]:
        return sorted({*self.cases["unit"], *self.opening["unit"]})


class Isolation:
    """What one pass leaves out, and what it has to set aside."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection, self._now, self._at = connection, now, micros(now)
        self._asides = read_asides(connection)
        self._newly: set[tuple[str, str]] = set()
        self._changed = False
        self.left_out = left_out_at(self._asides, self._at)

    @property
    def phases_left_out(self) -> frozenset[str]:
        """The phases that are left out everywhere."""
        return frozenset(phase for phase, unit in self.left_out.select("phase", "unit").iter_rows() if unit == "")

    def judge(
        self, judges: Callable[[Sequence[str] | None], Judged], phases: Sequence[str], some: bool = False
    ) -> Judged:
        """Judge the phases that can be judged; one that cannot is set aside. judges: of which phases (None: all).

        some: that `phases` are not all that there are.
        """
        bad = self.phases_left_out
        good = [phase for phase in phases if phase not in bad]
        whole = self.attempt(partial(judges, good if bad or some else None))
        if isinstance(whole, Judged):
            return whole
        for phase in list(good):
            one = self.attempt(partial(judges, [phase]))
            if isinstance(one, Exception):
                good.remove(phase)
                self._set_aside(phase, "", one)
                self.left_out = pl.concat([self.left_out, pl.DataFrame({"phase": [phase], "unit": [""]})])
        # each of these was judged alone just now: what fails together is nobody's own, and stops the pass
        return judges(good)

    def each(self, part: Part, step: Callable[[Part], Result]) -> list[Result]:
        """Do a step for everything at once; where that fails, phase by phase and unit by unit, without what fails."""
        whole = self.attempt(partial(step, part))
        if not isinstance(whole, Exception):
            return [whole]
        done: list[Result] = []
        for phase in part.phases:
            of_phase = part.only(pl.col("phase") == phase)
            tried = self.attempt(partial(step, of_phase))
            done += self._by_unit(phase, of_phase, step, tried) if isinstance(tried, Exception) else [tried]
        return done

    def heal(self, inside: pl.Series | None, phases: Sequence[str]) -> None:
        """What was set aside, was tried again by this pass and did not fail, works again. inside: its units; None: all."""
        units = None if inside is None or not self._asides else set(inside)
        for one in self._asides:
            tried = (
                one.until <= self._at and one.phase in phases and (units is None or not one.unit or one.unit in units)
            )
            if tried and (one.phase, one.unit) not in self._newly:
                take_back(self._connection, one.phase, one.unit)
                self._changed = True

    def now_aside(self) -> tuple[Aside, ...]:
        """Everything that is set aside now."""
        return tuple(read_asides(self._connection) if self._changed else self._asides)

    def attempt(self, step: Callable[[], Result]) -> Result | Exception:
        """Take a step wholly or not at all. Returns what stood in its way, whatever it was."""

        def wholly() -> Result:
            with self._connection.begin_nested():
                return step()

        return _tried(wholly)

    def attempt_where(self, needed: Callable[[], bool], step: Callable[[], Result]) -> Result | Exception | None:
        """The same, where there is anything to do; None where there is not."""
        is_needed = _tried(needed)
        return (self.attempt(step) if is_needed else None) if isinstance(is_needed, bool) else is_needed

    def _by_unit(self, phase: str, part: Part, step: Callable[[Part], Result], fault: Exception) -> list[Result]:
        """Halve the units of a part that failed until those that fail stand alone."""
        done, bad, parts = list[Result](), list[tuple[str, Exception]](), [part.units]
        while parts and len(bad) <= _MOST_BAD_UNITS:
            units = parts.pop()
            tried = (
                self.attempt(partial(step, part.only(pl.col("unit").is_in(units)))) if units != part.units else fault
            )
            if not isinstance(tried, Exception):
                done.append(tried)
            elif len(units) == 1:
                bad.append((units[0], tried))
            else:
                parts += [units[len(units) // 2 :], units[: len(units) // 2]]
        if parts:  # too many are bad, and some were not even tried
            self._set_aside(phase, "", fault)
            return done
        for unit, why in bad:
            self._set_aside(phase, unit, why)
        return done

    def _set_aside(self, phase: str, unit: str, fault: Exception) -> None:
        LOG.error("%s is set aside", f"{phase} at {unit}" if unit else phase, exc_info=fault)
        put_aside(self._connection, phase, unit, fault, self._now)
        self._newly.add((phase, unit))
        self._changed = True


def _tried(step: Callable[[], Result]) -> Result | Exception:
    """What a step returns, or what stood in its way, unless that is nobody's own fault."""
    try:
        return step()
    except RowsUnreadable as fault:
        return fault
    except STOPS:
        raise
    except Exception as fault:  # noqa: BLE001  (whatever it is, it is looked into, set aside, logged and shown)
        return fault
