"""Kept answers (留用结果): what the rows of a register came to, kept with all that it rests on, and used for as long as that stays.

An answer is a function of the plan, of offices, of rows, and where a condition says `today`, of the day: the same of all of
these is the same answer. One that says `now`, or asks who holds a role, is another one each time, and is never kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import polars as pl

from models.plan.lists import Register
from models.plan.model import HOLDERS, Indicator, Plan, Requirement
from models.rules.registers.duties import AWAITED, DUTIES, HEARD
from models.rules.registers.figures import READINGS
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
    """Offices and whom they answer to, and who is covered by which overlay, as one word."""
    rows = units.select("unit", "level", "superior").hash_rows()
    scopes = [(scope, len(own), own.hash().sum()) for scope, own in sorted((covered_by or {}).items())]
    return digest(units.height, rows.sum(), rows.bitwise_xor(), scopes)


def clock_of_duties(plan: Plan, requirement: Requirement, now: datetime) -> str | None:
    """What of the clock the duties of a requirement over rows rest on; None where they are others each moment."""
    each = requirement.each
    assert each is not None
    register = plan.registers[each.register]
    named = {*each.met_when.names, *(each.where.names if each.where else ()), *register.key}
    return _clock({*named, *(name for name in (each.by, each.due, each.owed_by) if name)}, register, plan, now)


def clock_of_figure(plan: Plan, indicator: Indicator, now: datetime) -> str | None:
    """The same of an indicator that is drawn from rows."""
    figure = indicator.rows
    assert figure is not None
    named = {*(figure.where.names if figure.where else ()), *((figure.column,) if figure.column else ())}
    return _clock(named, plan.registers[figure.register], plan, now)


def _clock(names: Iterable[str], register: Register, plan: Plan, now: datetime) -> str | None:
    behind = _behind(names, register)
    if "now" in behind or any(name.startswith(HOLDERS) for name in behind):
        return None
    return f"{now.astimezone(plan.zone):%Y-%m-%d}" if "today" in behind else ""


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
