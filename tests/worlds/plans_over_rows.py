"""Plans (方案) with duties over rows, and rows as the archive gives them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import polars as pl
from worlds.plans import FRAME, phase

from models.moments import micros
from models.plan.lists import Register
from models.rules.registers.frames import BATCH, CHANGED, CODE, NIL, SINCE, WITHDRAWN, rows_schema

HEARD = micros(datetime.fromisoformat("2020-11-02T09:00:00+08:00"))
"""As of when a row was reported that says nothing else."""
SHIFTS = """
title: 值班
kept_by: county
key: [code, starts]
columns:
  starts: {title: 开始, type: moment}
  ends: {title: 结束, type: moment}
"""


def plan_over_rows(
    registers: Mapping[str, str],
    requirements: Sequence[str],
    *,
    indicators: Sequence[str] = (),
    ladders: Mapping[str, Sequence[str]] | None = None,
    starts: str = "2020-11-01",
    ends: str = "2020-12-31",
) -> str:
    """A plan's text with one phase, `recheck`. registers: the lines under each id; indicators: `id: {…}` each."""
    parts = [FRAME]
    if indicators:
        parts += ["indicators:\n", *(f"  {one}\n" for one in indicators)]
    parts += ["registers:\n"]
    for name, lines in registers.items():
        parts += [f"  {name}:\n", *(f"    {line}\n" for line in lines.strip("\n").splitlines())]
    if ladders:
        parts.append("ladders:\n")
        for name, rungs in ladders.items():
            parts += [f"  {name}:\n", *(f"    - {rung}\n" for rung in rungs)]
    return "".join([*parts, "phases:\n", phase("recheck", "比对复查", starts, ends, requirements)])


def kept_rows(register: Register, rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
    """Rows as `rows_of` gives them. rows: code and cells; `nil` or `withdrawn` where they are so, `changed` and `since` in
    microseconds where that matters."""
    marks = {"nil": NIL, "withdrawn": WITHDRAWN, "changed": CHANGED, "since": SINCE}
    blank = dict.fromkeys(rows_schema(register).names())
    found = [
        {
            **blank,
            NIL: False,
            WITHDRAWN: False,
            SINCE: HEARD,
            CHANGED: HEARD,
            BATCH: 1,
            **{marks.get(name, name): cell for name, cell in row.items()},
        }
        for row in rows
    ]
    return pl.DataFrame(found, schema=rows_schema(register)).sort(
        CODE, *(name for name in register.key if name != CODE)
    )
