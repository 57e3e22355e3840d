"""What is shown of registers: their rows, how one of them came to its state, and which registers there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from difflib import get_close_matches
from typing import Any

import polars as pl
from sqlalchemy import Select
from sqlmodel import col, select

from models.plan.columns import kind_of_cells
from models.plan.grammar import ExpressionError
from models.plan.lists import Register
from models.plan.over_rows import unknown_value
from models.plan.row_expressions import Clock, RowExpression, read_row_expression
from models.rules.judging.small_rows import small_in_history, without_small_cells
from models.rules.judging.tree import above, below
from models.rules.registers.computed import with_computed
from models.rules.registers.frames import BATCH, CODE, NIL, SINCE, WITHDRAWN
from models.rules.registers.in_words import spoken_levels
from models.rules.registers.keys import key_in_ids
from models.rules.registers.offices import OFFICE, nearest_units, with_offices
from models.rules.registers.shown import KEY, Cell, shown_cell, with_keys
from models.tables import Batch
from models.units import DIGITS, NATION
from models.wording import Refusal, Said
from tasks.campaign.affiliation import affiliation_of
from tasks.campaign.offices import find_unit
from tasks.campaign.store import Store
from tasks.registers.current import rows_of
from tasks.registers.history import history_of

_COMPARED = 2_000
"""Keys that a wrong one is held against."""
_LOOKED_AT = 50
"""Rows with births or deaths whose history is looked through for corrections."""


@dataclass(frozen=True, eq=False)
class Listed:
    """Rows of a register as they hold, in order of code and key, with what `shown` and `small_rows` add to them.

    names: of offices, by code. keepers: how many offices keep the register here; silent: how many of them have sent neither
    a row nor a nil return.
    """

    register: Register
    rows: pl.DataFrame
    names: Mapping[str, str]
    keepers: int
    silent: int


@dataclass(frozen=True)
class Change:
    """What one report changed of a row: the cells that it changed as they were and became. hidden: those that are not shown."""

    as_of: int
    by: str
    batch: int
    was: dict[str, Cell]
    now: dict[str, Cell]
    hidden: tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """One register of the plan: its rows that hold, how many of its keepers have reported, and as of when last."""

    register: Register
    rows: int
    keepers: int
    reported: int
    as_of: int | None


def list_rows(store: Store, register: Register, at: datetime, unit: str | None, where: str | None) -> Listed:
    """The rows of a register as they stood at `at`, of `unit` and all below it (None: everywhere), that `where` selects.

    Refusal where the unit is not known, or the expression cannot be used.
    """
    plan = store.plan()
    chosen = None if where is None else _condition(where, register)
    scope = _Scope.of(store, unit)
    sent = with_offices(rows_of(store, register, at, scope.provinces), register, scope.units, scope.chains)
    sent = scope.of_rows(sent)
    clock = Clock(at.astimezone(plan.zone), plan.standard_time, affiliation_of(store))
    live = with_computed(sent.filter(~pl.col(WITHDRAWN) & ~pl.col(NIL)), register, clock)
    # what may not be shown may not be asked for either
    live = without_small_cells(live, register, plan, _corrected(store, register, live, at))
    if chosen is not None:
        live = live.filter(chosen.polars(clock).fill_null(False))
    keepers = scope.keepers(register)
    return Listed(
        register=register,
        rows=live,
        names=dict(scope.units.select("unit", "name").iter_rows()),
        keepers=len(keepers),
        silent=len(keepers - set(sent[OFFICE])),
    )


def _corrected(store: Store, register: Register, rows: pl.DataFrame, at: datetime) -> pl.Series:
    """Which rows hold births or deaths that were told otherwise as of the moment at which the row was first heard of.

    Too many to look at are taken as corrected.
    """
    plan, none = store.plan(), pl.repeat(False, rows.height, dtype=pl.Boolean, eager=True)
    if not small_in_history(register, plan):
        return none
    with store.reading() as connection:
        moments = pl.Series([one.as_of for one in connection.execute(_reports(register))], dtype=pl.Int64)
    again = moments.filter(moments.is_duplicated()).unique()
    asked = with_keys(rows, register, plan.zone).with_row_index("place").filter(pl.col(SINCE).is_in(again.implode()))
    if asked.height > _LOOKED_AT:
        return rows[SINCE].is_in(again.implode())
    names = small_in_history(register, plan)
    found = [
        place
        for place, key, office in asked.select("place", KEY, OFFICE).iter_rows()
        if sum(not names.isdisjoint(one.now) for one in history_of(store, register, key, office, at)) > 1
    ]
    return none.scatter(found, True) if found else none


def _reports(register: Register) -> Select[tuple[int | None, int]]:
    """The number and the moment of each report of a register."""
    own = col(Batch.districts).is_(True) if register.built_in else col(Batch.register) == register.id
    return select(Batch.id, Batch.as_of).where(own)


def list_registers(store: Store, at: datetime, unit: str | None) -> list[Kept]:
    """Every register of the plan, in its order, as it stood at `at` for `unit` and all below it (None: everywhere)."""
    scope = _Scope.of(store, unit)
    return [_kept(store, one, at, scope) for one in store.plan().registers.values()]


def changes_of(store: Store, register: Register, key: str, unit: str | None, at: datetime) -> list[Change]:
    """What became of one row up to `at`, in the order in which reports hold.

    key: with the ids of choices, or the words of the plan for them. unit: the row's keeper, or an office below it. Refusal
    where it is needed and not given, keeps no such rows, or has none of that key.
    """
    plan, keeper = store.plan(), _keeper(store, register, unit)
    found, typed = history_of(store, register, key, keeper, at), key_in_ids(key, register)
    if not found and typed != key:
        key, found = typed, history_of(store, register, typed, keeper, at)
    hidden = small_in_history(register, plan, key)
    changes = [
        Change(
            as_of=one.as_of,
            by=one.by,
            batch=one.batch,
            was=_shown(one.was, hidden, plan.zone),
            now=_shown(one.now, hidden, plan.zone),
            hidden=tuple(sorted(name for name in hidden if {one.was.get(name), one.now.get(name)} - {None})),
        )
        for one in found
    ]
    if not changes:
        raise _no_row(store, register, key, keeper, at)
    return changes


def _keeper(store: Store, register: Register, unit: str | None) -> str | None:
    """The office that the rows of a key without code are asked of; None where the key has one and nobody was named."""
    if unit is None and CODE in register.key:
        return None
    levels = spoken_levels(register.kept_by)
    if unit is None or unit == NATION:
        keys = "、".join(register.columns[name].title for name in register.key if name != CODE)
        raise Refusal(
            f"“{register.title}”的行在负责单位内按{keys}认定，请用 --unit 写明是哪个单位（{levels.zh}）的",
            f"rows of {register.id} are named within their keeper ({levels.en}); say with --unit whose it is",
        )
    code = find_unit(store, unit)
    if all(len(code) < DIGITS[level] for level in register.kept_by):
        raise Refusal(
            f"“{register.title}”由{levels.zh}负责，--unit 应写负责单位，{code} 不是",
            f"{register.id} is kept by {levels.en}; --unit must name a keeper, and {code} is none",
        )
    return code


def _shown(cells: Mapping[str, Any], hidden: Collection[str], zone: tzinfo) -> dict[str, Cell]:
    return {name: None if name in hidden else shown_cell(cell, zone) for name, cell in cells.items()}


def _no_row(store: Store, register: Register, key: str, keeper: str | None, at: datetime) -> Refusal:
    """What is said of a key that no row has had, with those that are like it."""
    near: list[str] = []
    if keeper is not None:
        scope = _Scope.of(store, keeper)
        rows = scope.of_rows(rows_of(store, register, at, scope.provinces, columns=register.key))
        keys = with_keys(rows.filter(~pl.col(NIL)).head(_COMPARED), register, store.zone)[KEY]
        near = get_close_matches(key, keys.to_list(), 3, 0.5)
    zh = f"，是否为 {'、'.join(near)}" if near else f"；有哪些行见 pucha rows {register.id}"
    en = f"; did you mean {', '.join(near)}?" if near else f"; pucha rows {register.id} lists them"
    whose = Said(f"{keeper} 的", f" of {keeper}") if keeper else Said("", "")
    return Refusal(
        f"{whose.zh}“{register.title}”中没有主键为“{key}”的行{zh}",
        f"no row{whose.en} in {register.id} has had the key “{key}”{en}",
    )


def _kept(store: Store, register: Register, at: datetime, scope: _Scope) -> Kept:
    rows = rows_of(store, register, at, scope.provinces, columns=())
    sent = scope.of_rows(with_offices(rows, register, scope.units, scope.chains))
    keepers = scope.keepers(register)
    told = set(sent[BATCH])
    with store.reading() as connection:
        newest = max((one.as_of for one in connection.execute(_reports(register)) if one.id in told), default=None)
    return Kept(
        register=register,
        rows=sent.filter(~pl.col(WITHDRAWN) & ~pl.col(NIL)).height,
        keepers=len(keepers),
        reported=len(keepers & set(sent[OFFICE])),
        as_of=newest,
    )


@dataclass(frozen=True, eq=False)
class _Scope:
    """Whose rows are asked for: provinces (None: all), the offices there, and who of them is at and below the unit."""

    unit: str | None
    provinces: Collection[str] | None
    units: pl.DataFrame
    chains: pl.DataFrame

    @classmethod
    def of(cls, store: Store, unit: str | None) -> _Scope:
        code = None if unit in (None, NATION) else find_unit(store, unit)
        provinces = store.provinces_with(code)
        units = store.units(provinces=provinces)
        return cls(code, provinces, units, above(units))

    def inside(self) -> pl.Series:
        """The offices at and below the unit."""
        return self.units["unit"] if self.unit is None else below(self.units, self.unit)["unit"]

    def of_rows(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Those whose code, or the nearest office at or above it, is at or below the unit."""
        if self.unit is None:
            return rows
        near = nearest_units(rows[CODE], self.units)
        return rows.filter(near.is_in(self.inside().implode()).fill_null(False))

    def keepers(self, register: Register) -> set[str]:
        """The offices at and below the unit that keep the register."""
        mine = self.units.filter(pl.col("unit").is_in(self.inside().implode()))
        return set(mine.filter(pl.col("level").is_in(list(register.kept_by)))["unit"])


def _condition(text: str, register: Register) -> RowExpression:
    """The expression of `--where`. Refusal where it is none over the register's columns, or asks for what no cell can hold."""
    kinds = {name: kind_of_cells(column) for name, column in register.columns.items()}
    try:
        expression = read_row_expression(text, kinds, "truth")
    except ExpressionError as fault:
        said, names = fault.said, "、".join(register.columns)
        raise Refusal(
            f"--where 不能用：{said.zh}（{register.title}的栏目：{names}）",
            f"--where cannot be used: {said.en} (columns of {register.id}: {', '.join(register.columns)})",
        ) from None
    for name, value in expression.compared:
        column = register.columns.get(name)
        unknown = unknown_value(text, value, column) if column is not None and column.type == "one_of" else None
        if unknown is not None:
            raise Refusal(f"--where 不能用：{unknown.zh}", f"--where cannot be used: {unknown.en}")
    return expression
