"""Figures drawn from the rows of a register: one reading for each office of an indicator's level.

A figure is that of all rows whose codes lie at or below the office, or with `own` of those that it keeps itself. Those who answer for them are the keepers at and below
it, and the one above where rows of the office have their keeper there: a figure is there once each of them has sent a row
or a nil return, and none of their rows leaves it open whether it counts. A list on occasion awaits nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import polars as pl

from models.plan.lists import Register, RowFigure
from models.plan.model import Indicator, Plan
from models.plan.row_expressions import Clock
from models.rules.registers.computed import with_computed
from models.rules.registers.frames import CHANGED, CODE, NIL, WITHDRAWN
from models.rules.registers.holders import with_holders
from models.rules.registers.known import NOTHING_ELSE, Known
from models.rules.registers.offices import OFFICE, office_above, placed, unit_above
from models.sums import decimal_places, sum_of
from models.units import LEVELS, Level

_NAMES = pl.Categorical()
READINGS = pl.Schema(
    {
        "indicator": _NAMES,
        "unit": _NAMES,
        "value": pl.Float64(),
        "reported": pl.Int64(),
        "expected": pl.Int64(),
        "as_of": pl.Int64(),
    }
)
NO_READINGS = pl.DataFrame(schema=READINGS)
_UNIT, _CHOSEN = ":unit", ":chosen"
"""The office whose figure a row goes into, and whether it counts there."""
_OF_DAYS = ("first", "last")
"""Without a row they have no value."""


def row_readings(
    rows: pl.DataFrame,
    indicators: Sequence[Indicator],
    plan: Plan,
    units: pl.DataFrame,
    chains: pl.DataFrame,
    now: datetime,
    known: Known = NOTHING_ELSE,
) -> pl.DataFrame:
    """The figures of the offices of each indicator's level, as readings: indicator, unit (both categorical), value, reported,
    expected, as_of.

    rows: of one register, as `rows_of` gives them, `placed` or not; indicators: all drawn from it. reported, expected: how many of how many keepers have answered; the value is null until all have. as_of: when
    a row of the office changed last, or where it has
    none, one of its keepers. Empty cells are left out of sums; `first` and `last` without a date have no value.
    """
    found = [NO_READINGS]
    drawn = [(one, one.rows) for one in indicators if one.rows is not None]
    if not drawn:
        return found[0]
    register = plan.registers[drawn[0][1].register]
    clock = known.clock(plan, now)
    if rows.is_empty():
        return pl.concat([*found, *_of_nobody([one for one, _ in drawn], register, units, chains)])
    sent = placed(rows, register, units, chains)
    stands = ~(sent[WITHDRAWN] | sent[NIL])
    live = with_computed(sent if stands.all() else sent.filter(stands), register, clock)
    live = with_holders(
        live, {name for _, figure in drawn if figure.where for name in figure.where.names}, known.contacts
    )
    for level, alone in dict.fromkeys((one.level, figure.own) for one, figure in drawn):
        at = _themselves(sent, level, units) if alone else unit_above(sent[CODE], [level], units, chains)
        at = at.alias(_UNIT)
        answered = _answered(sent.hstack([at]), register, level, units, chains, alone=alone)
        here = live.hstack([at if stands.all() else at.filter(stands)])
        here = here.drop_nulls(_UNIT) if here[_UNIT].null_count() else here
        for one, figure in drawn:
            if (one.level, figure.own) == (level, alone):
                values = _figures(here, figure, clock, plan.zone_name)
                found.append(_readings(one, values, answered))
    return pl.concat(found)


def _of_nobody(
    indicators: Sequence[Indicator], register: Register, units: pl.DataFrame, chains: pl.DataFrame
) -> Iterator[pl.DataFrame]:
    """The readings of a list that nobody has sent: nothing is known, but of a list on occasion that there is nothing."""
    for level, alone in dict.fromkeys((one.level, one.rows is not None and one.rows.own) for one in indicators):
        here = [one for one in indicators if one.rows is not None and (one.level, one.rows.own) == (level, alone)]
        pairs = _each_for_itself(level, units) if alone else _answering(register, level, units, chains)
        answering = pairs.group_by(_UNIT).agg(expected=pl.len().cast(pl.Int64))
        told = register.on_occasion
        names = pl.DataFrame(
            {
                "indicator": [one.id for one in here],
                "value": [0.0 if told and one.rows and one.rows.kind not in _OF_DAYS else None for one in here],
            },
            schema={"indicator": _NAMES, "value": pl.Float64},
        )
        yield names.join(answering.sort(_UNIT), how="cross").select(
            "indicator",
            pl.col(_UNIT).cast(_NAMES).alias("unit"),
            "value",
            reported=pl.col("expected") if told else pl.lit(0, pl.Int64),
            expected="expected",
            as_of=pl.lit(None, pl.Int64),
        )


def _answered(
    sent: pl.DataFrame, register: Register, level: Level, units: pl.DataFrame, chains: pl.DataFrame, *, alone: bool
) -> pl.DataFrame:
    """How many keepers answer for the figures of each office of a level, and how many of them have: unit, expected, heard,
    as_of.

    sent: every row that was ever sent, withdrawn ones and nil returns among them, with the office that it lies in. alone: each
    office answers for itself.
    """
    of_rows = sent.select(_UNIT, OFFICE).unique().drop_nulls()
    answering = _each_for_itself(level, units) if alone else _answering(register, level, units, chains)
    pairs = pl.concat([answering, of_rows]).unique()
    heard = sent.drop_nulls(OFFICE).group_by(OFFICE).agg(pl.col(CHANGED).max())
    own = sent.drop_nulls(_UNIT).group_by(_UNIT).agg(own=pl.col(CHANGED).max())
    everyone = pl.len() if register.on_occasion else pl.col(CHANGED).count()
    by_unit = pairs.join(heard, on=OFFICE, how="left").group_by(_UNIT)
    counted = by_unit.agg(pl.len().alias("expected"), everyone.alias("heard"), pl.col(CHANGED).max())
    return counted.join(own, on=_UNIT, how="left").select(
        _UNIT, pl.col("expected", "heard").cast(pl.Int64), as_of=pl.coalesce("own", CHANGED)
    )


def _themselves(sent: pl.DataFrame, level: Level, units: pl.DataFrame) -> pl.Series:
    """Of each row its keeper, where that is an office of a level."""
    offices = units.filter(pl.col("level") == level)["unit"]
    return sent.select(pl.when(pl.col(OFFICE).is_in(offices.implode())).then(OFFICE)).to_series()


def _each_for_itself(level: Level, units: pl.DataFrame) -> pl.DataFrame:
    """Every office of a level, as who answers for its own figure."""
    offices = units.filter(pl.col("level") == level)["unit"]
    return pl.DataFrame([offices.alias(_UNIT), offices.alias(OFFICE)])


def _answering(register: Register, level: Level, units: pl.DataFrame, chains: pl.DataFrame) -> pl.DataFrame:
    """Who answers for the figures of the offices of a level: one row a pair of an office and a keeper."""
    offices = units.filter(pl.col("level") == level).select(pl.col("unit").alias(_UNIT))
    keepers = units.filter(pl.col("level").is_in(list(register.kept_by))).select(pl.col("unit").alias(OFFICE))
    pairs = chains.select(pl.col("ancestor").alias(_UNIT), pl.col("unit").alias(OFFICE))
    pairs = pairs.join(offices, on=_UNIT, how="semi").join(keepers, on=OFFICE, how="semi")
    if not is_kept_above(register, level):
        return pairs
    above = office_above(offices[_UNIT], register.kept_by, units, chains).alias(OFFICE)
    return pl.concat([pairs, offices.hstack([above]).drop_nulls()])


def is_kept_above(register: Register, level: Level) -> bool:
    """True where a row at or below an office of `level` may have its keeper above that office, as none lies between."""
    here, kept = LEVELS.index(level), [LEVELS.index(one) for one in register.kept_by]
    rows = [LEVELS.index(one) for one in register.rows_at if LEVELS.index(one) >= here]
    return any(not any(here <= keeper <= row for keeper in kept) for row in rows)


def _figures(here: pl.DataFrame, figure: RowFigure, clock: Clock, zone: str) -> pl.DataFrame:
    """The figure of each office that has rows: unit, value, and of how many keepers it has rows that leave it `open`."""
    chosen = pl.lit(True) if figure.where is None else figure.where.polars(clock)
    # of a long list no more is carried along than the figure is drawn from
    named = [] if figure.column is None else [figure.column]
    rows = here.select(_UNIT, OFFICE, *named, chosen.alias(_CHOSEN))
    values = _values(rows.filter(_CHOSEN), figure, clock, zone)
    undecided = rows.filter(pl.col(_CHOSEN).is_null()).group_by(_UNIT).agg(open=pl.col(OFFICE).n_unique())
    return values.join(undecided, on=_UNIT, how="full", coalesce=True)


def _values(chosen: pl.DataFrame, figure: RowFigure, clock: Clock, zone: str) -> pl.DataFrame:
    """The figure of each office of which rows count: unit, value."""
    if figure.column is None:
        return chosen.group_by(_UNIT).agg(value=pl.len().cast(pl.Float64))
    column, kind = pl.col(figure.column), chosen.schema[figure.column]
    if figure.kind == "sum":
        total = sum_of(figure.column, decimal_places(chosen[figure.column]))
        return chosen.group_by(_UNIT).agg(value=total)
    if figure.kind == "distinct":
        each = chosen.explode(figure.column) if isinstance(kind, pl.List) else chosen
        return each.group_by(_UNIT).agg(value=column.drop_nulls().n_unique().cast(pl.Float64))
    day = column.dt.convert_time_zone(zone).dt.date() if isinstance(kind, pl.Datetime) else column
    day = day.min() if figure.kind == "first" else day.max()
    return chosen.group_by(_UNIT).agg(value=(day - clock.t0.date()).dt.total_days().cast(pl.Float64))


def _readings(one: Indicator, figures: pl.DataFrame, answered: pl.DataFrame) -> pl.DataFrame:
    """The readings of one indicator. Where all have answered, what no row counts for is 0; of days it has no value."""
    assert one.rows is not None
    value = pl.col("value") if one.rows.kind in _OF_DAYS else pl.col("value").fill_null(0.0)
    found = answered.join(figures, on=_UNIT, how="left").sort(_UNIT)
    reported = (pl.col("heard") - pl.col("open").fill_null(0)).clip(lower_bound=0)
    is_whole = reported == pl.col("expected")
    return found.select(
        pl.col("expected"),
        pl.col("as_of"),
        indicator=pl.lit(one.id, _NAMES),
        unit=pl.col(_UNIT).cast(_NAMES),
        value=pl.when(is_whole).then(value),
        reported=reported.cast(pl.Int64),
    ).select(READINGS.names())
