"""Funds (经费): what arrived somewhere was paid by somebody, whose own ledger says so."""

from __future__ import annotations

import polars as pl

from models.rules.phases.given import DOUBTS, ROW, Given
from models.rules.registers.frames import CODE, NIL, WITHDRAWN

REGISTERS = ("funds",)
_STAGE, _PAYER, _CATEGORY, _ARRIVED = "stage", "payer", "category", "arrived"
_SENT = ("paid", _ARRIVED)


def doubts(given: Given, register: str, told: pl.DataFrame) -> pl.DataFrame:
    """Money that arrived from another office which keeps a ledger and has paid nothing of that kind: DOUBTS."""
    asked = given.plan.registers[register]
    if not {_STAGE, _PAYER, _CATEGORY} <= set(asked.columns):
        return pl.DataFrame(schema=DOUBTS)
    kept = given.rows[register].filter(~pl.col(NIL), ~pl.col(WITHDRAWN))
    paid = kept.filter(pl.col(_STAGE).is_in(_SENT)).select(pl.col(CODE).alias(_PAYER), _CATEGORY)
    arrived = told.filter(pl.col(_STAGE) == _ARRIVED, pl.col(_PAYER) != pl.col(CODE)).drop_nulls(_CATEGORY)
    keeping = arrived.join(kept.select(pl.col(CODE).alias(_PAYER)), on=_PAYER, how="semi")
    odd = keeping.join(paid, on=[_PAYER, _CATEGORY], how="anti")
    title = pl.col(_CATEGORY).replace(dict(asked.columns[_CATEGORY].values))
    return odd.select(
        ROW,
        zh=pl.format("本行为已到账，而拨款单位 {} 的台账中没有已拨付的{}，请与其核对", _PAYER, title),
        en=pl.format(
            "arrived here, while the ledger of {} has nothing paid for {}; check it with them", _PAYER, _CATEGORY
        ),
    )
