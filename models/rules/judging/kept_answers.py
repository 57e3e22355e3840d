"""Kept answers (留用结果): what the rows of a register came to, kept with all that it rests on, and used for as long as that stays.

An answer is a function of the plan, of offices, of rows, where a condition says `today` of the day, and where it asks who
holds a role, of the contacts: the same of all of these is the same answer. One that holds `now` against moments in its rows is
the same from one of these moments to the next, and is believed for so long (`Holds`); one that asks for `now` in any other way
is another one each time, and is never kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import polars as pl

from models.calendar.working_time import Calendar
from models.moments import micros
from models.plan.clock_bound import turned_alone
from models.plan.lists import Register
from models.plan.model import HOLDERS, Indicator, Plan, Requirement
from models.plan.row_expressions import Clock, RowExpression
from models.plan.row_kinds import Term
from models.plan.row_terms import MOMENT, polars_of
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
    """What of the clock an answer rests on, and of people. day: where it asks what day it is; turning: the terms of the moments
    that it holds `now` against; people: whether it asks who holds a role."""

    day: str = ""
    turning: tuple[Term, ...] = ()
    people: bool = False


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
    turning: list[Term] | None = []
    if "now" in behind:
        computed = [one.computed.term for one in register.computed if one.computed is not None and one.id in behind]
        turning = None if "now" in named else turned_alone([*(one.term for one in conditions), *computed], register)
    if turning is None:
        return None
    return Rests(
        f"{now.astimezone(plan.zone):%Y-%m-%d}" if "today" in behind else "",
        tuple(turning),
        any(name.startswith(HOLDERS) for name in behind),
    )


def holds_around(now: datetime, rows: pl.DataFrame, register: Register, rests: Rests, plan: Plan) -> Holds:
    """From when and up to when an answer that was worked out of these rows at `now` holds. rows: `with_offices`.

    A moment and the next instant: `held <= now` turns with the one, `held < now` with the other.
    """
    if not rests.turning or rows.is_empty():
        return ALWAYS
    clock, at = Clock(now.astimezone(plan.zone), plan.standard_time), micros(now)
    turning = moments_of(rows, register, rests.turning, clock)
    if (turning == at).any():
        return at, at + 1
    before, after = turning.filter(turning < at).max(), turning.filter(turning > at).min()
    return (ALWAYS[0] if before is None else int(str(before)) + 1), (ALWAYS[1] if after is None else int(str(after)))


def moments_of(rows: pl.DataFrame, register: Register, terms: Collection[Term], clock: Clock) -> pl.Series:
    """The values of `terms` over the rows that hold, each once: microseconds. rows: `with_offices`."""
    live = with_computed(rows.filter(~pl.col(WITHDRAWN) & ~pl.col(NIL)), register, clock)
    found = [live.select(polars_of(term, clock).cast(MOMENT).dt.epoch("us")).to_series() for term in terms]
    return pl.concat([pl.Series(dtype=pl.Int64), *(one.alias("") for one in found)]).drop_nulls().unique()


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
