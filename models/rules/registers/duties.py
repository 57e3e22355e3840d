"""Duties over rows: what each is about, whether it is met, and by when. Why one is not met: `reasons`.

The rows that duties are about have, beside the columns of their register, those below.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cached_property

import polars as pl

from models.moments import micros
from models.plan.lists import Each, Register
from models.plan.model import Plan, Requirement
from models.plan.row_expressions import Clock
from models.plan.row_labels import OFFICE as ALL_TOGETHER
from models.rules.registers.computed import with_computed
from models.rules.registers.frames import CHANGED, CODE, NIL, WITHDRAWN, WORDS, kind_of, rows_schema
from models.rules.registers.holders import with_holders
from models.rules.registers.keys import cell_text, key_text
from models.rules.registers.known import NOTHING_ELSE, Known
from models.rules.registers.offices import LEVEL, OFFICE, UNIT_KIND, placed, with_offices
from models.rules.registers.words import have_words, tried

OWER, VALUE, LABEL = ":ower", ":value", ":label"
"""Whose duty a row is, by which value it is a duty, and that duty's label."""
MET, DUE = ":met", ":due"
"""Whether a row is met, and by when it must be: microseconds, null where it is never due."""
OWN = ":own"
_OWES = ":owes"
DUTIES = pl.Schema({"unit": pl.String(), "period": pl.String(), "standing": pl.String(), "due": pl.Int64()})
HEARD = pl.Schema({"unit": pl.String(), "as_of": pl.Int64()})
AWAITED = pl.Schema({"unit": pl.String()})


@dataclass(frozen=True, eq=False)
class RowDuties:
    """The duties of one requirement over rows, with all that their reasons name.

    verdicts: unit, period (the label), standing, due, in order. heard: every keeper of whom anything was heard, and as of
    when (microseconds) last: unit, as_of. awaited: the keepers of whom nothing was heard and who have no duty for it, since
    no day says by when it is late: unit. find: the rows that they are about, looked up when somebody asks; those of some offices'
    duties (None: of all), others' among them or not. offices: every office around, looked up likewise.
    """

    plan: Plan
    requirement: Requirement
    each: Each
    register: Register
    verdicts: pl.DataFrame
    heard: pl.DataFrame
    awaited: pl.DataFrame
    find: Callable[[Collection[str] | None], pl.DataFrame]
    offices: Callable[[], pl.DataFrame]

    @cached_property
    def rows(self) -> pl.DataFrame:
        """The rows that the duties are about, computed columns among them."""
        return self.find(None)

    def behind(self, offices: Collection[str]) -> pl.DataFrame:
        """The same of these offices' duties; others' may be among them. Who has no others read for it is told sooner."""
        return self.rows if "rows" in self.__dict__ else self.find(offices)

    @cached_property
    def units(self) -> pl.DataFrame:
        """Every office around, with its name."""
        return self.offices()

    def about(self, unit: str, period: str) -> pl.DataFrame:
        """The rows of one duty, those that are not met first, in order of their keys."""
        own = self.rows.filter((pl.col(OWER) == unit) & (pl.col(LABEL) == period))
        return own.sort(MET, *self.register.key, CODE)


def judge_rows(
    rows: pl.DataFrame,
    requirement: Requirement,
    plan: Plan,
    units: pl.DataFrame,
    chains: pl.DataFrame,
    now: datetime,
    known: Known = NOTHING_ELSE,
) -> RowDuties:
    """Judge every duty of a requirement with `each`.

    rows: of its register, as `rows_of` gives them, `placed` or not, of all keepers and owers that matter. units, chains: every office that
    keeps, owes or is named by them, see `with_offices`.
    """
    assert requirement.each is not None
    each = requirement.each
    register, clock = plan.registers[each.register], known.clock(plan, now)
    places = _Places(requirement, units, chains, known.covered_by)
    if rows.is_empty():
        return _of_nobody(requirement, plan, units, places)
    sent = placed(rows, register, units, chains)
    heard = sent.select(OFFICE, CHANGED).drop_nulls(OFFICE).group_by(unit=OFFICE).agg(as_of=pl.col(CHANGED).max())
    live = with_computed(sent.filter(~pl.col(WITHDRAWN) & ~pl.col(NIL)), register, clock)
    asked = {*each.met_when.names, *(each.where.names if each.where else ())}
    live = with_holders(live, asked, known.contacts, requirement.phase)
    chosen = live if each.where is None else live.filter(each.where.polars(clock).fill_null(False))
    chosen = chosen.with_columns(pl.col(each.owed_by or OFFICE).alias(OWER))
    chosen = places.owed(chosen)
    chosen = _labelled(chosen, each, register, plan.zone)
    judged = chosen.with_columns(
        each.met_when.polars(clock).fill_null(False).alias(MET), _own_due(chosen, each, register, plan.zone_name)
    ).with_columns(pl.coalesce(DUE, OWN).cast(pl.Int64).alias(DUE))
    judged = _with_words(judged.drop(OWN), each, register, clock)
    found, awaited = _together(judged, each), places.owing.clear()
    if each.owed_by is None and (each.of or each.of_level):
        expected = _expected(each, register, places)
        found = expected.join(found, on=["unit", "period"], how="left", maintain_order="left").with_columns(
            pl.col("standing").fill_null("unreported"),
            pl.when(pl.col("standing").is_null()).then(OWN).otherwise("due").alias("due"),
        )
    elif each.owed_by is None and not register.on_occasion:
        silent = places.owing.join(heard, on="unit", how="anti")
        found = pl.concat([found, _silent(silent)])
        awaited = silent.filter(pl.col(OWN).is_null())
    return RowDuties(
        plan=plan,
        requirement=requirement,
        each=each,
        register=register,
        verdicts=found.select(DUTIES.names()).cast(DUTIES).sort("unit", "period"),
        heard=heard,
        awaited=awaited.select("unit"),
        find=lambda _: judged,
        offices=lambda: units,
    )


