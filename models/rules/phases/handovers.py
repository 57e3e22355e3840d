"""Handovers (部门资料移交): what a department handed to a county goes on to the townships of that county."""

from __future__ import annotations

import polars as pl

from models.plan.row_terms import is_within
from models.rules.phases.given import DOUBTS, ROW, Given
from models.rules.registers.frames import CODE
from models.units import DIGITS

HANDOVERS = "handovers"
REGISTERS = (HANDOVERS,)
_TO = "delivered_to"
COLUMNS = {HANDOVERS: (_TO,)}


def doubts(given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
    """Data that went on to an office which is no township, or answers to another county: DOUBTS. A zone that two counties share
    may be a real one, so that no row is refused for it."""
    to = given.plan.registers[register].columns.get(_TO)
    if to is None or to.type != "code":
        return pl.DataFrame(schema=DOUBTS)
    its_own = is_within(pl.col(_TO), pl.col(CODE), given.affiliation)
    is_township = pl.col(_TO).str.len_bytes() == DIGITS["township"]
    return told.filter(~(its_own & is_township)).select(
        ROW,
        zh=pl.format("资料下发到 {}，不是 {} 所辖的乡级单位，请核对", _TO, CODE),
        en=pl.format("the data went on to {}, which is no township of {}; check it", _TO, CODE),
    )
