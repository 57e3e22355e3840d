"""Rows of a report beside those that hold (与现有各行比对): what makes a row wrong that is right by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

import polars as pl

from models.affiliation import BY_DIGITS, Affiliation
from models.moments import micros
from models.plan.lists import Column, Register
from models.plan.model import Plan
from models.plan.row_expressions import Clock
from models.rules.intake.figures import same_fault
from models.rules.intake.gathering import TAKEN_ROW
from models.rules.intake.report_columns import ROW
from models.rules.intake.report_units import FAULTS
from models.rules.registers.computed import with_computed
from models.rules.registers.frames import (
    BATCH,
    CHANGED,
    CODE,
    EMPTIED,
    NIL,
    SINCE,
    WITHDRAWN,
    report_schema,
    rows_schema,
)
from models.rules.registers.keys import KEEPER, beside, identity, keeper_digits
from models.rules.registers.offices import LEVEL, OFFICE, UNIT_KIND, with_offices
from models.rules.registers.overlay import overlay
from models.units import LEVEL_ZH

WAS = ":was"


@dataclass(frozen=True, eq=False)
class Held:
    """What the rows of a report are held against.

    rows: of the register as they stood at `as_of`, of all keepers that the report speaks of; with their offices and KEEPER once
    they are `placed`.
    units, chains: as of `with_offices`. cases: those that are open, unit, requirement, period. covered_by: as of
    `rollup.Offices`. affiliation: as of `Known`.
    """

    register: Register
    plan: Plan
    rows: pl.DataFrame
    units: pl.DataFrame
    chains: pl.DataFrame
    cases: pl.DataFrame
    as_of: datetime
    covered_by: Mapping[str, pl.Series] = field(default_factory=dict)
    affiliation: Affiliation = BY_DIGITS
    _after: list[tuple[pl.DataFrame, pl.DataFrame]] = field(init=False, default_factory=list, repr=False)

    @property
    def clock(self) -> Clock:
        return Clock(self.as_of.astimezone(self.plan.zone), self.plan.standard_time, self.affiliation)

    @cached_property
    def living(self) -> pl.DataFrame:
        """Those that were not withdrawn, and are no nil returns."""
        return self.rows.filter(~pl.col(WITHDRAWN) & ~pl.col(NIL))

    def placed(self, taken: pl.DataFrame | None = None) -> Held:
        """The same, its rows with their offices and KEEPER. taken: rows of a report that have theirs; where they are of the same
        codes in the same order, they need not be looked up again."""
        if taken is not None and self.rows[CODE].equals(taken[CODE]):
            return replace(self, rows=self.rows.hstack(taken.select(OFFICE, LEVEL, UNIT_KIND, KEEPER)))
        return replace(self, rows=self.with_offices(self.rows))

    def with_offices(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of the register with their offices and KEEPER."""
        placed = with_offices(rows, self.register, self.units, self.chains)
        return placed.with_columns(keeper_digits(self.register).alias(KEEPER))

    def after_it(self, taken: pl.DataFrame) -> pl.DataFrame:
        """`after` all of a report, worked out once however many rules ask for it."""
        if not self._after or self._after[0][0] is not taken:
            self._after[:] = [(taken, self.after(taken))]
        return self._after[0][1]

    def after(self, taken: pl.DataFrame) -> pl.DataFrame:
        """The rows that a report gives as they stand after it: `rows_schema`, offices, computed columns, KEEPER, `:row`."""
        by = identity(self.register)
        given = taken
        if taken.select((pl.col(WITHDRAWN) | pl.col(NIL)).any()).item():
            given = taken.filter(~pl.col(WITHDRAWN) & ~pl.col(NIL))
        before = self.rows
        if before.height > given.height:
            before = before.join(given.select(by), on=by, how="semi")
        rows = self._new(given) if before.is_empty() else self._laid(before, given)
        return with_computed(rows, self.register, self.clock)

    def _new(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of which nothing was known, as a report of `as_of` leaves them."""
        moment = pl.lit(micros(self.as_of), pl.Int64)
        return rows.with_columns(moment.alias(SINCE), moment.alias(CHANGED), pl.lit(0, pl.Int64).alias(BATCH)).drop(
            EMPTIED
        )

    def _laid(self, before: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with what the report says laid over what was known of them, of some of which nothing was."""
        by = identity(self.register)
        told = rows.select(report_schema(self.register).names())
        laid = overlay(before.select(rows_schema(self.register).names()), told, self.register, micros(self.as_of), 0)
        laid = laid.with_columns(keeper_digits(self.register).alias(KEEPER))
        return beside(laid, rows.select(*by, TAKEN_ROW, OFFICE, LEVEL, UNIT_KIND), by)


def row_faults(taken: pl.DataFrame, held: Held) -> pl.DataFrame:
    """Why rows are refused beside those that hold: FAULTS. taken: rows with `office` and KEEPER, none of a key twice."""
    found = [
        _without_keeper(taken, held.register),
        *_nil_returns(taken, held),
        _unknown_withdrawn(taken, held),
        *_moves(taken, held),
        *_given(taken, held),
        *(_refused(held.after_it(taken), held) if held.register.refuse else []),
    ]
    return pl.concat([one.cast(FAULTS) for one in found])


def _without_keeper(taken: pl.DataFrame, register: Register) -> pl.DataFrame:
    odd = taken.filter(pl.col(OFFICE).is_null() & pl.col(CODE).is_not_null())
    zh = "、".join(LEVEL_ZH[level] for level in register.kept_by)
    en = " or ".join(register.kept_by)
    return odd.select(
        pl.col(TAKEN_ROW).alias(ROW),
        zh=pl.format(f"单位名录中 {{}} 及其上级没有{zh}单位，无处登记，请核对代码", CODE),
        en=pl.format(f"no {en} keeps the list at or above {{}}; check the code", CODE),
    )


def _nil_returns(taken: pl.DataFrame, held: Held) -> list[pl.DataFrame]:
    """Nil returns of keepers who have rows, here or in what holds, and those that stand twice."""
    nil = taken.filter(NIL)
    if nil.is_empty():
        return []
    here = taken.filter(~pl.col(NIL)).group_by(OFFICE).agg(here=pl.len())
    there = held.living.group_by(OFFICE).agg(there=pl.len())
    counted = nil.join(here, on=OFFICE, how="left").join(there, on=OFFICE, how="left").fill_null(0)
    both = counted.filter(pl.col("here") > 0)[TAKEN_ROW]
    kept = counted.filter((pl.col("here") == 0) & (pl.col("there") > 0))
    return [
        same_fault(
            both,
            "本行只有代码，是零报告，而文件中另有该单位的行，请删去其一",
            "a row with a code alone is a nil return, but the file has other rows of this office; remove one or the other",
        ),
        kept.select(
            pl.col(TAKEN_ROW).alias(ROW),
            zh=pl.format("本行只有代码，是零报告，而该单位已有 {} 行在册；确已没有的，请先逐行撤销", "there"),
            en=pl.format("a nil return, but {} rows of this office hold; withdraw them first", "there"),
        ),
        same_fault(
            nil.filter(pl.col(CODE).is_duplicated())[TAKEN_ROW],
            "同一单位的零报告在本文件中出现多次，请只留一行",
            "the nil return of this office stands in the file more than once; keep one",
        ),
    ]


def _unknown_withdrawn(taken: pl.DataFrame, held: Held) -> pl.DataFrame:
    gone = taken.filter(WITHDRAWN)
    if gone.height:
        gone = gone.join(held.rows.filter(~pl.col(NIL)), on=identity(held.register), how="anti")
    return same_fault(
        gone[TAKEN_ROW],
        f"“{held.register.title}”中没有这一行，无从撤销，请核对各主键栏",
        f"{held.register.id} has no such row to withdraw; check the columns of its key",
    )


def _moves(taken: pl.DataFrame, held: Held) -> list[pl.DataFrame]:
    """Rows whose value goes where the plan lets none go from the one that it has. A new row may have any."""
    by, register = identity(held.register), held.register
    ruled = [one for one in register.reported if one.moves is not None and not one.several and one.id not in by]
    if not ruled:
        return []
    if held.living.is_empty():
        return []
    given = taken.filter(~pl.col(WITHDRAWN) & ~pl.col(NIL))
    was = held.living.select(*by, *(pl.col(one.id).alias(f"{one.id}{WAS}") for one in ruled))
    both = beside(given, was, by)
    return [_moved(both, one) for one in ruled]


def _moved(both: pl.DataFrame, column: Column) -> pl.DataFrame:
    moves, values = column.moves or {}, column.values
    follows = {(old, new) for old, allowed in moves.items() for new in allowed}
    own, was = pl.col(column.id), pl.col(f"{column.id}{WAS}")
    dashed = pl.col(EMPTIED).list.contains(column.id).fill_null(False)
    allowed = pl.DataFrame(list(follows), schema={f"{column.id}{WAS}": pl.String, column.id: pl.String}, orient="row")
    changed = both.filter(was.is_not_null() & (dashed | (own != was).fill_null(False)))
    wrong = changed.join(allowed, on=[f"{column.id}{WAS}", column.id], how="anti")
    from_zh = was.replace_strict(values, default=was, return_dtype=pl.String)
    to_zh = own.replace_strict(values, default=own, return_dtype=pl.String).fill_null("空")
    nexts = {old: moves.get(old, ()) for old in values}
    zh = {old: "、".join(values.get(one, one) for one in after) for old, after in nexts.items()}
    en = {old: ", ".join(after) for old, after in nexts.items()}
    then_zh, then_en = (was.replace_strict(one, default=pl.lit(""), return_dtype=pl.String) for one in (zh, en))
    title = _plain(column.title)
    return wrong.select(
        pl.col(TAKEN_ROW).alias(ROW),
        zh=pl.when(then_zh == "")
        .then(pl.format(f"“{title}”已是“{{}}”，不能再改为“{{}}”", from_zh, to_zh))
        .otherwise(pl.format(f"“{title}”不能由“{{}}”改为“{{}}”，只能改为：{{}}", from_zh, to_zh, then_zh)),
        en=pl.when(then_en == "")
        .then(pl.format(f"{column.id} is {{}} and may not go on to {{}}", was, own.fill_null("nothing")))
        .otherwise(
            pl.format(f"{column.id} may not go from {{}} to {{}}, only to {{}}", was, own.fill_null("nothing"), then_en)
        ),
    )


def _given(taken: pl.DataFrame, held: Held) -> list[pl.DataFrame]:
    """Rows that say of themselves what the product alone says, and those that withdraw a row of which it said so."""
    by, found = identity(held.register), []
    for column in (one for one in held.register.reported if one.given):
        was = held.living.select(*by, pl.col(column.id).alias(WAS))
        both = taken.filter(~pl.col(NIL)).join(was, on=by, how="left")
        own, dashed = pl.col(column.id), pl.col(EMPTIED).list.contains(column.id).fill_null(False)
        if column.type == "yes_no":
            own = pl.when(own).then(own)  # a no says nothing
        says = own.is_not_null() & own.ne_missing(pl.col(WAS))
        kept = pl.col(WAS).is_not_null()
        found += [
            same_fault(
                both.filter(~pl.col(WITHDRAWN) & (says | (dashed & kept)))[TAKEN_ROW],
                f"“{column.title}”由系统填写，请留空",
                f"{column.id} is filled in by the product; leave it empty",
            ),
            same_fault(
                both.filter(pl.col(WITHDRAWN) & kept)[TAKEN_ROW],
                f"本行由系统列出（{column.title}），不得撤销",
                f"the product put this row there ({column.id}); it may not be withdrawn",
            ),
        ]
    return found


def _refused(after: pl.DataFrame, held: Held) -> list[pl.DataFrame]:
    """Rows that the plan calls wrong as they stand after the report; an undecided condition refuses nothing."""
    return [
        same_fault(
            after.filter(one.when.polars(held.clock).fill_null(False))[TAKEN_ROW],
            f"{one.title}，请核对改正",
            f"the plan refuses a row with {one.when.text} ({one.title}); mend it",
        )
        for one in held.register.refuse
    ]


def _plain(title: str) -> str:
    """A title that stands in a pattern."""
    return title.replace("{", "{{").replace("}", "}}")
