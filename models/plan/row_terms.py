"""What an expression over rows is made of once it was read: terms, of which Polars makes columns.

A term is a tuple of its name and its parts, themselves terms, texts and numbers: plain, so that it can be kept and handed
on. Numbers are computed and compared as `exactness` writes it; the rest is written out here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from models.units import DIGITS, NATION

if TYPE_CHECKING:
    from models.affiliation import Affiliation
    from models.plan.row_kinds import Clock, Term

MOMENT = pl.Datetime("us", "UTC")
_MARKS = {"since": ":since", "changed": ":changed"}
_OF_CLOCK = ("today", "now", "t0")
_PAST_A_GAP = timedelta(hours=3)
"""More than any zone ever put its clocks forward."""


def polars_of(term: Term, clock: Clock) -> pl.Expr:
    """The column that an expression stands for, over a frame of rows."""
    value, columns = _value(term, clock), sorted(_columns(term))
    if not columns or not _chooses(term):
        return value
    # where the part that is taken is the same for every row, Polars makes one value of it, and not one a row
    every = pl.col(columns[0]).is_null() | pl.col(columns[0]).is_not_null()
    return pl.when(every).then(value)


def _value(term: Term, clock: Clock) -> pl.Expr:
    """What a term stands for: a column, or one value for all rows."""
    match term:
        case ("exact", sql, condition, names, inner):
            return _exact(sql, condition, names, {name: _value(part, clock) for name, part in inner})
        case ("case", branches, last):
            return _case([(_value(when, clock), _value(then, clock)) for when, then in branches], last, clock)
        case ("in", value, texts):
            return _value(value, clock).is_in(list(texts))
        case ("shift", value, micros):
            return _value(value, clock) + pl.lit(timedelta(microseconds=micros))
        case ("start", day):
            return _start(_value(day, clock), _zone(clock).key)
        case ("within", unit, top):
            return is_within(_value(unit, clock), _value(top, clock), clock.affiliation)
        case ("day", moment):
            return _value(moment, clock).dt.convert_time_zone(_zone(clock).key).dt.date()
        case (name, *parts) if name in _OPERATIONS:
            return _OPERATIONS[name](*(_value(part, clock) for part in parts))
    return _leaf(term, clock)


def _leaf(term: Term, clock: Clock) -> pl.Expr:
    match term:
        case ("column", name, "number"):
            return pl.col(name).cast(pl.Float64)
        case ("column", "code", _):
            return pl.col("code").cast(pl.String)  # those of districts are whole numbers
        case ("column", "since" | "changed" as name, _):
            return pl.col(_MARKS[name]).cast(MOMENT)
        case ("column", "today", _):
            return pl.lit(clock.now.astimezone(_zone(clock)).date())
        case ("column", "now" | "t0" as name, _):
            return _moment(clock.now if name == "now" else clock.t0)
        case ("column", name, _):
            return pl.col(name)
        case ("date", day):
            return pl.lit(date.fromisoformat(day))
        case ("moment", written):
            return _moment(datetime.fromisoformat(written).replace(tzinfo=_zone(clock)))
        case ("text", text):
            return pl.lit(text, pl.String)
        case ("truth", truth):
            return pl.lit(truth, pl.Boolean)
    assert term == ("null",), term
    return pl.lit(None)


def _columns(term: Term) -> set[str]:
    """The columns of rows that a term speaks of."""
    match term:
        case ("column", name, _):
            return set() if name in _OF_CLOCK else {_MARKS.get(str(name), str(name))}
        case ("exact", _, _, names, inner):
            return set(names).union(*(_columns(part) for _, part in inner))
    return {name for part in term if isinstance(part, tuple) for name in _columns(part)}


def _chooses(term: Term) -> bool:
    """True where one of several parts is taken, perhaps one that is the same for every row."""
    return term[:1] in (("case",), ("coalesce",)) or any(_chooses(part) for part in term if isinstance(part, tuple))


def _zone(clock: Clock) -> ZoneInfo:
    zone = clock.t0.tzinfo
    assert isinstance(zone, ZoneInfo), "the standard time is in the plan's zone"
    return zone


def _moment(moment: datetime) -> pl.Expr:
    return pl.lit(moment.astimezone(UTC), MOMENT)


def _start(day: pl.Expr, zone: str) -> pl.Expr:
    """The moment at which a day begins, as `models.moments.midnight` has it: where clocks skip it, that of the change."""
    midnight = day.cast(pl.Datetime("us"))
    begins, before = (
        moment.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        for moment in (midnight, midnight - _PAST_A_GAP)
    )
    return pl.coalesce(begins, before + _PAST_A_GAP).dt.convert_time_zone("UTC")


def _exact(sql: str, condition: bool, names: tuple[str, ...], inner: dict[str, pl.Expr]) -> pl.Expr:
    """What SQL makes of numbers. inner: what stands in it under the name of a column without being one."""
    if not inner:
        return pl.sql_expr(sql)
    columns = [*(pl.col(name) for name in names), *(column.alias(name) for name, column in inner.items())]
    kind = pl.Boolean() if condition else pl.Float64()
    # SQL knows columns alone, and an expression cannot be put in the place of one afterwards
    return pl.struct(columns).map_batches(partial(_by_sql, sql=sql), return_dtype=kind, is_elementwise=True)


def _by_sql(columns: pl.Series, sql: str) -> pl.Series:
    return columns.struct.unnest().select(pl.sql_expr(sql).alias("_")).to_series()


def _case(branches: list[tuple[pl.Expr, pl.Expr]], last: Term, clock: Clock) -> pl.Expr:
    value = _value(last, clock)
    for when, then in reversed(branches):
        value = pl.when(when).then(then).otherwise(value)
    return value


def _days(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    return (other.cast(pl.Int32) - one.cast(pl.Int32)).cast(pl.Float64)


def _district_number(code: pl.Expr) -> pl.Expr:
    """The number of a district within its village, by the last digits of its code; null for any other unit."""
    number = code.str.slice(DIGITS["village"]).cast(pl.Int64, strict=False).cast(pl.Float64)
    return pl.when(code.str.len_bytes() == DIGITS["district"]).then(number)


def is_within(unit: pl.Expr, top: pl.Expr, affiliation: Affiliation) -> pl.Expr:
    """Whether a unit is at or below another; both are codes."""
    inside, everything = unit.str.starts_with(top), (top == NATION) & unit.is_not_null()
    if affiliation.above:
        both = pl.struct(unit.alias("unit"), top.alias("top"))
        inside = both.map_batches(partial(_by_command, above=affiliation.above), pl.Boolean(), is_elementwise=True)
    return inside | everything


def _by_command(both: pl.Series, above: Mapping[str, Collection[str]]) -> pl.Series:
    """The same by the digits up to the first office that answers to others than these name, and from there on by all above it."""
    unit, top = both.struct.field("unit"), both.struct.field("top")
    found, places = _starts_with(unit, top), unit.clear().extend_constant(None, len(unit))
    for digits in sorted({len(office) for office in above}):
        own = unit.str.head(digits)
        named = own.is_in([office for office in above if len(office) == digits])
        places = own.zip_with(named, places) if named.any() else places
    few = places.is_not_null().arg_true()  # most offices answer as their digits say
    if few.is_empty():
        return found
    place, named_top = places.gather(few), top.gather(few)
    up_to_it = found.gather(few) & (named_top.str.len_bytes() >= place.str.len_bytes())
    pairs = pl.Series([f"{office}/{one}" for office, those in above.items() for one in those])
    return found.scatter(few, up_to_it | (place + "/" + named_top).is_in(pairs.implode()))


def _starts_with(unit: pl.Series, top: pl.Series) -> pl.Series:
    return pl.select(pl.lit(unit).str.starts_with(pl.lit(top))).to_series()


def asks_who_is_below(term: Term) -> bool:
    """Whether a term asks who is below whom."""
    return term[:1] == ("within",) or any(asks_who_is_below(part) for part in term if isinstance(part, tuple))


_OPERATIONS: dict[str, Callable[..., pl.Expr]] = {
    "and": lambda one, other: one & other,
    "or": lambda one, other: one | other,
    "not": lambda one: ~one,
    "=": lambda one, other: one == other,
    "<>": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "is null": lambda one: one.is_null(),
    "is true": lambda one: one.fill_null(value=False),
    "has": lambda values, one: pl.when(one.is_not_null()).then(values.list.contains(one)),
    "days": _days,
    "district_number": _district_number,
    "least": pl.min_horizontal,
    "greatest": pl.max_horizontal,
    "coalesce": pl.coalesce,
    "nullif": lambda one, other: pl.when(one == other).then(None).otherwise(one),
}
