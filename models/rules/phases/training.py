"""Training (培训): whoever attends does so in a session that is held, and finds a seat there; who trains is trained before.

The session of an attendance is the keeper's own where it has one of that number, else the county's.
"""

from __future__ import annotations

import polars as pl

from models.plan.lists import Register
from models.rules.phases.given import DOUBTS, ROW, Given
from models.rules.registers.frames import CODE, NIL, WITHDRAWN

SESSIONS, ATTENDANCE = "sessions", "attendance"
REGISTERS = (SESSIONS, ATTENDANCE)
_SESSION, _SEATS, _AT, _ATTENDING = "session", "seats", ":at", ":attending"
_AUDIENCE, _DAY = "audience", "day"
_BEFORE = {"enumerators": "instructors", "instructors": "trainers"}
"""Who is trained before whom (普查指导员先于普查员, 师资先于普查指导员)."""


def doubts(given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
    """Attendances of a session that nobody has registered, and sessions with more attendants than seats: DOUBTS. The latter are
    told once for a session: at its row, or at the first of its attendants."""
    sessions, attendance = (given.plan.registers.get(name) for name in REGISTERS)
    if sessions is None or attendance is None or not (_names(sessions, _SEATS) and _names(attendance)):
        return pl.DataFrame(schema=DOUBTS)
    held, attending = (
        given.rows[name].filter(~pl.col(NIL), ~pl.col(WITHDRAWN)).select(CODE, _SESSION, *more)
        for name, more in ((SESSIONS, [_SEATS]), (ATTENDANCE, []))
    )
    numbers = _placed(attending, held, given.units).group_by(_AT, _SESSION).len(_ATTENDING)
    overfull = held.rename({CODE: _AT}).join(numbers, on=[_AT, _SESSION]).filter(pl.col(_ATTENDING) > pl.col(_SEATS))
    if register == SESSIONS:
        own = told.select(ROW, pl.col(CODE).alias(_AT), _SESSION)
        return pl.concat([_too_many(own, overfull), _too_early(sessions, told, given)])
    placed = _placed(told.select(ROW, CODE, _SESSION), held, given.units)
    lost = placed.filter(pl.col(_AT).is_null(), pl.col(_SESSION).is_not_null()).select(
        ROW,
        zh=pl.format("本单位和县级都没有登记班次“{}”，请核对", _SESSION),
        en=pl.format("neither this office nor its county has registered a session “{}”; check it", _SESSION),
    )
    return pl.concat([lost, _too_many(placed.unique([_AT, _SESSION], keep="first", maintain_order=True), overfull)])


def _names(register: Register, *columns: str) -> bool:
    return {CODE, _SESSION} <= set(register.key) and set(columns) <= set(register.columns)


def _placed(rows: pl.DataFrame, held: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Attendances with the office whose session it is, null where there is none such."""
    counties = units.filter(pl.col("level") == "township").select(pl.col("unit").alias(CODE), county="superior")
    sessions = held.select(pl.col(CODE).alias(_AT), _SESSION)
    own = sessions.with_columns(pl.col(_AT).alias(CODE))
    above = sessions.select(county=_AT, session=_SESSION, above=_AT)
    placed = rows.join(own, on=[CODE, _SESSION], how="left", maintain_order="left")
    placed = placed.join(counties, on=CODE, how="left", maintain_order="left")
    placed = placed.join(above, on=["county", _SESSION], how="left", maintain_order="left")
    return placed.with_columns(pl.coalesce(_AT, "above").alias(_AT)).drop("county", "above")


def _too_many(rows: pl.DataFrame, overfull: pl.DataFrame) -> pl.DataFrame:
    return rows.join(overfull, on=[_AT, _SESSION], how="inner", maintain_order="left").select(
        ROW,
        zh=pl.format("班次“{}”名额 {} 个，登记参训 {} 人，请核对", _SESSION, _whole(_SEATS), _ATTENDING),
        en=pl.format("session “{}” has {} seats and {} attendants; check it", _SESSION, _whole(_SEATS), _ATTENDING),
    )


def _too_early(register: Register, told: pl.DataFrame, given: Given) -> pl.DataFrame:
    """Sessions on a day before those who are to teach there had theirs, at the same office or its county."""
    if not {_AUDIENCE, _DAY} <= set(register.columns) or not set(_BEFORE) <= set(register.columns[_AUDIENCE].values):
        return pl.DataFrame(schema=DOUBTS)
    held = given.rows[SESSIONS].filter(~pl.col(NIL), ~pl.col(WITHDRAWN)).drop_nulls([_AUDIENCE, _DAY])
    counties = given.units.filter(pl.col("level") == "township").select(pl.col("unit").alias(CODE), county="superior")
    at_county = held.join(counties, on=CODE, how="left").with_columns(pl.coalesce("county", CODE).alias("county"))
    first = at_county.group_by("county", pl.col(_AUDIENCE).alias(":before")).agg(pl.col(_DAY).min().alias(":first"))
    named = told.select(ROW, CODE, _SESSION).join(at_county, on=[CODE, _SESSION]).sort(ROW)
    named = named.with_columns(pl.col(_AUDIENCE).replace_strict(_BEFORE, default=None).alias(":before"))
    early = named.join(first, on=["county", ":before"]).filter(pl.col(_DAY) < pl.col(":first")).sort(ROW)
    titles = dict(register.columns[_AUDIENCE].values)
    said = (pl.col(_AUDIENCE).replace(titles), pl.col(":before").replace(titles), pl.col(":first").dt.to_string("iso"))
    return early.select(
        ROW,
        zh=pl.format("{}培训早于本县{}首期培训（{}），请核对开班日期", *said),
        en=pl.format(
            "{} are trained before the county's first session for {} ({}); check the day", _AUDIENCE, ":before", said[2]
        ),
    )


def _whole(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int64)
