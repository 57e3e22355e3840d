"""Problems (问题清单): one that comes again under another number would be looked into twice, or once more after it was settled."""

from __future__ import annotations

import polars as pl

from models.moments import micros
from models.rules.phases.given import DOUBTS, ROW, Given
from models.rules.registers.frames import CODE, NIL, SINCE, WITHDRAWN
from models.units import DIGITS

PROBLEMS = "problems"
REGISTERS = (PROBLEMS,)
_LIST, _NUMBER, _KIND = "list", "row", "kind"
COLUMNS = {PROBLEMS: (_LIST, _NUMBER, _KIND)}


def doubts(given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
    """New problems of a district of which an earlier list has problems of the same kind: DOUBTS, once for a district and kind
    of a list. Whether it is the same one only the office can know; a problem that no district is named for is like no other."""
    asked = given.plan.registers[register]
    kinds = asked.columns.get(_KIND)
    if set(asked.key) - {CODE} != {_LIST, _NUMBER} or kinds is None or kinds.type != "one_of":
        return pl.DataFrame(schema=DOUBTS)
    told = told.drop_nulls(_KIND).filter(pl.col(CODE).str.len_bytes() == DIGITS["district"])
    if told.is_empty():  # a change of state alone: nothing of the list need be read
        return pl.DataFrame(schema=DOUBTS)
    rows = given.rows[register].filter(~pl.col(NIL), ~pl.col(WITHDRAWN))
    is_new = pl.col(SINCE) >= micros(given.now)
    fresh = told.join(rows.filter(is_new), on=[CODE, _LIST, _NUMBER], how="semi", maintain_order="left")
    fresh = fresh.unique([CODE, _KIND, _LIST], keep="first", maintain_order=True)
    known = rows.filter(~is_new).join(fresh, on=[CODE, _KIND], how="semi")
    earlier = known.group_by(CODE, _KIND, pl.col(_LIST).alias("earlier")).agg(
        many=pl.len(), first=pl.col(_NUMBER).min()
    )
    again = fresh.join(earlier, on=[CODE, _KIND]).filter(pl.col("earlier") != pl.col(_LIST))
    again = again.sort(ROW, "earlier").unique(ROW, keep="first", maintain_order=True)
    number = pl.col("first").cast(pl.Int64)
    return again.select(
        ROW,
        zh=pl.format(
            "清单“{}”中该小区已有{} {} 条（首条序号 {}），如是同一问题，请在原序号下办理并撤销本行",
            "earlier",
            pl.col(_KIND).replace(dict(kinds.values)),
            "many",
            number,
        ),
        en=pl.format(
            "list “{}” has {} of kind {} in this district already (first number {}); if it is the same problem, go on under that"
            " number and withdraw this row",
            "earlier",
            "many",
            _KIND,
            number,
        ),
    )
