"""Passing on (逐级传达、转发): after a superior's meeting or paper that says so, each office that answers to it owes its own.

The row of the superior says within how many days (`cascade`). Every office right below owes a row that names it, `CODE/KEY`,
in `passes_on` or `answers`, due so many days after the superior's. It is filled in there, or by a row of the office's own
that names the same; of the latter the due day is put beside it. What an office passes on goes on downwards from the day on
which it does so, within as many days, unless its own row says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

import polars as pl

from models.plan.lists import Register
from models.rules.phases.given import DOUBTS, ROW, Given
from models.rules.registers.frames import CODE, NIL, WITHDRAWN
from models.rules.registers.keys import key_text
from models.units import LEVELS


@dataclass(frozen=True)
class _Way:
    """How a register passes things on. names: the column that says which row of the superior's; day: on which it was held or
    issued; serial: the part of the key by which the expected row is told apart."""

    names: str
    day: str
    serial: str


_WAYS = {"meetings": _Way("passes_on", "held", "meeting"), "papers": _Way("answers", "issued", "number")}
REGISTERS = tuple(_WAYS)
_KIND, _CASCADE, _DUE, _REF, _MARK = "kind", "cascade", "due", ":ref", "传达"


def expected_rows(given: Given) -> Mapping[str, pl.DataFrame]:
    """What offices owe after their superiors' meetings and papers: code, key, kind, the superior's row, cascade and due; of rows
    of their own that name it those of the last two that are empty."""
    found = {}
    for name, way in _WAYS.items():
        register, rows = given.plan.registers.get(name), given.rows.get(name)
        if register is not None and rows is not None and _passes_on(register, way):
            found[name] = _owed_below(register, way, rows, given)
    return found


def doubts(given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
    """Rows that name a meeting or paper which the office they name has not registered, or which name none so that it can be
    found: DOUBTS. What an office that is not loaded has held or issued cannot be known."""
    asked, way = given.plan.registers[register], _WAYS[register]
    if not _passes_on(asked, way):
        return pl.DataFrame(schema=DOUBTS)
    living = given.rows[register].filter(~pl.col(NIL), ~pl.col(WITHDRAWN))
    known = living.select(key_text(asked, given.plan.zone).alias(way.names))
    named = told.drop_nulls(way.names).join(known, on=way.names, how="anti")
    office = pl.col(way.names).str.extract(r"^(\d+)/")
    lost = named.filter(office.is_null() | office.is_in(given.units["unit"].implode()))
    waiting = _waiting_for_it(asked, way, living, told)
    title, parts = asked.columns[way.names].title, [asked.columns[one] for one in asked.key if one != CODE]
    zh, en = "/".join(one.title for one in parts), "/".join(one.id.upper() for one in parts)
    unknown = lost.select(
        ROW,
        zh=pl.format(f"“{title}”写的 {{}} 没有登记，请核对（写法：单位代码/{zh}）", way.names),
        en=pl.format(f"{way.names}: {{}} is not registered; check it (written CODE/{en})", way.names),
    )
    return pl.concat([unknown, waiting])


def _waiting_for_it(register: Register, way: _Way, living: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Rows that name no superior's while one of the same kind is still to be passed on: the office would owe it a second time."""
    key = [CODE, *(one for one in register.key if one != CODE)]
    silent = living.filter(pl.col(way.names).is_null()).drop_nulls(way.day)
    done = told.drop_nulls(way.day).select(ROW, *key).join(silent.select(*dict.fromkeys([*key, _KIND])), on=key)
    open_ = living.filter(pl.col(way.day).is_null()).drop_nulls(way.names).select(CODE, _KIND, way.names)
    both = done.join(open_, on=[CODE, _KIND]).sort(ROW, way.names).unique(ROW, keep="first", maintain_order=True)
    title = register.columns[way.names].title
    return both.select(
        ROW,
        zh=pl.format(f"本单位尚有待传达的 {{}}，如本行即为传达，请在“{title}”填写该编号", way.names),
        en=pl.format(f"{{}} is still to be passed on here; if this row does so, put it into {way.names}", way.names),
    )


def _passes_on(register: Register, way: _Way) -> bool:
    return {CODE, way.serial} <= set(register.key) and {way.names, way.day, _KIND, _CASCADE, _DUE} <= set(
        register.columns
    )


def _owed_below(register: Register, way: _Way, rows: pl.DataFrame, given: Given) -> pl.DataFrame:
    zone = given.plan.zone
    living = rows.filter(~pl.col(NIL), ~pl.col(WITHDRAWN)).with_columns(key_text(register, zone).alias(_REF))
    passed = _with_days_of_those_above(living, way).drop_nulls([way.day, _CASCADE])
    held = passed.filter(_day(register, way, zone) <= given.now.astimezone(zone).date())
    due = _day(register, way, zone) + pl.duration(days=pl.col(_CASCADE))
    above = held.select(_REF, _KIND, _CASCADE, pl.col(CODE).alias("superior"), due.cast(pl.Date).alias(_DUE))
    owing = given.units.filter(pl.col("level").is_in(register.kept_by))
    owed = owing.select(pl.col("unit").alias(CODE), "superior").join(above, on="superior", how="inner")
    named = living.select(
        CODE, pl.col(way.names).alias(_REF), *(one for one in register.key if one != CODE), open=_is_open()
    )
    own = owed.drop(_KIND).join(named.filter("open"), on=[CODE, _REF], how="inner")
    fresh = owed.join(named, on=[CODE, _REF], how="anti")
    fresh = fresh.with_columns(pl.concat_str(pl.lit(_MARK), pl.col(_REF).str.replace_all("/", "-")).alias(way.serial))
    columns = [CODE, *(one for one in register.key if one != CODE), _REF, _CASCADE, _DUE]
    parts = [fresh.select(*dict.fromkeys([*columns, _KIND])), own.select(columns)]
    return pl.concat(parts, how="diagonal").rename({_REF: way.names}).sort(CODE, way.serial)


def _is_open() -> pl.Expr:
    """True for a row of an office's own that does not say by when it is due."""
    return pl.col(_DUE).is_null() | pl.col(_CASCADE).is_null()


def _day(register: Register, way: _Way, zone: tzinfo) -> pl.Expr:
    own = pl.col(way.day)
    return own.dt.convert_time_zone(str(zone)).dt.date() if register.columns[way.day].type == "moment" else own


def _with_days_of_those_above(living: pl.DataFrame, way: _Way) -> pl.DataFrame:
    """Rows with `cascade`, where they leave it open that of the row which they pass on."""
    for _ in LEVELS:
        above = living.select(pl.col(_REF).alias(way.names), above=pl.col(_CASCADE))
        living = living.join(above, on=way.names, how="left", maintain_order="left")
        living = living.with_columns(pl.coalesce(_CASCADE, "above").alias(_CASCADE)).drop("above")
    return living
