"""Kept answers (留用结果): what the rows of a register came to, kept with all that it rests on, and used for as long as that stays.

An answer is a function of the plan, of offices, of rows, and where it asks who holds a role, of the contacts: the same of all of
these is the same answer. One that holds `now` against moments in its rows, or `today` against days in them, is the same from one
of these to the next, and is believed for so long (`Holds`). One that asks what day it is in any other way is of that day; one
that asks so for `now` is another one each time, and is never kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import polars as pl

from models.affiliation import BY_DIGITS, Affiliation
from models.calendar.working_time import Calendar
from models.moments import micros, midnight
from models.plan.clock_bound import days_turned_alone, turned_alone
from models.plan.lists import Register
from models.plan.model import HOLDERS, Indicator, Plan, Requirement
from models.plan.row_expressions import Clock, RowExpression
from models.plan.row_kinds import Term
from models.plan.row_terms import MOMENT, asks_who_is_below, polars_of
from models.rules.registers.computed import with_computed
from models.rules.registers.duties import AWAITED, DUTIES, HEARD
from models.rules.registers.figures import READINGS
from models.rules.registers.frames import NIL, WITHDRAWN
from models.rules.registers.loose_figures import LOOSE

TABLE = pl.Schema(
    {
        "unit": pl.String(),
        "text": pl.String(),
        "standing": pl.String(),
        "number": pl.Float64(),
        "reported": pl.Int64(),
        "expected": pl.Int64(),
        "moment": pl.Int64(),
    }
)
"""How answers of every kind are laid down. text: a period's label or an indicator; moment: due, or as of when."""


@dataclass(frozen=True, eq=False)
class DutiesFound:
    """The duties of a requirement over rows, as `RowDuties` has them, without what they are about."""

    verdicts: pl.DataFrame
    heard: pl.DataFrame
    awaited: pl.DataFrame


def digest(*grounds: object) -> str:
    """What an answer rests on, as one word."""
    return sha256("\0".join(str(one) for one in grounds).encode()).hexdigest()


def digest_of(units: pl.DataFrame, covered_by: Mapping[str, pl.Series] | None = None) -> str:
    """Offices, of which kind they are, and whom they answer to, and who is covered by which overlay, as one word."""
    names = [name for name in ("unit", "level", "superior", "kind") if name in units.columns]
    rows = units.select(names).hash_rows()
    scopes = [(scope, len(own), own.hash().sum()) for scope, own in sorted((covered_by or {}).items())]
    return digest(names, units.height, rows.sum(), rows.bitwise_xor(), scopes)


def digest_of_contacts(contacts: pl.DataFrame) -> str:
    """Who holds which role and answers for what, as one word."""
    rows = contacts.select("unit", "role", "person", "only_for").hash_rows()
    return digest(contacts.height, rows.sum(), rows.bitwise_xor())


def digest_of_rows(frame: pl.DataFrame) -> str:
    """A frame of texts, names and numbers in its order, as one word."""
    if frame.is_empty():
        return digest(frame.columns, 0)
    names = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Categorical)]
    rows = frame.with_columns(pl.col(names).cast(pl.String)).with_row_index(":row").hash_rows()
    return digest(frame.columns, frame.height, rows.sum(), rows.bitwise_xor())


def digest_of_calendar(calendar: Calendar) -> str:
    """By which days it is reckoned, as one word."""
    days = (calendar.name, sorted(calendar.exceptions.items()), sorted(calendar.closures))
    return digest(days, sorted(calendar.official_years))


Holds = tuple[int, int]
"""From when an answer holds, and up to when, not including it (microseconds)."""
ALWAYS: Holds = (-(2**62), 2**62)


@dataclass(frozen=True)
class Rests:
    """What of the clock an answer rests on, and of people. day: where it asks for more of the day than whether one has come;
    turning: the terms of the moments at which it turns; days: those of the days with whose beginning it does; people: whether it
    asks who holds a role; affiliation: who is below whom."""

    day: str = ""
    turning: tuple[Term, ...] = ()
    days: tuple[Term, ...] = ()
    people: bool = False
    affiliation: bool = False

    @property
    def turns(self) -> bool:
        """Whether it may turn by the passing of time at moments that stand in its rows."""
        return bool(self.turning or self.days)


def rests_of_duties(plan: Plan, requirement: Requirement, now: datetime) -> Rests | None:
    """On what the duties of a requirement over rows rest; None where they are others each moment."""
    each = requirement.each
    assert each is not None
    register = plan.registers[each.register]
    conditions = [one for one in (each.met_when, each.where) if one is not None]
    named = {*register.key, *(name for name in (each.by, each.due, each.owed_by) if name)}
    return _rests(conditions, named, register, plan, now)


def rests_of_figure(plan: Plan, indicator: Indicator, now: datetime) -> Rests | None:
    """The same of an indicator that is drawn from rows."""
    figure = indicator.rows
    assert figure is not None
    conditions, named = [figure.where] if figure.where else [], {figure.column} if figure.column else set[str]()
    return _rests(conditions, named, plan.registers[figure.register], plan, now)