def _of_nobody(requirement: Requirement, plan: Plan, units: pl.DataFrame, places: _Places) -> RowDuties:
    """The duties over a list that nobody has sent."""
    each = requirement.each
    assert each is not None
    register = plan.registers[each.register]
    found, awaited = pl.DataFrame(schema=DUTIES), places.owing.clear()
    if each.owed_by is None and (each.of or each.of_level):
        expected = _expected(each, register, places)
        found = expected.select("unit", "period", standing=pl.lit("unreported"), due=OWN)
    elif each.owed_by is None and not register.on_occasion:
        found = _silent(places.owing)
        awaited = places.owing.filter(pl.col(OWN).is_null())
    return RowDuties(
        plan=plan,
        requirement=requirement,
        each=each,
        register=register,
        verdicts=found.select(DUTIES.names()).cast(DUTIES).sort("unit", "period"),
        heard=HEARD.to_frame(),
        awaited=awaited.select("unit"),
        find=lambda _: _no_rows(register),
        offices=lambda: units,
    )


def _no_rows(register: Register) -> pl.DataFrame:
    """What duties are about where there is no row."""
    marks = {OFFICE: pl.String(), LEVEL: pl.String(), UNIT_KIND: pl.String(), OWER: pl.String(), VALUE: pl.String()}
    computed = {column.id: kind_of(column) for column in register.computed}
    schema = {**rows_schema(register), **marks, **computed, LABEL: pl.String(), MET: pl.Boolean(), DUE: pl.Int64()}
    return pl.DataFrame(schema=schema)


def duties_as_found(
    plan: Plan,
    requirement: Requirement,
    verdicts: pl.DataFrame,
    heard: pl.DataFrame,
    awaited: pl.DataFrame,
    again: Callable[[Collection[str] | None], RowDuties],
    offices: Callable[[], pl.DataFrame],
) -> RowDuties:
    """Duties that were judged before, of the same rows. again, offices: as `find` and `offices` of `RowDuties`, where the duties
    are judged again for it."""
    assert requirement.each is not None
    return RowDuties(
        plan=plan,
        requirement=requirement,
        each=requirement.each,
        register=plan.registers[requirement.each.register],
        verdicts=verdicts,
        heard=heard,
        awaited=awaited,
        find=lambda asked: again(asked).rows,
        offices=offices,
    )


def _with_words(judged: pl.DataFrame, each: Each, register: Register, clock: Clock) -> pl.DataFrame:
    """Rows judged by all that their numbers with words allow: met where every value is."""
    if not have_words(judged):
        return judged
    mine = judged[WORDS].is_not_null().arg_true()
    rows, met = judged[mine], pl.repeat(True, len(mine), dtype=pl.Boolean, eager=True)
    for one in tried(rows, register, each.met_when.names, beside=True):
        again = with_computed(one, register, clock)
        met = met & again.select(each.met_when.polars(clock).fill_null(False)).to_series()
    return judged.with_columns(judged[MET].scatter(mine, met))