def _rests(
    conditions: Sequence[RowExpression], named: Iterable[str], register: Register, plan: Plan, now: datetime
) -> Rests | None:
    behind = _behind({*named, *(name for one in conditions for name in one.names)}, register)
    asked = [
        *(one.term for one in conditions),
        *(one.computed.term for one in register.computed if one.computed is not None and one.id in behind),
    ]
    turning, days = list[Term]() if "now" not in behind else None, list[Term]() if "today" not in behind else None
    if turning is None and "now" not in named:
        turning = turned_alone(asked, register)
    if days is None and "today" not in named:
        days = days_turned_alone(asked, register)
    if turning is None:
        return None
    return Rests(
        f"{now.astimezone(plan.zone):%Y-%m-%d}" if days is None else "",
        tuple(turning),
        tuple(days or ()),
        any(name.startswith(HOLDERS) for name in behind),
        any(asks_who_is_below(term) for term in asked),
    )


class TurningMoments:
    """When rows begin, or cease, to fulfil conditions by the passing of time alone. rows: `with_offices`; affiliation: as of `Clock`."""

    def __init__(
        self, rows: pl.DataFrame, register: Register, now: datetime, plan: Plan, affiliation: Affiliation = BY_DIGITS
    ) -> None:
        self._rows, self._register = rows, register
        self._clock = Clock(now.astimezone(plan.zone), plan.standard_time, affiliation)
        self._known: dict[Term, pl.Series] = {}

    def moments(self, rests: Rests) -> pl.Series:
        """The first moments at which what rests on that is otherwise than before: microseconds, some perhaps twice."""
        if self._rows.is_empty():
            return _NO_MOMENTS
        days = (self._begun(self._values(day)) for day in rests.days)
        return pl.concat([_NO_MOMENTS, *(self._values(term) for term in rests.turning), *days])

    def holds(self, rests: Rests) -> Holds:
        """From when and up to when an answer that was worked out of these rows at that moment holds."""
        if not rests.turns:
            return ALWAYS
        moments, at = self.moments(rests), micros(self._clock.now)
        before, after = moments.filter(moments <= at).max(), moments.filter(moments > at).min()
        return (ALWAYS[0] if before is None else int(str(before))), (ALWAYS[1] if after is None else int(str(after)))

    def _values(self, term: Term) -> pl.Series:
        if term not in self._known:
            # of a long list few columns are looked at, and few of their values are different ones
            live = with_computed(
                self._rows.lazy().filter(~pl.col(WITHDRAWN) & ~pl.col(NIL)), self._register, self._clock
            )
            found = live.select(polars_of(term, self._clock).unique().alias("")).collect().to_series().drop_nulls()
            self._known[term] = found if found.dtype == pl.Date else found.cast(MOMENT).dt.epoch("us")
        return self._known[term]

    def _begun(self, days: pl.Series) -> pl.Series:
        """The beginnings of days."""
        zone = self._clock.now.tzinfo
        assert zone is not None
        return pl.Series([micros(midnight(day, zone)) for day in days], dtype=pl.Int64)


_NO_MOMENTS = pl.Series(dtype=pl.Int64)


def _behind(names: Iterable[str], register: Register) -> set[str]:
    """These names, and those that computed columns among them are made of."""
    found, left = set[str](), list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            column = register.columns.get(name)
            left += column.computed.names if column is not None and column.computed is not None else ()
    return found


def duties_laid_down(found: DutiesFound) -> list[pl.DataFrame]:
    """The duties of a requirement as parts of one table."""
    return [
        _laid(found.verdicts, text="period", standing="standing", moment="due"),
        _laid(found.heard, moment="as_of"),
        _laid(found.awaited),
    ]


def duties_taken_up(parts: list[pl.DataFrame]) -> DutiesFound:
    """What `duties_laid_down` laid down."""
    verdicts, heard, awaited = parts
    return DutiesFound(
        _taken(verdicts, ("unit", "text", "standing", "moment"), DUTIES),
        _taken(heard, ("unit", "moment"), HEARD),
        _taken(awaited, ("unit",), AWAITED),
    )


def readings_laid_down(readings: pl.DataFrame, loose: pl.DataFrame) -> list[pl.DataFrame]:
    """Readings (`READINGS`), and what those of them allow that may be several (`LOOSE`), as parts of one table."""
    names = pl.col("indicator", "unit").cast(pl.String)
    texts, ends = readings.with_columns(names), loose.with_columns(names)
    return [
        _laid(texts, text="indicator", number="value", reported="reported", expected="expected", moment="as_of"),
        *(_laid(ends, text="indicator", number=end, moment="as_of") for end in ("least", "most")),
    ]


def readings_taken_up(answers: Sequence[Sequence[pl.DataFrame]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What `readings_laid_down` laid down of several figures, in one."""
    own, least, most = (pl.concat([TABLE.to_frame(), *(parts[place] for parts in answers)]) for place in range(3))
    loose = least.select(
        pl.col("text").cast(LOOSE["indicator"]).alias("indicator"),
        pl.col("unit").cast(LOOSE["unit"]),
        as_of="moment",
        least="number",
        most=most["number"],
    )
    return _readings(own), loose


def _readings(own: pl.DataFrame) -> pl.DataFrame:
    return own.select(
        pl.col("text").cast(READINGS["indicator"]).alias("indicator"),
        pl.col("unit").cast(READINGS["unit"]),
        value="number",
        reported="reported",
        expected="expected",
        as_of="moment",
    )


def _laid(frame: pl.DataFrame, **columns: str) -> pl.DataFrame:
    own = {"unit": "unit", **columns}
    return frame.select(
        pl.col(own[name]).alias(name) if name in own else pl.lit(None, kind).alias(name) for name, kind in TABLE.items()
    )


def _taken(part: pl.DataFrame, columns: Iterable[str], schema: pl.Schema) -> pl.DataFrame:
    found = part[list(columns)]
    found.columns = schema.names()
    return found