class _Places:
    """Who owes something of a requirement: owing has unit, OWN (the requirement's due moment there, or null)."""

    def __init__(
        self, requirement: Requirement, units: pl.DataFrame, chains: pl.DataFrame, covered_by: Mapping[str, pl.Series]
    ) -> None:
        self.units, self.chains, self.covered_by = units, chains, covered_by
        assert requirement.each is not None
        offices = units.select("unit", "level")
        if requirement.each.owed_by is None:
            offices = offices.filter(pl.col("level") == requirement.judged_at)
        if requirement.scope is not None:
            offices = offices.filter(self.is_in(requirement.scope))
        moments = [
            pl.when(pl.lit(True) if scope is None else self.is_in(scope)).then(pl.lit(micros(due), pl.Int64))
            for scope, due in requirement.dues
        ]
        own = pl.min_horizontal(moments) if moments else pl.lit(None, pl.Int64)
        self.owing = offices.select("unit", own.cast(pl.Int64).alias(OWN))

    def owed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows whose OWER owes something, with OWN."""
        owing = self.owing.select(pl.col("unit").alias(OWER), OWN, pl.lit(True).alias(_OWES))
        found = rows.select(OWER).join(owing, on=OWER, how="left", maintain_order="left")
        placed = rows.hstack([found[OWN]])
        return placed if found[_OWES].all(ignore_nulls=False) else placed.filter(found[_OWES].fill_null(False))

    def is_in(self, scope: str) -> pl.Expr:
        """True for the units at and below one: as somebody knows it, by command where it is there, else by code."""
        if scope in self.covered_by:
            return pl.col("unit").is_in(self.covered_by[scope].implode())
        if scope in self.units["unit"]:
            inside = self.chains.filter(pl.col("ancestor") == scope)["unit"]
            return pl.col("unit").is_in(inside.implode())
        return pl.col("unit").str.starts_with(scope)


def _labelled(rows: pl.DataFrame, each: Each, register: Register, zone: tzinfo) -> pl.DataFrame:
    """Rows with VALUE and LABEL; one of several values is there once for each of them."""
    if each.by is None:
        value = key_text(register, zone)
    elif each.by == ALL_TOGETHER:
        value = pl.lit("")
    else:
        column = register.columns.get(each.by)
        if column is not None and column.several:
            rows = rows.with_columns(pl.col(each.by).alias(VALUE)).explode(VALUE)
            value = pl.col(VALUE)
        else:
            value = cell_text(register, each.by, zone)
    # rows without that value are one duty without a label: nobody may leave a cell empty to be rid of it
    rows = rows.with_columns(value.fill_null("").alias(VALUE))
    if each.of:
        rows = rows.filter(pl.col(VALUE).is_in(list(each.of)))
    of_keepers = each.owed_by is not None and each.by != ALL_TOGETHER
    named_by_code = CODE in register.key if each.by is None else each.by == CODE
    if of_keepers and not named_by_code:
        # two keepers may have a row of the same key that one office owes
        keeper = pl.when(pl.col(VALUE) == "").then(OFFICE).otherwise(pl.concat_str(OFFICE, pl.lit("/"), VALUE))
        return rows.with_columns(keeper.alias(LABEL))
    return rows.with_columns(pl.col(VALUE).alias(LABEL))


def _own_due(rows: pl.DataFrame, each: Each, register: Register, zone: str) -> pl.Series:
    """When the rows themselves say that they are due: a date at its end, a moment as it is."""
    if each.due is None:
        return pl.Series(DUE, [None], dtype=pl.Int64).new_from_index(0, rows.height)
    given = rows[each.due].alias(DUE)
    if register.columns[each.due].type == "moment":
        return given.dt.epoch("us")
    days = given.drop_nulls().unique()  # few, and the end of a day in its zone is not soon told
    following = days.dt.offset_by("1d").cast(pl.Datetime("us"))
    ends = following.dt.replace_time_zone(zone, ambiguous="earliest").dt.epoch("us")
    return given.replace_strict(days, ends, default=None, return_dtype=pl.Int64)


def _together(judged: pl.DataFrame, each: Each) -> pl.DataFrame:
    """Rows as duties: unit, period, standing, due."""
    still = ~pl.col(MET)
    met = pl.col(MET).any() if each.met_by_any else pl.col(MET).all()
    return (
        judged.group_by(unit=OWER, period=LABEL)
        .agg(met=met, last=pl.col(DUE).max(), next=pl.col(DUE).filter(still).min())
        .select(
            "unit",
            "period",
            standing=pl.when("met").then(pl.lit("met")).otherwise(pl.lit("unmet")),
            due=pl.when("met").then("last").otherwise("next"),
        )
    )


def _expected(each: Each, register: Register, places: _Places) -> pl.DataFrame:
    """What is owed row or no row: unit, period, OWN."""
    if each.of_level is not None:
        asked = places.units.filter(pl.col("level") == each.of_level).select(pl.col("unit").alias(CODE))
        kept = with_offices(asked, register, places.units, places.chains)
        return kept.select(unit=OFFICE, period=CODE).join(places.owing, on="unit", how="inner", maintain_order="left")
    column = register.columns[str(each.by)]
    parts = [
        (
            places.owing if value not in column.scopes else places.owing.filter(places.is_in(column.scopes[value]))
        ).select("unit", OWN, period=pl.lit(value))
        for value in each.of
    ]
    return pl.concat(parts)


def _silent(keepers: pl.DataFrame) -> pl.DataFrame:
    """Keepers of whom nothing was ever heard, where there is a day by which that is late: unit, period, standing, due."""
    late = keepers.filter(pl.col(OWN).is_not_null())
    return late.select("unit", period=pl.lit(""), standing=pl.lit("unreported"), due=OWN)
